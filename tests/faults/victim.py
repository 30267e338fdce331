"""A stack whose commands are killed at random moments, and what must hold when the same command has run once more."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_useapi.emulator import Emulator
from tests.engine.changing_program import ChangingProgram
from tests.engine.conftest import World, make_stack
from tests.engine.never_wipe import PLACED_ACCOUNTS, ROOMY, changed, expect_agreement, now
from tests.support.interrupted import Repair, is_locked, run_once_more, saved
from tests.support.processes import RunningPulumi

LATENCY = 0.3
"""Seconds that every call takes: as with the real service, a run spends a good part of its time waiting for it."""
SMALLEST, LARGEST = 3, 6
"""How many accounts a program has."""
_TURN = 0.02

Windows = dict[tuple[str, ...], dict[str, tuple[float, float]]]
"""By command and process: when the process begins and ends, in seconds from the start of an undisturbed run."""


@dataclass(frozen=True)
class Kill:
    """An operation (up, refresh or destroy), and which of its processes gets which signal."""

    operation: str
    process: str
    signal: signal.Signals

    @property
    def command(self) -> tuple[str, ...]:
        """Pulumi starts the program of a refresh or destroy only when it is told to."""
        with_program = self.operation != "up" and self.process == "program"
        return (self.operation, "--run-program") if with_program else (self.operation,)


@dataclass
class Outcome:
    """What a kill led to.

    Attributes:
        is_hit: False where the run had ended before the moment came.
        facts: what is counted.
        problem: what does not hold afterwards; None = all is well.
    """

    is_hit: bool = False
    facts: list[str] = field(default_factory=list)
    problem: str | None = None


class Victim:
    """One stack, and the service it works on.

    Args:
        folder: where its files are.
        command: the CLI.
        dice: draws the changes and the moments.
    """

    def __init__(self, folder: Path, command: Path, dice: random.Random) -> None:
        self._dice = dice
        self._emulator = Emulator(folder / "emulator", latency=LATENCY, subscriptions=ROOMY)
        self._emulator.start()
        stack = make_stack(folder, command, self._emulator).create(PLACED_ACCOUNTS)
        self._world, self._stack = World(self._emulator, stack), stack
        self._world.scan.plant("API token", self._emulator.api_token)
        self._program = ChangingProgram(self._world)
        self._seconds_of_refresh: float | None = None

    def measure(self) -> Windows:
        """Run every command undisturbed."""
        windows: Windows = {}
        with_program = "--run-program"
        for command in (("up",), ("refresh",), ("refresh", with_program), ("destroy",), ("up",), ("up",)):
            self._prepare(command[0])
            windows[command] = self._measure(command)
        last = ("destroy", with_program)
        return windows | {last: self._measure(last)}

    def _measure(self, command: tuple[str, ...]) -> dict[str, tuple[float, float]]:
        windows: dict[str, tuple[float, float]] = {}
        with RunningPulumi(self._stack, *_arguments(command)) as running:
            while not running.has_ended:
                for process in running.alive():
                    begin, _ = windows.get(process, (running.seconds, 0.0))
                    windows[process] = begin, running.seconds
                time.sleep(_TURN)
            self._world.succeeded(running.wait())
        return windows

    def suffer(self, kill: Kill, windows: Windows) -> Outcome:
        """Change something, kill the run that brings it about, run once more, and look at everything."""
        self._prepare(kill.operation)
        outcome, mark = Outcome(), now(self._world)
        moment = self._dice.uniform(*windows[kill.command][kill.process]) * self._pace(windows)
        try:
            with RunningPulumi(self._stack, *_arguments(kill.command)) as running:
                outcome.is_hit = running.send_at(moment, kill.process, kill.signal)
                outcome.facts += self._progress(mark)
                running.wait()
                # What outlives its engine runs on meanwhile.
                repair = run_once_more(self._stack, *_arguments(kill.command))
            self._expect_order(kill.operation, mark, repair)
        except (AssertionError, subprocess.SubprocessError) as error:
            printed = "\n".join(self._stack.console[-4:])
            what = f"{' '.join(kill.command)}, {kill.signal.name} to the {kill.process} after {moment:.2f} s"
            outcome.problem = f"{what}: {error}\n{printed}"
            return outcome
        outcome.facts += ["needed cancel"] * repair.cancelled + ["creates cleared"] * repair.cleared
        return outcome

    def _pace(self, windows: Windows) -> float:
        """How much longer a run takes than when it was measured: the machine may have got more or less to do since."""
        _, measured = windows["refresh",]["engine"]
        return (self._seconds_of_refresh or measured) / measured

    def _progress(self, mark: int) -> list[str]:
        if changed(self._world, mark):
            return ["after a change"]
        return [] if self._world.calls(after=mark) else ["no request yet"]

    def _prepare(self, operation: str) -> None:
        if operation == "up":
            self._change_program()
        elif operation == "refresh":
            # Something to write down that is no change of what is declared.
            name = self._dice.choice(list(self._program.entries))
            self._emulator.set_behaviour(accounts={self._program.account(name): {"error": "account on hold"}})

    def _change_program(self) -> None:
        program = self._program
        for name in list(program.entries):
            change = self._dice.choice([program.rotate, program.rename, program.replace, program.remove, None])
            if change:
                change(name)
        wanted = self._dice.randint(SMALLEST, LARGEST)
        for name in list(program.entries)[wanted:]:
            program.remove(name)
        while len(program.entries) < wanted:
            self._dice.choice([program.add, program.add_last, program.add_bare])()
        program.declare()

    def _expect_order(self, operation: str, mark: int, repair: Repair) -> None:
        world, stack = self._world, self._stack
        declared = {} if operation == "destroy" else self._program.entries
        world.succeeded(repair.run)
        assert not is_locked(stack), "a lock is left"
        assert saved(stack)["pending_operations"] == [], "pending operations are left"
        expect_agreement(world, *declared.values())
        deleted = {account for method, account in changed(world, mark) if method == "DELETE"}
        wiped = deleted & {self._program.account(name) for name in declared}
        assert not wiped, f"declared accounts were deleted in between: {wiped}"
        if declared:
            began = time.monotonic()
            world.succeeded(stack.refresh("--expect-no-changes"))
            self._seconds_of_refresh = time.monotonic() - began
            world.succeeded(stack.run("preview", "--diff", "--expect-no-changes"))

    def close(self) -> list[str]:
        """Stop the service; returns where secrets were found."""
        files = [file for file in self._stack.stored_files() if file.name != "accounts.json"]
        places = [(file.name, file.read_text(errors="replace")) for file in files]
        places += [("console", text) for text in self._stack.console]
        places += [("emulator log", str(self._emulator.requests()))]
        self._emulator.stop()
        return self._world.scan.find_in(places)


def _arguments(command: tuple[str, ...]) -> tuple[str, ...]:
    return (command[0], "--yes", "--skip-preview", *command[1:])
