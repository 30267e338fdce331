"""The servers for the tests of shared state: found, built, or told to be missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import golang, postgres
from tools.output import MissingError
from tools.versitygw import ensure as versitygw


def program(path: Path, line: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def nothing_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No server was built before, and the folder is all of PATH; the path of a server to be built."""
    monkeypatch.setenv("PATH", str(tmp_path))
    made = tmp_path / "made" / "versitygw"
    monkeypatch.setattr(versitygw, "VERSITYGW", made)
    return made


def test_an_s3_server_on_path_is_taken(nothing_made: Path, tmp_path: Path) -> None:
    on_path = program(tmp_path / "versitygw")
    assert versitygw.ensure() == on_path
    assert not nothing_made.exists()


@pytest.mark.usefixtures("nothing_made")
def test_without_go_the_tests_on_s3_are_skipped_and_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert versitygw.ensure() is None
    told = capsys.readouterr().err
    assert "(go is not on PATH): the tests of shared state on S3 are skipped" in told


@pytest.mark.parametrize(
    "said",
    [
        "dial tcp: lookup modules.example.com: no such host",
        "x@v1: reading https://modules.example.com/x.zip: 404 Not Found",
        "module lookup disabled by GOPROXY=off",
    ],
)
@pytest.mark.usefixtures("nothing_made")
def test_modules_out_of_reach(said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(
        tmp_path / "go",
        f'[ "$1" = version ] && echo go version go1.26.0 linux/amd64 && exit\necho "{said}" >&2; exit 1',
    )
    assert versitygw.ensure() is None
    assert "(its Go modules cannot be reached): the tests" in capsys.readouterr().err


def test_an_s3_server_is_built_once(
    nothing_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    build = f'[ "$1" = version ] && echo go version go1.26.0 linux/amd64 && exit\ntouch {nothing_made}'
    program(tmp_path / "go", build)
    assert versitygw.ensure() == nothing_made
    assert "only the first time" in capsys.readouterr().err
    program(tmp_path / "go", "exit 1")
    assert versitygw.ensure() == nothing_made
    assert versitygw.pinned() in capsys.readouterr().err


def test_the_modules_are_pinned() -> None:
    """The hashes are those of the version that go.mod names."""
    line = rf"^github.com/versity/versitygw v{re.escape(versitygw.pinned())} h1:\S+$"
    assert re.search(line, (versitygw.MODULE / "go.sum").read_text(), re.MULTILINE)
    assert re.search(rf"^go {re.escape(golang.oldest())}$", (versitygw.MODULE / "go.mod").read_text(), re.MULTILINE)


def test_postgresql_on_path_or_else_the_newest_of_debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path / "postgresql")
    with pytest.raises(MissingError, match="apt-get install postgresql"):
        postgres.programs()
    for version, names in (("9.6", postgres.NEEDED), ("15", postgres.NEEDED), ("17", ("initdb",))):
        for name in names:
            program(tmp_path / "postgresql" / version / "bin" / name)
    assert postgres.programs() == tmp_path / "postgresql" / "15" / "bin", "17 has no server"
    for name in postgres.NEEDED:
        program(tmp_path / "mine" / name)
    monkeypatch.setenv("PATH", str(tmp_path / "mine"))
    assert postgres.programs() == tmp_path / "mine"
