"""The demo stack, driven through the Pulumi CLI; secrets go to it over stdin, never as arguments."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.demo.places import STACK, STACK_LOCKS, STACK_STATE, environment
from tools.output import ToolError
from tools.process import Result, capture, show
from tools.pulumi.ensure import Cli


@dataclass(frozen=True)
class Stack:
    """The demo stack of the project in the root folder."""

    cli: Cli

    def create(self) -> None:
        """Make the stack where it is not there yet, and select it for the commands a person types."""
        if not STACK_STATE.is_file():
            self._ask("making the stack", "stack", "init", STACK)

    def config(self) -> dict[str, Any]:
        """Return the stack's config, secrets in clear: values as texts, structured ones as objects."""
        listed = json.loads(self._ask("reading the stack's config", "config", "--json", "--show-secrets").stdout)
        return {key: entry.get("objectValue", entry.get("value")) for key, entry in listed.items()}

    def set(self, key: str, value: str, *, secret: bool = False) -> None:
        """Set one entry of the config."""
        kind = "--secret" if secret else "--plaintext"
        self._ask(f"setting {key}", "config", "set", kind, "--path", key, given=value)

    def up(self) -> int:
        """Run `pulumi up`, its output shown; return its exit code."""
        return self._show("up", "--yes", "--skip-preview", "--suppress-outputs")

    def destroy(self) -> int:
        """Run `pulumi destroy`, its output shown; return its exit code."""
        return self._show("destroy", "--yes", "--skip-preview", "--remove")

    def outputs(self) -> Mapping[str, Any]:
        """Return the stack's outputs, secret ones masked."""
        outputs: Mapping[str, Any] = json.loads(self._ask("reading the outputs", "stack", "output", "--json").stdout)
        return outputs

    def release(self) -> None:
        """Let go of a lock that an interrupted run of this machine left behind."""
        if left_locks():
            self._ask("releasing the lock of an interrupted run", "cancel", "--yes")

    def _show(self, *arguments: str) -> int:
        self.release()
        # A terminal it can draw on would make it take Ctrl-C for itself, and make up would call that a failure.
        plain = {**environment(self.cli), "TERM": "dumb"}
        return show([self.cli.command, *arguments, "--stack", STACK, "--suppress-permalink=true"], env=plain)

    def _ask(self, doing: str, *arguments: str, given: str | None = None) -> Result:
        stack = () if "init" in arguments else ("--stack", STACK)
        done = capture(
            [self.cli.command, *arguments, *stack, "--non-interactive"],
            env=environment(self.cli),
            doing=doing,
            given=given,
        )
        if done.code:
            raise ToolError(f"{doing} failed (make down, then make up begins afresh):\n{done.last_words}")
        return done


def left_locks() -> bool:
    """Tell whether the stack is locked by nothing but ended processes of this machine."""
    locks = [json.loads(path.read_text(encoding="utf-8")) for path in STACK_LOCKS.glob("*.json")]
    return bool(locks) and all(
        lock.get("hostname") == socket.gethostname() and not _is_alive(lock.get("pid")) for lock in locks
    )


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return True
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
