"""Copy as PowerShell of Chrome, Edge and Firefox: Invoke-WebRequest with its headers in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pulumi_useapi.capture.request import OtherFormError, Request, joined, parts_of, request_of

COMMAND = "Invoke-WebRequest"

_PART = re.compile(
    r"""(?xs)
      (?P<blank> (?: \s | `\r?\n )+ )
    | "(?P<string> (?: [^"`$] | `. | \$\(\[char\]\d{1,7}\) )* )"
    | (?P<table> @\{ )
    | (?P<sign>  [{}()=;,] )
    | (?P<word>  [^\s"`{}()=;,]+ )
    """
)
_ESCAPE = re.compile(r"(?s)`(.)|\$\(\[char\](\d{1,7})\)")
_LARGEST_CHARACTER = 0x10FFFF

_Part = tuple[str, str]


def read_powershell(text: str) -> list[Request]:
    """The requests of one or more calls of Invoke-WebRequest, with or without a session before each.

    Raises:
        OtherFormError: the text is something else, or a command in it is cut off.
    """
    parts = list(_parts(text))
    starts = [index for index, part in enumerate(parts) if part == ("word", COMMAND)]
    if not starts:
        raise OtherFormError
    return [_request(parts[start:end]) for start, end in zip(starts, [*starts[1:], len(parts)], strict=True)]


def _request(parts: Sequence[_Part]) -> Request:
    uri = _following(parts, ("word", "-Uri"))
    if not uri or uri[0][0] != "string":
        raise OtherFormError
    return request_of(uri[0][1], list(_table(_following(parts, ("table", "@{")))))


def _following(parts: Sequence[_Part], one: _Part) -> Sequence[_Part]:
    return parts[parts.index(one) + 1 :] if one in parts else ()


def _table(parts: Sequence[_Part]) -> Iterator[tuple[str, str]]:
    """The pairs ``"name"="value"`` up to the closing brace."""
    rest = iter(parts)
    for kind, text in rest:
        if (kind, text) == ("sign", "}"):
            return
        equals, value = next(rest, None), next(rest, None)
        if kind != "string" or equals != ("sign", "=") or value is None or value[0] != "string":
            raise OtherFormError
        yield text, value[1]
    if parts:
        raise OtherFormError


def _parts(text: str) -> Iterator[_Part]:
    for match in parts_of(_PART, text):
        kind = str(match.lastgroup)
        if kind == "string":
            yield kind, joined(_ESCAPE.sub(_plain, match[kind]))
        elif kind != "blank":
            yield kind, match[kind]


def _plain(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    code = int(match[2])
    return chr(code) if code <= _LARGEST_CHARACTER else "\ufffd"
