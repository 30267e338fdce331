"""What was measured, and what follows from it; kept as JSON."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.pair import Point, Turn
from benchmarks.process import Measure


@dataclass(frozen=True)
class Spread:
    """The median of several values, with the least and the greatest."""

    median: float
    least: float
    most: float


def spread(values: Iterable[float]) -> Spread:
    """Sum values up."""
    known = list(values)
    return Spread(statistics.median(known), min(known), max(known))


@dataclass(frozen=True)
class Finding:
    """All repetitions of one point."""

    point: Point
    turns: tuple[Turn, ...]

    def of(self, pick: Callable[[Turn], float]) -> Spread:
        """One number of every repetition, summed up."""
        return spread(pick(turn) for turn in self.turns)

    @property
    def requests(self) -> int:
        """How many requests ours made, in the last repetition."""
        return sum(self.turns[-1].requests.values())

    @property
    def ideal_api_seconds(self) -> float:
        """What the requests take where as many as the engine asks for run at once, all the time, looks included."""
        return math.ceil(self.requests / (self.point.parallel or 1)) * self.point.latency

    @property
    def ratio(self) -> float:
        """Our time as a multiple of the floor's and the ideal API time: the median of the turns.

        A machine that others use too gets slower and faster by the minute, which the two halves of a turn feel alike.
        """
        ideal = self.ideal_api_seconds
        return self.of(lambda turn: turn.ours.wall / (turn.floor.wall + ideal)).median

    @property
    def cpu_ratio(self) -> float:
        """Our CPU seconds as a multiple of the floor's: the median of the turns."""
        return self.of(lambda turn: turn.ours.cpu / turn.floor.cpu).median

    def cpu_of(self, side: str, part: str) -> float:
        """The median of the CPU seconds of a side's program, provider or engine (which is all the rest)."""
        measures: list[Measure] = [getattr(turn, side) for turn in self.turns]
        if part == "engine":
            return statistics.median(one.cpu - sum(one.part_cpu.values()) for one in measures)
        return statistics.median(one.part_cpu.get(part, 0.0) for one in measures)

    def peak(self, side: str, part: str) -> float | None:
        """The most memory in MiB that the program or the provider process of a side ever had."""
        peaks = [getattr(turn, side).peaks.get(part) for turn in self.turns]
        return max((peak for peak in peaks if peak is not None), default=None)


@dataclass(frozen=True)
class ConfigCopy:
    """One stack of the ready-made program, with one of the two kinds of provider; see `config_copy`.

    Attributes:
        accounts: how many stand in the stack's config.
        provider: "default" or "explicit".
        state_bytes: the size of the stored state.
        secret_copies: how often each MiniMax token is in it.
        seconds: medians, by operation.
        cpu: the same in CPU seconds.
    """

    accounts: int
    provider: str
    state_bytes: int
    secret_copies: float
    seconds: dict[str, float]
    cpu: dict[str, float]


@dataclass
class Results:
    """Everything of one run of the benchmarks.

    Attributes:
        setting: where and with which versions it was measured.
        findings: by point.
        config_copies: see `config_copy`.
    """

    setting: dict[str, Any] = field(default_factory=dict)
    findings: dict[Point, Finding] = field(default_factory=dict)
    config_copies: list[ConfigCopy] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        values = {
            "setting": self.setting,
            "findings": [asdict(finding) for finding in self.findings.values()],
            "config_copies": [asdict(one) for one in self.config_copies],
        }
        path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read a file that `save` has written."""
        values = json.loads(path.read_text(encoding="utf-8"))
        findings = [
            Finding(Point(**one["point"]), tuple(_turn(turn) for turn in one["turns"])) for one in values["findings"]
        ]
        copies = [ConfigCopy(**one) for one in values["config_copies"]]
        return cls(values["setting"], {finding.point: finding for finding in findings}, copies)


def _turn(values: dict[str, Any]) -> Turn:
    measures = {side: Measure(**values[side]) for side in ("floor", "ours")}
    return Turn(**measures, requests=values["requests"], service_cpu=values["service_cpu"])


def describe_setting(command: Path) -> dict[str, Any]:
    """Where and with which versions it is measured."""
    asked = subprocess.run([str(command), "version"], capture_output=True, text=True, check=True)  # noqa: S603
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "pulumi": asked.stdout.strip().removeprefix("v"),
        "sdk": version("pulumi"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "package": version("pulumi-useapi"),
    }
