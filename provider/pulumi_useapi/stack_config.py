"""What the stack's config says, as the program sees it; refuses secrets that stand in it in plaintext."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import pulumi

from pulumi_useapi.config_paths import below, for_shell

_SECRET_FIELDS = ("apiToken", "token", "url")
_NAMESPACE = "useapi"


def lookup(key: str) -> object:
    """The stack config's value of a key such as ``useapi:apiToken``, or None."""
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)


def refuse_plaintext_secrets() -> None:
    """Stop the program where an API token, a MiniMax token or a MiniMax url is not encrypted in the stack's config.

    `pulumi.runtime.is_config_secret` is true for an object as soon as one value in it is secret, so the stack's
    config file is read too, where every secret is a ``secure:`` node.

    Raises:
        pulumi.RunError: one is in plaintext; the sentence names it and the command that mends it.
    """
    path = _config_file()
    found = list(_plaintext_in_file(path, path.stat().st_mtime_ns)) if path and path.is_file() else []
    found = found or list(_keys_not_secret())
    if found:
        keys = ", ".join(found)
        command = f"pulumi config set --secret --path {for_shell(found[0])}"
        raise pulumi.RunError(
            f"{keys}: this secret stands in plaintext in the stack's config; encrypt it with {command}"
            + (" (and so on)" if len(found) > 1 else "")
            + ", and renew it where the file has been shared or committed"
        )


def _keys_not_secret() -> Iterator[str]:
    for key in ("apiToken", "accounts", "subscriptions"):
        value = lookup(f"{_NAMESPACE}:{key}")
        if value is None or pulumi.runtime.is_config_secret(f"{_NAMESPACE}:{key}"):
            continue
        yield from _plaintext(f"{_NAMESPACE}:{key}", key, _from_json(value))


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
    found = _plaintext(key, key.partition(":")[2], _from_json(value))
    # Of an object that was set as JSON text only the whole can be encrypted: setting a path in it drops the rest.
    yield from (key for _ in islice(found, 1)) if isinstance(value, str) else found


def _from_json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _plaintext(path: str, name: str, node: Any) -> Iterator[str]:
    """The paths of values below `node`, the value of `name`, that should be secret, but are no ``secure:`` node."""
    if isinstance(node, Mapping):
        if set(node) == {"secure"}:
            return
        for key, value in node.items():
            yield from _plaintext(below(path, str(key)), str(key), value)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _plaintext(f"{path}[{index}]", name, value)
    elif name in _SECRET_FIELDS and node is not None:
        yield path


def _config_file() -> Path | None:
    """Where Pulumi keeps the stack's config, unless it was told otherwise with ``--config-file``."""
    here = Path.cwd()
    project = next((file for parent in (here, *here.parents) if (file := _project_file(parent))), None)
    if project is None:
        return None
    return project.parent / _config_directory(project) / f"Pulumi.{pulumi.get_stack()}{project.suffix}"


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
