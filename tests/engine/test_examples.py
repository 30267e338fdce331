"""The programs in examples/, run as their own README says."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from tests.engine.conftest import World

EXAMPLES = Path(__file__).parents[2] / "examples"


def commands(readme: Path) -> list[list[str]]:
    """The Pulumi commands of a README's shell blocks, split into words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", readme.read_text(), re.DOTALL | re.MULTILINE)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    return [line for line in lines if line[:1] == ["pulumi"]]


def test_one_account(world: World) -> None:
    credentials = world.credentials("302817465")
    asked = {
        "useapi:apiToken": world.emulator.api_token,
        "useapi:accounts.main.url": credentials["url"],
        "useapi:accounts.main.token": credentials["token"],
    }
    world.stack.environment = {"USEAPI_BASE_URL": world.emulator.base_url, "PULUMI_SKIP_CONFIRMATIONS": "true"}
    world.stack.project = world.stack.home.parent / "one-account"
    shutil.copytree(EXAMPLES / "one-account", world.stack.project)

    typed = commands(world.stack.project / "README.md")
    assert typed[0][1:3] == ["stack", "init"]
    assert typed[-1] == ["pulumi", "up"]
    for _, *words in typed:
        world.succeeded(world.stack.run(*words, stdin=asked.pop(words[-1], "")))

    assert asked == {}, "the README asks for everything there is to set"
    assert set(world.served()) == {"302817465"}
    outputs = world.stack.outputs()
    assert outputs == {"account": "302817465", "jwtExpiry": world.stack.resources()["main"]["outputs"]["jwtExpiry"]}
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
    world.succeeded(world.stack.destroy())
    assert world.served() == {}
