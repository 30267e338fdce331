"""Tests that drive a real Pulumi engine; afterwards all they left behind is searched for secrets."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.emulator.sample import Credentials, make_credentials
from tests.support.clock import Clock
from tests.support.front import Front
from tests.support.pulumi_stack import PulumiStack, Run, pulumi_command
from tests.support.secret_scan import SecretScan

NOW = datetime.now(timezone.utc)


@dataclass
class World:
    """One emulator, one stack, and the secrets planted in them."""

    emulator: Emulator
    stack: PulumiStack
    scan: SecretScan = field(default_factory=SecretScan)

    def credentials(self, account: str, *, days: float = 30, **options: Any) -> dict[str, str]:
        """Fresh `url` and `token` of an account, dead after `days`."""
        made: Credentials = make_credentials(account, expires=NOW + timedelta(days=days), **options)
        self.scan.plant_credentials(made.url, made.token)
        return {"url": made.url, "token": made.token}

    def entry(self, account: str, *, days: float = 30, max_jobs: Any = 2, **arguments: Any) -> dict[str, Any]:
        """The arguments of a MiniMaxAccount with fresh credentials."""
        return {**self.credentials(account, days=days), "max_jobs": max_jobs, **arguments}

    def served(self) -> dict[str, dict[str, Any]]:
        """What the emulator has configured for its first subscription, by account id."""
        number = self.emulator.subscriptions[0].number
        return {one["account"]: one for one in self.emulator.accounts(number)}

    def calls(self, *methods: str, after: int = 0) -> list[dict[str, Any]]:
        """The requests the emulator got, of these methods (none given: all)."""
        return [one for one in self.emulator.requests(after) if not methods or one["method"] in methods]

    def places(self) -> list[tuple[str, str]]:
        """All that Pulumi has stored and shown, by place; without the file that gives the program its secrets."""
        files = [path for path in self.stack.stored_files() if path.name != "accounts.json"]
        stored = [(str(path.relative_to(self.stack.home.parent)), path.read_text(errors="replace")) for path in files]
        return [*stored, *(("console", text) for text in self.stack.console)]

    def succeeded(self, run: Run) -> Run:
        assert run.code == 0, run.text
        return run

    def refused(self, run: Run, *sentences: str) -> Run:
        """The run failed, and said so in these sentences, without a traceback."""
        assert run.code != 0, run.text
        for sentence in sentences:
            assert " ".join(sentence.split()) in run.sentences, run.text
        assert "Traceback" not in run.text, run.text
        return run


@pytest.fixture(scope="session")
def pulumi() -> Path:
    command = pulumi_command()
    if command is None:
        pytest.fail("no Pulumi CLI: run the tests with make test, which prepares one")
    return command


@pytest.fixture
def subscriptions() -> list[Subscription] | None:
    """The emulator's subscriptions; a test that wants its own overrides this fixture."""
    return None


@pytest.fixture
def world(tmp_path: Path, pulumi: Path, subscriptions: list[Subscription] | None) -> Iterator[World]:
    began = time.time()
    with Emulator(tmp_path / "emulator", subscriptions=subscriptions) as emulator:
        made = World(emulator, make_stack(tmp_path, pulumi, emulator).create())
        for subscription in emulator.subscriptions:
            made.scan.plant("API token", subscription.api_token)
        yield made
        requests = str(emulator.requests())
    places = [*made.places(), *((path.name, path.read_text()) for path in run_notes(began)), ("emulator log", requests)]
    assert made.scan.find_in(places) == []


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    """The service is reached through a proxy that can be switched to trouble, or to another service."""
    with Front(world.emulator.base_url) as proxy:
        world.stack.environment["USEAPI_BASE_URL"] = proxy.base_url
        yield proxy


@contextmanager
def api_token_renewed(world: World, front: Front, *subscriptions: Subscription) -> Iterator[None]:
    """The subscriptions have other API tokens; everything else is as before, at the same place."""
    for subscription in subscriptions:
        world.scan.plant("API token", subscription.api_token)
    world.emulator.stop()
    with Emulator(world.stack.home.parent / "emulator", subscriptions=subscriptions) as renewed:
        front.upstream = renewed.base_url
        yield
    world.emulator.start()
    front.upstream = world.emulator.base_url


@pytest.fixture
def clock(tmp_path: Path, world: World) -> Clock:
    return Clock(tmp_path / "clock", world.stack)


def run_notes(since: float) -> list[Path]:
    """What the package's processes have told each other from that moment on, in other tests too."""
    folder = Path(tempfile.gettempdir()) / f"pulumi-useapi-{os.getuid()}"
    return [path for path in folder.glob("*") if _changed(path) >= since]


def _changed(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


def make_stack(folder: Path, command: Path, emulator: Emulator, name: str = "test") -> PulumiStack:
    """A stack that finds the emulator through the environment."""
    environment = {"USEAPI_BASE_URL": emulator.base_url, "USEAPI_API_TOKEN": emulator.api_token}
    return PulumiStack(folder / "home", folder / "project", command, environment, name)


@pytest.fixture
def another_stack(tmp_path: Path, pulumi: Path, world: World) -> Callable[[str], PulumiStack]:
    """Makes further stacks over the same emulator and backend, each with a project folder of its own."""

    def make(name: str) -> PulumiStack:
        environment = dict(world.stack.environment)
        stack = PulumiStack(tmp_path / "home", tmp_path / name, pulumi, environment, name)
        stack.console = world.stack.console
        return stack.create()

    return make
