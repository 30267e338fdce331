"""What a person sees while something runs: one line per thing done, and a sign of life while it takes long.

Progress goes to stderr, so that stdout holds results only.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

BEAT_SECONDS = 20.0
"""How long nothing may be heard from a step that writes to a file or a pipe's log."""

BEAT_SECONDS_TERMINAL = 5.0


class ToolError(Exception):
    """Something that stops the command, told in one sentence with what to do next."""

    exit_code = 1


class MissingError(ToolError):
    """A prerequisite is not there: nothing of the command was done yet, or running it again goes on."""

    exit_code = 2


def say(line: str) -> None:
    """Print one line of progress."""
    print(f"  {line}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Return a length of time as people say it: `4 s`, `3 min 10 s`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"  # noqa: PLR2004 - a minute


@contextlib.contextmanager
def alive(doing: str) -> Iterator[None]:
    """Say now and then that `doing` still goes on, with the time it has taken so far."""
    started = time.monotonic()
    done = threading.Event()
    pause = BEAT_SECONDS_TERMINAL if sys.stderr.isatty() else BEAT_SECONDS

    def beat() -> None:
        while not done.wait(pause):
            say(f"... {doing} ({duration(time.monotonic() - started)})")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
