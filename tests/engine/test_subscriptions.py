"""Several subscriptions in one stack: one provider process serves them, and each name leads to its own API token."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World

MINE = Subscription("mine", "user:4711-5e0c1a8d7b3f4e92a6d10c57", max_accounts=5)
TEAM_B = Subscription("team-b", "user:4712-0d9f1b72c4e84a65b3177e20", max_accounts=5)
TEAM_C = Subscription("team-c", "user:4713-93ab5d0e6c7f41b8a2e4d610", max_accounts=5)
MAIN, STUDIO, TEAM, SPARE = "302817465", "517730018", "448190022", "640021977"


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [MINE, TEAM_B, TEAM_C]


def configure(world: World, name: str, subscription: Subscription) -> None:
    world.stack.set_config(f"useapi:subscriptions.{name}.apiToken", subscription.api_token, secret=True)


def held(world: World) -> list[tuple[int, str]]:
    """Which subscription has which account."""
    return sorted((one["subscription"], one["account"]) for one in world.emulator.accounts())


def expect_no_change(world: World) -> None:
    asked = len(world.calls())
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
    assert len(world.calls()) == asked, "a preview without changes makes no request"


def test_one_stack_one_provider_several_subscriptions(world: World) -> None:
    """The default subscription is not configured at all: every account names its own."""
    del world.stack.environment["USEAPI_API_TOKEN"]
    configure(world, "team-b", TEAM_B)
    world.stack.environment["USEAPI_API_TOKEN_TEAM_C"] = TEAM_C.api_token
    declared = {
        "main": world.entry(MAIN, subscription="team-b"),
        "studio": world.entry(STUDIO, subscription="team-b"),
        "team": world.entry(TEAM, subscription="team-c"),
        "main-too": world.entry(MAIN, subscription="team-c"),
    }
    world.stack.declare(**declared)
    world.succeeded(world.stack.preview())
    assert held(world) == []
    world.succeeded(world.stack.up())
    expected = [(4712, MAIN), (4712, STUDIO), (4713, MAIN), (4713, TEAM)]
    assert held(world) == expected, "the same account in two subscriptions is two different things"
    expect_no_change(world)
    providers = [one for one in exported(world) if one["type"].startswith("pulumi:providers:")]
    assert len(providers) == 1, "one provider serves them all"

    since = max(one["sequence"] for one in world.calls())
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    assert [one["subscription"] for one in world.calls("GET", after=since)].count(4712) == 1
    assert [one["subscription"] for one in world.calls("GET", after=since)].count(4713) == 1

    # A refused API token is told with the place of its own subscription.
    world.stack.environment["USEAPI_API_TOKEN_TEAM_C"] = "user:4713-cut-short"
    world.refused(
        world.stack.refresh(),
        "set it again: pulumi config set --secret --path 'useapi:subscriptions.team-c.apiToken' (or the variable "
        "USEAPI_API_TOKEN_TEAM_C); pulumi refresh and destroy use the configuration that the last pulumi up stored: give them "
        "today's with --run-program, or with the environment variable USEAPI_API_TOKEN_TEAM_C",
    )
    world.stack.environment["USEAPI_API_TOKEN_TEAM_C"] = TEAM_C.api_token

    # Of one account in two subscriptions one goes, and the other stays as it is.
    del declared["main-too"]
    world.stack.declare(**declared)
    world.succeeded(world.stack.up())
    assert held(world) == [one for one in expected if one != (4713, MAIN)]
    assert [(one["subscription"], one["account"]) for one in world.calls("DELETE")] == [(4713, MAIN)]
    expect_no_change(world)

    # Whoever leaves the name out means the default subscription, which has no API token.
    world.stack.declare(**declared, spare=world.entry(SPARE))
    world.refused(
        world.stack.up(),
        "the API token is missing: set it with pulumi config set --secret useapi:apiToken, or in the environment variable "
        "USEAPI_API_TOKEN",
    )
    world.stack.declare(**declared)
    world.succeeded(world.stack.destroy())
    assert held(world) == []


def exported(world: World) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = json.loads(world.stack.quiet("stack", "export"))["deployment"]["resources"]
    return resources


def test_a_change_of_subscription(world: World) -> None:
    configure(world, "team-b", TEAM_B)
    configure(world, "b", TEAM_B)
    entry = world.entry(MAIN)
    world.stack.declare(main=entry)
    world.succeeded(world.stack.up())
    assert held(world) == [(4711, MAIN)]

    # Another owner: the account is configured there and deleted here.
    world.stack.declare(main=entry | {"subscription": "team-b"})
    assert "replace" in world.succeeded(world.stack.preview()).text
    assert held(world) == [(4711, MAIN)]
    world.succeeded(world.stack.up())
    assert held(world) == [(4712, MAIN)]
    expect_no_change(world)

    # Another name of the same owner: no request, the state alone tells.
    changes = len(world.calls("POST", "DELETE"))
    world.stack.declare(main=entry | {"subscription": "b"})
    world.succeeded(world.stack.up())
    assert len(world.calls("POST", "DELETE")) == changes
    assert world.stack.resources()["main"]["outputs"]["subscription"] == "b"
    expect_no_change(world)

    # A name that leads nowhere is refused at preview, and neither side changes.
    world.stack.declare(main=entry | {"subscription": "bb"})
    sentence = (
        "the API token of subscription bb is missing: set it with pulumi config set --secret --path "
        "'useapi:subscriptions.bb.apiToken', or in the environment variable USEAPI_API_TOKEN_BB; there is one for the default "
        "one, b, team-b"
    )
    world.refused(world.stack.preview(), sentence)
    world.refused(world.stack.up(), sentence)
    assert held(world) == [(4712, MAIN)]
    assert world.stack.resources()["main"]["outputs"]["subscription"] == "b"


def test_names_that_lead_nowhere(world: World) -> None:
    # Where there is no API token at all, a preview still works.
    token = world.stack.environment.pop("USEAPI_API_TOKEN")
    world.stack.declare(main=world.entry(MAIN, subscription="team-b"))
    world.succeeded(world.stack.preview())

    # No name, but a token: it is not repeated.
    world.stack.environment["USEAPI_API_TOKEN"] = token
    world.stack.declare(main=world.entry(MAIN, subscription=TEAM_B.api_token))
    world.refused(
        world.stack.preview(),
        "subscription: it must be the name of a configured subscription (letters, digits, - and _), never an API token",
    )

    # A variable that stands for two of them.
    configure(world, "team-b", TEAM_B)
    configure(world, "team_b", TEAM_C)
    world.stack.declare(main=world.entry(MAIN, subscription="team-b"), other=world.entry(MAIN, subscription="team_b"))
    world.stack.environment["USEAPI_API_TOKEN_TEAM_B"] = TEAM_B.api_token
    world.refused(
        world.stack.preview(),
        "the environment variable USEAPI_API_TOKEN_TEAM_B stands for the subscriptions team-b and team_b alike: unset it, or "
        "rename one of them",
    )
    assert held(world) == []
    del world.stack.environment["USEAPI_API_TOKEN_TEAM_B"]
    world.succeeded(world.stack.up())
    assert held(world) == [(4712, MAIN), (4713, MAIN)]
