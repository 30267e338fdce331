"""`pulumi-useapi emulator` as a process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from pulumi_useapi.cli import main
from pulumi_useapi.emulator import Emulator
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.version import __version__

COMMAND = [sys.executable, "-c", "from pulumi_useapi.cli import main; main()"]


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, from when its ready-file is there; with the base URL in it."""
    ready = folder / "ready"
    command = [
        *COMMAND,
        "emulator",
        "--port",
        "0",
        "--data",
        str(folder / "data"),
        "--ready-file",
        str(ready),
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 60
            while not ready.exists():
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process, ready.read_text().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_told_to_end(tmp_path: Path, end: signal.Signals) -> None:
    credentials = make_credentials("101", expires=datetime.now(timezone.utc) + timedelta(days=30))
    body = {"url": credentials.url, "token": credentials.token, "maxJobs": 2}
    with Emulator(tmp_path / "data") as first:
        api_token = first.api_token
    with running(tmp_path) as (process, base_url):
        answer = requests.post(
            f"{base_url}/accounts", json=body, headers={"Authorization": f"Bearer {api_token}"}, timeout=10
        )
        process.send_signal(end)
        out, err = process.communicate(timeout=30)

    assert answer.status_code == 201
    assert process.returncode == 0
    assert out.splitlines() == [
        f"useapi emulator · {base_url} · data in {tmp_path / 'data' / 'emulator.sqlite'}"
        f" · API token in {tmp_path / 'data' / 'subscriptions.json'}"
    ]
    assert "POST /v1/minimax/accounts 201 " in err
    for secret in (api_token, credentials.token, credentials.url):
        assert secret not in out + err
    assert not (tmp_path / "ready").exists()


def test_a_killed_one_leaves_its_accounts(tmp_path: Path) -> None:
    credentials = make_credentials("101", expires=datetime.now(timezone.utc) + timedelta(days=30))
    with Emulator(tmp_path / "data") as first:
        api_token = first.api_token
    with running(tmp_path) as (process, base_url):
        requests.post(
            f"{base_url}/accounts",
            json={"url": credentials.url, "token": credentials.token, "maxJobs": 2},
            headers={"Authorization": f"Bearer {api_token}"},
            timeout=10,
        )
        process.kill()
        process.communicate(timeout=30)
    with Emulator(tmp_path / "data") as second:
        assert [one["account"] for one in second.accounts()] == ["101"]


def test_a_taken_port_is_one_sentence_and_no_older_ready_file_lies(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.write_text("of a run that was killed")
    with Emulator(tmp_path / "one") as first:
        port = first.base_url.removesuffix("/v1/minimax").rpartition(":")[2]
        result = CliRunner().invoke(
            main, ["emulator", "--port", port, "--data", str(tmp_path / "two"), "--ready-file", str(ready)]
        )

    assert result.exit_code == 1
    assert result.output == (
        f"Error: port {port} is already in use: end what listens there, or choose another one with --port\n"
    )
    assert not ready.exists()


def test_unusable_data_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "subscriptions.json").write_text("{")
    (tmp_path / "file").write_text("")

    broken = CliRunner().invoke(main, ["emulator", "--data", str(tmp_path)])
    no_folder = CliRunner().invoke(main, ["emulator", "--data", str(tmp_path / "file" / "below")])

    assert broken.exit_code == no_folder.exit_code == 1
    assert broken.output == (
        f"Error: {tmp_path / 'subscriptions.json'} is no JSON: mend it, or delete it and a new one is made\n"
    )
    assert no_folder.output.startswith("Error: cannot use the data folder ")
    assert len(no_folder.output.splitlines()) == 1


@pytest.mark.parametrize(
    "options",
    [["--host", "0.0.0.0"], ["--host", "example.com"], ["--port", "x"], ["--port", "70000"], ["--latency", "-1"]],  # noqa: S104
)
def test_wrong_options_are_refused(tmp_path: Path, options: list[str]) -> None:
    result = CliRunner().invoke(main, ["emulator", "--data", str(tmp_path / "data"), *options])

    assert result.exit_code == 2
    assert options[0] in result.output
    assert not (tmp_path / "data").exists()


def test_version_and_help() -> None:
    version = CliRunner().invoke(main, ["--version"])
    listing = CliRunner().invoke(main, ["-h"])

    assert (version.exit_code, version.output) == (0, f"pulumi-useapi, version {__version__}\n")
    assert "emulator" in listing.output


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("click", "error: the command pulumi-useapi needs more packages: pip install 'pulumi-useapi[cli]'\n"),
        ("rich", "error: the command pulumi-useapi needs more packages: pip install 'pulumi-useapi[cli]'\n"),
        ("aiohttp", "Error: the emulator needs aiohttp: pip install 'pulumi-useapi[emulator]'\n"),
    ],
)
def test_a_missing_library_is_one_sentence(tmp_path: Path, missing: str, sentence: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from pulumi_useapi.cli import main; main()"

    result = subprocess.run(
        [sys.executable, "-c", program, "emulator", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout, result.stderr) == (2, "", sentence)


def test_the_command_loads_no_server_before_it_is_asked_to() -> None:
    program = "import sys, pulumi_useapi.cli; print('aiohttp' in sys.modules)"

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout == "False\n"
