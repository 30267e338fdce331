"""The sentences that sum a report up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pulumi_useapi.status.asking import Asked
from pulumi_useapi.status.quantities import count, day, span
from pulumi_useapi.status.report import Finding, Report, Row


def left(row: Row, now: datetime) -> str:
    """How long its credentials still live: ``3 days``; ``expired`` after that, nothing where it is not known."""
    if row.expires is None:
        return ""
    return "expired" if row.expires <= now else span(row.expires - now)


def summary(report: Report) -> str:
    """The whole report in one sentence, without a full stop."""
    if not report.rows and not report.failed:
        return "no account is configured"
    parts = (
        [f"{len(report.usable)} of {len(report.rows)} usable, {count(report.jobs, 'job')} at once"]
        if report.rows
        else []
    )
    first = report.next_to_die
    if first and first.expires:
        parts.append(f"the next to die is {first.title} ({day(first.expires, report.at)})")
    parts += [f"{number} {what}" for what, number in _counts(report) if number]
    if report.failed:
        parts.append(f"could not ask {_subscriptions(report.failed)}")
    return "; ".join(parts)


def failures(report: Report) -> list[str]:
    """One sentence for each cause that subscriptions could not be asked for."""
    by_problem: dict[str, list[Asked]] = {}
    for one in report.failed:
        by_problem.setdefault(one.problem or "", []).append(one)
    return [f"{_subscriptions(several)} could not be asked: {problem}" for problem, several in by_problem.items()]


def _subscriptions(several: Sequence[Asked]) -> str:
    return f"subscription{'' if len(several) == 1 else 's'} {', '.join(one.title for one in several)}"


def _counts(report: Report) -> list[tuple[str, int]]:
    names = {
        Finding.EXPIRED: "expired",
        Finding.IN_ERROR: "in error",
        Finding.MISSING: "missing",
        Finding.UNDECLARED: "not declared",
    }
    return [(what, sum(finding in row.findings for row in report.rows)) for finding, what in names.items()]
