"""Tokens that die: warned of in time, refused when new, never a reason for an unchanged stack to fail."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.engine.conftest import NOW, World
from tests.support.clock import Clock

ACCOUNT = "302817465"
READY_MADE = "from pulumi_useapi import accounts_from_config\n\naccounts_from_config()\n"


def outputs_of(world: World) -> dict[str, Any]:
    return {name: resource["outputs"] for name, resource in world.stack.resources(show_secrets=True).items()}


def minute(days: float) -> str:
    return (NOW + timedelta(days=days)).strftime("%Y-%m-%d %H:%M UTC")


def renew(name: str) -> str:
    return (
        "take a fresh url and token from the browser and set both: pulumi config set --secret --path "
        f"'useapi:accounts.{name}.token' (and 'useapi:accounts.{name}.url')"
    )


def test_warns_from_the_set_number_of_days_on(world: World) -> None:
    world.stack.declare(soon=world.entry("302817465", days=6.9), later=world.entry("448190022", days=7.2))
    soon = f"soon (account 302817465): the MiniMax token expires in 6 days ({minute(6.9)}); {renew('soon')}"
    later = f"later (account 448190022): the MiniMax token expires in 7 days ({minute(7.2)}); {renew('later')}"

    for command in (["preview"], ["up", "--yes", "--skip-preview"]):
        run = world.succeeded(world.stack.run(*command))
        assert f"MiniMaxAccount (soon): warning: {soon}" in run.sentences.partition("Diagnostics:")[2], run.text
        assert "later (account" not in run.sentences

    environment = world.stack.environment
    world.stack.set_config("useapi:expiryWarningDays", "8")
    run = world.succeeded(world.stack.preview())
    assert soon in run.sentences
    assert later in run.sentences
    environment["USEAPI_EXPIRY_WARNING_DAYS"] = "6"
    assert "the MiniMax token expires" not in world.succeeded(world.stack.preview()).sentences
    environment["USEAPI_EXPIRY_WARNING_DAYS"] = "0"
    assert "the MiniMax token expires" not in world.succeeded(world.stack.preview()).sentences


def test_an_unchanged_expired_token_warns_and_stops_nothing(world: World, clock: Clock) -> None:
    entry = world.entry(ACCOUNT, days=30)
    world.stack.declare(main=entry)
    world.succeeded(world.stack.up())
    stored = outputs_of(world)

    clock.advance(25)
    sentence = f"main (account {ACCOUNT}): the MiniMax token expires in 4 days ({minute(30)}); {renew('main')}"
    assert sentence in world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes")).sentences
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    clock.advance(33)
    sentence = f"main (account {ACCOUNT}): the MiniMax token expired 3 days ago ({minute(30)}); {renew('main')}"
    for command in (["preview", "--diff"], ["up", "--yes", "--skip-preview"]):
        assert sentence in world.succeeded(world.stack.run(*command, "--expect-no-changes")).sentences
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    assert outputs_of(world) == stored, "an output depends on the clock"
    assert len(world.calls("POST")) == 1

    world.succeeded(world.stack.destroy())
    assert world.served() == {}


@pytest.mark.parametrize("before", [None, 3], ids=["new", "changed"])
def test_a_new_or_changed_token_that_has_expired_is_refused(world: World, before: float | None) -> None:
    if before is not None:
        world.stack.declare(main=world.entry(ACCOUNT, days=before))
        world.succeeded(world.stack.up())
    posted = len(world.calls("POST"))
    stored = outputs_of(world)

    world.stack.declare(main=world.entry(ACCOUNT, days=-2.1))

    urn = "urn:pulumi:test::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::main"
    sentence = (
        f"token: the MiniMax token of account {ACCOUNT} expired 2 days ago ({minute(-2.1)}); {renew('main')}; "
        f"the other accounts go ahead with: pulumi up --exclude '{urn}'"
    )
    world.refused(world.stack.preview(), sentence)
    world.refused(world.stack.up(), sentence)
    assert outputs_of(world) == stored
    assert len(world.calls("POST")) == posted


def test_the_others_go_ahead_past_an_expired_and_a_suspended_account(world: World) -> None:
    world.stack.write_program(READY_MADE)
    world.emulator.edit_subscription(world.emulator.subscriptions[0].number, maxAccounts=5)
    world.emulator.set_behaviour(accounts={"302817463": {"refuse": "suspended"}})
    accounts = {f"a{index}": world.credentials(f"30281746{index}") | {"maxJobs": 2} for index in range(5)}
    expired = world.credentials("302817461", days=-1.1) | {"maxJobs": 2}
    configure(world, accounts | {"a1": expired})

    refused = world.refused(world.stack.preview(), "token: the MiniMax token of account 302817461 expired 1 day ago")
    command = re.search(r"; the other accounts go ahead with: pulumi (up --exclude '[^']+')\s", refused.text)
    assert command, refused.text
    without_it = [*shlex.split(command[1]), "--yes", "--skip-preview", "--continue-on-error"]
    run = world.stack.run(*without_it)

    world.refused(run, 'access is suspended for account 302817463 (401 "This account has been suspended.")')
    good = {"a0": "302817460", "a2": "302817462", "a4": "302817464"}
    assert set(world.served()) == set(good.values())
    assert {name: one["id"] for name, one in world.stack.resources().items()} == good
    assert world.stack.pending_operations() == []

    world.emulator.set_behaviour(accounts={})
    world.succeeded(world.stack.run(*without_it))
    assert set(world.served()) == {*good.values(), "302817463"}
    configure(world, accounts)
    world.succeeded(world.stack.up())
    assert len(world.served()) == len(accounts)


def configure(world: World, accounts: Mapping[str, Mapping[str, Any]]) -> None:
    """Put accounts into the stack's config, as one secret."""
    assert world.stack.run("config", "set", "--secret", "useapi:accounts", stdin=json.dumps(accounts)).code == 0
