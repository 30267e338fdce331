"""Copy request headers (Chrome, Firefox) and Copy HTTP Request (Safari): a request line and one header a line."""

from __future__ import annotations

import re

from pulumi_useapi.capture.request import OtherFormError, Request, request_of

_LINE = re.compile(r"(?P<name>:?[A-Za-z0-9_!#$%&'*+.^`|~-]+):[ \t]*(?P<value>.*)")
_FIRST = re.compile(r"[A-Z]{3,10} (?P<path>\S+)(?: HTTP/[0-9.]+)?")


def read_headers(text: str) -> list[Request]:
    """The request of a text of headers.

    Raises:
        OtherFormError: it is something else, or does not say where the request went.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = _FIRST.fullmatch(lines[0]) if lines else None
    headers = [_header(line) for line in (lines[1:] if first else lines)]
    values = {name.lower(): value for name, value in headers}
    host = values.get(":authority") or values.get("host")
    path = first["path"] if first else values.get(":path")
    if not path or not (host or "://" in path):
        raise OtherFormError
    return [request_of(path if "://" in path else f"https://{host}{path}", headers)]


def _header(line: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise OtherFormError
    return match["name"], match["value"]
