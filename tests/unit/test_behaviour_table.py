"""Holds docs/behaviour.md true: every row is set up on the emulated service, and every command's outcome compared.

A cell begins with the outcome in bold; what it quotes must be among the sentences told. The row names tests on the
real engine, which must exist. A row that only the engine can show is in `ON_THE_ENGINE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.emulator import Emulator
from pulumi_useapi.errors import UseApiError
from tests.unit.test_lifecycle import (
    NOW,
    ONE,
    TWO,
    RefusedError,
    Stack,
    World,
    by_hand,
    entry,
    urn_of,
    wire,
)

ROOT = Path(__file__).parents[2]
COMMANDS = ("preview", "up", "refresh", "destroy")
GIVEN = entry("1", 30)
Declared = Mapping[str, dict[str, Any]]
UNCHANGED: Declared = {"main": GIVEN}


@dataclass(frozen=True)
class Row:
    """One row of the table: the cells by command, and the tests it names."""

    name: str
    cells: dict[str, str]
    tests: list[str]


def read_table() -> list[Row]:
    rows, columns = [], []
    for line in (ROOT / "docs" / "behaviour.md").read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "id":
            columns = cells
        elif not set(cells[0]) <= {"-", ":"}:
            row = dict(zip(columns, cells, strict=True))
            tests = re.findall(r"`([^`]+)`", row["on the real engine"])
            outcomes = {command: row[command] for command in COMMANDS if row.get(command)}
            rows.append(Row(row["id"].strip("`"), outcomes, tests))
    return rows


ROWS = read_table()


# How each row comes about: with "main" configured, change the world, and say what the program declares then.

SETUPS: dict[str, Callable[[World], Declared]] = {}


def setup(function: Callable[[World], Declared]) -> Callable[[World], Declared]:
    SETUPS[function.__name__.replace("_", "-")] = function
    return function


def changed(**properties: Any) -> Declared:
    return {"main": GIVEN | properties}


def renewed(days: float) -> Declared:
    """Other credentials of the same account."""
    return {"main": entry("1", days)}


SETUPS |= {
    "unchanged": lambda _: UNCHANGED,
    "max-jobs": lambda _: changed(maxJobs=3),
    "max-jobs-bad": lambda _: changed(maxJobs=11),
    "token": lambda _: renewed(60),
    "token-older": lambda _: renewed(20),
    "token-expired": lambda _: renewed(-1),
    "url": lambda _: changed(url=GIVEN["url"].replace("os_name=Windows", "os_name=Linux")),
    "url-unix": lambda _: changed(url=re.sub("unix=[0-9]+", "unix=1799999999999", GIVEN["url"])),
    "adopt": lambda _: changed(adopt=True),
    "subscription-renamed": lambda _: changed(subscription="uno"),
    "subscription": lambda _: changed(subscription="two"),
    "subscription-unknown": lambda _: changed(subscription="three"),
    "account": lambda _: {"main": entry("2")},
    "new": lambda _: {**UNCHANGED, "more": entry("2")},
    "removed": lambda _: {},
    "renamed": lambda _: {"other": GIVEN},
    "renamed-and-renewed": lambda _: {"other": entry("1", 60)},
    "twice": lambda _: {**UNCHANGED, "more": entry("1")},
}


@setup
def token_expired_unchanged(world: World) -> Declared:
    world.stack.now = NOW + timedelta(days=40)
    return UNCHANGED


@setup
def renamed_with_alias(world: World) -> Declared:
    world.stack.state["other"] = world.stack.state.pop("main")  # what the engine makes of an alias
    return {"other": GIVEN}


@setup
def new_beyond_limit(world: World) -> Declared:
    world.emulator.edit_subscription(ONE.number, maxAccounts=1)
    return {**UNCHANGED, "more": entry("2")}


@setup
def new_without_api_token(world: World) -> Declared:
    del world.stack.environment["USEAPI_API_TOKEN"]
    return {**UNCHANGED, "more": entry("2")}


@setup
def new_there_same(world: World) -> Declared:
    more = entry("2")
    by_hand(world, more)
    return {**UNCHANGED, "more": more}


@setup
def new_there_other(world: World) -> Declared:
    by_hand(world, entry("2"))
    return {**UNCHANGED, "more": entry("2", 60)}


@setup
def new_there_other_adopt(world: World) -> Declared:
    by_hand(world, entry("2"))
    return {**UNCHANGED, "more": entry("2", 60) | {"adopt": True}}


@setup
def new_unreachable(world: World) -> Declared:
    world.stop()
    return {**UNCHANGED, "more": entry("2")}


@setup
def gone(world: World) -> Declared:
    world.emulator.delete(ONE.number, "1")
    return UNCHANGED


@setup
def max_jobs_edited(world: World) -> Declared:
    world.emulator.edit(ONE.number, "1", maxJobs=7)
    return UNCHANGED


@setup
def max_jobs_edited_seen(world: World) -> Declared:
    max_jobs_edited(world)
    world.stack.refresh()
    return UNCHANGED


@setup
def older(world: World) -> Declared:
    by_hand(world, entry("1", 10))
    return UNCHANGED


@setup
def older_seen(world: World) -> Declared:
    older(world)
    world.stack.refresh()
    return UNCHANGED


@setup
def other_user(world: World) -> Declared:
    world.emulator.edit(ONE.number, "1", user={"id": "999"})
    return UNCHANGED


@setup
def newer(world: World) -> Declared:
    by_hand(world, entry("1", 50))
    return UNCHANGED


@setup
def newer_seen(world: World) -> Declared:
    newer(world)
    world.stack.refresh()
    return UNCHANGED


@setup
def newer_and_max_jobs(world: World) -> Declared:
    newer(world)
    return changed(maxJobs=3)


@setup
def newer_and_older_token(world: World) -> Declared:
    newer(world)
    return renewed(40)


@setup
def newer_and_newest_token(world: World) -> Declared:
    newer(world)
    return renewed(60)


@setup
def newer_seen_and_adopt(world: World) -> Declared:
    newer_seen(world)
    return changed(adopt=True)


@setup
def error(world: World) -> Declared:
    world.emulator.edit(ONE.number, "1", error="account on hold")
    return UNCHANGED


@setup
def error_and_max_jobs(world: World) -> Declared:
    world.emulator.set_behaviour(accounts={"1": {"error": "account on hold"}})
    return changed(maxJobs=3)


@setup
def other_owner(world: World) -> Declared:
    world.stack.environment["USEAPI_API_TOKEN"] = TWO.api_token
    return UNCHANGED


@setup
def other_owner_and_max_jobs(world: World) -> Declared:
    other_owner(world)
    return changed(maxJobs=3)


@setup
def other_owner_named_former(world: World) -> Declared:
    other_owner(world)
    world.stack.environment["USEAPI_FORMER_OWNER"] = world.stack.state["main"].outputs["owner"]
    by_hand(world, GIVEN, subscription=TWO)
    return changed(maxJobs=3)


@setup
def unreachable(world: World) -> Declared:
    world.stop()
    return UNCHANGED


@setup
def unreachable_and_max_jobs(world: World) -> Declared:
    world.stop()
    return changed(maxJobs=3)


@setup
def api_token_refused(world: World) -> Declared:
    world.stack.environment["USEAPI_API_TOKEN"] = "user:4711-no-longer-good"
    return UNCHANGED


@setup
def api_token_refused_and_max_jobs(world: World) -> Declared:
    api_token_refused(world)
    return changed(maxJobs=3)


@setup
def expired_subscription(world: World) -> Declared:
    world.emulator.edit_subscription(ONE.number, expired=True)
    return UNCHANGED


@setup
def expired_subscription_and_max_jobs(world: World) -> Declared:
    expired_subscription(world)
    return changed(maxJobs=3)


@setup
def on_hold_and_max_jobs(world: World) -> Declared:
    world.emulator.set_behaviour(accounts={"1": {"refuse": 596}})
    return changed(maxJobs=3)


@setup
def login_refused_and_token(world: World) -> Declared:
    world.emulator.set_behaviour(accounts={"1": {"refuse": "wrong-credentials"}})
    return renewed(60)


ON_THE_ENGINE = {"token-unknown", "get", "protect", "state-move", "not-the-api"}
"""Rows that need the engine itself, or a proxy in between; the tests they name show them."""


# What each command comes to.


def with_warning(world: World, outcome: str) -> str:
    return outcome + (", warning" if world.stack.told("warning") else "")


def preview(world: World, declared: Declared) -> str:
    plan = world.stack.preview(**declared)
    made = {
        "create": any(diff is None for diff in plan.values()),
        "replace": any(diff and diff.replaces for diff in plan.values()),
        "update": any(diff and diff.changes and not diff.replaces for diff in plan.values()),
        "delete": bool(world.stack.state.keys() - declared.keys()),
    }
    return " and ".join(name for name, found in made.items() if found) or "nothing"


def up(world: World, declared: Declared) -> str:
    written(world)
    world.stack.up(declared)
    return written(world) or "nothing"


def refresh(world: World, _: Declared) -> str:
    """As the engine does: after each read it asks for the diff that it shows."""
    lifecycle, stored = world.stack.process(), world.stack.state["main"]
    seen = lifecycle.read(urn_of("main"), stored.id, wire(stored.outputs))
    if seen is None:
        return "entry goes"
    diff = lifecycle.diff(urn_of("main"), wire(seen[0]), wire(stored.inputs))
    return "difference" if diff.changes else "nothing"


def destroy(world: World, _: Declared) -> str:
    written(world)
    world.stack.destroy()
    assert world.stack.state == {}
    return written(world) or "entry goes"


def written(world: World) -> str:
    """The requests that changed something since the last time, as `POST and DELETE`."""
    try:
        done = [call.split() for call in world.calls()]
    except RuntimeError:  # the emulator has been stopped
        return ""
    methods = [method for method, status in done if method != "GET" and status.startswith("2")]
    return " and ".join(methods)


RUN: dict[str, Callable[[World, Declared], str]] = {
    "preview": preview,
    "up": up,
    "refresh": refresh,
    "destroy": destroy,
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Emulator(tmp_path / "emulator", subscriptions=[ONE, TWO]) as emulator:
        tokens = {"": ONE.api_token, "_TWO": TWO.api_token, "_UNO": ONE.api_token}
        environment = {f"USEAPI_API_TOKEN{name}": token for name, token in tokens.items()}
        made = World(emulator, Stack(environment | {"USEAPI_BASE_URL": emulator.base_url}))
        made.stack.up(UNCHANGED)
        yield made


@pytest.mark.parametrize(
    ("row", "command"),
    [
        pytest.param(row, command, id=f"{row.name}-{command}")
        for row in ROWS
        if row.name not in ON_THE_ENGINE
        for command in row.cells
    ],
)
def test_the_cell_is_true(world: World, row: Row, command: str) -> None:
    declared = SETUPS[row.name](world)
    before = dict(world.stack.state)
    sentences: list[str] = []
    try:
        outcome = with_warning(world, RUN[command](world, declared))
    except (UseApiError, RefusedError) as refused:
        outcome = with_warning(world, "refused")
        sentences.append(str(refused))
        assert world.stack.state == before, "a refusal changed the state"
    sentences += [message for _, message, _ in world.stack.reports]

    bold = re.match(r"\*\*(.+?)\*\*", row.cells[command])
    assert bold
    assert outcome == bold[1], sentences
    for quoted in re.findall(r'"([^"]+)"', re.sub("`[^`]*`", "", row.cells[command])):
        assert all(any(part.strip() in told for told in sentences) for part in quoted.split("…")), sentences


def test_every_row_has_a_setup_and_every_setup_a_row() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert set(names) == SETUPS.keys() | ON_THE_ENGINE
    assert all(row.cells for row in ROWS)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_the_tests_that_a_row_names_exist(row: Row) -> None:
    assert row.tests
    for named in row.tests:
        module, _, function = named.partition("::")
        source = (ROOT / "tests" / "engine" / module).read_text(encoding="utf-8")
        assert re.search(rf"^def {function}\(", source, re.MULTILINE), named
