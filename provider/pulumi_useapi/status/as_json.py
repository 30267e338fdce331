"""The report as JSON for programs: fields are only ever added, and what is not known is null."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pulumi_useapi.status.asking import Asked
from pulumi_useapi.status.report import Report, Row
from pulumi_useapi.status.summary import summary

_SECONDS_PER_DAY = 86_400


def as_json(report: Report, exit_code: int) -> dict[str, Any]:
    """The report as plain data; no secret, and no name of a person.

    Args:
        report: the report.
        exit_code: what the command ends with.
    """
    first = report.next_to_die
    return {
        "version": 1,
        "at": _time(report.at),
        "stack": report.stack,
        "exitCode": exit_code,
        "summary": summary(report),
        "findings": [finding.value for finding in report.findings],
        "accountsUsable": len(report.usable),
        "accountsTotal": len(report.rows),
        "jobs": report.jobs,
        "nextExpiry": _time(first.expires) if first else None,
        "nextExpiryAccount": first.account if first else None,
        "accounts": [_account(row, report.at) for row in report.rows],
        "subscriptions": [_subscription(one) for one in report.subscriptions],
    }


def _account(row: Row, now: datetime) -> dict[str, Any]:
    days = None if row.expires is None else round((row.expires - now).total_seconds() / _SECONDS_PER_DAY, 2)
    return {
        "name": row.name,
        "account": row.account,
        "subscription": row.subscription,
        "site": row.site,
        "plan": row.plan,
        "credits": row.credits,
        "maxJobs": row.max_jobs,
        "supports": list(row.supports),
        "error": row.error,
        "issued": _time(row.issued),
        "expires": _time(row.expires),
        "daysLeft": days,
        "isServed": row.is_served,
        "isUsable": row.is_usable,
        "notes": [{"finding": note.finding.value, "text": note.text, "advice": note.advice} for note in row.notes],
    }


def _subscription(asked: Asked) -> dict[str, Any]:
    return {
        "names": list(asked.names),
        "number": asked.owner.partition("@")[0] if asked.owner else None,
        "accounts": None if asked.accounts is None else len(asked.accounts),
        "problem": asked.problem,
    }


def _time(when: datetime | None) -> str | None:
    return None if when is None else when.strftime("%Y-%m-%dT%H:%M:%SZ")
