"""`pulumi-useapi doctor` with a real Pulumi CLI: project, login, stack, secrets, as a new user gets them wrong."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.conftest import World
from tests.engine.test_status import command


def checks(world: World, *arguments: str, **environment: str) -> dict[str, dict[str, Any]]:
    """What is not ok, by check."""
    run = command(world, "doctor", "--json", *arguments, **environment)
    document = json.loads(run.text)
    found = {check["check"]: check for check in document["checks"]}
    assert run.code == int(any(check["verdict"] == "wrong" for check in found.values()))
    return {name: check for name, check in found.items() if check["verdict"] not in {"ok", "skipped"}}


def test_a_sound_project_and_what_a_new_user_gets_wrong(world: World) -> None:
    assert checks(world) == {}

    passphrase = checks(world, PULUMI_CONFIG_PASSPHRASE="")
    assert passphrase == {}  # there is no secret yet

    token = world.stack.environment.pop("USEAPI_API_TOKEN")
    assert "the API token is missing" in checks(world)["API token"]["text"]
    world.stack.set_config("useapi:apiToken", token, secret=True)
    assert checks(world) == {}

    wrong = checks(world, PULUMI_CONFIG_PASSPHRASE="another")
    assert "incorrect passphrase" in wrong["secrets"]["text"]
    assert wrong["secrets"]["fix"].startswith("set PULUMI_CONFIG_PASSPHRASE")

    unknown = checks(world, "--stack", "nowhere")["stack"]
    assert (unknown["text"], unknown["fix"]) == ("there is no stack nowhere; there is test", "name one of them")

    away = checks(world, PULUMI_BACKEND_URL="", PULUMI_HOME=str(world.stack.home / "empty"))
    assert away["login"]["text"].startswith("not logged in to a backend")

    world.stack.set_config("useapi:subscriptions.team-b.apiToken", "user:9999-a-planted-one")
    plain = checks(world)["encryption"]
    assert "useapi:subscriptions.team-b.apiToken" in plain["text"]
    assert plain["fix"].startswith("pulumi config set --secret --path 'useapi:subscriptions.team-b.apiToken'")
    assert "planted" not in str(plain)
