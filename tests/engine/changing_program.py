"""A program whose accounts come, go, are renewed, renamed and replaced; each change is one that Pulumi treats apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.engine.conftest import World
from tests.engine.never_wipe import account_of, place, without_unix


@dataclass
class ChangingProgram:
    """What the program of a world declares; `declare` writes it down.

    Attributes:
        entries: by resource name the arguments of MiniMaxAccount.
    """

    world: World
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    _accounts: count[int] = field(default_factory=lambda: count(302_000_001), repr=False)
    _names: count[int] = field(default_factory=lambda: count(1), repr=False)
    _days: count[int] = field(default_factory=lambda: count(31), repr=False)

    def add(self) -> str:
        """A new account. Returns the resource's name."""
        name = f"account-{next(self._names)}"
        self.entries[name] = self.world.entry(str(next(self._accounts)))
        return name

    def add_bare(self) -> str:
        """A new account whose url has no place for the fencing mark. Returns the resource's name."""
        name = self.add()
        self.entries[name] = without_unix(self.entries[name])
        return name

    def add_last(self) -> str:
        """A new account that waits until all others are configured. Returns the resource's name."""
        others = list(self.entries)
        name = self.add()
        self.entries[name] = place(self.entries[name], after=others)
        return name

    def rotate(self, name: str) -> None:
        """Fresh credentials of the same account."""
        self._renew(name, account_of(self.entries[name]))

    def replace(self, name: str) -> None:
        """The credentials of another account under the same name."""
        self._renew(name, str(next(self._accounts)))

    def rename(self, name: str) -> None:
        """Another resource name without an alias, the same credentials."""
        self.entries[f"account-{next(self._names)}"] = self.entries.pop(name)

    def remove(self, name: str) -> None:
        """The account is no longer declared."""
        del self.entries[name]

    def declare(self) -> None:
        """Write it down for the next run."""
        for name, entry in self.entries.items():
            where = entry.get("place", {})
            if "after" in where:
                self.entries[name] = place(entry, after=[other for other in where["after"] if other in self.entries])
        self.world.stack.declare(**self.entries)

    def account(self, name: str) -> str:
        """The account of a resource."""
        return account_of(self.entries[name])

    def _renew(self, name: str, account: str) -> None:
        entry = self.entries[name]
        is_bare = "unix=" not in entry["url"]
        fresh = entry | self.world.credentials(account, days=next(self._days))
        self.entries[name] = without_unix(fresh) if is_bare else fresh
