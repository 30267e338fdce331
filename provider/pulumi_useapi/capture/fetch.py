"""Copy as fetch of Chrome and Edge (browser and Node.js), Firefox and Safari: an address and options in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pulumi_useapi.capture.request import OtherFormError, Request, joined, request_of

_CALL = re.compile(r"[\s;]*(?:await\s+)?fetch\(\s*")
_COMMA = re.compile(r"\s*,\s*")
_END = re.compile(r"\s*\)[\s;]*")
_DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)


def read_fetch(text: str) -> list[Request]:
    """The requests of one or more calls of `fetch`.

    Raises:
        OtherFormError: the text is something else, or a call in it is cut off.
    """
    requests: list[Request] = []
    position = 0
    while position < len(text):
        request, position = _call(text, position)
        requests.append(request)
    return requests


def _call(text: str, position: int) -> tuple[Request, int]:
    url, position = _json(text, _after(_CALL, text, position))
    options: Any = {}
    if _COMMA.match(text, position):
        options, position = _json(text, _after(_COMMA, text, position))
    position = _after(_END, text, position)
    headers = options.get("headers") if isinstance(options, Mapping) else None
    if not isinstance(url, str) or not isinstance(headers or {}, Mapping):
        raise OtherFormError
    pairs = [(name, value) for name, value in (headers or {}).items() if isinstance(value, str)]
    return request_of(joined(url), pairs), position


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    if match is None:
        raise OtherFormError
    return match.end()


def _json(text: str, position: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        raise OtherFormError from None
