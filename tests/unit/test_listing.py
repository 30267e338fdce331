"""One look at a subscription's accounts, shared by all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from pulumi_useapi import listing as module
from pulumi_useapi.errors import UnreachableError
from pulumi_useapi.listing import Listing
from pulumi_useapi.models import Account

WAIT = 10.0


class Service:
    """Answers what it holds; a GET under way can be held up."""

    def __init__(self, *accounts: str) -> None:
        self.held = {account: Account(account) for account in accounts}
        self.gets = 0
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.failure: Exception | None = None

    def get(self) -> dict[str, Account]:
        self.gets += 1
        seen, failure = dict(self.held), self.failure
        self.asked.set()
        assert self.may_answer.wait(WAIT)
        if failure:
            raise failure
        return seen


class Clock:
    """Stands in for the module's clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def in_threads(count: int, call: Callable[[], object], meanwhile: Callable[[], object]) -> list[object]:
    """What `call` gave or raised in many threads at once; `meanwhile` runs as soon as they have begun."""
    ready = threading.Barrier(count + 1, timeout=WAIT)

    def run() -> object:
        ready.wait()
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - what is raised is what is looked at
            return error

    with ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(run) for _ in range(count)]
        ready.wait()
        meanwhile()
        return [one.result(WAIT) for one in calls]


def test_many_threads_cost_one_get() -> None:
    service = Service("1", "2")
    service.may_answer.clear()
    listing = Listing(service.get)

    def answer() -> None:
        assert service.asked.wait(WAIT)
        service.may_answer.set()

    answers = in_threads(50, listing.accounts, answer)
    assert service.gets == 1
    assert answers == [{"1": Account("1"), "2": Account("2")}] * 50


def test_nobody_can_change_what_another_sees() -> None:
    listing = Listing(Service("1").get)
    listing.accounts().clear()
    assert listing.accounts() == {"1": Account("1")}


@pytest.mark.parametrize("failure", [UnreachableError("no connection"), ValueError("a bug")])
def test_a_failure_is_remembered_and_told_to_all(failure: Exception) -> None:
    service = Service("1")
    service.failure = failure
    service.may_answer.clear()
    listing = Listing(service.get)

    def answer() -> None:
        assert service.asked.wait(WAIT)
        service.may_answer.set()

    assert in_threads(20, listing.accounts, answer) == [failure] * 20
    service.failure = None
    with pytest.raises(type(failure)):
        listing.accounts()
    assert service.gets == 1


def test_a_failure_is_forgotten_in_time(clock: Clock) -> None:
    service = Service("1")
    service.failure = UnreachableError("no connection")
    listing = Listing(service.get)
    with pytest.raises(UnreachableError):
        listing.accounts()
    service.failure = None
    clock.now += module.MAX_AGE + 0.001
    assert listing.accounts() == {"1": Account("1")}


@pytest.mark.parametrize(("passed", "gets"), [(0.0, 1), (15.0, 1), (15.001, 2)])
def test_a_look_is_relied_on_for_15_seconds(clock: Clock, passed: float, gets: int) -> None:
    service = Service("1")
    listing = Listing(service.get)
    listing.accounts()
    clock.now += passed
    service.held["2"] = Account("2")
    assert set(listing.accounts()) == ({"1"} if gets == 1 else {"1", "2"})
    assert service.gets == gets


def test_the_age_counts_from_the_answer(clock: Clock) -> None:
    service = Service("1")

    def slow() -> dict[str, Account]:
        clock.now += 60
        return service.get()

    listing = Listing(slow)
    listing.accounts()
    clock.now += 10
    listing.accounts()
    assert service.gets == 1


def test_any_age_will_do_for_a_refresh(clock: Clock) -> None:
    service = Service("1")
    listing = Listing(service.get)
    listing.accounts(max_age=float("inf"))
    clock.now += 1e6
    listing.accounts(max_age=float("inf"))
    assert service.gets == 1


def test_what_was_asked_before_a_moment_does_not_count() -> None:
    before = time.monotonic()
    service = Service("1")
    listing = Listing(service.get)
    listing.accounts()
    after = time.monotonic()
    listing.enter("1", None)
    assert listing.accounts(not_before=before) == {}
    assert service.gets == 1
    for _ in range(2):
        assert set(listing.accounts(not_before=after)) == {"1"}
        assert service.gets == 2


def test_a_failure_before_a_moment_is_not_tried_again() -> None:
    service = Service()
    service.failure = UnreachableError("no connection")
    listing = Listing(service.get)
    for _ in range(3):
        with pytest.raises(UnreachableError):
            listing.accounts(not_before=time.monotonic())
    assert service.gets == 1


def test_a_look_under_way_is_joined_whatever_its_age(clock: Clock) -> None:
    service = Service("1")
    service.may_answer.clear()
    listing = Listing(service.get)

    def answer() -> None:
        assert service.asked.wait(WAIT)
        clock.now += 100
        service.may_answer.set()

    in_threads(2, lambda: listing.accounts(max_age=0), answer)
    assert service.gets == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(Account("1", max_jobs=9), Account("1", max_jobs=9)), (None, None)],
    ids=["POST", "DELETE"],
)
def test_an_own_change_is_known_without_a_request(answer: Account | None, expected: Account | None) -> None:
    service = Service("1", "2")
    listing = Listing(service.get)
    listing.accounts()
    listing.enter("1", answer)
    assert listing.accounts().get("1") == expected
    assert listing.accounts()["2"] == Account("2")
    assert service.gets == 1


def test_deleting_what_is_not_there_changes_nothing() -> None:
    listing = Listing(Service("1").get)
    listing.accounts()
    listing.enter("9", None)
    assert set(listing.accounts()) == {"1"}


@pytest.mark.parametrize(("answer", "expected"), [(Account("1", max_jobs=9), {"1"}), (None, set())])
def test_an_own_change_during_a_look_wins_over_its_older_answer(answer: Account | None, expected: set[str]) -> None:
    service = Service("1") if answer is None else Service()
    service.may_answer.clear()
    listing = Listing(service.get)

    def change() -> None:
        assert service.asked.wait(WAIT)
        listing.enter("1", answer)
        service.may_answer.set()

    seen = in_threads(3, listing.accounts, change)
    assert [set(one) for one in seen if isinstance(one, dict)] == [expected] * 3
    if answer:
        assert listing.accounts()["1"].max_jobs == 9


def test_a_fresh_look_wins_over_an_older_own_change(clock: Clock) -> None:
    service = Service("1")
    listing = Listing(service.get)
    listing.accounts()
    listing.enter("1", Account("1", max_jobs=9))
    service.held["1"] = Account("1", max_jobs=2)
    clock.now += 16
    assert listing.accounts()["1"].max_jobs == 2


def test_the_last_own_change_counts() -> None:
    listing = Listing(Service().get)
    listing.accounts()
    listing.enter("1", Account("1", max_jobs=1))
    listing.enter("1", None)
    listing.enter("1", Account("1", max_jobs=3))
    assert listing.accounts()["1"].max_jobs == 3
