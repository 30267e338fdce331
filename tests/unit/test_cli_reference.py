"""docs/cli.md: up to date, and complete."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from pulumi_useapi.cli import exits, main
from tools.cli_reference import FILE, VARIABLES, reference

PACKAGE = Path(__file__).parents[2] / "provider" / "pulumi_useapi"


def test_the_file_says_what_the_commands_say() -> None:
    assert FILE.read_text(encoding="utf-8") == reference(), "docs/cli.md is out of date: run make reference"


def test_every_exit_code_has_a_meaning() -> None:
    codes = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    assert codes == set(exits.MEANINGS)


def test_every_variable_of_ours_is_told() -> None:
    read = {
        name
        for file in PACKAGE.rglob("*.py")
        if "emulator" not in file.parts
        for name in re.findall(r"""["'](USEAPI_[A-Z_]*[A-Z])["']""", file.read_text(encoding="utf-8"))
    }
    assert "USEAPI_TIMEOUT" in read
    assert read <= set(VARIABLES)


@pytest.mark.parametrize("name", ["init", "capture", "status", "rotate", "doctor", "emulator"])
def test_every_option_of_every_command_has_a_help(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command
    assert command.help
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []
    assert f"## pulumi-useapi {name}\n" in reference()
