"""The answers of the subscriptions and what the stack declares, brought together: one row for each account."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

from pulumi_useapi.credentials import moment
from pulumi_useapi.http.redaction import quotable, redact
from pulumi_useapi.models import Account, Features
from pulumi_useapi.outputs import after_read, has_newer_credentials, has_other_credentials
from pulumi_useapi.status.asking import Asked
from pulumi_useapi.status.declared import Declared
from pulumi_useapi.status.quantities import span

_SUPPORTS = ("video", "chat", "audio", "music")
_UNTOLD_LIFE = timedelta(days=30)
"""How long a MiniMax token lives, where nobody says when it was issued."""
_LONGEST_NAME = 64
_NEVER = datetime.max.replace(tzinfo=timezone.utc)


class Finding(str, Enum):
    """What can be said of an account beyond its fields; the worst first."""

    EXPIRED = "expired"
    IN_ERROR = "inError"
    MISSING = "missing"
    EXPIRING = "expiring"
    UNREACHABLE = "unreachable"
    UNDECLARED = "undeclared"
    NEWER_CREDENTIALS = "newerCredentials"
    OTHER_CREDENTIALS = "otherCredentials"
    MAX_JOBS = "maxJobs"
    NOT_APPLIED = "notApplied"


@dataclass(frozen=True)
class Note:
    """One finding in words.

    Attributes:
        finding: what kind it is.
        text: what is the matter.
        advice: what to do next; may be empty.
    """

    finding: Finding
    text: str
    advice: str = ""


@dataclass(frozen=True)
class Row:
    """One account.

    Attributes:
        name: of the resource, or of the entry in the stack's config; None for an account of no stack.
        account: the account id; None where the stack declares it without a readable token.
        subscription: the name of its API token; None is the default one.
        site: such as ``hailuoai.video``.
        plan: of MiniMax, where it was asked for.
        credits: left at MiniMax, where they were asked for.
        max_jobs: how many jobs at once.
        supports: some of video, chat, audio, music.
        error: useapi.net's word on a broken account.
        issued: when the credentials were issued, UTC.
        expires: when they die, UTC.
        is_served: whether useapi.net has it configured.
        notes: the worst first.
    """

    name: str | None
    account: str | None
    subscription: str | None
    site: str | None
    plan: str | None
    credits: float | None
    max_jobs: int | None
    supports: tuple[str, ...]
    error: str | None
    issued: datetime | None
    expires: datetime | None
    is_served: bool
    notes: tuple[Note, ...]

    @property
    def findings(self) -> frozenset[Finding]:
        """The kinds of its notes."""
        return frozenset(note.finding for note in self.notes)

    @property
    def is_usable(self) -> bool:
        """Whether jobs run on it."""
        return self.is_served and not self.findings & {Finding.EXPIRED, Finding.IN_ERROR}

    @property
    def title(self) -> str:
        """Its name, or its account id where it has none."""
        return self.name or self.account or "?"

    @property
    def life(self) -> tuple[datetime, datetime] | None:
        """From when to when its credentials live; None where it is not known."""
        if self.expires is None:
            return None
        issued = self.issued if self.issued and self.issued < self.expires else self.expires - _UNTOLD_LIFE
        return issued, self.expires

    def life_left(self, now: datetime) -> float | None:
        """The part of the credentials' life that is still to come, 0 to 1; None where it is not known."""
        if self.life is None:
            return None
        issued, expires = self.life
        return min(max((expires - now) / (expires - issued), 0.0), 1.0)


@dataclass(frozen=True)
class Report:
    """Everything that is known at one moment.

    Attributes:
        at: that moment, UTC.
        stack: name of the stack that was compared with; None where there was none.
        soon: how long before its expiry an account counts as expiring.
        rows: the accounts, the one that dies first on top.
        subscriptions: what was asked.
    """

    at: datetime
    stack: str | None
    soon: timedelta
    rows: tuple[Row, ...]
    subscriptions: tuple[Asked, ...]

    @property
    def failed(self) -> tuple[Asked, ...]:
        """The subscriptions that could not be asked."""
        return tuple(one for one in self.subscriptions if one.problem is not None)

    @property
    def usable(self) -> tuple[Row, ...]:
        """The accounts on which jobs run."""
        return tuple(row for row in self.rows if row.is_usable)

    @property
    def jobs(self) -> int:
        """How many jobs run at once on all of them."""
        return sum(row.max_jobs or 0 for row in self.usable)

    @property
    def next_to_die(self) -> Row | None:
        """The usable account whose credentials die first."""
        return min((row for row in self.usable if row.expires), key=_by_expiry, default=None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, the worst first."""
        found = {finding for row in self.rows for finding in row.findings}
        found |= {Finding.UNREACHABLE} if self.failed else set()
        return tuple(finding for finding in Finding if finding in found)


def make_report(
    asked: Sequence[Asked],
    declared: Iterable[Declared],
    *,
    at: datetime,
    soon: timedelta,
    stack: str | None = None,
    former_owner: str | None = None,
) -> Report:
    """Compare what is served with what is declared.

    Args:
        asked: the answers of the subscriptions.
        declared: the accounts of the stack.
        at: now, UTC.
        soon: how long before its expiry an account counts as expiring.
        stack: the stack's name; None = there is none, so nothing counts as undeclared.
        former_owner: see `Settings`.
    """
    joining = _Joining(asked, at, soon, stack, former_owner)
    rows = [joining.row_of(one) for one in declared]
    rows += joining.rows_of_the_rest()
    return Report(at, stack, soon, tuple(sorted(rows, key=_by_expiry)), tuple(asked))


def _by_expiry(row: Row) -> tuple[datetime, str]:
    return row.expires or _NEVER, row.title


class _Joining:
    """Matches the declared accounts with the served ones."""

    def __init__(
        self, asked: Sequence[Asked], at: datetime, soon: timedelta, stack: str | None, former_owner: str | None
    ) -> None:
        self._asked = asked
        self._at = at
        self._soon = soon
        self._stack = stack
        self._former_owner = former_owner
        self._matched: set[tuple[str | None, str]] = set()

    def row_of(self, declared: Declared) -> Row:
        """The row of a declared account, whether it is served or not."""
        asked = self._subscription_of(declared)
        account = declared.account
        served = asked.accounts.get(account) if asked and asked.accounts and account else None
        if served is None:
            return self._unserved(declared, asked)
        self._matched.add((asked.owner if asked else None, served.account))
        features = asked.features.get(served.account) if asked else None
        return self._served(served, features, declared, declared.subscription)

    def rows_of_the_rest(self) -> list[Row]:
        """The served accounts that no declared one has matched."""
        return [
            self._served(account, one.features.get(account.account), None, one.names[0])
            for one in self._asked
            for account in (one.accounts or {}).values()
            if (one.owner, account.account) not in self._matched
        ]

    def _subscription_of(self, declared: Declared) -> Asked | None:
        owner = declared.owner
        if owner is None or owner == self._former_owner:
            return next((one for one in self._asked if declared.subscription in one.names), None)
        return next((one for one in self._asked if one.owner == owner), None)

    def _served(
        self, account: Account, features: Features | None, declared: Declared | None, subscription: str | None
    ) -> Row:
        secrets = declared.entry.secrets if declared and declared.entry else ()
        seen = after_read((declared.outputs or {}) if declared else {}, account, "")
        seen["error"] = account.error and redact(account.error, secrets)
        return self._row(
            declared,
            seen,
            subscription,
            features,
            # A service that does not tell the times leaves those of the token that was posted.
            issued=_moment(account.iat) or _time(seen.get("serverIssued")) or _time(seen.get("jwtIssued")),
            expires=_moment(account.exp) or _time(seen.get("serverExpiry")) or _time(seen.get("jwtExpiry")),
            is_served=True,
        )

    def _unserved(self, declared: Declared, asked: Asked | None) -> Row:
        known = dict(declared.outputs or {})
        claims = declared.entry.claims if declared.entry else None
        issued, expires = _time(known.get("jwtIssued")), _time(known.get("jwtExpiry"))
        if declared.outputs is None and claims:
            known["account"], issued, expires = claims.account, _moment(claims.iat), claims.expires
        if declared.outputs is None and declared.entry:
            known["maxJobs"] = declared.entry.max_jobs
        known.pop("error", None)
        note = self._why_not_asked(declared, asked) or _missing(declared)
        return self._row(
            declared, known, declared.subscription, None, issued=issued, expires=expires, is_served=False, notes=[note]
        )

    def _row(
        self,
        declared: Declared | None,
        seen: Mapping[str, Any],
        subscription: str | None,
        features: Features | None,
        *,
        issued: datetime | None,
        expires: datetime | None,
        is_served: bool,
        notes: Iterable[Note] = (),
    ) -> Row:
        found = [*notes]
        if is_served:
            found += self._life(declared, expires)
            found += _broken(declared, seen.get("error"))
            found += self._undeclared(declared)
        found += _differences(declared, seen, is_served)
        return Row(
            name=quotable(declared.name, (), length=_LONGEST_NAME) if declared else None,
            account=_short(seen.get("account")),
            subscription=subscription,
            site=_short(seen.get("host")),
            plan=_short(features.plan) if features else None,
            credits=features.credits if features else None,
            max_jobs=_whole(seen.get("maxJobs")),
            supports=tuple(one for one in _SUPPORTS if seen.get(f"support{one.capitalize()}") is True),
            error=seen.get("error"),
            issued=issued,
            expires=expires,
            is_served=is_served,
            notes=tuple(sorted(found, key=lambda note: list(Finding).index(note.finding))),
        )

    def _why_not_asked(self, declared: Declared, asked: Asked | None) -> Note | None:
        if asked is None and declared.owner:
            number, _, place = declared.owner.partition("@")
            text = f"not asked: it belongs to subscription {number}, and no API token of it is configured"
            if any(one.owner and one.owner.partition("@")[0] == number for one in self._asked):
                text = f"not asked: it was configured at {place}, which is not the base URL now"
            return Note(Finding.UNREACHABLE, text)
        if asked is None or asked.accounts is None:
            return Note(Finding.UNREACHABLE, "not asked, this is what the stack knows of it")
        return None

    def _life(self, declared: Declared | None, expires: datetime | None) -> Iterator[Note]:
        if expires is None or expires - self._at > self._soon:
            return
        advice = "" if _waits_for_up(declared, expires) else _renew(declared)
        if expires <= self._at:
            yield Note(Finding.EXPIRED, f"expired {span(self._at - expires)} ago", advice)
        else:
            yield Note(Finding.EXPIRING, f"expires in {span(expires - self._at)}", advice)

    def _undeclared(self, declared: Declared | None) -> Iterator[Note]:
        if declared is None and self._stack is not None:
            text = f"at useapi.net, but not in stack {self._stack}"
            yield Note(Finding.UNDECLARED, text, "pulumi-useapi capture --missing")


def _missing(declared: Declared) -> Note:
    if declared.account is None:
        text = "its entry in the stack's config has no readable token"
        return Note(Finding.MISSING, text, _renew(declared))
    if declared.outputs is None:
        return Note(Finding.MISSING, "in the stack's config, but not at useapi.net yet", "pulumi up")
    if not declared.is_managed:
        return Note(Finding.MISSING, "not at useapi.net any more; the program only looks it up")
    return Note(Finding.MISSING, "not at useapi.net any more", "pulumi up --refresh configures it again")


def _broken(declared: Declared | None, error: object) -> Iterator[Note]:
    if error:
        yield Note(
            Finding.IN_ERROR,
            f'in error at useapi.net: "{error}"',
            f"look at it in the browser, then {_renew(declared)}",
        )


def _differences(declared: Declared | None, seen: Mapping[str, Any], is_served: bool) -> Iterator[Note]:
    if declared is None:
        return
    if is_served and declared.outputs is not None and declared.is_managed:
        yield from _drift(declared.outputs, seen)
    yield from _not_applied(declared, seen if is_served else (declared.outputs or {}))


def _drift(outputs: Mapping[str, Any], seen: Mapping[str, Any]) -> Iterator[Note]:
    if has_newer_credentials(seen):
        yield Note(
            Finding.NEWER_CREDENTIALS,
            "useapi.net has newer credentials than the stack: renewed elsewhere",
            "set them here too (adopt puts the stack's back)",
        )
    elif has_other_credentials(seen):
        yield Note(
            Finding.OTHER_CREDENTIALS,
            "useapi.net has other credentials than the stack",
            "pulumi up --refresh puts the stack's back",
        )
    if _whole(outputs.get("maxJobs")) != _whole(seen.get("maxJobs")):
        yield Note(
            Finding.MAX_JOBS,
            f"maxJobs is {seen.get('maxJobs')} at useapi.net, {_whole(outputs.get('maxJobs'))} in the stack",
            "pulumi up --refresh sets it again",
        )


def _not_applied(declared: Declared, seen: Mapping[str, Any]) -> Iterator[Note]:
    """What the config has and the state has not."""
    entry, outputs = declared.entry, declared.outputs
    if entry is None or outputs is None:
        if entry is not None and seen:
            yield Note(Finding.NOT_APPLIED, "at useapi.net, but not in the stack's state yet", "pulumi up")
        return
    if entry.claims and entry.claims.account != outputs.get("account"):
        text = f"the stack's config has credentials of another account, {entry.claims.account}"
        yield Note(Finding.NOT_APPLIED, text, "pulumi up replaces this one")
    elif entry.claims and entry.claims.expires != _time(outputs.get("jwtExpiry")):
        text = f"other credentials wait in the stack's config, good until {entry.claims.expires:%Y-%m-%d}"
        yield Note(Finding.NOT_APPLIED, text, "pulumi up")
    if entry.max_jobs is not None and entry.max_jobs != _whole(outputs.get("maxJobs")):
        text = f"maxJobs {entry.max_jobs} waits in the stack's config"
        yield Note(Finding.NOT_APPLIED, text, "pulumi up")


def _waits_for_up(declared: Declared | None, expires: datetime) -> bool:
    claims = declared.entry.claims if declared and declared.entry else None
    return claims is not None and claims.expires > expires + timedelta(seconds=1)


def _renew(declared: Declared | None) -> str:
    """How to renew an account; nobody knows where an undeclared one is kept."""
    if declared is None:
        return ""
    if declared.entry is not None:
        return f"renew: pulumi-useapi capture {shlex.quote(declared.entry.name)}"
    return "renew its url and token"


def _time(text: object) -> datetime | None:
    """RFC 3339 text of the state."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _moment(seconds: float | None) -> datetime | None:
    try:
        return None if seconds is None else moment(seconds)
    except (ValueError, OverflowError, OSError):  # a number, but no date
        return None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _short(text: object) -> str | None:
    return quotable(text, (), length=_LONGEST_NAME) if isinstance(text, str) else None
