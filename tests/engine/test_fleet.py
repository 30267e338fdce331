"""Many accounts in one stack: each is touched alone, their sum is exported, and a config near its limit is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World
from tests.engine.test_status import COMMAND, command

FLEETS = Path(__file__).parents[2] / "docs" / "fleets.md"
FROM_CONFIG = "from pulumi_useapi import accounts_from_config\n\naccounts_from_config()\n"
IN_COMPONENTS = """\
import pulumi
from pulumi_useapi import accounts_from_config, summarize_accounts


class Studio(pulumi.ComponentResource):
    def __init__(self, name: str, accounts: list[str]) -> None:
        super().__init__("studio:Studio", name)
        options = pulumi.ResourceOptions(parent=self, protect=name == "west")
        self.accounts = accounts_from_config(accounts, opts=options, export=False)
        self.register_outputs({})


studios = [Studio("east", ["a0", "a1"]), Studio("west", ["a2"])]
summary = summarize_accounts({name: one for studio in studios for name, one in studio.accounts.items()})
pulumi.export("jobs", summary.total_max_jobs)
pulumi.export("ids", summary.account_ids)
"""
SUBSCRIPTIONS = [
    Subscription(f"s{n}", f"user:{5000 + n}-5e0c1a8d7b3f4e92a6d10c5{n}", max_accounts=60) for n in range(3)
]


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return SUBSCRIPTIONS


def account(number: int) -> str:
    return str(302817465 + number)


def configure(world: World, *numbers: int, days: float = 30) -> None:
    """Set accounts a<n> of one subscription after the other in the stack's config, all at once."""
    arguments = []
    for number in numbers:
        path = f"useapi:accounts.a{number}"
        for key, value in world.credentials(account(number), days=days).items():
            arguments += ["--secret", f"{path}.{key}={value}"]
        arguments += ["--plaintext", f"{path}.maxJobs=2", "--plaintext", f"{path}.subscription=s{number % 3}"]
    world.stack.quiet("config", "set-all", "--path", *arguments)


@pytest.fixture
def fleet(world: World) -> World:
    """A stack of the ready-made kind with its three subscriptions and no account yet."""
    world.stack.write_program(FROM_CONFIG)
    del world.stack.environment["USEAPI_API_TOKEN"]
    tokens = [f"useapi:subscriptions.{one.name}.apiToken={one.api_token}" for one in SUBSCRIPTIONS]
    secret = [argument for token in tokens for argument in ("--secret", token)]
    world.stack.quiet("config", "set-all", "--path", *secret)
    return world


def steps(world: World, *arguments: str) -> dict[str, str]:
    """What a preview would do with each account that does not stay the same."""
    text = world.stack.quiet("preview", "--json", *arguments)
    found = json.loads(text)["steps"]
    return {
        one["urn"].rpartition("::")[2]: one["op"]
        for one in found
        if "MiniMaxAccount" in one["urn"] and one["op"] != "same"
    }


def test_one_account_more_or_less_touches_no_other(fleet: World) -> None:
    configure(fleet, *range(6))
    fleet.succeeded(fleet.stack.up())
    served = [(one["subscription"], one["account"]) for one in fleet.emulator.accounts()]
    assert sorted(served) == sorted((5000 + number % 3, account(number)) for number in range(6))
    before = fleet.stack.resources(show_secrets=True)

    configure(fleet, 6, days=10)
    assert fleet.stack.run("config", "rm", "--path", "useapi:accounts.a1").code == 0
    fleet.emulator.set_behaviour(accounts={account(6): {"error": "This account is broken."}})
    assert steps(fleet) == {"a1": "delete", "a6": "create"}
    since = int(fleet.calls()[-1]["sequence"])
    fleet.succeeded(fleet.stack.up())
    changes = [(one["method"], one["account"]) for one in fleet.calls("POST", "DELETE", after=since)]
    assert sorted(changes) == [("DELETE", account(1)), ("POST", account(6))]
    asked = [one["subscription"] for one in fleet.calls("GET", after=since) if one["path"] == "/v1/minimax/accounts"]
    assert 5002 not in asked, "the subscription that nothing changed in is not asked at all"
    after = fleet.stack.resources(show_secrets=True)
    assert {name: one for name, one in after.items() if name != "a6"} == {
        name: one for name, one in before.items() if name != "a1"
    }

    outputs = fleet.stack.outputs()
    expiry = after["a6"]["outputs"]["jwtExpiry"]
    del outputs["accounts"]
    assert outputs == {
        "totalMaxJobs": 12,
        "earliestExpiry": expiry,
        "earliestExpiryAccount": "a6",
        "supportVideo": 6,
        "supportChat": 6,
        "supportAudio": 6,
        "supportMusic": 0,
        "accountsInError": {"a6": "This account is broken."},
    }

    # In components of one's own, some in each: moved by nothing but their parent.
    fleet.stack.write_program(IN_COMPONENTS)
    configure(fleet, 1)
    fleet.succeeded(fleet.stack.up())
    assert fleet.stack.outputs() == {"jobs": 6, "ids": {f"a{number}": account(number) for number in range(3)}}
    stored = fleet.stack.resources()
    assert {name: "Studio" in one["urn"] for name, one in stored.items()} == {"a0": True, "a1": True, "a2": True}
    assert [name for name, one in stored.items() if one.get("protect")] == ["a2"]


def test_a_config_near_its_limit_warns_and_the_way_beyond_works(fleet: World, tmp_path: Path) -> None:
    """The program of docs/fleets.md, which reads its secrets from a file outside of the config."""
    program, accounts = blocks(FLEETS, "More than about 100 accounts", "python", "json")
    warning = 'beyond which every command fails with "argument list too long"'
    configure(fleet, *range(12))
    fleet.stack.set_config("studio:something", "x" * 84_000)
    assert warning not in fleet.succeeded(fleet.stack.preview()).sentences
    assert size_told_by_the_doctor(fleet)[0] == "ok"

    fleet.stack.set_config("studio:something", "x" * 100_000)
    previewed = fleet.succeeded(fleet.stack.preview()).sentences
    assert previewed.count(warning) == 1
    verdict, size = size_told_by_the_doctor(fleet)
    assert verdict == "warning"
    assert f"{size}, {warning}" in previewed, "the program sees the very size that the doctor tells"
    assert "with a12, the stack's config takes" in (captured := capture(fleet, 12))
    assert warning in captured

    fleet.stack.set_config("studio:something", "x" * 121_000)
    assert "argument list too long" in fleet.refused(fleet.stack.preview()).text, "as the warning says"
    verdict, size = size_told_by_the_doctor(fleet)
    assert verdict == "wrong"
    assert int(size.split()[4]) > 128
    assert warning not in capture(fleet, 12), "renewed, it takes no more room than before"

    assert fleet.stack.run("config", "rm", "studio:something").code == 0
    assert warning not in capture(fleet, 13)
    assert fleet.stack.run("config", "rm", "useapi:accounts").code == 0
    fleet.stack.write_program(program)
    assert set(json.loads(accounts)["team-a-1"]) == {"url", "token", "max_jobs", "subscription"}
    declared: dict[str, Any] = {
        f"a{number}": fleet.entry(account(number), max_jobs=1, subscription=f"s{number % 3}") for number in range(4)
    }
    file = tmp_path / "accounts-in-the-clear.json"
    file.write_text(json.dumps(declared))
    fleet.stack.environment["MINIMAX_ACCOUNTS"] = str(file)
    fleet.succeeded(fleet.stack.up())
    assert len(fleet.emulator.accounts()) == 4
    assert fleet.stack.outputs()["totalMaxJobs"] == 4

    # What needs no program needs no secrets of it either.
    del fleet.stack.environment["MINIMAX_ACCOUNTS"]
    file.unlink()
    fleet.succeeded(fleet.stack.refresh("--expect-no-changes"))
    fleet.succeeded(fleet.stack.destroy())
    assert fleet.emulator.accounts() == []


def size_told_by_the_doctor(world: World) -> tuple[str, str]:
    """Its verdict, and the size beside the limit."""
    checks = json.loads(command(world, "doctor", "--json").text)["checks"]
    [found] = [check for check in checks if check["check"] == "size"]
    return found["verdict"], found["text"].partition(":")[0]


def capture(world: World, number: int) -> str:
    """Capture fresh credentials of account a<n>; returns all that is said."""
    made = world.credentials(account(number))
    given = f"curl '{made['url']}' -H 'token: {made['token']}'\n"
    run = world.stack.run_program([*COMMAND, "capture", f"a{number}", "--replace"], stdin=given)
    return world.succeeded(run).sentences


def blocks(page: Path, heading: str, *languages: str) -> list[str]:
    """The first block of each language below a heading."""
    text = page.read_text().split(f"## {heading}\n")[1]
    return [text.split(f"```{language}\n", 1)[1].split("```", 1)[0] for language in languages]
