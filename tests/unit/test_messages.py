"""The sentences of the life cycle, as a person reads them."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pulumi_useapi import messages
from pulumi_useapi.credentials import Claims, parse_token
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import AccountOnHoldError, UseApiError
from tests.support.secret_scan import SecretScan

TYPE = "pulumi-python:dynamic/useapi:MiniMaxAccount"
URN = f"urn:pulumi:dev::minimax::{TYPE}::main"
BACKUP = f"urn:pulumi:dev::minimax::{TYPE}::backup"
NOW = datetime(2026, 11, 25, 8, 9, 58, tzinfo=timezone.utc)
BASE = "https://api.useapi.net/v1/minimax"
RENEW = (
    "take a fresh url and token from the browser and set both: pulumi config set --secret --path "
    "'useapi:accounts.main.token' (and 'useapi:accounts.main.url')"
)


def claims(**from_now: float) -> Claims:
    return Claims("123456", (NOW + timedelta(**from_now)).timestamp(), None)


# names and paths


@pytest.mark.parametrize(
    ("urn", "name"),
    [
        (URN, "main"),
        (f"urn:pulumi:dev::minimax::my:component:Team${TYPE}::main", "main"),
        (f"urn:pulumi:dev::minimax::{TYPE}::with blank / and: colon", "with blank / and: colon"),
        (f"urn:pulumi:dev::minimax::{TYPE}::team::main", "team::main"),
        (f"urn:pulumi:dev::minimax::{TYPE}::", ""),
        ("", ""),
    ],
)
def test_name_of_a_resource(urn: str, name: str) -> None:
    assert messages.resource_name(urn) == name


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("main", "useapi:accounts.main.token"),
        ("team-b_2", "useapi:accounts.team-b_2.token"),
        ("a.b", 'useapi:accounts["a.b"].token'),
        ("with blank", 'useapi:accounts["with blank"].token'),
        ("a:b/c$d", 'useapi:accounts["a:b/c$d"].token'),
        ("-", 'useapi:accounts["-"].token'),
        pytest.param("it's", 'useapi:accounts["it\'s"].token', id="single quote"),
        pytest.param('a"b', r'useapi:accounts["a\"b"].token', id="double quote"),
    ],
)
def test_a_config_path_can_be_typed_into_a_shell(name: str, path: str) -> None:
    assert shlex.split(messages.config_path(name, "token")) == [path]


def test_a_command_with_an_odd_urn_can_be_typed_into_a_shell() -> None:
    urn = URN + "'s"
    sentence = messages.cannot_delete(UseApiError("the API token is refused"), urn, None)
    command = sentence.partition("pulumi state delete ")[2]
    assert shlex.split(command) == [urn]


# exact sentences


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ({"seconds": 0}, "0 minutes"),
        ({"seconds": 59}, "0 minutes"),
        ({"seconds": 60}, "1 minute"),
        ({"seconds": 119}, "1 minute"),
        ({"minutes": 2}, "2 minutes"),
        ({"minutes": 59, "seconds": 59}, "59 minutes"),
        ({"hours": 1}, "1 hour"),
        ({"minutes": 119}, "1 hour"),
        ({"hours": 2}, "2 hours"),
        ({"hours": 23, "minutes": 59}, "23 hours"),
        ({"days": 1}, "1 day"),
        ({"hours": 47}, "1 day"),
        ({"days": 2}, "2 days"),
        ({"days": 29, "hours": 23}, "29 days"),
    ],
)
def test_spans(span: dict[str, float], text: str) -> None:
    assert f"expires in {text} (" in messages.expires_soon("main", claims(**span), NOW - timedelta(milliseconds=1))
    past = {unit: -count for unit, count in span.items()}
    assert f"expired {text} ago (" in messages.expires_soon("main", claims(**past), NOW)
    assert f"expired {text} ago (" in messages.expired(claims(**past), NOW, URN)


def test_expired() -> None:
    assert messages.expired(claims(days=-3), NOW, URN) == (
        "token: the MiniMax token of account 123456 expired 3 days ago (2026-11-22 08:09 UTC); "
        f"{RENEW}; the other accounts go ahead with: pulumi up --exclude '{URN}'"
    )


def test_expires_soon() -> None:
    assert messages.expires_soon("main", claims(days=3), NOW) == (
        f"main (account 123456): the MiniMax token expires in 3 days (2026-11-28 08:09 UTC); {RENEW}"
    )
    assert messages.expires_soon("main", claims(), NOW) == (
        f"main (account 123456): the MiniMax token expired 0 minutes ago (2026-11-25 08:09 UTC); {RENEW}"
    )


def test_declared_twice() -> None:
    assert messages.declared_twice("123456", URN, BACKUP) == (
        'account 123456 is declared twice: by "main" and by "backup"; remove one of them'
    )
    nested = f"urn:pulumi:dev::minimax::my:component:Team${TYPE}::main"
    assert messages.declared_twice("123456", URN, nested) == (
        f"account 123456 is declared twice: by {URN} and by {nested}; remove one of them"
    )


@pytest.mark.parametrize(("exp", "until"), [(NOW.timestamp(), " (good until 2026-11-25)"), (None, "")])
def test_already_configured(exp: float | None, until: str) -> None:
    assert messages.already_configured("123456", exp, URN) == (
        f"account 123456 is already configured at useapi.net with other credentials{until}, nothing was changed: take "
        "it over with adopt=True (in the ready-made stack: pulumi config set --path 'useapi:accounts.main.adopt' "
        "true); if the resource was only renamed, give it an alias, and renew the credentials in a run of its own"
    )


def test_newer_at_the_server_offers_to_put_back_only_what_is_alive() -> None:
    sentence = messages.newer_at_server("123456", NOW.timestamp(), has_expired=False)
    assert sentence == (
        "account 123456 has newer credentials at useapi.net (good until 2026-11-25) than this stack, and every change "
        "posts the stack's: nothing was changed; take them from the browser and set them here, or put the ones of this "
        "stack back with adopt=True"
    )
    dead = messages.newer_at_server("123456", NOW.timestamp(), has_expired=True)
    assert dead == sentence.removesuffix(", or put the ones of this stack back with adopt=True")


@pytest.mark.parametrize(
    ("present", "sentence"),
    [
        (
            f"9999@{BASE}",
            "this API token is of subscription 9999, account 123456 was configured with 4711: nothing was done; set "
            "the right API token and base URL, or, if the subscription itself has moved, set "
            f"USEAPI_FORMER_OWNER='4711@{BASE}'",
        ),
        (
            "4711@http://127.0.0.1:8787/v1/minimax",
            "this API token is of subscription 4711 at http://127.0.0.1:8787/v1/minimax, account 123456 was configured "
            f"with 4711 at {BASE}: nothing was done; set the right API token and base URL, or, if the subscription "
            f"itself has moved, set USEAPI_FORMER_OWNER='4711@{BASE}'",
        ),
    ],
)
def test_other_owner(present: str, sentence: str) -> None:
    assert messages.other_owner("123456", f"4711@{BASE}", present) == sentence


# what holds for all of them

SENTENCES: list[Callable[..., str]] = [
    function
    for name, function in inspect.getmembers(messages, inspect.isfunction)
    if function.__module__ == messages.__name__
    and not name.startswith("_")
    and name not in ("resource_name", "config_path", "date", "minute", "renew_commands")
]
CREDENTIALS = make_credentials("123456", expires=NOW + timedelta(days=30))
OUTPUTS = {
    "url": CREDENTIALS.url,
    "token": CREDENTIALS.token,
    "account": "123456",
    "jwtExpiry": "2026-12-25T08:09:58Z",
    "serverExpiry": "2026-12-25T08:09:58Z",
    "revision": "1764000000000",
}
ARGUMENTS: dict[str, Any] = {
    "claims": parse_token(CREDENTIALS.token),
    "now": NOW,
    "urn": URN,
    "subscription": "team-b",
    "name": "main",
    "account": "123456",
    "one": URN,
    "other": BACKUP,
    "exp": NOW.timestamp(),
    "ends": "2026-12-01T08:09:58Z",
    "is_same": True,
    "has_expired": False,
    "outputs": OUTPUTS,
    "limit": 3,
    "count": 4,
    "max_jobs": 9,
    "usable": 4,
    "plan": "Standard",
    "error": UseApiError(f"account 123456: the API said no; {AccountOnHoldError.URN}"),
    "owner": f"4711@{BASE}",
    "stored": f"4711@{BASE}",
    "present": f"9999@{BASE}",
}


def sample(function: Callable[..., str]) -> str:
    given = {name: ARGUMENTS[name] for name in inspect.signature(function).parameters}
    return function(**given)


@pytest.mark.parametrize("function", SENTENCES, ids=lambda function: function.__name__)
def test_each_is_one_line_without_a_secret(function: Callable[..., str]) -> None:
    scan = SecretScan()
    scan.plant_credentials(CREDENTIALS.url, CREDENTIALS.token)
    sentence = sample(function)
    assert sentence == " ".join(sentence.split())
    assert not sentence.endswith(".")
    assert "None" not in sentence
    assert scan.find(sentence) == set()
    assert "1764000000000" not in sentence


@pytest.mark.parametrize("function", SENTENCES, ids=lambda function: function.__name__)
def test_each_names_its_account_or_resource(function: Callable[..., str]) -> None:
    if {"account", "claims", "outputs"} & set(inspect.signature(function).parameters):
        assert "123456" in sample(function)
    if "urn" in inspect.signature(function).parameters:
        assert "main" in sample(function)


@pytest.mark.parametrize("function", SENTENCES, ids=lambda function: function.__name__)
def test_brackets_and_quotes_are_closed(function: Callable[..., str]) -> None:
    sentence = re.sub(r"(?<=[a-z])'s\b", "", sample(function))
    assert sentence.count("(") == sentence.count(")")
    assert sentence.count("'") % 2 == 0
    assert sentence.count('"') % 2 == 0


def test_an_error_that_the_service_names_is_quoted() -> None:
    assert messages.broken("123456", "on hold") == (
        'account 123456 is in error at useapi.net: "on hold"; look at it in the browser, then renew its credentials'
    )
