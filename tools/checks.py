"""Every check there is, each announced with its time; `make test` runs them all and sums them up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import virtualenv
from tools.environment import clean
from tools.output import duration, say
from tools.paths import BENCH_RESULTS, ROOT, VENV_BIN
from tools.postgres import programs
from tools.process import show
from tools.pulumi.ensure import Cli, ensure
from tools.turns import alone
from tools.versitygw.ensure import ensure as ensure_s3_server


@dataclass(frozen=True)
class Check:
    """One program that says by its exit code whether all is well."""

    title: str
    command: tuple[str, ...]

    def run(self, env: dict[str, str]) -> bool:
        """Run it; its output goes to the terminal."""
        return show([VENV_BIN / self.command[0], *self.command[1:]], env=env) == 0


LINT = (
    Check("format (ruff format)", ("ruff", "format", "--check", ".")),
    Check("lint (ruff check)", ("ruff", "check", ".")),
    Check("types (mypy --strict)", ("mypy", "provider", "tests", "tools", "benchmarks", "docs/conf.py", "__main__.py")),
    # Each on its own: they are programs, several of them called __main__.
    *(
        Check(f"types of the example {folder.name}", ("mypy", f"examples/{folder.name}"))
        for folder in sorted(ROOT.glob("examples/*"))
        if any(folder.glob("*.py"))
    ),
)
_PYTEST = ("python", "-m", "pytest", "-q", "--cov", "--cov-report=")
UNIT = Check(
    "unit, documentation, contract and fault tests (pytest)",
    (*_PYTEST, "-n2", "tests/unit", "tests/docs", "tests/contract", "tests/faults"),
)
# They wait more than they compute: Pulumi, for one, may take five seconds to end a run that was refused.
ENGINE = Check("tests on a real Pulumi engine (pytest)", (*_PYTEST, "-n4", "--cov-append", "tests/engine"))
SHARED_STATE = Check(
    "shared state on a real server (pytest)", ("python", "-m", "pytest", "-q", "-n4", "tests/shared_state")
)
PACKAGING = Check(
    "wheel and sdist, installed and used (pytest)",
    ("python", "-m", "pytest", "-q", "-n3", "--dist=worksteal", "tests/packaging"),
)
BROWSER = Check("capture with a real browser (pytest)", (*_PYTEST, "-n2", "--cov-append", "tests/browser"))
FAULTS = Check("every fault in every operation", ("python", "-m", "tests.faults.matrix"))
KILLS = Check("runs killed at random moments", ("python", "-m", "tests.faults.kills"))
AUDIT = Check("known vulnerabilities of the locked packages (pip-audit)", ("python", "-m", "tools.audit"))
COVERAGE = Check("coverage", ("coverage", "report", "--skip-covered", "--skip-empty"))


def test() -> int:
    """Run every check; 1 when any failed."""
    return _run(
        (*LINT, AUDIT, UNIT, BROWSER, ENGINE, SHARED_STATE, PACKAGING, COVERAGE), needs_pulumi=True, needs_s3=True
    )


def lint() -> int:
    """Run the checks that run nothing of the project."""
    return _run(LINT)


def unit() -> int:
    """Run the tests that need no Pulumi CLI."""
    return _run((UNIT,))


def engine() -> int:
    """Run the tests on a real Pulumi engine."""
    return _run((ENGINE,), needs_pulumi=True)


def postgres() -> int:
    """Run the tests of shared state on a PostgreSQL server, in the place of S3."""
    return _run((SHARED_STATE,), needs_pulumi=True, POSTGRES_PROGRAMS=str(programs()))


def faults() -> int:
    """Run the whole matrix of faults and operations, then the random kills."""
    return _run((FAULTS, KILLS), needs_pulumi=True)


def bench() -> int:
    """Measure the benchmarks; what they find is no reason to fail."""
    with alone():
        virtualenv.ensure(dev=True)
        cli = ensure()
    python, env = VENV_BIN / "python", environment(cli)
    show([python, "-m", "benchmarks.import_time"], env=env)
    return show([python, "-m", "benchmarks", "run", f"--json={BENCH_RESULTS}"], env=env)


def reformat() -> int:
    """Put all code into the project's format, and mend what the linter can mend by itself."""
    with alone():
        virtualenv.ensure(dev=True)
    mending = Check("mend", ("ruff", "check", "--fix", "--exit-zero", "--quiet", "."))
    formatting = Check("format", ("ruff", "format", "."))
    mended, formatted = mending.run(clean()), formatting.run(clean())
    return 0 if mended and formatted else 1


def reference() -> int:
    """Write the reference of commands and names; tests tell when it is out of date."""
    with alone():
        virtualenv.ensure(dev=True)
    env = environment(None)
    names = ("cli_reference", "docs_reference")
    return max(show([VENV_BIN / "python", "-m", f"tools.{name}"], env=env) for name in names)


def pictures() -> int:
    """Take the README's pictures of the commands anew."""
    with alone():
        virtualenv.ensure(dev=True)
        cli = ensure()
    return show([VENV_BIN / "python", "-m", "tools.pictures"], env=environment(cli))


def _run(checks: Sequence[Check], *, needs_pulumi: bool = False, needs_s3: bool = False, **variables: str) -> int:
    started = time.monotonic()
    with alone():
        virtualenv.ensure(dev=True)
        cli = ensure() if needs_pulumi else None
        if needs_s3:
            ensure_s3_server()
    lines = [("setting up", True, time.monotonic() - started)]
    env = {**environment(cli), **variables}
    for number, check in enumerate(checks, 1):
        say(f"── {number}/{len(checks)} {check.title}")
        begun = time.monotonic()
        passed = check.run(env)
        seconds = time.monotonic() - begun
        say(f"   {'ok' if passed else 'FAILED'} ({duration(seconds)})")
        lines.append((check.title, passed, seconds))
    _sum_up(lines, time.monotonic() - started)
    return 0 if all(passed for _, passed, _ in lines) else 1


def environment(cli: Cli | None) -> dict[str, str]:
    """Return the environment of the checks: PULUMI_COMMAND names the CLI that the engine tests drive."""
    folders: list[Path] = [VENV_BIN]
    more: dict[str, str] = {}
    if cli is not None:
        folders.append(cli.folder)
        more["PULUMI_COMMAND"] = str(cli.command)
    return clean(folders, **more)


def _sum_up(lines: Sequence[tuple[str, bool, float]], total: float) -> None:
    say("──")
    for title, passed, seconds in lines:
        say(f"{'ok    ' if passed else 'FAILED'}  {title} ({duration(seconds)})")
    failed = sum(not passed for _, passed, _ in lines)
    say(f"{f'{failed} failed' if failed else 'all checks passed'} in {duration(total)}")
