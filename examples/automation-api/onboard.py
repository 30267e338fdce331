"""Onboards MiniMax accounts from a program of one's own, such as a web service: no `__main__.py`, no `pulumi` typed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi import automation

from pulumi_useapi import MiniMaxAccount, summarize_accounts


def onboard(accounts: Mapping[str, Mapping[str, Any]], stack_name: str) -> automation.UpResult:
    """Make useapi.net have these accounts, and no longer the ones this stack had before and that are missing here.

    Args:
        accounts: the arguments of `MiniMaxAccount`, by name.
        stack_name: the stack that remembers them.

    Raises:
        automation.CommandError: pulumi up failed; its sentences have been printed.
    """
    folder = automation.LocalWorkspaceOptions(work_dir=str(Path(__file__).parent))
    stack = automation.create_or_select_stack(stack_name, "onboarding", _declaring(accounts), opts=folder)
    return stack.up(on_output=print, continue_on_error=True)


def _declaring(accounts: Mapping[str, Mapping[str, Any]]) -> Callable[[], None]:
    # The credentials reach Pulumi through memory: a config value would be seen in the arguments of a process.
    def program() -> None:
        summary = summarize_accounts({name: MiniMaxAccount(name, **given) for name, given in accounts.items()})
        pulumi.export("accounts", summary.account_ids)
        pulumi.export("totalMaxJobs", summary.total_max_jobs)

    return program


def main() -> int:
    """Onboard what stands in the JSON on standard input."""
    try:
        result = onboard(json.load(sys.stdin), sys.argv[1])
    except automation.CommandError:
        return 1
    print(json.dumps({name: output.value for name, output in result.outputs.items()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
