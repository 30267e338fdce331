"""Find or make VersityGW, an S3 server over a folder.

The module in this folder pins every source by its hash (go.sum). Only the tests of shared state need it, so that
nobody is stopped where it cannot be had.
"""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from tools import golang
from tools.output import duration, say
from tools.paths import VERSITYGW

MODULE = Path(__file__).parent
_PACKAGE = "github.com/versity/versitygw"
# Not optimized: built in two thirds of the time, and quick enough for tests.
_FLAGS = ("-gcflags=all=-N -l", "-ldflags=-s -w")


def ensure() -> Path | None:
    """Return the server on PATH, else the project's own, which is built where it is not there yet.

    None where there is no Go to build it with, or its modules cannot be had.

    Raises:
        ToolError: the build failed.
    """
    on_path = shutil.which(VERSITYGW.name)
    if on_path is not None:
        say(f"VersityGW · {on_path}")
        return Path(on_path)
    version = pinned()
    stamp = VERSITYGW.with_suffix(".version")
    if VERSITYGW.is_file() and stamp.is_file() and stamp.read_text() == version:
        say(f"VersityGW {version} · built from its Go modules (.tools/s3)")
        return VERSITYGW
    started = time.monotonic()
    try:
        _build(version)
    except (golang.NoGoError, golang.UnreachableModulesError) as problem:
        say(f"VersityGW · not on PATH, and not built ({problem}): the tests of shared state on S3 are skipped")
        return None
    stamp.write_text(version)
    took = duration(time.monotonic() - started)
    say(f"VersityGW {version} · built from its Go modules (.tools/s3, {took}, only the first time)")
    return VERSITYGW


def pinned() -> str:
    """Return the version that is built."""
    (version,) = re.findall(rf"^require {_PACKAGE} v(\S+)$", (MODULE / "go.mod").read_text(), re.MULTILINE)
    return str(version)


def _build(version: str) -> None:
    go = golang.find(MODULE)
    say(f"building VersityGW {version}, the S3 server of the tests (one to three minutes, only the first time)")
    VERSITYGW.parent.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [go, "build", *_FLAGS, "-o", VERSITYGW, f"{_PACKAGE}/cmd/versitygw"]
    golang.run(command, MODULE, "building VersityGW", CGO_ENABLED="0")
