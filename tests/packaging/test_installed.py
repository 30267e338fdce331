"""Wheel and sdist, installed in a clean environment of each Python, and used for a real account on a real engine."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest

from pulumi_useapi.version import __version__
from tests.engine.conftest import World
from tests.packaging.conftest import NOTE, Built
from tests.packaging.environments import NEWEST, OLDEST, Environment, resolve
from tools.paths import ROOT

ACCOUNT = "302817465"
DIRECTLY_NEEDED = {"pulumi", "requests", "urllib3", "pyjwt"}

each_python = pytest.mark.parametrize(
    "minor", [pytest.param(minor, id=f"python3.{minor}") for minor in range(OLDEST, NEWEST + 1)]
)


def run_with(environment: Environment, world: World) -> None:
    """Let the stack's programs run in this environment, with the package that is installed there."""
    path = [environment.bin, world.stack.command.parent, os.environ["PATH"]]
    world.stack.environment["PATH"] = os.pathsep.join(map(str, path))
    world.stack.environment["PYTHONPYCACHEPREFIX"] = ""  # compiled into the environment, and gone with it
    where = environment.python("import pulumi_useapi; print(pulumi_useapi.__file__)")
    assert where.startswith(str(environment.folder))


def use(environment: Environment, world: World) -> None:
    """Configure an account from this environment, and remove it."""
    run_with(environment, world)
    world.stack.declare(main=world.entry(ACCOUNT))
    world.succeeded(world.stack.up())
    assert set(world.served()) == {ACCOUNT}
    world.succeeded(world.stack.destroy())
    assert world.served() == {}


def required(environment: Environment) -> set[str]:
    """What the package says that it needs without an extra."""
    code = "import importlib.metadata as m; print('\\n'.join(m.requires('pulumi-useapi')))"
    names = [re.match(r"[\w-]+", line) for line in environment.python(code).splitlines() if "extra ==" not in line]
    return {found[0].lower() for found in names if found}


@each_python
def test_the_wheel_alone(
    minor: int,
    make_environment: Callable[[int], Environment],
    built: Built,
    world: World,
    record_property: Callable[..., None],
) -> None:
    environment = make_environment(minor)
    before = environment.installed().keys()
    environment.install(built.wheel)
    assert required(environment) == DIRECTLY_NEEDED
    names = environment.installed().keys() - before - {"pulumi-useapi"}
    assert names == resolve(sorted(DIRECTLY_NEEDED), minor) - before
    added = sorted({"pulumi-useapi", *names} - resolve(["pulumi"], minor))
    size = environment.size_of(added) / 1e6
    record_property(NOTE, f"Python 3.{minor}: beside pulumi it adds {size:.1f} MB: {', '.join(added)}")
    assert len(added) <= 8
    assert size < 5

    environment.python("import pulumi_useapi as package; [getattr(package, name) for name in package.__all__]")
    without = environment.run("pulumi-useapi", "status")
    assert (without.returncode, without.stdout) == (2, "")
    assert without.stderr == "error: the command pulumi-useapi needs more packages: pip install 'pulumi-useapi[cli]'\n"
    use(environment, world)
    environment.install(f"pulumi-useapi[cli] @ {built.wheel.as_uri()}")
    assert_command_works(environment)


@each_python
def test_the_sdist_with_its_command(
    minor: int, make_environment: Callable[[int], Environment], built: Built, world: World
) -> None:
    environment = make_environment(minor)
    environment.install(f"pulumi-useapi[cli] @ {built.sdist.as_uri()}")
    assert_command_works(environment)
    use(environment, world)


def assert_command_works(environment: Environment) -> None:
    version = environment.run("pulumi-useapi", "--version")
    assert version.stdout == f"pulumi-useapi, version {__version__}\n", version.stderr
    assert environment.run("pulumi-useapi", "--help").stdout.startswith("Usage: pulumi-useapi")


def test_every_python_of_the_classifiers_is_looked_for() -> None:
    named = set(re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', (ROOT / "pyproject.toml").read_text()))
    assert {int(minor) for minor in named} <= set(range(OLDEST, NEWEST + 1))
    assert min(map(int, named)) == OLDEST
