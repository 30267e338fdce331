"""The service itself: the routes of the MiniMax accounts API and of the subscription's account."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from pulumi_useapi.emulator.answers import (
    NOT_FOUND,
    UNAUTHORIZED,
    WRONG_CREDENTIALS,
    Refused,
    features_body,
    json_answer,
    subscription_body,
)
from pulumi_useapi.emulator.behaviour import Switchboard
from pulumi_useapi.emulator.faults import Faults
from pulumi_useapi.emulator.intake import read_configuration
from pulumi_useapi.emulator.requestlog import RequestLog, note
from pulumi_useapi.emulator.store import Store
from pulumi_useapi.emulator.subscriptions import Subscription, Subscriptions

BASE_PATH = "/v1/minimax"


@dataclass(frozen=True)
class State:
    """Everything a running emulator holds."""

    subscriptions: Subscriptions
    store: Store
    switchboard: Switchboard
    log: RequestLog
    faults: Faults = field(default_factory=Faults)


class Service:
    """The handlers; each one returns an answer or raises Refused."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is served."""
        return [
            web.post(f"{BASE_PATH}/accounts", self.put),
            web.get(f"{BASE_PATH}/accounts", self.list_all),
            web.get(f"{BASE_PATH}/accounts/{{account}}", self.get),
            web.delete(f"{BASE_PATH}/accounts/{{account}}", self.delete),
            web.get(f"{BASE_PATH}/features/", self.features),
            web.get("/v2/account", self.subscription),
        ]

    async def put(self, request: web.Request) -> web.Response:
        """Create or update the account of the token's user."""
        subscription = self._active(request)
        configuration = read_configuration(await request.read())
        account, record = configuration.account, configuration.record
        note(account=account, unix=configuration.unix)
        note(**{name: record[name] for name in ("maxJobs", "exp", "iat")})
        self._state.switchboard.now.check_refusal("POST", account)
        if configuration.expires <= time.time():
            raise Refused(401, WRONG_CREDENTIALS)
        self._check_limit(subscription, account)
        self._state.store.put(subscription.number, account, record)
        return json_answer(self._state.switchboard.now.body(account, record), status=201)

    async def list_all(self, request: web.Request) -> web.Response:
        """Answer every account of the subscription, by its id."""
        accounts = self._state.store.of(self._active(request).number)
        body = self._state.switchboard.now.body
        return json_answer({account: body(account, record) for account, record in accounts.items()})

    async def get(self, request: web.Request) -> web.Response:
        """Answer one account."""
        subscription = self._active(request)
        account = self._named(request, request.match_info["account"])
        record = self._state.store.get(subscription.number, account)
        if record is None:
            return _not_found()
        return json_answer(self._state.switchboard.now.body(account, record))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete one account."""
        subscription = self._active(request)
        account = self._named(request, request.match_info["account"])
        if not self._state.store.delete(subscription.number, account):
            return _not_found()
        if self._state.switchboard.now.delete_status == 200:  # noqa: PLR2004
            return json_answer({"account": account})
        return web.Response(status=204)

    async def features(self, request: web.Request) -> web.Response:
        """Answer credits and plan of an account; it need not be named where there is only one."""
        subscription = self._active(request)
        accounts = self._state.store.of(subscription.number)
        named = request.query.get("account") or (next(iter(accounts)) if len(accounts) == 1 else None)
        if named is None and accounts:
            raise Refused(400, "Parameter account is required when several accounts are configured.")
        if named is None or self._named(request, named) not in accounts:
            return _not_found()
        return json_answer(features_body(subscription))

    async def subscription(self, request: web.Request) -> web.Response:
        """Answer what the subscription holds; also an expired one, whose body says so."""
        subscription = self._authorized(request)
        accounts = self._state.store.of(subscription.number)
        error_of = self._state.switchboard.now.error_of
        errors = [error_of(account, record) is not None for account, record in accounts.items()]
        return json_answer(subscription_body(subscription, errors))

    def _authorized(self, request: web.Request) -> Subscription:
        scheme, _, api_token = request.headers.get("Authorization", "").partition(" ")
        subscription = self._state.subscriptions.find(api_token) if scheme.lower() == "bearer" else None
        if subscription is None:
            raise Refused(401, UNAUTHORIZED)
        note(subscription=subscription.number)
        return subscription

    def _active(self, request: web.Request) -> Subscription:
        subscription = self._authorized(request)
        if subscription.expired:
            raise Refused(402, "Your subscription has expired.")
        return subscription

    def _named(self, request: web.Request, account: str) -> str:
        note(account=account)
        self._state.switchboard.now.check_refusal(request.method, account)
        return account

    def _check_limit(self, subscription: Subscription, account: str) -> None:
        # The limit is documented, the answer to passing it is not: a 400 whose text says what is wrong.
        accounts: dict[str, Any] = self._state.store.of(subscription.number)
        if account not in accounts and len(accounts) >= subscription.max_accounts:
            limit = subscription.max_accounts
            raise Refused(400, f"Your subscription allows at most {limit} MiniMax accounts: delete one first.")


def _not_found() -> web.Response:
    return web.Response(status=404, text=NOT_FOUND)
