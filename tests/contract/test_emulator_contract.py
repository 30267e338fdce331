"""Every answer of the emulator is one the description knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_useapi.emulator import Emulator
from pulumi_useapi.emulator.sample import make_credentials

from .openapi import check_response, document

BASE = "/v1/minimax"
NOW = datetime.now(timezone.utc)


class Checked:
    """Calls the emulator and holds each answer against the description."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, status: int, **options: Any) -> requests.Response:
        options.setdefault("headers", {"Authorization": f"Bearer {self.emulator.api_token}"})
        url = self.emulator.base_url.removesuffix(BASE) + path
        answer = self._session.request(method, url, timeout=10, **options)
        assert answer.status_code == status, answer.text
        check_response(method, path, status, answer.headers.get("Content-Type"), answer.content)
        return answer

    def put(self, account: str, status: int = 201, *, days: float = 30, **fields: Any) -> requests.Response:
        credentials = make_credentials(account, expires=NOW + timedelta(days=days))
        body = {"url": credentials.url, "token": credentials.token, "maxJobs": 2, **fields}
        return self.call("POST", f"{BASE}/accounts", status, json=body)

    def calls_of(self, account: str) -> Iterator[tuple[str, str]]:
        yield "GET", f"{BASE}/accounts/{account}"
        yield "GET", f"{BASE}/features/?account={account}"
        yield "DELETE", f"{BASE}/accounts/{account}"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Checked]:
    with Emulator(tmp_path) as emulator:
        yield Checked(emulator)


def test_the_life_of_an_account(service: Checked) -> None:
    service.call("GET", f"{BASE}/accounts", 200)
    service.call("GET", "/v2/account", 200)
    service.put("101")
    service.put("101", maxJobs=3)
    service.call("GET", f"{BASE}/accounts", 200)
    service.call("GET", f"{BASE}/accounts/101", 200)
    service.call("GET", f"{BASE}/features/", 200)
    service.put("102")
    service.call("GET", f"{BASE}/features/", 400)
    service.call("GET", f"{BASE}/features/?account=101", 200)
    service.call("GET", "/v2/account", 200)
    service.call("DELETE", f"{BASE}/accounts/101", 204)
    service.emulator.set_behaviour(delete_status=200)
    service.call("DELETE", f"{BASE}/accounts/102", 200)
    for method, path in service.calls_of("101"):
        service.call(method, path, 404)


@pytest.mark.parametrize(
    "fields",
    [{"url": None}, {"url": "http://hailuoai.video"}, {"token": "x"}, {"maxJobs": 0}, {"maxJobs": "two"}],
)
def test_bad_fields(service: Checked, fields: dict[str, Any]) -> None:
    service.put("101", 400, **fields)


def test_bad_bodies_and_the_limit(service: Checked) -> None:
    for body in (b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000):
        service.call("POST", f"{BASE}/accounts", 400, data=body)
    for account in ("101", "102", "103"):
        service.put(account)
    service.put("104", 400)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer user:1-wrong", "Basic dTpw"])
def test_wrong_api_tokens(service: Checked, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization is not None else {}
    service.call("GET", "/v2/account", 401, headers=headers)
    service.call("GET", f"{BASE}/accounts", 401, headers=headers)
    service.call("POST", f"{BASE}/accounts", 401, headers=headers, data=b"{}")
    for method, path in service.calls_of("101"):
        service.call(method, path, 401, headers=headers)


def test_expired_token_and_expired_subscription(service: Checked) -> None:
    service.put("101", 401, days=-1)
    service.emulator.edit_subscription(service.emulator.subscriptions[0].number, expired=True)
    service.put("101", 402)
    service.call("GET", f"{BASE}/accounts", 402)
    service.call("GET", "/v2/account", 200)
    for method, path in service.calls_of("101"):
        service.call(method, path, 402)


@pytest.mark.parametrize("refuse", ["suspended", "wrong-credentials", 402, 403, 412, 429, 500, 502, 503, 504, 596])
def test_switched_refusals(service: Checked, refuse: str | int) -> None:
    service.put("101")
    switches = {"refuse": refuse, "methods": ["GET", "POST", "DELETE"]}
    service.emulator.set_behaviour(accounts={"101": switches})
    status = refuse if isinstance(refuse, int) else 401
    service.put("101", status)
    for method, path in service.calls_of("101"):
        service.call(method, path, status)


@pytest.mark.parametrize(
    "behaviour",
    [
        {"numbers": "own"},
        {"mask": "constant"},
        {"omit": ["account", "jwt.token", "jwt.iat", "jwt.user.name", "supportVideo", "maxJobs"]},
        {"omit": ["jwt"]},
        {"extra": {"somethingNew": {"a": [1]}, "supportMusic": True, "jwt": {"kid": "1"}}},
        {"accounts": {"101": {"error": "account on hold"}}},
    ],
)
def test_every_shape_of_answer(service: Checked, behaviour: dict[str, Any]) -> None:
    service.emulator.set_behaviour(**behaviour)
    service.put("101")
    service.call("GET", f"{BASE}/accounts", 200)
    service.call("GET", f"{BASE}/accounts/101", 200)
    service.call("GET", "/v2/account", 200)


@pytest.mark.parametrize("options", [{"include_iat": False}, {"integers": True}])
def test_every_shape_of_token(service: Checked, options: dict[str, Any]) -> None:
    credentials = make_credentials("101", expires=NOW + timedelta(days=3), **options)
    body = {"url": credentials.url, "token": credentials.token, "maxJobs": 1}
    service.call("POST", f"{BASE}/accounts", 201, json=body)


def test_the_published_name_of_every_route_is_served(service: Checked) -> None:
    for path, operations in document()["paths"].items():
        for method in {"get", "post", "delete"} & operations.keys():
            service.call(method.upper(), path.replace("{account}", "101"), 401, headers={})
