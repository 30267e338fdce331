"""The sum of accounts, in programs without an engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError, fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pulumi
import pytest

from pulumi_useapi import AccountsSummary, MiniMaxAccount, accounts_from_config, stack_config, summarize_accounts
from pulumi_useapi.emulator.sample import make_credentials
from tests.support.mocked_program import Mocks, mocked_program

SOUND = {"supportVideo": True, "supportChat": True, "supportAudio": False}
EARLY, LATE = "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"


@pytest.fixture
def mocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mocks:
    monkeypatch.chdir(tmp_path)
    return Mocks()


@pytest.fixture(autouse=True)
def loop(mocks: Mocks) -> Iterator[asyncio.AbstractEventLoop]:
    with mocked_program(mocks) as loop:
        yield loop


def declare(mocks: Mocks, max_jobs: int = 2, **answers: Mapping[str, Any]) -> dict[str, MiniMaxAccount]:
    mocks.answers.update(answers)
    return {name: MiniMaxAccount(name, url=f"url {name}", token=f"token {name}", max_jobs=max_jobs) for name in answers}


def values(loop: asyncio.AbstractEventLoop, summary: AccountsSummary) -> dict[str, Any]:
    async def wait() -> dict[str, Any]:
        return {one.name: await getattr(summary, one.name).future() for one in fields(summary)}

    return loop.run_until_complete(wait())


def test_accounts_are_summed_up(mocks: Mocks, loop: asyncio.AbstractEventLoop) -> None:
    accounts = declare(
        mocks,
        late={"account": "11", "jwtExpiry": LATE, **SOUND, "supportMusic": True},
        early={"account": "22", "jwtExpiry": EARLY, **SOUND},
        broken={"account": "33", "jwtExpiry": LATE, "maxJobs": 5, "error": "This account is broken."},
    )
    summary = summarize_accounts(accounts)
    assert values(loop, summary) == {
        "account_ids": {"late": "11", "early": "22", "broken": "33"},
        "total_max_jobs": 9,
        "earliest_expiry": EARLY,
        "earliest_expiry_account": "early",
        "support_video": 2,
        "support_chat": 2,
        "support_audio": 0,
        "support_music": 1,
        "in_error": {"broken": "This account is broken."},
    }
    with pytest.raises(FrozenInstanceError):
        summary.total_max_jobs = summary.support_video  # type: ignore[misc]


def test_names_are_the_mappings_and_of_equal_expiries_the_first_name_counts(
    mocks: Mocks, loop: asyncio.AbstractEventLoop
) -> None:
    accounts = declare(mocks, one={"account": "11", "jwtExpiry": EARLY}, two={"account": "22", "jwtExpiry": EARLY})
    summed = values(loop, summarize_accounts({"b team": accounts["one"], "a.team": accounts["two"]}))
    assert summed["account_ids"] == {"b team": "11", "a.team": "22"}
    assert summed["earliest_expiry_account"] == "a.team"


def test_nothing_is_a_sum_too(loop: asyncio.AbstractEventLoop) -> None:
    summed = values(loop, summarize_accounts({}))
    assert (summed["account_ids"], summed["total_max_jobs"], summed["in_error"]) == ({}, 0, {})
    assert (summed["earliest_expiry"], summed["earliest_expiry_account"], summed["support_video"]) == (None, None, 0)


def test_an_account_that_was_only_looked_up_counts_with_the_apis_expiry(
    mocks: Mocks, loop: asyncio.AbstractEventLoop
) -> None:
    accounts = declare(mocks, ours={"account": "11", "jwtExpiry": LATE, "serverExpiry": "2026-10-01T00:00:00Z"})
    mocks.answers["theirs"] = {"account": "22", "serverExpiry": EARLY, "maxJobs": 3}
    accounts["theirs"] = MiniMaxAccount.get("theirs", "22")
    summed = values(loop, summarize_accounts(accounts))
    assert (summed["earliest_expiry"], summed["earliest_expiry_account"]) == (EARLY, "theirs")


# accounts_from_config


def configure(accounts: Mapping[str, Any]) -> None:
    pulumi.runtime.set_all_config({"useapi:accounts": json.dumps(accounts)}, ["useapi:accounts"])


def entry(account: str, **further: Any) -> dict[str, Any]:
    made = make_credentials(account, expires=datetime.now(timezone.utc) + timedelta(days=20))
    return {"url": made.url, "token": made.token, "maxJobs": 2, **further}


def test_all_faults_of_the_config_are_told_at_once(mocks: Mocks) -> None:
    configure(
        {
            "good": entry("11"),
            "a.b": {"maxJobs": 2},
            "odd": "text",
            "typo": {**entry("22"), "max_jobs": 2, "subscribtion": "team-b"},
            "flag": {**entry("33"), "adopt": "yes", "protect": 1.5},
        }
    )
    with pytest.raises(pulumi.RunError) as caught:
        accounts_from_config()
    assert str(caught.value).splitlines() == [
        'useapi:accounts["a.b"].url is missing: set it with pulumi config set --secret --path '
        "'useapi:accounts[\"a.b\"].url'",
        'useapi:accounts["a.b"].token is missing: set it with pulumi config set --secret --path '
        "'useapi:accounts[\"a.b\"].token'",
        "useapi:accounts.odd: it must hold url, token and maxJobs: set each with pulumi config set --path",
        "useapi:accounts.typo has a field that is not known, 'max_jobs', 'subscribtion': it may have url, token, maxJobs, "
        "subscription, adopt, protect, retainOnDelete",
        "useapi:accounts.flag.adopt: it must be true or false: set it with pulumi config set --path "
        "'useapi:accounts.flag.adopt' true",
        "useapi:accounts.flag.protect: it must be true or false: set it with pulumi config set --path "
        "'useapi:accounts.flag.protect' true",
    ]
    assert set(mocks.declared) <= {"minimax-dev"}, "nothing is declared beside the stack itself"


def test_some_of_the_accounts(mocks: Mocks, loop: asyncio.AbstractEventLoop) -> None:
    configure({"main": entry("101"), "studio": entry("102"), "spare": {"url": "half done"}})
    accounts = accounts_from_config(["studio", "main"], export=False)
    assert list(accounts) == ["main", "studio"]
    assert accounts_from_config([], export=False) == {}
    assert values(loop, summarize_accounts(accounts))["total_max_jobs"] == 4
    assert {"main", "studio"} <= set(mocks.declared)
    assert "spare" not in mocks.declared
    with pytest.raises(pulumi.RunError) as caught:
        accounts_from_config({"mian": 1, "main": 2})
    assert str(caught.value) == (
        "useapi:accounts has no mian, only main, studio, spare: correct the names that the program gives to "
        "accounts_from_config, or configure what is missing"
    )


SAMPLE = make_credentials("103", expires=datetime.now(timezone.utc) + timedelta(days=20))


@pytest.mark.parametrize("name", ["one", "two"])
def test_one_test_knows_nothing_of_another(name: str) -> None:
    """Pulumi's mocks keep one root resource for all tests of a process: this is no second declaration."""
    assert MiniMaxAccount(name, url=SAMPLE.url, token=SAMPLE.token, max_jobs=1)


# the size of the config


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_, **__: shown.append(message))
    return shown


def test_a_config_near_its_limit_is_told(warnings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    stack_config.warn_near_the_size_limit()
    # With its name, "=" and the byte at its end, exactly four fifths of 128 KiB.
    largest = 104_857 - len("PULUMI_CONFIG=\0")
    monkeypatch.setenv("PULUMI_CONFIG", "x" * largest)
    stack_config.warn_near_the_size_limit()
    assert warnings == []

    monkeypatch.setenv("PULUMI_CONFIG", "é" + "x" * (largest - 1))
    stack_config.warn_near_the_size_limit()
    assert warnings == [
        "the stack's config takes 103 of the 128 KiB that Linux lets Pulumi hand to a program, beyond which every command "
        'fails with "argument list too long": keep further accounts in another stack, or their secrets outside of the '
        "config, as docs/fleets.md of pulumi-useapi shows"
    ]
    monkeypatch.setattr("sys.platform", "darwin")
    stack_config.warn_near_the_size_limit()
    assert len(warnings) == 1
