"""The command `pulumi-useapi`."""

from __future__ import annotations

import io
import sys
from importlib import import_module

try:
    import click
except ModuleNotFoundError as missing:
    if missing.name != "click":
        raise
    sys.stderr.write("error: the command pulumi-useapi needs more packages: pip install 'pulumi-useapi[cli]'\n")
    raise SystemExit(2) from None

from pulumi_useapi.cli.exits import INTERRUPTED
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.version import __version__

_COMMANDS = {
    "init": "pulumi_useapi.cli.init",
    "capture": "pulumi_useapi.cli.capture",
    "status": "pulumi_useapi.cli.status",
    "rotate": "pulumi_useapi.cli.rotate",
    "doctor": "pulumi_useapi.cli.doctor",
    "emulator": "pulumi_useapi.cli.emulator",
}
"""In the order of `--help`: by when a user meets them. Each module has the command under the same name."""


class _Commands(click.Group):
    """Loads a command when it is used: the help and the completion of a shell must not wait for all of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        for stream in (sys.stdout, sys.stderr):
            # An old code page must not end a command in the middle of what it has to say.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except UseApiError as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            raise SystemExit(INTERRUPTED) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pulumi-useapi")
def main() -> None:
    """MiniMax accounts of useapi.net as infrastructure as code."""
