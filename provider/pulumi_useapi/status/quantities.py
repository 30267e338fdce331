"""Numbers, time spans and days as a person says them."""

from __future__ import annotations

from datetime import datetime, timedelta

_HOUR = 60
_DAY = 24 * _HOUR
_FAR = timedelta(days=300)


def count(number: int, noun: str) -> str:
    """A number with its noun: ``1 account``, ``3 accounts``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def span(delta: timedelta) -> str:
    """A time span: ``3 days``, ``21 hours``, ``5 minutes``."""
    minutes = max(int(delta.total_seconds() // 60), 0)
    if minutes >= 2 * _DAY:
        return count(minutes // _DAY, "day")
    return count(minutes // _HOUR, "hour") if minutes >= _HOUR else count(minutes, "minute")


def day(when: datetime, now: datetime) -> str:
    """A day: ``Wed 25 Nov``; with its year where it is far away."""
    year = f" {when.year}" if abs(when - now) > _FAR else ""
    return f"{when:%a} {when.day} {when:%b}{year}"


def amount(credits_left: float | None) -> str:
    """Credits: ``1,240``; nothing where they are not known."""
    return "" if credits_left is None else f"{credits_left:,.0f}"
