"""The command `pulumi-useapi`."""

from __future__ import annotations

import errno
import io
import os
import sys
from importlib import import_module
from importlib.util import find_spec

from pulumi_useapi.cli.exits import INTERRUPTED, USAGE
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.version import __version__

if not all(map(find_spec, ("click", "pyperclip", "rich"))):
    sys.stderr.write("error: the command pulumi-useapi needs more packages: pip install 'pulumi-useapi[cli]'\n")
    raise SystemExit(USAGE)

import click

_COMMANDS = ("init", "capture", "status", "rotate", "doctor", "emulator")
"""In the order of `--help`: by when a user meets them. Each has its name for a module and a function."""


class _Commands(click.Group):
    """Loads a command when it is used: the help and the completion of a shell must not wait for all of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        _make_streams_usable()
        try:
            return super().invoke(ctx)
        except UseApiError as error:
            raise click.ClickException(str(error)) from None
        except OSError as problem:
            if problem.errno != errno.ENOSPC:
                raise
            # Or Python would complain itself at its end, of what is still to be written.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.ClickException("what this command tells cannot be written: there is no space left") from None
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            raise SystemExit(INTERRUPTED) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pulumi-useapi")
def main() -> None:
    """MiniMax accounts of useapi.net as infrastructure as code."""


def _make_streams_usable() -> None:
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        # A job's runner may close them.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as the process
    for stream in (sys.stdout, sys.stderr):
        # An old code page must not end a command in the middle of what it has to say.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
