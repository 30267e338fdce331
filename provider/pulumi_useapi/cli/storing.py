"""Checked credentials into the stack's config: what is stored there, whether the new ones may take its place, and how.

Nothing here asks or shows; `capture`, `rotate` and the browser use it alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pulumi_useapi import config_size
from pulumi_useapi.capture import Captured, refuse_expired
from pulumi_useapi.cli.pulumi_project import PulumiProject
from pulumi_useapi.config_paths import below
from pulumi_useapi.credentials import Claims, same_url
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.messages import date
from pulumi_useapi.settings import as_object
from pulumi_useapi.status.declared import ACCOUNTS_KEY, claims_of

DEFAULT_MAX_JOBS = 3

_NEW_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


class RefusedError(UseApiError):
    """The credentials are good, but not for this place; nothing was changed."""


@dataclass(frozen=True)
class Stack:
    """A stack of the user, as it was read.

    Attributes:
        project: the project, with the stack's name.
        config: the stack's config by key, secrets in clear.
    """

    project: PulumiProject
    config: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.project.stack_name()

    @property
    def entries(self) -> Mapping[str, Any]:
        """The accounts in the config, by name.

        Raises:
            ConfigurationError: they are no object.
        """
        return as_object(self.config.get(ACCOUNTS_KEY), ACCOUNTS_KEY)

    def entry(self, name: str) -> Mapping[str, Any]:
        """The fields of an account, none where there is none."""
        found = self.entries.get(name)
        return found if isinstance(found, Mapping) else {}

    def claims(self, name: str) -> Claims | None:
        """What the stored token of an account says, None where none is stored that can be read."""
        return claims_of(self.entry(name).get("token"))


@dataclass(frozen=True)
class Wishes:
    """What the person said besides the credentials.

    Attributes:
        max_jobs: jobs at the same time; None = as stored, 3 for a new account.
        subscription: name of the API token; None = as stored.
        adopt: whether the account may be taken over at useapi.net; None = as stored.
        replace: take another account's, or an older token than the stored one.
    """

    max_jobs: int | None = None
    subscription: str | None = None
    adopt: bool | None = None
    replace: bool = False


@dataclass(frozen=True)
class Change:
    """One value to store.

    Attributes:
        path: where in the config.
        value: what.
        is_secret: whether it is encrypted.
    """

    path: str
    value: str = field(repr=False)
    is_secret: bool = False


def read_stack(project: PulumiProject) -> Stack:
    """Read what a stack has stored.

    Raises:
        PulumiError: no stack is chosen, or its config cannot be read.
    """
    with ThreadPoolExecutor(1) as pool:  # each costs a second
        config = pool.submit(project.config)
        named = PulumiProject(project.folder, project.stack_name())
        return Stack(named, config.result())


def check(stack: Stack, name: str, found: Captured, wishes: Wishes, now: datetime) -> None:
    """Whether credentials may be stored under a name.

    Raises:
        RefusedError: they are of another account, older than the stored ones, or stored under another name.
        ExpiredTokenError: they have expired.
        ConfigurationError: the stored accounts are no object.
    """
    refuse_expired(found, now)
    check_place(stack, name)
    _refuse_second_name(stack, name, found.claims.account)
    stored = stack.claims(name)
    if stored is None or wishes.replace:
        return
    if stored.account != found.claims.account:
        raise RefusedError(
            f"{name} is account {stored.account} in stack {stack.name}, and these credentials are of account "
            f"{found.claims.account}: log in as the user of account {stored.account}, or capture these under another name; "
            f"with --replace {name} becomes account {found.claims.account}, and the next pulumi up removes account "
            f"{stored.account} from useapi.net"
        )
    if _age(found.claims) < _age(stored):
        raise RefusedError(
            f"{name} has a newer token already, good until {date(stored.exp)}, and this one is good until "
            f"{date(found.claims.exp)}: copy a fresh request, or say --replace"
        )


def check_place(stack: Stack, name: str) -> None:
    """Whether anything can be stored under a name.

    Raises:
        RefusedError: it cannot.
        ConfigurationError: the stored accounts are no object.
    """
    if isinstance(stack.config.get(ACCOUNTS_KEY), str) and stack.entries:
        raise RefusedError(
            f"{ACCOUNTS_KEY} is one text in stack {stack.name}, and setting a part of it would drop the rest: set each "
            f"value with pulumi config set --path '{ACCOUNTS_KEY}.…' first"
        )
    if name not in stack.entries and not _NEW_NAME.fullmatch(name):
        raise RefusedError(f"{name!r} is no good name for an account: take letters, digits, '-', '_' and '.'")


def changes(stack: Stack, name: str, found: Captured, wishes: Wishes) -> list[Change]:
    """What has to be stored; nothing where all of it is stored already."""
    stored = stack.entry(name)
    place = below(ACCOUNTS_KEY, name)
    new = []
    if not has_credentials(stored, found):
        new = [Change(below(place, "url"), found.url, True), Change(below(place, "token"), found.token, True)]
    wanted: dict[str, Any] = {
        "maxJobs": DEFAULT_MAX_JOBS if wishes.max_jobs is None and "maxJobs" not in stored else wishes.max_jobs,
        "subscription": wishes.subscription,
        "adopt": wishes.adopt,
    }
    for key, value in wanted.items():
        if value is not None and stored.get(key, False if key == "adopt" else None) != value:
            new.append(Change(below(place, key), _config_text(value)))
    return new


def size_with(stack: Stack, name: str, new: Sequence[Change]) -> int:
    """How many bytes the stack's config takes once these values are stored, see `config_size`."""
    fields = {change.path.rpartition(".")[2]: change.value for change in new}
    entries = {**stack.entries, name: {**stack.entry(name), **fields}}
    return config_size.size_of({**stack.config, ACCOUNTS_KEY: entries})


def has_credentials(stored: Mapping[str, Any], found: Captured) -> bool:
    """Whether an entry holds the very credentials; the time of the call in the url does not count."""
    url, token = stored.get("url"), stored.get("token")
    if not isinstance(url, str) or not isinstance(token, str):
        return False
    return token.strip() == found.token and same_url(url, found.url)


def store(stack: Stack, new: Sequence[Change]) -> None:
    """Store values, all of them or none.

    Raises:
        PulumiError: they could not be stored; the config is as it was.
    """
    with stack.project.changing_together() as draft:
        for change in new:
            draft.set_config(change.path, change.value, secret=change.is_secret)


def _refuse_second_name(stack: Stack, name: str, account: str) -> None:
    for other in stack.entries:
        claims = stack.claims(other)
        if other != name and claims and claims.account == account:
            raise RefusedError(
                f"account {account} is {other} in stack {stack.name} already: renew it with pulumi-useapi capture {other}, "
                f"or log in as another user for {name}"
            )


def _age(claims: Claims) -> tuple[float, float]:
    return claims.exp, claims.iat or 0.0


def _config_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
