"""Kills at random moments, healed and checked: `python -m tests.faults.kills [--seed N] [--kills N]`.

Two stacks, each with several accounts, go through up (from nothing, and mixes of new, renewed, renamed, replaced and
removed accounts), refresh and destroy. Each time the engine, the program or the provider process gets a SIGKILL or a
SIGINT at a moment drawn evenly from the time that it lives in an undisturbed run. Then the same command runs once
more, after `pulumi cancel` where a lock is left, and everything is compared: the service, the state, the secrets.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, product
from pathlib import Path

from tests.faults.victim import Kill, Outcome, Victim
from tests.support.processes import PROCESSES
from tests.support.pulumi_stack import pulumi_command

STACKS = 2
CYCLE = ("up", "up", "refresh", "up", "destroy")
SIGNALS = (signal.SIGKILL, signal.SIGINT)
_TRIES = 2
"""How many runs may be started for each kill wanted: one that is faster than the one measured may get away."""
_COLUMNS = ("tried", "no request yet", "after a change", "needed cancel", "creates cleared", "healed", "findings")


@dataclass
class Results:
    """What came of the kills of all stacks."""

    wanted: int
    counts: dict[Kill, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    findings: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def tried(self) -> int:
        return sum(count["tried"] for count in self.counts.values())

    def add(self, kill: Kill, outcome: Outcome) -> None:
        """Count what came of a kill."""
        with self._lock:
            self.counts[kill].update(["tried", *outcome.facts, "findings" if outcome.problem else "healed"])
            tried = self.tried
        if outcome.problem:
            self.report(outcome.problem)
        if tried % 10 == 0:
            print(f"{tried} of {self.wanted} kills", file=sys.stderr, flush=True)

    def report(self, problem: str) -> None:
        """Show a finding at once."""
        with self._lock:
            self.findings += 1
        print(f"! {problem}", flush=True)

    def table(self) -> Iterator[str]:
        """The lines to print."""
        yield f"{'operation':<11}{'process':<10}{'signal':<8}" + "".join(f"{name:>17}" for name in _COLUMNS)
        for operation, process, number in product(dict.fromkeys(CYCLE), PROCESSES, SIGNALS):
            yield f"{operation:<11}{process:<10}{number.name:<8}" + _row(self.counts[Kill(operation, process, number)])
        yield f"{'all':<29}" + _row(sum(self.counts.values(), Counter[str]()))


def _row(count: Counter[str]) -> str:
    return "".join(f"{count[name]:>17}" for name in _COLUMNS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, heal, check and print the table; 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description="Kill runs at random moments.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--kills", type=int, default=120)
    options = parser.parse_args(arguments)
    command = pulumi_command()
    if command is None or not sys.platform.startswith("linux"):
        parser.error("this needs a Pulumi CLI, and Linux, whose /proc tells the processes apart")
    again = f"--seed {options.seed} --kills {options.kills}"
    print(f"random kills with {again}", flush=True)
    started = time.monotonic()
    results = Results(options.kills)
    with tempfile.TemporaryDirectory() as folder:
        workers = [
            threading.Thread(target=_work, args=(Path(folder), command, f"{options.seed}/{number}", share, results))
            for number in range(STACKS)
            if (share := len(range(number, options.kills, STACKS)))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    print("\n".join(results.table()))
    seconds = time.monotonic() - started
    print(f"{results.tried} kills with {again}, {results.findings} findings, {seconds:.0f} s", flush=True)
    return 1 if results.findings or results.tried < options.kills else 0


def _work(folder: Path, command: Path, seed: str, share: int, results: Results) -> None:
    try:
        _kill_all(folder / seed, command, random.Random(seed), share, results)  # noqa: S311 - nothing secret in it
    except Exception as error:  # noqa: BLE001 - a stack that cannot go on must not look like success
        results.report(f"stack {seed} stopped: {type(error).__name__}: {error}")


def _kill_all(folder: Path, command: Path, dice: random.Random, share: int, results: Results) -> None:
    decks = {operation: _deck(operation, dice) for operation in CYCLE}
    victims = (Victim(folder / str(number), command, dice) for number in range(share + 1))
    victim = next(victims)
    windows = victim.measure()
    operations = cycle(CYCLE)
    for _ in range(_TRIES * share):
        kill = decks[operation := next(operations)].pop()
        outcome = victim.suffer(kill, windows)
        if outcome.is_hit or outcome.problem:
            results.add(kill, outcome)
            share -= 1
        else:
            decks[operation].insert(0, kill)
        if not share:
            break
        decks[operation] = decks[operation] or _deck(operation, dice)
        if outcome.problem:
            _end(victim, results)
            victim, operations = next(victims), cycle(CYCLE)
    _end(victim, results)


def _end(victim: Victim, results: Results) -> None:
    for leak in victim.close():
        results.report(leak)


def _deck(operation: str, dice: random.Random) -> list[Kill]:
    """Every process with every signal, shuffled."""
    kills = [Kill(operation, process, number) for process, number in product(PROCESSES, SIGNALS)]
    dice.shuffle(kills)
    return kills


if __name__ == "__main__":
    sys.exit(main())
