"""The commands behind the targets of the Makefile, and how their failures are told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from tools import checks, locks, virtualenv
from tools.demo.down import down
from tools.demo.up import up
from tools.output import ToolError
from tools.pulumi.ensure import ensure
from tools.turns import alone

_INTERRUPTED = 130


def _setup() -> int:
    with alone():
        virtualenv.ensure(dev=False)
        ensure()
    return 0


def _lock() -> int:
    locks.lock(upgrade=False)
    return 0


def _upgrade() -> int:
    locks.lock(upgrade=True)
    return 0


COMMANDS: Mapping[str, Callable[[], int]] = {
    "setup": _setup,
    "up": up,
    "down": down,
    "test": checks.test,
    "lint": checks.lint,
    "unit": checks.unit,
    "engine": checks.engine,
    "faults": checks.faults,
    "bench": checks.bench,
    "format": checks.reformat,
    "reference": checks.reference,
    "pictures": checks.pictures,
    "lock": _lock,
    "upgrade": _upgrade,
}


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code: 0 done, 1 failed, 2 something is missing, 130 interrupted."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"error: name one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    name = arguments[0]
    try:
        return COMMANDS[name]()
    except ToolError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print(f"\ninterrupted: make {name} goes on from here when you run it again", file=sys.stderr)
        return _INTERRUPTED
