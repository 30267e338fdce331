"""The faults of the emulator, each seen with a bare HTTP client or a bare socket, and the rules that choose them."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_useapi.emulator import DataError, Emulator, Subscription
from pulumi_useapi.emulator.sample import make_credentials

NOW = datetime.now(timezone.utc)
IN_30_DAYS = NOW + timedelta(days=30)
SUBSCRIPTION = Subscription("one", "user:4711-aaaaaaaaaaaa")


@pytest.fixture
def emulator(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Emulator]:
    with Emulator(tmp_path, subscriptions=[SUBSCRIPTION]) as running:
        for account in ("101", "102"):
            assert put(running, account).status_code == 201
        yield running
    # A fault that the emulator itself stumbles over would be logged by aiohttp.
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def call(emulator: Emulator, method: str, path: str, timeout: float = 20, **options: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {emulator.api_token}"
        address = f"{emulator.base_url}{path}"
        return session.request(method, address, timeout=timeout, allow_redirects=False, **options)


def put(emulator: Emulator, account: str, max_jobs: int = 2) -> requests.Response:
    credentials = make_credentials(account, expires=IN_30_DAYS)
    return call(emulator, "POST", "/accounts", json={**credentials._asdict(), "maxJobs": max_jobs})


def get(emulator: Emulator, **rule: Any) -> requests.Response:
    """The answer to a request that meets a fault."""
    emulator.set_faults([rule])
    return call(emulator, "GET", "/accounts/101")


def control(emulator: Emulator, method: str, **options: Any) -> requests.Response:
    root = emulator.base_url.removesuffix("/v1/minimax")
    return requests.request(method, f"{root}/_emulator/faults", timeout=10, **options)


def over_a_socket(emulator: Emulator) -> tuple[bytes, bool]:
    """All bytes that a GET of an account brings, and whether the connection was reset after them."""
    host, port = emulator.base_url.split("/")[2].split(":")
    head = f"GET /v1/minimax/accounts/101 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {emulator.api_token}\r\n\r\n"
    received = b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            return received, True
    return received, False


# --- which requests


def statuses(emulator: Emulator, times: int) -> list[int]:
    return [call(emulator, "GET", "/accounts").status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("nth", "expected"),
    [
        (1, [503, 200, 200, 200]),
        (3, [200, 200, 503, 200]),
        ("every", [503, 503, 503, 503]),
        ("first 2", [503, 503, 200, 200]),
    ],
)
def test_nth(emulator: Emulator, nth: int | str, expected: list[int]) -> None:
    emulator.set_faults([{"fault": "status", "nth": nth}])
    assert statuses(emulator, 4) == expected
    assert emulator.faults[0]["matched"] == 4
    assert emulator.faults[0]["happened"] == expected.count(503)


def test_method_path_and_account(emulator: Emulator) -> None:
    requested = {
        "list": ("GET", "/accounts"),
        "one": ("GET", "/accounts/101"),
        "other": ("GET", "/accounts/102"),
        "features": ("GET", "/features/?account=101"),
    }

    def met(**rule: Any) -> set[str]:
        emulator.set_faults([{"fault": "status", "status": 502, **rule}])
        found = {name for name, (method, path) in requested.items() if call(emulator, method, path).status_code == 502}
        return found | {f"put {account}" for account in ("101", "102") if put(emulator, account).status_code == 502}

    assert met() == {*requested, "put 101", "put 102"}
    assert met(method="GET") == set(requested)
    assert met(method="POST") == {"put 101", "put 102"}
    assert met(path="list") == {"list", "put 101", "put 102"}
    assert met(path="one") == {"one", "other"}
    assert met(path="features") == {"features"}
    assert met(account="101") == {"one", "features", "put 101"}
    assert met(account="102", method="POST", path="list") == {"put 102"}
    assert met(path="subscription") == set()


def test_dice_with_a_seed_fall_the_same_way_again(emulator: Emulator) -> None:
    rule = {"fault": "status", "probability": 0.5, "seed": 7}
    emulator.set_faults([rule])
    first = statuses(emulator, 20)
    emulator.set_faults([rule])
    assert statuses(emulator, 20) == first
    assert {200, 503} == set(first)
    emulator.set_faults([{**rule, "probability": 0}])
    assert set(statuses(emulator, 5)) == {200}


def test_the_first_rule_that_is_due_decides_and_all_count(emulator: Emulator) -> None:
    emulator.set_faults(
        [{"fault": "status", "status": 502, "nth": 2}, {"fault": "status", "status": 504, "nth": "first 3"}]
    )
    assert statuses(emulator, 4) == [504, 502, 504, 200]
    emulator.set_faults([])
    assert statuses(emulator, 1) == [200]


def test_rules_over_http(emulator: Emulator) -> None:
    assert control(emulator, "GET").json() == []
    answer = control(emulator, "PUT", json=[{"fault": "status", "status": 429, "retry_after": 5}])
    assert answer.status_code == 200
    assert statuses(emulator, 2) == [429, 429]
    [rule] = control(emulator, "GET").json()
    assert (rule["fault"], rule["status"], rule["nth"], rule["matched"], rule["happened"]) == (
        "status",
        429,
        "every",
        2,
        2,
    )
    for bad in (b"{", b"{}", b"1", b'[{"fault": "none"}]'):
        assert control(emulator, "PUT", data=bad).status_code == 400
    assert statuses(emulator, 1) == [429]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        1,
        {"fault": "flood"},
        {"fault": []},
        {"fault": "hang", "color": 1},
        {"fault": "hang", "method": 1},
        {"fault": "hang", "path": "all"},
        {"fault": "hang", "account": 101},
        {"fault": "hang", "nth": 0},
        {"fault": "hang", "nth": True},
        {"fault": "hang", "nth": "first 0"},
        {"fault": "hang", "nth": "last"},
        {"fault": "hang", "nth": None},
        {"fault": "hang", "probability": 1.1},
        {"fault": "hang", "probability": -0.1},
        {"fault": "hang", "probability": "1"},
        {"fault": "hang", "seed": "x"},
        {"fault": "hang", "processed": "yes"},
        {"fault": "status", "status": 99},
        {"fault": "status", "status": 600},
        {"fault": "status", "status": "503"},
        {"fault": "status", "headers": []},
        {"fault": "status", "headers": {"a": 1}},
        {"fault": "status", "text": 1},
        {"fault": "status", "envelope": "xml"},
        {"fault": "status", "retry_after": -1},
        {"fault": "status", "retry_after": 1, "retry_after_as": "smoke"},
        {"fault": "slow-body", "seconds": float("nan")},
        {"fault": "slow-body", "seconds": float("inf")},
        {"fault": "huge", "size": 0},
    ],
)
def test_a_wrong_rule_is_refused_and_changes_nothing(emulator: Emulator, rule: Any) -> None:
    emulator.set_faults([{"fault": "empty"}])
    with pytest.raises(DataError):
        emulator.set_faults([rule])
    assert [one["fault"] for one in emulator.faults] == ["empty"]


# --- answers


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 412, 429, 500, 502, 503, 504, 596])
def test_a_status(emulator: Emulator, code: int) -> None:
    answer = get(emulator, fault="status", status=code)
    assert (answer.status_code, answer.json()["code"]) == (code, code)
    assert "Retry-After" not in answer.headers


def test_envelopes(emulator: Emulator) -> None:
    rule = {"fault": "status", "status": 503, "text": "Too <busy>"}
    assert get(emulator, **rule).json() == {"error": "Too <busy>", "code": 503}
    nested = get(emulator, **rule, envelope="nested").json()
    assert nested["error"]["message"] == "Too <busy>"
    assert get(emulator, **rule, envelope="text").text == "Too <busy>"
    page = get(emulator, **rule, envelope="html")
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.text.startswith("<!DOCTYPE html>")


def test_a_retry_after_in_each_form(emulator: Emulator) -> None:
    rule = {"fault": "status", "status": 429, "retry_after": 90}
    assert get(emulator, **rule).headers["Retry-After"] == "90"
    until = parsedate_to_datetime(get(emulator, **rule, retry_after_as="date").headers["Retry-After"])
    assert timedelta(seconds=80) < until - datetime.now(timezone.utc) <= timedelta(seconds=91)
    answer = get(emulator, **rule, retry_after_as="body")
    assert "Retry-After" not in answer.headers
    until = datetime.fromisoformat(answer.json()["retryAfter"].replace("Z", "+00:00"))
    assert timedelta(seconds=80) < until - datetime.now(timezone.utc) <= timedelta(seconds=90)
    assert get(emulator, fault="status", headers={"Retry-After": "9" * 300}).headers["Retry-After"] == "9" * 300


def test_a_redirect(emulator: Emulator) -> None:
    answer = get(emulator, fault="status", status=307, headers={"Location": "http://other.example/"})
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://other.example/")


def test_odd_bodies(emulator: Emulator) -> None:
    whole = call(emulator, "GET", "/accounts/101").content
    half = get(emulator, fault="truncated")
    assert half.content == whole[: len(whole) // 2]
    assert half.headers["Content-Length"] == str(len(half.content))
    plain = get(emulator, fault="content-type")
    assert (plain.content, plain.headers["Content-Type"]) == (whole, "text/plain")
    empty = get(emulator, fault="empty")
    assert (empty.status_code, empty.content) == (200, b"")
    huge = get(emulator, fault="huge", size=200_001)
    assert len(huge.content) == 200_001
    assert json.loads(huge.content) == json.loads(whole)


def test_another_account_in_the_answer(emulator: Emulator) -> None:
    body = get(emulator, fault="wrong-account").json()
    assert (body["account"], body["jwt"]["user"]["id"]) == ("999999", "999999")
    listed = call(emulator, "GET", "/accounts").json()
    assert {key: entry["account"] for key, entry in listed.items()} == {"101": "999999", "102": "999999"}
    assert get(emulator, fault="wrong-account", text="7").json()["account"] == "7"


@pytest.mark.parametrize("fault", ["slow-start", "slow-body"])
def test_slow_answers(emulator: Emulator, fault: str) -> None:
    whole = call(emulator, "GET", "/accounts/101").content
    started = time.monotonic()
    assert get(emulator, fault=fault, seconds=0.4).content == whole
    assert 0.35 < time.monotonic() - started < 10
    emulator.set_faults([{"fault": fault, "seconds": 60}])
    started = time.monotonic()
    with pytest.raises(requests.RequestException):
        call(emulator, "GET", "/accounts/101", timeout=0.2)
    assert time.monotonic() - started < 10


def test_a_hang_has_no_answer_and_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with Emulator(tmp_path, subscriptions=[SUBSCRIPTION]) as emulator:
        emulator.set_faults([{"fault": "hang"}])
        with pytest.raises(requests.ReadTimeout):
            call(emulator, "GET", "/accounts", timeout=0.2)
        assert [(one["status"], one["fault"]) for one in emulator.requests()] == [(None, "hang")]
        started = time.monotonic()
    assert time.monotonic() - started < 10


# --- connections


@pytest.mark.parametrize("processed", [False, True])
def test_a_reset_is_one(emulator: Emulator, processed: bool) -> None:
    emulator.set_faults([{"fault": "reset", "processed": processed}])
    assert over_a_socket(emulator) == (b"", True)


def test_a_lost_answer_is_an_orderly_end_without_a_byte(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "lost"}])
    assert over_a_socket(emulator) == (b"", False)


def test_a_cut_body_is_shorter_than_it_says(emulator: Emulator) -> None:
    whole = call(emulator, "GET", "/accounts/101").content
    emulator.set_faults([{"fault": "cut"}])
    received, was_reset = over_a_socket(emulator)
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"content-length: {len(whole)}".encode() in head.lower()
    assert (body, was_reset) == (whole[: len(whole) // 2], False)


def test_nobody_listens_until_told(emulator: Emulator) -> None:
    address = emulator.base_url
    with requests.Session() as session:
        session.get(address, timeout=10)
        emulator.refuse_connections()
        emulator.refuse_connections()
        with pytest.raises(requests.ConnectionError):
            session.get(address, timeout=10)
        with pytest.raises(requests.ConnectionError, match="refused"):
            requests.get(address, timeout=10)
        emulator.accept_connections()
        emulator.accept_connections()
    assert emulator.base_url == address
    assert call(emulator, "GET", "/accounts").status_code == 200


def test_the_port_is_kept_while_nobody_listens(emulator: Emulator) -> None:
    port = int(emulator.base_url.split(":")[2].split("/")[0])
    emulator.refuse_connections()
    with socket.socket() as another, pytest.raises(OSError, match="in use"):
        another.bind(("127.0.0.1", port))
    emulator.accept_connections()


def test_a_rule_closes_the_door_for_a_while(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "refused", "seconds": 0.5, "nth": 1}])
    with pytest.raises(requests.ConnectionError):
        call(emulator, "GET", "/accounts")
    with pytest.raises(requests.ConnectionError, match="refused"):
        call(emulator, "GET", "/accounts")
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        with contextlib.suppress(requests.ConnectionError):
            assert call(emulator, "GET", "/accounts").status_code == 200
            break
    else:
        pytest.fail("nobody listens any more")


def test_it_can_end_while_nobody_listens(tmp_path: Path) -> None:
    with Emulator(tmp_path) as emulator:
        port = int(emulator.base_url.split(":")[2].split("/")[0])
        emulator.refuse_connections()
    with socket.socket() as another:
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        another.bind(("127.0.0.1", port))


# --- what the service does and logs


@pytest.mark.parametrize(
    ("rule", "is_done"),
    [
        ({"fault": "status", "status": 504}, False),
        ({"fault": "status", "status": 504, "processed": True}, True),
        ({"fault": "reset"}, False),
        ({"fault": "reset", "processed": True}, True),
        ({"fault": "lost"}, True),
        ({"fault": "lost", "processed": False}, False),
        ({"fault": "empty"}, True),
        ({"fault": "truncated"}, True),
    ],
)
def test_the_work_is_done_or_not(emulator: Emulator, rule: dict[str, Any], is_done: bool) -> None:
    emulator.set_faults([{**rule, "method": "POST"}])
    with contextlib.suppress(requests.ConnectionError):
        put(emulator, "103")
    assert ("103" in {one["account"] for one in emulator.accounts()}) is is_done
    last = emulator.requests()[-1]
    status = 201 if is_done else rule.get("status")
    assert (last["method"], last["account"], last["status"], last["fault"]) == ("POST", "103", status, rule["fault"])


def test_a_request_without_a_fault_has_none_in_the_log(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "status", "nth": 1}])
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {emulator.api_token}"
        for _ in range(2):
            session.get(f"{emulator.base_url}/accounts", timeout=10)
    assert ["fault" in one for one in emulator.requests()[-2:]] == [True, False]


def test_faults_leave_the_back_door_open(emulator: Emulator) -> None:
    emulator.set_faults([{"fault": "reset"}])
    assert control(emulator, "GET").status_code == 200
