"""`pulumi-useapi init` with a real Pulumi: from nothing to a configured account, and nothing half-made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from pulumi_useapi.emulator import Emulator
from tests.support.pulumi_stack import PulumiStack

COMMAND = [sys.executable, "-c", "from pulumi_useapi.cli import main; main()", "init"]


@pytest.fixture
def environment(tmp_path: Path, pulumi: Path) -> dict[str, str]:
    """A shell in which nobody is logged in and no passphrase is set."""
    variables = PulumiStack(tmp_path / "home", tmp_path, pulumi).variables()
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"):
        del variables[name]
    return variables


def run(command: list[str], environment: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )


def shell(text: str, environment: Mapping[str, str], folder: Path) -> str:
    done = run(["sh", "-c", f". ./env.sh && {text}"], environment, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_is_a_pulumi_up_away_from_an_account(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "demo"
    made = run([*COMMAND, "demo", "--example"], environment, tmp_path)
    assert made.returncode == 0, made.stderr
    assert "cd demo && source env.sh && pulumi-useapi emulator" in made.stdout
    again = run([*COMMAND, "demo", "--example"], environment, tmp_path)
    assert (again.returncode, again.stdout) == (0, made.stdout)
    with Emulator(folder / ".emulator") as emulator:
        here = environment | {"USEAPI_BASE_URL": emulator.base_url}
        up = shell("pulumi up --yes --skip-preview --non-interactive", here, folder)
        config = (folder / "Pulumi.prod.yaml").read_text()
        assert emulator.api_token not in config
        assert emulator.api_token not in made.stdout + made.stderr + up
        (account,) = emulator.accounts()
    assert account["maxJobs"] == 3
    assert "useapi:baseUrl: http://127.0.0.1:8787/v1/minimax" in config
    assert (folder / "state" / ".pulumi" / "stacks" / "demo" / "prod.json").exists()


def test_where_one_is_logged_in_the_stack_is_made_there(tmp_path: Path, environment: dict[str, str]) -> None:
    backend = tmp_path / "backend"
    backend.mkdir()
    pulumi = str(Path(environment["PATH"].split(os.pathsep)[1]) / "pulumi")
    assert run([pulumi, "login", f"file://{backend}"], environment, tmp_path).returncode == 0
    assert run([*COMMAND, "mine", "--stack", "dev"], environment, tmp_path).returncode == 0
    assert (backend / ".pulumi" / "stacks" / "mine" / "dev.json").exists()
    # A project of the same name would share its stack: the first one stays, the second leaves nothing.
    (tmp_path / "other").mkdir()
    second = run([*COMMAND, "mine", "--stack", "dev"], environment, tmp_path / "other")
    assert second.returncode == 1
    assert "making the stack dev failed" in second.stderr
    assert "already exists" in second.stderr
    assert list((tmp_path / "other").iterdir()) == []
    assert (backend / ".pulumi" / "stacks" / "mine" / "dev.json").exists()


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "demo"
    with subprocess.Popen(
        [*COMMAND, "demo", "--example"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not (folder / "Pulumi.prod.yaml").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not folder.exists()
