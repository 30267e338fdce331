"""How the emulated service behaves beside the book; everything here can be changed while it runs."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from pulumi_useapi.emulator.answers import CONSTANT_MASK, SUSPENDED, WRONG_CREDENTIALS, Refused, account_body
from pulumi_useapi.emulator.store import Record
from pulumi_useapi.emulator.subscriptions import DataError

OWN_NUMBERS_SHIFT = 3600.5
"""Seconds between the token's claims and the service's own numbers."""

_NAMED_REFUSALS = {"suspended": (401, SUSPENDED), "wrong-credentials": (401, WRONG_CREDENTIALS)}
_TEXTS = {
    401: "Unauthorized",
    402: "Your subscription has expired.",
    403: "Forbidden",
    412: "Not enough MiniMax credits.",
    429: "Too many requests.",
    500: "MiniMax login failed.",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
    596: "MiniMax account is in error state.",
}
_DEFAULT_RETRY_AFTER = 30.0
_REFUSED_METHODS = ("GET", "POST")
_SHAPES = ("numbers", "mask", "omit", "extra")
_ACCOUNT_SWITCHES = {"error", "refuse", "methods", "retryAfter", *_SHAPES}


@dataclass(frozen=True)
class Behaviour:
    """The switches, by the names they have in `/_emulator/behaviour`.

    Attributes:
        latency: seconds every call of the service takes before anything happens.
        numbers: "echo" = the token's own exp and iat; "own" = others, the same ones for the same token.
        mask: "ends" = the token's first and last three characters; "constant" = `abc…secured…xyz`.
        omit: dotted names of fields left out of every account body ("jwt.searchParams").
        extra: an object merged into every account body.
        delete_status: 204 (no body) or 200 (with JSON).
        accounts: by account id: `error`, the text of the body's `error`; `refuse`, "suspended",
            "wrong-credentials" or a status from 400 to 599, the answer to every call for that account;
            `methods`, the refused ones (default GET and POST: what is broken can still be deleted);
            `retryAfter`, seconds to wait (default 30 for a 429, else none); `numbers`, `mask`, `omit`, `extra`, as above for
            this account alone.

    Raises:
        DataError: a switch has no usable value.
    """

    latency: float = 0.0
    numbers: str = "echo"
    mask: str = "ends"
    omit: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    delete_status: int = 204
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for usable, text in (
            (_is_duration(self.latency), "latency must be a number of seconds from 0 up"),
            (self.numbers in ("echo", "own"), 'numbers must be "echo" or "own"'),
            (self.mask in ("ends", "constant"), 'mask must be "ends" or "constant"'),
            (_is_list_of_text(self.omit), "omit must be a list of field names"),
            (isinstance(self.extra, dict), "extra must be an object"),
            (self.delete_status in (200, 204), "delete_status must be 200 or 204"),
            (isinstance(self.accounts, dict), "accounts must be an object"),
        ):
            if not usable:
                raise DataError(text)
        for account, switches in self.accounts.items():
            _check_account_switches(account, switches)
            self._of(account)

    def changed(self, changes: Mapping[str, Any]) -> Behaviour:
        """The same with some switches replaced, each one whole.

        Raises:
            DataError: a name is unknown or a value not usable.
        """
        known = {one.name for one in fields(self)}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise DataError(f"there is no behaviour {unknown[0]!r}, only {', '.join(sorted(known))}")
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        """All switches."""
        return asdict(self)

    def check_refusal(self, method: str, account: str) -> None:
        """Refuse a call for an account that is switched so.

        Raises:
            Refused: with the switched status.
        """
        switches = self.accounts.get(account, {})
        refuse = switches.get("refuse")
        if refuse is None or method not in switches.get("methods", _REFUSED_METHODS):
            return
        status, text = _NAMED_REFUSALS.get(refuse) or (refuse, text_of(refuse))
        wait = switches.get("retryAfter", _DEFAULT_RETRY_AFTER if status == 429 else None)  # noqa: PLR2004
        raise Refused(status, text, retry_after=wait)

    def error_of(self, account: str, record: Record) -> str | None:
        """The text of an account's `error`, switched or stored."""
        return self.accounts.get(account, {}).get("error") or record.get("error")

    def body(self, account: str, record: Record) -> dict[str, Any]:
        """The account body with every switch applied."""
        shown = {**record, "error": self.error_of(account, record)}
        own = self._of(account)
        mask = CONSTANT_MASK if own.mask == "constant" else record["mask"]
        shift = OWN_NUMBERS_SHIFT if own.numbers == "own" else 0.0
        body = _merged(account_body(account, shown, mask=mask, shift=shift), own.extra)
        for name in own.omit:
            _leave_out(body, name.split("."))
        return body

    def _of(self, account: str) -> Behaviour:
        """The shape of this account's answers: its own switches over the general ones."""
        switches = self.accounts.get(account)
        if not switches:
            return self
        return replace(self, accounts={}, **{name: switches[name] for name in _SHAPES if name in switches})


def text_of(status: int) -> str:
    """What the service says with an error status."""
    return _TEXTS.get(status, "Error")


def _is_duration(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 <= value < math.inf


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _check_account_switches(account: str, switches: object) -> None:
    if not isinstance(switches, dict) or not switches.keys() <= _ACCOUNT_SWITCHES:
        raise DataError(f"account {account}: only {', '.join(sorted(_ACCOUNT_SWITCHES))} can be switched")
    refuse = switches.get("refuse")
    is_status = isinstance(refuse, int) and 400 <= refuse <= 599  # noqa: PLR2004
    if refuse is not None and not is_status and refuse not in list(_NAMED_REFUSALS):
        raise DataError(f"account {account}: refuse must be one of {', '.join(_NAMED_REFUSALS)} or 400 to 599")
    if not isinstance(switches.get("error", ""), str) or not _is_list_of_text(switches.get("methods", [])):
        raise DataError(f"account {account}: error must be a text, methods a list of texts")
    if not _is_duration(switches.get("retryAfter", 0)):
        raise DataError(f"account {account}: retryAfter must be a number of seconds from 0 up")


def _merged(base: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for name, value in extra.items():
        inner = result.get(name)
        both = isinstance(inner, dict) and isinstance(value, dict)
        result[name] = _merged(inner, value) if both else value  # type: ignore[arg-type]
    return result


def _leave_out(body: Any, path: list[str]) -> None:
    if not isinstance(body, dict):
        return
    if len(path) == 1:
        body.pop(path[0], None)
    else:
        _leave_out(body.get(path[0]), path[1:])


class Switchboard:
    """Holds the behaviour in force; what disturbs a call as a whole happens in its middleware."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.now = behaviour

    @web.middleware
    async def disturb(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a call of the service wait."""
        if self.now.latency:
            await asyncio.sleep(self.now.latency)
        return await handler(request)
