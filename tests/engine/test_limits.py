"""The plan's jobs and the subscription's accounts have a limit: advice for the one, a refusal in time for the other."""

from __future__ import annotations

import re
import shlex

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World
from tests.support.pulumi_stack import DECLARED_ACCOUNTS

OLD, NEW, OTHER, SPARE = "302817465", "448190022", "517730018", "660012345"


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [Subscription("mine", "user:4711-0123456789abcdef", plan="Free", max_accounts=2)]


def test_advice_only_where_max_jobs_is_new_or_changed(world: World) -> None:
    entries = {"main": world.entry(OLD, max_jobs=5), "other": world.entry(OTHER, max_jobs=3)}
    sentence = (
        "account {}: maxJobs is {}, but MiniMax's plan Free makes no use of more than 3: set maxJobs to 3 or less"
    )

    def asked() -> list[str]:
        return [one["account"] for one in world.calls() if "/features" in one["path"]]

    world.stack.declare(**entries)
    run = world.succeeded(world.stack.up())
    assert f"warning: {sentence.format(OLD, 5)}" in run.sentences
    assert "517730018: maxJobs" not in run.sentences
    assert asked() == [OLD]

    entries["main"] |= world.credentials(OLD, days=60)
    entries["other"]["max_jobs"] = 4
    world.stack.declare(**entries)
    run = world.succeeded(world.stack.up())
    assert f"warning: {sentence.format(OTHER, 4)}" in run.sentences
    assert "302817465: maxJobs" not in run.sentences, "it was rotated only"
    assert asked() == [OLD, OTHER]

    world.emulator.edit_subscription(4711, plan="Standard")
    entries["main"]["max_jobs"] = 4
    world.stack.declare(**entries)
    assert "makes no use" not in world.succeeded(world.stack.up()).sentences
    assert asked() == [OLD, OTHER, OLD]


def test_one_account_too_many_is_refused_at_preview_and_fits_in_two_steps(world: World) -> None:
    old, other, new = (world.entry(account) for account in (OLD, OTHER, NEW))
    world.stack.declare(old=old, other=other, new=new)
    third = "the subscription may have 2 MiniMax accounts, and this would be number 3"
    three = world.refused(world.stack.preview(), third)
    assert three.sentences.count("does not fit") == 1, "only the third one"
    world.stack.declare(old=old, other=other)
    world.succeeded(world.stack.up())

    world.stack.declare(new=new, other=other)
    sentence = (
        f"account {NEW} does not fit: the subscription may have 2 MiniMax accounts, and this would be number 3; Pulumi "
        "creates before it deletes: first remove another one in a pulumi up of its own, then add this one"
    )
    world.refused(world.stack.preview(), sentence)
    world.refused(world.stack.up(), sentence)
    assert set(world.served()) == {OLD, OTHER}
    world.stack.declare(other=other)
    world.succeeded(world.stack.up())
    world.stack.declare(new=new, other=other)
    world.succeeded(world.stack.up())
    assert set(world.served()) == {NEW, OTHER}


def test_a_replacement_in_a_full_subscription(world: World) -> None:
    other = world.entry(OTHER)
    world.stack.declare(main=world.entry(OLD), other=other)
    world.succeeded(world.stack.up())
    world.stack.declare(main=world.entry(NEW), other=other)

    run = world.refused(
        world.stack.preview(),
        f"account {NEW} does not fit: the subscription may have 2 MiniMax accounts, and this would be number 3, "
        "because a replacement creates before it deletes: pulumi destroy --target "
        "'urn:pulumi:test::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::main', then pulumi up (or, in a "
        "program of your own, both in one with the resource option delete_before_replace=True)",
    )
    step = re.search(r"pulumi (destroy --target \S+), then pulumi up", run.sentences)
    assert step
    world.succeeded(world.stack.run(*shlex.split(step[1]), "--yes", "--skip-preview"))
    assert set(world.served()) == {OTHER}
    world.succeeded(world.stack.up())
    assert set(world.served()) == {NEW, OTHER}
    assert world.stack.resources()["main"]["id"] == NEW


def test_delete_before_replace_fits_a_full_subscription_and_never_wipes(world: World) -> None:
    program = DECLARED_ACCOUNTS.replace("ResourceOptions(", "ResourceOptions(delete_before_replace=True, ")
    assert program != DECLARED_ACCOUNTS
    world.stack.write_program(program)
    main, other = world.entry(OLD), world.entry(OTHER)
    world.stack.declare(main=main, other=other)
    world.succeeded(world.stack.up())
    stored = world.stack.resources()["main"]
    assert "deleteBeforeReplace" not in {*stored["inputs"], *stored["outputs"]}

    world.stack.declare(main=world.entry(NEW), other=other, spare=world.entry(SPARE))
    run = world.refused(world.stack.preview(), f"account {SPARE} does not fit: the subscription may have 2")
    assert f"account {NEW} does not fit" not in run.sentences
    assert set(world.served()) == {OLD, OTHER}
    main = world.entry(NEW)
    world.stack.declare(main=main, other=other)
    preview = world.succeeded(world.stack.preview())
    assert f'~ account : "{OLD}" => "{NEW}"' in preview.sentences
    world.succeeded(world.stack.up())
    assert set(world.served()) == {NEW, OTHER}
    assert [one["account"] for one in world.calls("DELETE")] == [OLD]

    # Replaced by hand, under the same id: what is "deleted before" is the account that is to stay.
    urn = world.stack.resources()["main"]["urn"]
    world.succeeded(world.stack.up("--replace", urn))
    assert set(world.served()) == {NEW, OTHER}
    world.emulator.set_behaviour(accounts={NEW: {"refuse": "suspended", "methods": ["POST"]}})
    world.refused(world.stack.up("--replace", urn), f"access is suspended for account {NEW}")
    assert set(world.served()) == {NEW, OTHER}, "not even where the second half fails"
    world.emulator.set_behaviour(accounts={})
    world.succeeded(world.stack.up())
    assert len(world.calls("DELETE")) == 1
    assert {name: one["id"] for name, one in world.stack.resources().items()} == {"main": NEW, "other": OTHER}
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
    world.succeeded(world.stack.destroy())
    assert world.served() == {}
