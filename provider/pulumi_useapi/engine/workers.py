"""As many workers for this package's resources as the engine has work for.

Pulumi's dynamic provider server has four threads for all dynamic resources of a stack, whatever ``--parallel`` says:
200 accounts, each of which takes a second at the service, take 50 seconds. The engine sends as many calls at once as
``--parallel`` allows, so there it is enough to let the server's own executor make more threads, once it turns out that
the calls wait for the service: threads that compute would only take Python's lock from each other. Calls of other
people's providers, who may rely on the four, stay at four. Where the server, Python or gRPC are not built as expected
here, nothing is changed.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, thread
from types import FrameType, FunctionType
from typing import Any

from pulumi_useapi.engine.ownership import is_ours

MOST_WORKERS = 256
"""Threads are made when there is work for them, so this is only an end for ``--parallel`` without an end: Pulumi's
default of 4 for each core reaches it with 64 cores, and no subscription is asked as much at once."""

_LOOK_EVERY = 0.05
"""Seconds."""
_IDLE = 0.5
"""A process that uses less of a core than this, while calls are queued, waits for something else than the processor."""

_INTERNALS = ("_adjust_thread_count", "_idle_semaphore", "_max_workers", "_shutdown_lock", "_work_queue")


def serve_as_many_as_asked() -> None:
    """Let the server that calls this thread serve more than four of this package's calls at once, where that helps."""
    server: Any = sys.modules["__main__"]
    get_provider = getattr(server, "get_provider", None)
    frames = _frames()
    executor = _executor(frames)
    if executor is None or not isinstance(get_provider, FunctionType):
        return
    if is_ours(get_provider.__module__):  # done before, for another provider of it
        return
    if not any(frame.f_code is get_provider.__code__ for frame in frames):
        return
    server.get_provider = _with_others_limited(get_provider, executor._max_workers)
    threading.Thread(target=_widen_when_waiting, args=[executor], name="useapi-workers", daemon=True).start()


def _frames() -> list[FrameType]:
    """The frames of this thread, the outermost one last."""
    frames = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


def _executor(frames: list[FrameType]) -> Any:
    """The executor whose worker this thread is, if it is built as expected and has fewer threads than `MOST_WORKERS`."""
    body = getattr(getattr(thread, "_worker", None), "__code__", None)
    worker = next((frame for frame in frames if frame.f_code is body), None)
    reference = worker.f_locals.get("executor_reference") if worker else None
    executor = reference() if callable(reference) else None
    if type(executor) is not ThreadPoolExecutor or not all(hasattr(executor, name) for name in _INTERNALS):
        return None
    return executor if executor._max_workers < MOST_WORKERS else None


def _widen_when_waiting(executor: Any) -> None:
    is_queued, looked, used = False, time.monotonic(), time.process_time()
    while True:
        time.sleep(_LOOK_EVERY)
        was_queued, is_queued = is_queued, executor._work_queue.qsize() > 0
        looked_before, looked = looked, time.monotonic()
        used_before, used = used, time.process_time()
        if was_queued and is_queued and used - used_before < _IDLE * (looked - looked_before):
            _widen(executor)
            return


def _widen(executor: Any) -> None:
    with executor._shutdown_lock:
        executor._max_workers = MOST_WORKERS
        # What waited for one of the four counts as an idle thread once it is done (in Python before 3.12), so no new
        # one would be made for as many calls; and what waits now is to wait no longer.
        executor._idle_semaphore = threading.Semaphore(0)
        for _ in range(executor._work_queue.qsize()):
            executor._adjust_thread_count()


def _with_others_limited(get_provider: Callable[..., Any], most: int) -> Callable[..., Any]:
    free = threading.BoundedSemaphore(most)

    def get(*arguments: Any, **options: Any) -> Any:
        provider = get_provider(*arguments, **options)
        return provider if is_ours(type(provider).__module__) else _Limited(provider, free)

    return get


class _Limited:
    """Somebody else's provider as the server sees it: no more calls at once than before."""

    def __init__(self, provider: Any, free: threading.BoundedSemaphore) -> None:
        self._provider = provider
        self._free = free

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._provider, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **options: Any) -> Any:
            with self._free:
                return method(*arguments, **options)

        return call
