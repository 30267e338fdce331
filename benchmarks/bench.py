"""Measures cases, one point after the other, and says so while it does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.pair import Pair, Point
from benchmarks.process import Measure
from benchmarks.results import Finding, Results


def say(line: str) -> None:
    """Print one line of progress."""
    print(line, file=sys.stderr, flush=True)


class Bench:
    """Where cases are measured, from `with` on; stacks of one size are shared by all that need it.

    Args:
        folder: everything it makes.
        command: the Pulumi CLI.
        results: what was measured is added there.
    """

    def __init__(self, folder: Path, command: Path, results: Results) -> None:
        self._folder = folder
        self._command = command
        self._results = results
        self._pairs: dict[int, Pair] = {}
        self._ending = ExitStack()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def measure(self, cases: Mapping[str, Case]) -> None:
        """Measure cases; a point that several of them have is measured as often as the most demanding one asks."""
        self._warm_up()
        for name, case in cases.items():
            say(f"── {name}: {case.title}")
            for plan in case.plans:
                self.measure_point(plan.point, plan.repetitions)

    def measure_point(self, point: Point, repetitions: int) -> Finding:
        """Measure a point until it has so many repetitions."""
        finding = self._results.findings.get(point, Finding(point, ()))
        for number in range(len(finding.turns), repetitions):
            title = f"{point} · {number + 1}/{repetitions}"

            def tell(side: str, measure: Measure, title: str = title) -> None:
                say(f"   {title} · {side} {measure.wall:.1f} s (CPU {measure.cpu:.1f} s)")

            turn = self.pair(point.accounts).measure(point, tell)
            finding = Finding(point, (*finding.turns, turn))
            self._results.findings[point] = finding
        return finding

    def _warm_up(self) -> None:
        """Let Python compile what both sides import, and the system read it: the first command pays for all."""
        say("── warming up")
        pair = Pair(self._folder / "warm-up", self._command, 1)
        with closing(pair):
            pair.measure(Point("preview", 1))

    def pair(self, size: int) -> Pair:
        """The stacks of one size."""
        if size not in self._pairs:
            self._pairs[size] = Pair(self._folder / f"of-{size}", self._command, size)
            self._ending.callback(self._pairs[size].close)
        return self._pairs[size]
