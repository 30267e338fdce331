"""The benchmarks run, and the floor they compare with is a fair one; nothing is timed here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bench import Bench
from benchmarks.cases import Case, Plan
from benchmarks.config_copy import measure_config_copy
from benchmarks.pair import Operation, Point
from benchmarks.report import print_report
from benchmarks.results import Results, describe_setting
from benchmarks.stack import Stack

OPERATIONS: tuple[Operation, ...] = ("up", "preview", "refresh")
SECRET_MARK = "4dabf18193072939515e22adb298388d"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, pulumi: Path) -> tuple[Results, dict[str, dict[str, Any]]]:
    """One repetition of everything with four accounts in two subscriptions, and the resource each side stored."""
    results = Results(describe_setting(pulumi))
    with Bench(tmp_path_factory.mktemp("bench"), pulumi, results) as bench:
        for operation in OPERATIONS:
            bench.measure_point(Point(operation, 4, parallel=64), 1)
        pair = bench.pair(4)
        stored = {"floor": stored_resource(pair.floor), "ours": stored_resource(pair.ours)}
    return results, stored


def stored_resource(stack: Stack) -> dict[str, Any]:
    resources = json.loads(stack.state_file.read_text())["checkpoint"]["latest"]["resources"]
    found: dict[str, Any] = next(one for one in resources if one["type"].endswith(":MiniMaxAccount"))
    return found


def shape(properties: dict[str, Any]) -> dict[str, str | int]:
    """Whether each property is a secret, and how large it is."""
    sizes = {key: len(json.dumps(value)) for key, value in properties.items() if key != "__provider"}
    return {key: "secret" if SECRET_MARK in str(properties[key]) else round(size, -1) for key, size in sizes.items()}


def test_requests_are_counted(ran: tuple[Results, dict[str, dict[str, Any]]]) -> None:
    requests = {point.operation: finding.turns[0].requests for point, finding in ran[0].findings.items()}
    assert requests["up"]["POST /accounts"] == 4
    assert requests["up"]["GET /accounts"] == 2
    assert requests["refresh"] == {"GET /accounts": 2}
    assert requests["preview"] == {}


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_the_floor_stores_the_same_properties(ran: tuple[Results, dict[str, dict[str, Any]]], side: str) -> None:
    stored = ran[1]
    assert shape(stored["floor"][side]) == shape(stored["ours"][side])


def test_time_cpu_and_memory_are_measured(ran: tuple[Results, dict[str, dict[str, Any]]]) -> None:
    for finding in ran[0].findings.values():
        for measure in (finding.turns[0].floor, finding.turns[0].ours):
            assert measure.wall > 0
            assert measure.cpu > 0
            assert measure.peaks["provider"] > 10
            assert ("program" in measure.peaks) is (finding.point.operation != "refresh")


def test_results_are_kept_and_told(
    ran: tuple[Results, dict[str, dict[str, Any]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran[0].save(tmp_path / "new" / "results.json")
    results = Results.load(tmp_path / "new" / "results.json")
    assert results == ran[0]
    points = {point.operation: point for point in results.findings}
    cases = {
        "easy": Case("a", (Plan(points["up"], 1),), target=100),
        "hard": Case("b", (Plan(points["preview"], 1),), target=0.01),
    }
    print_report(cases, results)
    printed = capsys.readouterr().out
    assert "1 of 2 targets MISSED: hard" in printed
    assert f"Pulumi CLI {results.setting['pulumi']}" in printed


def test_an_explicit_provider_holds_no_copy_of_the_config(tmp_path: Path, pulumi: Path) -> None:
    results = Results()
    measure_config_copy(tmp_path, pulumi, results, lambda _line: None, sizes=(2,), repetitions=1)
    copies = {one.provider: one.secret_copies for one in results.config_copies}
    assert copies["explicit"] == 2
    assert copies["default"] > 2
