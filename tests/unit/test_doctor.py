"""The doctor: which check waits for which, and what the checks of API tokens and service find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pulumi_useapi.cli import main
from pulumi_useapi.doctor.checkup import Check, Result, Verdict, is_well, run_all, summary
from pulumi_useapi.doctor.service import Service
from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.emulator.sample import make_credentials
from tests.support.http_server import ScriptedServer, answer
from tests.support.secret_scan import SecretScan

DEMO = Subscription("demo", "user:4711-an-api-token-of-the-demo", max_accounts=2)


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path / "emulator", subscriptions=[DEMO]) as running:
        yield running


def looked(config: dict[str, Any] | None, **environment: str) -> dict[str, list[Result]]:
    """The results by check."""
    found: dict[str, list[Result]] = {}
    for result in run_all(Service(config, environment).checks()):
        found.setdefault(result.check, []).append(result)
    scan = SecretScan()
    scan.plant("API token", DEMO.api_token)
    assert scan.find(str(found)) == set()
    return found


def one(found: dict[str, list[Result]], check: str) -> Result:
    [result] = found[check]
    return result


def ends_with(verdict: Verdict, name: str, *needs: str) -> Check:
    return Check(name, lambda: [Result(name, verdict, "")], needs)


def test_what_needs_something_broken_waits_for_it() -> None:
    checks = [
        ends_with(Verdict.WRONG, "first"),
        ends_with(Verdict.OK, "second", "first"),
        ends_with(Verdict.OK, "third", "second"),
        ends_with(Verdict.WARNING, "apart"),
        ends_with(Verdict.OK, "after the warning", "apart"),
    ]
    assert [(result.verdict.value, result.text) for result in run_all(checks)] == [
        ("wrong", ""),
        ("skipped", 'waits for "first"'),
        ("skipped", 'waits for "first"'),
        ("warning", ""),
        ("ok", ""),
    ]


def test_one_wrong_of_two_is_no_reason_to_wait() -> None:
    both = [Result("x", Verdict.WRONG, ""), Result("x", Verdict.OK, "")]
    results = list(run_all([Check("x", lambda: both), ends_with(Verdict.OK, "y", "x")]))
    assert [result.verdict for result in results] == [Verdict.WRONG, Verdict.OK, Verdict.OK]


def test_the_summary() -> None:
    ok, warning, wrong = (Result("x", verdict, "") for verdict in (Verdict.OK, Verdict.WARNING, Verdict.WRONG))
    assert summary([ok]) == "all is well"
    assert summary([ok, warning]) == "1 warning, nothing wrong"
    assert summary([wrong, warning, warning]) == (
        "1 wrong, 2 warnings: mend the first one, then run pulumi-useapi doctor again"
    )
    assert is_well([ok, warning])
    assert not is_well([ok, wrong])


def test_all_is_well(emulator: Emulator) -> None:
    config = {"useapi:baseUrl": emulator.base_url, "useapi:apiToken": DEMO.api_token}
    found = looked(config)
    assert {check: [result.verdict.value for result in results] for check, results in found.items()} == {
        "settings": ["ok"],
        "API token": ["ok"],
        "service": ["ok"],
        "clock": ["ok"],
        "access": ["ok"],
        "account limit": ["ok"],
    }
    assert one(found, "API token").text == "whole, from the stack's config (useapi:apiToken)"
    assert one(found, "access").text == "subscription 4711 lets this API token in"
    assert one(found, "account limit").text == "0 configured, 0 in the stack's config, at most 2"


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("4711-an-api-token", 'it lacks its "user:" prefix'),
        ("user:4711", "it is cut short"),
        ("user:4711-", "it is cut short"),
        ("user:4711-a b", "holds blank space"),
    ],
)
def test_an_api_token_that_is_not_whole_is_not_sent(emulator: Emulator, token: str, sentence: str) -> None:
    found = looked({}, USEAPI_API_TOKEN=token, USEAPI_BASE_URL=emulator.base_url)
    assert one(found, "API token").verdict is Verdict.WRONG
    assert sentence in one(found, "API token").text
    assert one(found, "access").text == 'waits for "API token"'
    assert emulator.requests() == []


def test_no_api_token_at_all() -> None:
    assert one(looked({}), "API token").text.startswith("the API token is missing: set it with pulumi config set")
    assert one(looked(None), "API token").verdict is Verdict.SKIPPED


def test_a_subscription_that_an_entry_names_needs_its_api_token(emulator: Emulator) -> None:
    config = {"useapi:accounts": {"night": {"subscription": "team-b"}, "main": {}}, "useapi:apiToken": DEMO.api_token}
    found = looked(config, USEAPI_BASE_URL=emulator.base_url)
    assert [result.verdict.value for result in found["API token"]] == ["ok", "wrong"]
    assert "USEAPI_API_TOKEN_TEAM_B" in found["API token"][1].text
    assert one(found, "access").verdict is Verdict.OK


def test_the_environment_wins_and_that_is_told(emulator: Emulator) -> None:
    config = {"useapi:apiToken": "user:1-another", "useapi:baseUrl": emulator.base_url}
    found = looked(config, USEAPI_API_TOKEN=DEMO.api_token)
    assert one(found, "API token").verdict is Verdict.WARNING
    assert one(found, "API token").fix == "unset USEAPI_API_TOKEN, if that is not what you want"
    assert one(found, "access").verdict is Verdict.OK


def test_a_refused_api_token(emulator: Emulator) -> None:
    found = looked({}, USEAPI_API_TOKEN="user:4711-junk", USEAPI_BASE_URL=emulator.base_url)
    assert one(found, "service").verdict is Verdict.OK
    assert one(found, "access").verdict is Verdict.WRONG
    assert one(found, "access").text == "useapi.net does not accept this API token (401)"
    assert one(found, "access").fix == "set it whole, user:<number>-<unique>, in the variable USEAPI_API_TOKEN"
    assert one(found, "account limit").verdict is Verdict.SKIPPED


def test_the_remedy_names_the_key_of_the_subscription(emulator: Emulator) -> None:
    config = {"useapi:baseUrl": emulator.base_url, "useapi:subscriptions": {"x": {"apiToken": "user:1-junk"}}}
    assert one(looked(config), "access").fix.endswith(
        "with pulumi config set --secret --path 'useapi:subscriptions.x.apiToken'"
    )
    expired = {"useapi:baseUrl": emulator.base_url, "useapi:apiToken": DEMO.api_token}
    emulator.edit_subscription(DEMO.number, expired=True)
    assert "the subscription at useapi.net has expired" in one(looked(expired), "access").text


def test_a_dead_service() -> None:
    with ScriptedServer() as server:
        address = server.base_url
    found = looked({}, USEAPI_API_TOKEN=DEMO.api_token, USEAPI_BASE_URL=address, USEAPI_DEADLINE="0.5")
    assert one(found, "service").verdict is Verdict.WRONG
    assert "cannot be reached" in one(found, "service").text
    assert one(found, "clock").text == 'waits for "service"'


@pytest.mark.parametrize("address", ["http://api.example.com/v1/minimax", "nonsense"])
def test_an_address_that_cannot_be_one(address: str) -> None:
    found = looked({"useapi:baseUrl": address}, USEAPI_API_TOKEN=DEMO.api_token)
    assert "the base URL must" in one(found, "settings").text
    assert one(found, "API token").text == 'waits for "settings"'


@pytest.mark.parametrize(
    ("ahead", "verdict", "text"),
    [
        (0, Verdict.OK, "agrees with the service's"),
        (-30, Verdict.OK, "agrees with the service's"),
        (600, Verdict.WARNING, "10 minutes ahead of the service's"),
        (-7300, Verdict.WARNING, "2 hours behind the service's"),
    ],
)
def test_the_clock(ahead: float, verdict: Verdict, text: str) -> None:
    date = format_datetime(datetime.now(timezone.utc) - timedelta(seconds=ahead * 1.01))
    with ScriptedServer(answer(200, {}, {"Date": date})) as server:
        found = looked({}, USEAPI_API_TOKEN=DEMO.api_token, USEAPI_BASE_URL=server.base_url)
    assert (one(found, "clock").verdict, one(found, "clock").text) == (verdict, text)


@pytest.mark.parametrize("date", [None, "yesterday", "Mon, 99 Nov 2026 00:00:00 GMT"])
def test_a_service_that_does_not_tell_its_time(date: str | None) -> None:
    with ScriptedServer(answer(200, {}, {"Date": date} if date else {})) as server:
        found = looked({}, USEAPI_API_TOKEN=DEMO.api_token, USEAPI_BASE_URL=server.base_url)
    assert one(found, "clock").verdict is Verdict.SKIPPED
    assert one(found, "account limit").verdict is Verdict.OK


def test_more_accounts_than_there_may_be(emulator: Emulator) -> None:
    expires = datetime.now(timezone.utc) + timedelta(days=20)
    accounts = {name: make_credentials(name, expires=expires)._asdict() for name in ("1", "2", "3")}
    config = {"useapi:accounts": accounts, "useapi:apiToken": DEMO.api_token, "useapi:baseUrl": emulator.base_url}
    limit = one(looked(config), "account limit")
    assert limit.verdict is Verdict.WRONG
    assert limit.text == "0 configured, 3 in the stack's config, at most 2: they do not fit"
    emulator.edit_subscription(DEMO.number, maxAccounts=3)
    assert one(looked(config), "account limit").verdict is Verdict.OK


def test_the_command_without_a_project(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {"USEAPI_API_TOKEN": DEMO.api_token, "USEAPI_BASE_URL": emulator.base_url, "PATH": str(tmp_path)}
    result = CliRunner().invoke(main, ["doctor", "--json"], env=environment)
    document = json.loads(result.output)
    verdicts = {check["check"]: check["verdict"] for check in document["checks"]}
    assert result.exit_code == 1
    assert not document["isWell"]
    assert (verdicts["Pulumi CLI"], verdicts["project"], verdicts["stack"]) == ("wrong", "wrong", "skipped")
    assert (verdicts["API token"], verdicts["access"]) == ("ok", "ok")
    shown = CliRunner().invoke(main, ["doctor"], env=environment).output
    assert f"wrong    project       there is no Pulumi.yaml in {tmp_path} and above it\n" in shown
    assert "fix: go to the project's folder, name it with --cwd, or make one: pulumi-useapi init minimax" in shown
    assert shown.endswith("2 wrong: mend the first one, then run pulumi-useapi doctor again\n")
