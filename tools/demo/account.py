"""The demo's one account: made-up credentials, good for nothing but the emulator, renewed before they expire."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.environment import clean
from tools.output import ToolError
from tools.paths import VENV_BIN, VENV_PYTHON
from tools.process import capture

NAME = "main"
DAYS = 30
JOBS = 3
_RENEW_BELOW_SECONDS = 8 * 86_400
"""Above the seven days from which the program warns: the demo never greets with a warning."""


def claims(token: object) -> Mapping[str, Any] | None:
    """Return what a JWT says about itself; None where it is no JWT."""
    try:
        body = str(token).split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def renewal_user(entry: Mapping[str, Any], now: float) -> str | None:
    """Return whose credentials to make anew: the sample user of an entry that soon expires; None = leave it.

    An entry with credentials that are not ours is somebody's experiment.
    """
    said = claims(entry.get("token")) or {}
    user, expires = said.get("user"), said.get("exp")
    if not isinstance(user, dict) or not str(user.get("name", "")).startswith("Sample user"):
        return None
    soon = isinstance(expires, (int, float)) and expires - now < _RENEW_BELOW_SECONDS
    return str(user["id"]) if soon and user.get("id") else None


def wanted(accounts: Mapping[str, Any]) -> dict[str, str]:
    """Return what has to be set below `useapi:accounts.main` ("url", "token", "maxJobs"); empty = nothing.

    Raises:
        ToolError: the credentials could not be made.
    """
    if not accounts:
        return {**_made(str(300_000_000 + secrets.randbelow(100_000_000))), "maxJobs": str(JOBS)}
    entry = accounts.get(NAME)
    user = renewal_user(entry, time.time()) if isinstance(entry, dict) else None
    return _made(user) if user else {}


def _made(user: str) -> dict[str, str]:
    script = Path(__file__).with_name("sample_account.py")
    done = capture([VENV_PYTHON, script, user, str(DAYS)], env=clean([VENV_BIN]), doing="making a demo account")
    if done.code:
        raise ToolError(f"the credentials of the demo account could not be made:\n{done.last_words}")
    made: dict[str, str] = json.loads(done.stdout)
    return made
