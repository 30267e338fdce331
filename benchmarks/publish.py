"""Puts results into the documentation: the tables of docs/performance.md, and its plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.plot import draw_growth
from benchmarks.report import Row, sections, setting_line
from benchmarks.results import Results
from tools.paths import ROOT

PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "images" / "performance.svg"
_BEGIN, _END = "<!-- results: begin -->\n", "<!-- results: end -->\n"


def publish_results(results: Results, page: Path = PAGE, plot: Path = PLOT) -> Iterator[Path]:
    """Write the tables between the marks of the page, and the plot where there is a growth to draw; yields both."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{_BEGIN}\n{as_markdown(results)}\n{_END}{after}", encoding="utf-8")
    yield page
    plans = CASES["growth"].plans
    findings = [results.findings[plan.point] for plan in plans if plan.point in results.findings]
    if findings:
        plot.parent.mkdir(exist_ok=True)
        draw_growth(findings, plot)
        yield plot


def as_markdown(results: Results) -> str:
    """All tables, each below its title."""
    parts = [f"Measured with {setting_line(results)}."]
    for title, head, rows in sections(CASES, results):
        name, _, unit = title.partition(": ")
        parts.append(f"### {name}\n\n{unit}" if unit else f"### {name}")
        parts.append(_table(head, rows))
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Sequence[Row]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
