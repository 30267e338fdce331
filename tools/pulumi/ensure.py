"""Find or make a usable Pulumi CLI."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tools.environment import clean
from tools.output import duration, say
from tools.paths import PULUMI_BIN
from tools.process import capture
from tools.pulumi.build import build
from tools.pulumi.cli_files import FILES, OLDEST, PINNED, new_enough, parsed
from tools.pulumi.release import UnreachableError, download

_STAMP = "installed"


@dataclass(frozen=True)
class Cli:
    """A Pulumi CLI that can be run; `folder` has to be on PATH for the engine to find its parts."""

    command: Path
    version: str

    @property
    def folder(self) -> Path:
        """The folder of the program and its parts."""
        return self.command.parent


def ensure() -> Cli:
    """Return the CLI on PATH if it will do, else the project's own, which is made where it is not there yet.

    Raises:
        MissingError: it has to be built and Go is not there.
        ToolError: a download was tampered with, or a build failed.
    """
    found = on_path(os.environ.get("PATH", os.defpath))
    if found is not None:
        say(f"Pulumi {found.version} · {found.command}")
        return found
    started = time.monotonic()
    how = installed(PULUMI_BIN)
    if how is None:
        how = _make(PULUMI_BIN)
        how_long = f", {duration(time.monotonic() - started)}, only the first time"
    else:
        how_long = ""
    say(f"Pulumi {PINNED} · {how} (.tools/bin{how_long})")
    return Cli(PULUMI_BIN / FILES[0], PINNED)


def on_path(path: str) -> Cli | None:
    """Return the CLI found on a PATH if it is complete and new enough; the project's own does not count."""
    others = os.pathsep.join(part for part in path.split(os.pathsep) if part and Path(part) != PULUMI_BIN)
    command = shutil.which(FILES[0], path=others)
    if command is None:
        return None
    beside = f"{Path(command).resolve().parent}{os.pathsep}{others}"
    if not all(shutil.which(name, path=beside) for name in FILES[1:]):
        say(f"Pulumi · {command} comes without its Python host and is not used")
        return None
    asked = capture(
        [command, "version"],
        env=clean(PULUMI_SKIP_UPDATE_CHECK="1"),
        doing="asking Pulumi for its version",
    )
    numbers = parsed(asked.stdout)
    version = ".".join(map(str, numbers)) if numbers else "of unknown version"
    if asked.code or not new_enough(asked.stdout):
        say(f"Pulumi · {command} is {version} and not used: {OLDEST} or newer is needed")
        return None
    return Cli(Path(command), version)


def installed(folder: Path) -> str | None:
    """Return how the complete CLI of the pinned version in `folder` was made, None where it is not there."""
    stamp = folder / _STAMP
    if not stamp.is_file() or not all(os.access(folder / name, os.X_OK) for name in FILES):
        return None
    version, _, how = stamp.read_text().strip().partition(" ")
    return how if version == PINNED else None


def _make(folder: Path) -> str:
    # Made beside and moved at the end: what an interruption leaves behind is never taken for the finished thing.
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        say(f"downloading Pulumi {PINNED}")
        download(unfinished)
        how = "official release, checksum verified"
    except UnreachableError as failure:
        build(unfinished, str(failure))
        how = "built from its Go modules"
    (unfinished / _STAMP).write_text(f"{PINNED} {how}\n")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return how
