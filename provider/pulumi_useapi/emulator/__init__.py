"""An emulator of useapi.net's MiniMax accounts API, for tests and for trying things without an account.

It is a service of its own and imports nothing from the rest of the package: a wrong field name must not be
wrong on both sides at once.
"""

from __future__ import annotations

from pulumi_useapi.emulator.server import Emulator
from pulumi_useapi.emulator.subscriptions import DataError, Subscription

__all__ = ["DataError", "Emulator", "Subscription"]
