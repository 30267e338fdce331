"""How many requests of a subscription are under way, and what one 429 means for all its workers: on a real service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.client import UseApiClient
from pulumi_useapi.connections import Connections
from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.errors import ConfigurationError, RateLimitedError, UseApiError
from pulumi_useapi.http.answers import Answer
from pulumi_useapi.http.politeness import PausedError, Politeness
from pulumi_useapi.settings import read_settings

WORKERS = 24
ONE = Subscription("one", "user:4711-dG9rZW4gb2YgdGhlIHRlc3Q")
TWO = Subscription("two", "user:4712-YW5vdGhlciB0b2tlbiBvZiBpdA")
TOO_MANY = Answer(429, b"slow down")


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path, subscriptions=[ONE, TWO]) as running:
        yield running


def client_of(emulator: Emulator, **options: Any) -> UseApiClient:
    return UseApiClient(ONE.api_token, base_url=emulator.base_url, **{"backoff": 0.01, **options})


def outcomes(*calls: Callable[[], object]) -> list[UseApiError | None]:
    """Make the calls at the same time, each in a thread of its own; the error of each."""
    together = threading.Barrier(len(calls))

    def attempt(call: Callable[[], object]) -> UseApiError | None:
        together.wait(30)
        try:
            call()
        except UseApiError as error:
            return error
        return None

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(attempt, calls))


def spans(emulator: Emulator) -> list[tuple[float, float]]:
    """When each request arrived and was answered, seconds since the epoch."""
    arrivals = [(datetime.fromisoformat(one["time"].replace("Z", "+00:00")), one) for one in emulator.requests()]
    return [(arrived.timestamp(), arrived.timestamp() + one["seconds"]) for arrived, one in arrivals]


def most_at_once(times: Sequence[tuple[float, float]]) -> int:
    # The log's times are whole milliseconds.
    return max(sum(began <= start < ended - 0.002 for began, ended in times) for start, _ in times)


# The limit


def test_no_more_requests_at_once_than_the_limit_for_everybody_who_shares_it(emulator: Emulator) -> None:
    emulator.set_behaviour(latency=0.1)
    client = client_of(emulator, max_requests=3)
    adviser = client.with_deadline_of(5)
    assert outcomes(*[client.list_accounts] * 6, *[adviser.list_accounts] * 6) == [None] * 12
    assert most_at_once(spans(emulator)) == 3


def test_another_subscription_has_a_limit_of_its_own(emulator: Emulator) -> None:
    emulator.set_behaviour(latency=0.3)
    client = client_of(emulator, max_requests=3)
    other = client.with_api_token(TWO.api_token)
    assert outcomes(*[client.list_accounts] * 3, *[other.list_accounts] * 3) == [None] * 6
    assert most_at_once(spans(emulator)) == 6
    assert {one["subscription"] for one in emulator.requests()} == {4711, 4712}


def test_waiting_for_ones_turn_does_not_eat_the_deadline(emulator: Emulator) -> None:
    emulator.set_behaviour(latency=0.2)
    client = client_of(emulator, max_requests=2, deadline=1)
    started = time.monotonic()
    assert outcomes(*[client.list_accounts] * WORKERS) == [None] * WORKERS
    assert time.monotonic() - started > 2


def test_a_failed_request_gives_its_place_back(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "reset", "nth": 1}])
    client = client_of(emulator, max_requests=1)
    client.list_accounts()
    client.list_accounts()
    assert len(emulator.requests()) == 3


@pytest.mark.parametrize("number", [0, 257, -1, "x", "", 1.5, True])
def test_a_bad_limit(number: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        UseApiClient(ONE.api_token, max_requests=number)
    sentence = "useapi:maxRequests (USEAPI_MAX_REQUESTS): it must be a whole number of requests from 1 to 256"
    assert str(caught.value) == sentence


def test_all_that_a_connection_asks_is_under_one_limit_and_one_pause(emulator: Emulator) -> None:
    environment = {
        "USEAPI_BASE_URL": emulator.base_url,
        "USEAPI_API_TOKEN": ONE.api_token,
        "USEAPI_API_TOKEN_AGAIN": ONE.api_token,
        "USEAPI_API_TOKEN_TWO": TWO.api_token,
        "USEAPI_MAX_REQUESTS": "2",
    }
    connections = Connections(read_settings(lambda _: None, environment))
    connection = connections.get(None)
    assert connections.get("again") is connection
    emulator.set_behaviour(latency=0.1)
    outcomes(*[connection.client.list_accounts, connection.adviser.get_subscription] * 3)
    assert most_at_once(spans(emulator)) == 2

    emulator.set_faults([{"fault": "status", "status": 429, "retry_after": 3600, "nth": 1}])
    before = len(emulator.requests())
    for ask in (connection.client.list_accounts, connection.adviser.get_subscription):
        with pytest.raises(RateLimitedError):
            ask()
    assert len(emulator.requests()) == before + 1
    assert connections.get("two").client.list_accounts() == {}


# The pause


def test_one_429_makes_all_workers_wait(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "status", "status": 429, "retry_after": 1, "nth": 1}])
    emulator.set_behaviour(latency=0.05)
    client = client_of(emulator, max_requests=4)
    assert outcomes(*[client.list_accounts] * WORKERS) == [None] * WORKERS
    requests = emulator.requests()
    refused = [one for one in requests if one["status"] == 429]
    assert len(refused) == 1
    times = sorted(spans(emulator))
    # Those that were under way; then nobody for a second; then one alone; then the others.
    gap = max(range(1, len(times)), key=lambda index: times[index][0] - times[index - 1][0])
    assert gap <= 4
    assert times[gap][0] - times[gap - 1][0] > 0.9
    assert times[gap + 1][0] >= times[gap][1] - 0.002


def test_a_pause_that_is_too_long_is_told_to_everybody_by_one_request(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "status", "status": 429, "retry_after": 3600}])
    client = client_of(emulator, max_requests=1)
    errors = outcomes(*[client.list_accounts] * WORKERS, lambda: client.delete_account("302"))
    assert len(emulator.requests()) == 1
    assert {type(error) for error in errors} == {RateLimitedError}
    assert len({error.retry_at for error in errors if isinstance(error, RateLimitedError)}) == 1
    assert "useapi.net asks to wait until" in str(errors[-1])
    assert str(errors[-1]).endswith("run the same command again then; nothing was changed for account 302")


def test_a_service_that_always_says_429_is_asked_ever_more_rarely_by_all_together(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "status", "status": 429}])
    client = client_of(emulator, backoff=0.1, deadline=3)
    started = time.monotonic()
    errors = outcomes(*[client.list_accounts] * WORKERS)
    assert {type(error) for error in errors} == {RateLimitedError}
    assert time.monotonic() - started < 4
    # 10 at first, then one after 0.1, 0.2, 0.4, 0.8 … s, or after half of that.
    assert len(emulator.requests()) < 10 + 8


def test_a_pause_counts_towards_the_deadline(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "status", "status": 429, "retry_after": 1}])
    with pytest.raises(RateLimitedError):
        client_of(emulator, deadline=2.5).list_accounts()
    assert len(emulator.requests()) == 3


def test_who_was_sent_before_a_pause_neither_ends_nor_lengthens_the_row() -> None:
    politeness = Politeness(2)
    ends = time.monotonic() + 5
    row: list[int] = []

    def seconds(pauses: int) -> float:
        row.append(pauses)
        return 0.05

    with politeness.turn(ends) as first, politeness.turn(ends) as second:
        politeness.pause(first, TOO_MANY, seconds)
        politeness.pause(second, TOO_MANY, seconds)
        politeness.go_on(second)
    with politeness.turn(ends) as third:
        politeness.pause(third, TOO_MANY, seconds)
    with politeness.turn(ends) as fourth:
        politeness.go_on(fourth)
    with politeness.turn(ends) as fifth:
        politeness.pause(fifth, TOO_MANY, seconds)
    assert row == [1, 1, 2, 1]


def test_no_turn_within_a_pause_that_lasts_too_long() -> None:
    politeness = Politeness(1)
    with politeness.turn(time.monotonic() + 1) as turn:
        politeness.pause(turn, TOO_MANY, lambda _: 60)
    with pytest.raises(PausedError) as caught, politeness.turn(time.monotonic() + 30):
        pass
    assert caught.value.refusal.answer is TOO_MANY
