"""The program with this package's resource."""

from __future__ import annotations

import pulumi

from benchmarks.programs.entries import read_entries
from pulumi_useapi import MiniMaxAccount


def declare() -> None:
    """Declare every account and export what people export."""
    for name, entry in read_entries().items():
        account = MiniMaxAccount(name, **entry)
        pulumi.export(name, [account.account, account.jwt_expiry, account.max_jobs])
