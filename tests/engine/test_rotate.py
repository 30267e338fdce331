"""`pulumi-useapi rotate` on a real stack, in a terminal and in a pipe: it can be stopped, goes on, and passes over."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager

import pytest

from tests.engine.conftest import World
from tests.support.terminal import Terminal, terminal

COMMAND = "from pulumi_useapi.cli import main; main()"
PROGRAM = "from pulumi_useapi import accounts_from_config\naccounts_from_config()\n"
UP_AND_ENTER = "\x1b[A\r"
"""Pulumi's question has "no" chosen, and "yes" above it."""


TAKES_PASTES = "\x1b[?2004h"
"""What a program sends to the terminal when it is ready for a paste."""


class Fleet:
    """Accounts in the config of the stack, and the one who renews them."""

    def __init__(self, world: World, days: dict[str, float]) -> None:
        self.world = world
        self.ids = {name: str(101 + index) for index, name in enumerate(days)}
        secrets: list[str] = []
        plain: list[str] = []
        for name, left in days.items():
            for key, value in world.credentials(self.ids[name], days=left).items():
                secrets += ["--secret", f"useapi:accounts.{name}.{key}={value}"]
            plain += ["--plaintext", f"useapi:accounts.{name}.maxJobs=2"]
        world.stack.write_program(PROGRAM)
        world.stack.quiet("config", "set-all", "--path", *secrets, *plain)
        assert world.stack.up().code == 0

    def served(self) -> dict[str, float]:
        """When each account's credentials die, as the service has them."""
        served = self.world.served()
        return {name: served[account]["exp"] for name, account in self.ids.items()}

    def paste(self, name: str, days: float) -> str:
        """What a person pastes."""
        fresh = self.world.credentials(self.ids[name], days=days)
        return f"{fresh['url']}\n{fresh['token']}\n"

    def rotate(self, *arguments: str) -> AbstractContextManager[Terminal]:
        """Run it in a terminal."""
        environment = {name: value for name, value in self.world.stack.variables().items() if name != "CI"}
        return terminal(COMMAND, ["rotate", *arguments], cwd=self.world.stack.project, environment=environment)

    def rotate_in_a_pipe(self, *arguments: str) -> tuple[int, str]:
        run = self.world.stack.run_program([sys.executable, "-c", COMMAND, "rotate", *arguments])
        return run.code, run.text

    def keep(self, running: Terminal) -> int:
        """Wait for the end; what was on the screen is searched for secrets too."""
        code = running.end()
        self.world.stack.console.append(running.screen)
        return code


def test_rotation_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    fleet = Fleet(world, {"main": 3, "studio": 1, "fine": 25})
    before = fleet.served()

    code, text = fleet.rotate_in_a_pipe()
    assert code == 1
    assert "2 of 3 accounts to renew, expiring within 7 days" in text
    assert text.index("studio  account 102, expires on") < text.index("main    account 101, expires on")
    assert "nobody can be asked here: run it at a terminal, or with --browser --yes" in text

    # One is captured, one passed over; the preview is looked at, and the rest renewed.
    with fleet.rotate() as running:
        running.see("studio (1 of 2): capture it now?")
        running.press("\r")
        running.see(TAKES_PASTES)
        running.press(fleet.paste("studio", 60))
        running.see("main (2 of 2): capture it now?")
        running.press("n\r")
        running.see("Do you want to perform this update?")
        assert "pulumi up brings to useapi.net: studio" in running.screen
        running.press(UP_AND_ENTER)
        assert fleet.keep(running) == 3
    assert "not renewed: main" in running.screen
    assert fleet.served()["studio"] > before["studio"]
    assert fleet.served()["main"] == before["main"]

    # Stopped after one of two: it stays captured, and the next run brings it there without asking for it again.
    with fleet.rotate("--within", "4w", "--yes") as running:
        running.see("main: copy one request of the site")
        running.see(TAKES_PASTES)
        running.press(fleet.paste("main", 50))
        running.see("fine: copy one request of the site")
        running.see(TAKES_PASTES)
        running.press("\x03")
        assert fleet.keep(running) == 130
    assert "stopped: main captured and stored; pulumi-useapi rotate goes on with the rest" in running.screen
    assert fleet.served()["main"] == before["main"]
    code, text = fleet.rotate_in_a_pipe()
    assert code == 1
    assert text.endswith("Error: nobody can be asked here: run it at a terminal, or with --yes\n")
    code, text = fleet.rotate_in_a_pipe("--yes")
    assert code == 0, text
    assert "captured before, and not at useapi.net yet: main" in text
    assert fleet.served()["main"] > before["main"]
    assert fleet.rotate_in_a_pipe() == (
        0,
        f"stack {world.stack.name}: no account expires within 7 days; the next is fine on {_day(before['fine'])}\n",
    )


def _day(epoch: float) -> str:
    from pulumi_useapi.credentials import moment

    return f"{moment(epoch):%Y-%m-%d}"


def test_what_does_not_come_through_is_passed_over_and_told(world: World) -> None:
    fleet = Fleet(world, {"main": 0.5, "studio": 1})
    before = fleet.served()
    # The service refuses the fresh credentials of one: the other one's are there all the same.
    with fleet.rotate("--yes") as running:
        running.see("main: copy one request of the site")
        running.see(TAKES_PASTES)
        running.press("this is nothing\r")
        running.see("cannot take this: it is no request as a browser copies it")
        running.press(fleet.paste("main", 60))
        running.see("studio: copy one request of the site")
        running.see(TAKES_PASTES)
        world.emulator.set_faults([{"fault": "status", "status": 401, "method": "POST", "account": "101"}])
        running.press(fleet.paste("studio", 60))
        assert fleet.keep(running) == 1
    assert "what was captured stays stored, and pulumi-useapi rotate or pulumi up goes on" in running.screen
    assert fleet.served()["studio"] > before["studio"]
    assert fleet.served()["main"] == before["main"]
    world.emulator.set_faults([])
    code, text = fleet.rotate_in_a_pipe("--yes")
    assert code == 0, text
    assert fleet.served()["main"] > before["main"]
