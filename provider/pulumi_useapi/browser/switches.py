"""The switches that every start of the browser gets, with and without the debugging pipe.

They have to be the same both times: the switches that driving libraries add of their own choose another key for the
cookies (`--password-store`, `--use-mock-keychain`), and the log-in made by hand would be unreadable in the second start.
"""

from __future__ import annotations

from pathlib import Path


def switches(profile: Path) -> list[str]:
    """The switches for a profile's folder."""
    return [
        f"--user-data-dir={profile}",
        "--no-first-run",
        "--no-default-browser-check",
        "--hide-crash-restore-bubble",
        # Keeps log-ins whose cookie is one of the session, that is without an expiry.
        "--restore-last-session",
    ]
