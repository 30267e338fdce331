"""The arguments of a curl command, whichever shell it was written for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_useapi.capture.request import OtherFormError, Request, request_of

_SHORT_WITH_VALUE = frozenset("AbcCdDeEFHKmoPQrTuUwxXyYz")
_LONG_FLAGS = frozenset(
    {
        *(
            "--compressed",
            "--insecure",
            "--globoff",
            "--location",
            "--include",
            "--silent",
            "--show-error",
            "--verbose",
        ),
        *("--fail", "--head", "--get", "--http1.0", "--http1.1", "--http2", "--http3", "--path-as-is", "--no-buffer"),
    }
)
"""Options without a value; of every other long option the next argument is the value."""


def request_of_curl(arguments: Sequence[str]) -> Request:
    """The request that a curl command makes.

    Args:
        arguments: what follows the word `curl`.

    Raises:
        OtherFormError: it has no address.
    """
    url: str | None = None
    headers: list[tuple[str, str]] = []
    for option, value in _pairs(arguments):
        if option in ("-H", "--header"):
            name, _, content = value.partition(":")
            headers.append((name, content))
        elif option in ("", "--url") and url is None:
            url = value
    if url is None:
        raise OtherFormError
    return request_of(url, headers)


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each option with its value; what belongs to no option has the name ""."""
    rest = iter(arguments)
    for argument in rest:
        if argument.startswith("--"):
            yield argument, "" if argument in _LONG_FLAGS else next(rest, "")
        elif argument.startswith("-") and len(argument) > 1:
            has_value = argument[1] in _SHORT_WITH_VALUE
            yield argument[:2], (argument[2:] or next(rest, "")) if has_value else ""
        else:
            yield "", argument
