"""`pulumi-useapi doctor`: looks for what keeps `pulumi up` from working."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from pulumi_useapi.cli import exits, screen, stack_options
from pulumi_useapi.cli.pulumi_checks import PulumiChecks
from pulumi_useapi.doctor.checkup import Result, Verdict, is_well, run_all, summary
from pulumi_useapi.doctor.service import Service

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.WRONG: "bold red", Verdict.SKIPPED: "dim"}
_NAME_WIDTH = 14
_MARK_WIDTH = 9
_EXAMPLES = """\b
Examples:
  pulumi-useapi doctor
  pulumi-useapi doctor --stack prod --json
"""


@click.command(epilog=_EXAMPLES)
@stack_options.options
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, folder: Path, stack: str | None, is_json: bool) -> None:
    """Check what pulumi up needs, and say how to mend what is wrong.

    Looked at are Python and packages, Pulumi CLI, project, login, stack, secrets and their encryption, the config's
    size, API tokens, the way to the service (address, network, proxy, TLS), the clock, and how many accounts there
    may be. Nothing is changed.

    Each line begins with ok, warning, wrong or skipped; the exit code is 1 as soon as one is wrong.
    """
    results = []
    for result in _examine(folder, stack):
        results.append(result)
        if not is_json:
            _show(result)
    if is_json:
        click.echo(json.dumps(_as_json(results), indent=2))
    else:
        click.echo(f"\n{summary(results)}")
    ctx.exit(exits.OK if is_well(results) else exits.FAILED)


def _examine(folder: Path, stack: str | None) -> Iterator[Result]:
    pulumi = PulumiChecks(folder, stack)
    yield from run_all(pulumi.checks())
    yield from run_all(Service(pulumi.config).checks())


def _as_json(results: list[Result]) -> dict[str, object]:
    return {
        "version": 1,
        "isWell": is_well(results),
        "summary": summary(results),
        "checks": [{**asdict(result), "verdict": result.verdict.value} for result in results],
    }


def _show(result: Result) -> None:
    from rich.text import Text

    console = screen.out()
    indent = _MARK_WIDTH + _NAME_WIDTH
    words = [result.text, f"fix: {result.fix}" if result.fix else ""]
    lines = [line for part in words if part for line in screen.wrapped(part, console, indent)]
    mark = (result.verdict.value.ljust(_MARK_WIDTH), _STYLES[result.verdict])
    name = (result.check.ljust(_NAME_WIDTH - 1) + " ", "bold")
    console.print(Text.assemble(mark, name, lines[0]))
    for line in lines[1:]:
        console.print(" " * indent + line)
