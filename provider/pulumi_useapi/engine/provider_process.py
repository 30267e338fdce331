"""What this package adds to the provider process that Pulumi runs it in (``python -m pulumi.dynamic``).

Pulumi's dynamic provider server shows every exception as a traceback, offers no log, and tells a provider neither
the name nor the URN of its resource. Each function here reaches for an internal of that server, does nothing where
the internal is not as expected, and leaves other people's providers in the same process alone.
"""

from __future__ import annotations

import sys
import traceback
from types import ModuleType
from typing import Any

from pulumi_useapi.engine import repeated_work, workers
from pulumi_useapi.engine.ownership import is_ours
from pulumi_useapi.errors import UseApiError


def current_urn() -> str:
    """The URN of the resource that the calling thread serves, or "" where the server does not tell.

    The server calls the provider from a method that holds the request in a local variable.
    """
    frame = sys._getframe(1)
    while frame is not None:
        urn = getattr(frame.f_locals.get("request"), "urn", None)
        if isinstance(urn, str):
            return urn
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def report(severity: str, message: str, urn: str) -> None:
    """Show a line under a resource at the terminal; on standard error where the engine cannot be reached.

    Args:
        severity: ``info`` or ``warning``.
        message: one sentence.
        urn: the resource, "" for the stack.
    """
    import grpc
    from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

    severities = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING}
    try:
        with grpc.insecure_channel(sys.argv[1:][-1]) as channel:  # behind the options of Pulumi's own log
            request = engine_pb2.LogRequest(severity=severities[severity], message=message, urn=urn)
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=5)
    except (grpc.RpcError, IndexError):
        print(f"{severity}: {message}", file=sys.stderr)


def show_errors_as_sentences() -> None:
    """Make the server show this package's expected errors as their one sentence, without a traceback."""
    server: Any = sys.modules["__main__"]
    if getattr(server, "traceback", None) is traceback and hasattr(server, "DynamicResourceProviderServicer"):
        server.traceback = _ErrorFormat("traceback")


class _ErrorFormat(ModuleType):
    """Stands in for the server's `traceback` module."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    @staticmethod
    def format_exc(limit: int | None = None, chain: bool = True) -> str:
        error = sys.exc_info()[1]
        if isinstance(error, UseApiError):
            return str(error)
        if error is not None and _passed_through_this_package(error):
            return _without_values(error)
        return traceback.format_exc(limit, chain)


def _passed_through_this_package(error: BaseException) -> bool:
    names = {frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)}
    everybodys = {workers.__name__, repeated_work.__name__}
    return any(is_ours(name) for name in names - everybodys)


def _without_values(error: BaseException) -> str:
    """A traceback whose exceptions' texts are left out: they may quote a secret."""
    lines = ["".join(traceback.format_tb(error.__traceback__)), type(error).__qualname__]
    return "unexpected error in pulumi-useapi; please report it with these lines:\n" + "".join(lines)
