"""Runs a command and measures it with all the processes it starts: time, CPU, memory."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_PROC = Path("/proc")
_LOOK_EVERY = 0.1
_ROLES = {"pulumi-language-python-exec": "program", "pulumi.dynamic": "provider"}
"""What the command line of a process tells about its part."""


class FailedError(Exception):
    """A command of a benchmark failed; the text is the end of what it printed."""


@dataclass(frozen=True)
class Measure:
    """What one command took.

    Attributes:
        wall: seconds from start to end.
        cpu: CPU seconds of all its processes.
        peaks: the most memory (RSS, MiB) that a process had at once, by its part: program, provider. Linux only.
        part_cpu: CPU seconds of these processes, a tenth of a second before their end. Linux only.
    """

    wall: float
    cpu: float
    peaks: Mapping[str, float] = field(default_factory=dict)
    part_cpu: Mapping[str, float] = field(default_factory=dict)


def run(command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> Measure:
    """Run a command to its end.

    Raises:
        FailedError: its exit code is not 0.
    """
    printed = folder / "printed.txt"
    with printed.open("w") as output:
        started = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # all its processes can be told from others by their session
        )
        with _MemoryWatch(process.pid) as watch:
            try:
                _, status, used = os.wait4(process.pid, 0)
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)  # the engine then ends its own processes
                process.wait()
                raise
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last_words = "\n".join(printed.read_text(errors="replace").splitlines()[-15:])
        raise FailedError(f"{' '.join(command[:2])} failed with exit code {process.returncode}:\n{last_words}")
    return Measure(wall, used.ru_utime + used.ru_stime, watch.peaks, watch.cpu)


def cpu_of(pid: int) -> float:
    """CPU seconds a running process has used so far; 0 where the system does not tell."""
    with suppress(OSError):
        return _cpu_seconds(_stat(_PROC / str(pid)))
    return 0.0


class _MemoryWatch:
    """Looks at the processes of a session while they live: the system keeps each one's highest mark until its end."""

    def __init__(self, session: int) -> None:
        self.peaks: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._session = str(session)
        self._strangers: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _MemoryWatch:
        if _PROC.is_dir():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            for pid in os.listdir(_PROC):  # noqa: PTH208 - ten times a second, while others are measured
                if pid.isdecimal() and pid not in self._strangers:
                    with suppress(OSError):  # it has ended
                        self._look(pid)

    def _look(self, pid: str) -> None:
        stat = _stat(_PROC / pid)
        if stat[3] != self._session:
            self._strangers.add(pid)
            return
        line = (_PROC / pid / "cmdline").read_text()
        role = next((role for mark, role in _ROLES.items() if mark in line), None)
        if role is None:
            return
        self.cpu[role] = max(self.cpu.get(role, 0.0), _cpu_seconds(stat))
        for entry in (_PROC / pid / "status").read_text().splitlines():
            if entry.startswith("VmHWM:"):
                mebibytes = int(entry.split()[1]) / 1024
                self.peaks[role] = max(self.peaks.get(role, 0.0), mebibytes)


def _cpu_seconds(stat: Sequence[str]) -> float:
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _stat(process: Path) -> list[str]:
    """The fields of a process after its name, which may hold anything: state, parent, group, session and so on."""
    return (process / "stat").read_text().rpartition(")")[2].split()
