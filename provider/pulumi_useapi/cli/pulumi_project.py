"""The user's Pulumi project and stack, through the `pulumi` command on PATH.

Secrets go in over standard input and come out in memory: never in an argument, a file or a message.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi_useapi.errors import UseApiError

_NO_CLI = (
    "the pulumi command is not on PATH: install the Pulumi CLI (https://www.pulumi.com/docs/install/), or add its "
    "folder to PATH"
)


class PulumiError(UseApiError):
    """Pulumi is missing, or a command of it failed."""


@dataclass(frozen=True)
class Done:
    """A finished command.

    Attributes:
        code: its exit code.
        out: standard output; may hold secrets where secrets were asked for.
        err: standard error.
    """

    code: int
    out: str = field(repr=False)
    err: str = field(repr=False)

    @property
    def reason(self) -> str:
        """Pulumi's own error, in one line."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        return (errors or lines or [f"exit code {self.code}"])[0]


@dataclass(frozen=True)
class PulumiProject:
    """One project folder and one of its stacks.

    Attributes:
        folder: where `pulumi` runs: the project's folder or one below it.
        stack: the stack's name; None = the one selected there.
    """

    folder: Path
    stack: str | None = None

    @cached_property
    def command(self) -> str:
        """The `pulumi` command.

        Raises:
            PulumiError: it is not on PATH.
        """
        found = shutil.which("pulumi")
        if found is None:
            raise PulumiError(_NO_CLI)
        return found

    def run(self, *arguments: str, stdin: str | None = None) -> Done:
        """Run a command of Pulumi in the folder; its exit code is the caller's to judge.

        Args:
            arguments: without a secret in them: other users of the machine can read them.
            stdin: what it reads.

        Raises:
            PulumiError: there is no `pulumi` command.
        """
        finished = subprocess.run(  # noqa: S603 - the user's own command, with arguments of ours
            [self.command, *arguments, "--non-interactive", "--color=never", f"--cwd={self.folder}"],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            check=False,
        )
        return Done(finished.returncode, finished.stdout, finished.stderr)

    def need(self, doing: str, *arguments: str, stdin: str | None = None) -> str:
        """Run a command that has to succeed, and return its standard output.

        Args:
            doing: for the error: "reading the stack's config".
            arguments: see `run`.
            stdin: see `run`.

        Raises:
            PulumiError: it failed; Pulumi's own error is in the sentence.
        """
        done = self.run(*arguments, stdin=stdin)
        if done.code:
            raise PulumiError(f"{doing} failed: {done.reason}")
        return done.out

    def stack_name(self) -> str:
        """The stack's name.

        Raises:
            PulumiError: no stack is chosen.
        """
        if self.stack:
            return self.stack
        done = self.run("stack", "--show-name")
        name = done.out.strip()
        if done.code or not name:
            raise PulumiError(
                f"no stack is chosen in {self.folder}: name one with --stack, or choose one with pulumi stack select "
                f"(Pulumi says: {done.reason})"
            )
        return name

    def config(self) -> dict[str, Any]:
        """The stack's config by key, secrets in clear; structured values are parsed.

        Raises:
            PulumiError: it cannot be read or decrypted.
        """
        text = self.need(
            f"reading the config of stack {self.stack_name()}",
            *("config", "--json", "--show-secrets"),
            *self._of_stack(),
        )
        entries: Mapping[str, Mapping[str, Any]] = json.loads(text)
        return {key: entry.get("objectValue", entry.get("value")) for key, entry in entries.items()}

    def set_config(self, path: str, value: str, *, secret: bool) -> None:
        """Set a value, over standard input.

        Args:
            path: such as ``useapi:accounts.main.token``, see `config_paths`.
            value: stored as text where it is a secret, else as Pulumi reads it (``3`` is a number).
            secret: whether it is encrypted.

        Raises:
            PulumiError: it could not be stored.
        """
        kind = "--secret" if secret else "--plaintext"
        self.need(f"setting {path}", "config", "set", "--path", kind, path, *self._of_stack(), stdin=value)

    def remove_config(self, path: str) -> None:
        """Remove a value.

        Raises:
            PulumiError: it could not be removed.
        """
        self.need(f"removing {path}", "config", "rm", "--path", path, *self._of_stack())

    def resources(self) -> Sequence[Mapping[str, Any]]:
        """The resources of the stored state, secrets still encrypted.

        Raises:
            PulumiError: the state cannot be read.
        """
        text = self.need(f"reading the state of stack {self.stack_name()}", "stack", "export", *self._of_stack())
        deployment = json.loads(text).get("deployment") or {}
        return list(deployment.get("resources") or [])

    def _of_stack(self) -> tuple[str, ...]:
        return (f"--stack={self.stack_name()}",)
