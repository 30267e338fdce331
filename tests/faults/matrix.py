"""The whole fault matrix, played and printed: `python -m tests.faults.matrix [PART OF A FAULT'S NAME]`.

A cell shows how the operation ended (`ok`, `fail`, `check` = already refused by the preview) and after how many of
the requests that met the fault; `!` marks what is not as designed, which ends the program with exit code 1.
"""

from __future__ import annotations

import argparse
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.faults.scene import scene, short_waits
from tests.faults.table import LAYERS, MODES, OPERATIONS, Cell, Row, cells
from tests.support.http_server import ScriptedServer, answer

WORKERS = 4

Results = dict[str, list[str]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the cells and print the table; 1 when anything is not as designed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix", description="Play the fault matrix.")
    parser.add_argument("part", nargs="?", default="", help="only the faults whose name holds this")
    part = parser.parse_args(arguments).part
    chosen = [cell for cell in cells() if part in cell.row.name]
    if not chosen:
        parser.error(f"there is no fault whose name holds {part!r}")
    started = time.monotonic()
    with ScriptedServer(answer(200, {})) as other, short_waits():
        results = _play(chosen, f"{other.base_url}/accounts")
        leaks = len(other.requests)
    print("\n".join(_table({cell.row.name: cell.row for cell in chosen}.values(), results)))
    wrong = {name: problems for name, problems in results.items() if problems}
    for name, problems in wrong.items():
        print(f"! {name}: {'; '.join(problems)}")
    if leaks:
        print(f"! the other host was asked {leaks} times")
    seconds = time.monotonic() - started
    print(f"{len(results)} cells, {len(wrong)} not as designed, {seconds:.0f} s")
    return 1 if wrong or leaks or len(results) != len(chosen) else 0


def _play(chosen: Sequence[Cell], other_host: str) -> Results:
    waiting: queue.SimpleQueue[Cell] = queue.SimpleQueue()
    for cell in chosen:
        waiting.put(cell)
    results: Results = {}
    with tempfile.TemporaryDirectory() as folder:
        workers = [
            threading.Thread(target=_work, args=(waiting, results, Path(folder) / str(number), other_host))
            for number in range(WORKERS)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(1)
                _tell_progress(len(results), len(chosen))
        print(file=sys.stderr)
    return results


def _tell_progress(played: int, all_: int) -> None:
    # A log gets no line that overwrites itself.
    if sys.stderr.isatty():
        print(f"\r{played} of {all_} cells", end="", file=sys.stderr, flush=True)


def _work(waiting: queue.SimpleQueue[Cell], results: Results, folder: Path, other_host: str) -> None:
    with scene(folder, other_host) as stage:
        while True:
            try:
                cell = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                results[str(cell)] = stage.play(cell)
            except Exception as error:  # noqa: BLE001 - anything that is no UseApiError is a finding too
                results[str(cell)] = [f"{type(error).__name__}: {error}"]
                stage.emulator.accept_connections()


def _table(rows: Iterable[Row], results: Results) -> Iterator[str]:
    yield f"{'':46}" + "".join(f"{layer:<{9 * len(OPERATIONS)}}" for layer in LAYERS)
    yield f"{'fault':46}" + "".join(f"{operation:<9}" for operation in OPERATIONS) * len(LAYERS) + "error"
    for row in rows:
        for mode in MODES:
            shown = [Cell(row, mode, layer, operation) for layer in LAYERS for operation in OPERATIONS]
            texts = (f"{_text(cell, results):<9}" for cell in shown)
            names = {cell.expected.error.__name__: None for cell in shown if cell.expected.error}
            yield f"{row.name + ', ' + mode:<46}{''.join(texts)}{', '.join(names)}".rstrip()


def _text(cell: Cell, results: Results) -> str:
    expected = cell.expected
    end = "check" if expected.by_check else "fail" if expected.error else "ok"
    problems = results.get(str(cell))
    return f"{'?' if problems is None else '!' if problems else ''}{end} {expected.requests}"


if __name__ == "__main__":
    sys.exit(main())
