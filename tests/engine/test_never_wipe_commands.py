"""No command wipes an account: targets, replacements, failed and killed runs, leftovers, protection, deletes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World
from tests.engine.never_wipe import (
    PLACED_ACCOUNTS,
    ROOMY,
    account_of,
    changed,
    entries,
    expect_agreement,
    expect_settled,
    new_urn,
    now,
    place,
    says,
    without_unix,
)
from tests.support.interrupted import saved_names
from tests.support.processes import RunningPulumi

A, B, C, D = "302817465", "517730018", "640021977", "733904112"
LEFT_TO_SUCCESSOR = (
    f"account {A} stays at useapi.net: it has been configured again since (under another name, in another stack or by "
    "another process), so only this entry is removed"
)


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return ROOMY


@pytest.fixture
def world(world: World) -> World:
    world.stack.write_program(PLACED_ACCOUNTS)
    return world


def stored_names(world: World) -> list[str]:
    return sorted(one["urn"].rpartition("::")[2] for one in entries(world.stack))


def test_a_rename_in_two_steps_new_name_first(world: World) -> None:
    """The new name is targeted, then the old one; a leftover is destroyed; both leave the account alone."""
    one, other, bare = world.entry(A), world.entry(B), without_unix(world.entry(C))
    world.stack.declare(one=one, other=other, bare=bare)
    world.succeeded(world.stack.up())
    world.stack.declare(**{"one-now": one, "other-now": other, "bare-now": bare})

    new_names = [f"--target={new_urn(name)}" for name in ("one-now", "other-now", "bare-now")]
    world.succeeded(world.stack.up(*new_names))
    assert stored_names(world) == ["bare", "bare-now", "one", "one-now", "other", "other-now"]
    world.succeeded(world.stack.refresh())
    leftover = world.succeeded(world.stack.destroy(f"--target={new_urn('one')}"))
    says(leftover, LEFT_TO_SUCCESSOR)
    world.succeeded(world.stack.up(f"--target={new_urn('other')}"))
    world.succeeded(world.stack.up())

    assert world.calls("DELETE") == []
    expect_agreement(world, one, other, bare)
    expect_settled(world)


def test_a_rename_in_two_steps_old_name_first(world: World) -> None:
    """A run that leaves out the new name does not delete the account under the old one."""
    one, two, bare = world.entry(A), world.entry(B), without_unix(world.entry(C))
    world.stack.declare(one=one, two=two, bare=bare)
    world.succeeded(world.stack.up())
    program = {"one-now": one, "two-now": two, "bare-now": bare}
    world.stack.declare(**program)

    left_out = (
        'account {} is not deleted: the program declares it as "{}-now" too, which this run leaves out or has not '
        "configured; run pulumi up without --target and --exclude"
    )
    old = {"one": A, "two": B, "bare": C}
    targets = [f"--target={new_urn(name)}" for name in old]
    sentences = [left_out.format(account, name) for name, account in old.items()]
    world.refused(world.stack.up(*targets, "--continue-on-error"), *sentences)
    world.refused(world.stack.up(targets[0]), sentences[0])
    world.refused(world.stack.up(f"--exclude={new_urn('one-now')}"), f"account {A} is not deleted")
    assert set(world.served()) == {A, B, C}
    world.succeeded(world.stack.up(f"--target={new_urn('one-now')}", f"--target={new_urn('one')}"))
    world.succeeded(world.stack.up())

    assert world.calls("DELETE") == []
    expect_agreement(world, one, two, bare)
    expect_settled(world)


def test_a_rename_to_another_provider_process_without_the_mark(world: World) -> None:
    """The process that deletes learns from the other one that the account has its successor."""
    bare = without_unix(world.entry(A))
    world.stack.declare(bare=bare)
    world.succeeded(world.stack.up())
    world.stack.declare(**{"bare-now": place(bare, provider="p")})

    says(world.succeeded(world.stack.up()), LEFT_TO_SUCCESSOR)

    assert world.calls("DELETE") == []
    expect_agreement(world, bare)
    expect_settled(world)


def test_a_replacement_with_the_same_id(world: World) -> None:
    """Created first or deleted first, with and without the mark, and together with a rotation."""
    program = {
        "one": world.entry(A),
        "first": place(world.entry(B), delete_first=True),
        "bare": without_unix(world.entry(C)),
        "bare-first": place(without_unix(world.entry(D)), delete_first=True),
    }
    world.stack.declare(**program)
    world.succeeded(world.stack.up())
    replace = [f"--replace={new_urn(name)}" for name in program]

    world.succeeded(world.stack.up(*replace))
    expect_agreement(world, *program.values())

    since = now(world)
    fresh = {name: entry | world.credentials(account_of(entry), days=31) for name, entry in program.items()}
    fresh["bare"], fresh["bare-first"] = without_unix(fresh["bare"]), without_unix(fresh["bare-first"])
    world.stack.declare(**fresh)
    world.refused(world.stack.up(*replace), "renew the credentials in a run of its own")
    assert changed(world, since) == []
    expect_agreement(world, *program.values())
    world.succeeded(world.stack.up())

    assert world.calls("DELETE") == []
    expect_agreement(world, *fresh.values())
    expect_settled(world)


def test_a_rename_whose_create_fails_is_finished_by_the_next_run(world: World) -> None:
    one, swapped, bare, other = world.entry(A), world.entry(B), without_unix(world.entry(C)), world.entry(D)
    before = {"one": one, "x": swapped, "y": other, "bare": bare}
    after = {"one-now": one, "x": other, "y": swapped, "bare-now": bare}
    world.stack.declare(**before)
    world.succeeded(world.stack.up())
    refuse = {"refuse": 403, "methods": ["POST"]}
    world.emulator.set_behaviour(accounts={A: refuse, B: refuse, C: refuse})
    world.stack.declare(**after)

    for _ in range(2):
        failed = world.refused(
            world.stack.up("--continue-on-error"),
            f'account {A} is not deleted: the program declares it as "one-now" too, which this run has not configured; '
            "mend what stopped that and run pulumi up again",
            f'account {C} is not deleted: the program declares it as "bare-now" too',
        )
        assert f"account {A} was already configured" not in failed.sentences, "it was not taken over"
        assert world.calls("DELETE") == []
        assert set(world.served()) == {A, B, C, D}
        assert {"one", "bare"} <= set(stored_names(world))

    world.emulator.set_behaviour(accounts={})
    world.succeeded(world.stack.up())
    assert world.calls("DELETE") == []
    expect_agreement(world, *after.values())
    expect_settled(world)


def test_a_replacement_whose_create_fails_keeps_the_old_account(world: World) -> None:
    one, another = world.entry(A), world.entry(B)
    world.stack.declare(one=one)
    world.succeeded(world.stack.up())
    world.emulator.set_behaviour(accounts={B: {"refuse": 403, "methods": ["POST"]}})
    world.stack.declare(one=another)

    world.refused(world.stack.up("--continue-on-error"), f"useapi.net does not allow this request for account {B}")
    expect_agreement(world, one)

    world.emulator.set_behaviour(accounts={})
    world.succeeded(world.stack.up())
    assert world.calls("DELETE")[-1]["account"] == A
    expect_agreement(world, another)
    expect_settled(world)


def kill_up_when(world: World, is_due: Callable[[], bool]) -> None:
    """Start `up` and kill the engine, the program and the provider at once as soon as it is due."""
    with RunningPulumi(world.stack, "up", "--yes", "--skip-preview") as running:
        running.wait_until(is_due)


def run_again(world: World) -> None:
    """Cancel the dead run's lock and finish its work."""
    world.succeeded(world.stack.run("cancel", "--yes", world.stack.name))
    world.succeeded(world.stack.up())


@pytest.mark.parametrize("moment", ["posted", "stored"])
def test_a_run_killed_in_the_middle_of_a_rename(world: World, moment: str) -> None:
    """Killed when the server has the POST, and when the state has the new entry as well but the old one is not gone."""
    one, bare = world.entry(A), without_unix(world.entry(B))
    world.stack.declare(one=one, bare=bare)
    world.succeeded(world.stack.up())
    late = place(world.entry(C), after=["one-now", "bare-now"])
    after: dict[str, Any] = {"one-now": one, "bare-now": bare, "late": late}
    world.stack.declare(**after)
    since = now(world)

    def is_due() -> bool:
        if len(world.calls("POST", after=since)) < 2:
            return False
        world.emulator.set_behaviour(latency=20)  # holds "late" up, and with it every delete
        return moment == "posted" or {"one-now", "bare-now"} <= saved_names(world.stack)

    kill_up_when(world, is_due)
    world.emulator.set_behaviour(latency=0)
    run_again(world)

    assert world.calls("DELETE") == []
    expect_agreement(world, *after.values())
    world.succeeded(world.stack.refresh("--clear-pending-creates", "--expect-no-changes"))
    assert world.stack.pending_operations() == []
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))


def test_a_delete_that_was_done_though_the_answer_said_otherwise(world: World) -> None:
    """The entry stays with the error; the next run finds the account gone, and is content."""
    world.stack.declare(one=world.entry(A), two=world.entry(B))
    world.succeeded(world.stack.up())
    world.emulator.set_behaviour(accounts={A: {"refuse": 403, "methods": ["DELETE"]}})
    world.stack.declare(two=(two := world.entry(B, days=31)))
    world.refused(world.stack.up(), f"useapi.net does not allow this request for account {A}")
    assert "one" in stored_names(world)

    world.emulator.delete(world.emulator.subscriptions[0].number, A)
    world.emulator.set_behaviour(accounts={})
    world.succeeded(world.stack.up())

    expect_agreement(world, two)
    expect_settled(world)


def test_two_renames_in_a_row_while_the_first_is_not_finished(world: World) -> None:
    one, bare = world.entry(A), without_unix(world.entry(B))
    world.stack.declare(one=one, bare=bare)
    world.succeeded(world.stack.up())
    world.stack.declare(two=one, **{"bare-two": bare})
    world.succeeded(world.stack.up(f"--target={new_urn('two')}", f"--target={new_urn('bare-two')}"))

    world.stack.declare(three=one, **{"bare-three": bare})
    preview = world.succeeded(world.stack.preview())
    assert "delete" in preview.text
    world.succeeded(world.stack.up())

    assert world.calls("DELETE") == []
    expect_agreement(world, one, bare)
    expect_settled(world)


def test_protected_and_retained_leftovers(world: World) -> None:
    """Pulumi's own options hold: a protected entry stops the run, a retained one goes without a request."""
    kept, held = place(world.entry(A), retain=True), place(world.entry(B), protect=True)
    world.stack.declare(kept=kept, held=held)
    world.succeeded(world.stack.up())
    world.stack.declare(**{"kept-now": kept, "held-now": held})

    assert world.stack.up().code != 0
    assert world.calls("DELETE") == []
    assert set(world.served()) == {A, B}

    world.succeeded(world.stack.run("state", "unprotect", new_urn("held"), "--yes"))
    world.succeeded(world.stack.up())
    assert world.calls("DELETE") == []
    expect_agreement(world, kept, held)
    expect_settled(world)


def test_a_forgotten_entry_and_a_state_older_than_the_server(world: World) -> None:
    """`pulumi state delete` and up takes the account back; an old backup never deletes what was posted since."""
    one, two = world.entry(A), world.entry(B)
    world.stack.declare(one=one, two=two)
    world.succeeded(world.stack.up())
    backup = world.stack.quiet("stack", "export")

    world.succeeded(world.stack.run("state", "delete", new_urn("one"), "--yes"))
    taken = world.succeeded(world.stack.up())
    says(
        taken, f"account {A} was already configured at useapi.net with these very credentials: this resource has it now"
    )
    expect_agreement(world, one, two)

    fresh = two | world.credentials(B, days=31)
    world.stack.declare(one=one, two=fresh)
    world.succeeded(world.stack.up())
    world.succeeded(world.stack.run("stack", "import", stdin=backup))
    world.stack.declare(two=fresh)
    says(world.succeeded(world.stack.up()), LEFT_TO_SUCCESSOR)
    assert world.calls("DELETE") == []
    assert set(world.served()) == {A, B}
    assert stored_names(world) == ["two"]
    expect_settled(world)


def test_edits_behind_our_back_then_destroy(world: World) -> None:
    """What somebody else posted since is not ours to delete; what was only edited is."""
    mine, bare, edited = world.entry(A), without_unix(world.entry(B)), world.entry(C)
    world.stack.declare(mine=mine, bare=bare, edited=edited)
    world.succeeded(world.stack.up())
    number = world.emulator.subscriptions[0].number
    searched = world.served()[A]["searchParams"].rpartition("unix=")[0]
    later = time.time() + 40 * 86_400
    world.emulator.edit(number, A, searchParams=f"{searched}unix=1799999999999", exp=later, iat=later - 86_400)
    world.emulator.edit(number, B, exp=later, iat=later - 86_400)
    world.emulator.edit(number, C, maxJobs=7)
    world.succeeded(world.stack.refresh())

    said = world.succeeded(world.stack.destroy())

    says(said, LEFT_TO_SUCCESSOR, LEFT_TO_SUCCESSOR.replace(A, B))
    assert changed(world)[3:] == [("DELETE", C)]
    assert set(world.served()) == {A, B}
    assert entries(world.stack) == []


def test_one_account_under_two_urns_over_two_runs(world: World) -> None:
    """A targeted second name takes it over; both at once are refused; the account stays until the last one goes."""
    one = world.entry(A)
    world.stack.declare(one=one)
    world.succeeded(world.stack.up())
    world.stack.declare(two=one)
    world.succeeded(world.stack.up(f"--target={new_urn('two')}"))
    world.stack.declare(one=one, two=one)
    world.refused(world.stack.up(), f'account {A} is declared twice: by "one" and by "two"; remove one of them')
    assert stored_names(world) == ["one", "two"]

    world.stack.declare(two=one)
    says(world.succeeded(world.stack.up()), LEFT_TO_SUCCESSOR)
    expect_agreement(world, one)
    expect_settled(world)
    world.succeeded(world.stack.destroy("--run-program"))
    assert world.served() == {}
