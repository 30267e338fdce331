"""The subscriptions a provider process talks to: one client and one shared look for each API token.

They share the connections to the service, but neither the limit of requests nor the waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pulumi_useapi.errors import UseApiError
from pulumi_useapi.http.endpoint import checked_base_url, checked_seconds, checked_token
from pulumi_useapi.listing import Listing
from pulumi_useapi.settings import Settings, owner_of

if TYPE_CHECKING:
    from pulumi_useapi.client import UseApiClient
    from pulumi_useapi.models import Account

ADVICE_DEADLINE = 10.0
"""Seconds after which an advice is given up."""


class Connection:
    """One subscription: who it is, how to talk to it, what it has configured.

    Args:
        owner: see `owner_of`.
        make_client: called when something is asked for the first time; most previews ask nothing.
    """

    def __init__(self, owner: str, make_client: Callable[[], UseApiClient]) -> None:
        self.owner = owner
        self.listing = Listing(self._list_accounts)
        """The shared look at all accounts."""
        self._make_client = make_client
        self._making = threading.Lock()
        self._asking = threading.Lock()
        self._has_asked = False
        self._account_limit: int | None = None

    @property
    def client(self) -> UseApiClient:
        """Asks what has to be known, and makes the changes."""
        with self._making:
            return self._client

    @cached_property
    def adviser(self) -> UseApiClient:
        """Asks what is good to know, and does not let anybody wait for it."""
        return self.client.with_deadline_of(ADVICE_DEADLINE)

    @cached_property
    def _client(self) -> UseApiClient:
        return self._make_client()

    def _list_accounts(self) -> Mapping[str, Account]:
        return self.client.list_accounts()

    def ask_for_account_limit(self) -> int | None:
        """How many accounts the subscription may have, or None where the API does not say. Asked once."""
        # Not a cached_property: before Python 3.12, all connections would wait for each other's answers.
        with self._asking:
            if not self._has_asked:
                self._account_limit = self._ask_for_limit()
                self._has_asked = True
            return self._account_limit

    def _ask_for_limit(self) -> int | None:
        try:
            return self.adviser.get_subscription().max_accounts
        except UseApiError:  # an advice less; what matters will fail by itself
            return None


class Connections:
    """Connections by subscription name; names with the same API token share one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._by_name: dict[str | None, Connection] = {}
        self._by_token: dict[str, Connection] = {}
        self._first_client: UseApiClient | None = None

    def get(self, subscription: str | None) -> Connection:
        """The connection of a subscription (None: the default one).

        Raises:
            ConfigurationError: its API token is missing, or a setting is unusable.
        """
        return self._by_name.get(subscription) or self._connect(subscription, self.settings.api_token(subscription))

    def find(self, subscription: str | None) -> Connection | None:
        """The connection of a subscription, or None where no API token is at hand.

        Raises:
            ConfigurationError: a setting is unusable.
        """
        known = self._by_name.get(subscription)
        token = None if known else self.settings.find_api_token(subscription)
        return self._connect(subscription, token) if token else known

    def _connect(self, subscription: str | None, api_token: str) -> Connection:
        with self._lock:
            connection = self._by_token.get(api_token)
            if connection is None:
                self._check(api_token, subscription)
                owner = owner_of(api_token, self.settings.base_url)
                connection = Connection(owner, partial(self._make_client, api_token, subscription))
                self._by_token[api_token] = connection
            self._by_name[subscription] = connection
            return connection

    def _check(self, api_token: str, subscription: str | None) -> None:
        """Refuse what a client would refuse: there is none before something is asked."""
        checked_token(api_token, subscription)
        if self._by_token:  # the rest is the same for all
            return
        checked_base_url(self.settings.base_url)
        checked_seconds(self.settings.timeout, "timeout")
        checked_seconds(self.settings.deadline, "deadline")

    def _make_client(self, api_token: str, subscription: str | None) -> UseApiClient:
        with self._lock:
            if self._first_client is None:
                self._first_client = self._first(api_token)
            return self._first_client.with_api_token(api_token, subscription)

    def _first(self, api_token: str) -> UseApiClient:
        from pulumi_useapi.client import UseApiClient  # it loads requests: a tenth of a second and more

        settings = self.settings
        return UseApiClient(
            api_token,
            base_url=settings.base_url,
            timeout=settings.timeout,
            deadline=settings.deadline,
            max_requests=settings.max_requests,
        )
