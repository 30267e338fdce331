"""The ready-made stack: accounts declared in the stack's config, no Python to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from pulumi_useapi import stack_config
from pulumi_useapi.errors import ConfigurationError
from pulumi_useapi.messages import config_path
from pulumi_useapi.minimax_account import MiniMaxAccount
from pulumi_useapi.settings import as_object

_REQUIRED = ("url", "token", "maxJobs")
_OPTIONAL = ("subscription", "adopt", "protect", "retainOnDelete")
_NOTHING_CONFIGURED = (
    "no account is configured in this stack: set one with pulumi config set --secret --path useapi:accounts.main.url, "
    "then .token the same way, and pulumi config set --path useapi:accounts.main.maxJobs 3"
)


def accounts_from_config() -> dict[str, MiniMaxAccount]:
    """Declare one `MiniMaxAccount` for each entry of ``useapi:accounts`` in the stack's config, and export them.

    An entry has `url` and `token` (secrets) and `maxJobs`; it may have `subscription`, `adopt`, and Pulumi's own
    options `protect` and `retainOnDelete`. The stack's outputs are `accounts` (by name: id, expiry, support flags),
    `earliestExpiry` (RFC 3339, UTC) and `totalMaxJobs`.

    Returns:
        The accounts by name.

    Raises:
        pulumi.RunError: nothing is configured, an entry is incomplete or has an unknown field, or a secret stands in
            plaintext in the config.
    """
    stack_config.refuse_plaintext_secrets()
    try:
        entries = as_object(stack_config.lookup("useapi:accounts"), "useapi:accounts")
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None
    if not entries:
        raise pulumi.RunError(_NOTHING_CONFIGURED)
    checked = {name: _checked(name, entry) for name, entry in entries.items()}
    accounts = {name: _declare(name, entry) for name, entry in checked.items()}
    _export(accounts)
    return accounts


def _checked(name: str, entry: object) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise pulumi.RunError(
            f"useapi:accounts.{name}: it must hold url, token and maxJobs: set each with pulumi config set --path"
        )
    for key in _REQUIRED:
        if entry.get(key) in (None, ""):
            secret = "" if key == "maxJobs" else "--secret "
            raise pulumi.RunError(
                f"useapi:accounts.{name}.{key} is missing: set it with pulumi config set {secret}--path "
                f"{config_path(name, key)}"
            )
    for key in ("protect", "retainOnDelete"):
        if entry.get(key) not in (None, True, False):
            raise pulumi.RunError(
                f"useapi:accounts.{name}.{key}: it must be true or false: set it with pulumi config set --path "
                f"{config_path(name, key)} true"
            )
    for key in entry:
        if key not in (*_REQUIRED, *_OPTIONAL):
            raise pulumi.RunError(
                f"useapi:accounts.{name} has a field that is not known, {key!r}: it may have "
                f"{', '.join((*_REQUIRED, *_OPTIONAL))}"
            )
    return entry


def _declare(name: str, entry: Mapping[str, Any]) -> MiniMaxAccount:
    return MiniMaxAccount(
        name,
        url=entry["url"],
        token=entry["token"],
        max_jobs=_number(entry["maxJobs"]),
        subscription=entry.get("subscription"),
        adopt=entry.get("adopt", False),
        opts=pulumi.ResourceOptions(protect=entry.get("protect"), retain_on_delete=entry.get("retainOnDelete")),
    )


def _number(value: Any) -> Any:
    """The whole number, which is text in the config where it was set with ``--secret`` or in quotes."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def _export(accounts: Mapping[str, MiniMaxAccount]) -> None:
    pulumi.export(
        "accounts",
        {
            name: {
                "id": account.account,
                "jwtExpiry": account.jwt_expiry,
                "maxJobs": account.max_jobs,
                "supportVideo": account.support_video,
                "supportChat": account.support_chat,
                "supportAudio": account.support_audio,
                "supportMusic": account.support_music,
            }
            for name, account in accounts.items()
        },
    )
    expiries = [account.jwt_expiry for account in accounts.values()]
    pulumi.export("earliestExpiry", pulumi.Output.all(*expiries).apply(_earliest))
    jobs = [account.max_jobs for account in accounts.values()]
    pulumi.export("totalMaxJobs", pulumi.Output.all(*jobs).apply(sum))


def _earliest(expiries: Sequence[str | None]) -> str | None:
    """The first expiry; that of an account left out with ``--exclude`` before it was ever created is None."""
    return min((expiry for expiry in expiries if expiry), default=None)
