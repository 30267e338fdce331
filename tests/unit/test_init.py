"""`pulumi-useapi init` as far as it needs no Pulumi: what it refuses, what it takes back, what it writes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from pulumi_useapi.cli import main, new_project
from pulumi_useapi.cli.requirements import _origin, pins
from pulumi_useapi.version import __version__
from tests.support.terminal import terminal


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is logged in, no passphrase is set, and Pulumi is a program that takes every command."""
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi-home"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}{os.pathsep}{os.environ['PATH']}")
    pulumi(tmp_path, "exit 0")


def pulumi(tmp_path: Path, script: str) -> None:
    command = tmp_path / "path" / "pulumi"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/commands\n{script}\n')
    command.chmod(0o755)


def commands(tmp_path: Path) -> str:
    file = tmp_path / "commands"
    return file.read_text() if file.exists() else ""


def init(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["init", *arguments])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_project_of_its_own_with_its_state_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "my accounts"
    done = init(str(folder))
    assert done.exit_code == 0, done.output
    assert names(folder) == [
        *(".gitignore", ".passphrase", "Pulumi.yaml", "__main__.py", "env.sh", "requirements.txt", "state"),
    ]
    assert stat.S_IMODE((folder / ".passphrase").stat().st_mode) == 0o600
    assert len((folder / ".passphrase").read_text()) >= 40
    assert {".passphrase", "env.sh", "state/"} <= set((folder / ".gitignore").read_text().splitlines())
    project = (folder / "Pulumi.yaml").read_text()
    assert 'name: "my-accounts"' in project
    assert "url: file://./state" in project
    assert "back it up" in done.stdout
    for step in (f"cd '{folder}'", "source env.sh", "config set --secret useapi:apiToken", "capture main", "pulumi up"):
        assert step in done.stdout
    assert (folder / ".passphrase").read_text() not in done.output


def test_the_shell_file_leads_to_passphrase_and_python(tmp_path: Path) -> None:
    folder = tmp_path / "it's"
    assert init(str(folder)).exit_code == 0
    script = 'cd "$1" && . ./env.sh && cat "$PULUMI_CONFIG_PASSPHRASE_FILE" && command -v python3'
    shown = subprocess.run(["sh", "-c", script, "sh", str(folder)], capture_output=True, text=True, check=True).stdout
    assert shown.startswith((folder / ".passphrase").read_text())
    assert str(Path(sys.executable).parent) in shown


def test_the_shell_file_of_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "it's"
    monkeypatch.setattr(new_project, "sys", SimpleNamespace(platform="win32", executable=sys.executable))
    assert init(str(folder)).exit_code == 0
    text = (folder / "env.ps1").read_text()
    assert f"$env:PULUMI_CONFIG_PASSPHRASE_FILE = '{tmp_path}/it''s/.passphrase'" in text
    assert not (folder / "env.sh").exists()


@pytest.mark.parametrize("kind", ["full folder", "file", "somebody else's project"])
def test_what_is_there_is_left_alone(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "there"
    if kind == "file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: mine\n")
    done = init(str(folder))
    assert done.exit_code == 1
    assert done.stderr == f"Error: {folder} is no empty folder: name one that is not there yet\n"
    assert "mine" in (folder if kind == "file" else folder / "Pulumi.yaml").read_text()
    assert commands(tmp_path) == ""


def test_without_pulumi_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    done = init(str(tmp_path / "new"))
    assert done.exit_code == 1
    assert "the pulumi command is not on PATH" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("was_there", [False, True])
def test_a_failure_leaves_nothing_behind(tmp_path: Path, was_there: bool) -> None:
    folder = tmp_path / "deep" / "new"
    if was_there:
        folder.mkdir(parents=True)
    pulumi(tmp_path, "echo 'error: no room' >&2; exit 1")
    done = init(str(folder))
    assert done.exit_code == 1
    assert "making the stack prod failed: no room" in done.stderr
    assert folder.exists() is was_there
    assert not was_there or names(folder) == []


def test_what_pulumi_says_may_be_in_any_encoding(tmp_path: Path) -> None:
    pulumi(tmp_path, r"printf 'error: no r\374m\n' >&2; exit 1")
    assert "making the stack prod failed: no r\ufffdm" in init(str(tmp_path / "new")).stderr


@pytest.mark.parametrize("width", [50, 80])
def test_in_a_narrow_terminal_no_command_is_broken(tmp_path: Path, width: int) -> None:
    environment = {**os.environ, "COLUMNS": str(width)}
    with terminal(
        "from pulumi_useapi.cli import main; main()", ["init", "new"], cwd=tmp_path, environment=environment
    ) as running:
        assert running.end() == 0
    lines = [line.rstrip() for line in running.screen.replace("\r", "").splitlines()]
    assert max(map(len, lines)) <= width
    assert any(line.startswith("  pulumi config set --secret useapi:apiToken") for line in lines)


def test_again_it_adds_what_is_missing_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    init(str(folder))
    before = (folder / ".passphrase").read_text()
    (folder / "__main__.py").write_text("mine")
    (folder / ".gitignore").unlink()
    assert init(str(folder)).exit_code == 0
    assert (folder / "__main__.py").read_text() == "mine"
    assert (folder / ".gitignore").exists()
    assert (folder / ".passphrase").read_text() == before


def test_a_lost_passphrase_is_not_replaced_by_another(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    init(str(folder))
    (folder / ".passphrase").unlink()
    (folder / "Pulumi.prod.yaml").write_text("encryptionsalt: x\n")
    done = init(str(folder))
    assert done.exit_code == 1
    assert "is gone, and the stack's secrets cannot be read without it" in done.stderr
    assert (folder / "Pulumi.prod.yaml").exists()


@pytest.mark.parametrize(
    ("backend", "shown", "own_passphrase"),
    [
        ("https://api.pulumi.com", "https://api.pulumi.com", False),
        ("s3://bucket/states?region=x", "s3://bucket/states", True),
        ("postgres://user:password@db.example/states", "postgres://db.example/states", True),
    ],
)
def test_where_the_user_is_logged_in(tmp_path: Path, backend: str, shown: str, own_passphrase: bool) -> None:
    (tmp_path / "pulumi-home").mkdir()
    (tmp_path / "pulumi-home" / "credentials.json").write_text(json.dumps({"current": backend}))
    folder = tmp_path / "new"
    done = init(str(folder))
    assert f"state       {shown}, where you are logged in" in done.stdout
    assert "password@" not in done.output
    assert "backend" not in (folder / "Pulumi.yaml").read_text()
    assert (folder / ".passphrase").exists() is own_passphrase
    assert not (folder / "state").exists()


def test_a_failed_project_of_a_shared_backend_takes_only_its_own_stack_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://bucket")
    pulumi(tmp_path, "exit 1")
    assert init(str(tmp_path / "new")).exit_code == 1
    assert "stack init prod" in commands(tmp_path)
    assert "stack rm" not in commands(tmp_path)
    assert "stack select" not in commands(tmp_path), "a stack of that name is somebody else's"


def test_a_passphrase_of_the_shell_is_kept_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    done = init(str(tmp_path / "new"))
    assert "the one that is set in this shell" in done.stdout
    assert not (tmp_path / "new" / ".passphrase").exists()


def test_the_example_keeps_away_from_a_backend_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://bucket")
    done = init(str(tmp_path / "new"), "--example")
    assert done.exit_code == 1
    assert "PULUMI_BACKEND_URL is set" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_stack_name_that_pulumi_would_refuse(tmp_path: Path) -> None:
    assert init(str(tmp_path / "new"), "--stack", "a b").exit_code == 2
    assert not (tmp_path / "new").exists()


def test_everything_is_pinned() -> None:
    ours, *others = pins()
    assert ours.startswith("pulumi-useapi[cli]")
    assert {"pulumi", "requests", "pyjwt"} <= {line.partition("==")[0] for line in others}
    assert all("==" in line for line in others)
    assert not [line for line in others if line.startswith(("pytest", "click", "playwright"))]


class _Installed(Distribution):
    def __init__(self, origin: Mapping[str, object] | None) -> None:
        self.direct_url = origin

    def read_text(self, filename: str) -> str | None:
        if filename == "direct_url.json":
            return json.dumps(self.direct_url) if self.direct_url else None
        return f"Name: pulumi-useapi\nVersion: {__version__}\n"

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


def test_the_package_is_pinned_to_where_it_came_from() -> None:
    repository = {"url": "https://host.example/it.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}}
    assert _origin(_Installed(repository)) == "pulumi-useapi[cli] @ git+https://host.example/it.git@abc123"
    assert _origin(_Installed({"url": "file:///home/me/it"})) == "pulumi-useapi[cli] @ file:///home/me/it"
    assert _origin(_Installed(None)) == f"pulumi-useapi[cli]=={__version__}"


def test_the_program_is_the_ready_made_stack() -> None:
    assert "accounts_from_config()" in new_project.PROGRAM
