"""What one subscription has configured, asked for once and shared by all workers of the provider process."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from pulumi_useapi.errors import UseApiError
from pulumi_useapi.models import Account

MAX_AGE = 15.0
"""Seconds for which a look at the service may be relied on before something is written."""


@dataclass
class _Fetch:
    """One GET of all accounts: under way, done or failed."""

    answer: Future[dict[str, Account]] = field(default_factory=Future)
    started: float = field(default_factory=time.monotonic)
    finished: float | None = None


class Listing:
    """All accounts of a subscription: one GET shared by every waiter, with this process's own changes entered.

    A failed GET is remembered as long as a successful one, and told to every waiter: N accounts cost one chain
    of requests, not N.
    """

    def __init__(self, fetch: Callable[[], Mapping[str, Account]]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._current: _Fetch | None = None
        self._own_changes: dict[str, Account | None] = {}

    def accounts(self, max_age: float = MAX_AGE, not_before: float = -math.inf) -> dict[str, Account]:
        """The accounts by id, as known at most ``max_age`` seconds ago.

        Args:
            max_age: in seconds.
            not_before: a moment of `time.monotonic`; what the service was asked earlier does not count.

        Raises:
            UseApiError: the service could not be asked.
        """
        with self._lock:
            fetch = self._current
            is_ours = fetch is None or self._is_older(fetch, max_age, not_before)
            if fetch is None or is_ours:
                fetch = self._current = _Fetch()
                self._own_changes = {}
        if is_ours:
            self._run(fetch)
        accounts = dict(fetch.answer.result())
        with self._lock:
            changes = dict(self._own_changes)
        for account, known in changes.items():
            if known is None:
                accounts.pop(account, None)
            else:
                accounts[account] = known
        return accounts

    def enter(self, account: str, answer: Account | None) -> None:
        """Enter our own POST (its answer) or DELETE (None), so that the next look knows it without a request."""
        with self._lock:
            self._own_changes[account] = answer

    @staticmethod
    def _is_older(fetch: _Fetch, max_age: float, not_before: float) -> bool:
        if fetch.finished is not None and time.monotonic() - fetch.finished > max_age:
            return True
        has_failed = fetch.answer.done() and fetch.answer.exception() is not None
        return fetch.started < not_before and not has_failed

    def _run(self, fetch: _Fetch) -> None:
        try:
            fetch.answer.set_result(dict(self._fetch()))
        except BaseException as error:
            fetch.answer.set_exception(error)
            if not isinstance(error, UseApiError):
                raise
        finally:
            fetch.finished = time.monotonic()
