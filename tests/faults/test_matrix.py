"""A part of the fault matrix, chosen once by a seed; `make faults` plays all of it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.faults import matrix, table
from tests.faults.scene import Scene, scene, short_waits
from tests.faults.table import Cell, Expected, cells
from tests.support.http_server import ScriptedServer, answer

TELLING = ("answer lost after the work", "404 a page", "503", "401 API token")
SLOWEST = {"slow first byte, too late", "slow body, too late", "hang"}


def chosen() -> list[Cell]:
    """The telling faults in every cell, of the others two cells each; of the slow ones only those that pass."""
    dice = random.Random(20261123)  # noqa: S311
    every = [cell for cell in cells() if cell.mode == "once" or cell.row.name not in SLOWEST]
    part = [cell for cell in every if cell.row.name in TELLING]
    for row in table.ROWS:
        if row.name not in TELLING:
            part += dice.sample([cell for cell in every if cell.row is row], 2)
    return part


@pytest.fixture(scope="module")
def other() -> Iterator[ScriptedServer]:
    """The other host, which nobody may ask."""
    with ScriptedServer(answer(200, {})) as server:
        yield server
        assert not server.requests


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, other: ScriptedServer) -> Iterator[Scene]:
    with short_waits(), scene(tmp_path_factory.mktemp("emulator"), f"{other.base_url}/accounts") as made:
        yield made


@pytest.mark.parametrize("cell", chosen(), ids=str)
def test_a_cell_is_as_designed(stage: Scene, cell: Cell) -> None:
    assert stage.play(cell) == []


def test_names_are_unique() -> None:
    assert len({str(cell) for cell in cells()}) == len(list(cells()))


def test_a_deviation_is_seen(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = next(cell for cell in cells() if str(cell) == "503, once: life cycle update")
    monkeypatch.setattr(table.Row, "expected", lambda *_: Expected(None, 1))
    assert stage.play(cell) == ["2 requests"]


def test_the_program_prints_the_table_and_ends_with_1_on_a_deviation(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert matrix.main(["412 credits"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[2].split() == ["412", "credits,", "once", *["fail", "1"] * 9, "check", "1", "InsufficientCreditsError"]
    assert lines[-1].startswith("20 cells, 0 not as designed")

    monkeypatch.setattr(table.Row, "expected", lambda *_: Expected(None, 1))
    assert matrix.main(["412 credits"]) == 1
    assert "! 412 credits, once: client create: ended with InsufficientCreditsError" in capfd.readouterr().out


def test_a_name_that_fits_no_fault_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        matrix.main(["no such fault"])
    assert ended.value.code == 2
    assert "no fault" in capfd.readouterr().err
