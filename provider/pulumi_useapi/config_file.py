"""A project's files of stack config, read without Pulumi: where they are, and which secrets stand in them in plaintext."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from pulumi_useapi.config_paths import below

_SECRET_FIELDS = ("apiToken", "token", "url")
_NAMESPACE = "useapi"


def project_file(folder: Path) -> Path | None:
    """The project's file (`Pulumi.yaml`) of a folder: in it or in one above it; None = there is no project."""
    return next((file for parent in (folder, *folder.parents) if (file := _project_file(parent))), None)


def config_file(folder: Path, stack: str) -> Path | None:
    """Where Pulumi keeps a stack's config, unless it was told otherwise with ``--config-file``; None = no project.

    Args:
        folder: the project's folder or one below it.
        stack: the stack's name, without organization and project.
    """
    project = project_file(folder)
    if project is None:
        return None
    return project.parent / _config_directory(project) / f"Pulumi.{stack}{project.suffix}"


def plaintext_secrets(file: Path) -> tuple[str, ...]:
    """The paths of the API tokens, MiniMax tokens and urls that are not encrypted in a stack's config file.

    A file that cannot be read has none: the engine says what is wrong with it.
    """
    try:
        changed = file.stat().st_mtime_ns
    except OSError:
        return ()
    return _plaintext_in_file(file, changed)


def plaintext(path: str, name: str, node: Any) -> Iterator[str]:
    """The paths of values below `node`, the value of `name`, that should be secret, but are no ``secure:`` node."""
    waiting = [(path, name, node)]
    while waiting:  # no recursion: JSON may be nested deeper than calls may be
        path, name, node = waiting.pop()
        if isinstance(node, Mapping):
            if set(node) != {"secure"}:
                waiting += reversed([(below(path, str(key)), str(key), value) for key, value in node.items()])
        elif isinstance(node, list):
            waiting += reversed([(f"{path}[{index}]", name, value) for index, value in enumerate(node)])
        elif name in _SECRET_FIELDS and node is not None:
            yield path


def parsed(value: object) -> object:
    """A value that may be an object as JSON text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


@lru_cache(maxsize=8)
def _plaintext_in_file(path: Path, _changed: int) -> tuple[str, ...]:
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):  # the engine has read it already: it says what is wrong
        return ()
    config = document.get("config") if isinstance(document, Mapping) else None
    if not isinstance(config, Mapping):
        return ()
    return tuple(
        plain
        for key, value in config.items()
        if str(key).startswith(f"{_NAMESPACE}:")
        for plain in _plaintext_of_key(str(key), value)
    )


def _plaintext_of_key(key: str, value: object) -> Iterator[str]:
    found = plaintext(key, key.partition(":")[2], parsed(value))
    # Of an object that was set as JSON text only the whole can be encrypted: setting a path in it drops the rest.
    yield from (key for _ in islice(found, 1)) if isinstance(value, str) else found


def _project_file(directory: Path) -> Path | None:
    names = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
    return next((file for name in names if (file := directory / name).is_file()), None)


@lru_cache(maxsize=8)
def _config_directory(project: Path) -> str:
    import yaml

    try:
        document = yaml.safe_load(project.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""
    if not isinstance(document, Mapping):
        return ""
    directory = document.get("stackConfigDir") or document.get("config")  # the older name
    return directory if isinstance(directory, str) else ""
