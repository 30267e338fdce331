"""`python -m benchmarks.import_time`: what importing this package adds to a program that imports Pulumi anyway."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import click

_ALONE = "import pulumi, pulumi.dynamic"
_WITH_OURS = f"{_ALONE}; from pulumi_useapi import MiniMaxAccount"
_MEASURED = """
import sys, time
before = time.perf_counter(), time.process_time()
{statement}
print(time.perf_counter() - before[0], time.process_time() - before[1])
"""


@dataclass(frozen=True)
class Pair:
    """One repetition: Pulumi alone and with this package, right after each other; each as (seconds, CPU seconds)."""

    alone: tuple[float, float]
    with_ours: tuple[float, float]


@click.command()
@click.option("--repetitions", default=15, show_default=True, type=click.IntRange(1))
def main(repetitions: int) -> None:
    """Print the import time of Pulumi, and what this package adds to it."""
    measure()  # Python compiles what it has not compiled yet
    pairs = [measure() for _ in range(repetitions)]
    for which, index in (("seconds", 0), ("CPU seconds", 1)):
        alone = [pair.alone[index] for pair in pairs]
        added = [pair.with_ours[index] - pair.alone[index] for pair in pairs]
        click.echo(f"{which}: import pulumi {_ms(alone)}, pulumi_useapi adds {_ms(added)} (medians of {repetitions})")


def measure() -> Pair:
    """Import both, each in a fresh interpreter."""
    return Pair(_import(_ALONE), _import(_WITH_OURS))


def _import(statement: str) -> tuple[float, float]:
    code = _MEASURED.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu


def _ms(seconds: Sequence[float]) -> str:
    return f"{1000 * median(seconds):.0f} ms"


if __name__ == "__main__":
    main()
