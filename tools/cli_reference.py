"""Writes docs/cli.md from the commands themselves; runs in the virtual environment: `python -m tools.cli_reference`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from pulumi_useapi.cli import main
from pulumi_useapi.cli.exits import MEANINGS
from tools.paths import ROOT

FILE = ROOT / "docs" / "cli.md"
_NAME = "pulumi-useapi"
_AS_IT_IS = "\b"
"""At the beginning of a paragraph, click's mark for lines that are not to be joined."""
_WHAT_IT_DOES = re.compile(r"( {3,})(?=\S)")
"""In front of what an example does, which is a comment to a shell."""

VARIABLES: Mapping[str, str] = {
    "USEAPI_API_TOKEN": "the API token of useapi.net; wins over `useapi:apiToken` of the stack's config",
    "USEAPI_API_TOKEN_<NAME>": "that of another subscription: `…_TEAM_B` for `team-b`",
    "USEAPI_BASE_URL": "where the API is; wins over `useapi:baseUrl`",
    "USEAPI_TIMEOUT": "seconds one request may take; wins over `useapi:timeout`",
    "USEAPI_DEADLINE": "seconds one operation may take with its retries; wins over `useapi:deadline`",
    "USEAPI_MAX_REQUESTS": "requests at the same time; wins over `useapi:maxRequests`",
    "USEAPI_FORMER_OWNER": "the subscription whose accounts the present API token may handle too",
    "USEAPI_EXPIRY_WARNING_DAYS": "days before an expiry from which to warn; wins over `useapi:expiryWarningDays`",
    "PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE": "Pulumi's own: what the stack's secrets are encrypted with",
    "PULUMI_BACKEND_URL, PULUMI_HOME, PULUMI_ACCESS_TOKEN": "Pulumi's own: where the state is, and the way in",
    "HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE": "the proxy, and the certificate authority of one that reads along",
    "NO_COLOR": "anything: no colours",
    "CI": "anything: nobody is asked, and no secret is printed",
}

_INTRODUCTION = f"""\
# The command {_NAME}

<!-- Made from the commands' own help by `make reference`: change the help, not this file. -->

It comes with the package's extra `cli` (`pip install 'pulumi-useapi[cli]'`). Every command tells its options with
`--help`. What it has to say goes to standard output, progress, questions and errors to standard error; in a pipe there
are no colours and no spinner.
"""

_COMPLETION = f"""\
## Completion

The shell completes commands and options once it is told how, in `~/.bashrc`, `~/.zshrc` or
`~/.config/fish/completions/{_NAME}.fish`:

```sh
eval "$(_PULUMI_USEAPI_COMPLETE=bash_source {_NAME})"      # bash
eval "$(_PULUMI_USEAPI_COMPLETE=zsh_source {_NAME})"       # zsh
_PULUMI_USEAPI_COMPLETE=fish_source {_NAME} | source       # fish
```
"""


def reference() -> str:
    """The whole file."""
    context = click.Context(main, info_name=_NAME, **main.context_settings)
    commands = {name: main.get_command(context, name) for name in main.list_commands(context)}
    present = {name: command for name, command in commands.items() if command is not None}
    parts = [
        _INTRODUCTION,
        _table(
            ("command", ""),
            {f"[{name}](#{_NAME}-{name})": one.get_short_help_str(200) for name, one in present.items()},
        ),
        *(_command(command, click.Context(command, context, name)) for name, command in present.items()),
        "## Exit codes\n\nOf several that `status` finds, the one that is first in this table is its exit code.\n",
        _table(("code", "means"), {str(code): meaning for code, meaning in MEANINGS.items()}),
        "## Environment variables\n",
        _table(("variable", ""), {_code(names): meaning for names, meaning in VARIABLES.items()}),
        _COMPLETION,
    ]
    return "\n".join(parts)


def write(file: Path = FILE) -> None:
    """Write the file anew."""
    file.write_text(reference(), encoding="utf-8")


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
    parts = [f"## {context.command_path}\n", f"```text\n{usage}\n```\n", *_paragraphs(command.help or "")]
    records = [param.get_help_record(context) for param in command.get_params(context)]
    options = {_code(names): _escaped(" ".join(text.split())) for names, text in filter(None, records) if text}
    parts += [_table(("option", ""), options), *_paragraphs(command.epilog or "")]
    return "\n".join(parts)


def _paragraphs(text: str) -> Iterator[str]:
    """Click's paragraphs as Markdown; indented lines of one that is kept as it is are code."""
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = paragraph.splitlines()
        if lines and lines[0].strip() == _AS_IT_IS:
            words = [line for line in lines[1:] if not line.startswith(" ")]
            code = [_WHAT_IT_DOES.sub(r"\1# ", line.strip()) for line in lines[1:] if line.startswith(" ")]
            yield from ([f"{_escaped(' '.join(words))}\n"] if words else [])
            yield from (["```sh", *code, "```\n"] if code else [])
        elif lines:
            yield f"{_escaped(' '.join(paragraph.split()))}\n"


def _table(head: tuple[str, str], rows: Mapping[str, str]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "| --- | --- |", *(f"| {key} | {value} |" for key, value in rows.items())]
    return "\n".join(lines) + "\n"


def _code(names: str) -> str:
    escaped = names.replace("|", r"\|")
    return ", ".join(f"`{name}`" for name in escaped.split(", "))


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("|", r"\|").replace("*", r"\*")


if __name__ == "__main__":
    write()
