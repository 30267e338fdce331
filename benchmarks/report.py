"""The results as text tables: with a verdict for each target, and readable at one glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.cases import Case
from benchmarks.results import Finding, Results, Spread

SPEED_HEAD = ("case", "floor", "ideal API", "ours", "ratio", "target", "", "CPU ratio", "requests")
GROWTH_HEAD = ("accounts", "operation", "floor", "ours", "ratio", "CPU ratio", "requests")
CPU_HEAD = ("operation", "program", "floor's", "provider", "floor's", "engine", "floor's")
MEMORY_HEAD = ("operation", "program", "floor's", "provider", "floor's")
COPY_HEAD = ("accounts", "provider", "state", "copies of a token", "up", "preview", "refresh")

_SIDES = ("ours", "floor")
_PARTS = ("program", "provider")

Row = tuple[str, ...]


def print_report(cases: Mapping[str, Case], results: Results) -> None:
    """Print every table that there is something for, and what was missed."""
    print("\n" + setting_line(results))
    for title, head, rows in sections(cases, results):
        print(f"\n{title}\n{as_text(head, rows)}")
    missed = [name for name, case in cases.items() if is_met(case, results) is False]
    met = [name for name, case in cases.items() if is_met(case, results)]
    if missed:
        print(f"\n{len(missed)} of {len(missed) + len(met)} targets MISSED: {', '.join(missed)}")
    elif met:
        print(f"\nall {len(met)} targets met")


def sections(cases: Mapping[str, Case], results: Results) -> Iterator[tuple[str, Sequence[str], list[Row]]]:
    """Title, head and rows of each table that has rows."""
    yield from (
        (title, head, rows)
        for title, head, rows in (
            ("Speed: ours / (floor + ideal API time); seconds: median (least-most)", SPEED_HEAD, speed(cases, results)),
            ("Growth: median seconds", GROWTH_HEAD, growth(cases, results)),
            ("Where the CPU seconds go: medians", CPU_HEAD, cpu(results)),
            ("Peak memory of one process, MiB", MEMORY_HEAD, memory(results)),
            (
                "Ready-made stack, default or explicit provider: median seconds (CPU seconds)",
                COPY_HEAD,
                config_copy(results),
            ),
        )
        if rows
    )


def setting_line(results: Results) -> str:
    """Where and with what it was measured."""
    setting = results.setting
    return (
        f"Pulumi CLI {setting['pulumi']}, SDK {setting['sdk']}, Python {setting['python']}, {setting['system']},"
        f" {setting['cores']} cores (load at the start: {setting['load']}), pulumi-useapi {setting['package']},"
        f" {setting['date']}"
    )


def is_met(case: Case, results: Results) -> bool | None:
    """Whether a case met its target; None where it has none."""
    finding = _single(case, results)
    return None if finding is None or case.target is None else finding.ratio <= case.target


def speed(cases: Mapping[str, Case], results: Results) -> list[Row]:
    """The cases that have a target."""
    return [
        (
            name,
            _seconds(finding.of(lambda turn: turn.floor.wall)),
            f"{finding.ideal_api_seconds:g}" if finding.point.latency else "",
            _seconds(finding.of(lambda turn: turn.ours.wall)),
            f"{finding.ratio:.2f}",
            f"{case.target:.2f}",
            "ok" if finding.ratio <= case.target else "MISSED",
            f"{finding.cpu_ratio:.2f}",
            _requests(finding),
        )
        for name, case in cases.items()
        if case.target is not None and (finding := _single(case, results))
    ]


def growth(cases: Mapping[str, Case], results: Results) -> list[Row]:
    """Every point of the case growth."""
    plans = cases["growth"].plans if "growth" in cases else ()
    findings = [results.findings[plan.point] for plan in plans if plan.point in results.findings]
    return [
        (
            f"{one.point.accounts:,}",
            one.point.operation + (", saved once" if one.point.saved_once else ""),
            f"{one.of(lambda turn: turn.floor.wall).median:.1f}",
            f"{one.of(lambda turn: turn.ours.wall).median:.1f}",
            f"{one.ratio:.2f}",
            f"{one.cpu_ratio:.2f}",
            str(one.requests),
        )
        for one in findings
    ]


def cpu(results: Results) -> list[Row]:
    """Ours and the floor's by the processes of a command."""
    return [
        (str(one.point), *(f"{one.cpu_of(side, part):.2f}" for part in (*_PARTS, "engine") for side in _SIDES))
        for one in _smallest_and_largest(results)
    ]


def memory(results: Results) -> list[Row]:
    """The most that the processes of a command had."""
    return [
        (str(one.point), *(_mebibytes(one.peak(side, part)) for part in _PARTS for side in _SIDES))
        for one in _smallest_and_largest(results)
    ]


def _smallest_and_largest(results: Results) -> list[Finding]:
    """The smallest and the largest point of each operation whose processes could be looked at."""
    looked_at = [one for one in results.findings.values() if not one.point.latency and one.peak("ours", "provider")]
    by_size = sorted(looked_at, key=lambda one: one.point.accounts)
    ends: list[Finding] = []
    for operation in ("up", "preview", "refresh"):
        of_operation = [one for one in by_size if one.point.operation == operation]
        ends += [of_operation[index] for index in sorted({0, len(of_operation) - 1}) if of_operation]
    return ends


def config_copy(results: Results) -> list[Row]:
    """Default and explicit provider in turns."""
    return [
        (
            str(one.accounts),
            one.provider,
            f"{one.state_bytes / 1024:.0f} KiB",
            f"{one.secret_copies:g}",
            *(f"{one.seconds[operation]:.2f} ({one.cpu[operation]:.2f})" for operation in one.seconds),
        )
        for one in results.config_copies
    ]


def as_text(head: Sequence[str], rows: Sequence[Row]) -> str:
    """Columns side by side: the first to the left, the others to the right."""
    table = [tuple(head), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in table
    ]
    return "\n".join([lines[0].rstrip(), "─" * len(lines[0]), *(line.rstrip() for line in lines[1:])])


def _single(case: Case, results: Results) -> Finding | None:
    return results.findings.get(case.plans[0].point) if len(case.plans) == 1 else None


def _seconds(value: Spread) -> str:
    return f"{value.median:.2f} ({value.least:.2f}-{value.most:.2f})"


def _requests(finding: Finding) -> str:
    counts: Counter[str] = Counter()
    for call, count in finding.turns[-1].requests.items():
        counts[call.partition(" ")[0]] += count
    return ", ".join(f"{count} {method}" for method, count in sorted(counts.items())) or "none"


def _mebibytes(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
