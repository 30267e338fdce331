"""What a stack declares: the accounts in its state, with those in its config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_useapi.credentials import Claims, parse_token
from pulumi_useapi.errors import InvalidCredentialsError
from pulumi_useapi.messages import resource_name
from pulumi_useapi.settings import as_object

ACCOUNTS_KEY = "useapi:accounts"

_TYPE = ":MiniMaxAccount"


@dataclass(frozen=True)
class Entry:
    """An account in the stack's config.

    Attributes:
        name: its name there.
        claims: what its token says; None where there is no readable one.
        max_jobs: as the config has it; None where it has no number.
        subscription: name of the API token, None for the default one.
        secrets: its url and token.
    """

    name: str
    claims: Claims | None
    max_jobs: int | None
    subscription: str | None
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Declared:
    """An account that the stack declares: in its state, in its config, or in both.

    Attributes:
        name: the resource's name, or the one in the config.
        outputs: what the state holds of the resource, without url and token; None where it is not in the state.
        entry: its entry in the config; None where a program declares it in another way.
        is_managed: False for one that the program only looks up.
    """

    name: str
    outputs: Mapping[str, Any] | None = None
    entry: Entry | None = None
    is_managed: bool = True

    @property
    def account(self) -> str | None:
        """The account id, as far as it is known."""
        if self.outputs is not None:
            return _text(self.outputs.get("account"))
        return self.entry.claims.account if self.entry and self.entry.claims else None

    @property
    def subscription(self) -> str | None:
        """The name of the API token, None for the default one."""
        if self.outputs is not None:
            return _text(self.outputs.get("subscription"))
        return self.entry.subscription if self.entry else None

    @property
    def owner(self) -> str | None:
        """Which subscription of which service it was configured with, see `owner_of`; None before that."""
        return _text(self.outputs.get("owner")) if self.outputs is not None else None


def declared_by(config: Mapping[str, Any], resources: Iterable[Mapping[str, Any]]) -> list[Declared]:
    """The accounts of a stack.

    Args:
        config: the stack's config by key, secrets in clear.
        resources: the resources of its state.

    Raises:
        ConfigurationError: ``useapi:accounts`` is no object.
    """
    of_state = [_from_state(one) for one in resources if _is_account(one)]
    entries = as_object(config.get(ACCOUNTS_KEY), ACCOUNTS_KEY)
    declared = of_state
    for name, value in entries.items():
        declared = _with_entry(declared, _entry(name, value if isinstance(value, Mapping) else {}))
    return declared


def claims_of(token: object) -> Claims | None:
    """What a stored token says; None where it is no token that can be read."""
    try:
        return parse_token(token) if isinstance(token, str) else None
    except InvalidCredentialsError:
        return None


def _is_account(resource: Mapping[str, Any]) -> bool:
    # What a replacement has left to be deleted is not declared any more.
    return str(resource.get("type", "")).endswith(_TYPE) and not resource.get("delete")


def _from_state(resource: Mapping[str, Any]) -> Declared:
    outputs = resource.get("outputs")
    plain = {key: value for key, value in (outputs or {}).items() if key not in {"url", "token"}}
    plain.setdefault("account", resource.get("id"))
    return Declared(resource_name(str(resource["urn"])), plain, is_managed=not resource.get("external"))


def _with_entry(declared: list[Declared], entry: Entry) -> list[Declared]:
    """Give an entry to the resource of its name; else, a program may name it otherwise, to that of its account."""
    free = [index for index, one in enumerate(declared) if one.entry is None and one.is_managed]
    named = [index for index in free if declared[index].name == entry.name]
    account = entry.claims.account if entry.claims else None
    same = [index for index in free if account is not None and declared[index].account == account]
    for index in named or same:
        return [*declared[:index], replace(declared[index], entry=entry), *declared[index + 1 :]]
    return [*declared, Declared(entry.name, entry=entry)]


def _entry(name: str, value: Mapping[str, Any]) -> Entry:
    token, url = value.get("token"), value.get("url")
    return Entry(
        name=name,
        claims=claims_of(token),
        max_jobs=_whole(value.get("maxJobs")),
        subscription=_text(value.get("subscription")),
        secrets=tuple(secret for secret in (token, url) if isinstance(secret, str)),
    )


def _whole(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
