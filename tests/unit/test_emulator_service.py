"""What the emulated service answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_useapi.emulator import DataError, Emulator, Subscription
from pulumi_useapi.emulator.sample import Credentials, make_credentials

NOW = datetime.now(timezone.utc).replace(microsecond=864_000)
IN_30_DAYS = NOW + timedelta(days=30)
NOT_FOUND = "Configuration not found. To create configuration use POST /accounts/account."
ONE = Subscription("one", "user:4711-aaaaaaaaaaaa")
TWO = Subscription("two", "user:9999-bbbbbbbbbbbb", plan="Standard", credits=2278, max_accounts=1)


class Caller:
    """Calls the service with one API token."""

    def __init__(self, emulator: Emulator, api_token: str) -> None:
        self._root = emulator.base_url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {api_token}"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, f"{self._root}{path}", timeout=10, **options)

    def put(self, credentials: Credentials, **fields: Any) -> requests.Response:
        body = {"url": credentials.url, "token": credentials.token, "maxJobs": 2, **fields}
        return self("POST", "/accounts", json={name: value for name, value in body.items() if value is not ...})


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path, subscriptions=[ONE, TWO]) as running:
        yield running


@pytest.fixture
def call(emulator: Emulator) -> Caller:
    return Caller(emulator, emulator.api_token)


def jwt_of(payload: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(payload)}.c2lnbmF0dXJl"


def error(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["code"] == answer.status_code
    return answer.status_code, body["error"]


def test_a_created_account_is_answered_masked_and_whole(call: Caller) -> None:
    credentials = make_credentials("302817465", expires=IN_30_DAYS, issued=NOW, unix_ms=1732266598000)

    answer = call.put(credentials)

    query = credentials.url.partition("?")[2]
    user = answer.json()["jwt"].pop("user")
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert user["id"] == "302817465"
    assert user.keys() == {"id", "deviceID", "name", "avatar", "isAnonymous"}
    body = answer.json()
    del body["jwt"]["user"]
    assert body == {
        "account": "302817465",
        "jwt": {
            "token": f"{credentials.token[:3]}…secured…{credentials.token[-3:]}",
            "exp": IN_30_DAYS.timestamp(),
            "iat": NOW.timestamp(),
            "iat_Issued": NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "exp_Expire": IN_30_DAYS.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "host": "hailuoai.video",
            "searchParams": query,
        },
        "maxJobs": 2,
        "supportVideo": True,
        "supportChat": True,
        "supportAudio": True,
    }
    assert query.endswith("&unix=1732266598000")


def test_the_same_body_comes_from_get_list_and_post(call: Caller) -> None:
    created = call.put(make_credentials("101", expires=IN_30_DAYS)).json()

    assert call("GET", "/accounts/101").json() == created
    assert call("GET", "/accounts").json() == {"101": created}


def test_a_second_post_of_the_same_user_replaces_the_account(call: Caller, emulator: Emulator) -> None:
    call.put(make_credentials("101", expires=NOW + timedelta(days=3)))
    emulator.edit(4711, "101", error="account on hold")

    answer = call.put(make_credentials("101", expires=IN_30_DAYS, host="hailuoai.com"), maxJobs=3)

    assert answer.status_code == 201
    assert list(call("GET", "/accounts").json()) == ["101"]
    stored = call("GET", "/accounts/101").json()
    assert (stored["maxJobs"], stored["jwt"]["host"]) == (3, "hailuoai.com")
    assert stored["jwt"]["exp"] == IN_30_DAYS.timestamp()
    assert "error" not in stored


def test_delete_answers_204_without_body_and_then_404(call: Caller) -> None:
    call.put(make_credentials("101", expires=IN_30_DAYS))

    first, second = call("DELETE", "/accounts/101"), call("DELETE", "/accounts/101")

    assert (first.status_code, first.content) == (204, b"")
    assert (second.status_code, second.text) == (404, NOT_FOUND)
    assert call("GET", "/accounts").json() == {}


def test_an_unknown_account_is_a_plain_text_404(call: Caller) -> None:
    answer = call("GET", "/accounts/101")

    assert (answer.status_code, answer.text) == (404, NOT_FOUND)
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer ", "user:4711-aaaaaaaaaaaa", "Bearer user%3A4711-aaaaaaaaaaaa", "Bearer 4711-aaaaaaaaaaaa"],
)
def test_a_wrong_api_token_is_unauthorized(call: Caller, authorization: str) -> None:
    for method, path in (("GET", "/accounts"), ("POST", "/accounts"), ("DELETE", "/accounts/1")):
        answer = call(method, path, headers={"Authorization": authorization})
        assert error(answer) == (401, "Unauthorized")


def test_no_authorization_header_is_unauthorized(emulator: Emulator) -> None:
    answer = requests.get(f"{emulator.base_url}/accounts", timeout=10)

    assert error(answer) == (401, "Unauthorized")


def test_the_three_different_401s(call: Caller, emulator: Emulator) -> None:
    expired = make_credentials("101", expires=NOW - timedelta(seconds=10))
    good = make_credentials("102", expires=IN_30_DAYS)

    assert error(call.put(expired)) == (401, "Wrong username/password combination.")
    emulator.set_behaviour(accounts={"102": {"refuse": "wrong-credentials"}})
    assert error(call.put(good)) == (401, "Wrong username/password combination.")
    emulator.set_behaviour(accounts={"102": {"refuse": "suspended"}})
    assert error(call.put(good)) == (401, "This account has been suspended.")
    assert error(call.put(good)) != error(call("GET", "/accounts", headers={"Authorization": "Bearer x"}))
    assert emulator.accounts() == []


BAD_URLS = ["http://hailuoai.video/c", "https:///c?unix=1", "hailuoai.video/c", "https://", "https://[", "https://a:b/"]
BAD_URLS += ["https://hailuoai.video/c?unix=1\n", " https://hailuoai.video/c", "javascript:alert(1)", "https://a:99999"]
USER = {"id": "101"}
BAD_TOKENS = ["x", "a.b", "a.b.c", "eyJ.eyJ.x", "ey J.a.b", jwt_of([]), jwt_of(1), jwt_of("text")]
BAD_TOKENS += [jwt_of({"exp": 4e9, "user": user}) for user in (None, "101", {}, {"id": ""}, {"id": True}, {"id": 1.5})]
BAD_TOKENS += [jwt_of({"exp": 4e9, "user": {"id": text}}) for text in ("a/b", "a b", "é\n")]
BAD_TOKENS += [jwt_of({"exp": value, "user": USER}) for value in (None, "4000000000", True, 0, -1, 1e30, 10**400)]
BAD_TOKENS += [jwt_of({"user": USER}), jwt_of({"exp": 4e9}), jwt_of({"exp": 4e9, "user": USER}) + "\n"]
BAD_MAX_JOBS: list[object] = [0, 11, -1, "two", "2", 2.5, True, False, [], {}, 10**30, 1e300]


MISSING: list[object] = [..., None]
NO_TEXTS: list[object] = ["", 1, True, ["x"], {}]
BAD_FIELDS: list[tuple[str, object]] = [
    *((field, value) for field in ("url", "token", "maxJobs") for value in MISSING),
    *((field, value) for field in ("url", "token") for value in NO_TEXTS),
    *(("url", value) for value in BAD_URLS),
    *(("token", value) for value in BAD_TOKENS),
    *(("maxJobs", value) for value in BAD_MAX_JOBS),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_a_bad_field_is_named_and_nothing_is_stored(
    call: Caller, emulator: Emulator, field: str, value: object
) -> None:
    answer = call.put(make_credentials("101", expires=IN_30_DAYS), **{field: value})

    status, text = error(answer)
    assert status == 400
    assert text.startswith(f"Parameter {field} ")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert emulator.accounts() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"maxJobs": NaN}']
)
def test_a_body_that_is_no_json_object(call: Caller, body: bytes) -> None:
    status, text = error(call("POST", "/accounts", data=body))

    assert status == 400
    assert text.startswith("Request body ")


def test_a_whole_float_is_a_whole_number(call: Caller) -> None:
    for value in (1, 10, 3.0):
        answer = call.put(make_credentials("101", expires=IN_30_DAYS), maxJobs=value)
        assert answer.status_code == 201
        assert f'"maxJobs": {int(value)},' in answer.text


def test_an_account_id_is_a_string_also_from_a_number(call: Caller) -> None:
    token = jwt_of({"exp": int(IN_30_DAYS.timestamp()), "user": {"id": 101, "secret": "x"}})

    body = call.put(Credentials("https://hailuoai.video/c", token)).json()

    assert (body["account"], body["jwt"]["user"]) == ("101", {"id": "101"})


def test_a_token_without_iat_and_one_with_whole_numbers(call: Caller) -> None:
    without = call.put(make_credentials("101", expires=IN_30_DAYS, include_iat=False)).json()["jwt"]
    whole = call.put(make_credentials("102", expires=IN_30_DAYS, issued=NOW, integers=True)).json()["jwt"]

    assert not {"iat", "iat_Issued"} & without.keys()
    assert (whole["exp"], whole["iat"]) == (int(IN_30_DAYS.timestamp()), int(NOW.timestamp()))
    assert isinstance(whole["exp"], int)


def test_two_subscriptions_are_separate(call: Caller, emulator: Emulator) -> None:
    other = Caller(emulator, TWO.api_token)
    call.put(make_credentials("101", expires=IN_30_DAYS))

    assert other("GET", "/accounts").json() == {}
    assert other("GET", "/accounts/101").status_code == 404
    assert other("DELETE", "/accounts/101").status_code == 404
    assert other.put(make_credentials("101", expires=IN_30_DAYS), maxJobs=5).status_code == 201
    assert other("DELETE", "/accounts/101").status_code == 204
    assert call("GET", "/accounts/101").json()["maxJobs"] == 2
    assert [one["subscription"] for one in emulator.accounts()] == [4711]
    assert emulator.accounts(9999) == []


def test_the_limit_of_the_subscription(call: Caller, emulator: Emulator) -> None:
    for account in ("101", "102", "103"):
        assert call.put(make_credentials(account, expires=IN_30_DAYS)).status_code == 201

    status, text = error(call.put(make_credentials("104", expires=IN_30_DAYS)))

    assert status == 400
    assert "at most 3" in text
    assert call.put(make_credentials("103", expires=IN_30_DAYS)).status_code == 201
    call("DELETE", "/accounts/101")
    assert call.put(make_credentials("104", expires=IN_30_DAYS)).status_code == 201
    assert len(emulator.accounts(4711)) == 3


def test_an_expired_subscription(call: Caller, emulator: Emulator) -> None:
    emulator.edit_subscription(4711, expired=True)

    assert call.put(make_credentials("101", expires=IN_30_DAYS)).status_code == 402
    assert error(call("GET", "/accounts")) == (402, "Your subscription has expired.")
    assert call("GET", "/../../v2/account").json()["subscriptionIsActive"] is False
    assert Caller(emulator, TWO.api_token)("GET", "/accounts").status_code == 200


def test_features_name_plan_and_credits(call: Caller, emulator: Emulator) -> None:
    assert call("GET", "/features/").status_code == 404
    call.put(make_credentials("101", expires=IN_30_DAYS))
    free = call("GET", "/features/?account=101").json()
    other = Caller(emulator, TWO.api_token)
    other.put(make_credentials("201", expires=IN_30_DAYS))
    standard = other("GET", "/features/").json()

    assert (free["memberName"], free["totalCredits"], free["queueLength"]) == ("Free", 100, 3)
    assert (standard["memberName"], standard["totalCredits"], standard["queueLength"]) == ("Standard", 2278, 5)
    assert call("GET", "/features/?account=201").text == NOT_FOUND
    call.put(make_credentials("102", expires=IN_30_DAYS))
    status, text = error(call("GET", "/features/"))
    assert (status, text.startswith("Parameter account ")) == (400, True)


def test_the_subscription_counts_broken_accounts(call: Caller, emulator: Emulator) -> None:
    assert call("GET", "/../../v2/account").json() == {
        "id": 4711,
        "name": "one",
        "subscriptionIsActive": True,
        "subscriptions": 1,
        "maxAccountsPerAPI": 3,
        "accounts": {},
    }
    for account in ("101", "102", "103"):
        call.put(make_credentials(account, expires=IN_30_DAYS))
    emulator.edit(4711, "101", error="account on hold")
    emulator.set_behaviour(accounts={"102": {"error": "account on hold"}})

    counts = call("GET", "/../../v2/account").json()["accounts"]

    assert counts == {"MiniMax API": {"total": 3, "active": 1, "error": 2}}
    assert call("GET", "/accounts/102").json()["error"] == "account on hold"


def test_200_connections_at_once(emulator: Emulator) -> None:
    emulator.edit_subscription(4711, maxAccounts=200)
    emulator.set_behaviour(latency=0.5)

    def put(number: int) -> int:
        return Caller(emulator, ONE.api_token).put(make_credentials(str(number), expires=IN_30_DAYS)).status_code

    with ThreadPoolExecutor(200) as pool:
        statuses = list(pool.map(put, range(1000, 1200)))

    assert statuses == [201] * 200
    assert len(emulator.accounts(4711)) == 200
    assert [one["sequence"] for one in emulator.requests()] == list(range(1, 201))


def test_a_subscription_without_usable_values_is_refused() -> None:
    for wrong in ({"api_token": "4711-x"}, {"plan": "Gold"}, {"credits": -1}, {"expired": 1}, {"name": 1}):
        with pytest.raises(DataError):
            Subscription(**{"name": "x", "api_token": "user:1-x", **wrong})  # type: ignore[arg-type]
    assert "aaaa" not in repr(ONE)
