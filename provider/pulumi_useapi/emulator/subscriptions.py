"""The subscriptions the emulator knows, and the one file that holds their API tokens."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

FILE_NAME = "subscriptions.json"
PLANS = ("Free", "Standard", "Unlimited")

_API_TOKEN = re.compile(r"user:(\d+)-\S+")


class DataError(ValueError):
    """The emulator's own data is not usable; the text is one sentence without any secret."""


@dataclass(frozen=True)
class Subscription:
    """One customer of the service.

    Attributes:
        name: how people call it.
        api_token: the whole API token, `user:<number>-<unique>`.
        plan: the MiniMax plan of its accounts, "Free", "Standard" or "Unlimited".
        credits: credits left, as `/features/` answers them.
        max_accounts: how many accounts it may hold at once.
        expired: True = every call for accounts answers 402.

    Raises:
        DataError: a field has no usable value.
    """

    name: str
    api_token: str = field(repr=False)
    plan: str = "Free"
    credits: int = 100
    max_accounts: int = 3
    expired: bool = False

    def __post_init__(self) -> None:
        problem = _problem_of(self)
        if problem:
            raise DataError(f"subscription {self.name!r}: {problem}")

    @property
    def number(self) -> int:
        """The number inside the API token, which is no secret."""
        return int(self.api_token.removeprefix("user:").split("-", 1)[0])

    def public(self) -> dict[str, Any]:
        """Everything but the API token, under the names of the file, with the number."""
        values = _to_json(self)
        del values["apiToken"]
        return {"number": self.number, **values}


def _problem_of(subscription: Subscription) -> str | None:
    if not isinstance(subscription.name, str):
        return "name must be a text"
    if not isinstance(subscription.api_token, str) or not _API_TOKEN.fullmatch(subscription.api_token):
        return "apiToken must look like user:<number>-<unique>"
    if subscription.plan not in PLANS:
        return f"plan must be one of {', '.join(PLANS)}"
    if not _is_count(subscription.credits) or not _is_count(subscription.max_accounts):
        return "credits and maxAccounts must be whole numbers from 0 up"
    if not isinstance(subscription.expired, bool):
        return "expired must be true or false"
    return None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def generate(name: str) -> Subscription:
    """A subscription with a random number and a random API token."""
    return Subscription(name, f"user:{1000 + secrets.randbelow(9000)}-{secrets.token_hex(12)}")


class Subscriptions:
    """All subscriptions, in the order of the file; every change is written at once."""

    def __init__(self, path: Path, subscriptions: Iterable[Subscription]) -> None:
        self._path = path
        self._by_number: dict[int, Subscription] = {}
        for subscription in subscriptions:
            if subscription.number in self._by_number:
                raise DataError(f"two subscriptions have the number {subscription.number}")
            self._by_number[subscription.number] = subscription
        if not self._by_number:
            raise DataError(f"{path} holds no subscription: delete it and a new one is made")

    @classmethod
    def open(cls, folder: Path, given: Sequence[Subscription] | None = None) -> Subscriptions:
        """Read the file in `folder`, or write it: with `given`, or with one named demo where it is missing.

        Raises:
            DataError: the file cannot be understood.
        """
        path = folder / FILE_NAME
        if given is None and path.exists():
            return cls(path, _read(path))
        subscriptions = cls(path, given if given is not None else [generate("demo")])
        subscriptions._write()
        return subscriptions

    def all(self) -> tuple[Subscription, ...]:
        """Every subscription, in the order of the file."""
        return tuple(self._by_number.values())

    def find(self, api_token: str) -> Subscription | None:
        """The subscription of an API token, or None."""
        return next((one for one in self.all() if one.api_token == api_token), None)

    def edit(self, number: int, changes: Mapping[str, Any]) -> Subscription:
        """Change anything of a subscription but its API token, under the names of the file.

        Raises:
            KeyError: there is no subscription of that number.
            DataError: a name is unknown or a value not usable.
        """
        before = self._by_number[number]
        unknown = sorted(changes.keys() - (before.public().keys() - {"number"}))
        if unknown:
            raise DataError(f"a subscription has no field {unknown[0]!r} to change")
        after = replace(before, **{_python_name(name): value for name, value in changes.items()})
        self._by_number[number] = after
        self._write()
        return after

    def _write(self) -> None:
        text = json.dumps([_to_json(one) for one in self.all()], indent=2) + "\n"
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(self._path)


_JSON_NAMES = {"api_token": "apiToken", "max_accounts": "maxAccounts"}


def _to_json(subscription: Subscription) -> dict[str, Any]:
    return {_JSON_NAMES.get(name, name): value for name, value in asdict(subscription).items()}


def _python_name(name: str) -> str:
    return next((ours for ours, theirs in _JSON_NAMES.items() if theirs == name), name)


def _read(path: Path) -> list[Subscription]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise DataError(f"{path} is no JSON: mend it, or delete it and a new one is made") from None
    if not isinstance(entries, list):
        raise DataError(f"{path} must hold a JSON list of subscriptions")
    return [_from_json(path, entry) for entry in entries]


def _from_json(path: Path, entry: object) -> Subscription:
    known = {_JSON_NAMES.get(one.name, one.name) for one in fields(Subscription)}
    if not isinstance(entry, dict) or not {"name", "apiToken"} <= entry.keys() <= known:
        raise DataError(f"{path}: a subscription needs name and apiToken and may have {', '.join(sorted(known))}")
    return Subscription(**{_python_name(name): value for name, value in entry.items()})
