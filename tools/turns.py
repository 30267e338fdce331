"""One `make` at a time in this folder, where two would write the same files."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator

from tools.output import say
from tools.paths import LOCK_FILE


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other `make` sets things up here; the system lets go of the lock whatever happens to us."""
    LOCK_FILE.parent.mkdir(exist_ok=True)
    with LOCK_FILE.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another make in this folder to finish")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
