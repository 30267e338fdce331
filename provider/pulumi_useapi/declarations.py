"""Which accounts the running program declares: known to every thread of the provider process.

`check` runs for every declared resource, also for the unchanged ones, before any entry is deleted. So the
registry can tell a real delete from the second half of a rename or replacement.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

Key = tuple[str, str]
"""The owner and the account id."""


@dataclass(frozen=True)
class Declaration:
    """One declared account.

    Attributes:
        urn: the resource that declares it.
        established: the resource already stood for this account before this run.
        configured: this run has configured the account for it.
        frees: the account that the resource stood for, where it is deleted before this one is created.
    """

    urn: str
    established: bool
    configured: bool = False
    frees: str | None = None


class Declarations:
    """The accounts declared in this run, by owner and account id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_account: dict[Key, Declaration] = {}

    def declare(self, key: Key, urn: str, *, established: bool, frees: str | None = None) -> Declaration | None:
        """Enter a declaration; returns the one of another resource where there is one already (and keeps that).

        A replacement is declared twice, the second time as if it were new: what it frees is kept.
        """
        with self._lock:
            known = self._by_account.get(key)
            if known and known.urn != urn:
                return known
            self._by_account[key] = Declaration(urn, established, frees=frees or (known.frees if known else None))
            return None

    def mark_configured(self, key: Key) -> None:
        """Enter that this run has configured the account."""
        with self._lock:
            known = self._by_account.get(key)
            if known:
                self._by_account[key] = replace(known, configured=True)

    def get(self, key: Key) -> Declaration | None:
        """The declaration of an account, or None where the program does not declare it."""
        with self._lock:
            return self._by_account.get(key)

    def new_accounts(self, owner: str) -> list[str]:
        """The accounts of an owner whose resources did not stand for them before this run, in order of declaration."""
        with self._lock:
            return [
                account for (of, account), known in self._by_account.items() if of == owner and not known.established
            ]

    def freed_accounts(self, owner: str) -> set[str]:
        """The accounts of an owner that are deleted before their replacements are created."""
        with self._lock:
            return {known.frees for (of, _), known in self._by_account.items() if of == owner and known.frees}
