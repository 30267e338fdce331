"""A pulumi command while it runs: the processes it consists of, and signals to each of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from tests.support.pulumi_stack import PulumiStack, Run

PROCESSES = ("engine", "program", "provider")
"""The CLI with the engine in it; the Python process of the program; the one that serves the dynamic resources."""

_MARK = "TESTS_PULUMI_RUN"
_ROOT = Path("/proc")
_TURN = 0.01


class RunningPulumi:
    """A command of the CLI in a stack's folder, from `with` on; nothing of it is left running afterwards.

    Every process of it is known by a variable of its environment: what a killed parent leaves behind has no other
    tie to it, and no process of anybody else is ever meant.
    """

    def __init__(self, stack: PulumiStack, *arguments: str) -> None:
        self._stack = stack
        self._arguments = arguments
        self._mark = f"{_MARK}={uuid.uuid4().hex}".encode()
        self._foreign: set[str] = set()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__; a pipe would be kept by orphans

    def __enter__(self) -> RunningPulumi:
        name, _, value = self._mark.decode().partition("=")
        self._began = time.monotonic()
        self._started = subprocess.Popen(
            [str(self._stack.command), *self._arguments, "--non-interactive"],
            cwd=self._stack.project,
            env=self._stack.variables() | {name: value},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end_all()
        self._output.close()

    @property
    def has_ended(self) -> bool:
        """Whether the engine has; others may outlive it."""
        return self._started.poll() is not None

    def wait_until(self, is_due: Callable[[], bool], timeout: float = 120) -> None:
        """Wait for a condition that comes true while the command runs.

        Raises:
            AssertionError: the command ended before, or it takes too long.
        """
        deadline = time.monotonic() + timeout
        while not is_due():
            assert not self.has_ended, f"the run ended before it was due\n{self._text()}"
            assert time.monotonic() < deadline, f"it never became due\n{self._text()}"
            time.sleep(_TURN)

    @property
    def seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self._began

    def alive(self) -> set[str]:
        """Which of `PROCESSES` there are now."""
        return {_process_of(command) for _, command in self._all()} & set(PROCESSES)

    def send_at(self, moment: float, process: str, number: signal.Signals) -> bool:
        """Send a signal `moment` seconds after the start, or as soon as there is such a process after that.

        Returns False where the run ends before.
        """
        while not self.has_ended:
            if self.seconds >= moment and self.send(process, number):
                return True
            time.sleep(_TURN)
        return False

    def send(self, process: str, number: signal.Signals) -> bool:
        """Send a signal to one of `PROCESSES`; whether there is such a process now."""
        pids = [self._started.pid] if process == "engine" and not self.has_ended else self._pids(process)
        sent = [_send(pid, number) for pid in pids]
        return any(sent)

    def wait(self, timeout: float = 120) -> Run:
        """Wait for the engine's end."""
        self._started.wait(timeout)
        run = Run(self._started.returncode, self._text())
        self._stack.console.append(run.text)
        return run

    def wait_for_end_of(self, process: str, timeout: float = 60) -> None:
        """Wait until one of `PROCESSES` has ended, be it after its engine.

        Raises:
            AssertionError: it takes too long.
        """
        deadline = time.monotonic() + timeout
        while process in self.alive():
            assert time.monotonic() < deadline, f"the {process} does not end"
            time.sleep(_TURN)

    def end_all(self) -> None:
        """End whatever is left, as a restart of the machine would."""
        deadline = time.monotonic() + 30
        self._started.kill()
        self._started.wait()
        while pids := [pid for pid, _ in self._all()]:
            assert time.monotonic() < deadline, "killed processes do not end"
            for pid in pids:
                _send(pid, signal.SIGKILL)
            time.sleep(_TURN)

    def _text(self) -> str:
        self._output.seek(0)
        printed = self._output.read().decode(errors="replace")
        return f"$ pulumi {' '.join(self._arguments)}\n{printed}"

    def _pids(self, process: str) -> Sequence[int]:
        return [pid for pid, command in self._all() if _process_of(command) == process]

    def _all(self) -> Iterator[tuple[int, list[str]]]:
        for pid in {folder.name for folder in _ROOT.glob("[0-9]*")} - self._foreign:
            # A process may end while it is looked at, and may be of another user.
            with contextlib.suppress(OSError):
                environment = (_ROOT / pid / "environ").read_bytes()
                if self._mark in environment.split(b"\0"):
                    yield int(pid), (_ROOT / pid / "cmdline").read_bytes().decode().split("\0")
                elif environment:  # a process that is just starting another program shows none
                    self._foreign.add(pid)


def _process_of(command: Sequence[str]) -> str:
    """Which of `PROCESSES` has this command line; "helper" for the others, such as the language host."""
    is_python = Path(command[0]).name.startswith("python")
    if is_python and any(argument.endswith("pulumi-language-python-exec") for argument in command):
        return "program"
    if is_python and "pulumi.dynamic" in command:
        return "provider"
    return "engine" if Path(command[0]).name == "pulumi" else "helper"


def _send(pid: int, number: signal.Signals) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False
