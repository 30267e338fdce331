"""What a person reads about captured credentials: never a secret."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pulumi_useapi.capture import Captured
from pulumi_useapi.cli.sources import Source
from pulumi_useapi.cli.storing import Change
from pulumi_useapi.config_paths import below
from pulumi_useapi.credentials import Claims
from pulumi_useapi.messages import date
from pulumi_useapi.models import Account
from pulumi_useapi.status.declared import ACCOUNTS_KEY
from pulumi_useapi.status.quantities import count

_DAY = 86_400


def credentials(name: str, found: Captured, stored: Claims | None, now: datetime) -> str:
    """The account, its site, until when it is good, and how that compares with what is stored."""
    left = _days((found.claims.expires - now).total_seconds())
    more = _compared(found.claims, stored, now)
    until = f"good until {date(found.claims.exp)} ({left}{more})"
    return f"{name}: account {found.claims.account} at {found.site}, {until}"


def configured(account: Account, subscription: str | None) -> str:
    """An account as useapi.net has it configured."""
    until = f", good until {date(account.exp)}" if account.exp is not None else ""
    where = f" at {account.host}" if account.host else ""
    return f"account {account.account}{where}{until}{f' (subscription {subscription})' if subscription else ''}"


def stored_values(stack: str, name: str, changes: Sequence[Change]) -> str:
    """What was stored, and how."""
    place = below(ACCOUNTS_KEY, name)
    secrets = " and ".join(change.path.rpartition(".")[2] for change in changes if change.is_secret)
    plain = [f"{change.path.rpartition('.')[2]} = {change.value}" for change in changes if not change.is_secret]
    return f"stored in stack {stack}: {place}: {', '.join([f'{secrets} (encrypted)'] * bool(secrets) + plain)}"


def next_step(config_file: Path, folder: Path) -> str:
    """What to do after storing."""
    if _is_for_git(config_file):
        return f"next: git commit {_shown(config_file, folder)} (its secrets are encrypted), then pulumi up, or push"
    return "next: pulumi up"


def left_behind(source: Source, path: Path | None) -> str | None:
    """What still holds the secrets and should go."""
    if source is Source.FILE and path is not None:
        rest = ", and a HAR file holds every cookie of that session too" if path.suffix.lower() == ".har" else ""
        return f"delete {path}: it holds the secrets{rest}"
    return None


def variables(name: str, found: Captured) -> list[tuple[str, str]]:
    """The environment variables for people who keep secrets elsewhere: their names and values."""
    suffix = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name).upper()
    return [(f"MINIMAX_URL_{suffix}", found.url), (f"MINIMAX_TOKEN_{suffix}", found.token)]


def _compared(fresh: Claims, stored: Claims | None, now: datetime) -> str:
    if stored is None:
        return ""
    if stored.account != fresh.account:
        return f", in place of account {stored.account}"
    if stored.has_expired(now):
        return f"; the stored token expired on {date(stored.exp)}"
    more = fresh.exp - stored.exp
    if abs(more) < _DAY:
        return ", about as long as the stored token"
    return f", {_days(abs(more))} {'more' if more > 0 else 'less'} than the stored token"


def _days(seconds: float) -> str:
    days = round(seconds / _DAY)
    if days < 1:
        return "less than a day"
    return count(days, "day")


def _shown(path: Path, folder: Path) -> str:
    """The path as one would type it in the folder."""
    try:
        return str(path.relative_to(folder.resolve()))
    except ValueError:
        return str(path)


def _is_for_git(file: Path) -> bool:
    """Whether the file is in a git work tree that does not ignore it."""
    git = shutil.which("git")
    if git is None:
        return False
    done = subprocess.run(  # noqa: S603 - a fixed command
        [git, "-C", str(file.parent), "check-ignore", "--quiet", "--", str(file)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode == 1
