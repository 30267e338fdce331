"""Which requests the service got; facts are picked one by one, so that no secret gets in."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from pulumi_useapi.emulator.answers import Refused, iso_text

LOGGER = logging.getLogger("pulumi_useapi.emulator")

_facts: ContextVar[dict[str, Any]] = ContextVar("facts")
_fault: ContextVar[str | None] = ContextVar("fault", default=None)

_KEPT = 100_000
_FACT_NAMES = ("subscription", "account", "maxJobs", "exp", "iat", "unix")


def note(**facts: Any) -> None:
    """Add to the record of the call under way: subscription, account, maxJobs, exp, iat, unix."""
    _facts.get().update(facts)


def mark_fault(fault: str | None) -> None:
    """Say which fault the call under way meets; its record then has a `fault`."""
    _fault.set(fault)


class RequestLog:
    """The requests in the order they were answered, the latest 100,000 of them, in memory."""

    def __init__(self) -> None:
        self._records: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._sequence = 0

    def after(self, sequence: int) -> list[dict[str, Any]]:
        """The records with a higher sequence number."""
        return [record for record in self._records if record["sequence"] > sequence]

    def clear(self) -> None:
        """Forget the records; sequence numbers go on."""
        self._records.clear()

    @web.middleware
    async def observe(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Record a call of the service, before its answer is sent, and turn refusals into answers."""
        _facts.set({})
        arrived, started = time.time(), time.monotonic()
        status = 500
        try:
            try:
                response = await handler(request)
            except Refused as refused:
                response = refused.answer()
            status = response.status
        except web.HTTPException as refused:
            status = refused.status
            raise
        finally:
            self.add(request, status, arrived, time.monotonic() - started, _facts.get())
        return response

    def add(
        self, request: web.Request, status: int | None, arrived: float, seconds: float, facts: Mapping[str, Any]
    ) -> None:
        """Record a call.

        Args:
            request: the call.
            status: what the service answered; None where a fault leaves nothing to answer.
            arrived: when, seconds since the epoch.
            seconds: how long it took.
            facts: see `note`.
        """
        self._sequence += 1
        facts = {name: facts.get(name) for name in _FACT_NAMES}
        if _fault.get():
            facts["fault"] = _fault.get()
        record = {
            "sequence": self._sequence,
            "time": iso_text(arrived),
            "method": request.method,
            "path": request.rel_url.raw_path,
            "status": status,
            "seconds": round(seconds, 6),
            "userAgent": request.headers.get("User-Agent"),
            **facts,
        }
        self._records.append(record)
        details = " ".join(f"{name}={quote(str(value))}" for name, value in facts.items() if value is not None)
        LOGGER.info("%s %s %s %.3f s %s", record["method"], record["path"], status, seconds, details)
