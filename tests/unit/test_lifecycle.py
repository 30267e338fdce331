"""The life cycle of accounts, over HTTP against the emulated service, driven as Pulumi's engine drives it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi import messages
from pulumi_useapi.credentials import parse_token
from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.emulator.sample import Credentials, make_credentials
from pulumi_useapi.errors import (
    AlreadyConfiguredError,
    ApiTokenRefusedError,
    BadRequestError,
    ConfigurationError,
    LifecycleError,
    MiniMaxCredentialsRefusedError,
    NewerCredentialsError,
    OwnerMismatchError,
    SuccessorNotConfiguredError,
    UnreachableError,
    UseApiError,
)
from pulumi_useapi.inputs import UNKNOWN, Failure
from pulumi_useapi.lifecycle import Diff, Lifecycle
from pulumi_useapi.settings import read_settings

NOW = datetime.now(timezone.utc)
ONE = Subscription("one", "user:4711-aaaaaaaaaaaaaaaaaaaa", max_accounts=5)
TWO = Subscription("two", "user:4712-bbbbbbbbbbbbbbbbbbbb", max_accounts=5)
TYPE = "pulumi-python:dynamic/useapi:MiniMaxAccount"
INPUTS = ("account", "jwtExpiry", "jwtIssued", "maxJobs", "token", "url")

Properties = dict[str, Any]


def urn_of(name: str) -> str:
    return f"urn:pulumi:dev::minimax::{TYPE}::{name}"


def credentials(account: str, days: float = 30, **options: Any) -> Credentials:
    return make_credentials(account, expires=NOW + timedelta(days=days), **options)


def entry(account: str, days: float = 30, *, max_jobs: Any = 2, **more: Any) -> Properties:
    """The inputs of a resource as a program gives them."""
    return {**credentials(account, days)._asdict(), "maxJobs": max_jobs, **more}


def wire(properties: Mapping[str, Any]) -> Properties:
    """The properties after their way through the engine, which knows only one kind of number."""
    return {
        key: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in properties.items()
        if value is not None
    }


class RefusedError(Exception):
    """check() refused."""

    def __init__(self, failures: list[Failure]) -> None:
        super().__init__(" | ".join(failure.reason for failure in failures))
        self.failures = failures


@dataclass
class Entry:
    """One resource in the state."""

    id: str
    inputs: Properties
    outputs: Properties


@dataclass
class Stack:
    """As much of an engine as the life cycle can tell: state, order of calls, one provider process for each run."""

    environment: dict[str, str]
    state: dict[str, Entry] = field(default_factory=dict)
    replaced: list[tuple[str, Entry]] = field(default_factory=list)
    reports: list[tuple[str, str, str]] = field(default_factory=list)
    now: datetime = NOW

    def process(self) -> Lifecycle:
        def report(severity: str, message: str, urn: str) -> None:
            self.reports.append((severity, message, messages.resource_name(urn)))

        self.reports.clear()
        return Lifecycle(read_settings(lambda _: None, self.environment), report, lambda: self.now)

    def preview(self, **declared: Properties) -> dict[str, Diff | None]:
        """What would be done: None for a create."""
        lifecycle = self.process()
        plan: dict[str, Diff | None] = {}
        for name, given in declared.items():
            plan[name] = self._plan(lifecycle, name, given)[1]
        return plan

    def up(
        self,
        accounts: Mapping[str, Properties] | None = None,
        *,
        killed: bool = False,
        continue_on_error: bool = False,
        **named: Properties,
    ) -> None:
        """Make it so; `killed`: before anything is deleted."""
        lifecycle, declared = self.process(), {**(accounts or {}), **named}
        errors: list[UseApiError] = []
        for name, given in declared.items():
            errors += self._attempt(lifecycle, name, given)
            if errors and not continue_on_error:
                raise errors[0]
        if not killed:
            self._delete(lifecycle, {name: old for name, old in self.state.items() if name not in declared})
        if errors:
            raise errors[0]

    def _attempt(self, lifecycle: Lifecycle, name: str, given: Properties) -> list[UseApiError]:
        try:
            self._step(lifecycle, name, given)
        except UseApiError as error:
            return [error]
        return []

    def _plan(self, lifecycle: Lifecycle, name: str, given: Properties) -> tuple[Properties, Diff | None]:
        old = self.state.get(name)
        inputs = self._checked(lifecycle, name, old.inputs if old else {}, given)
        if not old:
            return inputs, None
        diff = lifecycle.diff(urn_of(name), wire(old.outputs), wire(inputs))
        if diff.replaces:
            inputs = self._checked(lifecycle, name, {}, given)
        return inputs, diff

    def _step(self, lifecycle: Lifecycle, name: str, given: Properties) -> None:
        old = self.state.get(name)
        inputs, diff = self._plan(lifecycle, name, given)
        if old and diff and not diff.replaces:
            outputs = old.outputs
            if diff.changes:
                outputs = wire(lifecycle.update(urn_of(name), wire(old.outputs), wire(inputs)))
            self.state[name] = Entry(old.id, inputs, outputs)
            return
        identity, created = lifecycle.create(urn_of(name), wire(inputs))
        self.state[name] = Entry(identity, inputs, wire(created))
        if old:
            self.replaced.append((name, old))

    def _checked(self, lifecycle: Lifecycle, name: str, olds: Properties, given: Properties) -> Properties:
        inputs, failures = lifecycle.check(urn_of(name), wire(olds), wire(given))
        if failures:
            raise RefusedError(failures)
        return wire(inputs)

    def _delete(self, lifecycle: Lifecycle, removed: Mapping[str, Entry]) -> None:
        for name, old in list(self.replaced):
            lifecycle.delete(urn_of(name), old.id, wire(old.outputs))
            self.replaced.remove((name, old))
        for name, old in removed.items():
            lifecycle.delete(urn_of(name), old.id, wire(old.outputs))
            del self.state[name]

    def refresh(self) -> None:
        lifecycle = self.process()
        for name, old in list(self.state.items()):
            seen = lifecycle.read(urn_of(name), old.id, wire(old.outputs))
            if seen is None:
                del self.state[name]
                continue
            outputs, inputs = seen
            self.state[name] = Entry(old.id, wire(inputs) if inputs is not None else old.inputs, wire(outputs))

    def destroy(self) -> None:
        """Without the program, so without any check."""
        self._delete(self.process(), dict(self.state))

    def told(self, severity: str) -> list[str]:
        return [message for one, message, _ in self.reports if one == severity]


@dataclass
class World:
    emulator: Emulator
    stack: Stack
    marks: int = 0

    def served(self, number: int = 4711) -> dict[str, Properties]:
        return {one["account"]: one for one in self.emulator.accounts(number)}

    def calls(self) -> list[str]:
        """The requests since the last time, as `POST 201`."""
        seen = self.emulator.requests(self.marks)
        self.marks += len(seen)
        return [f"{one['method']} {one['status']}" for one in seen]

    def another_stack(self, api_token: str | None = None) -> Stack:
        environment = self.stack.environment | ({"USEAPI_API_TOKEN": api_token} if api_token else {})
        return Stack(environment)

    def holds(self, account: str, given: Properties, number: int = 4711) -> bool:
        """Whether the service has an account with these very credentials and jobs."""
        one = self.served(number).get(account)
        exp = parse_token(given["token"]).exp
        return one is not None and (one["exp"], one["maxJobs"]) == (exp, given["maxJobs"])

    def stop(self) -> None:
        """Nobody answers any more, which a short deadline makes known soon."""
        self.emulator.stop()
        self.stack.environment["USEAPI_DEADLINE"] = "0.3"

    def own_numbers(self, mask: str = "constant") -> None:
        self.emulator.set_behaviour(numbers="own", mask=mask)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Emulator(tmp_path / "emulator", subscriptions=[ONE, TWO]) as emulator:
        environment = {
            "USEAPI_BASE_URL": emulator.base_url,
            "USEAPI_API_TOKEN": ONE.api_token,
            "USEAPI_API_TOKEN_TWO": TWO.api_token,
            "USEAPI_API_TOKEN_UNO": ONE.api_token,
        }
        yield World(emulator, Stack(environment))


def by_hand(world: World, given: Properties, *, subscription: Subscription = ONE) -> None:
    """Configure an account outside of the stack."""
    world.another_stack(subscription.api_token).up(byhand={**given, "adopt": True})
    world.calls()


# check


def test_check_adds_what_the_token_says_and_strips_blank_space(world: World) -> None:
    given = entry("1", max_jobs=3.0)
    padded = {**given, "url": f" {given['url']}\n", "token": f"\t{given['token']} "}
    inputs, failures = world.stack.process().check(urn_of("main"), {}, padded)
    assert failures == []
    assert inputs == {
        **given,
        "account": "1",
        "jwtExpiry": (NOW + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "jwtIssued": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    assert isinstance(inputs["maxJobs"], int)


WHERE = "copy it from the site's /cursor request in the browser's developer tools"
AGAIN = WHERE.replace("copy it", "copy it again")


def refusals(name: str, property_: str, reason: str, *values: object) -> Iterator[tuple[Properties, str, str]]:
    """The same refusal of many values."""
    return (({name: value}, property_, reason) for value in values)


@pytest.mark.parametrize(
    ("change", "property_", "reason"),
    [
        *refusals("maxJobs", "maxJobs", "it must be a whole number from 1 to 10", 0, 11, 1.5, -1, "2", True, None, []),
        *refusals("maxJobs", "maxJobs", "it must be a whole number from 1 to 10", float("nan"), float("inf")),
        *refusals("adopt", "adopt", "it must be true or false", "true", 2.0, []),
        *refusals("subscription", "", messages.NO_SUBSCRIPTION_NAME, "user:4711-a", "a b", "", 7.0, []),
        *refusals("url", "", f"url: it is missing; {WHERE}", None, "", 7.0),
        *refusals("token", "", f"token: it is missing; {WHERE}", None, "", " ", 7.0),
        ({"url": "http://h/"}, "", f"url: it must be a whole address that begins with https://; {AGAIN}"),
        ({"token": "abc"}, "", f"token: this is no JWT; {AGAIN}"),
    ],
)
def test_a_bad_property(world: World, change: Properties, property_: str, reason: str) -> None:
    _, failures = world.stack.process().check(urn_of("main"), {}, entry("1") | change)
    assert failures == [Failure(property_, reason)]
    assert world.calls() == []


def test_all_bad_properties_are_told_at_once_and_none_is_echoed(world: World) -> None:
    bad = {"url": "ftp://very-secret-url", "token": "very-secret-token", "maxJobs": 99, "adopt": "very-much"}
    inputs, failures = world.stack.process().check(urn_of("main"), {}, bad)
    assert [failure.property for failure in failures] == ["", "maxJobs", "adopt", ""]
    assert "very" not in str(failures)
    assert inputs["maxJobs"] == 99


@pytest.mark.parametrize("name", ["url", "token", "maxJobs", "subscription", "adopt"])
def test_an_unknown_value_is_accepted_and_stays_unknown(world: World, name: str) -> None:
    inputs, failures = world.stack.process().check(urn_of("main"), {}, entry("1") | {name: UNKNOWN})
    assert failures == []
    derived = {key: inputs[key] for key in ("account", "jwtExpiry", "jwtIssued")}
    assert (set(derived.values()) == {UNKNOWN}) is (name == "token")
    assert inputs[name] is UNKNOWN


def test_beside_an_unknown_token_the_other_properties_are_judged(world: World) -> None:
    _, failures = world.stack.process().check(urn_of("main"), {}, entry("1", max_jobs=0) | {"token": UNKNOWN})
    assert [failure.property for failure in failures] == ["maxJobs"]


# expiry


@pytest.mark.parametrize("olds", [{}, entry("1", 40) | {"account": "1"}], ids=["new", "changed"])
def test_a_new_or_changed_dead_token_is_refused(world: World, olds: Properties) -> None:
    given = entry("1", -3)
    _, failures = world.stack.process().check(urn_of("main"), olds, given)
    assert failures == [Failure("", messages.expired(parse_token(given["token"]), NOW, urn_of("main")))]
    assert failures[0].reason.endswith(f"pulumi up --exclude '{urn_of('main')}'")
    assert world.calls() == ([] if olds else ["GET 200"])


@pytest.mark.parametrize("wrong", ["user:4711-a", 7.0, []])
def test_a_dead_token_beside_another_mistake(world: World, wrong: object) -> None:
    _, failures = world.stack.process().check(urn_of("main"), {}, entry("1", -3, subscription=wrong))
    assert len(failures) == 2


@pytest.mark.parametrize("environment", [{"USEAPI_API_TOKEN": ""}, {"USEAPI_API_TOKEN": "user:1-refused-aaaa"}])
def test_a_dead_token_is_refused_as_such_whatever_else_is_wrong(world: World, environment: dict[str, str]) -> None:
    world.stack.environment |= environment
    with pytest.raises(RefusedError, match="expired 3 days ago"):
        world.stack.preview(main=entry("1", -3))


def test_a_dead_token_that_has_not_changed_stops_nothing(world: World) -> None:
    given = entry("1", 1)
    world.stack.up(main=given)
    world.stack.now = NOW + timedelta(days=2)
    world.calls()
    assert world.stack.preview(main={**given, "token": f" {given['token']}\n"}) == {"main": Diff(changes=False)}
    assert world.calls() == []
    world.stack.refresh()
    world.stack.up(main=given)
    assert world.holds("1", given)
    world.stack.destroy()
    assert world.served() == {}


def test_a_dead_token_goes_on_with_another_max_jobs_where_the_server_has_it_still(world: World) -> None:
    given = entry("1", 1)
    world.stack.up(main=given)
    world.stack.now = NOW + timedelta(days=2)
    world.stack.up(main={**given, "maxJobs": 3})
    assert world.holds("1", {**given, "maxJobs": 3})


# duplicates


def test_an_account_declared_twice_is_refused_with_both_names(world: World) -> None:
    with pytest.raises(RefusedError) as caught:
        world.stack.preview(main=entry("1"), backup=entry("1"))
    assert str(caught.value) == 'account 1 is declared twice: by "main" and by "backup"; remove one of them'


def test_two_names_of_one_subscription_are_one(world: World) -> None:
    with pytest.raises(RefusedError, match="declared twice"):
        world.stack.preview(main=entry("1"), backup=entry("1", subscription="uno"))


def test_the_same_account_in_two_subscriptions_is_two(world: World) -> None:
    world.stack.up(main=entry("1"), backup=entry("1", subscription="two"))
    assert set(world.served(4711)) == set(world.served(4712)) == {"1"}


def test_without_an_api_token_duplicates_are_seen_too(world: World) -> None:
    del world.stack.environment["USEAPI_API_TOKEN"]
    with pytest.raises(RefusedError, match="declared twice"):
        world.stack.preview(main=entry("1"), backup=entry("1"))


def test_the_next_run_starts_anew(world: World) -> None:
    world.stack.up(main=entry("1"))
    world.stack.preview(main=entry("1"))
    with pytest.raises(RefusedError, match="already configured"):
        world.another_stack().preview(other=entry("1", 31))


# create: the look before


def test_a_new_account(world: World) -> None:
    given = entry("1", max_jobs=3)
    assert world.stack.preview(main=given) == {"main": None}
    assert world.calls() == ["GET 200", "GET 200"]  # the accounts, and how many there may be
    world.stack.up(main=given)
    assert world.calls() == ["GET 200", "GET 200", "POST 201"]
    assert world.holds("1", given)
    stored = world.stack.state["main"]
    assert stored.id == "1"
    assert {key: stored.outputs[key] for key in ("url", "token")} == {key: given[key] for key in ("url", "token")}
    assert stored.outputs["owner"] == f"4711@{world.emulator.base_url}"
    assert stored.outputs["serverExpiry"] == stored.outputs["jwtExpiry"] == stored.outputs["postedExpiry"]
    assert "secured" not in str(stored)
    assert world.stack.reports == []


def test_what_is_served_carries_the_revision_and_nothing_else_of_the_url_changes(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    revision = world.stack.state["main"].outputs["revision"]
    query = given["url"].partition("?")[2]
    assert world.served()["1"]["searchParams"] == query.rpartition("=")[0] + f"={revision}"
    assert abs(int(revision) / 1000 - NOW.timestamp()) < 600


def test_each_entry_keeps_its_mark_and_each_post_of_it_has_a_revision_of_its_own(world: World) -> None:
    seen = []
    for jobs in (1, 2, 3):
        world.stack.up(main=entry("1", max_jobs=jobs))
        seen.append(world.stack.state["main"].outputs["revision"])
    assert len(set(seen)) == 3
    assert len({revision[-4:] for revision in seen}) == 1


def test_a_url_without_unix_is_posted_as_it_is(world: World) -> None:
    given = entry("1")
    given["url"] = given["url"].partition("&unix=")[0]
    world.stack.up(main=given)
    assert "revision" not in world.stack.state["main"].outputs
    assert world.served()["1"]["searchParams"] == given["url"].partition("?")[2]


@pytest.mark.parametrize("omit", [["jwt.searchParams"], ["jwt"], ["jwt", "maxJobs", "account"]])
def test_any_shape_of_answer_settles(world: World, omit: list[str]) -> None:
    world.emulator.set_behaviour(omit=omit, extra={"new": {"field": [1]}, "jwt": {"x": 1}} if "jwt" not in omit else {})
    given = entry("1")
    world.stack.up(main=given)
    before = world.stack.state["main"]
    assert world.stack.preview(main=given) == {"main": Diff(changes=False)}
    world.stack.refresh()
    assert world.stack.state["main"] == before
    world.stack.destroy()
    assert world.served() == {}


OTHER = "account 1 is already configured at useapi.net with other credentials"


def test_an_account_with_other_credentials_is_not_overwritten(world: World) -> None:
    theirs, ours = entry("1", 20), entry("1", 30)
    by_hand(world, theirs)
    expected = messages.already_configured("1", parse_token(theirs["token"]).exp, urn_of("main"))
    for run in (world.stack.preview, world.stack.up):
        with pytest.raises(RefusedError) as caught:
            run(main=ours)
        assert str(caught.value) == expected
    assert set(world.calls()) == {"GET 200"}
    assert world.holds("1", theirs)


def test_create_itself_refuses_what_appeared_since_the_check(world: World) -> None:
    theirs, ours = entry("1", 20), entry("1", 30)
    lifecycle = world.stack.process()
    by_hand(world, theirs)
    inputs = wire(ours | {"account": "1"})
    with pytest.raises(AlreadyConfiguredError, match=OTHER):
        lifecycle.create(urn_of("main"), inputs)
    assert world.holds("1", theirs)


def test_adopt_takes_it_over_and_says_so(world: World) -> None:
    by_hand(world, entry("1", 20))
    ours = entry("1", 30, adopt=True)
    assert world.stack.preview(main=ours) == {"main": None}
    assert world.stack.reports == []
    world.stack.up(main=ours)
    assert world.holds("1", ours)
    assert world.stack.told("info") == [messages.taken_over("1", is_same=False)]


@pytest.mark.parametrize(("numbers", "mask"), [("echo", "ends"), ("echo", "constant"), ("own", "ends")])
def test_the_very_same_credentials_go_on_without_a_flag(world: World, numbers: str, mask: str) -> None:
    world.emulator.set_behaviour(numbers=numbers, mask=mask)
    ours = entry("1")
    by_hand(world, ours)
    world.stack.up(main=ours)
    assert world.holds("1", ours)
    assert world.stack.told("info") == [messages.taken_over("1", is_same=True)]


def test_where_nothing_tells_that_they_are_the_same_it_is_refused(world: World) -> None:
    world.own_numbers("constant")
    ours = entry("1")
    by_hand(world, ours)
    with pytest.raises(RefusedError, match=OTHER):
        world.stack.up(main=ours)
    assert world.holds("1", ours)


@pytest.mark.parametrize("mask", ["…secured…", "…secured…{end}", "e…secured…{end}"])
def test_a_mask_that_shows_hardly_anything_proves_nothing(world: World, mask: str) -> None:
    by_hand(world, entry("1", 20))
    ours = entry("1", 30)
    world.emulator.edit(4711, "1", mask=mask.format(end=ours["token"][-1]))
    with pytest.raises(RefusedError, match=OTHER):
        world.stack.preview(main=ours)


def test_another_users_credentials_are_never_the_same(world: World) -> None:
    ours = entry("1")
    by_hand(world, ours)
    world.emulator.edit(4711, "1", user={"id": "2"})
    with pytest.raises(RefusedError, match=OTHER):
        world.stack.preview(main=ours)


def test_a_preview_without_an_api_token_does_not_look(world: World) -> None:
    by_hand(world, entry("1", 20))
    del world.stack.environment["USEAPI_API_TOKEN"]
    assert world.stack.preview(main=entry("1")) == {"main": None}
    assert world.calls() == []
    with pytest.raises(ConfigurationError, match="the API token is missing"):
        world.stack.up(main=entry("1"))


def test_one_look_serves_all_new_accounts(world: World) -> None:
    world.stack.preview(**{f"a{number}": entry(str(number)) for number in range(5)})
    assert world.calls() == ["GET 200", "GET 200"]


def test_an_unreachable_service_is_one_warning_at_preview_and_an_error_at_up(world: World) -> None:
    world.stop()
    declared = {"a": entry("1"), "b": entry("2"), "c": entry("3")}
    assert world.stack.preview(**declared) == dict.fromkeys(declared)
    (warning,) = world.stack.told("warning")
    assert warning.startswith("what is configured at useapi.net could not be looked at before the change: ")
    with pytest.raises(UnreachableError):
        world.stack.up(declared)
    assert world.stack.state == {}


def test_a_refused_api_token_fails_the_preview(world: World) -> None:
    stack = world.another_stack("user:4711-no-longer-good")
    with pytest.raises(RefusedError) as caught:
        stack.preview(main=entry("1"))
    assert [failure.property for failure in caught.value.failures] == [""]
    assert "no-longer-good" not in str(caught.value)
    assert "API token" in str(caught.value)


def test_a_bad_setting_is_refused_by_check(world: World) -> None:
    world.stack.environment["USEAPI_BASE_URL"] = "http://useapi.example/v1/minimax"
    with pytest.raises(RefusedError) as caught:
        world.stack.preview(main=entry("1"))
    assert "useapi.example" not in str(caught.value) or "https" in str(caught.value)


# limits and advice


def test_one_account_too_many_is_told_at_preview(world: World) -> None:
    world.emulator.edit_subscription(4711, maxAccounts=2)
    world.stack.up(a=entry("1"))
    with pytest.raises(RefusedError) as caught:
        world.stack.preview(a=entry("1"), b=entry("2"), c=entry("3"))
    assert str(caught.value) == messages.beyond_limit("3", 2, 3)


def test_a_replacement_in_a_full_subscription_is_told_at_preview(world: World) -> None:
    world.emulator.edit_subscription(4711, maxAccounts=1)
    world.stack.up(a=entry("1"))
    with pytest.raises(RefusedError) as caught:
        world.stack.preview(a=entry("2"))
    assert str(caught.value) == messages.replacement_beyond_limit("2", 1, 2, urn_of("a"))


def test_taking_over_in_a_full_subscription_is_fine(world: World) -> None:
    world.emulator.edit_subscription(4711, maxAccounts=1)
    by_hand(world, entry("1"))
    world.stack.up(main=entry("1", 40, adopt=True))
    assert set(world.served()) == {"1"}


@pytest.mark.parametrize(
    ("plan", "max_jobs", "usable"),
    [("Free", 3, None), ("Free", 4, 3), ("Standard", 4, None), ("Standard", 5, 4), ("Unlimited", 10, 4)],
)
def test_advice_about_max_jobs(world: World, plan: str, max_jobs: int, usable: int | None) -> None:
    world.emulator.edit_subscription(4711, plan=plan)
    given = entry("1", max_jobs=max_jobs)
    world.stack.up(main=given)
    expected = [] if usable is None else [messages.more_jobs_than_usable("1", max_jobs, usable, plan)]
    assert world.stack.told("warning") == expected
    world.calls()
    world.stack.up(main=given)
    rotated = entry("1", 60, max_jobs=max_jobs)
    world.stack.up(main=rotated)
    assert world.stack.reports == []
    assert world.calls() == ["GET 200", "POST 201"]


def test_without_an_answer_about_the_plan_there_is_no_advice(world: World) -> None:
    world.emulator.set_behaviour(accounts={"1": {"refuse": 403, "methods": ["GET"]}})
    given = entry("1", max_jobs=9)
    world.stack.up(main=given)
    assert world.stack.reports == []
    assert world.holds("1", given)


def test_many_threads_share_one_look_and_make_each_account_once(world: World) -> None:
    world.emulator.edit_subscription(4711, maxAccounts=100)
    lifecycle = world.stack.process()
    ready = threading.Barrier(24, timeout=20)

    def configure(number: int) -> Properties:
        ready.wait()
        urn, given = urn_of(f"a{number}"), wire(entry(str(number)))
        inputs, failures = lifecycle.check(urn, {}, given)
        assert failures == []
        return lifecycle.create(urn, wire(inputs))[1]

    with ThreadPoolExecutor(24) as pool:
        stored = list(pool.map(configure, range(24)))
    assert {one["account"] for one in stored} == {str(number) for number in range(24)}
    assert sorted(world.calls()) == ["GET 200"] * 2 + ["POST 201"] * 24
    assert world.stack.reports == []


# diff and update


def test_what_a_change_leads_to(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    world.calls()
    plain = world.stack.preview
    none, update = Diff(changes=False), Diff(changes=True)
    unix = given["url"].rpartition("=")[0]
    assert plain(main=given) == {"main": none}
    assert plain(main={**given, "url": f"{unix}=1"}) == {"main": none}
    assert plain(main={**given, "adopt": True}) == {"main": none}
    assert world.calls() == []
    assert plain(main={**given, "subscription": "uno"}) == {"main": update}
    assert plain(main={**given, "maxJobs": 3}) == {"main": update}
    assert plain(main={**given, "url": given["url"] + "&more=1"}) == {"main": update}
    assert plain(main=entry("1", 60)) == {"main": update}
    assert plain(main=entry("2")) == {"main": Diff(changes=True, replaces=("account",))}
    assert plain(main={**given, "subscription": "two"}) == {"main": Diff(changes=True, replaces=("subscription",))}
    for name in ("token", "url", "maxJobs", "subscription"):
        assert plain(main={**given, name: UNKNOWN}) == {"main": update}
    assert {call for call in world.calls() if not call.startswith("GET")} == set()


def test_the_url_and_its_unix_stay_as_given(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    newer = {**given, "url": given["url"].rpartition("=")[0] + "=1"}
    world.stack.up(main=newer)
    assert world.stack.state["main"].outputs["url"] == given["url"]
    assert world.stack.preview(main=newer) == {"main": Diff(changes=False)}


def test_a_rotation_is_one_post(world: World) -> None:
    world.stack.up(main=entry("1"))
    before = world.stack.state["main"].outputs["revision"]
    world.calls()
    rotated = entry("1", 60)
    world.stack.up(main=rotated)
    assert world.calls() == ["GET 200", "POST 201"]
    assert world.holds("1", rotated)
    outputs = world.stack.state["main"].outputs
    assert outputs["revision"] != before
    assert outputs["postedExpiry"] == outputs["jwtExpiry"]
    assert world.stack.preview(main=rotated) == {"main": Diff(changes=False)}


@pytest.mark.parametrize("change", [{"subscription": "uno"}, {"subscription": "uno", "adopt": True}])
def test_what_the_server_need_not_know_is_no_request(world: World, change: Properties) -> None:
    given = entry("1")
    world.stack.up(main=given)
    world.calls()
    world.stack.up(main=given | change)
    assert world.calls() == []
    assert world.stack.state["main"].outputs["subscription"] == "uno"
    assert world.stack.preview(main=given | change) == {"main": Diff(changes=False)}
    world.stack.up(main=given)
    assert "subscription" not in world.stack.state["main"].outputs


def test_refused_credentials_change_nothing(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    world.emulator.set_behaviour(accounts={"1": {"refuse": "wrong-credentials", "methods": ["POST"]}})
    with pytest.raises(MiniMaxCredentialsRefusedError):
        world.stack.up(main=entry("1", 60))
    assert world.stack.state["main"].outputs["token"] == given["token"]
    world.emulator.set_behaviour(accounts={})
    assert world.stack.preview(main=given) == {"main": Diff(changes=False)}


def test_an_error_in_the_answer_is_a_warning_and_an_output(world: World) -> None:
    world.emulator.set_behaviour(accounts={"1": {"error": "on hold"}})
    given = entry("1")
    world.stack.up(main=given)
    assert world.stack.told("warning") == [messages.broken("1", "on hold")]
    assert world.stack.state["main"].outputs["error"] == "on hold"
    world.emulator.set_behaviour(accounts={})
    world.stack.refresh()
    assert "error" not in world.stack.state["main"].outputs
    world.emulator.set_behaviour(accounts={"1": {"error": "again"}})
    world.stack.refresh()
    assert world.stack.told("warning") == [messages.broken("1", "again")]
    assert world.stack.preview(main=given) == {"main": Diff(changes=False)}


@pytest.mark.parametrize("numbers", ["echo", "own"])
@pytest.mark.parametrize("change", ["rotation", "maxJobs"])
@pytest.mark.parametrize("refreshed", [False, True])
def test_newer_credentials_at_the_server_are_never_downgraded(
    world: World, numbers: str, change: str, refreshed: bool
) -> None:
    world.emulator.set_behaviour(numbers=numbers)
    given, theirs = entry("1", 10), entry("1", 50)
    world.stack.up(main=given)
    by_hand(world, theirs)
    if refreshed:
        world.stack.refresh()
    ours = entry("1", 20) if change == "rotation" else {**given, "maxJobs": 5}
    for run in (world.stack.preview, world.stack.up):
        with pytest.raises(NewerCredentialsError, match=r"account 1 has newer credentials at useapi\.net"):
            run(main=ours)
    assert world.holds("1", theirs)
    assert world.stack.preview(main={**ours, "adopt": True}) == {"main": Diff(changes=True)}
    world.stack.up(main={**ours, "adopt": True})
    assert world.holds("1", ours)


def test_a_token_that_expires_earlier_is_posted_with_a_warning(world: World) -> None:
    given, older = entry("1", 30), entry("1", 20)
    world.stack.up(main=given)
    assert world.stack.told("warning") == []
    world.stack.preview(main=older)
    expiries = [parse_token(one["token"]).expires.strftime("%Y-%m-%d") for one in (older, given)]
    assert world.stack.told("warning") == [
        f"account 1 gets an older token: the one set here expires on {expiries[0]}, the one configured now on {expiries[1]}; "
        "where the config is shared, fetch its newest version first (git pull)"
    ]
    world.stack.up(main=older)
    assert world.holds("1", older)


def test_update_itself_refuses_what_appeared_since_the_diff(world: World) -> None:
    world.stack.up(main=entry("1", 10))
    theirs, ours = entry("1", 50), entry("1", 20)
    lifecycle, stored = world.stack.process(), world.stack.state["main"]
    inputs, _ = lifecycle.check(urn_of("main"), stored.inputs, ours)
    by_hand(world, theirs)
    with pytest.raises(NewerCredentialsError):
        lifecycle.update(urn_of("main"), wire(stored.outputs), wire(inputs))
    assert world.holds("1", theirs)
    assert world.calls() == ["GET 200"]


def test_dead_credentials_are_not_put_over_newer_ones_even_with_adopt(world: World) -> None:
    given, theirs = entry("1", 10), entry("1", 50)
    world.stack.up(main=given)
    by_hand(world, theirs)
    world.stack.now = NOW + timedelta(days=20)
    changed = {**given, "maxJobs": 5, "adopt": True}
    for run in (world.stack.preview, world.stack.up):
        with pytest.raises(NewerCredentialsError) as caught:
            run(main=changed)
        assert "adopt" not in str(caught.value)
    assert world.holds("1", theirs)


def test_the_same_newer_credentials_set_here_too_are_posted(world: World) -> None:
    world.stack.up(main=entry("1", 10))
    theirs = entry("1", 50)
    by_hand(world, theirs)
    world.stack.refresh()
    world.stack.up(main=theirs)
    assert world.holds("1", theirs)
    assert world.stack.preview(main=theirs) == {"main": Diff(changes=False)}


def test_renewed_elsewhere_is_reported_and_left_alone(world: World) -> None:
    given, theirs = entry("1", 10), entry("1", 50)
    world.stack.up(main=given)
    by_hand(world, theirs)
    world.stack.refresh()
    expected = messages.renewed_elsewhere(world.stack.state["main"].outputs)
    assert world.stack.told("warning") == [expected]
    assert world.stack.preview(main=given) == {"main": Diff(changes=False)}
    assert world.stack.told("warning") == [expected]
    world.stack.up(main=given)
    assert world.holds("1", theirs)


# read


@pytest.mark.parametrize("numbers", ["echo", "own"])
@pytest.mark.parametrize("mask", ["ends", "constant"])
@pytest.mark.parametrize("delete_status", [200, 204])
def test_refresh_after_up_changes_nothing(world: World, numbers: str, mask: str, delete_status: int) -> None:
    world.emulator.set_behaviour(numbers=numbers, mask=mask, delete_status=delete_status)
    given = {"a": entry("1"), "b": entry("2")}
    world.stack.up(given)
    before = dict(world.stack.state)
    world.calls()
    world.stack.refresh()
    assert world.calls() == ["GET 200"]
    assert world.stack.state == before
    assert world.stack.reports == []
    assert world.stack.preview(**given) == dict.fromkeys(given, Diff(changes=False))
    world.stack.destroy()
    assert world.served() == {}


def test_max_jobs_changed_at_the_server_is_put_right(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    world.emulator.edit(4711, "1", maxJobs=9)
    world.stack.refresh()
    assert world.stack.state["main"].inputs["maxJobs"] == world.stack.state["main"].outputs["maxJobs"] == 9
    assert world.stack.preview(main=given) == {"main": Diff(changes=True)}
    world.stack.up(main=given)
    assert world.holds("1", given)


@pytest.mark.parametrize("numbers", ["echo", "own"])
def test_older_credentials_at_the_server_are_put_right(world: World, numbers: str) -> None:
    world.emulator.set_behaviour(numbers=numbers)
    given, theirs = entry("1", 30), entry("1", 10)
    world.stack.up(main=given)
    by_hand(world, theirs)
    world.stack.refresh()
    assert world.stack.state["main"].inputs["jwtExpiry"] != world.stack.state["main"].outputs["jwtExpiry"]
    assert world.stack.preview(main=given) == {"main": Diff(changes=True)}
    world.stack.up(main=given)
    assert world.holds("1", given)
    world.stack.refresh()
    assert world.stack.preview(main=given) == {"main": Diff(changes=False)}


@pytest.mark.parametrize(("edit", "shown"), [({}, False), ({"maxJobs": 9}, True), ({"error": "on hold"}, True)])
def test_what_the_engine_asks_after_a_read(world: World, edit: Properties, shown: bool) -> None:
    given = entry("1")
    world.stack.up(main=given)
    world.emulator.edit(4711, "1", **edit)
    lifecycle, stored = world.stack.process(), world.stack.state["main"]
    seen = lifecycle.read(urn_of("main"), "1", wire(stored.outputs))
    assert seen
    world.calls()
    assert lifecycle.diff(urn_of("main"), wire(seen[0]), stored.inputs) == Diff(changes=shown)
    assert world.calls() == []
    drifted = "maxJobs" in edit
    assert lifecycle.diff(urn_of("main"), wire(seen[0]), stored.inputs) == Diff(changes=drifted)


def test_a_check_after_a_read_ends_what_the_read_began(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    lifecycle, stored = world.stack.process(), world.stack.state["main"]
    lifecycle.read(urn_of("main"), "1", wire(stored.outputs))
    inputs, _ = lifecycle.check(urn_of("main"), stored.inputs, {**given, "maxJobs": 3})
    assert lifecycle.diff(urn_of("main"), wire(stored.outputs), wire(inputs)) == Diff(changes=True)


def test_gone_at_the_server_is_gone_from_the_state_and_made_again(world: World) -> None:
    given = {"a": entry("1"), "b": entry("2")}
    world.stack.up(given)
    world.emulator.delete(4711, "1")
    world.stack.refresh()
    assert set(world.stack.state) == {"b"}
    world.stack.up(given)
    assert set(world.served()) == {"1", "2"}


@pytest.mark.parametrize("run", ["refresh", "destroy"])
def test_an_unreachable_service_leaves_the_state_alone(world: World, run: str) -> None:
    world.stack.up(main=entry("1"))
    before = dict(world.stack.state)
    world.stop()
    with pytest.raises(UnreachableError):
        getattr(world.stack, run)()
    assert world.stack.state == before


@pytest.mark.parametrize("change", [{"maxJobs": 3}, {"token": "rotation"}])
def test_an_unreachable_service_at_an_update(world: World, change: Properties) -> None:
    given = entry("1")
    world.stack.up(main=given)
    before = dict(world.stack.state)
    changed = given | ({"token": entry("1", 60)["token"]} if "token" in change else change)
    world.stop()
    assert world.stack.preview(main=changed) == {"main": Diff(changes=True)}
    assert len(world.stack.told("warning")) == 1
    with pytest.raises(UnreachableError):
        world.stack.up(main=changed)
    assert world.stack.state == before


def test_a_refused_api_token_at_refresh_and_destroy_names_the_stored_configuration(world: World) -> None:
    world.stack.up(main=entry("1"))
    world.stack.environment["USEAPI_API_TOKEN"] = "user:4711-no-longer-good"
    with pytest.raises(UseApiError, match="--run-program") as caught:
        world.stack.refresh()
    assert not str(caught.value).endswith("'")
    with pytest.raises(UseApiError, match="--run-program") as caught:
        world.stack.destroy()
    assert str(caught.value).endswith(f"pulumi state delete '{urn_of('main')}'")
    with pytest.raises(ApiTokenRefusedError):
        world.stack.up(main=entry("1", 60))
    assert "main" in world.stack.state


def test_an_expired_subscription_at_destroy_names_the_way_out(world: World) -> None:
    world.stack.up(main=entry("1"))
    world.emulator.edit_subscription(4711, expired=True)
    with pytest.raises(UseApiError, match="pulumi state delete"):
        world.stack.destroy()
    assert "main" in world.stack.state


# owner


def test_nothing_is_done_with_the_api_token_of_another_subscription(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    by_hand(world, entry("1"), subscription=TWO)
    theirs = world.served(4712)
    before = dict(world.stack.state)
    world.stack.environment["USEAPI_API_TOKEN"] = TWO.api_token
    base = world.emulator.base_url
    expected = messages.other_owner("1", f"4711@{base}", f"4712@{base}")
    world.calls()
    for run in (
        world.stack.refresh,
        world.stack.destroy,
        lambda: world.stack.up(main={**given, "maxJobs": 5}),
        lambda: world.stack.preview(main={**given, "maxJobs": 5}),
        lambda: world.stack.up(main=entry("1", 60)),
        world.stack.up,
    ):
        with pytest.raises(OwnerMismatchError) as caught:
            run()
        assert str(caught.value) == expected
    assert world.calls() == []
    assert world.stack.state == before
    assert world.holds("1", given)
    assert world.served(4712) == theirs


def test_update_itself_asks_for_the_owner_too(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    world.stack.environment["USEAPI_API_TOKEN"] = TWO.api_token
    lifecycle, stored = world.stack.process(), world.stack.state["main"]
    world.calls()
    with pytest.raises(OwnerMismatchError):
        lifecycle.update(urn_of("main"), wire(stored.outputs), {**stored.inputs, "maxJobs": 3.0})
    assert world.calls() == []


def test_another_service_is_another_owner(world: World, tmp_path: Path) -> None:
    world.stack.up(main=entry("1"))
    with Emulator(tmp_path / "other", subscriptions=[ONE]) as other:
        world.stack.environment["USEAPI_BASE_URL"] = other.base_url
        for run in (world.stack.refresh, world.stack.destroy):
            with pytest.raises(OwnerMismatchError, match=re.escape(world.emulator.base_url)):
                run()
        assert other.requests() == []
    assert "1" in world.served()


def test_a_new_api_token_of_the_same_subscription_is_fine(world: World) -> None:
    stack = world.stack
    stack.up(main=entry("1"))
    stack.environment["USEAPI_API_TOKEN_UNO"] = stack.environment["USEAPI_API_TOKEN"]
    stack.refresh()
    stack.destroy()
    assert world.served() == {}


def test_a_real_move_is_allowed_by_the_setting(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    former = world.stack.state["main"].outputs["owner"]
    world.emulator.delete(4711, "1")
    by_hand(world, given, subscription=TWO)
    world.stack.environment |= {"USEAPI_API_TOKEN": TWO.api_token, "USEAPI_FORMER_OWNER": former}
    world.stack.refresh()
    assert world.stack.state["main"].outputs["owner"] == f"4712@{world.emulator.base_url}"
    del world.stack.environment["USEAPI_FORMER_OWNER"]
    world.stack.up(main=entry("1", 60))
    world.stack.destroy()
    assert world.served(4712) == {}


# delete, and all the ways in which one must not happen


def test_destroy_deletes_what_is_ours(world: World) -> None:
    world.stack.up(a=entry("1"), b=entry("2"))
    by_hand(world, entry("3"))
    world.calls()
    world.stack.destroy()
    assert world.calls() == ["GET 200", "DELETE 204", "DELETE 204"]
    assert set(world.served()) == {"3"}
    assert world.stack.state == {}


def test_deleting_what_is_gone_succeeds(world: World) -> None:
    world.stack.up(a=entry("1"), b=entry("2"))
    world.emulator.delete(4711, "1")
    world.stack.destroy()
    assert world.stack.state == {}


def test_what_goes_between_the_look_and_the_delete_is_gone_too(world: World) -> None:
    world.stack.up(a=entry("1"), b=entry("2"))
    lifecycle = world.stack.process()
    states = {name: wire(one.outputs) for name, one in world.stack.state.items()}
    lifecycle.delete(urn_of("a"), "1", states["a"])
    world.emulator.delete(4711, "2")
    world.calls()
    lifecycle.delete(urn_of("b"), "2", states["b"])
    assert world.calls() == ["DELETE 404"]


def test_before_a_delete_the_look_is_not_the_one_of_check(world: World) -> None:
    """Another provider process of the same run may have posted the account in between."""
    given = entry("1")
    world.stack.up(old=given)
    leaving, joining = world.stack.process(), world.stack.process()
    leaving.check(urn_of("other"), {}, wire(entry("2")))
    joining.create(urn_of("new"), {**given, "account": "1", "jwtExpiry": "2026-12-24T00:00:00Z"})
    leaving.delete(urn_of("old"), "1", wire(world.stack.state["old"].outputs))
    assert set(world.served()) == {"1"}


@pytest.mark.parametrize("times", [1, 3])
def test_a_post_whose_answer_was_lost_is_still_ours_to_delete(world: World, times: int) -> None:
    world.stack.up(a=entry("1"), b=entry("2"))
    known = dict(world.stack.state)
    for number in range(times):
        world.stack.up(a=entry("1", 60 + number), b=entry("2", max_jobs=3 + number))
    world.stack.state = known
    world.stack.destroy()
    assert world.served() == {}
    assert world.stack.told("info") == []


def test_a_post_of_another_stack_is_not_ours_although_we_would_not_know_of_our_own(world: World) -> None:
    given = entry("1")
    world.stack.up(a=given)
    world.another_stack().up(other=given)
    world.stack.destroy()
    assert set(world.served()) == {"1"}
    assert world.stack.told("info") == [messages.left_to_successor("1")]


def test_without_an_echo_other_credentials_tell_that_somebody_posted(world: World) -> None:
    world.emulator.set_behaviour(omit=["jwt.searchParams"])
    world.stack.up(old=entry("1"), gone=entry("2"))
    by_hand(world, entry("1", 60))
    world.stack.destroy()
    assert set(world.served()) == {"1"}
    assert world.stack.told("info") == [messages.left_to_successor("1")]


def test_a_resource_that_is_deleted_before_it_is_created_again_keeps_its_account(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    lifecycle = world.stack.process()
    lifecycle.check(urn_of("main"), wire(world.stack.state["main"].inputs), wire(given))
    lifecycle.check(urn_of("main"), {}, wire(given))
    lifecycle.delete(urn_of("main"), "1", wire(world.stack.state["main"].outputs))
    assert set(world.served()) == {"1"}


Change = Callable[[World], None]
VARIANTS: dict[str, Change] = {
    "as it is": lambda world: None,  # noqa: ARG005
    "the server's own numbers": lambda world: world.own_numbers("ends"),
    "no echo of the url": lambda world: world.emulator.set_behaviour(omit=["jwt.searchParams"]),
    "the server's own numbers and no echo": lambda world: world.emulator.set_behaviour(
        numbers="own", omit=["jwt.searchParams"]
    ),
}
in_every_variant = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())


def settled(world: World, **declared: Properties) -> None:
    """The server has these accounts with these credentials and no other, and the state agrees."""
    assert set(world.served()) == {parse_token(given["token"]).account for given in declared.values()}
    for given in declared.values():
        assert world.holds(parse_token(given["token"]).account, given)
    assert world.stack.preview(**declared) == dict.fromkeys(declared, Diff(changes=False))
    assert set(world.stack.state) == set(declared)
    assert world.stack.replaced == []
    world.stack.refresh()
    assert world.stack.preview(**declared) == dict.fromkeys(declared, Diff(changes=False))


@in_every_variant
def test_a_rename_without_an_alias_keeps_the_account(world: World, variant: Change) -> None:
    variant(world)
    given = entry("1")
    world.stack.up(old=given)
    world.stack.up(new=given)
    settled(world, new=given)
    world.stack.destroy()
    assert world.served() == {}


@in_every_variant
def test_a_rename_together_with_a_rotation_is_refused_or_adopted(world: World, variant: Change) -> None:
    variant(world)
    given, rotated = entry("1"), entry("1", 60)
    world.stack.up(old=given)
    with pytest.raises(RefusedError, match=OTHER):
        world.stack.up(new=rotated)
    assert world.holds("1", given)
    world.stack.up(new={**rotated, "adopt": True})
    settled(world, new=rotated)


def test_a_rename_with_the_servers_numbers_and_a_constant_mask_wipes_nothing(world: World) -> None:
    world.own_numbers("constant")
    given = entry("1")
    world.stack.up(old=given)
    with pytest.raises(RefusedError, match="if the resource was only renamed, give it an alias"):
        world.stack.up(new=given)
    assert world.holds("1", given)
    world.stack.up(new={**given, "adopt": True})
    settled(world, new=given)


@in_every_variant
def test_swapping_two_names_keeps_both_accounts(world: World, variant: Change) -> None:
    variant(world)
    one, two = entry("1"), entry("2")
    world.stack.up(a=one, b=two)
    world.stack.up(a=two, b=one)
    settled(world, a=two, b=one)
    world.stack.destroy()
    assert world.served() == {}


def test_a_swap_with_a_constant_mask_and_the_servers_own_numbers_wipes_nothing(world: World) -> None:
    world.own_numbers("constant")
    one, two = entry("1"), entry("2")
    world.stack.up(a=one, b=two)
    try:
        world.stack.up(a=two, b=one)
    except RefusedError:
        world.stack.up(a={**two, "adopt": True}, b={**one, "adopt": True})
    assert world.holds("1", one)
    assert world.holds("2", two)


@in_every_variant
def test_a_run_killed_between_create_and_delete_of_a_rename(world: World, variant: Change) -> None:
    variant(world)
    given = entry("1")
    world.stack.up(old=given)
    world.stack.up(new=given, killed=True)
    assert set(world.stack.state) == {"old", "new"}
    world.stack.up(new=given)
    settled(world, new=given)


def test_destroy_after_such_a_kill_deletes_the_account_in_the_end(world: World) -> None:
    given = entry("1")
    world.stack.up(old=given)
    world.stack.up(new=given, killed=True)
    world.stack.destroy()
    assert world.served() == {}
    assert world.stack.state == {}


@in_every_variant
def test_a_rename_whose_create_fails_keeps_entry_and_account(world: World, variant: Change) -> None:
    variant(world)
    given = entry("1")
    world.stack.up(old=given)
    world.emulator.set_behaviour(accounts={"1": {"refuse": 400, "methods": ["POST"]}})
    with pytest.raises((SuccessorNotConfiguredError, BadRequestError)):
        world.stack.up(new=given, continue_on_error=True)
    assert set(world.stack.state) == {"old"}
    assert world.holds("1", given)
    world.emulator.set_behaviour(accounts={})
    world.stack.up(new=given)
    settled(world, new=given)


def test_what_such_a_delete_says(world: World) -> None:
    given = entry("1")
    world.stack.up(old=given)
    lifecycle = world.stack.process()
    lifecycle.check(urn_of("new"), {}, given)
    with pytest.raises(SuccessorNotConfiguredError) as caught:
        lifecycle.delete(urn_of("old"), "1", wire(world.stack.state["old"].outputs))
    assert str(caught.value) == messages.successor_not_configured("1", urn_of("new"))
    assert world.holds("1", given)


def test_a_rename_of_an_unchanged_dead_token_wipes_nothing(world: World) -> None:
    given = entry("1", 1)
    world.stack.up(old=given)
    world.stack.now = NOW + timedelta(days=2)
    with pytest.raises(RefusedError) as caught:
        world.stack.up(new=given)
    assert str(caught.value) == messages.expired_when_moved(parse_token(given["token"]), world.stack.now, urn_of("new"))
    assert "--exclude" not in str(caught.value)
    assert world.holds("1", given)
    assert set(world.stack.state) == {"old"}


@in_every_variant
def test_a_real_change_of_account_deletes_the_old_one_and_only_it(world: World, variant: Change) -> None:
    variant(world)
    one, two, three = entry("1"), entry("2"), entry("3")
    world.stack.up(main=one, other=three)
    world.stack.up(main=two, other=three)
    settled(world, main=two, other=three)


def test_a_move_to_another_subscription_deletes_it_there_and_only_there(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    by_hand(world, entry("9"))
    world.stack.up(main={**given, "subscription": "two"})
    assert set(world.served(4711)) == {"9"}
    assert set(world.served(4712)) == {"1"}
    assert world.stack.state["main"].outputs["owner"].startswith("4712@")


@pytest.mark.parametrize("mover", ["declares first", "lets go first"])
def test_an_account_moves_to_another_stack(world: World, mover: str) -> None:
    given, here, there = entry("1"), world.stack, world.another_stack()
    here.up(main=given)
    if mover == "declares first":
        there.up(main=given)
        assert there.told("info") == [messages.taken_over("1", is_same=True)]
        here.up()
        assert here.told("info") == [messages.left_to_successor("1")]
    else:
        there.state, here.state = here.state, {}
    assert here.state == {}
    assert world.holds("1", given)
    assert there.preview(main=given) == {"main": Diff(changes=False)}
    there.destroy()
    assert world.served() == {}


def test_a_deleted_account_can_be_declared_again_in_the_same_run(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    world.stack.destroy()
    world.stack.up(main=given)
    assert world.stack.told("info") == []
    settled(world, main=given)


# get


def test_a_look_up_gives_what_the_api_tells(world: World) -> None:
    given = entry("1", max_jobs=3)
    by_hand(world, given)
    seen = world.stack.process().read(urn_of("found"), "1", {"subscription": None})
    assert seen
    outputs, _ = seen
    assert (outputs["account"], outputs["maxJobs"], outputs["supportVideo"]) == ("1", 3, True)
    assert outputs["owner"] == f"4711@{world.emulator.base_url}"
    assert not {"url", "token"} & set(outputs)


def test_a_look_up_of_what_is_not_there_fails(world: World) -> None:
    with pytest.raises(LifecycleError) as caught:
        world.stack.process().read(urn_of("found"), "1", {})
    assert str(caught.value) == messages.nothing_to_get("1", f"4711@{world.emulator.base_url}")


def test_what_is_looked_up_may_be_managed_too(world: World) -> None:
    given = entry("1")
    world.stack.up(main=given)
    lifecycle = world.stack.process()
    lifecycle.check(urn_of("main"), wire(world.stack.state["main"].inputs), given)
    assert lifecycle.read(urn_of("found"), "1", {})
