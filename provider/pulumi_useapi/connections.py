"""The subscriptions a provider process talks to: one client and one shared look for each owner."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property

from pulumi_useapi.client import UseApiClient
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.listing import Listing
from pulumi_useapi.settings import Settings, owner_of

ADVICE_DEADLINE = 10.0
"""Seconds after which an advice is given up."""


@dataclass
class Connection:
    """One subscription: who it is, how to talk to it, what it has configured.

    Attributes:
        owner: see `owner_of`.
        client: asks what has to be known, and makes the changes.
        adviser: asks what is good to know, and does not let anybody wait for it.
        listing: the shared look at all accounts.
    """

    owner: str
    client: UseApiClient
    adviser: UseApiClient
    listing: Listing = field(init=False)
    _asking: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.listing = Listing(self.client.list_accounts)

    @property
    def account_limit(self) -> int | None:
        """How many accounts the subscription may have, or None where the API does not say. Asked once."""
        with self._asking:
            return self._account_limit

    @cached_property
    def _account_limit(self) -> int | None:
        try:
            return self.adviser.get_subscription().max_accounts
        except UseApiError:  # an advice less; what matters will fail by itself
            return None


class Connections:
    """Connections by subscription name; names with the same API token share one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._by_token: dict[str, Connection] = {}

    def get(self, subscription: str | None) -> Connection:
        """The connection of a subscription (None: the default one).

        Raises:
            ConfigurationError: its API token is missing, or a setting is unusable.
        """
        return self._connect(self.settings.api_token(subscription))

    def find(self, subscription: str | None) -> Connection | None:
        """The connection of a subscription, or None where no API token is at hand.

        Raises:
            ConfigurationError: a setting is unusable.
        """
        token = self.settings.find_api_token(subscription)
        return self._connect(token) if token else None

    def _connect(self, api_token: str) -> Connection:
        with self._lock:
            connection = self._by_token.get(api_token)
            if connection is None:
                owner = owner_of(api_token, self.settings.base_url)
                adviser = self._client(api_token, min(self.settings.deadline, ADVICE_DEADLINE))
                connection = Connection(owner, self._client(api_token, self.settings.deadline), adviser)
                self._by_token[api_token] = connection
            return connection

    def _client(self, api_token: str, deadline: float) -> UseApiClient:
        settings = self.settings
        return UseApiClient(api_token, base_url=settings.base_url, timeout=settings.timeout, deadline=deadline)
