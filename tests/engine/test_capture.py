"""`pulumi-useapi capture` on a real stack: encrypted, both values or none, and `pulumi up` takes it from there."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pulumi_useapi import UseApiClient
from tests.engine.conftest import World
from tests.engine.test_secrets import ProcessArguments
from tests.support.terminal import Terminal, terminal

COMMAND = "from pulumi_useapi.cli import main; main()"
PROGRAM = "from pulumi_useapi import accounts_from_config\naccounts_from_config()\n"
TAKES_PASTES = "\x1b[?2004h"


class Captures:
    """The one who captures accounts for the stack of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.environment = {name: value for name, value in world.stack.variables().items() if name != "CI"}
        self.environment["COLUMNS"] = "200"
        world.stack.write_program(PROGRAM)

    @property
    def file(self) -> Path:
        return self.world.stack.project / "Pulumi.test.yaml"

    def paste(self, account: str, days: float = 30) -> str:
        """What a person copies."""
        made = self.world.credentials(account, days=days)
        return f"curl '{made['url']}' \\\n  -H 'cookie: a=b' \\\n  -H 'token: {made['token']}'\n"

    def capture(self, *arguments: str, given: str = "") -> tuple[int, str]:
        """Run it in a pipe; all that it said is searched for secrets in the end."""
        command = [sys.executable, "-c", COMMAND, "capture", *arguments]
        run = self.world.stack.run_program(command, stdin=given, environment=self.environment)
        return run.code, run.text

    def at_terminal(self, *arguments: str) -> AbstractContextManager[Terminal]:
        return terminal(COMMAND, ["capture", *arguments], cwd=self.world.stack.project, environment=self.environment)

    def end(self, running: Terminal) -> tuple[int, str]:
        """Wait for the end; what was on the screen is searched for secrets too."""
        code = running.end()
        self.world.stack.console.append(running.screen)
        return code, running.screen

    def put_before_pulumi(self, tmp_path: Path, script: str) -> None:
        """A `pulumi` that does something of its own before it sets a token."""
        wrapper = tmp_path / "wrapper" / "pulumi"
        wrapper.parent.mkdir(exist_ok=True)
        wrapper.write_text(
            f'#!/bin/sh\ncase "$*" in *"config set"*".token"*) {script} ;; esac\nexec {self.world.stack.command} "$@"\n'
        )
        wrapper.chmod(0o755)
        self.environment["PATH"] = f"{wrapper.parent}:{self.world.stack.variables()['PATH']}"

    def leftovers(self) -> list[str]:
        return [path.name for path in self.world.stack.project.iterdir() if path.name.startswith(".useapi")]


@pytest.fixture
def captures(world: World) -> Captures:
    return Captures(world)


def test_from_the_browser_to_useapi_net(captures: Captures) -> None:
    world = captures.world
    first = captures.paste("101", days=20)
    with ProcessArguments() as processes:
        code, text = captures.capture("main", "--max-jobs", "4", given=first)
    assert code == 0, text
    assert "main: account 101 at hailuoai.video, good until" in text
    assert "stored in stack test: useapi:accounts.main: url and token (encrypted), maxJobs = 4\n" in text
    assert world.scan.find_in(("arguments", one) for one in processes.seen) == []
    assert captures.file.read_text().count("secure") == 2
    assert captures.leftovers() == []
    assert world.stack.up().code == 0
    assert world.served()["101"]["maxJobs"] == 4

    # Renewed: an update in place, and nothing else in the config changes.
    code, text = captures.capture("main", given=captures.paste("101", days=30))
    assert code == 0, text
    assert "(30 days, 10 days more than the stored token)" in text
    assert "useapi:accounts.main: url and token (encrypted)\n" in text
    assert world.stack.up().code == 0
    assert world.served()["101"]["maxJobs"] == 4

    # Refused, and nothing to do: the file stays as it is to the byte.
    before = captures.file.read_bytes()
    code, text = captures.capture("main", given=first)
    assert (code, "main has a newer token already" in text) == (1, True), text
    code, text = captures.capture("main", given=captures.paste("202"))
    assert (code, "main is account 101 in stack test" in text) == (1, True), text
    code, text = captures.capture("studio", given=captures.paste("101", days=31))
    assert (code, "account 101 is main in stack test already" in text) == (1, True), text
    code, text = captures.capture("new", "--dry-run", given=captures.paste("303"))
    assert (code, "dry run: nothing was stored" in text) == (0, True), text
    assert captures.file.read_bytes() == before

    same = captures.paste("101", days=40)
    assert captures.capture("main", given=same)[0] == 0
    code, text = captures.capture("main", given=same)
    assert (code, "has these very credentials already: nothing to do" in text) == (0, True), text


@pytest.mark.parametrize("is_new", [True, False])
def test_url_and_token_change_together_or_not_at_all(captures: Captures, tmp_path: Path, is_new: bool) -> None:
    if not is_new:
        assert captures.capture("main", given=captures.paste("101", days=20))[0] == 0
    before = captures.file.read_bytes() if captures.file.exists() else None
    fresh = captures.paste("101")

    captures.put_before_pulumi(tmp_path, 'echo "error: the disk is on fire" >&2; exit 255')
    code, text = captures.capture("main", given=fresh)
    assert code == 1
    assert "Error: setting useapi:accounts.main.token failed: the disk is on fire" in text
    assert (captures.file.read_bytes() if captures.file.exists() else None) == before
    assert captures.leftovers() == []

    captures.put_before_pulumi(tmp_path, f"echo >> {captures.file}")
    code, text = captures.capture("main", given=fresh)
    assert (code, "was changed by somebody else meanwhile, nothing was stored: try again" in text) == (1, True), text
    assert captures.leftovers() == []


def test_ctrl_c_in_the_middle_changes_nothing(captures: Captures, tmp_path: Path) -> None:
    before = captures.file.read_bytes() if captures.file.exists() else None
    here = tmp_path / "here"
    captures.put_before_pulumi(tmp_path, f"echo > {here}; sleep 60")
    with captures.at_terminal("main", "--yes") as running:
        running.see(TAKES_PASTES)
        running.press(captures.paste("101"))
        running.see("storing it in stack test")
        wait_for(here)
        running.press("\x03")
        code, text = captures.end(running)
    assert (code, "interrupted: nothing was changed" in text) == (130, True), text
    assert "Traceback" not in text
    assert (captures.file.read_bytes() if captures.file.exists() else None) == before
    assert captures.leftovers() == []


def test_an_account_that_is_configured_already(captures: Captures) -> None:
    world = captures.world
    for account in ("101", "102", "103"):
        put(world, account)
    code, text = captures.capture("main", given=captures.paste("101"))
    assert code == 0, text
    assert "note: account 101 is configured at useapi.net already, with other credentials, good until" in text
    assert "--adopt, or pulumi config set --path 'useapi:accounts.main.adopt' true" in text
    world.refused(world.stack.up(), "is already configured at useapi.net with other credentials")
    code, text = captures.capture("main", "--adopt", given=captures.paste("101", days=31))
    assert (code, "adopt = true" in text) == (0, True), text

    # Nobody to ask: they are named. At a terminal each gets a name, or is left out.
    code, text = captures.capture("--missing")
    assert code == 1, text
    assert "account 102 at hailuoai.video, good until" in text
    assert "does not declare 2 accounts of useapi.net, named above" in text
    with captures.at_terminal("--missing") as running:
        running.see("A name for account 102 in stack test (Enter leaves it out)")
        running.press("main\r")
        running.see("main is another account of stack test: take another name")
        running.see("A name for account 102 in stack test")
        running.press("studio\r")
        running.see("and log in as the user of account 102")
        running.see(TAKES_PASTES)
        running.press(captures.paste("104"))
        running.see("cannot take this: these credentials are of account 104: log in as the user of account 102")
        running.press(captures.paste("102"))
        running.see("Store it in stack test? [Y/n]:")
        running.press("\r")
        running.see("url and token (encrypted), maxJobs = 2, adopt = true")
        running.see("A name for account 103 in stack test")
        running.press("\r")
        code, text = captures.end(running)
    assert code == 0, text
    assert world.stack.up().code == 0
    assert world.served()["102"]["exp"] > world.served()["103"]["exp"]

    # That useapi.net cannot be asked is no failure.
    captures.environment |= {"USEAPI_BASE_URL": "http://127.0.0.1:9/v1/minimax", "USEAPI_DEADLINE": "1"}
    code, text = captures.capture("other", given=captures.paste("105"))
    assert code == 0, text
    assert "note: whether useapi.net has the account already is not known: " in text


def test_accounts_stored_as_one_text_stay_as_they_are(captures: Captures) -> None:
    captures.world.stack.quiet("config", "set", "useapi:accounts", '{"main": {"maxJobs": 3}}', "--plaintext")
    before = captures.file.read_bytes()
    code, text = captures.capture("studio", given=captures.paste("101"))
    assert (code, "is one text in stack test, and setting a part of it would drop the rest" in text) == (1, True), text
    assert captures.file.read_bytes() == before


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def put(world: World, account: str) -> None:
    """Configure an account at the service, from elsewhere."""
    with UseApiClient(world.emulator.api_token, base_url=world.emulator.base_url) as client:
        client.put_account(**world.credentials(account, days=5), max_jobs=2)
