"""What an interrupted command leaves in a stack of the file backend, and the commands that put it in order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.support.pulumi_stack import PulumiStack, Run


@dataclass(frozen=True)
class Repair:
    """What it took: the command run once more, and the two that Pulumi itself asks for where they were needed."""

    run: Run
    cancelled: bool
    cleared: bool


def is_locked(stack: PulumiStack) -> bool:
    """Whether a command that was killed has left its lock."""
    return any((stack.home / "state" / ".pulumi" / "locks").glob(f"**/{stack.name}/*.json"))


def saved(stack: PulumiStack) -> dict[str, Any]:
    """What the engine has saved so far, read beside it: `resources` and `pending_operations`."""
    file = stack.home / "state" / ".pulumi" / "stacks" / "minimax" / f"{stack.name}.json"
    deployment = json.loads(file.read_text())["checkpoint"].get("latest") or {}
    return {key: deployment.get(key) or [] for key in ("resources", "pending_operations")}


def saved_names(stack: PulumiStack) -> set[str]:
    """The names of the resources that the engine has saved so far; nothing while the file is half written."""
    try:
        resources = saved(stack)["resources"]
    except (ValueError, FileNotFoundError):
        return set()
    return {one["urn"].rpartition("::")[2] for one in resources}


def run_once_more(stack: PulumiStack, *arguments: str) -> Repair:
    """Remove the lock if there is one, run a command, and forget creates of unknown end that are still noted.

    `up` creates such resources again, and only `refresh` with a flag (or a person at the terminal) drops the note.
    """
    cancelled = is_locked(stack)
    if cancelled:
        assert stack.run("cancel", "--yes", stack.name).code == 0
    run = stack.run(*arguments)
    cleared = any(one["type"] == "creating" for one in saved(stack)["pending_operations"])
    if cleared:
        assert stack.refresh("--clear-pending-creates").code == 0
    return Repair(run, cancelled, cleared)
