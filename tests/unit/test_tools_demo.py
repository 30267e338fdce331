"""The demo's own logic: what is surely not somebody's real account, whose process it is, what is told at the end."""

from __future__ import annotations

import base64
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tools.demo import account, emulator, guard, stack
from tools.demo.loopback import configured_base_url, is_loopback, strangers_in_state
from tools.demo.places import shell_settings
from tools.demo.screen import last_screen
from tools.output import ToolError

LOCAL = "http://127.0.0.1:8787/v1/minimax"
REAL = "https://api.useapi.net/v1/minimax"


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        (LOCAL, True),
        ("http://localhost:1", True),
        ("http://[::1]:8787/v1", True),
        ("http://127.9.9.9", True),
        (REAL, False),
        ("http://127.0.0.1.example.com", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://example.com/127.0.0.1", False),
        ("127.0.0.1:8787", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_what_is_not_surely_loopback_is_not(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


@pytest.mark.parametrize(
    ("lines", "url"),
    [
        (f"  useapi:baseUrl: {LOCAL}", LOCAL),
        (f"  useapi:baseUrl: '{LOCAL}'", LOCAL),
        (f'    useapi:baseUrl: "{LOCAL}"  ', LOCAL),
        ("  useapi:baseUrl:\n    secure: v1:abc", ""),
        (f"  useapi:baseUrl: {LOCAL}\n  useapi:baseUrl: {REAL}", ""),
        ("  useapi:timeout: 3", None),
    ],
)
def test_base_url_in_a_stack_config(lines: str, url: str | None, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.demo.yaml"
    file.write_text(f"encryptionsalt: v1:x\nconfig:\n{lines}\n")
    assert configured_base_url(file) == url


def _state(base_url: object, owner: str) -> dict[str, Any]:
    provider = {"type": "pulumi:providers:pulumi-python", "inputs": {"useapi:baseUrl": base_url}}
    resource = {"type": "pulumi-python:dynamic/useapi:MiniMaxAccount", "outputs": {"owner": owner}}
    return {"version": 3, "checkpoint": {"latest": {"resources": [provider, resource]}}}


@pytest.mark.parametrize(
    ("base_url", "owner", "strangers"),
    [
        (LOCAL, f"4711@{LOCAL}", []),
        (REAL, f"4711@{LOCAL}", [REAL]),
        (LOCAL, f"4711@{REAL}", [REAL]),
        ({"ciphertext": "x"}, f"4711@{LOCAL}", ["{'ciphertext': 'x'}"]),
    ],
)
def test_a_state_with_real_accounts_is_seen(base_url: object, owner: str, strangers: list[str], tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    file.write_text(json.dumps(_state(base_url, owner)))
    assert strangers_in_state(file) == strangers


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(guard, "DEMO_STACK_CONFIG", tmp_path / "Pulumi.demo.yaml")
    monkeypatch.setattr(guard, "STACK_STATE", tmp_path / "demo.json")
    return tmp_path


def test_a_stack_called_demo_that_is_not_the_demo_is_refused(demo: Path) -> None:
    for config in (f"config:\n  useapi:baseUrl: {REAL}\n", "config:\n  useapi:timeout: 3\n"):
        (demo / "Pulumi.demo.yaml").write_text(config)
        with pytest.raises(ToolError, match="nothing was touched"):
            guard.known_base_url()


def test_a_demo_whose_state_has_real_accounts_is_refused(demo: Path) -> None:
    (demo / "Pulumi.demo.yaml").write_text(f"config:\n  useapi:baseUrl: {LOCAL}\n")
    assert guard.known_base_url() == LOCAL
    (demo / "demo.json").write_text(json.dumps(_state(REAL, f"4711@{LOCAL}")))
    with pytest.raises(ToolError, match="which is not this machine"):
        guard.known_base_url()


def test_a_demo_interrupted_before_its_base_url_was_set_goes_on(demo: Path) -> None:
    assert guard.known_base_url() is None
    (demo / "Pulumi.demo.yaml").write_text("encryptionsalt: v1:x\n")
    (demo / "demo.json").write_text("{}")
    assert guard.known_base_url() is None


def test_a_process_id_used_again_is_not_the_emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "EMULATOR_PID", tmp_path / "pid")
    data = tmp_path / "data"
    monkeypatch.setattr(emulator, "EMULATOR_DATA", data)
    wait = "import sys; print(flush=True); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    others = [sys.executable, "-c", wait, "emulator", "--data", f"{data}-of-another-clone"]
    ours = [sys.executable, "-c", wait, "emulator", "--data", str(data), "--ready-file", "x"]
    with subprocess.Popen(others, **pipes) as stranger, subprocess.Popen(ours, **pipes) as own:  # type: ignore[call-overload]
        for process in (stranger, own):
            process.stdout.readline()
        (tmp_path / "pid").write_text(str(stranger.pid))
        assert emulator.running() is None
        assert emulator.stop() is False
        assert stranger.poll() is None, "a process that is not ours was ended"
        (tmp_path / "pid").write_text(str(own.pid))
        assert emulator.running() == own.pid
        stranger.stdin.close()
        own.stdin.close()


@pytest.mark.parametrize("content", ["", "x", "-1", "0", "99999999"])
def test_a_pid_file_that_names_no_process(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "EMULATOR_PID", tmp_path / "pid")
    (tmp_path / "pid").write_text(content)
    assert emulator.running() is None


def test_a_known_port_that_another_program_took_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ToolError, match=f"port {port} of the demo's emulator is in use"):
            emulator._port(f"http://127.0.0.1:{port}/v1/minimax")


def test_a_lock_is_left_over_only_when_its_process_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "STACK_LOCKS", tmp_path)
    assert stack.left_locks() is False
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    lock = tmp_path / "x.json"
    for content, left in (
        ({"pid": gone.pid, "hostname": socket.gethostname()}, True),
        ({"pid": os.getpid(), "hostname": socket.gethostname()}, False),
        ({"pid": gone.pid, "hostname": "another-machine"}, False),
        ({}, False),
    ):
        lock.write_text(json.dumps(content))
        assert stack.left_locks() is left, content


def _token(claims: object) -> str:
    return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".c2ln"


def test_only_our_own_expiring_credentials_are_made_anew() -> None:
    now = 1_800_000_000.0
    ours = {"id": "300000001", "name": "Sample user 300000001"}
    soon, late = now + 86_400, now + 20 * 86_400
    assert account.renewal_user({"token": _token({"user": ours, "exp": soon})}, now) == "300000001"
    assert account.renewal_user({"token": _token({"user": ours, "exp": late})}, now) is None
    assert account.renewal_user({"token": _token({"user": {"id": "1", "name": "Ann"}, "exp": soon})}, now) is None
    for token in ("", "a.b", "a.####.c", _token([]), _token({"user": 3}), None):
        assert account.renewal_user({"token": token}, now) is None


def test_what_is_configured_stays() -> None:
    theirs = {"other": {"url": "u", "token": "t", "maxJobs": 1}}
    assert account.wanted(theirs) == {}


@pytest.mark.parametrize("shell", [name for name in ("sh", "bash", "zsh", "dash") if shutil.which(name)])
def test_the_sourced_file_leaves_nothing_of_other_stacks(shell: str, tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder"
    file = tmp_path / "env.sh"
    file.write_text(shell_settings([folder], {"PULUMI_HOME": str(folder)}))
    before = {"PATH": os.environ["PATH"], "PULUMI_STACK": "prod", "USEAPI_API_TOKEN": "x\ny", "NO_PROXY": "a"}
    after = subprocess.run(
        [shell, "-c", f". {shlex.quote(str(file))}; env"], env=before, capture_output=True, text=True, check=True
    ).stdout
    values = dict(line.split("=", 1) for line in after.splitlines() if "=" in line)
    assert values["PULUMI_HOME"] == str(folder)
    assert values["PATH"] == f"{folder}:{os.environ['PATH']}"
    assert values["NO_PROXY"] == values["no_proxy"] == "127.0.0.1,localhost,::1,a"
    assert not {"PULUMI_STACK", "USEAPI_API_TOKEN"} & values.keys()


def test_the_last_screen_says_what_there_is() -> None:
    accounts = {
        "main": {"id": "302817465", "jwtExpiry": "2026-12-22T10:00:00Z", "maxJobs": 3.0, "supportVideo": True},
        "b": {"id": "4", "jwtExpiry": "2026-11-23T12:00:00Z", "maxJobs": 1, "supportChat": None, "supportMusic": True},
    }
    shown = last_screen({"accounts": accounts}, datetime(2026, 11, 22, 11, tzinfo=timezone.utc)).splitlines()
    assert shown[1:3] == [
        "  main   account 302817465   good until 2026-12-22 (30 days)   video   3 jobs",
        "  b      account 4           good until 2026-11-23 (1 day)     music   1 job",
    ]
    assert "source .demo/env.sh" in "".join(shown)


def test_time_is_read_from_the_clock_when_none_is_given() -> None:
    ends = datetime.fromtimestamp(time.time() + 3 * 86_400, tz=timezone.utc).isoformat()
    shown = last_screen({"accounts": {"main": {"id": "1", "jwtExpiry": ends, "maxJobs": 1}}})
    assert "(3 days)" in shown
