"""The configured accounts, in SQLite.

What the service never answers is never stored: neither the token (only its mask) nor the url (only its host
and its query, which the service echoes).
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_useapi.emulator.subscriptions import DataError

FILE_NAME = "emulator.sqlite"

Record = dict[str, Any]
"""The stored fields of one account, under the names of `FIELDS`; None or missing = the answer lacks it."""

FIELDS: dict[str, type | tuple[type, ...]] = {
    "mask": str,
    "user": dict,
    "exp": (int, float),
    "iat": (int, float),
    "host": str,
    "searchParams": str,
    "maxJobs": int,
    "supportVideo": bool,
    "supportChat": bool,
    "supportAudio": bool,
    "supportMusic": bool,
    "error": str,
}


class Store:
    """Accounts by subscription number and account id; survives a restart."""

    def __init__(self, folder: Path) -> None:
        path = folder / FILE_NAME
        # SQLite would create the file with the umask's mode; its journal files copy the mode found here.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self._prepare()
        except sqlite3.DatabaseError:
            self._database.close()
            raise DataError(f"{path} is no database of the emulator: delete it to start anew") from None

    def _prepare(self) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS accounts (subscription INTEGER, account TEXT, record TEXT NOT NULL,"
            " PRIMARY KEY (subscription, account))"
        )

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._database.close()

    def put(self, subscription: int, account: str, record: Record) -> None:
        """Write an account, new or not."""
        self._database.execute(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?)", (subscription, account, json.dumps(record))
        )

    def get(self, subscription: int, account: str) -> Record | None:
        """The record of an account, or None."""
        return self.of(subscription).get(account)

    def of(self, subscription: int) -> dict[str, Record]:
        """Every account of a subscription, by its id."""
        rows = self._database.execute(
            "SELECT account, record FROM accounts WHERE subscription = ? ORDER BY account", (subscription,)
        )
        return {account: json.loads(record) for account, record in rows}

    def all(self) -> list[Record]:
        """Every account of every subscription, with its `subscription` and `account`."""
        rows = self._database.execute("SELECT subscription, account, record FROM accounts ORDER BY 1, 2")
        return [{"subscription": number, "account": account, **json.loads(record)} for number, account, record in rows]

    def edit(self, subscription: int, account: str, changes: Mapping[str, Any]) -> None:
        """Change stored fields behind everybody's back; None leaves a field out of the answers.

        Raises:
            KeyError: the account does not exist.
            DataError: a field is unknown or its value of the wrong type.
        """
        record = self.get(subscription, account)
        if record is None:
            raise KeyError(account)
        for name, value in changes.items():
            _check_field(name, value)
        self.put(subscription, account, {**record, **changes})

    def delete(self, subscription: int, account: str) -> bool:
        """Remove an account; False = it was not there."""
        gone = self._database.execute(
            "DELETE FROM accounts WHERE subscription = ? AND account = ?", (subscription, account)
        )
        return gone.rowcount > 0


def _check_field(name: str, value: object) -> None:
    if name not in FIELDS:
        raise DataError(f"an account has no stored field {name!r}, only {', '.join(FIELDS)}")
    wrong_bool = isinstance(value, bool) and FIELDS[name] is not bool
    if value is not None and (wrong_bool or not isinstance(value, FIELDS[name])):
        raise DataError(f"the stored field {name} cannot hold a value of that type")
