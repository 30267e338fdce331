"""The demo's files and folders, and the environment in which Pulumi uses them."""

from __future__ import annotations

import os
import secrets
import shlex
from pathlib import Path

from tools.environment import LOOPBACK, clean
from tools.paths import DEMO, VENV_BIN
from tools.pulumi.ensure import Cli

EMULATOR_DATA = DEMO / "emulator"
EMULATOR_LOG = DEMO / "emulator.log"
EMULATOR_PID = DEMO / "emulator.pid"
EMULATOR_URL = DEMO / "emulator.url"
PASSPHRASE = DEMO / "passphrase"
PULUMI_HOME = DEMO / "pulumi-home"
STATE = DEMO / "state"
SHELL = DEMO / "env.sh"

STACK = "demo"
PROJECT = "minimax-accounts"
STACK_STATE = STATE / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json"
STACK_LOCKS = STATE / ".pulumi" / "locks" / "organization" / PROJECT / STACK


def _settings() -> dict[str, str]:
    return {
        "PULUMI_BACKEND_URL": STATE.as_uri(),  # escaped: a folder may have any name
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(PASSPHRASE),
        "PULUMI_HOME": str(PULUMI_HOME),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }


def environment(cli: Cli) -> dict[str, str]:
    """Return the environment in which `pulumi` works on the demo stack and on nothing else."""
    return clean([VENV_BIN, cli.folder], **_settings())


def make(cli: Cli) -> None:
    """Make the folders, the passphrase and the shell settings; leave what is there."""
    DEMO.mkdir(mode=0o700, exist_ok=True)
    for folder in (PULUMI_HOME, STATE):
        folder.mkdir(exist_ok=True)
    if not PASSPHRASE.exists():
        with os.fdopen(os.open(PASSPHRASE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(24))
    SHELL.write_text(shell_settings([VENV_BIN, cli.folder], _settings()), encoding="utf-8")


def shell_settings(folders: list[Path], settings: dict[str, str]) -> str:
    """Return a file to be sourced by any POSIX shell: paths only, no secret."""
    lines = [
        "# source this file, and pulumi works on the demo of make up. A new shell is without it.",
        "# What this shell had set for other stacks would win over the demo's own settings.",
        "for name in $(env | sed -nE 's/^((PULUMI|USEAPI)_[A-Za-z0-9_]*)=.*/\\1/p'); do unset \"$name\"; done",
        *(f"export {name}={shlex.quote(value)}" for name, value in settings.items()),
        f'export PATH={":".join(shlex.quote(str(folder)) for folder in folders)}:"$PATH"',
        f'export NO_PROXY="{",".join(LOOPBACK)}${{NO_PROXY:+,$NO_PROXY}}"',
        'export no_proxy="$NO_PROXY"',
    ]
    return "\n".join(lines) + "\n"
