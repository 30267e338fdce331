"""`pulumi-useapi status` beside a real stack: what the stack declares and the service holds, compared."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.engine.conftest import World
from tests.support.pulumi_stack import Run

READY_MADE = "from pulumi_useapi import accounts_from_config\naccounts_from_config()\n"
COMMAND = [sys.executable, "-c", "from pulumi_useapi.cli import main; main()"]


def command(world: World, *arguments: str, **environment: str) -> Run:
    """Run pulumi-useapi in the project's folder, as a user with the stack's environment."""
    variables = world.stack.variables() | environment
    return world.stack.run_program([*COMMAND, *arguments], environment=variables, timeout=120)


def status(world: World, *arguments: str) -> tuple[int, dict[str, Any]]:
    run = command(world, "status", "--json", *arguments)
    document: dict[str, Any] = json.loads(run.text)
    assert document["exitCode"] == run.code
    return run.code, document


def findings(document: dict[str, Any]) -> dict[str, list[str]]:
    return {one["name"] or one["account"]: [note["finding"] for note in one["notes"]] for one in document["accounts"]}


def test_a_program_of_ones_own_and_what_happens_behind_its_back(world: World) -> None:
    world.stack.declare(main=world.entry("101", days=20.5), night=world.entry("102", days=25.5, max_jobs=3))
    world.succeeded(world.stack.up())
    code, document = status(world)
    assert (code, findings(document)) == (0, {"main": [], "night": []})
    assert document["summary"].startswith("2 of 2 usable, 5 jobs at once; the next to die is main (")
    assert (document["stack"], document["accounts"][0]["credits"]) == ("test", 100)
    assert status(world, "--fail-within", "3w")[0] == 3

    number = world.emulator.subscriptions[0].number
    world.emulator.edit(number, "101", maxJobs=7)
    world.emulator.delete(number, "102")
    code, document = status(world)
    assert (code, findings(document)) == (6, {"main": ["maxJobs"], "night": ["missing"]})

    world.stack.declare(night=world.entry("102", days=25.5, max_jobs=3))
    world.succeeded(world.stack.run("state", "delete", "--yes", urn_of(world, "main")))
    world.succeeded(world.stack.run("up", "--yes", "--skip-preview", "--refresh"))
    code, document = status(world)
    assert (code, findings(document)) == (7, {"101": ["undeclared"], "night": []})


def urn_of(world: World, name: str) -> str:
    return str(world.stack.resources()[name]["urn"])


def test_the_ready_made_stack_and_its_config(world: World) -> None:
    """The API token is in the config alone; what waits there for `pulumi up` is told."""
    token = world.stack.environment.pop("USEAPI_API_TOKEN")
    world.stack.write_program(READY_MADE)
    world.stack.set_config("useapi:apiToken", token, secret=True)
    for name, value in world.credentials("101", days=3).items():
        world.stack.set_config(f"useapi:accounts.main.{name}", value, secret=True)
    world.stack.set_config("useapi:accounts.main.maxJobs", "2")

    code, document = status(world)
    assert (code, findings(document)) == (6, {"main": ["missing"]})
    world.succeeded(world.stack.up())
    code, document = status(world)
    assert (code, findings(document)) == (0, {"main": ["expiring"]})
    assert document["accounts"][0]["notes"][0]["advice"] == "renew: pulumi-useapi capture main"

    fresh = world.credentials("101", days=30)
    world.stack.set_config("useapi:accounts.main.token", fresh["token"], secret=True)
    assert findings(status(world)[1]) == {"main": ["expiring", "notApplied"]}

    wrong = command(world, "status", PULUMI_CONFIG_PASSPHRASE="another")
    assert wrong.code == 1
    assert wrong.sentences.startswith("Error: reading the config of stack test failed: incorrect passphrase")
    elsewhere = command(world, "status", "--stack", "nowhere")
    assert elsewhere.code == 1
    assert "no stack named 'nowhere' found" in elsewhere.sentences
    alone = command(world, "status", "--no-stack", USEAPI_API_TOKEN=token)
    assert alone.code == 0
    assert "1 of 1 usable, 2 jobs at once; the next to die is 101 (" in alone.sentences
