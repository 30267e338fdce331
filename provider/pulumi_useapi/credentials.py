"""A MiniMax url and token pair as the browser gives it: its claims, validity and identity.

Pure: no clock, no environment, no network. The token is a JWT whose payload names the user (``user.id`` is the
account id at useapi.net) and the moment it dies (``exp``); ``iat`` is optional. Nobody outside MiniMax has the
key, so signatures are not verified: the service does that.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from urllib.parse import urlsplit

from pulumi_useapi.errors import InvalidCredentialsError

MAX_LENGTH = 32_768
"""Longest url or token accepted, in characters; real ones have one or two thousand."""

_ACCOUNT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")
_UNIX = re.compile(r"(?:^|(?<=&))unix=[^&]*")
_WHERE = "copy it again from the site's /cursor request in the browser's developer tools"


@dataclass(frozen=True)
class Claims:
    """What a MiniMax token says of itself.

    Attributes:
        account: the user's id, which is the account id at useapi.net.
        exp: the end of its life, in seconds since the epoch.
        iat: when it was issued, in seconds since the epoch, or None where the token does not say.
    """

    account: str
    exp: float
    iat: float | None

    @property
    def expires(self) -> datetime:
        """The end of the token's life, UTC."""
        return moment(self.exp)

    def has_expired(self, now: datetime) -> bool:
        """Whether the token is dead at ``now``."""
        return self.expires <= now


def parse_token(token: str) -> Claims:
    """Read the claims of a MiniMax token (surrounding blank space is allowed).

    Raises:
        InvalidCredentialsError: it is no JWT, or its payload lacks ``user.id`` or ``exp``. The token is not quoted.
    """
    return _claims(_visible(token, "token"))


@lru_cache(maxsize=64)  # the same token is read several times for one resource
def _claims(token: str) -> Claims:
    payload = _payload(token)
    user = payload.get("user")
    account = user.get("id") if isinstance(user, dict) else None
    if isinstance(account, int) and not isinstance(account, bool):
        account = str(account)
    if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
        raise InvalidCredentialsError(f"token: this JWT names no MiniMax user (user.id); {_WHERE}", field="token")
    exp = _epoch(payload.get("exp"))
    if exp is None:
        raise InvalidCredentialsError(f"token: this JWT does not say when it expires (exp); {_WHERE}", field="token")
    return Claims(account=account, exp=exp, iat=_epoch(payload.get("iat")))


def parse_url(url: str) -> str:
    """Check the shape of a MiniMax url and return it without surrounding blank space.

    Raises:
        InvalidCredentialsError: it is not an ``https`` address with a host. The url is not quoted.
    """
    text = _visible(url, "url")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme != "https" or not host:
        raise InvalidCredentialsError(
            f"url: it must be a whole address that begins with https://; {_WHERE}", field="url"
        )
    return text


def same_url(one: str, other: str) -> bool:
    """Whether two urls are equal but for ``unix``, the time of the call, which the site renews at every call."""
    return one == other or _with_unix(one, "")[0] == _with_unix(other, "")[0]


def with_revision(url: str, revision: str) -> str | None:
    """The url with its ``unix`` parameter set to ``revision``, or None where it has no such parameter."""
    marked, count = _with_unix(url, revision)
    return marked if count else None


def _with_unix(url: str, value: str) -> tuple[str, int]:
    address, hash_sign, fragment = url.strip().partition("#")
    path, question_mark, query = address.partition("?")
    query, count = _UNIX.subn(f"unix={value}", query)
    return path + question_mark + query + hash_sign + fragment, count


def moment(seconds: float) -> datetime:
    """A number of seconds since the epoch as a UTC date, whole seconds (rounded down)."""
    return datetime.fromtimestamp(math.floor(seconds), tz=timezone.utc)


def rfc3339(seconds: float) -> str:
    """A number of seconds since the epoch as RFC 3339 text, UTC, whole seconds."""
    return moment(seconds).replace(tzinfo=None).isoformat() + "Z"


def _visible(value: str, field: str) -> str:
    text = value.strip()
    if len(text) > MAX_LENGTH or not _VISIBLE_ASCII.fullmatch(text):
        raise InvalidCredentialsError(f"{field}: it must be one line without blank space inside; {_WHERE}", field=field)
    return text


def _payload(token: str) -> dict[str, object]:
    import jwt  # it loads cryptography where that is installed, and a refresh needs neither

    try:
        payload: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise InvalidCredentialsError(f"token: this is no JWT; {_WHERE}", field="token") from None
    return payload


def _epoch(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        moment(value)
    except (ValueError, OverflowError, OSError):
        return None
    return float(value)
