"""A run killed or interrupted at its most delicate moments loses nothing: one more run finishes its work.

Moments: the service has done every POST (of a new, a renewed, a renamed and a replacing account) and the state knows
of none; the state has them all, and what they replace is not deleted yet; the service has done a DELETE, and the
state does not know. Killed: the engine, the program or the provider process. What outlives its engine runs on.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.changing_program import ChangingProgram
from tests.engine.conftest import World
from tests.engine.never_wipe import (
    PLACED_ACCOUNTS,
    ROOMY,
    account_of,
    changed,
    expect_agreement,
    expect_settled,
    now,
)
from tests.support.interrupted import is_locked, run_once_more, saved, saved_names
from tests.support.processes import RunningPulumi

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tells the processes apart by /proc")

UP = ("up", "--yes", "--skip-preview")
HOLD = {"fault": "slow-start", "seconds": 3}
"""The service does the work, and keeps the answer back: time for a kill between what it did and what the state knows."""

SIGNALS = (signal.SIGKILL, signal.SIGINT)


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return ROOMY


@pytest.fixture
def world(world: World) -> World:
    world.stack.write_program(PLACED_ACCOUNTS)
    return world


def kill(world: World, process: str, number: signal.Signals, is_due: Callable[[], bool]) -> None:
    """Run `up`, send the signal as soon as it is due, and put things in order as a person would."""
    with RunningPulumi(world.stack, *UP) as running:
        running.wait_until(is_due)
        assert running.send(process, number)
        assert running.wait().code != 0
        world.emulator.set_faults([])
        is_dead = (process, number) == ("engine", signal.SIGKILL)
        repair = run_once_more(world.stack, *UP)
    world.succeeded(repair.run)
    assert repair.cancelled is is_dead, "only a killed engine leaves its lock"
    assert is_dead or not repair.cleared, "only a killed engine does not know how its creates ended"
    assert saved(world.stack)["pending_operations"] == []


def held(world: World, since: int) -> list[str]:
    """The accounts whose change the service has done, with the answer still kept back."""
    return [one["account"] for one in world.calls(after=since) if one.get("fault")]


@pytest.mark.parametrize("number", SIGNALS, ids=[one.name for one in SIGNALS])
@pytest.mark.parametrize("process", ["engine", "program", "provider"])
def test_a_run_killed_at_its_delicate_moments(world: World, process: str, number: signal.Signals) -> None:
    program = ChangingProgram(world)
    rotated, renamed, replaced, removed = (program.add() for _ in range(4))
    renamed_bare = program.add_bare()
    program.declare()
    world.succeeded(world.stack.up())

    since = now(world)
    program.rotate(rotated)
    program.rename(renamed)
    program.rename(renamed_bare)
    gone = {program.account(replaced)}
    program.replace(replaced)
    program.add()
    program.declare()
    posted = {account_of(entry) for name, entry in program.entries.items() if name != removed}
    world.emulator.set_faults([{**HOLD, "method": "POST"}])
    kill(world, process, number, lambda: posted <= set(held(world, since)))
    expect_agreement(world, *program.entries.values())

    second = now(world)
    program.rotate(rotated)
    gone |= {program.account(replaced), program.account(removed)}
    program.replace(replaced)
    program.remove(removed)
    for name in list(program.entries)[-3:]:
        program.rename(name)
    last = program.account(program.add_last())
    program.declare()
    names = set(program.entries) - {name for name, entry in program.entries.items() if account_of(entry) == last}
    world.emulator.set_faults([{**HOLD, "method": "POST", "account": last}])
    kill(world, process, number, lambda: last in held(world, second) and names <= saved_names(world.stack))
    expect_agreement(world, *program.entries.values())

    assert {account for method, account in changed(world) if method == "DELETE"} == gone
    expect_settled(world)


@pytest.mark.parametrize("process", ["engine", "provider"])
def test_a_run_killed_when_the_service_has_deleted(world: World, process: str) -> None:
    program = ChangingProgram(world)
    replaced, removed, _ = program.add(), program.add(), program.add()
    program.declare()
    world.succeeded(world.stack.up())

    since = now(world)
    gone = {program.account(replaced), program.account(removed)}
    program.replace(replaced)
    program.remove(removed)
    program.declare()
    world.emulator.set_faults([{**HOLD, "method": "DELETE"}])
    kill(world, process, signal.SIGKILL, lambda: gone <= set(held(world, since)))

    assert {account for method, account in changed(world, since) if method == "DELETE"} == gone
    expect_agreement(world, *program.entries.values())
    expect_settled(world)


def test_what_outlives_its_engine_posts_no_more(world: World) -> None:
    """A provider that waits to try its POST again would overwrite what the next run has configured meanwhile."""
    program = ChangingProgram(world)
    program.add()
    program.declare()
    world.emulator.set_faults([{"fault": "status", "method": "POST", "status": 503, "retry_after": 5, "nth": 1}])

    with RunningPulumi(world.stack, *UP) as running:
        running.wait_until(lambda: bool(world.calls("POST")))
        assert running.send("engine", signal.SIGKILL)
        running.wait()
        running.wait_for_end_of("provider")
        assert len(world.calls("POST")) == 1
        repair = run_once_more(world.stack, *UP)
    world.succeeded(repair.run)
    assert len(world.calls("POST")) == 2
    expect_agreement(world, *program.entries.values())
    world.succeeded(world.stack.destroy())
    assert world.served() == {}


def test_two_runs_at_once_on_one_stack(world: World) -> None:
    program = ChangingProgram(world)
    for _ in range(3):
        program.add()
    program.declare()
    world.emulator.set_faults([{**HOLD, "method": "POST"}])

    with RunningPulumi(world.stack, *UP) as first:
        # It still has to start its program and its provider: time enough for the other one to meet the lock.
        first.wait_until(lambda: is_locked(world.stack))
        world.refused(world.stack.up(), "the stack is currently locked by 1 lock(s)")
        world.succeeded(first.wait())

    assert not is_locked(world.stack)
    assert len(world.calls("POST")) == len(program.entries)
    expect_agreement(world, *program.entries.values())
    expect_settled(world)
