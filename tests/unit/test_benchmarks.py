"""What the benchmarks make of their numbers: ratios, verdicts, tables, the page and its plot."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.cases import CASES, QUICK
from benchmarks.pair import Point, Turn
from benchmarks.process import FailedError, Measure, run
from benchmarks.publish import PAGE, publish_results
from benchmarks.report import print_report
from benchmarks.results import ConfigCopy, Finding, Results

SETTING = {
    "pulumi": "3.1.0",
    "sdk": "3",
    "python": "3",
    "system": "L",
    "cores": 2,
    "load": 0.1,
    "package": "1",
    "date": "2026-01-01",
}


def turn(floor: float, ours: float, **requests: int) -> Turn:
    peaks = {"program": 60.0, "provider": 50.0}
    return Turn(Measure(floor, floor, peaks), Measure(ours, 2 * ours, peaks), requests, 0.1)


@pytest.fixture
def results() -> Results:
    """Every point of every case, ours a tenth slower than the floor; with latency, twice as slow."""
    points = [plan.point for case in CASES.values() for plan in case.plans]
    turns = {point: turn(10, 20 if point.latency else 11, POST=point.accounts) for point in points}
    findings = {point: Finding(point, (turns[point],) * 3) for point in points}
    copies = [
        ConfigCopy(
            10,
            "default",
            2048,
            4.0,
            dict.fromkeys(("up", "preview", "refresh"), 1.0),
            dict.fromkeys(("up", "preview", "refresh"), 0.5),
        )
    ]
    return Results(SETTING, findings, copies)


def test_ratio_is_the_median_of_the_turns_and_counts_the_ideal_api_time() -> None:
    turns = (turn(4, 9, POST=65), turn(2, 5, POST=65), turn(3, 8, POST=65))
    finding = Finding(Point("up", 65, latency=1.0, parallel=64), turns)
    assert finding.ideal_api_seconds == 2
    assert finding.ratio == pytest.approx(9 / (4 + 2))
    assert finding.cpu_ratio == pytest.approx(10 / 2)


def test_a_machine_that_gets_slower_is_no_part_of_the_ratio() -> None:
    turns = tuple(turn(10 * slower, 11 * slower) for slower in (1, 3, 2, 1, 3))
    assert Finding(Point("refresh", 3), turns).ratio == pytest.approx(1.1)


def test_without_latency_the_api_takes_no_time() -> None:
    assert Finding(Point("refresh", 3), (turn(2, 3, GET=1),)).ratio == pytest.approx(1.5)


def test_the_report_names_what_was_missed(results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    print_report(CASES, results)
    printed = capsys.readouterr().out
    # (20 / (10 + 1)) and (20 / (10 + 4)) are more than 1.3; 11 / 10 meets the others.
    assert "2 of 7 targets MISSED: up-45-slow, up-200-slow" in printed
    assert printed.count(" ok ") == 5


def test_nothing_measured_is_nothing_told(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(CASES, Results(SETTING))
    printed = capsys.readouterr().out
    assert "targets" not in printed
    assert len(printed.strip().splitlines()) == 1


def test_the_page_gets_tables_and_plot_and_keeps_its_text(results: Results, tmp_path: Path) -> None:
    page, plot = tmp_path / "performance.md", tmp_path / "images" / "performance.svg"
    shutil.copy(PAGE, page)
    written = [list(publish_results(results, page, plot)), page.read_text(), plot.read_bytes()]
    assert written == [list(publish_results(results, page, plot)), page.read_text(), plot.read_bytes()]
    assert written[0] == [page, plot]
    text = page.read_text()
    assert "| refresh-1000 | 10.00 (10.00-10.00) |" in text
    assert text.startswith(PAGE.read_text().partition("<!--")[0])
    assert text.endswith(PAGE.read_text().rpartition("-->")[2])


def test_the_quick_subset_has_cases_of_the_whole() -> None:
    assert QUICK.keys() <= CASES.keys()


def test_a_command_that_fails_says_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match=r"exit code 3:\nno luck"):
        run(["sh", "-c", "echo no luck; exit 3"], folder=tmp_path, environment={"PATH": "/usr/bin:/bin"})


def test_cpu_of_children_counts(tmp_path: Path) -> None:
    spin = "(i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done); :"
    used = run(["sh", "-c", spin], folder=tmp_path, environment={"PATH": "/usr/bin:/bin"})
    assert used.cpu > 0.01
