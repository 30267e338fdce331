"""Whether the demo stack talks to this machine only: what is not surely loopback is somebody's real account."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_BASE_URL = re.compile(r"^ +useapi:baseUrl: *(\S.*?)? *$", re.MULTILINE)


def is_loopback(url: str) -> bool:
    """Tell whether a URL's host is this machine: an address of the loopback net, or `localhost`."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def configured_base_url(config: Path) -> str | None:
    """Return `useapi:baseUrl` of a stack's config file as Pulumi writes it; None where it says none.

    Only plain single-line values are understood: anything else comes back as it stands, and is no loopback URL.
    """
    found: list[str] = _BASE_URL.findall(config.read_text(encoding="utf-8"))
    if not found:
        return None
    return found[0].strip("'\"") if len(found) == 1 else ""


def strangers_in_state(state: Path) -> list[str]:
    """Return the base URLs in a stack's state file that are not loopback.

    A destroy uses the ones of the state, not the one in the config file.
    """
    urls = _base_urls(json.loads(state.read_text(encoding="utf-8")))
    return sorted({url for url in urls if not is_loopback(url)})


def _base_urls(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _base_urls(inner)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in {"useapi:baseUrl", "baseUrl"} and inner is not None:
            yield str(inner)  # an encrypted one is no URL, so no loopback URL
        elif key == "owner" and isinstance(inner, str):
            yield inner.partition("@")[2]
        else:
            yield from _base_urls(inner)
