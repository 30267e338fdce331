"""Made-up answers and stacks for the tests of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from pulumi_useapi.credentials import Claims, rfc3339
from pulumi_useapi.models import Account, Features
from pulumi_useapi.status.asking import Asked
from pulumi_useapi.status.declared import Declared, Entry
from pulumi_useapi.status.report import Report, make_report

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
OWNER = "4711@https://api.useapi.net/v1/minimax"
LIFE = timedelta(days=30)


def moment(days: float) -> float:
    return (AT + timedelta(days=days)).timestamp()


def served(account: str, days: float = 20, **fields: Any) -> Account:
    values: dict[str, Any] = {"max_jobs": 3, "host": "hailuoai.video", "support_video": True, "user_id": account}
    return Account(account, exp=moment(days), iat=moment(days - 30), **(values | fields))


def in_state(name: str, account: str, days: float = 20, **outputs: Any) -> Declared:
    """A resource whose last POST was answered with its own token's times."""
    times = {"Expiry": rfc3339(moment(days)), "Issued": rfc3339(moment(days - 30))}
    known = {f"{who}{what}": when for who in ("jwt", "server", "posted") for what, when in times.items()}
    return Declared(name, {"account": account, "owner": OWNER, "maxJobs": 3.0, **known, **outputs})


def entry(name: str, account: str, days: float = 20, **fields: Any) -> Entry:
    values: dict[str, Any] = {"max_jobs": 3, "subscription": None, "secrets": ()}
    return Entry(name=name, claims=Claims(account, moment(days), moment(days - 30)), **(values | fields))


def asked(*accounts: Account, features: Mapping[str, Features] | None = None) -> Asked:
    return Asked((None,), OWNER, {one.account: one for one in accounts}, features or {})


def report(
    subscriptions: Sequence[Asked], declared: Sequence[Declared] = (), *, stack: str | None = "prod", days: float = 7
) -> Report:
    return make_report(subscriptions, declared, at=AT, soon=timedelta(days=days), stack=stack)
