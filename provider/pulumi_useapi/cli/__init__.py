"""The command `pulumi-useapi`."""

from __future__ import annotations

import sys

try:
    import click
except ModuleNotFoundError as missing:
    if missing.name != "click":
        raise
    sys.stderr.write("pulumi-useapi needs click: pip install 'pulumi-useapi[emulator]'\n")
    raise SystemExit(2) from None

from pulumi_useapi.cli.emulator import emulator
from pulumi_useapi.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pulumi-useapi")
def main() -> None:
    """MiniMax accounts of useapi.net as infrastructure as code."""


main.add_command(emulator)
