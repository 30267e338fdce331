"""The hash-pinned locks, made anew from pyproject.toml for every Python from 3.10 on."""

from __future__ import annotations

import shutil

from tools.environment import clean
from tools.output import MissingError, ToolError, say
from tools.paths import ROOT
from tools.process import capture
from tools.virtualenv import DEV_LOCK, RUNTIME_LOCK


def lock(*, upgrade: bool) -> None:
    """Write both locks; what is pinned stays as it is where it still fits, unless `upgrade`.

    Raises:
        MissingError: uv is not on PATH.
        ToolError: there are no versions that fit together.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise MissingError(
            "making the locks needs uv, which is not on PATH: install it (pip install uv), and run this again"
        )
    # No index is named in them: whoever installs uses the one their pip is set to.
    common = ["pip", "compile", "--quiet", "--universal", "--python-version=3.10", "--generate-hashes", "--no-annotate"]
    common += ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command=make lock"]
    common += [
        "--extra=emulator",
        *(["--upgrade"] if upgrade else []),
        "pyproject.toml",
        "tools/build-requirements.txt",
    ]
    runtime = [*common, f"--output-file={RUNTIME_LOCK.name}"]
    dev = [
        *common,
        "--extra=browser",
        "--group=dev",
        f"--constraint={RUNTIME_LOCK.name}",
        f"--output-file={DEV_LOCK.name}",
    ]
    for command, written in ((runtime, RUNTIME_LOCK), (dev, DEV_LOCK)):
        done = capture([uv, *command], env=clean(), doing=f"resolving {written.name}", cwd=ROOT)
        if done.code:
            raise ToolError(f"{written.name} could not be made:\n{done.last_words}")
        say(f"{written.name} written")
