"""One stack driven from two machines: what one did the other sees, and nothing is lost when both are at it at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from tests.shared_state.team import CONFIG_FILE, STACK, Machine, Team
from tests.support.processes import RunningPulumi

UP = ("up", "--yes", "--skip-preview")
MAIN, STUDIO = "302817465", "517730018"
LOCKED = "the stack is currently locked by 1 lock(s)"
HOLD = {"fault": "slow-start", "seconds": 3, "method": "POST"}
"""The service does the work and keeps the answer back: time to stop or kill the run in between."""


def declare_two(team: Team) -> None:
    team.renew(team.first, "main", MAIN, days=20)
    team.renew(team.first, "studio", STUDIO, days=25)
    team.first.push("two accounts")


def expect_nothing_to_do(team: Team, machine: Machine) -> None:
    """A preview without changes, and without a request."""
    before = len(team.calls())
    team.succeeded(machine.run("preview", "--expect-no-changes"))
    assert len(team.calls()) == before


def accounts(team: Team) -> dict[str, dict[str, Any]]:
    """The accounts of the state as the backend has it."""
    resources = team.present_state().get("resources") or []
    found = {one["urn"].rpartition("::")[2]: one for one in resources}
    return {name: one for name, one in found.items() if one["type"].endswith(":MiniMaxAccount")}


def expiry(team: Team, name: str) -> str:
    return str(accounts(team)[name]["outputs"]["jwtExpiry"])


def test_what_one_machine_did_the_other_sees(team: Team) -> None:
    declare_two(team)
    team.succeeded(team.first.up())
    assert set(team.served()) == {MAIN, STUDIO}
    team.join()
    expect_nothing_to_do(team, team.second)

    # The second one rotates. Whoever has not pulled would put the old token back, and the preview says so.
    old = expiry(team, "main")
    team.renew(team.second, "main", MAIN, days=30)
    team.succeeded(team.second.up())
    team.second.push("rotation")
    new = expiry(team, "main")
    stale = team.succeeded(team.first.preview())
    assert f'~ jwtExpiry: "{new}" => "{old}"' in stale.sentences
    assert f"account {MAIN} gets an older token" in stale.sentences
    assert "1 to update" in stale.sentences
    team.first.pull()
    expect_nothing_to_do(team, team.first)

    # Drift: the second one takes it into the state, the first one puts it right.
    team.edit(MAIN, maxJobs=7)
    team.succeeded(team.second.refresh())
    assert "~ maxJobs : 7 => 2" in team.succeeded(team.first.preview()).sentences
    team.succeeded(team.first.up())
    assert team.served()[MAIN]["maxJobs"] == 2

    team.succeeded(team.second.destroy())
    assert team.served() == {}
    assert team.first.resources() == {}


def test_both_edit_the_config(team: Team) -> None:
    """`pulumi config set` writes a file of the project and takes no lock: git brings the two together."""
    declare_two(team)
    team.succeeded(team.first.up())
    team.join()
    team.first.configure({"accounts.main.maxJobs": "3"})
    team.second.configure({"accounts.studio.maxJobs": "4"})
    team.first.push("main")
    team.second.commit("studio")
    team.second.pull()
    team.succeeded(team.second.up())
    assert {account: one["maxJobs"] for account, one in team.served().items()} == {MAIN: 3, STUDIO: 4}
    team.second.git("push", "--quiet", "origin", "HEAD:main")

    # The same account on both: git refuses to choose, and nobody's token is lost without a word.
    team.first.pull()
    team.renew(team.first, "main", MAIN, days=28)
    team.first.push("one token")
    team.renew(team.second, "main", MAIN, days=29)
    team.second.commit("another token")
    with pytest.raises(subprocess.CalledProcessError):
        team.second.pull()
    assert f"UU {CONFIG_FILE}" in team.second.git("status", "--short")
    team.second.git("rebase", "--abort")


def test_two_ups_at_once(team: Team) -> None:
    declare_two(team)
    team.join()
    team.emulator.set_faults([HOLD])
    with RunningPulumi(team.first, *UP) as first:
        first.wait_until(lambda: len(team.calls("POST")) == 2)
        assert first.send("engine", signal.SIGSTOP)
        refused = team.second.up()
        assert first.send("engine", signal.SIGCONT)
        team.refused(refused, LOCKED)
        team.succeeded(first.wait())
    expect_nothing_to_do(team, team.second)

    # Started in the same moment each may see the other's lock: then both are refused, and nothing was done.
    team.emulator.set_faults([])
    team.renew(team.first, "main", MAIN, days=30)
    team.first.push("rotation")
    team.second.pull()
    with RunningPulumi(team.first, *UP) as first, RunningPulumi(team.second, *UP) as second:
        runs = [first.wait(), second.wait()]
    for run in runs:
        # The other's lock may be gone again when it is read, and then it is not counted, but named all the same.
        assert run.code == 0 or ".pulumi/locks/" in run.text, run.text
    team.succeeded(team.first.up())
    assert posts(team) == {MAIN: 2, STUDIO: 1}
    expect_nothing_to_do(team, team.second)
    assert set(accounts(team)) == {"main", "studio"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tells the processes of a run apart by /proc")
def test_a_killed_run_is_finished_by_the_other_machine(team: Team) -> None:
    declare_two(team)
    team.join()
    team.emulator.set_faults([HOLD])
    with RunningPulumi(team.first, *UP) as running:
        running.wait_until(lambda: len(team.calls("POST")) == 2)
        assert running.send("engine", signal.SIGKILL)
        running.wait()
    team.emulator.set_faults([])

    team.refused(team.second.up(), LOCKED, "delete the lock file with `pulumi cancel`")
    team.succeeded(team.second.run("cancel", "--yes", STACK))
    healed = team.succeeded(team.second.up())
    assert "interrupted while creating" in healed.sentences
    assert f"account {MAIN} was already configured at useapi.net with these very credentials" in healed.sentences
    assert set(team.served()) == set(posts(team)) == {MAIN, STUDIO}
    team.succeeded(team.second.refresh("--clear-pending-creates"))
    assert not team.present_state().get("pending_operations")
    expect_nothing_to_do(team, team.first)


def posts(team: Team) -> Counter[str]:
    """How often each account was written."""
    return Counter(one["account"] for one in team.calls("POST"))
