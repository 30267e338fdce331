"""Which form of a request a text is in."""

from __future__ import annotations

import re
from collections.abc import Callable

from pulumi_useapi.capture.bash import read_bash
from pulumi_useapi.capture.cmd import read_cmd
from pulumi_useapi.capture.fetch import read_fetch
from pulumi_useapi.capture.har import read_har, read_pair
from pulumi_useapi.capture.headers import read_headers
from pulumi_useapi.capture.powershell import COMMAND, read_powershell
from pulumi_useapi.capture.request import OtherFormError, Request
from pulumi_useapi.capture.url_and_token import read_url_and_token

_Reader = Callable[[str], list[Request]]

_CURL = re.compile(r"(?:[\w./~-]{1,200}/)?curl(?:\.exe)?\s")
_FETCH = re.compile(r"(?:await\s+)?fetch\(")
_POWERSHELL = re.compile(rf"\$session\b|{COMMAND}\b")


def read_requests(text: str) -> list[Request] | None:
    """The requests that a text holds, in its order, or None where it is in none of the forms, or cut off."""
    text = text.strip("\ufeff \t\r\n\0")
    return next((found for reader in _readers(text) if (found := _try(reader, text)) is not None), None)


def _try(reader: _Reader, text: str) -> list[Request] | None:
    try:
        return reader(text)
    except OtherFormError:
        return None


def _readers(text: str) -> tuple[_Reader, ...]:
    if _CURL.match(text):
        return read_cmd, read_bash
    if _FETCH.match(text):
        return (read_fetch,)
    if _POWERSHELL.match(text):
        return (read_powershell,)
    if text.startswith("{"):
        return read_har, read_pair
    return read_url_and_token, read_headers
