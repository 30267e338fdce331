"""What is measured, how often, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.pair import Operation, Point

PARALLEL = 64
GROWTH_SIZES = (10, 30, 100, 300, 1000)
_OPERATIONS: tuple[Operation, ...] = ("up", "preview", "refresh")
_LARGE = 300
"""From here on fewer repetitions are enough: what varies is small beside what is measured."""


@dataclass(frozen=True)
class Plan:
    """A point and how often it is measured."""

    point: Point
    repetitions: int


@dataclass(frozen=True)
class Case:
    """One benchmark.

    Attributes:
        title: what it shows.
        plans: what it measures.
        target: the most that ours may take, as a multiple of the floor and the ideal API time; None = no target.
    """

    title: str
    plans: tuple[Plan, ...]
    target: float | None = None


def _one(operation: Operation, accounts: int, target: float, repetitions: int, latency: float = 0.0) -> Case:
    point = Point(operation, accounts, latency, PARALLEL if latency else None)
    return Case(str(point), (Plan(point, repetitions),), target)


def _growth(sizes: tuple[int, ...], most: int = 3) -> Case:
    plans = [_growth_plan(operation, size, most) for size in sizes for operation in _OPERATIONS]
    return Case(f"growth from {sizes[0]:,} to {sizes[-1]:,} accounts", tuple(plans))


def _growth_plan(operation: Operation, size: int, most: int) -> Plan:
    if operation == "up" and size > _LARGE:  # a quarter of an hour of nothing but saving, otherwise
        return Plan(Point(operation, size, saved_once=True), 1)
    if size >= _LARGE:
        return Plan(Point(operation, size), 1 if operation == "up" else min(most, 2))
    return Plan(Point(operation, size), most)


CASES: Mapping[str, Case] = {
    "up-45-slow": _one("up", 45, 1.3, 5, latency=1.0),
    "up-200-slow": _one("up", 200, 1.3, 3, latency=1.0),
    "up-200": _one("up", 200, 1.15, 5),
    "growth": _growth(GROWTH_SIZES),
    "refresh-45": _one("refresh", 45, 1.15, 9),
    "refresh-1000": _one("refresh", 1000, 1.15, 9),
    "preview-45": _one("preview", 45, 1.1, 9),
    "preview-1000": _one("preview", 1000, 1.1, 5),
}
"""By the names given on the command line, in the order they are measured."""

QUICK: Mapping[str, Case] = {
    "up-45-slow": _one("up", 45, 1.3, 1, latency=1.0),
    "growth": _growth(GROWTH_SIZES[:2], 1),
    "refresh-45": _one("refresh", 45, 1.15, 2),
    "preview-45": _one("preview", 45, 1.1, 2),
}
"""A small subset, to see that things work; its numbers mean little."""

CONFIG_COPY = "config-copy"
CONFIG_COPY_SIZES = (10, 45, 90)
"""The name and the sizes of the benchmark that compares ours with ours: see `config_copy`."""
