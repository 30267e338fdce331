"""Looks at the service that are taken before they are asked for.

The engine asks about one resource after the other, and an answer that needs a look at the service waits for it. With
many subscriptions these waits would add up. So the others that the program declares accounts in are looked at too, at
the same time: at once in a stack that seems to be new, else when a second subscription has to be looked at.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator

from pulumi_useapi.connections import Connection, Connections
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.run_note import RunNote

_AT_ONCE = 64
"""Requests at the same time, each of another subscription or about something else."""


class LookAhead:
    """The looks ahead of one provider process."""

    def __init__(self, connections: Connections, note: RunNote) -> None:
        self._connections = connections
        self._note = note
        self._lock = threading.Lock()
        self._first: Connection | None = None
        self._is_new_stack = True
        self._has_begun = False

    def expect_little(self) -> None:
        """Take the stack for one that is there already, where most accounts need no look."""
        self._is_new_stack = False

    def begin(self, connection: Connection, *, with_limit: bool) -> None:
        """Look ahead, if it is likely to be worth it.

        Args:
            connection: what is looked at next, by the caller.
            with_limit: whether the number of accounts that a subscription may have is needed, too.
        """
        with self._lock:
            self._first = self._first or connection
            is_second = self._first is not connection
            if self._has_begun or not (is_second or (self._is_new_stack and with_limit)):
                return
            self._has_begun = True
        waiting = deque(self._looks(connection, with_limit))
        for _ in range(min(_AT_ONCE, len(waiting))):
            threading.Thread(target=_look, args=(waiting,), daemon=True).start()

    def _looks(self, at_hand: Connection, with_limit: bool) -> Iterator[Callable[[], object]]:
        """What to ask, in the order in which the engine will need it."""
        declared = self._declared()
        if declared in ([], [at_hand]):
            return
        for connection in declared:
            if connection is not at_hand:
                yield connection.listing.accounts
            if with_limit:
                yield connection.ask_for_account_limit

    def _declared(self) -> list[Connection]:
        """One connection for each API token."""
        found: list[Connection] = []
        for name in self._note.declared_subscriptions():
            with contextlib.suppress(UseApiError):  # check() says what is wrong
                connection = self._connections.find(name)
                if connection and connection not in found:
                    found.append(connection)
        return found


def _look(waiting: deque[Callable[[], object]]) -> None:
    with contextlib.suppress(IndexError):  # nothing left
        while True:
            look = waiting.popleft()
            with contextlib.suppress(UseApiError):  # who needs it is told
                look()
