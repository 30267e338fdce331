"""What a rotation has to do, from what the stack has stored; needs no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pulumi_useapi.credentials import rfc3339
from pulumi_useapi.status.declared import Declared


@dataclass(frozen=True)
class Due:
    """An account whose credentials are to be captured.

    Attributes:
        name: its name in the config.
        account: its id, None where none is known.
        expires: when its stored token dies, UTC; None where no readable token is stored.
    """

    name: str
    account: str | None
    expires: datetime | None

    def has_expired(self, now: datetime) -> bool:
        """Whether it can do nothing any more."""
        return self.expires is None or self.expires <= now


@dataclass(frozen=True)
class Rotation:
    """What is to be done.

    Attributes:
        due: accounts to capture, the one that dies first on top.
        captured: names whose stored credentials no pulumi up has brought to useapi.net yet.
        elsewhere: names of accounts that a program takes from elsewhere, and that are due.
        next_expiry: when the first token that is not due dies, and whose it is.
        total: how many accounts the stack declares.
    """

    due: tuple[Due, ...]
    captured: tuple[str, ...]
    elsewhere: tuple[str, ...]
    next_expiry: tuple[datetime, str] | None
    total: int


def plan_rotation(declared: Iterable[Declared], now: datetime, within: timedelta) -> Rotation:
    """Sort a stack's accounts by what has to be done for each.

    Args:
        declared: the accounts.
        now: the moment.
        within: those whose token dies in this time are due.
    """
    due: list[Due] = []
    captured: list[str] = []
    elsewhere: list[str] = []
    later: list[tuple[datetime, str]] = []
    managed = [one for one in declared if one.is_managed]
    for one in managed:
        expires = _expires(one)
        is_due = expires is None or expires <= now + within
        if one.entry is None:
            if is_due and expires is not None:
                elsewhere.append(one.name)
        elif is_due:
            due.append(Due(one.entry.name, one.account, expires))
        elif not _is_up(one):
            captured.append(one.entry.name)
        if not is_due and expires is not None:
            later.append((expires, one.name))
    due.sort(key=lambda one: (one.expires is not None, one.expires, one.name))
    return Rotation(tuple(due), tuple(captured), tuple(elsewhere), min(later, default=None), len(managed))


def _expires(one: Declared) -> datetime | None:
    if one.entry is not None:
        return one.entry.claims.expires if one.entry.claims else None
    try:
        return datetime.fromisoformat(str((one.outputs or {})["jwtExpiry"]).replace("Z", "+00:00"))
    except (LookupError, ValueError):
        return None


def _is_up(one: Declared) -> bool:
    """Whether the last pulumi up has brought the stored token to useapi.net."""
    claims = one.entry.claims if one.entry else None
    return bool(claims and one.outputs and one.outputs.get("jwtExpiry") == rfc3339(claims.exp))
