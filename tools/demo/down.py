"""`make down`: nothing of `make up` stays, and nothing else is touched."""

from __future__ import annotations

import json
import os
import shutil

from tools.demo import emulator, places
from tools.demo.guard import known_base_url
from tools.demo.stack import Stack
from tools.output import say
from tools.paths import DEMO, DEMO_STACK_CONFIG, PULUMI_BIN, VENV_PYTHON
from tools.pulumi.cli_files import FILES, PINNED
from tools.pulumi.ensure import Cli, installed, on_path
from tools.turns import alone


def down() -> int:
    """Destroy the demo's resources, end its emulator and remove its files.

    Raises:
        ToolError: the stack called demo is not the demo's.
    """
    with alone():
        if not DEMO.exists() and not DEMO_STACK_CONFIG.exists():
            say("there is no demo here: nothing to remove")
            return 0
        known_base_url()
        _destroy()
        if emulator.stop():
            say("useapi emulator · ended")
        DEMO_STACK_CONFIG.unlink(missing_ok=True)
        if DEMO.exists():
            shutil.rmtree(DEMO)
        say("removed .demo and Pulumi.demo.yaml; .venv and .tools stay, for the next time")
    return 0


def _destroy() -> None:
    cli = _present_cli()
    if cli is None or not VENV_PYTHON.exists() or not DEMO_STACK_CONFIG.is_file() or not _has_resources():
        return
    if emulator.running() is None:
        say("the emulator does not run: its accounts go with its files, without pulumi destroy")
        return
    say("pulumi destroy")
    if Stack(cli).destroy():
        say("pulumi destroy failed: the accounts go with the emulator's files")


def _present_cli() -> Cli | None:
    # Taking away must not begin with building something.
    found = on_path(os.environ.get("PATH", os.defpath))
    return found or (Cli(PULUMI_BIN / FILES[0], PINNED) if installed(PULUMI_BIN) else None)


def _has_resources() -> bool:
    if not places.STACK_STATE.is_file():
        return False
    state = json.loads(places.STACK_STATE.read_text(encoding="utf-8"))
    return bool(state.get("checkpoint", {}).get("latest", {}).get("resources"))
