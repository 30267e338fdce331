"""How large a stack's config may be: Pulumi hands all of it to the program in one environment variable."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

VARIABLE = "PULUMI_CONFIG"
WAY_BEYOND = "keep further accounts in another stack, or their secrets outside of the config, as docs/fleets.md of pulumi-useapi shows"

_KIBIBYTE = 1024
_MOST_KIBIBYTES = 128
"""Of one environment variable with its name on Linux; with more, no program can be started."""
_NEAR = 0.8
_ESCAPED = {ord(letter): f"\\u{ord(letter):04x}" for letter in "&<>\u2028\u2029"}
"""What Go's JSON escapes and Python's does not; every MiniMax url has its parameters."""


def size_of(config: Mapping[str, Any]) -> int:
    """How many bytes of the variable a config takes.

    Args:
        config: by key, secrets in clear; structured values as such.
    """
    texts = {key: value if isinstance(value, str) else _json(value) for key, value in config.items()}
    return size_of_text(_json(texts))


def size_of_text(text: str) -> int:
    """How many bytes the variable takes with this text."""
    return len(f"{VARIABLE}={text}\0".encode(errors="surrogateescape"))


def is_too_large(size: int) -> bool:
    """Whether no program can be started on Linux any more."""
    return size > _MOST_KIBIBYTES * _KIBIBYTE


def is_near_limit(size: int) -> bool:
    """Whether there is hardly any room left, or none."""
    return size > _NEAR * _MOST_KIBIBYTES * _KIBIBYTE


def share(size: int) -> str:
    """A size beside the limit, in words."""
    taken = math.ceil(size / _KIBIBYTE)
    return f"the stack's config takes {taken} of the {_MOST_KIBIBYTES} KiB that Linux lets Pulumi hand to a program"


def warning(size: int) -> str | None:
    """What to say of a config of this size; None where there is room."""
    if not is_near_limit(size):
        return None
    return f'{share(size)}, beyond which every command fails with "argument list too long": {WAY_BEYOND}'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
