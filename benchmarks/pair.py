"""Ours and the floor side by side: two stacks of the same accounts, measured in turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.fleet import Fleet
from benchmarks.process import FailedError, Measure
from benchmarks.service import Service
from benchmarks.stack import Stack, base_environment

Operation = Literal["up", "preview", "refresh"]
_COMMANDS: dict[Operation, tuple[str, ...]] = {
    "up": ("up", "--yes", "--skip-preview"),
    "preview": ("preview", "--expect-no-changes"),
    "refresh": ("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
}
_PROGRAM = '"""What is measured."""\n\nfrom benchmarks.programs.{which} import declare\n\ndeclare()\n'
_EMPTY, _SETTLED = "empty", "settled"


@dataclass(frozen=True)
class Point:
    """What is measured: an operation on so many accounts.

    Attributes:
        operation: `up` of new accounts, `preview` or `refresh` of ones that have not changed.
        accounts: how many.
        latency: seconds the service takes for each request.
        parallel: how many resources the engine works on at once; None = its own default.
        saved_once: whether the engine is told to save the state only at the end, and not after every step.
    """

    operation: Operation
    accounts: int
    latency: float = 0.0
    parallel: int | None = None
    saved_once: bool = False

    def __str__(self) -> str:
        extras = [f"{self.latency:g} s latency"] if self.latency else []
        extras += [f"--parallel {self.parallel}"] if self.parallel else []
        extras += ["state saved once"] if self.saved_once else []
        return ", ".join([f"{self.operation} of {self.accounts:,}", *extras])

    @property
    def command(self) -> tuple[str, ...]:
        """The arguments of the CLI."""
        parallel = ("--parallel", str(self.parallel)) if self.parallel else ()
        return (*_COMMANDS[self.operation], *parallel)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of the CLI."""
        return {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"} if self.saved_once else {}


@dataclass(frozen=True)
class Turn:
    """One repetition: the floor and ours, right after each other; every other turn begins with ours.

    Attributes:
        floor: what the floor took.
        ours: what ours took.
        requests: how many requests ours made, by method and path.
        service_cpu: CPU seconds that the emulator spent on them.
    """

    floor: Measure
    ours: Measure
    requests: dict[str, int]
    service_cpu: float


class Pair:
    """The two stacks of one size, and the emulator behind ours.

    Args:
        folder: made anew.
        command: the Pulumi CLI.
        size: how many accounts.
    """

    def __init__(self, folder: Path, command: Path, size: int) -> None:
        self._folder = folder
        self._command = command
        self._fleet = Fleet(size)
        self._services = 0
        self._turns = 0
        self._service: Service | None = None
        self._is_settled = False
        self.floor = self._stack("floor")
        self.ours = self._stack("ours", self._fleet.environment)

    def close(self) -> None:
        """End the emulator."""
        if self._service is not None:
            self._service.stop()

    def measure(self, point: Point, tell: Callable[[str, Measure], None] = lambda _side, _measure: None) -> Turn:
        """One repetition of a point of this size; `tell` hears of each side as soon as it is known.

        Raises:
            FailedError: a command failed, or ours did not make the requests it should.
        """
        if point.operation == "up":
            self._begin_anew()
        else:
            self._settle()
        turn = self._take_turn(point, tell)
        posts = turn.requests.get("POST /accounts", 0)
        if posts != (self._fleet.size if point.operation == "up" else 0):
            raise FailedError(f"{point}: {posts} accounts were posted")
        if point.operation == "up":
            self._keep_settled()
        return turn

    def _take_turn(self, point: Point, tell: Callable[[str, Measure], None]) -> Turn:
        service = self._running
        service.forget_requests()
        service.set_latency(point.latency)
        cpu = service.cpu
        measured: dict[str, Measure] = {}
        for side, stack in self._in_turn():
            measured[side] = stack.run(*point.command, **point.variables)
            tell(side, measured[side])
        turn = Turn(**measured, requests=service.count_requests(), service_cpu=service.cpu - cpu)
        service.set_latency(0)
        return turn

    def _in_turn(self) -> list[tuple[str, Stack]]:
        """Both sides; who was second last time is first now, so that neither always has the fresher machine."""
        self._turns += 1
        sides = [("floor", self.floor), ("ours", self.ours)]
        return sides if self._turns % 2 else sides[::-1]

    def _stack(self, which: str, environment: dict[str, str] | None = None) -> Stack:
        program = _PROGRAM.format(which=which)
        stack = Stack(self._folder / which, self._command, program, environment or {}).create(self._fleet.entries)
        stack.save(_EMPTY)
        return stack

    def _begin_anew(self) -> None:
        """Empty stacks, and a service that knows none of the accounts."""
        self._is_settled = False
        self.close()
        self._services += 1
        folder = self._folder / f"service-{self._services}"
        self._service = Service(folder, self._fleet.subscriptions, base_environment(self._command))
        self.ours.environment["USEAPI_BASE_URL"] = self._service.base_url
        for stack in (self.floor, self.ours):
            stack.restore(_EMPTY)

    def _settle(self) -> None:
        """Stacks whose accounts are all configured, always with the same history."""
        if not self._is_settled:
            self.measure(Point("up", self._fleet.size, saved_once=True))
        for stack in (self.floor, self.ours):
            stack.restore(_SETTLED)

    def _keep_settled(self) -> None:
        self._is_settled = True
        for stack in (self.floor, self.ours):
            stack.save(_SETTLED)

    @property
    def _running(self) -> Service:
        if self._service is None:
            raise FailedError("the emulator has not been started")
        return self._service
