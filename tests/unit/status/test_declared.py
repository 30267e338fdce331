"""What a stack declares, from its config and its state, and which subscriptions are configured."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import ConfigurationError
from pulumi_useapi.status.asking import subscription_names
from pulumi_useapi.status.declared import declared_by

TYPE = "pulumi-python:dynamic/useapi:MiniMaxAccount"
EXPIRES = datetime(2026, 12, 1, tzinfo=timezone.utc)


def config(name: str, account: str, **fields: Any) -> dict[str, Any]:
    made = make_credentials(account, expires=EXPIRES)
    return {name: {"url": made.url, "token": made.token, "maxJobs": 2, **fields}}


def resource(name: str, account: str, **fields: Any) -> dict[str, Any]:
    outputs = {"account": account, "owner": "4711@x", "token": {"ciphertext": "x"}, "url": {"ciphertext": "x"}}
    return {"type": TYPE, "urn": f"urn:pulumi:prod::p::{TYPE}::{name}", "id": account, "outputs": outputs, **fields}


def test_an_entry_and_a_resource_of_one_name_are_one_account() -> None:
    [one] = declared_by({"useapi:accounts": config("main", "101")}, [resource("main", "101")])
    assert (one.name, one.account, one.owner) == ("main", "101", "4711@x")
    assert one.entry
    assert one.entry.claims
    assert one.entry.claims.expires == EXPIRES


def test_a_program_may_name_the_resource_otherwise() -> None:
    [one] = declared_by({"useapi:accounts": config("main", "101")}, [resource("minimax-main", "101")])
    assert one.name == "minimax-main"
    assert one.entry
    assert one.entry.name == "main"


def test_an_entry_alone_and_a_resource_alone() -> None:
    declared = declared_by(
        {"useapi:accounts": config("new", "102", subscription="team-b")}, [resource("program", "101")]
    )
    assert [(one.name, one.account, one.subscription) for one in declared] == [
        ("program", "101", None),
        ("new", "102", "team-b"),
    ]


def test_what_is_only_to_be_deleted_is_not_declared() -> None:
    others = [{"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:prod::p::pulumi:pulumi:Stack::p-prod"}]
    assert declared_by({}, [resource("main", "101", delete=True), *others]) == []


def test_a_looked_up_account_is_not_managed() -> None:
    [one] = declared_by({}, [resource("other", "101", external=True)])
    assert not one.is_managed


@pytest.mark.parametrize("broken", [{"main": {"maxJobs": "many"}}, {"main": {"token": "junk"}}, {"main": "text"}])
def test_an_entry_that_is_not_finished_is_declared_all_the_same(broken: dict[str, Any]) -> None:
    [one] = declared_by({"useapi:accounts": broken}, [])
    assert (one.name, one.account) == ("main", None)


def test_a_list_of_accounts_that_is_none() -> None:
    with pytest.raises(ConfigurationError, match="useapi:accounts: it must be an object"):
        declared_by({"useapi:accounts": "main"}, [])


def test_no_secret_is_in_a_text_of_it() -> None:
    accounts = config("main", "101")
    text = repr(declared_by({"useapi:accounts": accounts}, [resource("main", "101")]))
    assert accounts["main"]["token"] not in text
    assert accounts["main"]["url"] not in text
    assert "ciphertext" not in text


def test_the_names_of_the_subscriptions() -> None:
    environment = {
        "USEAPI_API_TOKEN_TEAM_B": "user:1-a",
        "USEAPI_API_TOKEN_NIGHT_SHIFT": "user:2-b",
        "USEAPI_API_TOKEN_EMPTY": " ",
        "USEAPI_TIMEOUT": "3",
    }
    known = {"useapi:subscriptions": {"team_b": {"apiToken": "user:1-a"}}}
    assert subscription_names(known, [None, "used"], environment) == [None, "night-shift", "team_b", "used"]
    assert subscription_names({}, [], {}) == [None]


def test_time_is_no_part_of_it() -> None:
    made = make_credentials("101", expires=datetime.now(timezone.utc) - timedelta(days=400))
    [one] = declared_by({"useapi:accounts": {"main": {"token": made.token}}}, [])
    assert one.account == "101"
