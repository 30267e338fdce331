"""The lowest and the newest allowed version of every dependency, those of the extras too: the engine, and what uses each."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.engine.conftest import World
from tests.engine.test_compatibility import whole_life
from tests.packaging.conftest import NOTE, Built
from tests.packaging.environments import Environment, pythons
from tests.packaging.test_installed import run_with, use
from tools.paths import ROOT
from tools.virtualenv import DEV_LOCK

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXTRAS = ("cli", "browser", "emulator")
TEST_TOOLS = re.findall(r"^(?:pytest|hypothesis)==[^\\\n]*", DEV_LOCK.read_text(), re.MULTILINE)
SUITES = (
    # requests and urllib3, PyJWT, aiohttp, click, rich; not what depends on how busy the machine is
    (
        *("tests/unit/test_client.py", "tests/unit/test_credentials.py", "tests/unit/test_emulator_service.py"),
        *("tests/unit/test_emulator_command.py", "tests/unit/status/test_command.py", "tests/unit/test_import.py"),
        *("-k", "not deadline and not time and not wait"),
    ),
    ("tests/unit/capture/test_command.py", "-k", "clipboard"),  # pyperclip
)


def declared() -> Iterator[Requirement]:
    """Every dependency in pyproject.toml, those of the extras too, but for the package itself."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [*project["dependencies"], *(one for extra in EXTRAS for one in project["optional-dependencies"][extra])]
    yield from (one for one in map(Requirement, texts) if not one.extras)


def installed(environment: Environment) -> dict[str, Version]:
    versions = environment.installed()
    return {one.name: Version(versions[canonicalize_name(one.name)]) for one in declared()}


def test_every_dependency_has_both_bounds() -> None:
    for one in declared():
        assert sorted(bound.operator for bound in one.specifier) == ["<", ">="], one


def test_the_lowest(
    make_environment: Callable[[int], Environment], built: Built, world: World, record_property: Callable[..., None]
) -> None:
    environment = make_environment(min(pythons()))
    # Of a wheel uv would take the newest dependencies: they are not what was asked for directly.
    extras = [f"--extra={extra}" for extra in EXTRAS]
    environment.install("--resolution=lowest-direct", "-r", ROOT / "pyproject.toml", *extras)
    environment.install("--no-deps", built.wheel)
    lowest = installed(environment)
    assert lowest == {one.name: lower_bound(one) for one in declared()}
    record_property(NOTE, f"lowest, on Python 3.{min(pythons())}: {told(lowest)}")
    run_with(environment, world)
    whole_life(world)
    run_suites(environment)


def test_the_newest(
    make_environment: Callable[[int], Environment], built: Built, world: World, record_property: Callable[..., None]
) -> None:
    environment = make_environment(max(pythons()))
    environment.install("--upgrade", f"pulumi-useapi[{','.join(EXTRAS)}] @ {built.wheel.as_uri()}")
    newest = installed(environment)
    record_property(NOTE, f"newest, on Python 3.{max(pythons())}: {told(newest)}")
    use(environment, world)
    run_suites(environment)


def lower_bound(one: Requirement) -> Version:
    (bound,) = (bound for bound in one.specifier if bound.operator == ">=")
    return Version(bound.version)


def told(versions: dict[str, Version]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def run_suites(environment: Environment) -> None:
    environment.python("import playwright.sync_api, pulumi_useapi.browser")
    environment.install(*TEST_TOOLS)
    for suite in SUITES:
        done = environment.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *suite, cwd=ROOT)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE)
