"""What a usable Pulumi CLI consists of, and which versions of it are meant."""

from __future__ import annotations

import re

PINNED = "3.232.0"
"""The version that is downloaded or built where there is none."""

OLDEST = "3.216.0"
"""The oldest one on PATH that is taken: the floor of the Python SDK in pyproject.toml."""

# The engine starts the last three by name: the host of Python programs, its script, and dynamic resources.
FILES = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")


def parsed(version: str) -> tuple[int, int, int] | None:
    """Return the three numbers of `v3.232.0` or `3.232.0-alpha.1+build`; None where it is no version."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$", version.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def new_enough(version: str, oldest: str = OLDEST) -> bool:
    """Tell whether `version` is `oldest` or newer, within the same major version."""
    have, need = parsed(version), parsed(oldest)
    return have is not None and need is not None and have[0] == need[0] and have >= need
