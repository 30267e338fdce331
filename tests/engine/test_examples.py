"""The programs in examples/, each run as its own README says, from `stack init` to `up`."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMAND = [sys.executable, "-c", "from pulumi_useapi.cli import main; main()"]
MAIN, OTHER = "302817465", "517730018"
TEAMS = [
    Subscription("team-a", "user:4711-5e0c1a8d7b3f4e92a6d10c57"),
    Subscription("team-b", "user:4712-0d9f1b72c4e84a65b3177e20"),
]
UNDECLARED = 7


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return TEAMS


def commands(readme: Path) -> list[list[str]]:
    """The commands of a README's shell blocks that are Pulumi's or this package's, split into words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", readme.read_text(), re.DOTALL | re.MULTILINE)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    return [line for line in lines if line[:1] in (["pulumi"], ["pulumi-useapi"])]


def enter(world: World, name: str) -> None:
    """Go to a copy of the example, in a shell that knows nothing of useapi.net but where the emulator is."""
    world.stack.environment = {"USEAPI_BASE_URL": world.emulator.base_url, "PULUMI_SKIP_CONFIRMATIONS": "true"}
    world.stack.project = world.stack.home.parent / name
    shutil.copytree(EXAMPLES / name, world.stack.project)


def follow_the_readme(world: World, asked: dict[str, str], replaced: dict[str, str] | None = None) -> None:
    """Type the README's commands, and what they ask for: `asked` has it by a word of the command."""
    typed = commands(world.stack.project / "README.md")
    assert typed[0][:3] == ["pulumi", "stack", "init"]
    assert typed[-1] == ["pulumi", "up"]
    for program, *written in typed:
        answer = next((asked.pop(word) for word in written if word in asked), "")
        words = [(replaced or {}).get(word, word) for word in written]
        if program == "pulumi":
            world.succeeded(world.stack.run(*words, stdin=answer))
        else:
            run = world.stack.run_program([*COMMAND, *words], stdin=answer)
            assert run.code == (UNDECLARED if words == ["status"] else 0), run.text
    assert asked == {}, "the README asks for everything there is to set"


def pasted(world: World, account: str, **options: Any) -> str:
    return "\n".join(world.credentials(account, **options).values())


def one_account(world: World) -> None:
    credentials = world.credentials(MAIN)
    asked = {f"useapi:accounts.main.{name}": value for name, value in credentials.items()}
    follow_the_readme(world, asked | {"useapi:apiToken": world.emulator.api_token})
    outputs = world.stack.outputs()
    assert outputs == {"account": MAIN, "jwtExpiry": world.stack.resources()["main"]["outputs"]["jwtExpiry"]}
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
    world.succeeded(world.stack.destroy())
    assert world.served() == {}


def fleet(world: World) -> None:
    tokens = {f"useapi:subscriptions.{one.name}.apiToken": one.api_token for one in TEAMS}
    follow_the_readme(world, tokens | {"a1": pasted(world, MAIN), "b1": pasted(world, OTHER, days=12)})
    held = [(one["subscription"], one["account"], one["maxJobs"]) for one in world.emulator.accounts()]
    assert held == [(4711, MAIN, 3), (4712, OTHER, 2)]
    expiry = world.stack.resources()["b1"]["outputs"]["jwtExpiry"]
    assert world.stack.outputs() == {
        "accounts": {"a1": MAIN, "b1": OTHER},
        "totalMaxJobs": 5,
        "makeVideos": 2,
        "firstToDie": {"account": "b1", "at": expiry},
        "inError": {},
    }


def own_component(world: World) -> None:
    store = world.stack.home.parent / "west.json"
    first = world.credentials(MAIN, days=9)
    store.write_text(json.dumps(first))
    try:
        follow_the_readme(world, {"useapi:apiToken": world.emulator.api_token}, {"/run/secrets/west.json": str(store)})
        before = world.served()[MAIN]["exp"]
        assert "Studio$" in world.stack.resources()["west"]["urn"]
        store.write_text(json.dumps(world.credentials(MAIN)))
        assert world.stack.run("config", "set", "version", "2").code == 0
        world.succeeded(world.stack.up())
        assert world.served()[MAIN]["exp"] > before
    finally:
        store.unlink()


def adopt(world: World) -> None:
    by_hand = requests.post(
        f"{world.emulator.base_url}/accounts",
        json={**world.credentials(MAIN, days=9), "maxJobs": 4},
        headers={"Authorization": f"Bearer {world.emulator.api_token}"},
        timeout=30,
    )
    assert by_hand.status_code == 201
    follow_the_readme(world, {"useapi:apiToken": world.emulator.api_token, "main": pasted(world, MAIN)})
    assert world.served()[MAIN]["exp"] > by_hand.json()["jwt"]["exp"]
    assert world.stack.outputs()["maxJobs"] == 4, "what was set by hand stays"
    world.succeeded(world.stack.destroy())
    assert set(world.served()) == {MAIN}


def automation_api(world: World) -> None:
    world.stack.environment["USEAPI_API_TOKEN"] = world.emulator.api_token
    program = [sys.executable, "onboard.py", "dev"]
    first = {"main": world.entry(MAIN)}
    expected: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (first, {"accounts": {"main": MAIN}, "totalMaxJobs": 2}),
        (first | {"b": world.entry(OTHER)}, {"accounts": {"main": MAIN, "b": OTHER}, "totalMaxJobs": 4}),
    ]
    for accounts, outputs in expected:
        run = world.stack.run_program(program, stdin=json.dumps(accounts))
        world.succeeded(run)
        assert json.loads(run.text.splitlines()[-1]) == outputs
    assert len(world.calls("POST")) == 2, "the account that was there is left alone"
    run = world.stack.run_program(program, stdin=json.dumps(first | {"b": world.entry(OTHER, days=-1)}))
    world.refused(run, "expired 1 day ago")


RUN: dict[str, Callable[[World], None]] = {
    "one-account": one_account,
    "fleet": fleet,
    "own-component": own_component,
    "adopt": adopt,
    "automation-api": automation_api,
}
"""How each example is run; `unit-tests` needs no engine (tests/unit/test_examples.py)."""


def test_every_example_is_run() -> None:
    folders = {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()}
    assert folders == RUN.keys() | {"unit-tests", "ci"}
    assert all((EXAMPLES / name / "README.md").is_file() for name in folders)


@pytest.mark.parametrize("name", RUN)
def test_an_example_does_what_its_readme_says(world: World, name: str) -> None:
    enter(world, name)
    RUN[name](world)
