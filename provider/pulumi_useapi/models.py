"""What the API answers, as plain frozen data.

Tolerant on purpose: every field of an answer is optional, unknown ones are ignored, one of the wrong type is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

_ERROR_LENGTH = 200
_DEPTH = 4
_LARGEST_ID = 10**30
_LAST_SECOND = 253_402_300_799
"""Of the year 9999, since the epoch."""


@dataclass(frozen=True)
class Account:
    """One MiniMax account as useapi.net has it configured.

    Attributes:
        account: account id.
        max_jobs: jobs at the same time, 1-10.
        exp: end of the MiniMax login, in seconds since the epoch.
        iat: its beginning, in seconds since the epoch.
        user_id: id of the MiniMax user the token belongs to.
        masked_token: the token with its middle replaced, `abc…secured…xyz`; never the whole.
        host: site of the account, for example `hailuoai.video`.
        search_params: query of the MiniMax url, which is secret in part.
        support_video: whether the account makes videos.
        support_chat: whether it chats.
        support_audio: whether it makes speech.
        support_music: whether it makes music.
        error: the API's word on a broken account in one short line, None for a sound one.
    """

    account: str
    max_jobs: int | None = None
    exp: float | None = None
    iat: float | None = None
    user_id: str | None = None
    masked_token: str | None = field(default=None, repr=False)
    host: str | None = None
    search_params: str | None = field(default=None, repr=False)
    support_video: bool | None = None
    support_chat: bool | None = None
    support_audio: bool | None = None
    support_music: bool | None = None
    error: str | None = None

    @classmethod
    def from_answer(cls, body: Mapping[str, object], account: str | None = None) -> Account:
        """Read one account from the body of an answer.

        Args:
            body: the account body, as POST and both GET calls answer it.
            account: id to take where the body has none.

        Raises:
            ValueError: neither the body nor `account` says which account it is.
        """
        jwt = _mapping(body.get("jwt"))
        user_id = _text(_mapping(jwt.get("user")).get("id"))
        identity = _text(body.get("account")) or account or user_id
        if not identity:
            raise ValueError("an answer that names no account")
        return cls(
            account=identity,
            max_jobs=_integer(body.get("maxJobs")),
            exp=_seconds(jwt.get("exp")),
            iat=_seconds(jwt.get("iat")),
            user_id=user_id,
            masked_token=_text(jwt.get("token")),
            host=_text(jwt.get("host")),
            search_params=_text(jwt.get("searchParams")),
            support_video=_boolean(body.get("supportVideo")),
            support_chat=_boolean(body.get("supportChat")),
            support_audio=_boolean(body.get("supportAudio")),
            support_music=_boolean(body.get("supportMusic")),
            error=_error(body.get("error")),
        )

    @property
    def revision(self) -> str | None:
        """Value of `unix` in the query of the url last posted, which tells one POST from another."""
        pairs = parse_qsl(self.search_params or "")
        return next((value for name, value in pairs if name == "unix"), None)


@dataclass(frozen=True)
class Features:
    """What a MiniMax account may do now.

    Attributes:
        credits: credits left.
        plan: name of the MiniMax plan, for example `Standard`.
        queue_length: jobs MiniMax takes into the queue of this account.
        models: names of the models it may use.
    """

    credits: float | None = None
    plan: str | None = None
    queue_length: int | None = None
    models: tuple[str, ...] = ()

    @classmethod
    def from_answer(cls, body: Mapping[str, object]) -> Features:
        """Read the body of `GET /features/`, wherever in it a field is."""
        return cls(
            credits=_number(_find(body, "totalCredits", "credits")),
            plan=_text(_find(body, "memberName")),
            queue_length=_integer(_find(body, "queueLength")),
            models=_names(_find(body, "modelControl", "models")),
        )


@dataclass(frozen=True)
class Subscription:
    """One subscription at useapi.net, as far as MiniMax accounts go.

    Attributes:
        max_accounts: accounts the subscription may hold per API, broken ones included.
        minimax_total: MiniMax accounts configured.
        minimax_active: of them, the sound ones.
        minimax_error: of them, the broken ones.
    """

    max_accounts: int | None = None
    minimax_total: int | None = None
    minimax_active: int | None = None
    minimax_error: int | None = None

    @classmethod
    def from_answer(cls, body: Mapping[str, object]) -> Subscription:
        """Read the body of `GET /v2/account`, wherever in it the MiniMax section is."""
        section = _section(body, "minimax")
        active, broken = _integer(_find(section, "active")), _integer(_find(section, "error"))
        total = _integer(_find(section, "total"))
        if total is None and active is not None and broken is not None:
            total = active + broken
        elif broken is None and active is not None and total is not None:
            broken = total - active
        return cls(_integer(_find(body, "maxAccountsPerAPI")), total, active, broken)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    """Read a string; an id may come as a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST_ID else None
    return value.strip() or None if isinstance(value, str) else None


def _number(value: object) -> float | None:
    """Read a number that is an int, a float or text of one; no NaN, no infinity."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _seconds(value: object) -> float | None:
    """Read a moment in seconds since the epoch; a number that is no date is none."""
    number = _number(value)
    return number if number is not None and 0 <= number <= _LAST_SECOND else None


def _integer(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _error(value: object) -> str | None:
    """Read the word on a broken account: text, or an object with a message; anything else true is told as such."""
    inner = _mapping(value)
    words = _text(inner.get("message")) or _text(inner.get("code")) if inner else _text(value)
    if not words:
        return "error without a message" if value else None
    line = " ".join("".join(c if c.isprintable() else " " for c in words[: 10 * _ERROR_LENGTH]).split())
    return line if len(line) <= _ERROR_LENGTH else line[: _ERROR_LENGTH - 1] + "…"


def _levels(body: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Yield an object and those inside it, the outer ones first, to the depth that answers have."""
    level = [body]
    for _ in range(_DEPTH):
        yield from level
        level = [inner for outer in level for inner in outer.values() if isinstance(inner, Mapping)]


def _find(body: Mapping[str, object], *names: str) -> object:
    found = (level.get(name) for level in _levels(body) for name in names)
    return next((value for value in found if value is not None), None)


def _section(body: Mapping[str, object], word: str) -> Mapping[str, object]:
    """Return the object whose name holds `word`, an empty one where there is none."""
    named = (item for level in _levels(body) for item in level.items())
    return next((_mapping(value) for name, value in named if word in name.casefold() and _mapping(value)), {})


def _names(value: object) -> tuple[str, ...]:
    """Read names from a list of them, a list of objects with a name, or an object keyed by name."""
    entries = value if isinstance(value, (list, Mapping)) else []
    names = (_text(_find(_mapping(entry), "modelId", "name", "id") or entry) for entry in entries)
    return tuple(name for name in names if name)
