"""The routes below `/_emulator`, for this machine only: look into the emulator and change it from outside."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from pulumi_useapi.emulator.behaviour import Behaviour
from pulumi_useapi.emulator.service import State
from pulumi_useapi.emulator.subscriptions import DataError

PREFIX = "/_emulator/"
_MOST_DIGITS = 18


def is_loopback(address: str | None) -> bool:
    """Whether an IP address (text) is of this machine's loopback."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other machines, and turn bad input into a 400."""
    if not is_loopback(request.remote):
        return _error(403, "only this machine may look into the emulator")
    try:
        return await handler(request)
    except DataError as problem:
        return _error(400, str(problem))
    except KeyError:
        return _error(404, "the emulator holds nothing of that name")


class Control:
    """The handlers; no API token is needed and none is ever answered."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.AbstractRouteDef]:
        """What is served."""
        account = f"{PREFIX}accounts/{{number}}/{{account}}"
        return [
            web.get(f"{PREFIX}requests", self.get_requests),
            web.delete(f"{PREFIX}requests", self.clear_requests),
            web.get(f"{PREFIX}behaviour", self.get_behaviour),
            web.put(f"{PREFIX}behaviour", self.put_behaviour),
            web.patch(f"{PREFIX}behaviour", self.patch_behaviour),
            web.get(f"{PREFIX}faults", self.get_faults),
            web.put(f"{PREFIX}faults", self.put_faults),
            web.get(f"{PREFIX}accounts", self.get_accounts),
            web.patch(account, self.edit_account),
            web.delete(account, self.delete_account),
            web.get(f"{PREFIX}subscriptions", self.get_subscriptions),
            web.patch(f"{PREFIX}subscriptions/{{number}}", self.edit_subscription),
        ]

    async def get_requests(self, request: web.Request) -> web.Response:
        """Answer the request log, from the sequence number `after` on."""
        after = request.query.get("after", "0")
        return web.json_response(self._state.log.after(_whole(after)))

    async def clear_requests(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """Empty the request log."""
        self._state.log.clear()
        return web.Response(status=204)

    async def get_behaviour(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """Answer all switches."""
        return web.json_response(self._state.switchboard.now.as_json())

    async def put_behaviour(self, request: web.Request) -> web.Response:
        """Set all switches; the ones not named go back to their defaults."""
        self._state.switchboard.now = Behaviour().changed(await _json(request))
        return await self.get_behaviour(request)

    async def patch_behaviour(self, request: web.Request) -> web.Response:
        """Set the named switches, each one whole."""
        self._state.switchboard.now = self._state.switchboard.now.changed(await _json(request))
        return await self.get_behaviour(request)

    async def get_faults(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """Answer the list of rules, with how often each one matched and happened."""
        return web.json_response(self._state.faults.as_json())

    async def put_faults(self, request: web.Request) -> web.Response:
        """Set the list of rules; see `faults.Rule`."""
        rules = await _value(request)
        if not isinstance(rules, list):
            raise DataError("the body must be a JSON list of faults")
        self._state.faults.set(rules)
        return await self.get_faults(request)

    async def get_accounts(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """Answer everything stored."""
        return web.json_response(self._state.store.all())

    async def edit_account(self, request: web.Request) -> web.Response:
        """Change stored fields of an account."""
        number, account = _whole(request.match_info["number"]), request.match_info["account"]
        self._state.store.edit(number, account, await _json(request))
        return web.json_response(self._state.store.get(number, account))

    async def delete_account(self, request: web.Request) -> web.Response:
        """Remove an account."""
        number, account = _whole(request.match_info["number"]), request.match_info["account"]
        if not self._state.store.delete(number, account):
            raise KeyError(account)
        return web.Response(status=204)

    async def get_subscriptions(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """Answer the subscriptions without their API tokens."""
        return web.json_response([one.public() for one in self._state.subscriptions.all()])

    async def edit_subscription(self, request: web.Request) -> web.Response:
        """Change plan, credits, maxAccounts, expired or name of a subscription."""
        number = _whole(request.match_info["number"])
        return web.json_response(self._state.subscriptions.edit(number, await _json(request)).public())


def _error(status: int, text: str) -> web.Response:
    return web.json_response({"error": text, "code": status}, status=status)


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise DataError(f"a number must be written in at most {_MOST_DIGITS} digits")
    return int(text)


async def _value(request: web.Request) -> object:
    try:
        value: object = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise DataError("the body is no JSON") from None
    return value


async def _json(request: web.Request) -> dict[str, Any]:
    value = await _value(request)
    if not isinstance(value, dict):
        raise DataError("the body must be a JSON object")
    return value
