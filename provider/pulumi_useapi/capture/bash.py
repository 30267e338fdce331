r"""Copy as cURL (bash) of Chrome and Edge, (POSIX) of Firefox, and Safari's: words in '…' and $'…', lines ended by \.

Plain words, "…" and pieces put together are read too, as they come out of an editor. What a shell would execute or
replace (`$(…)`, `$NAME`, pipes, redirections) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_useapi.capture.curl import request_of_curl
from pulumi_useapi.capture.request import OtherFormError, Request, joined, parts_of

_PIECE = re.compile(
    r"""(?xs)
      (?P<blank>   (?: [ \t] | \\\r?\n )+ )
    | (?P<end>     [;&\r\n]+ )
    | \$'(?P<ansi> (?: [^'\\] | \\. )* )'
    |  '(?P<plain> [^']* )'
    |  "(?P<double>(?: [^"\\$`] | \\. )* )"
    | \\(?P<one>   . )
    |  (?P<bare>   [^\s'"\\;&|<>()$`]+ )
    """
)
_ANSI = re.compile(r"(?s)\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|(.))")
_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_STANDING_FOR_THEMSELVES = "\\'\"?"
_LARGEST_CHARACTER = 0x10FFFF
_IN_DOUBLE_QUOTES = re.compile(r'(?s)\\(?:([$`"\\])|\n)')
_GLOB = re.compile(r"\\([\[\]{}])")


def read_bash(text: str) -> list[Request]:
    """The requests of one or more curl commands.

    Raises:
        OtherFormError: the text is something else, or a command in it is cut off.
    """
    return [_request(words) for words in _commands(text)]


def _request(words: list[str]) -> Request:
    if words[0].rpartition("/")[2] not in ("curl", "curl.exe"):
        raise OtherFormError
    request = request_of_curl(words[1:])
    # curl takes brackets in an address as a pattern, so the browsers put a backslash before them.
    url = request.url if "--globoff" in words else _GLOB.sub(r"\1", request.url)
    return Request(url, request.token)


def _commands(text: str) -> Iterator[list[str]]:
    words: list[str] = []
    pieces: list[str] = []
    for match in parts_of(_PIECE, text):
        kind = str(match.lastgroup)
        if kind not in ("blank", "end"):
            pieces.append(_value(kind, match[kind]))
            continue
        if pieces:
            words.append("".join(pieces))
            pieces = []
        if kind == "end" and words:
            yield words
            words = []
    if pieces:
        words.append("".join(pieces))
    if words:
        yield words


def _value(kind: str, inside: str) -> str:
    if kind == "ansi":
        return joined(_ANSI.sub(_ansi, inside))
    if kind == "double":
        return _IN_DOUBLE_QUOTES.sub(lambda match: match[1] or "", inside)
    return inside


def _ansi(match: re.Match[str]) -> str:
    hexadecimal = match[1] or match[2] or match[3]
    if hexadecimal:
        code = int(hexadecimal, 16)
        return chr(code) if code <= _LARGEST_CHARACTER else "\ufffd"
    if match[4]:
        return chr(int(match[4], 8) & 0xFF)
    letter = match[5]
    if letter in _STANDING_FOR_THEMSELVES:
        return letter
    return _LETTERS.get(letter, f"\\{letter}")
