"""A request of the browser, as far as it matters here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pulumi_useapi.errors import UseApiError

TOKEN_HEADER = "token"  # noqa: S105 - the header's name


class NotUsableError(UseApiError):
    """What was given holds no usable url and token; the sentence never quotes it."""


class OtherFormError(Exception):
    """The text is not of the form that was tried."""


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        url: its address.
        token: the value of its `token` header, None where it has none.
    """

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def request_of(url: str, headers: Iterable[tuple[str, str]]) -> Request:
    """A request out of its address and the names and values of its headers; names are case-insensitive."""
    values = (value.strip() for name, value in headers if name.strip().lower() == TOKEN_HEADER)
    return Request(url, next(filter(None, values), None))


def parts_of(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The matches that a text consists of, one right after the other.

    Raises:
        OtherFormError: something between them does not match.
    """
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise OtherFormError
        position = match.end()
        yield match


def joined(text: str) -> str:
    """The text with each pair of surrogates, which JavaScript counts as two characters, made one character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
