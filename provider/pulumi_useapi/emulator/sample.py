"""Synthetic MiniMax credentials: of the real ones' shape, and good for nothing but the emulator."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jwt

LIFE = timedelta(days=30)
"""How long a MiniMax token lives."""


class Credentials(NamedTuple):
    """What a person takes from the browser: the address of the `/cursor` call and its `token` header."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


def make_credentials(
    user_id: str,
    *,
    expires: datetime,
    issued: datetime | None = None,
    host: str = "hailuoai.video",
    unix_ms: int | None = None,
    include_iat: bool = True,
    integers: bool = False,
) -> Credentials:
    """Make the credentials of a user; the same user always has the same device.

    Args:
        user_id: the MiniMax user's id, which becomes the account id.
        expires: end of the token's life, with a time zone.
        issued: its beginning, with a time zone; 30 days before the end unless given.
        host: the MiniMax site.
        unix_ms: the url's `unix` value, milliseconds since the epoch; now unless given.
        include_iat: False = the token lacks `iat`.
        integers: True = `exp` and `iat` are whole numbers in place of floats.
    """
    device = uuid.uuid5(uuid.NAMESPACE_URL, f"device of {user_id}")
    device_id = str(device.int % 10**18).rjust(18, "1")
    claims: dict[str, Any] = {"exp": _number(expires, integers)}
    if include_iat:
        claims["iat"] = _number(issued or expires - LIFE, integers)
    claims["user"] = {
        "id": user_id,
        "deviceID": device_id,
        "name": f"Sample user {user_id}",
        "avatar": f"https://cdn.example.com/avatar/{user_id}.png",
        "isAnonymous": False,
    }
    now_ms = time.time_ns() // 1_000_000
    url = _url(host, str(device), device_id, now_ms if unix_ms is None else unix_ms)
    # A new random key each time: nobody, this function included, can make the same signature again.
    return Credentials(url, jwt.encode(claims, secrets.token_bytes(32), algorithm="HS256"))


def _number(moment: datetime, integers: bool) -> int | float:
    return int(moment.timestamp()) if integers else round(moment.timestamp(), 3)


def _url(host: str, device: str, device_id: str, unix_ms: int) -> str:
    query = {
        "device_platform": "web",
        "app_id": "3001",
        "version_code": "22201",
        "uuid": device,
        "device_id": device_id,
        "os_name": "Windows",
        "browser_name": "chrome",
        "device_memory": "8",
        "cpu_core_num": "4",
        "browser_language": "en-US",
        "browser_platform": "Win32",
        "screen_width": "1920",
        "screen_height": "1080",
        "unix": str(unix_ms),
    }
    return f"https://{host}/v3/api/multimodal/video/my/cursor?{urlencode(query)}"
