"""The last screen of `make up`: what there is now, and what to type next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

_SUPPORTS = ("Video", "Chat", "Audio", "Music")

_NEXT = """
  Next:  source .demo/env.sh        from here on, pulumi in this shell means this demo
         pulumi preview             nothing to change: what is declared is what there is
         pulumi config set --path useapi:accounts.main.maxJobs 2 && pulumi up
                                    one property, changed in place
         a real account:            see "With your own account" in the README
         make down                  removes all of this
"""


def last_screen(outputs: Mapping[str, Any], now: datetime | None = None) -> str:
    """Return the text; `outputs` are the stack's, `now` is the present unless given."""
    accounts = outputs.get("accounts") or {}
    moment = now or datetime.now(timezone.utc)
    return "\n".join(["", *_table([_row(name, accounts[name], moment) for name in accounts]), _NEXT])


def _row(name: str, account: Mapping[str, Any], now: datetime) -> list[str]:
    supports = " ".join(word.lower() for word in _SUPPORTS if account.get(f"support{word}"))
    jobs = int(account["maxJobs"])
    return [
        name,
        f"account {account['id']}",
        _good_until(account["jwtExpiry"], now),
        supports,
        f"{jobs} job{'' if jobs == 1 else 's'}",
    ]


def _good_until(expiry: str, now: datetime) -> str:
    ends = datetime.fromisoformat(expiry.replace("Z", "+00:00"))
    days = round((ends - now).total_seconds() / 86_400)
    return f"good until {ends:%Y-%m-%d} ({days} day{'' if days == 1 else 's'})"


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
