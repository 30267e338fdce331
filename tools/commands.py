"""The commands behind the targets of the Makefile, and how their failures are told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from tools import checks, docs, locks, virtualenv
from tools.demo.down import down
from tools.demo.up import up
from tools.output import ToolError
from tools.pulumi.ensure import ensure
from tools.releasing.procedure import release
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


COMMANDS: Mapping[str, Callable[..., int]] = {
    "setup": _setup,
    "up": up,
    "down": down,
    "test": checks.test,
    "lint": checks.lint,
    "unit": checks.unit,
    "engine": checks.engine,
    "postgres": checks.postgres,
    "faults": checks.faults,
    "bench": checks.bench,
    "format": checks.reformat,
    "docs": docs.docs,
    "links": docs.links,
    "reference": checks.reference,
    "pictures": checks.pictures,
    "lock": _lock,
    "upgrade": _upgrade,
    "release": release,
}
_TAKES_A_VERSION = {"release"}


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code: 0 done, 1 failed, 2 something is missing, 130 interrupted."""
    name, *more = arguments or ("",)
    if name not in COMMANDS or len(more) != (name in _TAKES_A_VERSION):
        print(f"error: name one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[name](*more)
    except ToolError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print(f"\ninterrupted: make {name} goes on from here when you run it again", file=sys.stderr)
        return _INTERRUPTED
