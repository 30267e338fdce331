"""What a stack has to do with other versions: language hosts, pickles, and older states."""

from __future__ import annotations

import base64
import json
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path
from typing import Any

import dill
import pytest
import requests

from pulumi_useapi.credentials import with_revision
from pulumi_useapi.emulator import Subscription
from pulumi_useapi.minimax_account import MiniMaxAccountProvider
from tests.engine.conftest import World
from tests.support.pulumi_stack import PulumiStack

DATA = Path(__file__).parent / "data"
BASE_URL_IN_DATA = "http://127.0.0.1:8787/v1/minimax"


# language hosts


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """A folder with a `python3` that knows nothing of this package."""
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    finished = subprocess.run([folder / "python3", "-c", "import pulumi_useapi"], capture_output=True, check=False)
    assert finished.returncode != 0
    return folder


def honouring_virtualenv(pulumi: Path, folder: Path) -> Path:
    """A CLI whose language host honours `virtualenv` in Pulumi.yaml; its folder may hold other programs too.

    The host of the older CLIs got the folder as a flag from the CLI of its time; the newer ones read it themselves.
    """
    for program in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"):
        (folder / program).symlink_to(pulumi.with_name(program))
    host = folder / "pulumi-language-python"
    usage = subprocess.run([host, "-h"], capture_output=True, text=True, check=False)
    if "-virtualenv" in usage.stderr + usage.stdout:
        host.unlink()
        host.write_text(f'#!/bin/sh\nexec "{pulumi.with_name(host.name)}" -virtualenv="{sys.prefix}" "$@"\n')
        host.chmod(0o755)
    return folder / "pulumi"


def test_a_language_host_that_honours_virtualenv(world: World, pulumi: Path, bare_python: Path) -> None:
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    command = honouring_virtualenv(pulumi, bare_python)
    old = world.stack
    world.stack = PulumiStack(
        old.home, old.project.with_name("virtualenv"), command, old.environment, python_first_on_path=False
    ).create(pulumi_yaml={"name": "virtualenv", "runtime": runtime})
    whole_life(world)


def whole_life(world: World) -> None:
    entry = world.entry("302817465")
    world.stack.declare(main=entry)
    world.succeeded(world.stack.up())
    assert set(world.served()) == {"302817465"}
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
    world.stack.declare(main=entry | {"max_jobs": 3})
    assert "~ maxJobs : 2 => 3" in world.succeeded(world.stack.preview()).sentences
    world.succeeded(world.stack.up())
    assert world.served()["302817465"]["maxJobs"] == 3
    world.stack.declare(main=entry | {"max_jobs": 11})
    sentence = "maxJobs value {11} has a problem: it must be a whole number from 1 to 10"
    world.refused(world.stack.preview(), sentence)
    world.succeeded(world.stack.destroy())
    assert world.served() == {}


# pickles


def pickled(protocol: int) -> str:
    return base64.b64encode(dill.dumps(MiniMaxAccountProvider(), protocol=protocol, recurse=True)).decode()


def exported(stack: PulumiStack) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(stack.quiet("stack", "export"))
    return state


def import_state(world: World, state: dict[str, Any]) -> None:
    world.succeeded(world.stack.run("stack", "import", stdin=json.dumps(state)))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_the_pickled_provider_is_its_import_path_and_nothing_else(protocol: int) -> None:
    operations = pickletools.genops(base64.b64decode(pickled(protocol)))
    texts = {word for _, argument, _ in operations if isinstance(argument, str) for word in argument.split()}
    assert texts - {"copyreg", "_reconstructor", "__builtin__", "builtins", "object"} == {
        "pulumi_useapi.minimax_account",
        "MiniMaxAccountProvider",
    }


def test_providers_pickled_with_different_protocols_serve_one_stack(world: World) -> None:
    one, two = world.entry("302817465"), world.entry("517730018")
    world.stack.declare(one=one, two=two)
    world.succeeded(world.stack.up())
    state = exported(world.stack)
    protocols = {"one": pickled(4), "two": pickled(5)}
    assert protocols["one"] != protocols["two"]
    for resource in state["deployment"]["resources"]:
        name = resource["urn"].rpartition("::")[2]
        if name in protocols:
            for properties in (resource["inputs"], resource["outputs"]):
                assert properties["__provider"] in protocols.values()
                properties["__provider"] = protocols[name]
    import_state(world, state)

    def stored() -> dict[str, Any]:
        return {name: one["outputs"]["__provider"] for name, one in world.stack.resources().items()}

    before = len(world.calls())
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    assert stored() == protocols
    assert len(world.calls()) == before + 1, "both are served by one process with one look"
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
    world.succeeded(world.stack.up("--expect-no-changes"))
    import_state(world, state)
    world.stack.declare(one=one | {"max_jobs": 3}, two=two)
    world.succeeded(world.stack.up())
    assert {account: served["maxJobs"] for account, served in world.served().items()} == {
        "302817465": 3,
        "517730018": 2,
    }
    # A rename: the entry pickled one way hands the account over to the one pickled the other way.
    state = exported(world.stack)
    for resource in state["deployment"]["resources"]:
        if resource["urn"].endswith("::two"):
            resource["outputs"]["__provider"] = resource["inputs"]["__provider"] = protocols["two"]
    import_state(world, state)
    world.stack.declare(one=one | {"max_jobs": 3}, renamed=two)
    world.succeeded(world.stack.up())
    assert set(world.served()) == {"302817465", "517730018"}

    world.succeeded(world.stack.destroy())
    assert world.served() == {}


# states of earlier versions


@pytest.mark.parametrize("subscriptions", [[Subscription("demo", "user:4711-synthetic-api-token")]])
@pytest.mark.parametrize("file", sorted(DATA.glob("state-*.json")), ids=lambda file: file.stem)
def test_a_state_of_an_earlier_version_lives_on(world: World, file: Path) -> None:
    # `owner` holds the base URL, whose port is another one each time.
    state = json.loads(file.read_text().replace(BASE_URL_IN_DATA, world.emulator.base_url))
    import_state(world, state)
    entries = seed(world)
    kept = world.stack.resources()

    world.succeeded(world.stack.refresh("--expect-no-changes"))
    assert world.stack.resources().keys() == kept.keys()
    world.stack.declare(**entries)
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))
    name = next(iter(entries))
    world.stack.declare(**entries | {name: entries[name] | {"max_jobs": 4}})
    world.succeeded(world.stack.up())
    assert world.served()[kept[name]["id"]]["maxJobs"] == 4

    world.succeeded(world.stack.destroy())
    assert world.served() == {}


def seed(world: World) -> dict[str, dict[str, Any]]:
    """Give the emulator what the stored state says it holds; returns the arguments of the accounts by name."""
    entries = {}
    for name, resource in world.stack.resources(show_secrets=True).items():
        outputs = resource["outputs"]
        url, token = (json.loads(outputs[key]["plaintext"]) for key in ("url", "token"))
        world.scan.plant_credentials(url, token)
        entries[name] = {"url": url, "token": token, "max_jobs": int(outputs["maxJobs"])}
        if "adopt" in outputs:
            entries[name]["adopt"] = outputs["adopt"]
        body = {"url": with_revision(url, outputs["revision"]), "token": token, "maxJobs": int(outputs["maxJobs"])}
        headers = {"Authorization": f"Bearer {world.emulator.api_token}"}
        answer = requests.post(f"{world.emulator.base_url}/accounts", json=body, headers=headers, timeout=30)
        assert answer.status_code == 201
    return entries
