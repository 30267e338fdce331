"""The user's Pulumi project and stack, through the `pulumi` command on PATH.

Secrets go in over standard input and come out in memory: never in an argument, a file or a message.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi_useapi import config_file
from pulumi_useapi.errors import UseApiError

_NO_CLI = (
    "the pulumi command is not on PATH: install the Pulumi CLI (https://www.pulumi.com/docs/install/), or add its "
    "folder to PATH"
)


PASSPHRASE_FILE = ".passphrase"  # noqa: S105 - its name
"""In the project's folder: what `pulumi-useapi init` makes to encrypt the stack's secrets with."""


class PulumiError(UseApiError):
    """Pulumi is missing, or a command of it failed."""


def has_passphrase() -> bool:
    """Whether this shell says with which passphrase Pulumi encrypts."""
    return any(name in os.environ for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"))


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
        draft: the file of the stack's config, where it is not the stack's own.
    """

    folder: Path
    stack: str | None = None
    draft: Path | None = None

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
            errors="replace",
            env=self._environment(),
            check=False,
        )
        return Done(finished.returncode, finished.stdout, finished.stderr)

    def show(self, *arguments: str) -> int:
        """Run a command of Pulumi on the stack at the person's own terminal, and return its exit code.

        Ctrl-C is the command's: it puts things in order and ends.

        Raises:
            PulumiError: there is no `pulumi` command.
        """
        command = [self.command, *arguments, f"--cwd={self.folder}", *self._of_stack()]
        sys.stdout.flush()  # what was said before comes before
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            return subprocess.run(command, env=self._environment(), check=False).returncode  # noqa: S603 - as above
        finally:
            signal.signal(signal.SIGINT, before)

    def _environment(self) -> Mapping[str, str]:
        """The shell's, with the passphrase that `pulumi-useapi init` made where the shell is not told of one."""
        file = self.folder.resolve() / PASSPHRASE_FILE
        own = {} if has_passphrase() or not file.is_file() else {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
        return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", **own}

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
        """The stack's name; Pulumi is asked once.

        Raises:
            PulumiError: no stack is chosen.
        """
        return self.stack or self._selected_stack

    @cached_property
    def _selected_stack(self) -> str:
        done = self.run("stack", "--show-name")
        name = done.out.strip()
        if done.code and config_file.project_file(self.folder.resolve()) is None:
            raise PulumiError(self._no_project)
        if done.code or not name:
            raise PulumiError(
                f"no stack is chosen in {self.folder}: name one with --stack, or choose one with pulumi stack select "
                f"(Pulumi says: {done.reason})"
            )
        return name

    def config_file(self) -> Path:
        """Where the stack's config is; the file need not be there.

        Raises:
            PulumiError: there is no project, or no stack is chosen.
        """
        name = self.stack_name().rpartition("/")[2]
        found = config_file.config_file(self.folder.resolve(), name)
        if found is None:
            raise PulumiError(self._no_project)
        return found.resolve()

    @contextmanager
    def changing_together(self) -> Iterator[PulumiProject]:
        """A project on which changes of the config are prepared: they are made all together at the end, or not at all.

        Raises:
            PulumiError: somebody else has changed the config meanwhile, or its file cannot be written.
        """
        file = self.config_file()
        try:
            with tempfile.TemporaryDirectory(prefix=".useapi-", dir=file.parent) as beside:
                draft = Path(beside) / file.name
                before = file.read_bytes() if file.exists() else None
                if before is not None:
                    shutil.copy(file, draft)
                yield replace(self, stack=self.stack_name(), draft=draft)
                if (file.read_bytes() if file.exists() else None) != before:
                    raise PulumiError(
                        f"{file.name} was changed by somebody else meanwhile, nothing was stored: try again"
                    )
                draft.replace(file)
        except OSError as problem:
            raise PulumiError(f"{file} cannot be changed: {problem.strerror}") from None

    def config(self) -> dict[str, Any]:
        """The stack's config by key, secrets in clear; structured values are parsed.

        Raises:
            PulumiError: it cannot be read or decrypted.
        """
        text = self.need(
            f"reading the config of {self._title}", "config", "--json", "--show-secrets", *self._of_stack()
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

    def resources(self) -> Sequence[Mapping[str, Any]]:
        """The resources of the stored state, secrets still encrypted.

        Raises:
            PulumiError: the state cannot be read.
        """
        text = self.need(f"reading the state of {self._title}", "stack", "export", *self._of_stack())
        deployment = json.loads(text).get("deployment") or {}
        return list(deployment.get("resources") or [])

    @property
    def _no_project(self) -> str:
        return f"there is no Pulumi project in {self.folder.resolve()}: name its folder with --cwd, or make one with pulumi-useapi init"

    @property
    def _title(self) -> str:
        return f"stack {self.stack}" if self.stack else "the selected stack"

    def _of_stack(self) -> tuple[str, ...]:
        # The selected stack is Pulumi's own default, so its name need not be asked for.
        stack = (f"--stack={self.stack}",) if self.stack else ()
        return (*stack, f"--config-file={self.draft.resolve()}") if self.draft else stack
