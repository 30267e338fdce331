"""Enter and Ctrl-C, as a person presses them: what is under test runs in a terminal of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest

from pulumi_useapi.emulator.sample import make_credentials
from tests.browser.person import Person
from tests.browser.site import Site
from tests.support.terminal import terminal

PROGRAM = """
from pulumi_useapi.browser import capture_with_browser
try:
    found = capture_with_browser("main", say=lambda line: print(line, flush=True))
    print("account", found.claims.account)
except KeyboardInterrupt:
    raise SystemExit(130)
"""


@pytest.fixture
def asked(site: Site) -> Site:
    now = datetime.now(timezone.utc)
    site.ask(
        cursor=make_credentials("101", expires=now + timedelta(days=30)),
        other=make_credentials("999", expires=now + timedelta(days=30)),
    )
    return site


@pytest.mark.usefixtures("asked")
def test_enter_says_that_one_is_logged_in(person: Person) -> None:
    with terminal(PROGRAM) as running:
        running.see("press Enter here or close its window; Ctrl-C gives up")
        person.type_password()
        running.press("\r")
        assert running.end() == 0
    assert "account 101" in running.screen
    assert len(person.starts) == 2


def test_ctrl_c_ends_it_cleanly_while_one_logs_in(site: Site, person: Person) -> None:
    with terminal(PROGRAM) as running:
        assert site.visited.wait(30)
        running.press("\x03")
        assert running.end() == 130
    assert "Traceback" not in running.screen
    assert "rror" not in running.screen
    assert len(person.starts) == 1


def test_ctrl_c_ends_it_cleanly_while_it_reads(asked: Site, person: Person) -> None:
    with terminal(PROGRAM) as running:
        running.see("Ctrl-C gives up")
        person.type_password()
        asked.requests = []
        asked.visited.clear()
        running.press("\r")
        assert asked.visited.wait(30)
        running.press("\x03")
        assert running.end() == 130
    assert "Traceback" not in running.screen
    assert "rror" not in running.screen
    assert len(person.starts) == 2


@pytest.mark.usefixtures("asked")
def test_the_command_takes_it_from_there(person: Person) -> None:
    command = [sys.executable, "-c", "from pulumi_useapi.cli import main; main()"]
    with person.at_the_browser():
        done = subprocess.run(
            [*command, "capture", "main", "--browser", "--print-env"],
            env={name: value for name, value in os.environ.items() if name != "CI"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "export MINIMAX_TOKEN_MAIN=" in done.stdout
    assert "main: account 101 at hailuoai.video" in done.stderr
    assert "close its window; Ctrl-C gives up" in done.stderr
    assert "Enter" not in done.stderr, "nobody can press it here"
