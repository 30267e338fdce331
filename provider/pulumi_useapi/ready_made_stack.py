"""The ready-made stack: accounts declared in the stack's config, no Python to write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pulumi

from pulumi_useapi import stack_config
from pulumi_useapi.config_paths import below
from pulumi_useapi.errors import ConfigurationError
from pulumi_useapi.fleet import summarize_accounts
from pulumi_useapi.messages import config_path
from pulumi_useapi.minimax_account import MiniMaxAccount
from pulumi_useapi.settings import as_object

_KEY = "useapi:accounts"
_REQUIRED = ("url", "token", "maxJobs")
_OPTIONAL = ("subscription", "adopt", "protect", "retainOnDelete")
_NOTHING_CONFIGURED = (
    "no account is configured in this stack: set one with pulumi config set --secret --path useapi:accounts.main.url, "
    "then .token the same way, and pulumi config set --path useapi:accounts.main.maxJobs 3"
)


def accounts_from_config(
    names: Collection[str] | None = None,
    *,
    opts: pulumi.ResourceOptions | None = None,
    export: bool = True,
) -> dict[str, MiniMaxAccount]:
    """Declare one `MiniMaxAccount` for each entry of ``useapi:accounts`` in the stack's config, and export them.

    An entry, ``useapi:accounts.<name>``, has the fields

    - `url` and `token`: the credentials, secrets;
    - `maxJobs`: how many jobs may run at once, 1 to 10;
    - `subscription`, optional: the name of one of the configured API tokens;
    - `adopt`, optional: true takes the account over, although it is configured with other credentials;
    - `protect` and `retainOnDelete`, optional: Pulumi's own options, true or false.

    The stack's outputs are

    - `accounts`, by name: `id`, `jwtExpiry` (RFC 3339, UTC), `maxJobs`, `supportVideo`, `supportChat`, `supportAudio`,
      `supportMusic`;
    - what `summarize_accounts` says of them: `totalMaxJobs`, `earliestExpiry` (RFC 3339, UTC), `earliestExpiryAccount`
      (its name);
    - `supportVideo`, `supportChat`, `supportAudio`, `supportMusic`: how many accounts do;
    - `accountsInError`: the API's word on each broken account, by name.

    Args:
        names: the entries to declare; None is all. What no call declares is no resource of the stack.
        opts: Pulumi's own options for every account, such as `parent`; an entry's own ones win.
        export: whether to set the stack's outputs.

    Returns:
        The accounts by name.

    Raises:
        pulumi.RunError: nothing is configured, entries are incomplete or have an unknown field (one line for each
            fault), or a secret stands in plaintext in the config.
    """
    stack_config.warn_near_the_size_limit()
    stack_config.refuse_plaintext_secrets()
    entries = _selected(_entries(), names)
    faults = [fault for name, entry in entries.items() for fault in _faults(name, entry)]
    if faults:
        raise pulumi.RunError("\n".join(faults))
    accounts = {name: _declare(name, entry, opts) for name, entry in entries.items()}
    if export:
        _export(accounts)
    return accounts


def _entries() -> Mapping[str, Any]:
    try:
        entries = as_object(stack_config.lookup(_KEY), _KEY)
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None
    if not entries:
        raise pulumi.RunError(_NOTHING_CONFIGURED)
    return entries


def _selected(entries: Mapping[str, Any], names: Collection[str] | None) -> Mapping[str, Any]:
    if names is None:
        return entries
    missing = [name for name in names if name not in entries]
    if missing:
        raise pulumi.RunError(
            f"{_KEY} has no {', '.join(missing)}, only {', '.join(entries)}: correct the names that the program gives to "
            "accounts_from_config, or configure what is missing"
        )
    return {name: entry for name, entry in entries.items() if name in names}


def _faults(name: str, entry: object) -> Iterator[str]:
    """What is wrong with an entry, a sentence each."""
    path = below(_KEY, name)
    if not isinstance(entry, Mapping):
        yield f"{path}: it must hold url, token and maxJobs: set each with pulumi config set --path"
        return
    for key in _REQUIRED:
        if entry.get(key) in (None, ""):
            secret = "" if key == "maxJobs" else "--secret "
            command = f"pulumi config set {secret}--path {config_path(name, key)}"
            yield f"{below(path, key)} is missing: set it with {command}"
    for key in ("adopt", "protect", "retainOnDelete"):
        if entry.get(key) not in (None, True, False):
            command = f"pulumi config set --path {config_path(name, key)} true"
            yield f"{below(path, key)}: it must be true or false: set it with {command}"
    unknown = [key for key in entry if key not in (*_REQUIRED, *_OPTIONAL)]
    if unknown:
        yield (
            f"{path} has a field that is not known, {', '.join(map(repr, unknown))}: it may have "
            f"{', '.join((*_REQUIRED, *_OPTIONAL))}"
        )


def _declare(name: str, entry: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> MiniMaxAccount:
    own = pulumi.ResourceOptions(protect=entry.get("protect"), retain_on_delete=entry.get("retainOnDelete"))
    return MiniMaxAccount(
        name,
        url=entry["url"],
        token=entry["token"],
        max_jobs=_number(entry["maxJobs"]),
        subscription=entry.get("subscription"),
        adopt=entry.get("adopt", False),
        opts=pulumi.ResourceOptions.merge(opts, own),
    )


def _number(value: Any) -> Any:
    """The whole number, which is text in the config where it was set with ``--secret`` or in quotes."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) else value


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
    summary = summarize_accounts(accounts)
    pulumi.export("totalMaxJobs", summary.total_max_jobs)
    pulumi.export("earliestExpiry", summary.earliest_expiry)
    pulumi.export("earliestExpiryAccount", summary.earliest_expiry_account)
    pulumi.export("supportVideo", summary.support_video)
    pulumi.export("supportChat", summary.support_chat)
    pulumi.export("supportAudio", summary.support_audio)
    pulumi.export("supportMusic", summary.support_music)
    pulumi.export("accountsInError", summary.in_error)
