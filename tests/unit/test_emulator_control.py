"""What tests and tools can see and change in a running emulator, and what it never gives away."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from pulumi_useapi.emulator import DataError, Emulator, Subscription
from pulumi_useapi.emulator.control import guard, is_loopback
from pulumi_useapi.emulator.sample import Credentials, make_credentials

NOW = datetime.now(timezone.utc).replace(microsecond=864_000)
IN_30_DAYS = NOW + timedelta(days=30)
SUBSCRIPTION = Subscription("one", "user:4711-aaaaaaaaaaaa")


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path, subscriptions=[SUBSCRIPTION]) as running:
        yield running


def call(emulator: Emulator, method: str, path: str, **options: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {emulator.api_token}"
        return session.request(method, f"{emulator.base_url}{path}", timeout=10, **options)


def control(emulator: Emulator, method: str, path: str, **options: Any) -> requests.Response:
    root = emulator.base_url.removesuffix("/v1/minimax")
    return requests.request(method, f"{root}/_emulator/{path}", timeout=10, **options)


def put(emulator: Emulator, credentials: Credentials, max_jobs: int = 2) -> requests.Response:
    body = {"url": credentials.url, "token": credentials.token, "maxJobs": max_jobs}
    return call(emulator, "POST", "/accounts", json=body)


# --- storage


def test_accounts_and_api_tokens_survive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    with Emulator(folder) as first:
        api_token = first.api_token
        created = put(first, make_credentials("101", expires=IN_30_DAYS)).json()
    with Emulator(folder) as second:
        assert second.api_token == api_token
        assert call(second, "GET", "/accounts").json() == {"101": created}


def test_the_first_start_makes_a_demo_subscription_in_private_files(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Emulator(folder) as running:
        [demo] = running.subscriptions
        put(running, make_credentials("101", expires=IN_30_DAYS))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert (demo.name, demo.plan, demo.max_accounts, demo.expired) == ("demo", "Free", 3, False)
    assert demo.api_token.startswith(f"user:{demo.number}-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {"subscriptions.json", "emulator.sqlite"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_given_subscriptions_are_written_and_read_back(tmp_path: Path) -> None:
    given = [SUBSCRIPTION, Subscription("two", "user:2-b", "Unlimited", 7, 9, expired=True)]
    with Emulator(tmp_path, subscriptions=given) as first:
        assert first.subscriptions == tuple(given)
        assert first.api_token == SUBSCRIPTION.api_token
    with Emulator(tmp_path) as second:
        assert second.subscriptions == tuple(given)
    assert json.loads((tmp_path / "subscriptions.json").read_text())[1] == {
        "name": "two",
        "apiToken": "user:2-b",
        "plan": "Unlimited",
        "credits": 7,
        "maxAccounts": 9,
        "expired": True,
    }


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "[]",
        "[1]",
        '[{"name": "x"}]',
        '[{"name": "x", "apiToken": "s3cret"}]',
        '[{"name": "x", "apiToken": "user:1-s3cret", "color": 1}]',
        '[{"name": "x", "apiToken": "user:1-s3cret"}, {"name": "y", "apiToken": "user:1-s3cret2"}]',
    ],
)
def test_an_unusable_subscriptions_file_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    (tmp_path / "subscriptions.json").write_text(text)

    with pytest.raises(DataError) as refused:
        Emulator(tmp_path).start()

    assert "s3cret" not in str(refused.value)
    assert (tmp_path / "subscriptions.json").read_text() == text


def test_an_unusable_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "emulator.sqlite").write_text("no database " * 100)

    with pytest.raises(DataError, match="delete it to start anew"):
        Emulator(tmp_path).start()


# --- start and stop


def test_a_taken_port_is_an_os_error_and_leaves_no_thread(emulator: Emulator, tmp_path: Path) -> None:
    threads = threading.active_count()
    port = int(emulator.base_url.removesuffix("/v1/minimax").rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        Emulator(tmp_path / "other", port=port).start()

    assert threading.active_count() == threads


def test_a_stopped_emulator_says_so_and_can_start_again(tmp_path: Path) -> None:
    stopped = Emulator(tmp_path)
    with pytest.raises(RuntimeError, match="not running"):
        _ = stopped.base_url
    stopped.stop()
    for _ in range(2):
        with stopped:
            assert call(stopped, "GET", "/accounts").status_code == 200
            with pytest.raises(RuntimeError, match="running already"):
                stopped.start()
    assert not [thread for thread in threading.enumerate() if thread.name == "useapi-emulator"]


def test_stopping_does_not_wait_for_slow_calls(tmp_path: Path) -> None:
    running = Emulator(tmp_path, latency=300)
    running.start()
    waiting = requests.Request("GET", f"{running.base_url}/accounts").prepare()
    failed: list[Exception] = []

    def wait() -> None:
        try:
            requests.Session().send(waiting, timeout=60)
        except requests.ConnectionError as cut:
            failed.append(cut)

    thread = threading.Thread(target=wait)
    thread.start()
    running.stop()
    thread.join(30)

    assert not thread.is_alive()
    assert failed


def test_the_server_answers_in_one_write_on_keep_alive(emulator: Emulator) -> None:
    put(emulator, make_credentials("101", expires=IN_30_DAYS))
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {emulator.api_token}"
        seconds = [session.get(f"{emulator.base_url}/accounts", timeout=10).elapsed.total_seconds() for _ in range(50)]
    # Two writes without TCP_NODELAY would cost each but the first few of them 40 ms.
    assert min(seconds[25:]) < 0.03


# --- the request log


def test_each_request_is_one_record(emulator: Emulator) -> None:
    credentials = make_credentials("101", expires=IN_30_DAYS, issued=NOW, unix_ms=1732266598000)
    put(emulator, credentials, max_jobs=3)
    call(emulator, "GET", "/features/?account=101", headers={"User-Agent": "tester/1"})
    requests.get(f"{emulator.base_url}/accounts", timeout=10)
    call(emulator, "GET", "/nothing/here")

    first, second, third, fourth = emulator.requests()

    assert 0 <= first.pop("seconds") < 5
    assert abs(datetime.fromisoformat(first.pop("time").replace("Z", "+00:00")) - datetime.now(timezone.utc)) < (
        timedelta(minutes=1)
    )
    assert first.pop("userAgent").startswith("python-requests/")
    assert first == {
        "sequence": 1,
        "method": "POST",
        "path": "/v1/minimax/accounts",
        "subscription": 4711,
        "account": "101",
        "status": 201,
        "maxJobs": 3,
        "exp": IN_30_DAYS.timestamp(),
        "iat": NOW.timestamp(),
        "unix": "1732266598000",
    }
    assert (second["path"], second["account"], second["userAgent"]) == ("/v1/minimax/features/", "101", "tester/1")
    assert (third["status"], third["subscription"]) == (401, None)
    assert (fourth["status"], fourth["path"]) == (404, "/v1/minimax/nothing/here")


def test_the_log_can_be_read_from_a_number_on_and_cleared(emulator: Emulator) -> None:
    for _ in range(3):
        call(emulator, "GET", "/accounts")

    assert [one["sequence"] for one in emulator.requests(after=1)] == [2, 3]
    assert control(emulator, "GET", "requests?after=2").json() == emulator.requests(after=2)
    assert control(emulator, "GET", "requests").json() == emulator.requests()
    assert control(emulator, "GET", "requests?after=x").status_code == 400
    assert control(emulator, "DELETE", "requests").status_code == 204
    assert emulator.requests() == []
    call(emulator, "GET", "/accounts")
    assert [one["sequence"] for one in emulator.requests()] == [4]


def test_one_line_per_request_and_no_line_can_be_forged(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "pulumi_useapi.emulator"):
        put(emulator, make_credentials("101", expires=IN_30_DAYS))
        call(emulator, "GET", "/accounts/1%0A2?secret=1")

    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("POST /v1/minimax/accounts 201 0.0")
    assert "subscription=4711 account=101 maxJobs=2" in first
    assert "\n" not in second
    assert "secret" not in second


def test_no_secret_is_kept_anywhere(
    emulator: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    good = make_credentials("101", expires=IN_30_DAYS)
    old = make_credentials("101", expires=NOW - timedelta(days=1))
    with caplog.at_level(logging.DEBUG):
        for credentials in (good, old, Credentials(good.url, "nojwt-s3cret"), Credentials("ftp://s3cret", good.token)):
            put(emulator, credentials)
            put(emulator, credentials, max_jobs=99)
        put(emulator, Credentials("https://me:s3cret@hailuoai.video/s3cret-path?unix=word#s3cret", good.token))
        assert emulator.requests()[-1]["unix"] is None
        put(emulator, good)
        call(emulator, "GET", "/accounts/101")
        call(emulator, "GET", "/accounts", headers={"Authorization": "Bearer user:1-s3cret"})
        answers = call(emulator, "GET", "/accounts").text + control(emulator, "GET", "accounts").text
        answers += control(emulator, "GET", "subscriptions").text + json.dumps(emulator.requests())
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name != "subscriptions.json")
    console = "".join(capfd.readouterr())
    everything = (caplog.text + console + answers).encode() + files

    assert b"101" in files
    secrets = [emulator.api_token, "s3cret"]
    for credentials in (good, old):
        secrets += [credentials.url, credentials.token, *credentials.token.split(".")[1:]]
    for secret in secrets:
        for encoded in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()):
            assert encoded.encode() not in everything


# --- switches


def test_latency_delays_every_call_of_the_service_only(tmp_path: Path) -> None:
    with Emulator(tmp_path, latency=0.2) as running:
        call(running, "GET", "/accounts")
        [record] = running.requests()
        assert record["seconds"] >= 0.2
        assert control(running, "GET", "behaviour").json()["latency"] == 0.2
        control(running, "PATCH", "behaviour", json={"latency": 0})
        call(running, "GET", "/accounts")
        assert running.requests()[1]["seconds"] < 0.2


def test_the_servers_own_numbers_are_stable(emulator: Emulator) -> None:
    emulator.set_behaviour(numbers="own")
    credentials = make_credentials("101", expires=IN_30_DAYS, issued=NOW)

    first, second = put(emulator, credentials).json(), put(emulator, credentials).json()

    assert first == second == call(emulator, "GET", "/accounts/101").json()
    assert first["jwt"]["exp"] == IN_30_DAYS.timestamp() + 3600.5
    assert first["jwt"]["iat"] == NOW.timestamp() + 3600.5
    shown = (IN_30_DAYS + timedelta(seconds=3600.5)).isoformat(timespec="milliseconds")
    assert first["jwt"]["exp_Expire"] == shown.replace("+00:00", "Z")


def test_the_mask_can_be_constant(emulator: Emulator) -> None:
    emulator.set_behaviour(mask="constant")

    assert put(emulator, make_credentials("101", expires=IN_30_DAYS)).json()["jwt"]["token"] == "abc…secured…xyz"


def test_fields_can_be_left_out_and_added(emulator: Emulator) -> None:
    whole = put(emulator, make_credentials("101", expires=IN_30_DAYS)).json()
    emulator.set_behaviour(
        omit=["jwt.searchParams", "supportVideo", "jwt.user.name", "no.such.field", "account.deeper"],
        extra={"region": "eu", "supportChat": False, "jwt": {"kid": 7}},
    )
    body = call(emulator, "GET", "/accounts").json()["101"]

    assert body.keys() == whole.keys() - {"supportVideo"} | {"region"}
    assert body["jwt"].keys() == whole["jwt"].keys() - {"searchParams"} | {"kid"}
    assert body["jwt"]["user"].keys() == whole["jwt"]["user"].keys() - {"name"}
    assert (body["region"], body["supportChat"], body["jwt"]["kid"]) == ("eu", False, 7)
    emulator.set_behaviour(omit=["jwt"], extra={})
    assert call(emulator, "GET", "/accounts/101").json().keys() == whole.keys() - {"jwt"}
    emulator.set_behaviour(omit=[])
    assert call(emulator, "GET", "/accounts/101").json() == whole


def test_delete_may_answer_200_with_json(emulator: Emulator) -> None:
    put(emulator, make_credentials("101", expires=IN_30_DAYS))
    emulator.set_behaviour(delete_status=200)

    answer = call(emulator, "DELETE", "/accounts/101")

    assert (answer.status_code, answer.json()) == (200, {"account": "101"})
    assert emulator.accounts() == []


def test_refusals_of_one_account(emulator: Emulator) -> None:
    for account in ("101", "102"):
        put(emulator, make_credentials(account, expires=IN_30_DAYS))
    emulator.set_behaviour(accounts={"101": {"refuse": 596}})

    for path in ("/accounts/101", "/features/?account=101"):
        answer = call(emulator, "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (596, 596)
    assert put(emulator, make_credentials("101", expires=IN_30_DAYS)).status_code == 596
    assert put(emulator, make_credentials("102", expires=IN_30_DAYS)).status_code == 201
    assert call(emulator, "GET", "/accounts").json().keys() == {"101", "102"}
    assert call(emulator, "DELETE", "/accounts/101").status_code == 204
    emulator.set_behaviour(accounts={"102": {"refuse": 503, "methods": ["DELETE"]}})
    assert call(emulator, "DELETE", "/accounts/102").status_code == 503
    assert call(emulator, "GET", "/accounts/102").status_code == 200


def test_a_429_says_how_long_to_wait(emulator: Emulator) -> None:
    emulator.set_behaviour(accounts={"101": {"refuse": 429, "retryAfter": 90}})

    answer = call(emulator, "GET", "/accounts/101")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "90")
    until = datetime.fromisoformat(answer.json()["retryAfter"].replace("Z", "+00:00"))
    assert timedelta(seconds=80) < until - datetime.now(timezone.utc) <= timedelta(seconds=90)


def test_behaviour_over_http(emulator: Emulator) -> None:
    defaults = control(emulator, "GET", "behaviour").json()
    changed = control(emulator, "PATCH", "behaviour", json={"mask": "constant", "omit": ["jwt"]}).json()
    replaced = control(emulator, "PUT", "behaviour", json={"numbers": "own"}).json()

    assert defaults == {
        "latency": 0.0,
        "numbers": "echo",
        "mask": "ends",
        "omit": [],
        "extra": {},
        "delete_status": 204,
        "accounts": {},
    }
    assert changed == {**defaults, "mask": "constant", "omit": ["jwt"]}
    assert replaced == {**defaults, "numbers": "own"}


@pytest.mark.parametrize(
    "changes",
    [
        {"latencies": 1},
        {"latency": -1},
        {"latency": "1"},
        {"latency": True},
        {"numbers": "random"},
        {"mask": "none"},
        {"omit": "jwt"},
        {"omit": [1]},
        {"extra": []},
        {"delete_status": 201},
        {"accounts": []},
        {"accounts": {"101": 1}},
        {"accounts": {"101": {"refused": 1}}},
        {"accounts": {"101": {"refuse": "maybe"}}},
        {"accounts": {"101": {"refuse": 200}}},
        {"accounts": {"101": {"refuse": []}}},
        {"accounts": {"101": {"error": 1}}},
        {"accounts": {"101": {"methods": "GET"}}},
        {"accounts": {"101": {"retryAfter": -1}}},
    ],
)
def test_a_wrong_switch_is_refused_and_changes_nothing(emulator: Emulator, changes: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        emulator.set_behaviour(**changes)
    answer = control(emulator, "PATCH", "behaviour", json={"mask": "constant", **changes})

    assert answer.status_code == 400
    assert control(emulator, "GET", "behaviour").json()["mask"] == "ends"
    for body in (b"{", b"[]", b""):
        assert control(emulator, "PATCH", "behaviour", data=body).status_code == 400


# --- edits behind the client's back


def test_stored_fields_can_be_edited(emulator: Emulator) -> None:
    put(emulator, make_credentials("101", expires=IN_30_DAYS))

    emulator.edit(4711, "101", maxJobs=7, exp=1734858598.864, iat=None, searchParams="unix=1", error="on hold")
    answer = control(emulator, "PATCH", "accounts/4711/101", json={"supportMusic": True, "supportVideo": False})

    body = call(emulator, "GET", "/accounts/101").json()
    assert answer.status_code == 200
    assert (body["maxJobs"], body["error"], body["supportMusic"], body["supportVideo"]) == (7, "on hold", True, False)
    assert (body["jwt"]["exp"], body["jwt"]["exp_Expire"]) == (1734858598.864, "2024-12-22T09:09:58.864Z")
    assert body["jwt"]["searchParams"] == "unix=1"
    assert "iat" not in body["jwt"]
    assert control(emulator, "GET", "accounts").json() == emulator.accounts()
    assert emulator.accounts()[0].items() >= {"subscription": 4711, "account": "101", "maxJobs": 7}.items()


@pytest.mark.parametrize("changes", [{"token": "x"}, {"maxJobs": "7"}, {"maxJobs": True}, {"exp": "x"}, {"user": 1}])
def test_a_wrong_edit_is_refused(emulator: Emulator, changes: dict[str, Any]) -> None:
    put(emulator, make_credentials("101", expires=IN_30_DAYS))
    before = emulator.accounts()

    with pytest.raises(DataError):
        emulator.edit(4711, "101", **changes)

    assert control(emulator, "PATCH", "accounts/4711/101", json=changes).status_code == 400
    assert emulator.accounts() == before


def test_an_account_can_be_deleted_behind_the_clients_back(emulator: Emulator) -> None:
    for account in ("101", "102"):
        put(emulator, make_credentials(account, expires=IN_30_DAYS))

    emulator.delete(4711, "101")
    emulator.delete(4711, "101")

    assert [one["account"] for one in emulator.accounts()] == ["102"]
    assert control(emulator, "DELETE", "accounts/9999/102").status_code == 404
    assert control(emulator, "DELETE", "accounts/4711/102").status_code == 204
    assert control(emulator, "DELETE", "accounts/4711/102").status_code == 404
    assert control(emulator, "PATCH", "accounts/4711/102", json={}).status_code == 404
    with pytest.raises(KeyError):
        emulator.edit(4711, "102", maxJobs=1)


def test_a_subscription_can_be_edited_but_for_its_api_token(emulator: Emulator, tmp_path: Path) -> None:
    answer = control(emulator, "PATCH", "subscriptions/4711", json={"plan": "Standard", "maxAccounts": 1})

    assert answer.json() == {
        "number": 4711,
        "name": "one",
        "plan": "Standard",
        "credits": 100,
        "maxAccounts": 1,
        "expired": False,
    }
    assert control(emulator, "GET", "subscriptions").json() == [answer.json()]
    assert json.loads((tmp_path / "subscriptions.json").read_text())[0]["plan"] == "Standard"
    for changes in ({"apiToken": "user:1-x"}, {"number": 1}, {"plan": "Gold"}):
        assert control(emulator, "PATCH", "subscriptions/4711", json=changes).status_code == 400
    assert control(emulator, "PATCH", "subscriptions/1", json={}).status_code == 404
    assert emulator.api_token == SUBSCRIPTION.api_token


def test_other_machines_may_not_look_into_the_emulator() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(text="in")

    def status_for(address: str) -> int:
        request = make_mocked_request("GET", "/_emulator/accounts").clone(remote=address)
        return asyncio.run(_answer(request)).status

    async def _answer(request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)
        return await guard(request, handler)

    assert [status_for(address) for address in ("127.0.0.1", "127.8.8.8", "::1")] == [200] * 3
    assert [status_for(address) for address in ("10.0.0.1", "192.168.1.2", "::2", "")] == [403] * 4
    assert not is_loopback(None)


# --- samples and rules


def test_samples_look_like_the_real_thing() -> None:
    one = make_credentials("101", expires=IN_30_DAYS, unix_ms=1)
    two = make_credentials("101", expires=IN_30_DAYS, unix_ms=1)

    assert one.url == two.url
    assert one.token != two.token
    assert one.url.startswith("https://hailuoai.video/")
    assert "/cursor?device_platform=web&" in one.url
    assert make_credentials("102", expires=IN_30_DAYS, unix_ms=1).url != one.url


def test_the_database_holds_one_row_per_account(emulator: Emulator, tmp_path: Path) -> None:
    for _ in range(2):
        put(emulator, make_credentials("101", expires=IN_30_DAYS))
    database = sqlite3.connect(tmp_path / "emulator.sqlite")
    try:
        assert database.execute("SELECT subscription, account FROM accounts").fetchall() == [(4711, "101")]
    finally:
        database.close()
