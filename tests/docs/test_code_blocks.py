"""Every block of code of every Markdown file is checked by its kind; one of a kind that nothing checks is a failure.

Python is run (test_python_blocks.py), Pulumi's commands are looked up in its CLI (tests/engine/test_documented_commands.py).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import pytest
import yaml
from pygments.lexers import get_lexer_by_name
from pygments.token import Error

from pulumi_useapi.cli import main
from tests.docs.pages import Block, blocks
from tests.docs.shell import Command, commands, documented, script
from tools.paths import ROOT

OTHER_PROGRAMS = {
    "aws",
    "cd",
    "cp",
    "curl",
    "echo",
    "eval",
    "export",
    "gh",
    "git",
    "pbpaste",
    "pip",
    "python",
    "sops",
    "source",
}
OURS_IN_THE_REPOSITORY = re.compile(r"(examples|tests|docs|tools|provider|benchmarks)/")
EXAMPLE_SCRIPT = ROOT / "examples" / "ci" / "pipeline.sh"


def check_shell(block: Block) -> None:
    text = script(block.kind, block.text)
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def check_yaml(block: Block) -> None:
    assert yaml.safe_load(block.text)


def check_toml(block: Block) -> None:
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    assert tomllib.loads(block.text)


def check_hcl(block: Block) -> None:
    assert not [text for kind, text in get_lexer_by_name("hcl").get_tokens(block.text) if kind in Error]
    assert all(block.text.count(opens) == block.text.count(closes) for opens, closes in ("{}", "[]", "()"))


def check_python(block: Block) -> None:
    compile(block.text, block.place, "exec")


def check_nothing(block: Block) -> None:
    """What a terminal shows, a tree of files, a name."""
    assert block.text.strip()


CHECKS: Mapping[str, Callable[[Block], None]] = {
    "sh": check_shell,
    "console": check_shell,
    "python": check_python,
    "json": lambda block: json.loads(block.text),
    "yaml": check_yaml,
    "toml": check_toml,
    "hcl": check_hcl,
    "text": check_nothing,
}


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.place)
def test_every_block_is_what_it_says(block: Block) -> None:
    assert block.kind in CHECKS, f"{block.place}: say after the backticks what it is, or `text` for what is no code"
    CHECKS[block.kind](block)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("sh", "echo 'a"),
        ("json", "{,}"),
        ("yaml", "a: [b"),
        ("toml", "a ="),
        ("hcl", "a {"),
        ("python", "a b"),
        ("text", ""),
    ],
)
def test_a_broken_block_is_found(kind: str, text: str) -> None:
    if kind == "toml" and sys.version_info < (3, 11):
        pytest.skip("tomllib is of Python 3.11")
    with pytest.raises((AssertionError, ValueError, SyntaxError, yaml.YAMLError)):
        CHECKS[kind](Block(ROOT / "README.md", 1, kind, text))


def fault(command: Command) -> str | None:
    """What is wrong with a command, None where it is sound; Pulumi's own are checked elsewhere."""
    program, *arguments = command.words
    for word in arguments:
        if OURS_IN_THE_REPOSITORY.match(word) and not (ROOT / word).exists():
            return f"{word} is not there"
    if program == "make":
        unknown = {word for word in arguments if "=" not in word} - targets()
        return f"make has no {', '.join(unknown)}" if unknown else None
    if program == "pulumi-useapi":
        return _fault_of_ours(arguments)
    if program.endswith("ci/pipeline.sh"):
        known = re.findall(r"^([a-z]+)\(\) \{", EXAMPLE_SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
        return None if arguments and arguments[0] in known else f"pipeline.sh has no {arguments}"
    if program.startswith(".venv/bin/"):
        return None if Path(sys.executable).with_name(Path(program).name).exists() else f"{program} is not there"
    return None if program in OTHER_PROGRAMS | {"pulumi"} else f"{program} is not known to this test"


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def _fault_of_ours(arguments: list[str]) -> str | None:
    """What Click says to the command line, without running anything or looking at files."""
    parent = click.Context(main, info_name="pulumi-useapi", **main.context_settings)
    command: click.Command = main
    try:
        if arguments and not arguments[0].startswith("-"):
            _, found, arguments = main.resolve_command(parent, arguments)
            command = found or main
        context = click.Context(command, parent, info_name=command.name)
        values, left, _ = command.make_parser(context).parse_args(list(arguments))
        for param in command.params:
            if param.name in values and not param.is_eager and not isinstance(param.type, click.Path | click.File):
                param.process_value(context, values[param.name])
    except click.UsageError as error:
        return error.format_message()
    return f"too many arguments: {left}" if left else None


@pytest.mark.parametrize("command", list(documented()), ids=str)
def test_every_command_exists(command: Command) -> None:
    assert fault(command) is None


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("make unit", None),
        ("make units", "make has no units"),
        ("USEAPI_TIMEOUT=3 pulumi-useapi status --fail-within 7d > status.json", None),
        ("pulumi-useapi statuses", "No such command 'statuses'."),
        ("pulumi-useapi status --fail-after 7d", "No such option"),
        ("pulumi-useapi status --fail-within soon", "Invalid value for '--fail-within'"),
        ("pulumi-useapi capture main other", "too many arguments: ['other']"),
        ("pulumi-useapi capture main --max-jobs 11", "Invalid value for '--max-jobs'"),
        ("cd examples/two-accounts", "examples/two-accounts is not there"),
        ("ci/pipeline.sh deploy", "pipeline.sh has no ['deploy']"),
        ("pulumy up", "pulumy is not known to this test"),
        (".venv/bin/pythons -V", ".venv/bin/pythons is not there"),
    ],
)
def test_what_is_a_fault(line: str, wrong: str | None) -> None:
    found = fault(Command("here", next(commands(line))))
    assert found is None if wrong is None else found and found.startswith(wrong)


def test_commands_are_taken_apart_as_a_shell_does_it() -> None:
    text = "A=1 make up && make down # nothing's left\ncurl -d '[\n1]' <in | tee x; pulumi up"
    words = [("make", "up"), ("make", "down"), ("curl", "-d", "[\n1]"), ("tee", "x"), ("pulumi", "up")]
    assert list(commands(text)) == words
