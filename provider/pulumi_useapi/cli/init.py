"""`pulumi-useapi init`: a project with a stack, ready for its first account."""

from __future__ import annotations

import secrets
import shlex
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import click

from pulumi_useapi.cli import screen
from pulumi_useapi.cli.emulator import check_packages
from pulumi_useapi.cli.new_project import STATE, NewProject, making, plan
from pulumi_useapi.cli.pulumi_project import PASSPHRASE_FILE, PulumiProject, has_passphrase

_BASE_URL = "http://127.0.0.1:8787/v1/minimax"
"""Where the emulator is unless told otherwise."""
_EMULATOR_DATA = ".emulator"
_DAYS = 30
_INDENT = 6
_LEAST_ROOM = 30
"""Columns without which words are not put beside their label."""


def _stack_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not value.replace("-", "").replace("_", "").replace(".", "").isalnum() or not value.isascii():
        raise click.BadParameter(
            f"{value!r} is no name for a stack: take letters, digits, '-', '_' and '.'", ctx, param
        )
    return value


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--stack", metavar="NAME", default="prod", show_default=True, callback=_stack_name, help="The stack.")
@click.option("--example", is_flag=True, help="Fill it with a made-up account of the emulator.")
def init(folder: Path, stack: str, example: bool) -> None:
    """Make a Pulumi project for MiniMax accounts in DIR.

    Its state goes to where you are logged in with Pulumi; where you are not, into DIR/state, and nothing else of yours
    is touched. Secrets are encrypted with a passphrase in DIR/.passphrase, which git ignores, unless Pulumi Cloud or a
    passphrase of yours (PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE) does it.

    Run again on a folder it has made, it adds what is missing there and changes nothing else.
    """
    if example:
        check_packages()
    project = plan(folder, stack, local=example)
    screen.err().print(f"making the project in {folder} …")
    with making(project) as pulumi:
        if example:
            _fill(pulumi)
    for label, words in (*_what_it_is(project), *_what_is_next(project, example=example)):
        _print(label, words)


def _fill(project: PulumiProject) -> None:
    """Set what the emulator needs, where it is not set."""
    from pulumi_useapi.emulator.sample import make_credentials
    from pulumi_useapi.emulator.subscriptions import Subscriptions

    config = project.config_file()
    if config.exists() and "useapi:baseUrl" in config.read_text(encoding="utf-8"):
        return
    data = project.folder / _EMULATOR_DATA
    data.mkdir(mode=0o700, exist_ok=True)
    (subscription, *_) = Subscriptions.open(data).all()
    user = str(300_000_000 + secrets.randbelow(100_000_000))
    made = make_credentials(user, expires=datetime.now(timezone.utc) + timedelta(days=_DAYS))
    with project.changing_together() as draft:
        draft.set_config("useapi:apiToken", subscription.api_token, secret=True)
        draft.set_config("useapi:accounts.main.url", made.url, secret=True)
        draft.set_config("useapi:accounts.main.token", made.token, secret=True)
        draft.set_config("useapi:accounts.main.maxJobs", "3", secret=False)
        # The last one: it says that all is there.
        draft.set_config("useapi:baseUrl", _BASE_URL, secret=False)


def _print(label: str, words: str) -> None:
    """The words beside their label, or, in a narrow terminal, below it."""
    console = screen.out()
    if console.is_terminal and words and console.width < len(label) + _LEAST_ROOM:
        console.print(label.rstrip())
        label = " " * _INDENT
    first, *others = screen.wrapped(words, console, len(label)) or [""]
    for line in ((label + first).rstrip(), *(" " * len(label) + other for other in others)):
        console.print(line)


def _what_it_is(project: NewProject) -> Iterator[tuple[str, str]]:
    yield f"{project.folder}: ", f"a Pulumi project, its stack is {project.stack}"
    state, passphrase = "  state       ", "  passphrase  "
    if project.backend is None:
        yield state, f"{project.folder / STATE}: back it up, it is all that Pulumi knows of your accounts"
    else:
        place = urlsplit(project.backend)  # without a password that may be in it
        yield state, f"{place.scheme}://{place.hostname or ''}{place.path}, where you are logged in"
    if project.has_own_passphrase:
        file = project.folder / PASSPHRASE_FILE
        yield passphrase, f"{file}: back it up, without it no secret can be read again; git ignores it"
    elif has_passphrase():
        yield passphrase, "the one that is set in this shell: without it no secret can be read again"


def _what_is_next(project: NewProject, *, example: bool) -> Iterator[tuple[str, str]]:
    enter = f"cd {shlex.quote(str(project.folder))}"
    shell = ". .\\env.ps1" if sys.platform == "win32" else "source env.sh"
    steps = {
        enter: "",
        shell: "in every new shell: the passphrase, and the Python that has this package",
        "pulumi config set --secret useapi:apiToken": "the API token of useapi.net; Pulumi asks for it",
        "pulumi-useapi capture main": "url and token of your first account, out of the browser",
        "pulumi up": "",
    }
    if example:
        steps = {
            f"{enter} && {shell} && pulumi-useapi emulator": "in a terminal of its own; Ctrl-C ends it",
            f"{enter} && {shell} && pulumi up": "in another one",
            "pulumi-useapi status": "",
        }
    yield "next:", ""
    width = max(map(len, steps))
    for command, why in steps.items():
        yield f"  {command:{width}}  ", why
