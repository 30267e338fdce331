"""The two bare values, in any order, on one line or more, with or without names such as `token:`."""

from __future__ import annotations

import re

from pulumi_useapi.capture.request import OtherFormError, Request, parts_of

_PART = re.compile(
    r"""(?xi)
      (?P<blank> [\s"',;]+ )
    | (?P<url>   https?://[^\s"']+ )
    | (?P<token> [A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]* )
    | (?P<name>  (?: (?: request | minimax ) [ \t]* )? (?: url | token ) (?: [ \t]* ["']? [ \t]* [:=] | (?=\s) ) )
    """
)


def read_url_and_token(text: str) -> list[Request]:
    """A request made of one address and one token.

    Raises:
        OtherFormError: there is anything else, or one of them is missing.
    """
    found = read_values(text)
    if len(found["url"]) != 1 or len(found["token"]) != 1:
        raise OtherFormError
    return [Request(found["url"][0], found["token"][0])]


def read_values(text: str) -> dict[str, list[str]]:
    """The addresses and the tokens that a text consists of, under `url` and `token`.

    Raises:
        OtherFormError: there is anything else.
    """
    found: dict[str, list[str]] = {"url": [], "token": []}
    for match in parts_of(_PART, text):
        kind = str(match.lastgroup)
        if kind in found and match[kind] not in found[kind]:
            found[kind].append(match[kind].rstrip(",;") if kind == "url" else match[kind])
    return found
