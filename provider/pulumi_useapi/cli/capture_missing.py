"""`pulumi-useapi capture --missing`: the accounts at useapi.net that the stack does not declare, one after the other."""

from __future__ import annotations

from dataclasses import replace

import click

from pulumi_useapi.cli import capture_messages, configured_accounts, screen, storing
from pulumi_useapi.cli.capture_one import Options, capture_one, say_next_step
from pulumi_useapi.cli.configured_accounts import Missing
from pulumi_useapi.cli.screen import note, waiting_for
from pulumi_useapi.cli.storing import RefusedError, Stack
from pulumi_useapi.status.quantities import count


def capture_missing(stack: Stack, options: Options, stored: list[str]) -> None:
    """Ask for a name for each missing account, and capture it under that name.

    Args:
        stack: where they go.
        options: how.
        stored: gets the names of those that were stored.

    Raises:
        UseApiError: nobody can be asked, or an account could not be captured; those before it are stored.
        click.Abort: the person gave up.
    """
    with waiting_for("asking useapi.net which accounts it has"):
        missing = configured_accounts.missing_accounts(stack, note)
    if not missing:
        screen.out().print(f"stack {stack.name} declares every account that useapi.net told of")
        return
    for one in missing:
        screen.out().print(capture_messages.configured(one.account, one.subscription))
    if not options.may_ask():
        raise RefusedError(
            f"stack {stack.name} does not declare {count(len(missing), 'account')} of useapi.net, named above: run "
            "this at a terminal, where names can be asked for, or for each pulumi-useapi capture NAME --adopt"
        )
    for one in missing:
        name = _ask_for_name(one, stack)
        if name and capture_one(stack, name, _of(one, options)):
            stored.append(name)
            stack = storing.read_stack(stack.project)
    if stored:
        say_next_step(stack)


def _ask_for_name(one: Missing, stack: Stack) -> str:
    question = f"\nA name for account {one.account.account} in stack {stack.name} (Enter leaves it out)"
    while True:
        name = str(click.prompt(question, default="", show_default=False, err=True)).strip()
        if name not in stack.entries:
            return name
        note(f"{name} is another account of stack {stack.name}: take another name")


def _of(one: Missing, options: Options) -> Options:
    wishes = replace(
        options.wishes,
        # It stands there with other credentials than any fresh ones, and is wanted here: that is what adopt is for.
        adopt=True,
        subscription=options.wishes.subscription or one.subscription,
        max_jobs=options.wishes.max_jobs or one.account.max_jobs,
    )
    return replace(options, wishes=wishes, account=one.account.account, is_part=True)
