"""Runs checks in order; one that needs what has failed before is left out, with a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from pulumi_useapi.status.quantities import count


class Verdict(str, Enum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """One line of the doctor's.

    Attributes:
        check: what was looked at.
        verdict: how it is.
        text: what was found.
        fix: what to do; may be empty.
    """

    check: str
    verdict: Verdict
    text: str
    fix: str = ""


@dataclass(frozen=True)
class Check:
    """One thing to look at.

    Attributes:
        name: what it is called.
        run: looks, and gives a line or several.
        needs: names of checks without which it makes no sense.
    """

    name: str
    run: Callable[[], Sequence[Result]]
    needs: tuple[str, ...] = ()


def run_all(checks: Iterable[Check]) -> Iterator[Result]:
    """Run the checks; each result comes as soon as it is known."""
    causes: dict[str, str] = {}
    for check in checks:
        cause = next((causes[name] for name in check.needs if name in causes), None)
        results = [_skipped(check.name, cause)] if cause else check.run()
        yield from results
        # Where only one of several subscriptions is wrong, the others are worth looking at.
        if results and all(result.verdict in {Verdict.WRONG, Verdict.SKIPPED} for result in results):
            causes[check.name] = cause or check.name


def _skipped(name: str, cause: str) -> Result:
    return Result(name, Verdict.SKIPPED, f'waits for "{cause}"')


def is_well(results: Iterable[Result]) -> bool:
    """Whether nothing is wrong."""
    return all(result.verdict is not Verdict.WRONG for result in results)


def summary(results: Sequence[Result]) -> str:
    """All results in one sentence, without a full stop."""
    wrong = sum(result.verdict is Verdict.WRONG for result in results)
    warnings = sum(result.verdict is Verdict.WARNING for result in results)
    told = [f"{wrong} wrong"] if wrong else []
    told += [count(warnings, "warning")] if warnings else []
    if not told:
        return "all is well"
    ending = ": mend the first one, then run pulumi-useapi doctor again" if wrong else ", nothing wrong"
    return ", ".join(told) + ending
