"""One account declared twice is refused: per run and stack, by provider and subscription, also from unknown tokens."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World

ACCOUNT = "302817465"
MINE, TEAM_B = Subscription("mine", "user:4711-0123456789abcdef"), Subscription("team-b", "user:4712-fedcba9876543210")

FROM_ANOTHER_RESOURCE = '''\
"""Accounts, of which some have a token that only another resource's creation tells."""
import json, pathlib
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider
from pulumi_useapi import MiniMaxAccount


class Copies(ResourceProvider):
    def create(self, props):
        return CreateResult("copy", {**props, "made": props["given"]})


class Copy(Resource):
    made: pulumi.Output[str]


for name, entry in json.loads(pathlib.Path("accounts.json").read_text()).items():
    if entry.pop("unknown", False):
        secrets = pulumi.ResourceOptions(additional_secret_outputs=["given", "made"])
        given = pulumi.Output.secret(entry["token"])
        entry["token"] = Copy(Copies(), f"token of {name}", {"given": given, "made": None}, secrets).made
    MiniMaxAccount(name, **entry)
'''

WITH_EXPLICIT_PROVIDER = '''\
"""The same account twice, the second time in a subscription that only a provider of its own knows."""
import json, pathlib
import pulumi
from pulumi_useapi import MiniMaxAccount

entry = json.loads(pathlib.Path("accounts.json").read_text())["main"]
config = pulumi.Config("useapi")
team_b = pulumi.ProviderResource("pulumi-python", "team-b", {"useapi:apiToken": config.require_secret("tokenOfTeamB")})
MiniMaxAccount("main", **entry)
MiniMaxAccount("other", **entry, opts=pulumi.ResourceOptions(provider=team_b))
'''

TWO_INLINE_STACKS = '''\
"""Two stacks of one Python process, at the same time, each of which declares the same account."""
import json, os, pathlib, threading
import pulumi
from pulumi import automation
from pulumi_useapi import MiniMaxAccount

ENTRY = json.loads(pathlib.Path("accounts.json").read_text())["main"]


def program():
    pulumi.export("account", MiniMaxAccount("main", **ENTRY).account)


def up(name, api_token, results):
    options = automation.LocalWorkspaceOptions(env_vars={"USEAPI_API_TOKEN": api_token})
    stack = automation.create_or_select_stack(name, "inline", program, opts=options)
    results[name] = [stack.preview(on_output=print).change_summary]
    results[name].append(stack.up(on_output=print).outputs["account"].value)
    results[name].append(stack.up(on_output=print).summary.resource_changes)


results = {}
tokens = {"one": os.environ["TOKEN_ONE"], "two": os.environ["TOKEN_TWO"]}
threads = [threading.Thread(target=up, args=(name, token, results)) for name, token in tokens.items()]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(results))
'''


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [MINE, TEAM_B]


def declared_twice(one: str, other: str) -> tuple[str, str]:
    """What is said, whichever of the two the engine asks about first."""
    sentence = 'account {} is declared twice: by "{}" and by "{}"; remove one of them'
    return sentence.format(ACCOUNT, one, other), sentence.format(ACCOUNT, other, one)


def test_the_same_account_twice_is_refused_at_preview(world: World) -> None:
    entry = world.entry(ACCOUNT)
    for managed in ((), ("main",)):
        world.stack.declare(**dict.fromkeys(managed, entry))
        world.succeeded(world.stack.up())
        stored, posted = world.stack.resources(show_secrets=True), len(world.calls("POST"))

        world.stack.declare(main=entry, studio=world.entry(ACCOUNT, days=20))
        run = world.refused(world.stack.preview())
        assert any(sentence in run.sentences for sentence in declared_twice("main", "studio")), run.text
        assert (world.stack.resources(show_secrets=True), len(world.calls("POST"))) == (stored, posted)

    run = world.refused(world.stack.up())
    assert any(sentence in run.sentences for sentence in declared_twice("main", "studio")), run.text
    assert (world.stack.resources(show_secrets=True), len(world.calls("POST"))) == (stored, posted)


@pytest.mark.parametrize("unknown", [("main",), ("studio",), ("main", "studio")], ids=" and ".join)
def test_from_an_unknown_token_the_second_is_refused_before_its_post(world: World, unknown: tuple[str, ...]) -> None:
    world.stack.write_program(FROM_ANOTHER_RESOURCE)
    entries: dict[str, Any] = {name: world.entry(ACCOUNT) for name in ("main", "studio")}
    world.stack.declare(**{name: entry | {"unknown": name in unknown} for name, entry in entries.items()})

    world.succeeded(world.stack.preview())
    run = world.refused(world.stack.up())

    assert any(sentence in run.sentences for sentence in declared_twice("main", "studio")), run.text
    assert len(world.calls("POST")) == 1
    assert len(world.stack.resources()) == 1


def test_the_same_account_in_two_subscriptions_is_no_duplicate(world: World) -> None:
    world.stack.environment["USEAPI_API_TOKEN_TEAM_B"] = TEAM_B.api_token
    world.stack.declare(main=world.entry(ACCOUNT), other=world.entry(ACCOUNT, subscription="team-b"))

    world.succeeded(world.stack.up())

    assert [one["subscription"] for one in world.emulator.accounts()] == [MINE.number, TEAM_B.number]
    world.stack.environment["USEAPI_API_TOKEN_TEAM_C"] = TEAM_B.api_token
    third = world.entry(ACCOUNT, subscription="team-c")
    world.stack.declare(main=world.entry(ACCOUNT), other=world.entry(ACCOUNT, subscription="team-b"), third=third)
    run = world.refused(world.stack.preview())
    assert any(sentence in run.sentences for sentence in declared_twice("other", "third")), run.text


def test_an_explicit_provider_of_another_subscription_is_no_duplicate(world: World) -> None:
    del world.stack.environment["USEAPI_API_TOKEN"]
    world.stack.set_config("useapi:apiToken", MINE.api_token, secret=True)
    world.stack.set_config("useapi:tokenOfTeamB", TEAM_B.api_token, secret=True)
    world.stack.write_program(WITH_EXPLICIT_PROVIDER)
    world.stack.declare(main=world.entry(ACCOUNT))

    world.succeeded(world.stack.preview())
    world.succeeded(world.stack.up())

    assert [one["subscription"] for one in world.emulator.accounts()] == [MINE.number, TEAM_B.number]


def test_two_stacks_of_one_process_do_not_collide(world: World, tmp_path: Path) -> None:
    world.stack.declare(main=world.entry(ACCOUNT))
    script = tmp_path / "inline.py"
    script.write_text(TWO_INLINE_STACKS)
    tokens = {"TOKEN_ONE": MINE.api_token, "TOKEN_TWO": TEAM_B.api_token}
    run = world.stack.run_program([sys.executable, str(script)], environment=world.stack.variables() | tokens)
    assert run.code == 0, run.text
    results = json.loads(run.text.splitlines()[-1])
    assert results == {name: [{"create": 2}, ACCOUNT, {"same": 2}] for name in ("one", "two")}, run.text
    assert [one["subscription"] for one in world.emulator.accounts()] == [MINE.number, TEAM_B.number]
