"""The Pulumi CLI built from its published Go modules, for networks that only have a Go module mirror.

The two modules beside this file pin every source by its hash (go.sum). The language host is an older one than the
CLI: it is the last that is part of a published module, and it speaks the same protocol.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from tools import golang
from tools.output import MissingError, say
from tools.process import Result
from tools.pulumi.cli_files import FILES, OLDEST, PINNED

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
    try:
        go = golang.find(CLI_MODULE)
    except golang.NoGoError as problem:
        raise _no_go(why, str(problem)) from None
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


def _no_go(why: str, found: str) -> MissingError:
    return MissingError(
        f"there is no Pulumi CLI {OLDEST} or newer on PATH, its release cannot be downloaded ({why}), and building it"
        f" needs Go {golang.oldest()} or newer ({found}): install either Pulumi or Go, and run this again"
    )


def _run(command: Sequence[str | Path], module: Path, doing: str) -> Result:
    try:
        return golang.run(command, module, doing)
    except golang.UnreachableModulesError:
        raise MissingError(
            f"the Go modules of Pulumi {PINNED} cannot be reached from here: check the network (or GOPROXY) and run"
            " this again, it goes on where it stopped, or install Pulumi yourself"
        ) from None
