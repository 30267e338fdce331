"""An account moves between stacks and subscriptions without being wiped; the last owner's destroy deletes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World
from tests.engine.never_wipe import (
    PLACED_ACCOUNTS,
    ROOMY,
    account_of,
    changed,
    entries,
    expect_agreement,
    expect_settled,
    new_urn,
    now,
    says,
)
from tests.support.pulumi_stack import PulumiStack

A, B, C = "302817465", "517730018", "640021977"
OTHER = Subscription("other", "user:4712-fedcba9876543210", max_accounts=100)


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [*ROOMY, OTHER]


@pytest.fixture
def world(world: World) -> World:
    world.stack.write_program(PLACED_ACCOUNTS)
    return world


@pytest.fixture
def second(another_stack: Callable[[str], PulumiStack]) -> PulumiStack:
    stack = another_stack("second")
    stack.write_program(PLACED_ACCOUNTS)
    return stack


def test_state_move_needs_no_request(world: World, second: PulumiStack) -> None:
    one, stays = world.entry(A), world.entry(B)
    world.stack.declare(one=one, stays=stays)
    world.succeeded(world.stack.up())
    second.declare(first=(first := world.entry(C)))
    world.succeeded(second.up())
    since = now(world)

    world.succeeded(world.stack.run("state", "move", "--yes", "--dest", "second", new_urn("one")))
    world.stack.declare(stays=stays)
    second.declare(first=first, one=one)
    expect_settled(world)
    expect_settled(world, second)

    assert changed(world, since) == []
    assert [one["id"] for one in entries(world.stack)] == [B]
    assert sorted(one["id"] for one in entries(second)) == [A, C]
    world.succeeded(second.destroy())
    assert set(world.served()) == {B}


def test_declared_in_the_other_stack_first(world: World, second: PulumiStack) -> None:
    """Taken over with a line that says so; removed here, only the entry goes; then the other stack's destroy deletes."""
    one, two = world.entry(A), world.entry(B, days=20)
    world.stack.declare(one=one, two=two)
    world.succeeded(world.stack.up())

    newer = world.credentials(B, days=30)
    second.declare(one=one, two=two | newer | {"adopt": True})
    says(
        world.succeeded(second.up()),
        f"account {A} was already configured at useapi.net with these very credentials: this resource has it now, if another "
        "stack manages it too, remove it there",
        f"account {B} was already configured at useapi.net with other credentials: taken over, as adopt says",
    )
    world.stack.declare()
    removed = world.succeeded(world.stack.up())
    for account in (A, B):
        says(removed, f"account {account} stays at useapi.net: it has been configured again since")
    assert entries(world.stack) == []
    assert world.calls("DELETE") == []
    expect_agreement(world, one, two | newer, stack=second)
    expect_settled(world, second)

    world.succeeded(second.destroy())
    assert world.served() == {}


def test_two_stacks_with_the_account_destroyed_one_after_the_other(world: World, second: PulumiStack) -> None:
    one = world.entry(A)
    for stack in (world.stack, second):
        stack.declare(one=one)
        world.succeeded(stack.up())

    says(world.succeeded(world.stack.destroy()), f"account {A} stays at useapi.net: it has been configured again since")
    assert set(world.served()) == {A}
    world.succeeded(second.destroy())
    assert world.served() == {}


def declare_under(world: World, entry: dict[str, Any], subscription: str | None) -> None:
    world.stack.declare(one=entry if subscription is None else entry | {"subscription": subscription})


def test_subscriptions_and_their_names(world: World) -> None:
    """Another name of the same subscription is no request; another subscription is a real move, once."""
    token = world.stack.environment["USEAPI_API_TOKEN"]
    world.stack.environment |= {"USEAPI_API_TOKEN_A": token, "USEAPI_API_TOKEN_B": token}
    world.stack.environment["USEAPI_API_TOKEN_OTHER"] = OTHER.api_token
    one = world.entry(A)
    declare_under(world, one, "a")
    world.succeeded(world.stack.up())
    since = now(world)

    for name in ("b", None):
        declare_under(world, one, name)
        world.succeeded(world.stack.up())
        assert changed(world, since) == []
        (stored,) = entries(world.stack)
        assert stored["outputs"].get("subscription") == name
        expect_settled(world)

    world.stack.declare(one=one | {"subscription": "a"}, two=one | {"subscription": "b"})
    world.refused(world.stack.preview(), f"account {A} is declared twice: by ")
    world.stack.declare(**{"one-now": one | {"subscription": "b"}})
    world.succeeded(world.stack.up())
    assert world.calls("DELETE") == []
    expect_agreement(world, one)

    world.stack.declare(**{"one-now": one | {"subscription": "other"}})
    world.succeeded(world.stack.up())
    assert world.served() == {}
    assert [account_of(one)] == [served["account"] for served in world.emulator.accounts(OTHER.number)]
    expect_settled(world)
