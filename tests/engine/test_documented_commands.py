"""Every `pulumi …` that the documentation tells to type: the CLI has the command and its options."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.docs.shell import Command, commands, documented


@dataclass(frozen=True)
class Help:
    """What the CLI says of a command: how deep it is below `pulumi`, whether others are below it, its options."""

    depth: int
    is_group: bool
    options: frozenset[str]


NO_COMMAND = Help(0, False, frozenset())


@pytest.fixture(scope="module")
def fault(pulumi: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Command], str | None]:
    home = str(tmp_path_factory.mktemp("home"))
    environment = {"PATH": os.environ["PATH"], "HOME": home, "PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "true"}

    @cache
    def help_of(*path: str) -> Help:
        asked = [str(pulumi), *path, "--help"]
        done = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            return NO_COMMAND
        text = done.stdout
        [usage] = re.findall(r"^Usage:\n  pulumi((?: [a-z-]+)*)", text, re.MULTILINE)
        options = re.findall(r"(?<![\w-])(-\w|--[\w-]+)(?=[ ,=\n])", text.partition("\nFlags:")[2])
        return Help(len(usage.split()), "Commands:\n" in text, frozenset(options))

    def fault_of(command: Command) -> str | None:
        words = list(command.words[1:])
        path: list[str] = []
        # Of what is no command, the CLI shows the help of the group, or fails; of an alias, that of the command.
        while help_of(*path).is_group and words and not words[0].startswith("-"):
            path.append(words.pop(0))
            if help_of(*path).depth < len(path):
                return f"{' '.join(['pulumi', *path[:-1]])} has no {path[-1]}"
        options = {word.partition("=")[0] for word in words if word.startswith("-")}
        unknown = sorted(options - help_of(*path).options)
        return f"{' '.join(['pulumi', *path])} has no {', '.join(unknown)}" if unknown else None

    return fault_of


def test_every_pulumi_command_and_option_exists(fault: Callable[[Command], str | None]) -> None:
    told = [command for command in documented() if command.words[0] == "pulumi"]
    assert len(told) > 50
    faults = {str(command): fault(command) for command in told}
    assert {command: wrong for command, wrong in faults.items() if wrong} == {}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("pulumi stack rm --force prod", None),
        ("pulumi up -y", None),
        ("pulumi ups", "pulumi has no ups"),
        ("pulumi stack removed", "pulumi stack has no removed"),
        ("pulumi up --refreshed", "pulumi up has no --refreshed"),
    ],
)
def test_what_is_a_fault(fault: Callable[[Command], str | None], line: str, wrong: str | None) -> None:
    assert fault(Command("here", next(commands(line)))) == wrong
