"""One list that fails is one chain of requests for all accounts of a subscription, not one for each."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from pulumi_useapi.emulator import Emulator
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.lifecycle import Lifecycle
from pulumi_useapi.settings import read_settings
from tests.faults.scene import NOW, SUBSCRIPTION, URN, Entry, Properties, path_of, short_waits
from tests.faults.table import status

NAMES = [str(number) for number in range(101, 121)]

LIST_FAULTS = {
    "401": (status(401, "Unauthorized"), 1),
    "429": (status(429), 11),
    "429 for an hour": (status(429, retry_after=3600), 1),
    "500": (status(500), 2),
    "503": (status(503), 11),
    "a page": (status(200, "Sign in", envelope="html"), 1),
    "reset": ({"fault": "reset"}, 5),
    "lost": ({"fault": "lost"}, 5),
    "huge": ({"fault": "huge"}, 1),
}
"""What the list answers, and how many requests one chain has."""


class Stack:
    """20 accounts, each in a thread of its own, as the engine handles them."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.state: dict[str, Entry] = {}
        self._mark = 0

    def _lifecycle(self) -> Lifecycle:
        environment = {"USEAPI_BASE_URL": self.emulator.base_url, "USEAPI_API_TOKEN": SUBSCRIPTION.api_token}
        return Lifecycle(read_settings(lambda _: None, environment), lambda *_: None)

    def calls(self) -> dict[str, int]:
        """The requests since the last time."""
        seen = self.emulator.requests(self._mark)
        self._mark += len(seen)
        return dict(Counter(f"{one['method']} {path_of(one)}" for one in seen))

    def _all(self, step: Callable[[Lifecycle, str], None]) -> list[str]:
        """Do a step for each account in one process; returns what was refused."""
        lifecycle, together = self._lifecycle(), threading.Barrier(len(NAMES))

        def attempt(name: str) -> str | None:
            together.wait(30)
            try:
                step(lifecycle, name)
            except UseApiError as error:
                return str(error)
            return None

        with ThreadPoolExecutor(len(NAMES)) as threads:
            return [refusal for refusal in threads.map(attempt, NAMES) if refusal]

    def up(self, days: float) -> list[str]:
        given = {name: make_credentials(name, expires=NOW + timedelta(days=days)) for name in NAMES}
        return self._all(lambda lifecycle, name: self._up(lifecycle, name, {**given[name]._asdict(), "maxJobs": 2}))

    def _up(self, lifecycle: Lifecycle, name: str, given: Properties) -> None:
        urn, entry = f"{URN}-{name}", self.state.get(name)
        inputs, failures = lifecycle.check(urn, entry.inputs if entry else {}, given)
        if failures:
            raise UseApiError(failures[0].reason)
        if entry is None:
            self.state[name] = Entry(inputs, lifecycle.create(urn, inputs)[1])
        elif lifecycle.diff(urn, entry.outputs, inputs).changes:
            self.state[name] = Entry(inputs, lifecycle.update(urn, entry.outputs, inputs))

    def refresh(self) -> list[str]:
        def read(lifecycle: Lifecycle, name: str) -> None:
            assert lifecycle.read(f"{URN}-{name}", name, self.state[name].outputs)

        return self._all(read)

    def destroy(self) -> list[str]:
        def delete(lifecycle: Lifecycle, name: str) -> None:
            lifecycle.delete(f"{URN}-{name}", name, self.state[name].outputs)
            del self.state[name]

        return self._all(delete)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with short_waits(), Emulator(tmp_path_factory.mktemp("emulator"), subscriptions=[SUBSCRIPTION]) as running:
        yield running


@pytest.fixture(scope="module")
def stack(emulator: Emulator) -> Stack:
    made = Stack(emulator)
    assert made.up(10) == []
    return made


@pytest.fixture(params=LIST_FAULTS)
def failing(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[int]:
    """The list fails; gives how many requests one chain has."""
    rule, requests = LIST_FAULTS[request.param]
    emulator.set_faults([{**rule, "method": "GET", "path": "list"}])
    yield requests
    emulator.set_faults([])


def test_all_is_well_with_one_list(tmp_path: Path) -> None:
    with Emulator(tmp_path, subscriptions=[SUBSCRIPTION]) as emulator:
        stack = Stack(emulator)
        assert stack.up(10) == []
        assert stack.calls() == {"GET list": 1, "GET subscription": 1, "POST list": 20}
        assert stack.refresh() == []
        assert stack.calls() == {"GET list": 1}
        assert stack.up(20) == []
        assert stack.calls() == {"GET list": 1, "POST list": 20}
        assert stack.destroy() == []
        assert stack.calls() == {"GET list": 1, "DELETE one": 20}
        assert emulator.accounts() == []


def test_a_failing_look_before_20_creates_is_one_chain(emulator: Emulator, failing: int) -> None:
    fresh = Stack(emulator)
    fresh.calls()
    assert len(fresh.up(10)) == len(NAMES)
    assert fresh.calls() == {"GET list": failing}
    assert fresh.state == {}


@pytest.mark.parametrize("operation", ["refresh", "up", "destroy"])
def test_a_failing_list_is_one_chain_for_20_accounts(stack: Stack, failing: int, operation: str) -> None:
    before = dict(stack.state)
    stack.calls()
    refused = stack.up(20) if operation == "up" else stack.refresh() if operation == "refresh" else stack.destroy()
    assert len(refused) == len(NAMES)
    assert stack.calls() == {"GET list": failing}
    assert stack.state == before


def test_a_failing_look_at_the_plan_is_one_chain(tmp_path: Path) -> None:
    with short_waits(), Emulator(tmp_path, subscriptions=[SUBSCRIPTION]) as emulator:
        emulator.set_faults([{**status(503), "path": "subscription"}])
        stack = Stack(emulator)
        assert stack.up(10) == []
        assert stack.calls() == {"GET list": 1, "GET subscription": 11, "POST list": 20}
