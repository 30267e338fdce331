"""The environment variables given to everything the tools start."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

# A caller's own Pulumi backend, API token or cloud account must never be met by the demo or the tests.
DROPPED_PREFIXES = ("PULUMI_", "USEAPI_", "AWS_")
# These make one Python load the modules of another.
DROPPED_NAMES = frozenset({"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"})
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without what belongs to the caller's own stacks, accounts and Python programs."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(DROPPED_PREFIXES) and name not in DROPPED_NAMES
    }


def _without_proxy(environ: Mapping[str, str]) -> str:
    listed = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    names = [name for name in (part.strip() for part in listed.split(",")) if name]
    return ",".join([*names, *(name for name in LOOPBACK if name not in names)])


def clean(first_on_path: Iterable[Path] = (), **more: str) -> dict[str, str]:
    """Return the caller's environment, scrubbed, with folders put first on PATH and `more` variables set.

    Loopback is taken out of the reach of a configured proxy: the emulator and the engine's own parts talk over it.
    """
    environ = scrubbed(os.environ)
    bypass = _without_proxy(environ)
    path = os.pathsep.join([*map(str, first_on_path), environ.get("PATH", os.defpath)])
    return {**environ, "NO_PROXY": bypass, "no_proxy": bypass, "PATH": path, **more}
