"""The client against a real server on loopback that answers, drips, stalls and resets."""

from __future__ import annotations

import base64
import contextlib
import gc
import gzip
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import requests.adapters
import urllib3

from pulumi_useapi import errors
from pulumi_useapi.client import UseApiClient
from pulumi_useapi.http.endpoint import DEFAULT_BASE_URL
from pulumi_useapi.models import Account
from pulumi_useapi.version import __version__
from tests.support.http_server import ScriptedServer, Step, answer, drip, raw, reset, stall

API_TOKEN = "user:4711-Zq8LmPk2Wv9RtYx3"
URL = "https://hailuoai.video/v4/api/cursor?uuid=b5df53d1-4c0d-4c77-8422-87e3&device_id=918273645546372&unix=1732266598000"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MzQ4NTg1OTguODY0LCJ1c2VyIjp7ImlkIjoiMzAyIn19.Xk9-Qw3_ErTyUiOpAsDfGh"
BODY = {"account": "302", "jwt": {"exp": 1734858598.864, "searchParams": "unix=7"}, "maxJobs": 2}
OK = answer(201, BODY)
CHECK = "check useapi:baseUrl (USEAPI_BASE_URL) and the proxy, if there is one"
UNKNOWN = "whether account 302 was configured is not known"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def client_of(server: ScriptedServer, **options: Any) -> UseApiClient:
    options = {"timeout": 5, "deadline": 5, "backoff": 0, **options}
    return UseApiClient(API_TOKEN, base_url=server.base_url, **options)


def put(client: UseApiClient) -> Account:
    return client.put_account(URL, TOKEN, 2, account="302")


CALLS: dict[str, Callable[[UseApiClient], object]] = {
    "put": put,
    "list": UseApiClient.list_accounts,
    "get": lambda client: client.get_account("302"),
    "delete": lambda client: client.delete_account("302"),
    "features": lambda client: client.get_features("302"),
    "subscription": UseApiClient.get_subscription,
}


def failure(call: Callable[[UseApiClient], object], *steps: Step, **options: Any) -> errors.UseApiError:
    with ScriptedServer(*steps) as server, client_of(server, **options) as client:
        with pytest.raises(errors.UseApiError) as caught:
            call(client)
        return caught.value


# What is sent


def test_put_sends_the_documented_request() -> None:
    with ScriptedServer(OK) as server, client_of(server) as client:
        account = client.put_account(URL, TOKEN, 2)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/minimax/accounts")
    assert json.loads(request.body) == {"url": URL, "token": TOKEN, "maxJobs": 2}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == f"Bearer {API_TOKEN}"
    assert request.headers["user-agent"] == f"pulumi-useapi/{__version__}"
    assert account == Account("302", 2, exp=1734858598.864, search_params="unix=7")


@pytest.mark.parametrize(
    ("name", "method", "path", "body"),
    [
        ("list", "GET", "/v1/minimax/accounts", {}),
        ("get", "GET", "/v1/minimax/accounts/302", BODY),
        ("delete", "DELETE", "/v1/minimax/accounts/302", {}),
        ("features", "GET", "/v1/minimax/features/?account=302", {}),
        ("subscription", "GET", "/v2/account", {}),
    ],
)
def test_every_other_call_sends_no_body(name: str, method: str, path: str, body: object) -> None:
    with ScriptedServer(answer(200, body)) as server, client_of(server) as client:
        CALLS[name](client)
    (request,) = server.requests
    assert (request.method, request.path, request.body) == (method, path, b"")
    assert request.headers["authorization"] == f"Bearer {API_TOKEN}"
    assert "content-type" not in request.headers


def test_an_account_id_stays_one_segment_of_the_path() -> None:
    with ScriptedServer(answer(200, {})) as server, client_of(server) as client:
        client.get_account("a/../b?c#d e")
    assert server.requests[0].path == "/v1/minimax/accounts/a%2F..%2Fb%3Fc%23d%20e"


@pytest.mark.parametrize("account", ["", ".", ".."])
def test_an_account_id_that_leads_elsewhere_is_refused(account: str) -> None:
    with ScriptedServer(OK) as server, client_of(server) as client:
        for call in (client.get_account, client.delete_account, client.get_features):
            with pytest.raises(errors.ConfigurationError, match="name the account"):
                call(account)
    assert not server.requests


def test_the_netrc_file_never_replaces_the_token(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    (tmp_path / ".netrc").chmod(0o600)
    with ScriptedServer(answer(200, {})) as server, client_of(server) as client:
        client.list_accounts()
    assert server.requests[0].headers["authorization"] == f"Bearer {API_TOKEN}"


def test_loopback_needs_no_proxy_and_elsewhere_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(answer(200, {})) as server, ScriptedServer(raw(b"HTTP/1.1 403 No\r\n\r\n")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        with client_of(server) as client:
            client.list_accounts()
        assert (len(server.requests), len(proxy.requests)) == (1, 0)
        with UseApiClient(API_TOKEN, backoff=0) as client, pytest.raises(errors.UnreachableError) as caught:
            client.list_accounts()
    assert str(caught.value) == (
        "the proxy does not connect to api.useapi.net: "
        "correct or unset HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, then run the same command again"
    )
    assert {request.method for request in proxy.requests} == {"CONNECT"}
    assert all("authorization" not in request.headers for request in proxy.requests)


def test_cookies_are_not_kept() -> None:
    step = answer(200, {}, {"Set-Cookie": "session=1; Path=/"})
    with ScriptedServer(step) as server, client_of(server) as client:
        client.list_accounts()
        client.list_accounts()
    assert all("cookie" not in request.headers for request in server.requests)


def test_connections_are_kept_and_threads_share_a_client() -> None:
    with ScriptedServer(answer(200, {"302": BODY})) as server, client_of(server, max_requests=8) as client:
        with ThreadPoolExecutor(8) as workers:
            lists = list(workers.map(lambda _: client.list_accounts(), range(40)))
        assert all(list(entries) == ["302"] for entries in lists)
        assert len(server.requests) == 40


# Settings


@pytest.mark.parametrize("token", ["", "  \n", "user:1 2", "user:1\n2", "user:é", "user:\x00"])
def test_an_impossible_api_token_is_refused(token: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="pulumi config set --secret useapi:apiToken") as caught:
        UseApiClient(token)
    assert "user:" not in str(caught.value)


def test_blank_space_around_the_api_token_is_dropped_and_repr_hides_it() -> None:
    with ScriptedServer(answer(200, {})) as server:
        client = UseApiClient(f" {API_TOKEN}\n", base_url=server.base_url + "/")
        client.list_accounts()
        client.close()
    assert repr(client) == f"UseApiClient(base_url='{server.base_url}')"
    assert server.requests[0].headers["authorization"] == f"Bearer {API_TOKEN}"
    assert server.requests[0].path == "/v1/minimax/accounts"


@pytest.mark.parametrize(
    ("base_url", "fault"),
    [
        ("", "must be an https address with a host"),
        ("api.useapi.net", "must be an https address with a host"),
        ("ftp://api.useapi.net", "must be an https address with a host"),
        ("https+insecure://api.useapi.net", "must be an https address with a host"),
        ("https://", "must be an https address with a host"),
        ("https:///v1/minimax", "must be an https address with a host"),
        ("https://me:word@api.useapi.net", "must not hold a user name or password"),
        (r"http://127.0.0.1\@evil.example", "must not hold a user name or password"),
        ("https://api.useapi.net/?a=1", "must end with its path, without ? and #"),
        ("https://api.useapi.net/#a", "must end with its path, without ? and #"),
        ("https://api.useapi.net?", "must end with its path, without ? and #"),
        ("https://api.useapi.net:99999", "is no address"),
        ("https://api.useapi.net:x", "is no address"),
        ("https://api.useapi.net:0", "is no address"),
        ("https://[::1", "is no address"),
        ("https://api useapi.net", "is no address"),
        ("https://ÿ.example", "is no address"),
        ("https://api.useapi.net/v1 2", "is no address"),
        ("http://api.useapi.net", "must use https, because plain http is only for this machine itself"),
        ("http://localhost.evil.example", "must use https, because plain http is only for this machine itself"),
        ("http://127.0.0.1.evil.example", "must use https, because plain http is only for this machine itself"),
        ("http://0.0.0.0", "must use https, because plain http is only for this machine itself"),
        ("http://2130706433", "must use https, because plain http is only for this machine itself"),
    ],
)
def test_a_wrong_base_url_is_refused(base_url: str, fault: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        UseApiClient(API_TOKEN, base_url=base_url)
    assert str(caught.value) == (
        f"the base URL {fault}: correct useapi:baseUrl (USEAPI_BASE_URL), or unset it for useapi.net itself"
    )


@pytest.mark.parametrize(
    "base_url",
    [
        DEFAULT_BASE_URL,
        "https://host:8443",
        "http://localhost:1/x",
        "http://127.9.9.9",
        "http://[::1]:8787/v1/minimax/",
    ],
)
def test_a_good_base_url(base_url: str) -> None:
    UseApiClient(API_TOKEN, base_url=base_url).close()


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), True, "30", None, 1e9])
@pytest.mark.parametrize("name", ["timeout", "deadline"])
def test_seconds_must_be_a_finite_positive_number(name: str, seconds: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match=rf"useapi:{name} \(USEAPI_{name.upper()}\)"):
        UseApiClient(API_TOKEN, **{name: seconds})


def test_the_subscription_needs_a_base_url_of_the_usual_shape() -> None:
    client = UseApiClient(API_TOKEN, base_url="http://127.0.0.1:9/api")
    with client, pytest.raises(errors.ConfigurationError, match="does not end in /v1/minimax"):
        client.get_subscription()


# Answers


def test_a_list_is_read_by_its_keys() -> None:
    body = {"302": BODY, "303": {"error": "on hold", "maxJobs": 3}, "304": {"account": 304}}
    with ScriptedServer(answer(200, body)) as server, client_of(server) as client:
        accounts = client.list_accounts()
    assert list(accounts) == ["302", "303", "304"]
    assert accounts["303"] == Account("303", 3, error="on hold")


def test_the_word_on_a_broken_account_repeats_no_secret() -> None:
    body = {"account": "302", "error": f"login of {TOKEN} by {API_TOKEN} failed"}
    with ScriptedServer(answer(201, body)) as server, client_of(server) as client:
        assert put(client).error == "login of [secret] by [secret] failed"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_delete_takes_any_success(status: int) -> None:
    step = raw(b"HTTP/1.1 204 No Content\r\n\r\n", keep=True) if status == 204 else answer(status, {"deleted": True})
    with ScriptedServer(step) as server, client_of(server) as client:
        client.delete_account("302")
        client.delete_account("302")
    assert len(server.requests) == 2


LISTS: list[tuple[object, str]] = [
    ("", "an empty body"),
    ("<html>Sign in</html>", "an HTML page"),
    ("fine", "no JSON"),
    ('{"302": {', "no JSON"),
    (b"\xff\xfe\xfa", "no JSON"),
    ("[" * 200_000, "no JSON"),
    ([], "JSON of another shape"),
    ("null", "JSON of another shape"),
    ({"error": "Unauthorized", "code": 401}, '"Unauthorized"'),
    ({"error": {}}, "JSON of another shape"),
    ({"302": BODY, "303": None}, "a list with an entry that is no account"),
    ({"": BODY}, "a list with an entry that is no account"),
    ({"303": BODY}, "a list with an entry that names another account"),
]


@pytest.mark.parametrize(("body", "what"), LISTS)
def test_what_is_no_complete_list_is_an_error(body: object, what: str) -> None:
    error = failure(UseApiClient.list_accounts, answer(200, body))
    assert type(error) is errors.UnexpectedAnswerError
    assert str(error) == f"the answer is not the API's (200, {what}): {CHECK}"


@pytest.mark.parametrize("name", ["put", "get", "features", "subscription"])
@pytest.mark.parametrize("body", ["", "<p>", "[]", '"x"', '{"error": "no", "code": 500}', '{"account": '])
def test_a_success_without_data_is_an_error(name: str, body: str) -> None:
    error = failure(CALLS[name], answer(200, body))
    assert type(error) is errors.UnexpectedAnswerError
    assert str(error).endswith(UNKNOWN if name == "put" else CHECK)


def test_put_of_an_unknown_account_needs_an_answer_that_names_it() -> None:
    error = failure(lambda client: client.put_account(URL, TOKEN, 2), answer(201, {"maxJobs": 2}))
    assert str(error) == (
        f"the answer is not the API's (201, an answer that names no account): {CHECK}; "
        "whether the account was configured is not known"
    )


@pytest.mark.parametrize("name", ["put", "get"])
def test_another_account_in_the_answer_is_an_error(name: str) -> None:
    error = failure(CALLS[name], answer(201, {**BODY, "account": "999"}))
    assert type(error) is errors.UnexpectedAnswerError
    assert str(error).startswith("useapi.net answered for account 999 when account 302 was meant: compare ")


@pytest.mark.parametrize("body", ["<html>Sign in</html>", {"error": "no"}])
def test_a_sign_in_page_does_not_delete(body: object) -> None:
    assert isinstance(failure(CALLS["delete"], answer(200, body)), errors.UnexpectedAnswerError)


WORDLESS = [answer(200), answer(200, b'{"deleted": tr'), answer(202, "OK"), answer(200, [])]


@pytest.mark.parametrize("step", WORDLESS)
def test_a_success_without_a_word_deletes_when_the_account_is_gone(step: Step) -> None:
    with ScriptedServer(step, answer(404, "Configuration not found.")) as server, client_of(server) as client:
        client.delete_account("302")
    assert [request.method for request in server.requests] == ["DELETE", "GET"]


@pytest.mark.parametrize("step", WORDLESS)
def test_a_success_without_a_word_does_not_delete_when_the_account_is_there(step: Step) -> None:
    with (
        ScriptedServer(step, answer(200, BODY)) as server,
        client_of(server) as client,
        pytest.raises(errors.UnexpectedAnswerError) as caught,
    ):
        client.delete_account("302")
    assert str(caught.value).startswith("the answer for account 302 is not the API's (")
    assert str(caught.value).endswith("; nothing was changed for account 302")


def test_a_delete_of_another_account_is_an_error() -> None:
    error = failure(CALLS["delete"], answer(200, {"account": "999"}))
    assert str(error).startswith("useapi.net answered for account 999 when account 302 was meant: compare ")


@pytest.mark.parametrize("name", ["get", "delete", "features"])
def test_the_apis_own_404(name: str) -> None:
    error = failure(CALLS[name], answer(404, "Configuration not found. To create configuration use POST ..."))
    assert isinstance(error, errors.AccountNotFoundError)
    assert error.account == "302"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", CALLS)
def test_redirects_are_not_followed(name: str, status: int) -> None:
    with ScriptedServer(answer(200, {})) as other:
        error = failure(CALLS[name], answer(status, "<p>", {"Location": f"{other.base_url}/accounts"}))
    assert f" is not the API's ({status}, a redirect, which is never followed): {CHECK}" in str(error)
    assert not other.requests


@pytest.mark.parametrize("location", ["http://[", "//\udcff", "http://" + "a" * 70, "x" * 5000])
def test_odd_redirects_are_told_all_the_same(location: str) -> None:
    head = b"HTTP/1.1 302 F\r\nContent-Length: 0\r\nLocation: " + location.encode("utf-8", "replace") + b"\r\n\r\n"
    assert isinstance(failure(CALLS["list"], raw(head)), errors.UnexpectedAnswerError)


def test_a_body_that_is_too_large_is_refused() -> None:
    step = answer(200, b"[" + b" " * (9 * 1024 * 1024))
    with ScriptedServer(step) as server, client_of(server) as client:
        with pytest.raises(errors.UnexpectedAnswerError) as caught:
            client.list_accounts()
        assert str(caught.value).startswith(f"the answer of {server.host} is larger than 8 MiB: check ")
        assert len(server.requests) == 1


def test_a_small_body_that_unpacks_to_a_large_one_is_refused() -> None:
    step = answer(200, gzip.compress(b" " * (50 * 1024 * 1024)), {"Content-Encoding": "gzip"})
    assert "larger than 8 MiB" in str(failure(CALLS["list"], step))


def test_a_packed_body_is_read() -> None:
    step = answer(200, gzip.compress(b"{}"), {"Content-Encoding": "gzip"})
    with ScriptedServer(step) as server, client_of(server) as client:
        assert client.list_accounts() == {}


# What is tried again

PARTIAL = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}   \r\n"
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain"


@pytest.mark.parametrize("name", ["put", "get", "delete"])
@pytest.mark.parametrize(
    ("step", "tries"),
    [
        (answer(400, {"error": "no", "code": 400}), 1),
        (answer(401, {"error": "Unauthorized", "code": 401}), 1),
        (answer(402, "no"), 1),
        (answer(403, "no"), 1),
        (answer(404, "Configuration not found"), 1),
        (answer(408, "no"), 1),
        (answer(409, "no", {"Retry-After": "0"}), 1),
        (answer(412, "no"), 1),
        (answer(413, "no", {"Retry-After": "0"}), 1),
        (answer(425, "no"), 1),
        (answer(429, "no"), 11),
        (answer(429, "no", {"Retry-After": "0"}), 11),
        (answer(500, "no"), 2),
        (answer(500, "no", {"Retry-After": "0"}), 2),
        (answer(501, "no"), 1),
        (answer(502, "<p>"), 11),
        (answer(503, "no"), 11),
        (answer(504, ""), 11),
        (answer(596, {"error": "on hold", "code": 596}), 1),
        (answer(596, "on hold", {"Retry-After": "0"}), 1),
        (answer(302, "", {"Location": "/"}), 1),
        (reset, 5),
        (raw(b""), 5),
        (raw(b"nonsense\r\n\r\n"), 5),
        (raw(PARTIAL), 5),
        (raw(CHUNKED), 5),
        (raw(CHUNKED + b"zz\r\n"), 5),
        (raw(PACKED), 1),
    ],
)
def test_what_is_tried_again_and_how_often(name: str, step: Step, tries: int) -> None:
    with ScriptedServer(step) as server, client_of(server) as client, pytest.raises(errors.UseApiError):
        CALLS[name](client)
    assert len(server.requests) == tries


@pytest.mark.parametrize(
    "steps",
    [
        [answer(503)],
        [answer(500)],
        [reset, raw(PARTIAL), raw(CHUNKED), raw(b"")],
        [answer(500), answer(503), answer(429, "", {"Retry-After": "0"}), reset],
    ],
)
def test_another_try_succeeds(steps: list[Step]) -> None:
    with ScriptedServer(*steps, OK) as server, client_of(server) as client:
        assert put(client).account == "302"
    assert len(server.requests) == len(steps) + 1
    assert len({request.body for request in server.requests}) == 1


def test_a_500_is_given_one_more_try_in_all() -> None:
    steps = (answer(500), answer(503), answer(500), OK)
    with ScriptedServer(*steps) as server, client_of(server) as client, pytest.raises(errors.ServerError) as caught:
        put(client)
    assert caught.value.status == 500
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "step",
    [
        answer(429, "", {"Retry-After": "1"}),
        answer(503, "", {"Retry-After": "1"}),
        answer(429, {"error": "slow down", "retryAfter": 1}),
    ],
)
def test_a_short_wait_that_is_asked_for_is_waited(step: Step) -> None:
    started = time.monotonic()
    with ScriptedServer(step, OK) as server, client_of(server) as client:
        put(client)
    assert 0.9 <= time.monotonic() - started < 3


@pytest.mark.parametrize(
    "step",
    [
        answer(429, "", {"Retry-After": "3600"}),
        answer(429, {"error": "slow down", "retryAfter": "2999-11-22T14:05:00Z"}),
        answer(429, "", {"Retry-After": "Fri, 22 Nov 2999 14:05:00 GMT"}),
        answer(429, "", {"Retry-After": "9" * 400}),
    ],
)
def test_a_wait_beyond_the_deadline_fails_at_once(step: Step) -> None:
    started = time.monotonic()
    error = failure(put, step)
    assert time.monotonic() - started < 2
    assert isinstance(error, errors.RateLimitedError)
    assert error.retry_at is not None
    assert str(error).endswith("run pulumi up again then; nothing was changed for account 302")


def test_a_503_that_asks_for_too_long_a_wait_fails_at_once() -> None:
    step = answer(503, "", {"Retry-After": "3600"})
    with ScriptedServer(step) as server, client_of(server) as client, pytest.raises(errors.ServerError):
        put(client)
    assert len(server.requests) == 1


def test_waits_grow() -> None:
    with ScriptedServer(answer(503), answer(503), answer(503), OK) as server, client_of(server, backoff=0.1) as client:
        started = time.monotonic()
        put(client)
    # Between half and the whole of 0.1 + 0.2 + 0.4 seconds.
    assert 0.35 <= time.monotonic() - started < 2


# Deadline


@pytest.mark.parametrize(
    "step",
    [
        stall,
        drip(b""),
        drip(b"HTTP/1.1 200 OK\r\nX-Header: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"),
        drip(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 100000\r\n\r\n"),
        drip(b"HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n"),
    ],
)
@pytest.mark.parametrize(("timeout", "deadline"), [(30, 0.3), (0.15, 0.3)])
def test_nothing_outlasts_the_deadline(step: Step, timeout: float, deadline: float) -> None:
    started = time.monotonic()
    error = failure(put, step, timeout=timeout, deadline=deadline)
    assert 0.25 <= time.monotonic() - started < 1.3
    assert type(error) is errors.TimedOutError
    assert str(error).startswith(
        f"useapi.net did not answer in time for account 302 ({timeout:g} s per try, 0.3 s in all)"
    )
    assert str(error).endswith(f"then run pulumi up again; {UNKNOWN}")


def test_endless_trouble_ends_at_the_deadline() -> None:
    started = time.monotonic()
    error = failure(put, answer(503, "busy"), deadline=0.5, backoff=0.2)
    assert time.monotonic() - started < 1
    assert isinstance(error, errors.ServerError)


# Transport


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_nobody_listens_and_there_is_hardly_any_time() -> None:
    client = UseApiClient(API_TOKEN, base_url=f"http://127.0.0.1:{closed_port()}", timeout=0.0001, deadline=0.0001)
    for _ in range(20):
        with pytest.raises(errors.UnreachableError, match="cannot be reached"):
            client.list_accounts()


def test_nobody_listens() -> None:
    port = closed_port()
    client = UseApiClient(API_TOKEN, base_url=f"http://127.0.0.1:{port}/v1/minimax", backoff=0)
    with client, pytest.raises(errors.UnreachableError) as caught:
        put(client)
    assert str(caught.value) == (
        f"useapi.net cannot be reached at 127.0.0.1:{port} for account 302: check the network and useapi:baseUrl "
        "(USEAPI_BASE_URL), then run pulumi up again; nothing was changed for account 302"
    )


def test_a_name_that_is_not_known() -> None:
    client = UseApiClient(API_TOKEN, base_url="https://nowhere.invalid", backoff=0, deadline=5)
    with client, pytest.raises(errors.UnreachableError, match=r"cannot be reached at nowhere\.invalid"):
        client.list_accounts()


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "a..b", ".a", "-"])
def test_an_odd_host_is_told(host: str) -> None:
    client = UseApiClient(API_TOKEN, base_url=f"https://{host}", backoff=0, deadline=5)
    with client, pytest.raises((errors.ConfigurationError, errors.UnreachableError)) as caught:
        client.list_accounts()
    assert caught.value.__cause__ is None


def test_a_server_without_tls() -> None:
    with ScriptedServer(OK) as server:
        base_url = server.base_url.replace("http:", "https:")
        client = UseApiClient(API_TOKEN, base_url=base_url, backoff=0, deadline=0.5)
        with client, pytest.raises(errors.TransportError):
            client.list_accounts()
    assert all(API_TOKEN not in str(request.headers) for request in server.requests)


def test_the_end_of_the_time_just_before_tls_begins_leaves_no_socket_open() -> None:
    def greet_late(connection: socket.socket, stop: threading.Event) -> bool:
        stop.wait(0.008)
        connection.sendall(b"SSH-2.0-no-tls")
        return False

    with ScriptedServer(greet_late, greets=True) as server:
        base_url = server.base_url.replace("http:", "https:")
        # Less than it takes to read the certificates: the connection is there, and TLS has not begun.
        with UseApiClient(API_TOKEN, base_url=base_url, backoff=0, timeout=0.005, deadline=0.2) as client:
            with pytest.raises(errors.TransportError):
                client.list_accounts()
            gc.collect()  # what was lost is warned about now


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_certificate_that_cannot_be_verified_ends_the_call(tmp_path: Path) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    subprocess.run([*making, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def handshake(connection: socket.socket, _: threading.Event) -> bool:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            received.append(tls.recv(1))
        return False

    received: list[bytes] = []
    with ScriptedServer(handshake, greets=True) as server:
        client = UseApiClient(API_TOKEN, base_url=server.base_url.replace("http:", "https:"), backoff=0, deadline=5)
        with client, pytest.raises(errors.UnreachableError) as caught:
            client.list_accounts()
        assert str(caught.value).startswith(f"the certificate of {server.host} cannot be verified: check the clock ")
    assert not received


def test_a_lost_connection_says_that_the_outcome_is_not_known() -> None:
    error = failure(put, raw(PARTIAL))
    assert "broke off before the answer was complete for account 302: check the network" in str(error)
    assert str(error).endswith(f"then run pulumi up again; {UNKNOWN}")
    deletion = failure(CALLS["delete"], reset)
    assert str(deletion).endswith("then run the same command again; whether account 302 was deleted is not known")


def test_an_earlier_lost_try_is_not_forgotten() -> None:
    error = failure(put, reset, answer(429, "", {"Retry-After": "3600"}))
    assert isinstance(error, errors.RateLimitedError)
    assert str(error).endswith(UNKNOWN)


Failing = Callable[[Exception], UseApiClient]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Clients whose connections fail in ways that no server can be made to provoke."""

    def make(error: Exception) -> UseApiClient:
        def urlopen(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", urlopen)
        return UseApiClient(API_TOKEN, backoff=0)

    return make


LEAK = f"{API_TOKEN} {URL} {TOKEN}"
RAISED: list[Exception] = [
    *(kind(LEAK) for kind in requests.exceptions.RequestException.__subclasses__()),
    requests.exceptions.JSONDecodeError(LEAK, "", 0),
    requests.exceptions.ConnectTimeout(LEAK),
    requests.exceptions.ReadTimeout(LEAK),
    requests.exceptions.SSLError(LEAK),
    requests.exceptions.ProxyError(LEAK),
    requests.exceptions.InvalidProxyURL(LEAK),
    requests.exceptions.ConnectionError(urllib3.exceptions.ReadTimeoutError(None, LEAK, LEAK)),  # type: ignore[arg-type]
    requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, LEAK, OSError(LEAK))),  # type: ignore[arg-type]
    urllib3.exceptions.HTTPError(LEAK),
    urllib3.exceptions.ProtocolError(LEAK),
    urllib3.exceptions.DecodeError(LEAK),
    urllib3.exceptions.LocationParseError(LEAK),
    urllib3.exceptions.LocationValueError(LEAK),
    urllib3.exceptions.InvalidHeader(LEAK),
    UnicodeError(LEAK),
    UnicodeEncodeError("idna", LEAK, 0, 1, LEAK),
    ValueError(LEAK),
    OSError(LEAK),
    TimeoutError(LEAK),
    http.client.BadStatusLine(LEAK),
    http.client.IncompleteRead(LEAK.encode()),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_no_exception_of_the_libraries_escapes(failing: Failing, error: Exception) -> None:
    with failing(error) as client, pytest.raises(errors.UseApiError) as caught:
        put(client)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert_no_secret(caught.value)


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (
            urllib3.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"),
            errors.UnreachableError,
            "the certificate of api.useapi.net cannot be verified for account 302: check the clock of this machine "
            "and, behind a proxy that reads along, name its certificate authority in REQUESTS_CA_BUNDLE, "
            "then run pulumi up again; nothing was changed for account 302",
        ),
        (
            requests.exceptions.InvalidProxyURL("x"),
            errors.UnreachableError,
            "the proxy does not connect to api.useapi.net for account 302: correct or unset HTTPS_PROXY, HTTP_PROXY, "
            "ALL_PROXY, then run pulumi up again; nothing was changed for account 302",
        ),
        (
            requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support."),
            errors.ConfigurationError,
            "the base URL or the proxy of the environment is no usable address for account 302: correct "
            "useapi:baseUrl (USEAPI_BASE_URL) or HTTPS_PROXY, then run pulumi up again; "
            "nothing was changed for account 302",
        ),
        (
            urllib3.exceptions.ConnectTimeoutError("x"),
            errors.TimedOutError,
            "useapi.net did not answer in time for account 302 (30 s per try, 120 s in all): see that api.useapi.net "
            "can be reached, then run pulumi up again; nothing was changed for account 302",
        ),
        (
            urllib3.exceptions.DecodeError("x"),
            errors.UnexpectedAnswerError,
            f"the answer of api.useapi.net cannot be decoded for account 302: {CHECK}, then run pulumi up again; "
            f"{UNKNOWN}",
        ),
    ],
)
def test_the_sentence_of_a_transport_failure(
    failing: Failing, error: Exception, kind: type[errors.UseApiError], sentence: str
) -> None:
    with failing(error) as client, pytest.raises(errors.UseApiError) as caught:
        put(client)
    assert type(caught.value) is kind
    assert str(caught.value) == sentence


# Secrets


def forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    for shift in range(3):
        yield base64.b64encode(bytes(shift) + secret.encode()).decode()


# Scheme and site are the same for everybody; a piece must hold more than them.
SECRETS = (API_TOKEN.removeprefix("user:"), URL.removeprefix("https://hailuoai.video/"), TOKEN)
PIECES = {secret[start : start + 8] for secret in SECRETS for start in range(len(secret) - 7)}


def assert_no_secret(error: BaseException) -> None:
    for shown in (str(error), repr(error), "".join(traceback.format_exception(error))):
        assert not [piece for piece in PIECES if piece in shown], shown


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 418, 429, 500, 596])
@pytest.mark.parametrize("secret", [API_TOKEN, URL, TOKEN], ids=["API token", "url", "token"])
def test_no_error_repeats_a_secret_whatever_the_answer_says(status: int, secret: str) -> None:
    patient = {"Retry-After": "3600"}
    with ScriptedServer(OK) as server, client_of(server) as client:
        for form in forms(secret):
            for body in (form, form[3:], {"error": f"x {form}", "code": status}, {"error": {"message": form[5:60]}}):
                server.steps[:] = [answer(status, body, patient)]
                with pytest.raises(errors.UseApiError) as caught:
                    put(client)
                assert_no_secret(caught.value)


def test_another_accounts_name_in_the_answer_repeats_no_secret() -> None:
    assert_no_secret(failure(put, answer(201, {"account": TOKEN})))
