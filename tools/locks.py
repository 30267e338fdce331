"""The hash-pinned locks, made anew from pyproject.toml for every Python from 3.10 on."""

from __future__ import annotations

from tools import virtualenv
from tools.environment import clean
from tools.output import ToolError, say
from tools.paths import ROOT, VENV_BIN, VENV_PYTHON
from tools.process import capture
from tools.turns import alone
from tools.uv import with_index_of_pip
from tools.virtualenv import DEV_LOCK, RUNTIME_LOCK


def lock(*, upgrade: bool) -> None:
    """Write both locks; what is pinned stays as it is where it still fits, unless `upgrade`.

    Raises:
        MissingError: the virtual environment, which has uv, cannot be made.
        ToolError: there are no versions that fit together.
    """
    with alone():
        virtualenv.ensure(dev=True)
    # No index is named in them: whoever installs uses the one their pip is set to.
    common = ["pip", "compile", "--quiet", "--universal", "--python-version=3.10", "--generate-hashes", "--no-annotate"]
    common += ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command=make lock"]
    # A pin without its extra is none to older versions of pip: they take the newest version, which has no hash here.
    common += ["--no-strip-extras"]
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
    env = with_index_of_pip(VENV_PYTHON, clean())
    for command, written in ((runtime, RUNTIME_LOCK), (dev, DEV_LOCK)):
        done = capture([VENV_BIN / "uv", *command], env=env, doing=f"resolving {written.name}", cwd=ROOT)
        if done.code:
            raise ToolError(f"{written.name} could not be made:\n{done.last_words}")
        say(f"{written.name} written")
