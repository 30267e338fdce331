"""The API's POST overwrites silently: what is already configured is looked at before it is written over."""

from __future__ import annotations

import re
import shlex
import socket
from collections import Counter
from datetime import timedelta
from typing import Any

import requests

from tests.engine.conftest import NOW, World

ACCOUNT = "302817465"
READY_MADE = "from pulumi_useapi import accounts_from_config\n\naccounts_from_config()\n"
TAKEN_OVER = f"account {ACCOUNT} was already configured at useapi.net with other credentials: taken over, as adopt says"
SAME = f"account {ACCOUNT} was already configured at useapi.net with these very credentials"


def configure_by_hand(world: World, credentials: dict[str, Any]) -> None:
    """Configure an account as the API's page says, with a plain HTTP request."""
    answer = requests.post(
        world.emulator.base_url + "/accounts",
        json={"url": credentials["url"], "token": credentials["token"], "maxJobs": 1},
        headers={"Authorization": f"Bearer {world.emulator.api_token}"},
        timeout=30,
    )
    assert answer.status_code == 201


def already_configured(*, days: float) -> str:
    day = (NOW + timedelta(days=days)).strftime("%Y-%m-%d")
    return (
        f"account {ACCOUNT} is already configured at useapi.net with other credentials (good until {day}), nothing was "
        "changed: take it over with adopt=True (in the ready-made stack: pulumi config set --path "
        "'useapi:accounts.main.adopt' true); if the resource was only renamed, give it an alias, and renew the "
        "credentials in a run of its own"
    )


def requests_of(world: World, after: int = 0) -> Counter[str]:
    return Counter(f"{one['method']} {one['path']}" for one in world.calls(after=after))


def test_other_credentials_are_refused_and_taken_over_with_adopt(world: World) -> None:
    configure_by_hand(world, world.credentials(ACCOUNT, days=9))
    served = world.served()
    entry = world.entry(ACCOUNT)
    world.stack.declare(main=entry)

    world.refused(world.stack.preview(), already_configured(days=9))
    world.refused(world.stack.up(), already_configured(days=9))
    assert world.served() == served
    assert world.stack.resources() == {}

    world.stack.declare(main=entry | {"adopt": True})
    world.succeeded(world.stack.preview())
    run = world.succeeded(world.stack.up())
    assert TAKEN_OVER in run.sentences
    assert world.served()[ACCOUNT]["exp"] > served[ACCOUNT]["exp"]
    world.stack.declare(main=entry)
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))


def test_the_named_command_takes_over_in_the_ready_made_stack(world: World) -> None:
    configure_by_hand(world, world.credentials(ACCOUNT, days=9))
    entry = world.credentials(ACCOUNT)
    world.stack.write_program(READY_MADE)
    world.stack.set_config("useapi:accounts.main.url", entry["url"], secret=True)
    world.stack.set_config("useapi:accounts.main.token", entry["token"], secret=True)
    world.stack.set_config("useapi:accounts.main.maxJobs", "2")

    run = world.refused(world.stack.up(), already_configured(days=9))
    command = re.search(r"in the ready-made stack: pulumi (config set [^)]+)\)", run.sentences)
    assert command
    world.succeeded(world.stack.run(*shlex.split(command[1])))

    assert TAKEN_OVER in world.succeeded(world.stack.up()).sentences
    assert world.stack.resources()["main"]["id"] == ACCOUNT
    assert world.served()[ACCOUNT]["maxJobs"] == 2


def test_the_same_credentials_go_on_without_a_flag(world: World) -> None:
    """Also where the service masks every token alike, and where it answers times of its own."""
    accounts = {"plain": ACCOUNT, "mask": "448190022", "numbers": "517730018"}
    answers = {accounts["mask"]: {"mask": "constant"}, accounts["numbers"]: {"numbers": "own"}}
    world.emulator.set_behaviour(accounts=answers)
    entries = {name: world.entry(account) for name, account in accounts.items()}
    for entry in entries.values():
        configure_by_hand(world, entry)
    world.stack.declare(**entries)

    def expect_taken() -> None:
        world.succeeded(world.stack.preview())
        said = world.succeeded(world.stack.up()).sentences
        for account in accounts.values():
            assert SAME.replace(ACCOUNT, account) in said

    expect_taken()  # set up by hand
    # A run that was killed after its POST has left nothing in the state.
    for resource in world.stack.resources().values():
        world.succeeded(world.stack.run("state", "delete", "--yes", resource["urn"]))
    assert world.stack.resources() == {}
    expect_taken()
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
    world.succeeded(world.stack.refresh("--expect-no-changes"))


def test_a_look_is_one_request_and_only_for_what_is_written(world: World) -> None:
    world.emulator.edit_subscription(world.emulator.subscriptions[0].number, maxAccounts=20)
    accounts = {f"a{index}": world.entry(f"3028174{index:02}") for index in range(10)}
    look = {"GET /v1/minimax/accounts": 1, "GET /v2/account": 1}
    world.stack.declare(**accounts)

    world.succeeded(world.stack.preview())
    assert requests_of(world) == look
    done = len(world.calls())
    world.succeeded(world.stack.up())
    assert requests_of(world, done) == look | {"POST /v1/minimax/accounts": 10}
    done = len(world.calls())
    world.succeeded(world.stack.up())
    assert requests_of(world, done) == {}, "nothing is written, so nothing is asked"
    world.stack.declare(**accounts | {"a3": accounts["a3"] | {"max_jobs": 3}})
    world.succeeded(world.stack.up())
    assert requests_of(world, done) == {"GET /v1/minimax/accounts": 1, "POST /v1/minimax/accounts": 1}


def test_a_preview_without_api_token_or_service_goes_on_without_the_look(world: World) -> None:
    configure_by_hand(world, world.credentials(ACCOUNT, days=9))
    asked = len(world.calls())
    world.stack.declare(main=world.entry(ACCOUNT), other=world.entry("448190022"), third=world.entry("517730018"))
    environment = dict(world.stack.environment)

    del world.stack.environment["USEAPI_API_TOKEN"]
    assert "warning" not in world.succeeded(world.stack.preview()).text
    assert len(world.calls()) == asked

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/v1/minimax"
        world.stack.environment |= environment | {"USEAPI_BASE_URL": dead, "USEAPI_DEADLINE": "2"}
        run = world.succeeded(world.stack.preview())
    warning = "warning: what is configured at useapi.net could not be looked at before the change: "
    assert run.sentences.count(warning) == 1, run.text
    assert "useapi.net cannot be reached at 127.0.0.1" in run.sentences

    world.stack.environment |= environment | {"USEAPI_API_TOKEN": "user:4711-wrong-wrong-wrong"}
    world.scan.plant("wrong API token", "wrong-wrong-wrong")
    world.refused(world.stack.preview(), 'useapi.net refused the API token (401 "Unauthorized")')
