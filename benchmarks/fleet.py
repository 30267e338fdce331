"""Synthetic accounts: three in each subscription, as useapi.net has it, with credentials of realistic size."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any

from pulumi_useapi.emulator import Subscription
from pulumi_useapi.emulator.sample import make_credentials

_FIRST_ACCOUNT = 300_000_000_000_000_000
_FIRST_SUBSCRIPTION = 1000
_LIFE = timedelta(days=29)
"""Too long for a warning before expiry, and like no two moments of other accounts."""


@dataclass(frozen=True)
class Fleet:
    """So many accounts.

    Attributes:
        size: how many accounts.
        per_subscription: how many of them share a subscription.
    """

    size: int
    per_subscription: int = 3
    _now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    @cached_property
    def subscriptions(self) -> list[Subscription]:
        """The subscriptions at the service, with their API tokens."""
        return [
            Subscription(
                f"s{number}",
                f"user:{_FIRST_SUBSCRIPTION + number}-{secrets.token_hex(12)}",
                max_accounts=self.per_subscription,
            )
            for number in range(math.ceil(self.size / self.per_subscription))
        ]

    @cached_property
    def entries(self) -> dict[str, dict[str, Any]]:
        """The arguments of each account's resource, by its name."""
        return {f"account-{number:04}": self._entry(number) for number in range(self.size)}

    def _entry(self, number: int) -> dict[str, Any]:
        credentials = make_credentials(str(_FIRST_ACCOUNT + number), expires=self._now + _LIFE)
        subscription = self.subscriptions[number // self.per_subscription].name
        return {**credentials._asdict(), "max_jobs": 2, "subscription": subscription}

    @property
    def environment(self) -> dict[str, str]:
        """The API tokens, as environment variables."""
        return {f"USEAPI_API_TOKEN_{one.name.upper()}": one.api_token for one in self.subscriptions}
