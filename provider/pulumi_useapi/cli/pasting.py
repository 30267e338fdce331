"""Waits at a terminal until something usable is pasted into it, or copied anywhere.

What is pasted is never shown, and a line may be longer than the 4,096 characters that a terminal takes by itself.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pulumi_useapi.cli import clipboard
from pulumi_useapi.errors import UseApiError

T = TypeVar("T")

Take = Callable[[str, bool], "T | None"]
"""Takes a text, of which it is told whether it was copied (not pasted); None = not meant for this.

Raises:
    UseApiError: it is meant for this, but not usable.
"""

Refuse = Callable[[str, bool, UseApiError], None]
"""Tells why a text was not taken."""

_PASTE_ENDS = b"\x1b[201~"
_MARKS = (b"\x1b[200~", _PASTE_ENDS, b"\x04")
_PASTES_ON, _PASTES_OFF = "\x1b[?2004h", "\x1b[?2004l"
_PAUSE = 0.3
"""Seconds of silence after which a paste is taken for complete."""
_LOOK = 1.0
"""Seconds between two looks at the clipboard."""
_LONG = 200
"""Characters from which a text is a paste, also where no line ends in it."""


def wait_for_text(take: Take[T], refuse: Refuse, *, copied: str | None) -> T:
    """Wait until a text is taken.

    Args:
        take: tries each paste, alone and with the one before it, and every new content of the clipboard.
        refuse: told why, where a text was not taken.
        copied: what the clipboard held before, None where there is no clipboard to look at.

    Raises:
        EOFError: the terminal was closed.
    """
    before = ""
    with _quiet_terminal():
        while True:
            text = _read_paste()
            if text is None:
                copied, result = _look(take, refuse, copied)
            else:
                result = _try_pasted(take, refuse, before, text)
                before = text
            if result is not None:
                return result


def try_copied(take: Take[T], refuse: Refuse, text: str) -> T | None:
    """Try what the clipboard holds."""
    try:
        return take(text, True)
    except UseApiError as problem:
        refuse(text, True, problem)
        return None


def _try_pasted(take: Take[T], refuse: Refuse, before: str, text: str) -> T | None:
    """Try a paste; url and token may come one after the other."""
    try:
        return take(text, False)
    except UseApiError as problem:
        try:
            return take(f"{before}\n{text}", False)
        except UseApiError:
            refuse(text, False, problem)
            return None


def _look(take: Take[T], refuse: Refuse, before: str | None) -> tuple[str | None, T | None]:
    """What the clipboard holds now, and what was taken of it where that is new."""
    if before is None:
        return None, None
    try:
        now = clipboard.read()
    except clipboard.ClipboardError:
        return None, None
    return now, try_copied(take, refuse, now) if now.strip() and now != before else None


def _text(typed: bytes) -> str:
    for mark in _MARKS:
        typed = typed.replace(mark, b"")
    return typed.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").strip()


def _is_whole(typed: bytes) -> bool:
    return len(typed) > _LONG or any(end in typed for end in (b"\n", b"\r", b"\x04", _PASTE_ENDS))


def _read_paste() -> str | None:
    """The next paste, or None after a while without one."""
    typed = b""
    until = time.monotonic() + _LOOK
    while True:
        more = _read_key(_PAUSE if typed else max(0.0, until - time.monotonic()))
        typed += more
        if not more and _is_whole(typed) and _text(typed):
            return _text(typed)
        if not more and time.monotonic() >= until:
            return None


if sys.platform == "win32":
    import msvcrt

    _TURN = 0.02

    @contextmanager
    def _quiet_terminal() -> Iterator[None]:
        yield  # getwch shows nothing by itself

    def _read_key(seconds: float) -> bytes:
        until = time.monotonic() + seconds
        while not msvcrt.kbhit():
            if time.monotonic() >= until:
                return b""
            time.sleep(_TURN)
        key = msvcrt.getwch()
        if key == "\x03":
            raise KeyboardInterrupt
        return key.encode(errors="replace")

else:
    import select
    import termios
    import tty

    @contextmanager
    def _quiet_terminal() -> Iterator[None]:
        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        try:
            tty.setcbreak(terminal)
            _tell(_PASTES_ON)
            yield
        finally:
            _tell(_PASTES_OFF)
            # What is left of a paste must not answer the next question.
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)

    def _tell(sequence: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(sequence)
            sys.stderr.flush()

    def _read_key(seconds: float) -> bytes:
        terminal = sys.stdin.fileno()
        if not select.select([terminal], [], [], seconds)[0]:
            return b""
        typed = os.read(terminal, 65_536)
        if not typed:
            raise EOFError
        return typed
