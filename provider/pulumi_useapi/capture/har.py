"""JSON: a HAR file ("Save all as HAR", "Copy all as HAR"), or an object with url and token."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_useapi.capture.request import OtherFormError, Request, request_of


def read_har(text: str) -> list[Request]:
    """The requests of a HAR file, in its order; entries without an address are left out.

    Raises:
        OtherFormError: it is no HAR file.
    """
    log = _object(text).get("log")
    entries = log.get("entries") if isinstance(log, Mapping) else None
    if not isinstance(entries, list):
        raise OtherFormError
    return [request for entry in entries for request in _requests(entry)]


def read_pair(text: str) -> list[Request]:
    """An object like the body that the API takes: ``{"url": …, "token": …}``.

    Raises:
        OtherFormError: it is something else.
    """
    pair = _object(text)
    url, token = pair.get("url"), pair.get("token")
    if not isinstance(url, str) or not isinstance(token, str):
        raise OtherFormError
    return [Request(url, token)]


def _object(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text, strict=False, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        raise OtherFormError from None
    if not isinstance(document, Mapping):
        raise OtherFormError
    return document


def _requests(entry: object) -> Iterator[Request]:
    request = entry.get("request") if isinstance(entry, Mapping) else None
    if not isinstance(request, Mapping) or not isinstance(request.get("url"), str):
        return
    headers = request.get("headers")
    yield request_of(request["url"], _headers(headers if isinstance(headers, list) else []))


def _headers(headers: list[object]) -> Iterator[tuple[str, str]]:
    for header in headers:
        if isinstance(header, Mapping) and isinstance(header.get("name"), str) and isinstance(header.get("value"), str):
            yield header["name"], header["value"]
