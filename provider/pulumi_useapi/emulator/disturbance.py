"""How a fault is played: what goes over the socket in place of the service's answer."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from pulumi_useapi.emulator.answers import Refused, iso_text, json_answer
from pulumi_useapi.emulator.behaviour import text_of
from pulumi_useapi.emulator.door import Door, reset
from pulumi_useapi.emulator.faults import Call, Faults, Rule
from pulumi_useapi.emulator.intake import read_configuration
from pulumi_useapi.emulator.requestlog import RequestLog, mark_fault
from pulumi_useapi.emulator.service import BASE_PATH

_PATHS = {
    f"{BASE_PATH}/accounts": "list",
    f"{BASE_PATH}/accounts/{{account}}": "one",
    f"{BASE_PATH}/features/": "features",
    "/v2/account": "subscription",
}
_STEP = 0.05
_PIECES = 20
_CHUNK = 64 * 1024
_OTHER_ACCOUNT = "999999"
_PAGE = "<!DOCTYPE html>\n<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>\n"

Play = Callable[[web.Request, Rule, web.Response], Awaitable[web.StreamResponse]]


class Disturber:
    """The middleware around the service that lets faults happen."""

    def __init__(self, faults: Faults, log: RequestLog, door: Door) -> None:
        self._faults = faults
        self._log = log
        self._door = door

    @web.middleware
    async def disturb(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a call of the service, or do to it what a rule says."""
        call = await _call_of(request)
        rule = self._faults.choose(call)
        mark_fault(rule.fault if rule else None)
        if rule is None:
            return await handler(request)
        answer = web.Response()
        if rule.is_processed:
            answer = await handler(request)  # type: ignore[assignment] # the service makes no other kind
        else:
            status = rule.status if rule.fault == "status" else None
            self._log.add(request, status, time.time(), 0.0, {"account": call.account})
        if rule.fault == "refused":
            await self._door.close_for(rule.seconds)
            return answer
        try:
            return await _PLAYS[rule.fault](request, rule, answer)
        except ConnectionError:  # the other side has gone
            return answer


async def _call_of(request: web.Request) -> Call:
    resource = request.match_info.route.resource
    path = _PATHS.get(resource.canonical if resource else "", "")
    account = request.match_info.get("account") or request.query.get("account")
    if request.method == "POST":
        try:
            account = read_configuration(await request.read()).account
        except Refused:
            account = None
    return Call(request.method, path, account)


async def _status(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    text = text_of(rule.status) if rule.text is None else rule.text
    body: dict[str, Any] = {"error": text, "code": rule.status}
    if rule.envelope == "nested":
        body = {"error": {"code": rule.status, "message": text, "status": "UNKNOWN"}}
    headers = dict(rule.headers)
    if rule.retry_after is not None:
        _tell_wait(rule, body, headers)
    if rule.envelope == "html":
        return web.Response(status=rule.status, text=_PAGE.format(text=text), headers=headers, content_type="text/html")
    if rule.envelope == "text":
        return web.Response(status=rule.status, text=text, headers=headers)
    return json_answer(body, status=rule.status, headers=headers)


def _tell_wait(rule: Rule, body: dict[str, Any], headers: dict[str, str]) -> None:
    seconds = rule.retry_after or 0.0
    moment = datetime.now(timezone.utc) + timedelta(seconds=min(seconds, 3e9))
    if rule.retry_after_as == "body":
        body["retryAfter"] = iso_text(moment.timestamp())
    elif rule.retry_after_as == "date":
        # An HTTP date has whole seconds; the wait is never shorter than asked for.
        whole = datetime.fromtimestamp(math.ceil(moment.timestamp()), timezone.utc)
        headers["Retry-After"] = format_datetime(whole, usegmt=True)
    else:
        headers["Retry-After"] = str(math.ceil(seconds))


async def _slow_start(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:
    await _wait(request, rule.seconds)
    return answer


async def _slow_body(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:
    content = _content(answer)
    sending = await _begin(request, answer, len(content))
    length = math.ceil(len(content) / _PIECES)
    for start in range(0, len(content), length):
        await _wait(request, rule.seconds / _PIECES)
        await sending.write(content[start : start + length])
    return sending


async def _hang(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    await _wait(request, math.inf)
    return answer


async def _reset(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    reset(request.transport)
    return answer


async def _lost(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    _close(request)
    return answer


async def _truncated(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    content = _content(answer)
    return _like(answer, content[: len(content) // 2])


async def _cut(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    content = _content(answer)
    sending = await _begin(request, answer, len(content))
    await sending.write(content[: len(content) // 2])
    _close(request)
    return sending


async def _content_type(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    return _like(answer, _content(answer), "text/plain")


async def _empty(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    return web.Response(status=200)


async def _huge(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:
    content = _content(answer)
    sending = await _begin(request, answer, max(rule.size, len(content)))
    await sending.write(content)
    left = rule.size - len(content)
    while left > 0:
        await sending.write(b" " * min(left, _CHUNK))
        left -= _CHUNK
    return sending


async def _wrong_account(request: web.Request, rule: Rule, answer: web.Response) -> web.StreamResponse:  # noqa: ARG001
    try:
        body = json.loads(_content(answer))
    except ValueError:  # a text of the service, which names no account
        return answer
    other = _OTHER_ACCOUNT if rule.text is None else rule.text
    return _like(answer, json.dumps(_renamed(body, other)).encode())


_PLAYS: Mapping[str, Play] = {
    "status": _status,
    "slow-start": _slow_start,
    "slow-body": _slow_body,
    "hang": _hang,
    "reset": _reset,
    "lost": _lost,
    "truncated": _truncated,
    "cut": _cut,
    "content-type": _content_type,
    "empty": _empty,
    "huge": _huge,
    "wrong-account": _wrong_account,
}


def _renamed(body: Any, other: str) -> Any:
    if not isinstance(body, dict):
        return body
    if "account" not in body:
        return {key: _renamed(entry, other) for key, entry in body.items()}
    renamed = {**body, "account": other}
    jwt = body.get("jwt")
    if isinstance(jwt, dict) and isinstance(jwt.get("user"), dict):
        renamed["jwt"] = {**jwt, "user": {**jwt["user"], "id": other}}
    return renamed


def _content(answer: web.Response) -> bytes:
    """The body of an answer; of one that has none, what it could have been."""
    return answer.body if isinstance(answer.body, bytes) and answer.body else b'{"deleted": true}'


def _status_of(answer: web.Response) -> int:
    return 200 if answer.status == 204 else answer.status  # noqa: PLR2004


def _like(answer: web.Response, content: bytes, content_type: str = "application/json") -> web.Response:
    return web.Response(status=_status_of(answer), body=content, content_type=content_type)


async def _begin(request: web.Request, answer: web.Response, length: int) -> web.StreamResponse:
    """Send the head of an answer that announces a body of so many bytes."""
    sending = web.StreamResponse(status=_status_of(answer), headers={"Content-Type": "application/json"})
    sending.content_length = length
    await sending.prepare(request)
    return sending


async def _wait(request: web.Request, seconds: float) -> None:
    """Wait, but not longer than the other side does."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0 and request.transport is not None:
        await asyncio.sleep(min(left, _STEP))


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
