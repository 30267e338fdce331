"""What `POST /accounts` accepts: one JSON body in, the account to store out, or the field that is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import jwt

from pulumi_useapi.emulator.answers import Refused, mask_of
from pulumi_useapi.emulator.store import Record

MAX_JOBS = range(1, 11)

_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_ACCOUNT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_USER_FIELDS = ("id", "deviceID", "name", "avatar", "isAnonymous")
_YEAR_10000 = 253402300800


@dataclass(frozen=True)
class Configuration:
    """A body that was understood.

    Attributes:
        account: the account id, from the token's user.
        expires: seconds since the epoch, from the token.
        unix: the url's `unix` value, or None.
        record: what is stored.
    """

    account: str
    expires: float
    unix: str | None
    record: Record


def read_configuration(body: bytes) -> Configuration:
    """Check a body field by field, as JSON.

    Raises:
        Refused: 400 that names the first bad field.
    """
    fields = _read_object(body)
    url = _read_url(_read_text(fields, "url"))
    token = _read_text(fields, "token")
    claims = _read_claims(token)
    max_jobs = _read_max_jobs(fields)
    user = claims["user"]
    account = str(user["id"])
    record: Record = {
        "mask": mask_of(token),
        "user": {name: user[name] for name in _USER_FIELDS if name in user} | {"id": account},
        "exp": claims["exp"],
        "iat": claims["iat"] if _is_moment(claims.get("iat")) else None,
        "host": url.netloc.rpartition("@")[2],
        "searchParams": url.query,
        "maxJobs": max_jobs,
        "supportVideo": True,
        "supportChat": True,
        "supportAudio": True,
    }
    return Configuration(account, claims["exp"], _unix_of(url), record)


def _bad(text: str) -> Refused:
    return Refused(400, text)


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _bad("Request body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise _bad("Request body should be a JSON object.")
    return fields


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is Python's own, no JSON")


def _read_text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None or value == "":
        raise _bad(f"Parameter {name} is required.")
    if not isinstance(value, str):
        raise _bad(f"Parameter {name} should be a string.")
    return value


def _read_url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        usable = url.scheme == "https" and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    # The parser drops line breaks silently; a service that calls the url would stumble over any blank.
    if not usable or re.search(r"\s", text):
        raise _bad("Parameter url should be an https URL with a host.")
    return url


def _unix_of(url: SplitResult) -> str | None:
    # Only digits reach the log: anything else in the url may be a secret.
    values = parse_qs(url.query).get("unix", [])
    return values[0] if values and values[0].isdecimal() else None


def _read_claims(token: str) -> dict[str, Any]:
    if not _JWT.fullmatch(token):
        raise _bad("Parameter token is not a valid JWT.")
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _bad("Parameter token is not a valid JWT.") from None
    user = claims.get("user")
    if not isinstance(user, dict) or not _is_account(user.get("id")):
        raise _bad("Parameter token should contain user.id.")
    if not _is_moment(claims.get("exp")):
        raise _bad("Parameter token should contain exp.")
    return claims


def _is_account(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return False
    return bool(_ACCOUNT.fullmatch(str(value)))


def _is_moment(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 < value < _YEAR_10000


def _read_max_jobs(fields: dict[str, Any]) -> int:
    value = fields.get("maxJobs")
    if value is None:
        raise _bad("Parameter maxJobs is required.")
    # 3 and 3.0 are the same number in JSON, and to a service written in JavaScript.
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or int(value) not in MAX_JOBS:
        raise _bad("Parameter maxJobs should be an integer between 1 and 10.")
    return int(value)
