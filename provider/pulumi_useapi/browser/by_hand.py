"""The browser as the person's own window, without any debugging switch: some log-ins refuse a browser with one."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pulumi_useapi.browser.errors import BrowserError, does_not_start
from pulumi_useapi.browser.switches import switches

PATIENCE = 20 * 60.0
"""Seconds a person may take to log in."""
_GRACE = 10.0
"""Seconds the browser may take to put its files in order."""
_TURN = 0.1
_AT_ONCE = 10.0


def wait_for_log_in(program: Path, profile: Path, address: str) -> None:
    """Open a window at an address, until it is closed or Enter is pressed in the terminal; then it is closed.

    Args:
        program: the browser.
        profile: its profile's folder.
        address: what it shows.

    Raises:
        BrowserError: the browser does not start, or nothing happens for 20 minutes.
        KeyboardInterrupt: Ctrl-C; the browser is closed.
    """
    began = time.monotonic()
    _forget_typed()
    with tempfile.TemporaryFile() as said, _running([str(program), *switches(profile), address], said) as process:
        while process.poll() is None and not _enter_pressed(_TURN):
            if time.monotonic() - began > PATIENCE:
                raise BrowserError(
                    f"nobody logged in for {PATIENCE / 60:.0f} minutes: run this again when there is time"
                )
        if process.poll() and time.monotonic() - began < _AT_ONCE:
            said.seek(0)
            raise does_not_start(said.read().decode(errors="replace"))


@contextmanager
def _running(command: list[str], said: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    # A session of its own: Ctrl-C is for this program, which then closes the browser in its own way.
    process = subprocess.Popen(  # noqa: S603 - the user's own browser
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
    )
    try:
        yield process
    finally:
        _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if sys.platform == "win32":  # without /F it asks the windows to close, as a person does
        subprocess.run(["taskkill", "/PID", str(process.pid)], capture_output=True, check=False)  # noqa: S603, S607
    else:
        # Not SIGTERM: Chromium takes that for the end of the desktop's session, and the newest cookies are lost.
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _forget_typed() -> None:
    """An Enter of before is not the answer to what has not been asked yet."""
    if sys.platform != "win32" and sys.stdin.isatty():
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _enter_pressed(seconds: float) -> bool:
    """Wait that long for Enter; no longer reads ahead, so that nothing typed later is lost."""
    if not sys.stdin.isatty():
        time.sleep(seconds)
        return False
    if sys.platform == "win32":
        import msvcrt

        time.sleep(seconds)
        return bool(msvcrt.kbhit() and msvcrt.getwch() in "\r\n")
    if select.select([sys.stdin], [], [], seconds)[0]:
        sys.stdin.readline()
        return True
    return False
