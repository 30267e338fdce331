"""uv, which is among the development packages, asking the package index that pip is set to ask."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from tools.output import ToolError
from tools.process import capture

_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
"""Pip's settings by uv's names for them: uv does not read pip's."""

_SETTING = re.compile(r"^(?P<where>[^.=]+)\.(?P<name>[^=]+)=(?P<value>.+)$", re.MULTILINE)
_WHERE = ("global", "install", ":env:")
"""Where pip takes a setting of `pip install` from; the later wins."""


def with_index_of_pip(python: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Return `env` with pip's index for uv, where `env` does not name one: an address may hold a password.

    Args:
        python: one that has pip.
        env: the environment of what will be run.

    Raises:
        ToolError: pip does not tell its settings.
    """
    asked = capture([python, "-m", "pip", "config", "list"], env=env, doing="asking pip for its settings")
    if asked.code:
        raise ToolError(f"{python} -m pip config list failed: make sure that pip works there, and try again")
    return {**for_uv(asked.stdout), **env}


def for_uv(settings: str) -> dict[str, str]:
    """Translate what `pip config list` prints into variables of uv."""
    found = sorted(
        (match.groupdict() for match in _SETTING.finditer(settings) if match["where"] in _WHERE),
        key=lambda one: _WHERE.index(one["where"]),
    )
    values = {one["name"]: str(ast.literal_eval(one["value"])).split() for one in found}
    return {
        variable: ("," if name == "find-links" else " ").join(values[name])
        for name, variable in _NAMES.items()
        if name in values
    }
