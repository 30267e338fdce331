"""Go, and programs built with it from the modules that are pinned in this folder."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from tools.environment import clean
from tools.output import ToolError
from tools.process import Result, capture

OLDEST = (1, 25, 8)
_UNREACHABLE = r"dial tcp|no such host|i/o timeout|connection refused|proxyconnect|GOPROXY=off|reading \S+: [45]\d\d "


class NoGoError(Exception):
    """Go cannot be used here; the text is what there is instead."""


class UnreachableModulesError(Exception):
    """The Go modules cannot be fetched from here; the text says so."""


def oldest() -> str:
    """Return the oldest Go that will do, as people write it."""
    return ".".join(map(str, OLDEST))


def find(module: Path) -> str:
    """Return the Go on PATH if it will do for a module.

    Raises:
        NoGoError: it is not there, or too old.
    """
    go = shutil.which("go", path=_environment().get("PATH", os.defpath))
    if go is None:
        raise NoGoError("go is not on PATH")
    # Asked in the module's folder: a Go that fetches the toolchain go.mod asks for answers with that one's version.
    asked = capture([go, "version"], env=_environment(), doing="asking Go for its version", cwd=module)
    match = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", asked.stdout)
    if asked.code or match is None:
        raise NoGoError("the one on PATH is too old")
    if tuple(int(number or 0) for number in match.groups()) < OLDEST:
        raise NoGoError(f"found {match[0].removeprefix('go')}")
    return go


def run(command: Sequence[str | Path], module: Path, doing: str, **variables: str) -> Result:
    """Run Go in a module's folder, with more `variables` in its environment.

    Raises:
        UnreachableModulesError: a module could not be fetched.
        ToolError: it failed.
    """
    done = capture(command, env={**_environment(), **variables}, doing=doing, cwd=module)
    if done.code == 0:
        return done
    if re.search(_UNREACHABLE, done.stderr):
        raise UnreachableModulesError("its Go modules cannot be reached")
    raise ToolError(f"{doing} failed:\n{done.last_words}")


def _environment() -> dict[str, str]:
    # A caller who builds for other machines, or inside a Go workspace, means their own programs by it.
    mine = {name: value for name, value in clean().items() if name not in {"GOOS", "GOARCH", "GOFLAGS", "GOBIN"}}
    return {**mine, "GOWORK": "off"}
