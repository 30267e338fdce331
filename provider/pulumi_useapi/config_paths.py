"""Paths into the stack's config, as ``pulumi config set --path`` takes them."""

from __future__ import annotations


def below(path: str, name: str) -> str:
    """One step down: ``useapi:accounts`` and ``main`` make ``useapi:accounts.main``; other names are quoted."""
    if name.replace("-", "").replace("_", "").isalnum():
        return f"{path}.{name}"
    escaped = name.replace('"', r"\"")
    return f'{path}["{escaped}"]'


def for_shell(text: str) -> str:
    """The text in single quotes, as one word of a command."""
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"
