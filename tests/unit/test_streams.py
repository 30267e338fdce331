"""Every command, where standard input, output or error is closed, full, or narrow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_useapi.cli import main

COMMAND = [sys.executable, "-c", "from pulumi_useapi.cli import main; main()"]


def run(tmp_path: Path, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where there is no Pulumi and no project, its streams as a shell redirects them."""
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))}
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "redirection", "says"),
    [
        (("doctor",), ">&-", ""),
        (("doctor", "--json"), ">&- 2>&- <&-", ""),
        (("status",), ">&-", "Error: the API token is missing"),
        (("capture", "main", "--dry-run"), "<&-", "Error: standard input is empty"),
    ],
)
def test_a_closed_stream_is_an_empty_one(
    tmp_path: Path, arguments: tuple[str, ...], redirection: str, says: str
) -> None:
    done = run(tmp_path, redirection, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(says)
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("format_", [[], ["--json"]])
def test_a_full_disk_is_one_sentence(tmp_path: Path, format_: list[str]) -> None:
    done = run(tmp_path, ">/dev/full", "doctor", *format_)
    assert done.returncode == 1
    assert done.stderr == "Error: what this command tells cannot be written: there is no space left\n"


def test_the_list_of_commands_fits_a_terminal_of_80_columns() -> None:
    shown = CliRunner().invoke(main, ["--help"], terminal_width=80).stdout
    assert "rotate" in shown
    assert "..." not in shown.partition("Commands:")[2]
