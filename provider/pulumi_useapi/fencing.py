"""The mark by which an entry of a state knows its own POSTs again: see docs/fencing.md.

A revision is a time in milliseconds, as the site itself writes it to the url's ``unix`` parameter. Its last four
digits are the entry's own: chosen at its first POST, kept in all later ones. Pure.
"""

from __future__ import annotations

import re
import secrets

from pulumi_useapi.models import Account
from pulumi_useapi.outputs import Properties, after_read, has_other_credentials

_MARKS = 10_000
_TIME = re.compile(r"[0-9]{5,16}")


def first_revision(milliseconds: int, taken: str | None) -> str:
    """The revision of an entry's first POST, with a mark of its own.

    Args:
        milliseconds: now, since the epoch.
        taken: the revision that the service holds, of another entry.
    """
    mark = secrets.randbelow(_MARKS)
    if mark == _mark(taken):
        mark = (mark + 1) % _MARKS
    return str(milliseconds // _MARKS * _MARKS + mark)


def next_revision(milliseconds: int, stored: str | None) -> str:
    """The revision of a later POST: later than the stored one, with the same mark."""
    mark = _mark(stored)
    if stored is None or mark is None:
        return first_revision(milliseconds, None)
    # The last POST may be only seconds old, or of a machine whose clock runs ahead.
    return str(max(milliseconds // _MARKS, int(stored) // _MARKS + 1) * _MARKS + mark)


def was_posted_by_another(stored: Properties, found: Account, owner: str) -> bool:
    """Whether somebody else has posted the account since the entry did: by the mark, else by the credentials' times.

    The entry's own mark at another time is a POST of which it never learned, because the answer was lost.
    """
    ours, theirs = stored.get("revision"), found.revision
    if ours is None or theirs is None:
        return has_other_credentials(after_read(stored, found, owner))
    return ours != theirs and (_mark(ours) is None or _mark(ours) != _mark(theirs))


def _mark(revision: str | None) -> int | None:
    return int(revision) % _MARKS if revision and _TIME.fullmatch(revision) else None
