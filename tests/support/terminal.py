"""A program in a terminal of its own, as a person uses it."""

from __future__ import annotations

import codecs
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 90.0
_TURN = 0.2
_TAKES_THE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"


class Terminal:
    """A program in a terminal; `screen` is what it has shown so far."""

    def __init__(self, process: subprocess.Popen[bytes], device: int) -> None:
        self.process = process
        self.screen = ""
        self._device = device
        self._seen = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def press(self, keys: str) -> None:
        os.write(self._device, keys.encode())

    def see(self, text: str) -> None:
        """Wait until it is on the screen, below what was waited for before."""
        deadline = time.monotonic() + _PATIENCE
        while (found := self.screen.find(text, self._seen)) < 0:
            assert time.monotonic() < deadline, self.screen
            assert self.process.poll() is None or self._read(0), self.screen
            self._read(_TURN)
        self._seen = found + len(text)

    def end(self) -> int:
        """Wait until the program has ended."""
        deadline = time.monotonic() + _PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.screen
            self._read(_TURN)
        while self._read(0):
            pass
        return self.process.returncode

    def _read(self, seconds: float) -> bool:
        """Take in what is shown within a time; whether there was anything."""
        if not select.select([self._device], [], [], seconds)[0]:
            return False
        try:
            shown = os.read(self._device, 65_536)
        except OSError:  # nobody has the terminal any more
            return False
        self.screen += self._decoder.decode(shown)
        return True


@contextmanager
def terminal(
    program: str,
    arguments: Sequence[str] = (),
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Run a Python program in a terminal; it is killed at the end if it still runs."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", f"{_TAKES_THE_TERMINAL}\n{program}", *arguments],
        cwd=cwd,
        env=None if environment is None else {**environment, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        os.close(ours)
