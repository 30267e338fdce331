"""From what a browser copies or saves to a checked MiniMax url and token. Pure: nothing is executed, stored or shown."""

from __future__ import annotations

from pulumi_useapi.capture.choice import SITES, Captured, captured, choose, refuse_expired
from pulumi_useapi.capture.forms import read_requests
from pulumi_useapi.capture.request import NotUsableError, Request

__all__ = [
    "SITES",
    "Captured",
    "NotUsableError",
    "Request",
    "captured",
    "choose",
    "read_requests",
    "refuse_expired",
]
