"""`python -m benchmarks`: measure and print, or publish what was measured."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from benchmarks.bench import Bench, say
from benchmarks.cases import CASES, CONFIG_COPY, QUICK, Case
from benchmarks.config_copy import measure_config_copy
from benchmarks.process import FailedError
from benchmarks.report import print_report
from benchmarks.results import Results, describe_setting
from benchmarks.stack import find_pulumi
from tools.output import duration


@click.group()
def main() -> None:
    """Compare this package with the floor: the same program with a dynamic provider that does nothing."""


@main.command()
@click.argument("names", nargs=-1, type=click.Choice([*CASES, CONFIG_COPY]), metavar="[CASE]...")
@click.option("--quick", is_flag=True, help="A small subset with few repetitions.")
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path), help="Keep the results there.")
def run(names: tuple[str, ...], quick: bool, path: Path | None) -> None:
    """Measure all benchmarks, or those named.

    up-45-slow, up-200-slow, up-200, growth, refresh-45, refresh-1000, preview-45, preview-1000, config-copy.
    A missed target is told, and is no failure of the command.
    """
    available = QUICK if quick else CASES
    cases = {name: case for name, case in available.items() if not names or name in names}
    started = time.monotonic()
    try:
        results = _measure(cases, is_config_copied=CONFIG_COPY in names if names else not quick, path=path)
    except FailedError as problem:
        raise click.ClickException(str(problem)) from None
    say(f"── done in {duration(time.monotonic() - started)}")
    print_report(cases, results)


def _measure(cases: dict[str, Case], *, is_config_copied: bool, path: Path | None) -> Results:
    command = find_pulumi()
    results = Results(describe_setting(command))
    with tempfile.TemporaryDirectory(prefix="pulumi-useapi-bench-") as folder:
        try:
            with Bench(Path(folder), command, results) as bench:
                bench.measure(cases)
            if is_config_copied:
                measure_config_copy(Path(folder) / CONFIG_COPY, command, results, say)
        finally:  # what was measured before an interruption is not lost
            if path is not None:
                results.save(path)
    return results


@main.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def publish(path: Path) -> None:
    """Put the results of a file that `run --json` wrote into docs/performance.md, and draw its plot."""
    from benchmarks.publish import publish_results

    for written in publish_results(Results.load(path)):
        click.echo(f"{written} written")


if __name__ == "__main__":
    main()
