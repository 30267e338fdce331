"""The Pulumi CLI built from its published Go modules, for networks that only have a Go module mirror.

The two modules beside this file pin every source by its hash (go.sum). The language host is an older one than the
CLI: it is the last that is part of a published module, and it speaks the same protocol.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from tools.environment import clean
from tools.output import MissingError, ToolError, say
from tools.process import Result, capture
from tools.pulumi.cli_files import FILES, OLDEST, PINNED, new_enough

OLDEST_GO = "1.25.8"
CLI_MODULE = Path(__file__).parent / "cli"
HOST_MODULE = Path(__file__).parent / "language-python"
_SDK = "github.com/pulumi/pulumi/sdk/v3"
_CLI = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_HOST = f"{_SDK}/python/cmd/pulumi-language-python"
_FLAGS = ("-ldflags", f"-s -w -X {_SDK}/go/common/version.Version=v{PINNED}")


def build(folder: Path, why: str) -> None:
    """Build the CLI into `folder`; `why` says why it is not downloaded.

    Raises:
        MissingError: Go is not there, too old, or cannot reach the modules.
        ToolError: the build failed.
    """
    go = _go(why)
    say(f"Pulumi {PINNED} cannot be downloaded here ({why}): building it from its Go modules")
    say("building the Pulumi CLI, part 1 of 2: the engine (3 to 10 minutes, only the first time)")
    _run([go, "build", *_FLAGS, "-o", folder / FILES[0], _CLI], CLI_MODULE, "building the Pulumi engine")
    say("building the Pulumi CLI, part 2 of 2: the host of Python programs (a minute or two)")
    _run([go, "build", *_FLAGS, "-o", folder / FILES[1], _HOST], HOST_MODULE, "building the Python host")
    module = json.loads(_run([go, "mod", "download", "-json", _SDK], CLI_MODULE, "fetching the scripts").stdout)
    for script in (Path("python/cmd") / FILES[2], Path("python/dist") / FILES[3]):
        target = folder / script.name
        shutil.copyfile(Path(module["Dir"]) / script, target)
        target.chmod(0o755)


def no_go(why: str, found: str) -> MissingError:
    """Return what to tell where Go is missing or too old; `found` is what there is instead."""
    return MissingError(
        f"there is no Pulumi CLI {OLDEST} or newer on PATH, its release cannot be downloaded ({why}), and building it"
        f" needs Go {OLDEST_GO} or newer ({found}): install either Pulumi or Go, and run this again"
    )


def _environment() -> dict[str, str]:
    # A caller who builds for other machines, or inside a Go workspace, means their own programs by it.
    mine = {name: value for name, value in clean().items() if name not in {"GOOS", "GOARCH", "GOFLAGS", "GOBIN"}}
    return {**mine, "GOWORK": "off"}


def _go(why: str) -> str:
    go = shutil.which("go", path=_environment().get("PATH", os.defpath))
    if go is None:
        raise no_go(why, "go is not on PATH")
    # Asked in the module's folder: a Go that fetches the toolchain go.mod asks for answers with that one's version.
    asked = capture([go, "version"], env=_environment(), doing="asking Go for its version", cwd=CLI_MODULE)
    match = re.search(r"\bgo(\d+\.\d+(?:\.\d+)?)", asked.stdout)
    version = match[1] if match else ""
    if asked.code or not new_enough(version if version.count(".") > 1 else f"{version}.0", OLDEST_GO):
        raise no_go(why, f"found {version}" if version else "the one on PATH is too old")
    return go


def _run(command: list[str | Path], module: Path, doing: str) -> Result:
    done = capture(command, env=_environment(), doing=doing, cwd=module)
    if done.code == 0:
        return done
    if re.search(r"dial tcp|no such host|i/o timeout|connection refused|proxyconnect", done.stderr):
        raise MissingError(
            f"the Go modules of Pulumi {PINNED} cannot be reached from here: check the network (or GOPROXY) and run"
            " this again, it goes on where it stopped, or install Pulumi yourself"
        )
    raise ToolError(f"{doing} failed:\n{done.last_words}")
