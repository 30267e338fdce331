"""What Pulumi's dynamic provider server does anew for each call is done once.

For each call it sets its thread up to find the provider, and makes an event loop (a poll, a pair of sockets) to turn
the answer into a message; and Python's collector of garbage looks through all that was loaded, again and again. In
a refresh of many accounts that is a fifth of all that the provider process does.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any

from pulumi_useapi.engine.ownership import is_ours


def do_once() -> None:
    """Spare the server that calls this thread what it repeats; does nothing where it is not built as expected."""
    server: Any = sys.modules["__main__"]
    if getattr(server, "asyncio", None) is asyncio:
        server.asyncio = _Asyncio()
    get_provider, key = getattr(server, "get_provider", None), getattr(server, "PROVIDER_KEY", None)
    if isinstance(get_provider, FunctionType) and get_provider.__module__ != __name__ and isinstance(key, str):
        server.get_provider = _remembering(get_provider, key)
        gc.freeze()  # what is loaded by now stays until the process ends


def _remembering(get_provider: Callable[..., Any], key: str) -> Callable[..., Any]:
    """Look one of this package's providers up once in each thread, which the server sets up for it then."""
    found = threading.local()

    def get(properties: Mapping[str, Any], *others: Any) -> Any:
        known, wanted = vars(found), properties[key]
        if wanted in known:
            return known[wanted]
        provider = get_provider(properties, *others)
        if is_ours(type(provider).__module__):
            known[wanted] = provider
        return provider

    return get


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
