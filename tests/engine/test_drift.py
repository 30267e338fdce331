"""Drift although the answers are redacted: what changed at the server shows, what only looks different does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import NOW, World
from tests.support.clock import Clock
from tests.support.pulumi_stack import Run

NUMBER = 4711
DAY = 86_400

FIELDS = (
    "account",
    "jwt",
    "jwt.token",
    "jwt.user",
    "jwt.user.id",
    "jwt.exp",
    "jwt.exp_Expire",
    "jwt.iat",
    "jwt.iat_Issued",
    "jwt.host",
    "jwt.searchParams",
    "maxJobs",
    "supportVideo",
    "supportChat",
    "supportAudio",
)
UNKNOWN_FIELDS = {"plan": {"name": "Free"}, "tags": [1, None, "x"], "jwt": {"scope": "all", "user": {"level": 3}}}
SHAPES: list[dict[str, Any]] = [
    *({"omit": [field]} for field in FIELDS),
    {"omit": list(FIELDS)},
    {"extra": UNKNOWN_FIELDS},
    {"extra": {"supportMusic": False}},
    {"extra": {"account": 302000777, "jwt": {"exp": "1999999999.25", "iat": None}}, "mask": "constant"},
    {"extra": {"jwt": {"searchParams": "unix=1", "host": "www.minimax.io"}}},
    {"extra": {"jwt": {"user": {"id": "another-kind-of-id"}}}},
    {"error": "account on hold"},
    {"error": "account on hold", "omit": [field for field in FIELDS if field != "account"]},
    {"numbers": "own"},
    {"numbers": "own", "mask": "constant", "omit": ["jwt.iat"], "extra": UNKNOWN_FIELDS},
    {"mask": "constant"},
]


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [Subscription("demo", f"user:{NUMBER}-5e0c1a8d7b3f4e92a6d10c57", max_accounts=60)]


def account_of(index: int) -> str:
    # The one shape that names its account names this one.
    return "302000777" if SHAPES[index].get("extra", {}).get("account") else f"{302000000 + index}"


def text(seconds: float) -> str:
    """A moment as the outputs tell it."""
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def post(world: World, credentials: dict[str, str]) -> None:
    """What somebody else does with the API: configure the account with these credentials."""
    answer = requests.post(
        f"{world.emulator.base_url}/accounts",
        json={**credentials, "maxJobs": 2},
        headers={"Authorization": f"Bearer {world.emulator.api_token}"},
        timeout=10,
    )
    assert answer.status_code == 201, answer.text


def expect_encrypted(world: World, *names: str) -> None:
    stored = world.stack.resources()
    for name in names:
        for properties in (stored[name]["inputs"], stored[name]["outputs"]):
            assert "ciphertext" in properties["url"], f"{name}: the url is stored in the clear"
            assert "ciphertext" in properties["token"], f"{name}: the token is stored in the clear"


def expect_settled(world: World) -> None:
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))


def test_no_shape_of_an_answer_is_a_change(world: World) -> None:
    accounts = {account_of(index): shape for index, shape in enumerate(SHAPES)}
    world.emulator.set_behaviour(accounts=accounts, delete_status=200)
    entries = {f"shape-{account}": world.entry(account) for account in accounts}
    world.stack.declare(**entries)

    world.succeeded(world.stack.up())
    expect_settled(world)
    world.stack.declare(**{name: entry | {"max_jobs": 3} for name, entry in entries.items()})
    world.succeeded(world.stack.up())
    expect_settled(world)

    assert {one["maxJobs"] for one in world.served().values()} == {3}
    assert set(world.served()) == set(accounts)
    expect_encrypted(world, *entries)
    world.succeeded(world.stack.destroy())
    assert world.served() == {}


def test_a_shape_that_changes_after_the_post_is_no_drift(world: World) -> None:
    accounts = {account_of(index): shape for index, shape in enumerate(SHAPES)}
    harmless = {
        account: shape
        for account, shape in accounts.items()
        # Other numbers and another user are what drift is made of; a new error is told as a difference.
        if not {"numbers", "error"} & shape.keys() and "jwt" not in shape.get("extra", {}).keys() - {"plan"}
    }
    names = [f"shape-{account}" for account in harmless]
    world.stack.declare(**{f"shape-{account}": world.entry(account) for account in harmless})
    world.succeeded(world.stack.up())

    world.emulator.set_behaviour(accounts=harmless)
    world.succeeded(world.stack.refresh())
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))
    for account in harmless:
        exp = world.served()[account]["exp"]
        world.emulator.edit(NUMBER, account, exp=int(exp), iat=int(exp) - 30 * DAY)
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))
    expect_encrypted(world, *names)


def test_older_and_other_credentials_show_and_are_put_right(world: World) -> None:
    older = world.credentials("302000002", days=10)
    names = ("jobs", "older", "issued", "user", "own", "still")
    accounts = {name: str(302000001 + index) for index, name in enumerate(names)}
    world.emulator.set_behaviour(accounts={accounts["own"]: {"numbers": "own"}})
    entries = {name: world.entry(account) for name, account in accounts.items()}
    world.stack.declare(**entries)
    world.succeeded(world.stack.up())
    before = world.served()
    stored = world.stack.resources()
    world.emulator.edit(NUMBER, accounts["jobs"], maxJobs=7)
    post(world, older)
    world.emulator.edit(NUMBER, accounts["issued"], iat=before[accounts["issued"]]["iat"] - DAY)
    world.emulator.edit(NUMBER, accounts["user"], user={"id": "999000999"})
    world.emulator.edit(NUMBER, accounts["own"], exp=before[accounts["own"]]["exp"] - 5 * DAY)

    refreshed = world.succeeded(world.stack.refresh("--diff"))
    assert "~ maxJobs" in refreshed.sentences
    assert "~ serverExpiry" in refreshed.sentences
    expect_encrypted(world, *names)
    preview = world.succeeded(world.stack.preview())
    ours = {name: resource["inputs"]["jwtExpiry"] for name, resource in stored.items()}
    assert "~ maxJobs : 7 => 2" in preview.sentences
    assert f'~ jwtExpiry: "{text(NOW.timestamp() + 10 * DAY)}" => "{ours["older"]}"' in preview.sentences
    issued = before[accounts["issued"]]["iat"]
    assert f'~ jwtIssued: "{text(issued - DAY)}" => "{text(issued)}"' in preview.sentences
    assert '- serverUser: "999000999"' in preview.sentences
    assert '~ jwtExpiry: "' + text(before[accounts["own"]]["exp"] - 5 * DAY + 3600.5) in preview.sentences
    assert "5 to update" in preview.sentences
    sequence = world.calls()[-1]["sequence"]
    world.succeeded(world.stack.up())

    posted = {one["account"] for one in world.calls("POST", after=sequence)}
    assert posted == {accounts[name] for name in names if name != "still"}
    for account, one in world.served().items():
        kept = ("maxJobs", "exp", "iat", "user")
        assert {key: one[key] for key in kept} == {key: before[account][key] for key in kept}
    expect_settled(world)
    expect_encrypted(world, *names)


def test_newer_credentials_are_reported_and_never_downgraded(world: World) -> None:
    accounts = {"main": "302000001", "own": "302000002"}
    world.emulator.set_behaviour(accounts={accounts["own"]: {"numbers": "own"}})
    entries = {name: world.entry(account, days=20) for name, account in accounts.items()}
    world.stack.declare(**entries)
    world.succeeded(world.stack.up())
    for account in accounts.values():
        post(world, world.credentials(account, days=25))
    renewed = world.served()
    good_until = {
        name: text(renewed[account]["exp"] + (3600.5 if name == "own" else 0))[:10]
        for name, account in accounts.items()
    }
    sequence = world.calls()[-1]["sequence"]
    changes = {
        "maxJobs": {name: entry | {"max_jobs": 3} for name, entry in entries.items()},
        "an older rotation": {name: world.entry(account, days=22) for name, account in accounts.items()},
    }

    def expect_refusals(*commands: Callable[[], Run]) -> None:
        for declared in changes.values():
            world.stack.declare(**declared)
            for run in [command() for command in commands]:
                sentences = [
                    f"account {account} has newer credentials at useapi.net (good until {good_until[name]}) than this "
                    "stack, and every change posts the stack's: nothing was changed; take them from the browser and "
                    "set them here, or put the ones of this stack back with adopt=True"
                    for name, account in accounts.items()
                ]
                # The engine stops at the first one refused, whichever that is.
                assert any(sentence in world.refused(run).sentences for sentence in sentences), run.text

    expect_refusals(world.stack.preview, world.stack.up)
    world.stack.declare(**entries)
    runs = [world.stack.refresh(), world.stack.run("preview", "--diff", "--expect-no-changes"), world.stack.up()]
    for run in runs:
        for name, account in accounts.items():
            sentence = (
                f"account {account} was renewed elsewhere: useapi.net holds newer credentials (good until "
                f"{good_until[name]}) than this stack; they are left alone; set them here too, or put this stack's "
                "back with adopt=True"
            )
            assert sentence in world.succeeded(run).sentences
    expect_refusals(world.stack.up)
    assert world.calls("POST", after=sequence) == []
    assert world.served() == renewed
    expect_encrypted(world, *accounts)

    world.stack.declare(main=entries["main"] | {"adopt": True}, own=world.entry(accounts["own"], days=29))
    assert "2 to update" in world.succeeded(world.stack.preview()).sentences
    world.succeeded(world.stack.up())
    served = world.served()
    assert served[accounts["main"]]["exp"] < renewed[accounts["main"]]["exp"]
    assert served[accounts["own"]]["exp"] > renewed[accounts["own"]]["exp"]
    expect_settled(world)


def test_expired_credentials_are_not_put_back_even_with_adopt(world: World, clock: Clock) -> None:
    entry = world.entry("302000001", days=10)
    world.stack.declare(main=entry)
    world.succeeded(world.stack.up())
    post(world, world.credentials("302000001", days=25))
    clock.advance(11)

    world.stack.declare(main=entry | {"adopt": True, "max_jobs": 3})
    sentence = "take them from the browser and set them here"
    for run in (world.stack.preview(), world.stack.up()):
        world.refused(run, sentence)
        assert "put the ones of this stack back" not in run.sentences
    assert world.served()["302000001"]["maxJobs"] == 2
    world.succeeded(world.stack.refresh())
    world.stack.declare(main=entry)
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))
    world.succeeded(world.stack.destroy())
