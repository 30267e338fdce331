"""Answers of every shape become plain data, or None where they say nothing usable."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_useapi.models import Account, Features, Subscription

PARAMETERS = "device_platform=web&uuid=b5df53d1&unix=1732266598000"
SEED: dict[str, Any] = {
    "account": "123456",
    "jwt": {
        "token": "abc…secured…xyz",
        "user": {"deviceID": "123456789", "id": "123456", "isAnonymous": True, "name": "<name>", "avatar": "<url>"},
        "exp": 1734858598.864,
        "iat": 1732266598.864,
        "host": "hailuoai.video",
        "searchParams": PARAMETERS,
        "iat_Issued": "2024-01-01T00:00:00.000Z",
        "exp_Expire": "2024-12-01T00:00:00.000Z",
    },
    "maxJobs": 1,
    "supportVideo": True,
    "supportChat": True,
    "supportAudio": True,
}


def test_the_documented_answer() -> None:
    account = Account.from_answer(SEED)
    assert account == Account(
        account="123456",
        max_jobs=1,
        exp=1734858598.864,
        iat=1732266598.864,
        user_id="123456",
        masked_token="abc…secured…xyz",
        host="hailuoai.video",
        search_params=PARAMETERS,
        support_video=True,
        support_chat=True,
        support_audio=True,
        support_music=None,
        error=None,
    )
    assert account.revision == "1732266598000"


def test_repr_keeps_what_is_secret_in_part() -> None:
    shown = repr(Account.from_answer(SEED))
    assert "b5df53d1" not in shown
    assert "secured" not in shown


@pytest.mark.parametrize(
    ("body", "given_account", "expected"),
    [
        ({"account": "1", "jwt": {"user": {"id": "3"}}}, "2", "1"),
        ({"jwt": {"user": {"id": "3"}}}, "2", "2"),
        ({"jwt": {"user": {"id": "3"}}}, None, "3"),
        ({"account": 7}, None, "7"),
        ({"account": ["no"]}, "2", "2"),
        ({"account": True}, "2", "2"),
        ({"account": " "}, "2", "2"),
    ],
)
def test_which_account_it_is(body: dict[str, Any], given_account: str | None, expected: str) -> None:
    assert Account.from_answer(body, given_account).account == expected


@pytest.mark.parametrize("body", [{}, {"account": ""}, {"jwt": "x"}, {"jwt": {"user": []}}])
def test_an_answer_without_an_account_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="names no account"):
        Account.from_answer(body)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (3, 3),
        (3.0, 3),
        ("3", 3),
        ("3.0", 3),
        (3.5, None),
        (True, None),
        ("x", None),
        ([3], None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
    ],
)
def test_whole_numbers(said: object, expected: int | None) -> None:
    assert Account.from_answer({"account": "1", "maxJobs": said}).max_jobs == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [(1.5, 1.5), ("1.5", 1.5), (2, 2.0), (False, None), ("nan", None), ("-inf", None), ({}, None)],
)
def test_numbers(said: object, expected: float | None) -> None:
    assert Account.from_answer({"account": "1", "jwt": {"exp": said}}).exp == expected


@pytest.mark.parametrize("said", ["true", 1, 0, None, []])
def test_what_is_no_boolean_is_unknown(said: object) -> None:
    assert Account.from_answer({"account": "1", "supportVideo": said}).support_video is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, None),
        ("", None),
        (False, None),
        ({}, None),
        ("on hold", "on hold"),
        ("on\nhold\x00 \x1b[31m", "on hold [31m"),
        ({"message": "on hold", "code": 596}, "on hold"),
        ({"code": 596}, "596"),
        (True, "error without a message"),
        ({"x": 1}, "error without a message"),
        ("x" * 500, "x" * 199 + "…"),
    ],
)
def test_the_word_on_a_broken_account(said: object, expected: str | None) -> None:
    assert Account.from_answer({"account": "1", "error": said}).error == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [(None, None), ("", None), ("a=1", None), ("unix=", None), ("unix=5&unix=6", "5"), ("a=1&unix=%35", "5")],
)
def test_the_revision(parameters: str | None, expected: str | None) -> None:
    assert Account("1", search_params=parameters).revision == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, Features()),
        (
            {"credits": 12.5, "memberName": "Standard", "queueLength": 3, "models": ["a", "b"]},
            Features(12.5, "Standard", 3, ("a", "b")),
        ),
        (
            {"data": {"memberName": "Free", "credits": "7", "models": [{"name": "a"}, {"id": "b"}, 1.5]}},
            Features(7.0, "Free", None, ("a", "b")),
        ),
        (
            {"totalCredits": 100, "modelControl": [{"modelId": "a", "videoCost": 30}], "queueLength": 5},
            Features(100.0, None, 5, ("a",)),
        ),
        ({"models": {"a": {}, "b": {}}, "memberName": ["x"]}, Features(models=("a", "b"))),
    ],
)
def test_features(body: dict[str, Any], expected: Features) -> None:
    assert Features.from_answer(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, Subscription()),
        ({"maxAccountsPerAPI": 3}, Subscription(3)),
        (
            {"maxAccountsPerAPI": 3, "accounts": {"MiniMax API": {"total": 3, "active": 2, "error": 1}}},
            Subscription(3, 3, 2, 1),
        ),
        (
            {"apis": {"pika": {"total": 9}, "minimax": {"active": 2, "error": 1}}, "maxAccountsPerAPI": "4"},
            Subscription(4, 3, 2, 1),
        ),
        ({"accounts": {"MiniMax API": {"total": 3, "active": 3}}}, Subscription(None, 3, 3, 0)),
        ({"minimax": "none"}, Subscription()),
    ],
)
def test_subscription(body: dict[str, Any], expected: Subscription) -> None:
    assert Subscription.from_answer(body) == expected


# A small alphabet: the whole of Unicode makes the first examples slow.
TEXT = st.text("aunix=&%;0 é\n\x00", max_size=20)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
NAMES = [*SEED, "error", "user", "id", "exp", "searchParams", "models", "minimax", "total", "credits"]


@given(st.dictionaries(st.sampled_from(NAMES), ANY_JSON | st.dictionaries(st.sampled_from(NAMES), ANY_JSON)))
def test_no_content_is_too_odd(body: dict[str, Any]) -> None:
    account = Account.from_answer(body, "1")
    assert account.revision is None or account.search_params
    Features.from_answer(body)
    Subscription.from_answer(body)
    json.dumps([account.error, account.max_jobs, account.exp], allow_nan=False)
