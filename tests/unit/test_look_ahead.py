"""The waits for the looks at many subscriptions do not add up; a change of a few accounts looks at no more than it needs."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.inputs import Failure
from pulumi_useapi.lifecycle import Lifecycle
from pulumi_useapi.run_note import Line, RunNote
from pulumi_useapi.settings import read_settings

LATENCY = 0.4
NAMES = [f"team-{number}" for number in range(6)]
SUBSCRIPTIONS = [Subscription(name, f"user:{4711 + index}-dG9rZW4gb2Y") for index, name in enumerate(NAMES)]
EXPIRES = datetime.now(timezone.utc) + timedelta(days=20)


class Run:
    """The provider process of one run, whose program declares an account in each subscription."""

    def __init__(self, emulator: Emulator, declared: list[str]) -> None:
        self.emulator = emulator
        note = RunNote("127.0.0.1:1")
        for name in declared:
            note.add(Line(urn_of(name), account_of(name), subscription=name))
        tokens = {f"USEAPI_API_TOKEN_{one.name.upper().replace('-', '_')}": one.api_token for one in SUBSCRIPTIONS}
        environment = {"USEAPI_BASE_URL": emulator.base_url, **tokens}
        self.lifecycle = Lifecycle(read_settings(lambda _: None, environment), lambda *_: None, note=note)

    def check(self, name: str, olds: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[Failure]]:
        made = make_credentials(account_of(name), expires=EXPIRES)
        return self.lifecycle.check(urn_of(name), olds or {}, {**made._asdict(), "maxJobs": 2, "subscription": name})

    def asked(self) -> Counter[tuple[str, str]]:
        """How often each subscription was asked for what."""
        numbers = {4711 + index: name for index, name in enumerate(NAMES)}
        return Counter(
            (numbers[one["subscription"]], one["path"].rpartition("/")[2]) for one in self.emulator.requests()
        )


def urn_of(name: str) -> str:
    return f"urn:pulumi:dev::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::{name}"


def account_of(name: str) -> str:
    return str(302 + [*NAMES, "unknown"].index(name))


def both(*names: str) -> dict[tuple[str, str], int]:
    """The list and the limit of these subscriptions, once each."""
    return {(name, what): 1 for name in names for what in ("accounts", "account")}


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Emulator(tmp_path / "emulator", subscriptions=SUBSCRIPTIONS, latency=LATENCY) as running:
        yield running


def test_the_looks_of_a_new_stack_are_taken_together(emulator: Emulator) -> None:
    run = Run(emulator, NAMES)
    started = time.monotonic()
    assert [run.check(name)[1] for name in NAMES] == [[]] * len(NAMES)
    assert time.monotonic() - started < 4 * LATENCY < 2 * len(NAMES) * LATENCY
    assert run.asked() == both(*NAMES)


def test_a_stack_that_is_there_is_looked_at_only_where_an_account_is_added(emulator: Emulator) -> None:
    run = Run(emulator, NAMES)
    for name in NAMES[:-1]:
        run.check(name, {"account": account_of(name)})
    assert run.check(NAMES[-1])[1] == []
    assert run.asked() == both(NAMES[-1])


def test_a_second_subscription_to_look_at_is_the_sign_that_there_are_more(emulator: Emulator) -> None:
    run = Run(emulator, NAMES)
    run.check(NAMES[0], {"account": account_of(NAMES[0])})
    run.check(NAMES[1])
    assert run.asked() == both(NAMES[1])
    started = time.monotonic()
    for name in NAMES[2:]:
        assert run.check(name)[1] == []
    assert time.monotonic() - started < 4 * LATENCY
    assert all(count == 1 for count in run.asked().values())
    assert both(*NAMES[1:]).keys() <= run.asked().keys()


@pytest.mark.parametrize("declared", [[], NAMES[:1]])
def test_nothing_is_asked_ahead_for_one_subscription(emulator: Emulator, declared: list[str]) -> None:
    emulator.edit_subscription(4711, expired=True)
    run = Run(emulator, declared)
    assert run.check(NAMES[0])[1] != []
    assert run.asked() == {(NAMES[0], "accounts"): 1}


def test_what_fails_ahead_is_told_where_it_belongs(emulator: Emulator) -> None:
    emulator.edit_subscription(4711 + 3, expired=True)
    run = Run(emulator, [*NAMES, "unknown"])
    failures = {name: run.check(name)[1] for name in NAMES}
    assert [name for name, failed in failures.items() if failed] == [NAMES[3]]
    assert "the subscription at useapi.net has expired" in failures[NAMES[3]][0].reason


def test_new_tokens_in_many_subscriptions_are_looked_up_together(emulator: Emulator) -> None:
    emulator.set_behaviour(latency=0)
    first = Run(emulator, NAMES)
    stored = {}
    for name in NAMES:
        stored[name] = first.lifecycle.create(urn_of(name), first.check(name)[0])[1]
    emulator.set_behaviour(latency=LATENCY)
    before = first.asked()
    run = Run(emulator, NAMES)
    started = time.monotonic()
    for name in NAMES:
        inputs = {**stored[name], "maxJobs": 3}
        run.check(name, inputs)
        assert run.lifecycle.diff(urn_of(name), stored[name], inputs).changes
    assert time.monotonic() - started < 4 * LATENCY
    assert run.asked() - before == {(name, "accounts"): 1 for name in NAMES}
