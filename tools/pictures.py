"""Takes the README's pictures: real commands in a terminal, on the emulator; `python -m tools.pictures`."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from pulumi_useapi.cli.pulumi_project import PulumiProject
from pulumi_useapi.emulator import Emulator
from pulumi_useapi.emulator.sample import make_credentials
from tools.environment import clean
from tools.output import say
from tools.paths import ROOT, VENV_BIN
from tools.pulumi.ensure import ensure

FOLDER = ROOT / "docs" / "images"
WIDTH = 112
_NOW = datetime.now(timezone.utc)
_ACCOUNTS = {
    "main": ("302817465", timedelta(days=2, hours=20)),
    "studio-a": ("448190022", timedelta(days=14, hours=6)),
    "music": ("517730018", timedelta(days=9, hours=2)),
    "archive": ("610020044", timedelta(days=27, hours=12)),
}
_PROGRESS = re.compile(r"[\u2800-\u28ff]|^(\x1b\[[0-9?;]*[A-Za-z])+$")
"""Lines that are gone when a command has ended: rich's spinner, and what puts it there."""
_FONT_FACES = re.compile(r"@font-face \{.*?\}\n?", re.DOTALL)


@dataclass(frozen=True)
class Scene:
    """A stack on an emulator, where commands are typed."""

    emulator: Emulator
    project: PulumiProject
    environment: Mapping[str, str]

    def set_up(self) -> None:
        """Declare the accounts and configure them."""
        folder = self.project.folder
        (folder / "Pulumi.yaml").write_text("name: minimax\nruntime: python\n", encoding="utf-8")
        (folder / "__main__.py").write_text((ROOT / "__main__.py").read_text(encoding="utf-8"), encoding="utf-8")
        (folder / "state").mkdir()
        number = self.emulator.subscriptions[0].number
        self.emulator.edit_subscription(number, maxAccounts=10)
        self.project.need("making the stack", "stack", "init", "prod")
        self.project.set_config("useapi:apiToken", self.emulator.api_token, secret=True)
        for name, (account, left) in _ACCOUNTS.items():
            self.capture(name, account, left)
        self.type("pulumi up --yes --skip-preview")
        self.emulator.edit(number, _ACCOUNTS["music"][0], error="account on hold")

    def capture(self, name: str, account: str, left: timedelta) -> str:
        """Give an account fresh credentials, as a person would from the clipboard; return what the command shows."""
        made = make_credentials(account, expires=_NOW + left)
        return self.type(f"pulumi-useapi capture {name} --yes", given=f"{made.url}\n{made.token}\n")

    def type(self, command: str, given: str | None = None) -> str:
        """Run a command in a terminal of its own and return all that it shows."""
        device, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
        started = subprocess.Popen(
            command.split(),
            cwd=self.project.folder,
            env=self.environment,
            stdin=subprocess.PIPE if given else terminal,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        if started.stdin:
            started.stdin.write((given or "").encode())
            started.stdin.close()
        shown = _all_of(device)
        started.wait()
        return shown.replace("\r\n", "\n")


def take() -> int:
    """Take every picture."""
    cli = ensure()
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        folder = Path(place).resolve() / "minimax"
        folder.mkdir()
        emulator = stack.enter_context(Emulator(Path(place) / "emulator"))
        variables = {
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the pictures",
            "PULUMI_HOME": str(Path(place) / "home"),
            "USEAPI_BASE_URL": emulator.base_url,
            "TERM": "xterm-256color",
        }
        environment = clean([VENV_BIN, cli.folder], **variables)
        environment.pop("CI", None)
        environment.pop("NO_COLOR", None)
        os.environ.clear()
        os.environ.update(environment)
        scene = Scene(emulator, PulumiProject(folder, "prod"), environment)
        scene.set_up()
        _draw("status", f"$ pulumi-useapi status\n{scene.type('pulumi-useapi status')}")
        captured = scene.capture("main", _ACCOUNTS["main"][0], timedelta(days=30))
        preview = scene.type("pulumi preview --diff --color always --non-interactive --suppress-outputs")
        _draw("rotation", f"$ pbpaste | pulumi-useapi capture main\n{captured}$ pulumi preview --diff\n{preview}")
        checked = scene.type("pulumi-useapi doctor")
        for here, elsewhere in (
            (str(folder), "~/minimax"),
            (str(cli.command), "~/.pulumi/bin/pulumi"),
            (str(VENV_BIN), "~/minimax/.venv/bin"),
            (emulator.base_url, "https://api.useapi.net/v1/minimax"),
        ):
            checked = checked.replace(here, elsewhere)
        _draw("doctor", f"$ pulumi-useapi doctor\n{checked}")
    return 0


def _draw(name: str, shown: str) -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(line for line in shown.splitlines() if not _PROGRESS.search(line))))
    svg = console.export_svg(title="pulumi-useapi", theme=MONOKAI, unique_id=name)
    # Whoever looks at the picture fetches nothing.
    (FOLDER / f"terminal-{name}.svg").write_text(_FONT_FACES.sub("", svg), encoding="utf-8")
    say(f"docs/images/terminal-{name}.svg")


def _all_of(device: int) -> str:
    shown = bytearray()
    with os.fdopen(device, "rb", buffering=0) as reading, contextlib.suppress(OSError):
        while chunk := reading.read(65_536):
            shown += chunk
    return shown.decode()


if __name__ == "__main__":
    sys.exit(take())
