"""What is this package's, beside other people's providers in the same process."""

from __future__ import annotations

_PACKAGE = __name__.partition(".")[0]


def is_ours(module: str) -> bool:
    """Whether a module, by its name, is of this package."""
    return module.partition(".")[0] == _PACKAGE
