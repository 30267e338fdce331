"""The command without a stack: in a pipe, with a file, and at a terminal that is pasted into."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pulumi_useapi.emulator.sample import Credentials, make_credentials
from tests.support.terminal import Terminal, terminal
from tests.unit.capture import browsers
from tests.unit.capture.browsers import Sent

PROGRAM = "from pulumi_useapi.cli import main; main()"
TAKES_PASTES = "\x1b[?2004h"
NOW = datetime.now(timezone.utc)


def credentials(account: str = "101", days: float = 30) -> Credentials:
    return make_credentials(account, expires=NOW + timedelta(days=days))


def as_curl(found: Credentials) -> str:
    """With a cookie that is longer than a line of a terminal may be."""
    return browsers.chrome_bash([Sent(found.url, {"cookie": "it's=" + "x" * 9000, "token": found.token})])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No pulumi, no clipboard, no pipeline."""
    path = os.pathsep.join(filter(None, sys.path))
    return {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": path, "COLUMNS": "200"}


def run(
    environment: Mapping[str, str], *arguments: str, given: bytes | str = b"", cwd: Path | None = None
) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "capture", *arguments],
        input=given if isinstance(given, bytes) else given.encode(),
        capture_output=True,
        cwd=cwd,
        env=environment,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def at_terminal(environment: Mapping[str, str], *arguments: str) -> AbstractContextManager[Terminal]:
    return terminal(PROGRAM, ["capture", *arguments], cwd=Path(environment["HOME"]), environment=environment)


def clipboard(environment: dict[str, str], held: str) -> Path:
    """A program `xclip` with the clipboard in a file."""
    folder = Path(environment["HOME"])
    file, script = folder / "held", folder / "xclip"
    file.write_text(held)
    script.write_text(
        f'#!/bin/sh\nfor word in "$@"; do [ "$word" = -o ] && exec /bin/cat {file}; done\nexec /bin/cat > {file}\n'
    )
    script.chmod(0o755)
    environment["DISPLAY"] = ":99"
    return file


def exports(found: Credentials) -> str:
    return f"export MINIMAX_URL_MAIN='{found.url}'\nexport MINIMAX_TOKEN_MAIN='{found.token}'\n"


def test_print_env_prints_lines_that_a_shell_reads(environment: dict[str, str]) -> None:
    found = credentials()
    code, out, err = run(environment, "main", "--print-env", given=as_curl(found))
    assert (code, out) == (0, exports(found))
    assert f"main: account 101 at hailuoai.video, good until {NOW + timedelta(days=30):%Y-%m-%d} (30 days)" in err
    assert (
        'MiniMaxAccount("main", url=os.environ["MINIMAX_URL_MAIN"], token=os.environ["MINIMAX_TOKEN_MAIN"], …)' in err
    )
    assert found.token not in err


@pytest.mark.parametrize(("value", "code"), [("1", 1), ("true", 1), ("", 0), ("false", 0)])
def test_print_env_refuses_in_a_pipeline(environment: dict[str, str], value: str, code: int) -> None:
    ended, out, err = run({**environment, "CI": value}, "main", "--print-env", given=as_curl(credentials()))
    assert ended == code
    assert bool(out) == (code == 0)
    assert ("a pipeline's log is no place for them" in err) == (code == 1)


def test_dry_run_needs_no_project(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "site.har"
    found = credentials()
    file.write_bytes(browsers.har([Sent(found.url, {"token": found.token})]).encode("utf-16"))
    code, out, err = run(environment, "main", "--dry-run", "--from", str(file), cwd=tmp_path)
    assert (code, out) == (0, "")
    assert "main: account 101 at hailuoai.video" in err


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b"", "standard input is empty: it must hold the request that carries the credentials"),
        (b"\xff\xfe\0\0junk \x80", "this is no request as a browser copies it"),
        (as_curl(credentials(days=-1)), "token: the MiniMax token of account 101 expired on"),
        (as_curl(credentials())[:-30], "this is no request as a browser copies it (or it is cut off)"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(environment: dict[str, str], given: bytes | str, says: str) -> None:
    code, out, err = run(environment, "main", "--print-env", given=given)
    assert (code, out) == (1, "")
    assert says in err
    assert err.count("\n") == 1
    assert "eyJ" not in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "give the NAME of the account"),
        (("main", "--missing"), "--missing asks for the names itself: leave NAME out"),
        (("main", "--clipboard", "--from", "-"), "--from, --clipboard and --browser exclude each other"),
        (("main", "--forget", "--print-env"), "--missing, --forget and --print-env exclude each other"),
        (("main", "--subscription", "user:1-x y"), "give the name of a configured subscription, never an API token"),
        (("main", "--max-jobs", "11"), "11 is not in the range 1<=x<=10"),
    ],
)
def test_options_that_do_not_fit(environment: dict[str, str], arguments: tuple[str, ...], says: str) -> None:
    code, _, err = run(environment, *arguments)
    assert (code, says in err) == (2, True), err


def test_without_pulumi(environment: dict[str, str]) -> None:
    code, _, err = run(environment, "main", given=as_curl(credentials()))
    assert code == 1
    assert "the pulumi command is not on PATH" in err


def test_the_clipboard(environment: dict[str, str]) -> None:
    code, _, err = run(environment, "main", "--print-env", "--clipboard")
    assert (code, err.startswith("Error: the clipboard cannot be read here: paste into this terminal")) == (1, True)
    found = credentials()
    clipboard(environment, as_curl(found))
    assert run(environment, "main", "--print-env", "--clipboard")[:2] == (0, exports(found))


def test_a_paste_is_not_shown_and_may_be_of_any_length(environment: dict[str, str]) -> None:
    found = credentials()
    with at_terminal(environment, "main", "--print-env") as running:
        running.see("main: copy one request of the site in the browser")
        running.see("Then paste it here, unseen.")
        running.see(TAKES_PASTES)
        running.press("hello\r")
        running.see("cannot take this: it is no request as a browser copies it, or it is cut off: copy it again")
        running.press(as_curl(credentials(days=-1)) + "\r")
        running.see("cannot take this: token: the MiniMax token of account 101 expired on")
        assert "eyJ" not in running.screen
        assert "hello" not in running.screen
        running.press(f"\x1b[200~{as_curl(found)}\x1b[201~")
        running.see("export MINIMAX_TOKEN_MAIN=")
        assert running.end() == 0
    assert found.token in running.screen


@pytest.mark.parametrize("order", [0, 1])
def test_url_and_token_pasted_one_after_the_other(environment: dict[str, str], order: int) -> None:
    found = credentials()
    says = ("it is an address alone: paste the value of the request's header token too", "it is the token alone")
    with at_terminal(environment, "main", "--dry-run") as running:
        running.see(TAKES_PASTES)
        running.press(f"{found[order]}\r")
        running.see(f"cannot take this: {says[order]}")
        running.press(f"{found[1 - order]}\r")
        running.see("main: account 101 at hailuoai.video")
        assert running.end() == 0
    assert found.token not in running.screen


def test_what_is_copied_while_it_waits_is_taken(environment: dict[str, str]) -> None:
    held = clipboard(environment, "something else")
    found = credentials()
    with at_terminal(environment, "main", "--dry-run") as running:
        running.see("It is taken from the clipboard as you copy it; or paste it here, unseen.")
        running.see(TAKES_PASTES)
        held.write_text("again something else")
        running.press("hello\r")
        running.see("cannot take this: ")
        held.write_text(as_curl(credentials(days=-1)))
        running.see("cannot take what is in the clipboard: token: the MiniMax token of account 101 expired")
        held.write_text(as_curl(found))
        running.see("main: account 101 at hailuoai.video")
        assert running.end() == 0
    assert running.screen.count("cannot take") == 2


def test_what_the_clipboard_holds_is_taken_at_once(environment: dict[str, str]) -> None:
    clipboard(environment, as_curl(credentials()))
    with at_terminal(environment, "main", "--dry-run") as running:
        running.see("main: account 101 at hailuoai.video")
        assert running.end() == 0
    assert "copy one request" not in running.screen


def test_ctrl_c_while_it_waits(environment: dict[str, str]) -> None:
    with at_terminal(environment, "main", "--dry-run") as running:
        running.see(TAKES_PASTES)
        running.press("\x03")
        assert running.end() == 130
    last = running.screen.replace("\r", "").rstrip("\n").rpartition("\n")[2]
    assert re.sub(r"\x1b\[[?0-9]*[a-z]", "", last) == "interrupted: nothing was changed"


def test_help_names_every_form(environment: dict[str, str]) -> None:
    code, out, _ = run(environment, "--help")
    assert code == 0
    for form in ("cURL (bash or cmd)", "fetch", "PowerShell", "HAR"):
        assert form in " ".join(out.split())
