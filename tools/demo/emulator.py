"""The emulator of the demo, running in the background from `make up` to `make down`."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tools.demo.places import EMULATOR_DATA, EMULATOR_LOG, EMULATOR_PID, EMULATOR_URL
from tools.environment import clean
from tools.output import ToolError
from tools.paths import VENV_BIN, VENV_PYTHON

USUAL_PORT = 8787
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_PAUSE = 0.05


def start(known_url: str | None) -> str:
    """Return the base URL of the running emulator, started where it does not run.

    Args:
        known_url: the base URL the stack already has: the state names it, so the port has to stay.

    Raises:
        ToolError: the emulator cannot start.
    """
    if running() is not None and EMULATOR_URL.is_file():
        return EMULATOR_URL.read_text(encoding="utf-8").strip()
    stop()
    port = _port(known_url)
    EMULATOR_URL.unlink(missing_ok=True)
    command = [VENV_BIN / "pulumi-useapi", "emulator", "--port", port, "--data", EMULATOR_DATA]
    with EMULATOR_LOG.open("ab") as log:
        # A session of its own: Ctrl-C in the terminal that ran make up must not end it.
        process = subprocess.Popen(
            [VENV_PYTHON, *map(str, command), "--ready-file", str(EMULATOR_URL)],
            env=clean([VENV_BIN]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    EMULATOR_PID.write_text(f"{process.pid}\n", encoding="utf-8")
    return _wait_until_ready(process)


def _port(known_url: str | None) -> int:
    known = urlsplit(known_url).port if known_url else None
    if known is None:
        return USUAL_PORT if _is_free(USUAL_PORT) else 0
    if not _is_free(known):
        raise ToolError(
            f"port {known} of the demo's emulator is in use by another program: end that one and run this again,"
            " or begin afresh with make down, then make up"
        )
    return known


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _wait_until_ready(process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while not EMULATOR_URL.is_file():
        if process.poll() is not None or time.monotonic() > deadline:
            stop()
            lines = EMULATOR_LOG.read_text(encoding="utf-8", errors="replace").splitlines()
            raise ToolError("the emulator did not start, its last words were:\n" + "\n".join(lines[-10:]))
        time.sleep(_PAUSE)
    return EMULATOR_URL.read_text(encoding="utf-8").strip()


def running() -> int | None:
    """Return the process id of the demo's emulator, or None where it does not run."""
    try:
        pid = int(EMULATOR_PID.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return pid if is_emulator(command_line(pid), EMULATOR_DATA) else None


def stop() -> bool:
    """End the demo's emulator, and only that; tell whether there was one."""
    pid = running()
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while running() is not None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                break
            time.sleep(_PAUSE)
    EMULATOR_PID.unlink(missing_ok=True)
    return pid is not None


def command_line(pid: int) -> list[str]:
    """Return the words a process was started with; empty where there is none or it is not told."""
    if pid <= 0:
        return []
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")[:-1]
    except OSError:
        pass
    with contextlib.suppress(OSError):  # no /proc on macOS
        asked = subprocess.run(
            ["ps", "-ww", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False
        )
        return asked.stdout.split()
    return []


def is_emulator(words: Sequence[str], data: Path) -> bool:
    """Tell whether these words are the emulator on this very data folder.

    Process ids are used again: a file that names one proves nothing about the process it names today.
    """
    return "emulator" in words and f" --data {data} " in f" {' '.join(words)} "
