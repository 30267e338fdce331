"""Running other programs: captured with a sign of life, or shown as they go; both end well on Ctrl-C."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.output import alive
from tools.paths import ROOT

GRACE_SECONDS = 20.0
"""How long an interrupted program may take to put things in order (Pulumi releases its lock)."""


@dataclass(frozen=True)
class Result:
    """What a program answered."""

    code: int
    stdout: str
    stderr: str

    @property
    def last_words(self) -> str:
        """The end of what it printed, for the eyes of someone who looks for the cause."""
        lines = [line for line in f"{self.stdout}\n{self.stderr}".splitlines() if line.strip()]
        return "\n".join(f"    {line}" for line in lines[-15:])


def _let_finish(process: subprocess.Popen[str]) -> None:
    # Ctrl-C reached the program too, as it is in the same process group: it only needs the time.
    with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        process.wait(GRACE_SECONDS)
        return
    process.kill()
    process.wait()


def capture(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    doing: str,
    given: str | None = None,
    cwd: Path = ROOT,
) -> Result:
    """Run a program, hand `given` to its stdin, and return what it printed; `doing` is told while it takes long."""
    with alive(doing):
        process = subprocess.Popen(
            list(map(str, command)),
            env=env,
            cwd=cwd,
            stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        try:
            stdout, stderr = process.communicate(given)
        except KeyboardInterrupt:
            _let_finish(process)
            raise
    return Result(process.returncode, stdout, stderr)


def show(command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path = ROOT) -> int:
    """Run a program whose output goes where ours goes; return its exit code."""
    process = subprocess.Popen(list(map(str, command)), env=env, cwd=cwd, stdin=subprocess.DEVNULL, text=True)
    try:
        return process.wait()
    except KeyboardInterrupt:
        _let_finish(process)
        raise
