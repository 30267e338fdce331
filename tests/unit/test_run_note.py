"""The note that a run's program and provider processes share."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import pytest

from pulumi_useapi.run_note import Line, RunNote, engine_of_program, engine_of_provider

ENGINE = "127.0.0.1:40123"
ONE = Line("urn:pulumi:dev::minimax::t::one", "302817465", subscription="team-b")
TWO = Line("urn:pulumi:dev::minimax::t::two", "302817465", owner="4711@https://api", is_held=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def written(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_one_process_adds_another_reads() -> None:
    RunNote(ENGINE).add(ONE)
    other = RunNote(ENGINE)
    other.add(TWO)
    other.add(Line("urn:pulumi:dev::minimax::t::three", "448190022"))

    assert list(RunNote(ENGINE).lines("302817465")) == [ONE, TWO]
    assert list(RunNote("127.0.0.1:40124").lines("302817465")) == []


def test_without_an_engine_nothing_is_written(folder: Path) -> None:
    note = RunNote(None)
    note.add(ONE)

    assert note.is_read_by_nobody
    assert list(note.lines(ONE.account)) == []
    assert written(folder) == []


def test_only_this_user_can_read_it(folder: Path) -> None:
    RunNote(ENGINE).add(ONE)

    (file,) = written(folder)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_write_is_not_used(folder: Path) -> None:
    RunNote(ENGINE).add(ONE)
    written(folder)[0].parent.chmod(0o777)

    assert RunNote(ENGINE).is_read_by_nobody


def test_lines_of_an_earlier_run_at_the_same_address_do_not_count(folder: Path) -> None:
    RunNote(ENGINE).add(ONE)
    (file,) = written(folder)
    fields = json.loads(file.read_text())
    file.write_text(json.dumps(fields | {"time": time.time() - 3600}) + "\n")

    assert list(RunNote(ENGINE).lines(ONE.account)) == []


@pytest.mark.parametrize("junk", ['{"time": 1', "[]", '"text"', "{}", '{"time": 9e99, "account": "302817465", "x": 1}'])
def test_a_broken_line_is_passed_over(folder: Path, junk: str) -> None:
    RunNote(ENGINE).add(ONE)
    (file,) = written(folder)
    file.write_text(junk + "\n" + file.read_text())

    assert list(RunNote(ENGINE).lines(ONE.account)) == [ONE]


def test_old_files_are_removed(folder: Path) -> None:
    RunNote(ENGINE).add(ONE)
    (file,) = written(folder)
    old = file.with_name("old")
    old.touch()
    os.utime(old, (0, 0))

    RunNote("127.0.0.1:40124").add(TWO)

    assert sorted(written(folder)) == [file, file.with_name("127-0-0-1-40124")]


def test_the_engine_is_found_in_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.orig_argv", ["python", "launcher", "--engine", ENGINE, "program"])
    assert engine_of_program() == ENGINE
    monkeypatch.setattr("sys.orig_argv", ["python", "program.py", "--engine"])
    assert engine_of_program() is None
    for options in ([], ["--logtostderr", "-v=9"], ["--tracing", "file:trace"]):
        monkeypatch.setattr("sys.argv", ["pulumi.dynamic", *options, ENGINE])
        assert engine_of_provider() == ENGINE
    monkeypatch.setattr("sys.argv", ["program"])
    assert engine_of_provider() is None
