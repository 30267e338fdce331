"""Which requests of the service meet which fault: rules that can be changed while it runs."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pulumi_useapi.emulator.subscriptions import DataError

FAULTS = {
    "status": False,
    "slow-start": True,
    "slow-body": True,
    "hang": False,
    "refused": False,
    "reset": False,
    "lost": True,
    "truncated": True,
    "cut": True,
    "content-type": True,
    "empty": True,
    "huge": True,
    "wrong-account": True,
}
"""Every fault, and whether the service does the request's work before it happens, unless the rule says."""

PATHS = ("list", "one", "features", "subscription")
ENVELOPES = ("json", "nested", "text", "html")
RETRY_AFTER_FORMS = ("header", "date", "body")

_NTH = re.compile(r"every|first [1-9]\d{0,5}")


@dataclass(frozen=True)
class Call:
    """What the rules look at: the method, one of `PATHS`, and the account where the request is about one."""

    method: str
    path: str
    account: str | None


@dataclass(frozen=True)
class Rule:
    """One fault and the requests that meet it, under the names it has in `/_emulator/faults`.

    The faults: `status`, an answer of any status; `slow-start` and `slow-body`, `seconds` until the first and
    between the first and the last byte; `hang`, no answer; `refused`, nobody listens for `seconds`; `reset`, the
    connection is reset; `lost`, it is closed without an answer; `truncated`, half the JSON with a fitting length;
    `cut`, half the body and the end of the connection; `content-type`, text/plain; `empty`, a 200 without a body;
    `huge`, a body of `size` bytes; `wrong-account`, an answer about the account `text`.

    Attributes:
        fault: one of `FAULTS`.
        method, path, account: which requests match; None = any. `path` is one of `PATHS`: `/accounts`,
            `/accounts/{account}`, `/features/`, `/v2/account`. A POST is about the account of its token.
        nth: which of the matching requests: a number from 1 up, `"every"`, or `"first 3"`.
        probability, seed: how likely the fault then is, from 0 to 1, and where its dice start; None = anywhere.
        processed: whether the service does the work first; None = as usual for the fault.
        status, headers: for `status`, whose body is `text` in an envelope: `json` (`{"error", "code"}`), `nested`
            (`{"error": {"code", "message", "status"}}`), `text` or `html`.
        retry_after, retry_after_as: for `status`, seconds, told in the `header`, there as a `date`, or as the
            `body`'s `retryAfter`.
        seconds, size: see above.

    Raises:
        DataError: a field has no usable value.
    """

    fault: str
    method: str | None = None
    path: str | None = None
    account: str | None = None
    nth: int | str = "every"
    probability: float = 1.0
    seed: int | None = None
    processed: bool | None = None
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    envelope: str = "json"
    retry_after: float | None = None
    retry_after_as: str = "header"
    seconds: float = 1.0
    size: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        for usable, text in (
            (self.fault in list(FAULTS), f"fault must be one of {', '.join(FAULTS)}"),
            (_is_text_or_none(self.method), "method must be a text"),
            (self.path in (None, *PATHS), f"path must be one of {', '.join(PATHS)}"),
            (_is_text_or_none(self.account), "account must be a text"),
            (_is_nth(self.nth), 'nth must be a number from 1 up, "every" or "first 3"'),
            (_is_number(self.probability) and self.probability <= 1, "probability must be a number from 0 to 1"),
            (self.seed is None or _is_whole(self.seed), "seed must be a whole number"),
            (self.processed in (None, True, False), "processed must be true or false"),
            (_is_whole(self.status) and 200 <= self.status <= 599, "status must be from 200 to 599"),  # noqa: PLR2004
            (_is_headers(self.headers), "headers must be an object of texts"),
            (_is_text_or_none(self.text), "text must be a text"),
            (self.envelope in ENVELOPES, f"envelope must be one of {', '.join(ENVELOPES)}"),
            (self.retry_after is None or _is_number(self.retry_after), "retry_after must be a number from 0 up"),
            (self.retry_after_as in RETRY_AFTER_FORMS, f"retry_after_as must be one of {', '.join(RETRY_AFTER_FORMS)}"),
            (_is_number(self.seconds), "seconds must be a number from 0 up"),
            (_is_whole(self.size) and self.size > 0, "size must be a whole number of bytes"),
        ):
            if not usable:
                raise DataError(f"a fault's {text}")

    @property
    def is_processed(self) -> bool:
        """Whether the service does the request's work before the fault happens."""
        return FAULTS[self.fault] if self.processed is None else self.processed

    def matches(self, call: Call) -> bool:
        """Whether a request is one of those the rule is about."""
        return (
            self.method in (None, call.method)
            and self.path in (None, call.path)
            and self.account in (None, call.account)
        )

    def is_due(self, count: int) -> bool:
        """Whether the rule's `nth` means the matching request of this number, 1 being the first."""
        if isinstance(self.nth, int):
            return count == self.nth
        return self.nth == "every" or count <= int(self.nth.removeprefix("first "))


class Faults:
    """The rules in force. A request meets the first one that is due; every rule counts all its requests."""

    def __init__(self) -> None:
        self._rules: list[_Counted] = []

    def set(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replace all rules; counting and dice start anew.

        Raises:
            DataError: a rule is not usable; the old ones stay then.
        """
        self._rules = [_Counted(_read(rule)) for rule in rules]

    def as_json(self) -> list[dict[str, Any]]:
        """The rules, each with `matched` and `happened`: how many requests it was about, and how many met it."""
        return [{**asdict(one.rule), "matched": one.matched, "happened": one.happened} for one in self._rules]

    def choose(self, call: Call) -> Rule | None:
        """The rule whose fault this request meets."""
        due = [one for one in self._rules if one.count(call)]
        if not due:
            return None
        due[0].happened += 1
        return due[0].rule


class _Counted:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.matched = 0
        self.happened = 0
        self._dice = random.Random(rule.seed)  # noqa: S311 - nothing secret depends on it

    def count(self, call: Call) -> bool:
        """Count a request that matches; whether the fault is due."""
        if not self.rule.matches(call):
            return False
        self.matched += 1
        return self.rule.is_due(self.matched) and self._dice.random() < self.rule.probability


def _read(rule: object) -> Rule:
    known = [one.name for one in fields(Rule)]
    if not isinstance(rule, Mapping) or "fault" not in rule or not rule.keys() <= set(known):
        raise DataError(f"a fault is an object that names its fault and may have {', '.join(known[1:])}")
    return Rule(**rule)


def _is_text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_nth(value: object) -> bool:
    if isinstance(value, str):
        return _NTH.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_headers(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for pair in value.items() for text in pair)
