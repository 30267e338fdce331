"""The bodies the service answers with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web

from pulumi_useapi.emulator.store import Record
from pulumi_useapi.emulator.subscriptions import Subscription

NOT_FOUND = "Configuration not found. To create configuration use POST /accounts/account."
UNAUTHORIZED = "Unauthorized"
WRONG_CREDENTIALS = "Wrong username/password combination."
SUSPENDED = "This account has been suspended."
CONSTANT_MASK = "abc…secured…xyz"

_SUPPORTS = ("supportMusic", "supportVideo", "supportChat", "supportAudio")
_MODELS = ("23000", "23010", "23001", "23011", "image-01")


class Refused(Exception):  # noqa: N818 - an answer of the service, not a failure of the emulator
    """The service answers with an error.

    Args:
        status: the HTTP status.
        text: the error's text.
        retry_after: seconds to wait, where the answer asks for it.
    """

    def __init__(self, status: int, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.retry_after = retry_after

    def answer(self) -> web.Response:
        """The `{"error", "code"}` envelope, and the wait as `retryAfter` and as the `Retry-After` header."""
        body: dict[str, Any] = {"error": self.text, "code": self.status}
        headers = {}
        if self.retry_after is not None:
            moment = datetime.now(timezone.utc) + timedelta(seconds=self.retry_after)
            body["retryAfter"] = iso_text(moment.timestamp())
            headers["Retry-After"] = str(round(self.retry_after))
        return json_answer(body, status=self.status, headers=headers)


def json_answer(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON as the service writes it: the mask's "…" and every name in UTF-8, not escaped."""
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return web.Response(body=content, status=status, headers=headers, content_type="application/json", charset="utf-8")


def mask_of(token: str) -> str:
    """The redaction of a token: its first and last three characters."""
    return f"{token[:3]}…secured…{token[-3:]}"


def iso_text(seconds: float) -> str:
    """ISO 8601 text of a moment, UTC, with milliseconds."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def account_body(account: str, record: Record, *, mask: str, shift: float) -> dict[str, Any]:
    """The body of one account; `shift` seconds are added to its two moments."""
    moments = _moments("iat", "iat_Issued", record, shift) | _moments("exp", "exp_Expire", record, shift)
    jwt = {"token": mask, "user": record.get("user"), **moments}
    jwt |= {"host": record.get("host"), "searchParams": record.get("searchParams")}
    body = {"account": account, "jwt": _present(jwt), "maxJobs": record.get("maxJobs")}
    body |= {name: record.get(name) for name in (*_SUPPORTS, "error")}
    return _present(body)


def _moments(number: str, text: str, record: Record, shift: float) -> dict[str, Any]:
    seconds = record.get(number)
    if seconds is None:
        return {}
    seconds += shift
    # A JavaScript service writes a whole number without a fraction, whatever it was read from.
    return {number: int(seconds) if seconds == int(seconds) else seconds, text: iso_text(seconds)}


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def features_body(subscription: Subscription) -> dict[str, Any]:
    """The body of `/features/`: credits, plan, length of the queue, models."""
    free = subscription.plan == "Free"
    return {
        "privilegeType": 0 if free else 1,
        "totalCredits": subscription.credits,
        "expireText": "",
        "videoCost": 30,
        "queueLength": 3 if free else 5,
        "memberText": "Subscribe",
        "memberName": subscription.plan,
        "creditExpireText": [],
        "modelControl": [
            {"modelId": model, "videoCost": 1 if model == "image-01" else 30, "isMember": not free} for model in _MODELS
        ],
        "supportModes": [],
        "imageQueueLength": 5,
    }


def subscription_body(subscription: Subscription, errors: Iterable[bool]) -> dict[str, Any]:
    """The body of `/v2/account`; `errors` says for every configured account whether it is broken."""
    broken = list(errors)
    counts = {"total": len(broken), "active": broken.count(False)}
    if any(broken):
        counts["error"] = broken.count(True)
    return {
        "id": subscription.number,
        "name": subscription.name,
        "subscriptionIsActive": not subscription.expired,
        "subscriptions": 1,
        "maxAccountsPerAPI": subscription.max_accounts,
        "accounts": {"MiniMax API": counts} if broken else {},
    }
