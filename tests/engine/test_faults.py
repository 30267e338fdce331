"""Faults of network and service in real runs: one sentence, as many requests as designed, and the next run finishes.

Every other fault is in the matrix of `tests/faults`; these are the ones in which the engine's part matters most.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World
from tests.engine.never_wipe import ROOMY, expect_agreement, expect_settled, now
from tests.support.http_server import ScriptedServer, answer
from tests.support.pulumi_stack import Run

ONE, TWO, THREE = "302817465", "517730018", "640021977"
TRIES_OF_A_LOST_CONNECTION = 5
LOST = {"fault": "lost", "method": "POST"}
"""The service does the work, and its answer never arrives."""


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return ROOMY


@pytest.fixture
def world(world: World) -> World:
    # Long enough for every repetition of a lost connection: the waits between them add up to 7.5 s at most.
    world.stack.environment["USEAPI_DEADLINE"] = "15"
    return world


def three(world: World) -> dict[str, dict[str, Any]]:
    return {"one": world.entry(ONE), "two": world.entry(TWO), "three": world.entry(THREE)}


def configured(world: World) -> dict[str, dict[str, Any]]:
    entries = three(world)
    world.stack.declare(**entries)
    world.succeeded(world.stack.up())
    return entries


def counted(world: World, since: int) -> Counter[str]:
    """The requests by method and account."""
    return Counter(f"{one['method']} {one['account'] or 'list'}" for one in world.calls(after=since))


def broken_off(world: World, account: str, done: str, again: str) -> str:
    return (
        f"error: the connection to {urlsplit(world.emulator.base_url).netloc} broke off before the answer was complete for "
        f"account {account}: check the network, then {again}; whether account {account} was {done} is not known"
    )


def says_once(world: World, run: Run, sentence: str) -> None:
    """The run failed for this one reason; the other thing it says is that it failed."""
    world.refused(run, sentence)
    for said in run.sentences.split("error: ")[1:]:
        assert f"error: {said}".startswith((sentence, "error: update failed", "error: resource")), run.text


def outputs(world: World) -> dict[str, Any]:
    return {name: one["outputs"] for name, one in world.stack.resources(show_secrets=True).items()}


def test_answers_of_creates_that_are_lost_or_late(world: World) -> None:
    """A create whose every answer is lost has been done; the next run takes it over. A short wait is waited for."""
    entries = three(world)
    world.stack.declare(**entries)
    too_many = {"fault": "status", "method": "POST", "status": 429, "retry_after": 1}
    world.emulator.set_faults([{**LOST, "account": ONE}, {**too_many, "account": TWO, "nth": "first 2"}])

    failed = world.stack.up()
    says_once(world, failed, broken_off(world, ONE, "configured", "run pulumi up again"))
    posts = {f"POST {ONE}": TRIES_OF_A_LOST_CONNECTION, f"POST {TWO}": 3, f"POST {THREE}": 1}
    assert counted(world, 0) == posts | {"GET list": 2}, "the look, and how many accounts fit"
    assert set(world.stack.resources()) == {"two", "three"}
    assert set(world.served()) == {ONE, TWO, THREE}

    world.emulator.set_faults([])
    since = now(world)
    taken = f"account {ONE} was already configured at useapi.net with these very credentials: this resource has it now"
    assert taken in world.succeeded(world.stack.up()).sentences
    assert counted(world, since) == {"GET list": 1, f"POST {ONE}": 1}
    expect_agreement(world, *entries.values())
    expect_settled(world)


def test_a_longer_wait_than_the_deadline_fails_at_once_and_says_when(world: World) -> None:
    entries = configured(world)
    before = outputs(world)
    changed = {name: entry | {"max_jobs": 3} for name, entry in entries.items()}
    world.stack.declare(**changed)
    world.emulator.set_faults(
        [{"fault": "status", "method": "POST", "account": ONE, "status": 429, "retry_after": 86_400 * 2}]
    )
    since = now(world)

    run = world.refused(
        world.stack.up(),
        "UTC (429), which is longer than the deadline of 15 s: run pulumi up again then; nothing was changed for "
        f"account {ONE}",
    )
    assert "useapi.net asks to wait until 20" in run.sentences, "not today: with its date"
    requests = counted(world, since)
    assert (requests["GET list"], requests[f"POST {ONE}"]) == (1, 1)
    assert outputs(world)["one"] == before["one"]

    world.emulator.set_faults([])
    world.succeeded(world.stack.up())
    expect_agreement(world, *changed.values())
    expect_settled(world)


def test_a_refresh_that_learns_nothing_changes_nothing(world: World) -> None:
    """A sign-in page, a service in trouble, a way to another host: one chain of requests for all accounts."""
    entries = configured(world)
    before = outputs(world)
    world.stack.environment["USEAPI_DEADLINE"] = "6"
    not_the_api = "error: the answer is not the API's (200, an HTML page): check useapi:baseUrl (USEAPI_BASE_URL)"
    trouble = 'error: useapi.net or MiniMax is in trouble (503 "Service unavailable"): wait a few minutes'
    redirect = "error: the answer is not the API's (307, a redirect, which is never followed): check useapi:baseUrl"
    with ScriptedServer(answer(200, {})) as other:
        status = {"fault": "status", "path": "list"}
        for rule, sentence, requests in (
            ({"status": 200, "envelope": "html"}, not_the_api, 1),
            ({"status": 503, "retry_after": 3}, trouble, 2),
            ({"status": 307, "headers": {"Location": f"{other.base_url}/accounts"}}, redirect, 1),
        ):
            world.emulator.set_faults([status | rule])
            since = now(world)
            world.refused(world.stack.refresh(), sentence)
            assert len(world.calls(after=since)) == requests
            assert outputs(world) == before
        assert other.requests == [], "the API token goes nowhere else"

    world.emulator.set_faults([])
    expect_settled(world)
    expect_agreement(world, *entries.values())


def test_changes_that_do_not_get_through(world: World) -> None:
    """A POST sent on to another host, then a destroy whose DELETE is cut off before it is done: nothing is lost."""
    entries = configured(world)
    before = outputs(world)
    world.stack.declare(**{name: entry | {"max_jobs": 3} for name, entry in entries.items()})
    with ScriptedServer(answer(201, {})) as other:
        elsewhere = {"Location": f"{other.base_url}/accounts"}
        world.emulator.set_faults([{"fault": "status", "method": "POST", "status": 302, "headers": elsewhere}])
        since = now(world)
        accounts = (ONE, TWO, THREE)
        redirects = [f"the answer for account {account} is not the API's (302, a redirect" for account in accounts]
        world.refused(world.stack.up("--continue-on-error"), *redirects)
        assert counted(world, since) == {"GET list": 1, **{f"POST {account}": 1 for account in accounts}}
        assert other.requests == [], "neither the API token nor the credentials go anywhere else"
    assert outputs(world) == before
    expect_agreement(world, *entries.values())

    world.emulator.set_faults([{"fault": "reset", "method": "DELETE", "account": TWO}])
    since = now(world)
    says_once(world, world.stack.destroy(), broken_off(world, TWO, "deleted", "run the same command again"))
    deletes = {f"DELETE {ONE}": 1, f"DELETE {TWO}": TRIES_OF_A_LOST_CONNECTION, f"DELETE {THREE}": 1}
    assert counted(world, since) == {"GET list": 1, **deletes}
    assert set(world.served()) == {TWO}
    assert set(world.stack.resources()) == {"two"}

    world.emulator.set_faults([])
    world.succeeded(world.stack.destroy())
    assert world.served() == {}
    assert world.stack.resources() == {}


def test_a_destroy_after_an_update_whose_answer_was_lost_leaves_no_orphan(world: World) -> None:
    """The server holds the mark of a POST that the state knows nothing of; it was this entry's own."""
    entries = configured(world)
    rotated = entries | {"one": world.entry(ONE, days=31)}
    world.stack.declare(**rotated)
    world.emulator.set_faults([LOST])
    says_once(world, world.stack.up(), broken_off(world, ONE, "configured", "run pulumi up again"))

    world.emulator.set_faults([])
    world.succeeded(world.stack.destroy())
    assert world.served() == {}
    assert world.stack.resources() == {}
