"""The wrong subscription is not 'gone': nothing is done with another one's API token or at another service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_useapi.emulator import Emulator, Subscription
from tests.engine.conftest import World

OURS = Subscription("ours", "user:4711-5e0c1a8d7b3f4e92a6d10c57", max_accounts=5)
THEIRS = Subscription("theirs", "user:9999-0d9f1b72c4e84a65b3177e20", max_accounts=5)
MAIN, TEAM = "302817465", "448190022"


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [OURS, THEIRS]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Emulator]:
    """The same service at another place, with a subscription of the same number."""
    with Emulator(tmp_path / "elsewhere", subscriptions=[OURS]) as emulator:
        yield emulator


def stored(world: World) -> dict[str, tuple[Any, ...]]:
    resources = world.stack.resources(show_secrets=True)
    return {name: (one["id"], one["inputs"], one["outputs"]) for name, one in resources.items()}


def expect_refusals(world: World, sentence: str, declared: dict[str, dict[str, Any]]) -> None:
    """Refresh, a change, a removal and destroy fail with the sentence, and nothing changes on any side."""
    state, served, asked = stored(world), world.emulator.accounts(), len(world.calls())
    changed = {name: entry | {"max_jobs": 5} for name, entry in declared.items()}
    world.refused(world.stack.refresh(), sentence)
    world.stack.declare(**changed)
    world.refused(world.stack.run("up", "--yes"), sentence)  # its preview says so
    world.stack.declare()
    world.refused(world.stack.up(), sentence)
    world.refused(world.stack.destroy(), sentence)
    world.stack.declare(**declared)
    assert stored(world) == state
    assert world.emulator.accounts() == served
    assert len(world.calls()) == asked, "it was refused after a request"


def test_an_exported_api_token_of_another_subscription(world: World) -> None:
    declared = {"main": world.entry(MAIN)}
    world.stack.declare(**declared)
    world.succeeded(world.stack.up())
    url = world.emulator.base_url

    world.stack.environment["USEAPI_API_TOKEN"] = THEIRS.api_token
    expect_refusals(
        world,
        f"error: this API token is of subscription 9999, account {MAIN} was configured with 4711: nothing was done; "
        "set the right API token and base URL, or, if the subscription itself has moved, set "
        f"USEAPI_FORMER_OWNER='4711@{url}'",
        declared,
    )
    # Nothing is to be done: nothing is refused, and no request is made.
    asked = len(world.calls())
    world.succeeded(world.stack.up("--expect-no-changes"))
    assert len(world.calls()) == asked
    world.stack.environment["USEAPI_API_TOKEN"] = OURS.api_token
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    world.succeeded(world.stack.destroy())
    assert world.emulator.accounts() == []


def test_swapped_api_tokens_of_two_subscriptions(world: World) -> None:
    ours, theirs = {"USEAPI_API_TOKEN": OURS.api_token}, {"USEAPI_API_TOKEN": THEIRS.api_token}
    world.stack.environment |= ours | {"USEAPI_API_TOKEN_TEAM": THEIRS.api_token}
    declared = {"main": world.entry(MAIN), "team": world.entry(TEAM, subscription="team")}
    world.stack.declare(**declared)
    world.succeeded(world.stack.up())
    assert [(one["subscription"], one["account"]) for one in world.emulator.accounts()] == [(4711, MAIN), (9999, TEAM)]
    state, served, asked = stored(world), world.emulator.accounts(), len(world.calls())

    world.stack.environment |= theirs | {"USEAPI_API_TOKEN_TEAM": OURS.api_token}
    sentences = (
        f"this API token is of subscription 9999, account {MAIN} was configured with 4711: nothing was done",
        f"this API token is of subscription 4711, account {TEAM} was configured with 9999: nothing was done",
    )
    world.refused(world.stack.destroy("--continue-on-error"), *sentences)
    runs = [world.stack.refresh()]
    world.stack.declare(**{name: entry | {"max_jobs": 5} for name, entry in declared.items()})
    runs += [world.stack.preview(), world.stack.up()]
    for run in runs:  # the engine stops at the first one refused, whichever that is
        assert any(sentence in world.refused(run).sentences for sentence in sentences), run.text
    assert (stored(world), world.emulator.accounts(), len(world.calls())) == (state, served, asked)


def test_the_base_url_of_another_service_left_in_the_environment(world: World, elsewhere: Emulator) -> None:
    declared = {"main": world.entry(MAIN)}
    world.stack.declare(**declared)
    world.succeeded(world.stack.up())
    here, there = world.emulator.base_url, elsewhere.base_url

    world.stack.environment["USEAPI_BASE_URL"] = there
    expect_refusals(
        world,
        f"error: this API token is of subscription 4711 at {there}, account {MAIN} was configured with 4711 at {here}: "
        "nothing was done; set the right API token and base URL, or, if the subscription itself has moved, set "
        f"USEAPI_FORMER_OWNER='4711@{here}'",
        declared,
    )
    world.stack.environment["USEAPI_BASE_URL"] = f"{here}/"
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    world.stack.environment["USEAPI_BASE_URL"] = here.removesuffix("/minimax")
    world.refused(world.stack.refresh(), f"account {MAIN} was configured with 4711 at {here}: nothing was done")
    assert elsewhere.requests() == []


@pytest.mark.parametrize("way", ["environment", "stack config"])
def test_a_real_move_names_the_former_owner(world: World, elsewhere: Emulator, way: str) -> None:
    entry = world.entry(MAIN)
    world.stack.declare(main=entry)
    world.succeeded(world.stack.up())
    former = world.stack.resources()["main"]["outputs"]["owner"]
    world.stack.environment["USEAPI_BASE_URL"] = elsewhere.base_url
    world.stack.declare(main=entry | {"max_jobs": 3})
    world.refused(world.stack.up(), f"set USEAPI_FORMER_OWNER='{former}'")

    if way == "environment":
        world.stack.environment["USEAPI_FORMER_OWNER"] = former
    else:
        world.stack.set_config("useapi:formerOwner", former)
    preview = world.succeeded(world.stack.preview())
    assert "~ maxJobs : 2 => 3" in preview.sentences
    assert "owner" not in preview.sentences.replace("USEAPI_FORMER_OWNER", "")
    world.succeeded(world.stack.up())

    assert world.stack.resources()["main"]["outputs"]["owner"] == f"4711@{elsewhere.base_url}"
    assert [one["maxJobs"] for one in elsewhere.accounts()] == [3]
    assert [one["maxJobs"] for one in world.emulator.accounts()] == [2], "the former place keeps what it has"
    world.stack.environment.pop("USEAPI_FORMER_OWNER", None)
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))


def test_a_refresh_after_a_real_move_takes_the_new_owner_in(world: World) -> None:
    entry = world.entry(MAIN)
    world.stack.declare(main=entry, other=world.entry(TEAM))
    world.succeeded(world.stack.up())
    former = world.stack.resources()["main"]["outputs"]["owner"]
    requests.post(
        f"{world.emulator.base_url}/accounts",
        json={"url": entry["url"], "token": entry["token"], "maxJobs": 2},
        headers={"Authorization": f"Bearer {THEIRS.api_token}"},
        timeout=10,
    ).raise_for_status()

    world.stack.environment |= {"USEAPI_API_TOKEN": THEIRS.api_token, "USEAPI_FORMER_OWNER": former}
    world.succeeded(world.stack.refresh())

    # One account is there as well, the other is not: the complete list of the new owner says so.
    resources = world.stack.resources()
    assert set(resources) == {"main"}
    assert resources["main"]["outputs"]["owner"] == former.replace("4711@", "9999@")
    del world.stack.environment["USEAPI_FORMER_OWNER"]
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    assert world.calls("DELETE") == []
