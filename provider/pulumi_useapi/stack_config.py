"""What the stack's config says, as the program sees it; refuses secrets that stand in it in plaintext."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pulumi

from pulumi_useapi import config_size
from pulumi_useapi.config_file import config_file, parsed, plaintext, plaintext_secrets
from pulumi_useapi.config_paths import for_shell

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
    path = config_file(Path.cwd(), pulumi.get_stack())
    found = list(plaintext_secrets(path)) if path else []
    found = found or list(_keys_not_secret())
    if found:
        keys = ", ".join(found)
        command = f"pulumi config set --secret --path {for_shell(found[0])}"
        raise pulumi.RunError(
            f"{keys}: this secret stands in plaintext in the stack's config; encrypt it with {command}"
            + (" (and so on)" if len(found) > 1 else "")
            + ", and renew it where the file has been shared or committed"
        )


def warn_near_the_size_limit() -> None:
    """Warn where the stack's config is about as large as the operating system lets Pulumi hand to a program.

    Beyond that no program starts that could say anything.
    """
    warning = config_size.warning(config_size.size_of_text(os.environ.get(config_size.VARIABLE, "")))
    if warning and sys.platform == "linux":
        pulumi.log.warn(warning)


def _keys_not_secret() -> Iterator[str]:
    for key in ("apiToken", "accounts", "subscriptions"):
        value = lookup(f"{_NAMESPACE}:{key}")
        if value is None or pulumi.runtime.is_config_secret(f"{_NAMESPACE}:{key}"):
            continue
        yield from plaintext(f"{_NAMESPACE}:{key}", key, parsed(value))
