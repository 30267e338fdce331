"""Sums any accounts of a program up into outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from pulumi_useapi.minimax_account import MiniMaxAccount


@dataclass(frozen=True)
class AccountsSummary:
    """What some accounts are together. At preview, what only the API knows of a new account is unknown.

    Attributes:
        account_ids: the account ids, by the names in the mapping.
        total_max_jobs: how many jobs may run at once on all of them.
        earliest_expiry: when the first of their tokens dies: RFC 3339, UTC; None where there is no account.
        earliest_expiry_account: the name of the account it belongs to; None where there is no account.
        support_video: how many make videos.
        support_chat: how many chat.
        support_audio: how many make speech.
        support_music: how many make music.
        in_error: the API's word on each broken account, by name; empty where all are sound.
    """

    account_ids: pulumi.Output[dict[str, str]]
    total_max_jobs: pulumi.Output[int]
    earliest_expiry: pulumi.Output[str | None]
    earliest_expiry_account: pulumi.Output[str | None]
    support_video: pulumi.Output[int]
    support_chat: pulumi.Output[int]
    support_audio: pulumi.Output[int]
    support_music: pulumi.Output[int]
    in_error: pulumi.Output[dict[str, str]]


def summarize_accounts(accounts: Mapping[str, MiniMaxAccount]) -> AccountsSummary:
    """Sum accounts up: those of `accounts_from_config()`, or any others, by any names.

    An account of `MiniMaxAccount.get` counts with the expiry that the API tells.

    Args:
        accounts: the accounts by name; an empty mapping sums up to nothing.

    Returns:
        The sum; every field is an output.
    """
    expiries = _known({name: _expiry(one) for name, one in accounts.items()})
    jobs = _known({name: one.max_jobs for name, one in accounts.items()})
    return AccountsSummary(
        account_ids=_known({name: one.account for name, one in accounts.items()}),
        total_max_jobs=jobs.apply(lambda known: sum(known.values())),
        earliest_expiry=expiries.apply(lambda known: min(known.values(), default=None)),
        earliest_expiry_account=expiries.apply(_earliest),
        support_video=_count([one.support_video for one in accounts.values()]),
        support_chat=_count([one.support_chat for one in accounts.values()]),
        support_audio=_count([one.support_audio for one in accounts.values()]),
        support_music=_count([one.support_music for one in accounts.values()]),
        in_error=_known({name: one.error for name, one in accounts.items()}),
    )


def _known(outputs: Mapping[str, pulumi.Output[Any]]) -> pulumi.Output[Any]:
    """What there is, by name: an account left out with ``--exclude`` before it was ever created has only None."""
    return pulumi.Output.all(*outputs.values()).apply(
        lambda values: {name: value for name, value in zip(outputs, values, strict=True) if value is not None}
    )


def _expiry(account: MiniMaxAccount) -> pulumi.Output[str | None]:
    # Only asked where there is no token: before an account's first POST the API's word would be unknown.
    return account.jwt_expiry.apply(lambda expiry: expiry or account.server_expiry)


def _earliest(expiries: Mapping[str, str]) -> str | None:
    return min(expiries, key=lambda name: (expiries[name], name), default=None)


def _count(supports: Sequence[pulumi.Output[bool | None]]) -> pulumi.Output[int]:
    return pulumi.Output.all(*supports).apply(lambda known: sum(one is True for one in known))
