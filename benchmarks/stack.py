"""A stack of its own on a real Pulumi engine, whose every command is measured and whose state can be put back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.process import FailedError, Measure, run
from benchmarks.programs.entries import FILE_NAME
from tools.environment import clean
from tools.paths import PULUMI_BIN, ROOT

_PROJECT = "minimax"
_NAME = "bench"


def find_pulumi() -> Path:
    """The CLI that PULUMI_COMMAND names, else the one in .tools/bin, else the one on PATH.

    Raises:
        FailedError: there is none.
    """
    local = PULUMI_BIN / "pulumi"
    found = os.environ.get("PULUMI_COMMAND") or (str(local) if local.is_file() else shutil.which("pulumi"))
    if not found:
        raise FailedError("there is no Pulumi CLI: run the benchmarks with make bench, which prepares one")
    return Path(found)


def base_environment(command: Path) -> dict[str, str]:
    """The environment of every process of a benchmark: nothing of the caller's own stacks and accounts."""
    return clean(
        [Path(sys.executable).parent, command.parent],
        PYTHONPATH=str(ROOT),
        # Compiled once: each command starts two or three Python processes.
        PYTHONDONTWRITEBYTECODE="",
        PYTHONPYCACHEPREFIX=str(Path(tempfile.gettempdir()) / f"pulumi-useapi-bench-{os.getuid()}"),
        PULUMI_CONFIG_PASSPHRASE="of the benchmarks",  # noqa: S106 - of stacks that live for minutes
        PULUMI_SKIP_UPDATE_CHECK="1",
    )


@dataclass
class Stack:
    """One stack.

    Attributes:
        folder: everything it has; made anew.
        command: the Pulumi CLI.
        program: the text of its `__main__.py`.
        environment: more variables for its commands.
    """

    folder: Path
    command: Path
    program: str
    environment: dict[str, str] = field(default_factory=dict)

    def create(self, entries: Mapping[str, Any] | None = None) -> Stack:
        """Make the project and an empty stack in it; `entries` is what the program finds in its accounts file."""
        self._project.mkdir(parents=True)
        self._state.mkdir(parents=True)
        (self._project / "Pulumi.yaml").write_text(json.dumps({"name": _PROJECT, "runtime": "python"}))
        (self._project / "__main__.py").write_text(self.program)
        if entries is not None:
            (self._project / FILE_NAME).write_text(json.dumps(entries))
        self.run("stack", "init", _NAME)
        return self

    def run(self, *arguments: str, **variables: str) -> Measure:
        """Run one command of the CLI to its end.

        Raises:
            FailedError: it failed.
        """
        command = [str(self.command), *arguments, "--non-interactive"]
        return run(command, folder=self._project, environment=self._variables() | variables)

    def save(self, label: str) -> None:
        """Keep the stored state under a label."""
        shutil.copytree(self._state, self.folder / label, dirs_exist_ok=True)

    def restore(self, label: str) -> None:
        """Put a kept state back, so that every repetition begins alike."""
        shutil.rmtree(self._state)
        shutil.copytree(self.folder / label, self._state)

    @property
    def state_file(self) -> Path:
        """The stored state."""
        return self._state / ".pulumi" / "stacks" / _PROJECT / f"{_NAME}.json"

    def export(self) -> str:
        """The state with its secrets in plaintext, as JSON text."""
        command = [str(self.command), "stack", "export", "--show-secrets", "--non-interactive"]
        environment = self._variables()
        done = subprocess.run(command, cwd=self._project, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
        return done.stdout

    @property
    def _project(self) -> Path:
        return self.folder / "project"

    @property
    def _state(self) -> Path:
        return self.folder / "state"

    def _variables(self) -> dict[str, str]:
        places = {
            "PULUMI_HOME": str(self.folder.parent / "pulumi-home"),
            "PULUMI_BACKEND_URL": f"file://{self._state}",
        }
        return base_environment(self.command) | places | self.environment
