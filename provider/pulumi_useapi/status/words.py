"""The report in words: dates, supports, and the one sentence that sums it up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pulumi_useapi.status.asking import Asked
from pulumi_useapi.status.report import Finding, Report, Row, span

_FAR = timedelta(days=300)


def day(when: datetime, now: datetime) -> str:
    """A day as a person says it: ``Wed 25 Nov``; with its year where it is far away."""
    year = f" {when.year}" if abs(when - now) > _FAR else ""
    return f"{when:%a} {when.day} {when:%b}{year}"


def left(row: Row, now: datetime) -> str:
    """How long its credentials still live: ``3 days``; ``expired`` after that, nothing where it is not known."""
    if row.expires is None:
        return ""
    return "expired" if row.expires <= now else span(row.expires - now)


def amount(credits_left: float | None) -> str:
    """Credits, ``1,240``; nothing where they are not known."""
    return "" if credits_left is None else f"{credits_left:,.0f}"


def summary(report: Report) -> str:
    """The whole report in one sentence, without a full stop."""
    if not report.rows and not report.failed:
        return "no account is configured"
    parts = [f"{len(report.usable)} of {len(report.rows)} usable, {_jobs(report.jobs)} at once"] if report.rows else []
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


def _jobs(number: int) -> str:
    return f"{number} job{'' if number == 1 else 's'}"


def _counts(report: Report) -> list[tuple[str, int]]:
    names = {
        Finding.EXPIRED: "expired",
        Finding.IN_ERROR: "in error",
        Finding.MISSING: "missing",
        Finding.UNDECLARED: "not declared",
    }
    return [(what, sum(finding in row.findings for row in report.rows)) for finding, what in names.items()]
