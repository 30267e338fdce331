"""Event loops that are made once, and not for every answer.

Pulumi's dynamic provider server makes an event loop to turn an answer into a message, and closes it afterwards: a
poll, a pair of sockets and their ends, which is a tenth of all that the provider process does in a refresh.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from types import ModuleType
from typing import Any


def keep_event_loops() -> None:
    """Let the server use its event loops again; does nothing where it is not built as expected."""
    server: Any = sys.modules["__main__"]
    if getattr(server, "asyncio", None) is asyncio:
        server.asyncio = _Asyncio()


class _Asyncio(ModuleType):
    """Stands in for the server's `asyncio` module."""

    def __init__(self) -> None:
        super().__init__("asyncio")
        self._free: deque[_KeptLoop] = deque()

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    def new_event_loop(self) -> _KeptLoop:
        try:
            return self._free.pop()
        except IndexError:  # as many as answers are made at once
            return _KeptLoop(self._free)


class _KeptLoop:
    """An event loop that is free for the next answer once it is closed; one that failed never is."""

    def __init__(self, free: deque[_KeptLoop]) -> None:
        self._loop = asyncio.new_event_loop()
        self._free = free

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def close(self) -> None:
        self._free.append(self)
