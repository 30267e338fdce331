"""The fault matrix as it is designed: every fault, and what each operation makes of it. Nothing here is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_useapi.errors import (
    AccountNotFoundError,
    AccountOnHoldError,
    AccountSuspendedError,
    ApiTokenRefusedError,
    BadRequestError,
    ForbiddenError,
    InsufficientCreditsError,
    MiniMaxCredentialsRefusedError,
    RateLimitedError,
    ServerError,
    SubscriptionExpiredError,
    TimedOutError,
    UnexpectedAnswerError,
    UnreachableError,
    UseApiError,
)

LAYERS = ("client", "life cycle")
OPERATIONS = ("create", "update", "read", "delete", "list")
"""In the life cycle, `read` is a refresh, and `list` the look before an account is created."""
MODES = ("once", "always")

OTHER_HOST = "other host"
"""Stands for the address of a server that must never be asked."""
NOT_FOUND = "Configuration not found. To create configuration use POST /accounts/account."


@dataclass(frozen=True)
class Expected:
    """How an operation ends, and after how many of the requests that meet the fault."""

    error: type[UseApiError] | None
    requests: int
    by_check: bool = False
    """The preview already refuses it, in the error's words."""


def ok(requests: int) -> Expected:
    return Expected(None, requests)


def fails(error: type[UseApiError], requests: int) -> Expected:
    return Expected(error, requests)


@dataclass(frozen=True)
class Row:
    """One fault.

    Attributes:
        name: as printed.
        rule: the emulator's rule, less what it matches; None = nobody listens.
        once: what becomes of it if it passes by, before the next request or soon.
        always: what becomes of it if it stays.
        but: where an operation differs: by layer, operation and mode (`"client delete once"`), or by layer and
            operation for both modes.
        done: whether the service has done the work although the operation failed.
        passing: the preview goes on with a warning when the look for a new account fails so; else it refuses.
        gone: the service says that the account does not exist, though it does.
        timeout, deadline, backoff: settings, in seconds.
    """

    name: str
    rule: Mapping[str, Any] | None
    once: Expected
    always: Expected
    but: Mapping[str, Expected] = field(default_factory=dict)
    done: bool = False
    passing: bool = False
    gone: bool = False
    timeout: float = 10.0
    deadline: float = 30.0
    backoff: float = 0.00002

    def expected(self, layer: str, operation: str, mode: str) -> Expected:
        """What is designed for one cell."""
        for key in (f"{layer} {operation} {mode}", f"{layer} {operation}"):
            if key in self.but:
                return self.but[key]
        usual = self.once if mode == "once" else self.always
        if (layer, operation) == ("life cycle", "list") and usual.error and not self.passing:
            return Expected(usual.error, usual.requests, by_check=True)
        return usual


def status(code: int, text: str | None = None, **more: Any) -> dict[str, Any]:
    return {"fault": "status", "status": code, **({} if text is None else {"text": text}), **more}


def refusal(name: str, rule: Mapping[str, Any], error: type[UseApiError], **more: Any) -> Row:
    """What is never tried again."""
    return Row(name, rule, fails(error, 1), fails(error, 1), **more)


# The first DELETE has worked, so the second finds nothing: all is well for who wants the account gone.
DELETED_BEFORE = {"client delete once": fails(AccountNotFoundError, 2), "life cycle delete once": ok(2)}
# A success without a word is believed only when the account cannot be read any more: DELETE, GET.
DELETED_AND_LOOKED = {"client delete": ok(2), "life cycle delete": ok(2)}
# Refresh and destroy explain that Pulumi used the configuration stored in the state.
STORED_TOKEN = {"life cycle read": fails(UseApiError, 1), "life cycle delete": fails(UseApiError, 1)}
OWN_404 = {
    "client read": fails(AccountNotFoundError, 1),
    "client delete": fails(AccountNotFoundError, 1),
    "life cycle delete": ok(1),
}
EACH_TRY = 0.6

ROWS = (
    # refusals of the API: never tried again, each with a class of its own
    refusal("400 bad field", status(400, "Parameter maxJobs is required."), BadRequestError),
    refusal("401 API token", status(401, "Unauthorized"), ApiTokenRefusedError, but=STORED_TOKEN),
    refusal("401 login", status(401, "Wrong username/password combination."), MiniMaxCredentialsRefusedError),
    refusal("401 suspended", status(401, "This account has been suspended."), AccountSuspendedError),
    refusal(
        "402 subscription expired",
        status(402),
        SubscriptionExpiredError,
        but={"life cycle delete": fails(UseApiError, 1)},
    ),
    refusal("403", status(403), ForbiddenError),
    refusal(
        "404 the API's own", status(404, NOT_FOUND, envelope="text"), UnexpectedAnswerError, but=OWN_404, gone=True
    ),
    refusal("404 a page", status(404, "Not Found", envelope="html"), UnexpectedAnswerError),
    refusal("412 credits", status(412), InsufficientCreditsError),
    refusal("596 on hold", status(596), AccountOnHoldError),
    refusal("596 on hold, nested", status(596, "REFRESH_FAILED", envelope="nested"), AccountOnHoldError),
    # too many requests
    Row("429", status(429), ok(2), fails(RateLimitedError, 11), passing=True),
    Row(
        "429 Retry-After: 1 second",
        status(429, retry_after=1),
        ok(2),
        fails(RateLimitedError, 3),
        passing=True,
        deadline=2.7,
    ),
    Row(
        "429 Retry-After: a date in 1-2 s",
        status(429, retry_after=1, retry_after_as="date"),
        ok(2),
        fails(RateLimitedError, 2),
        passing=True,
        deadline=2.9,
    ),
    Row(
        "429 retryAfter in the body: 1 s",
        status(429, retry_after=1, retry_after_as="body"),
        ok(2),
        fails(RateLimitedError, 3),
        passing=True,
        deadline=2.7,
    ),
    refusal("429 Retry-After: an hour", status(429, retry_after=3600), RateLimitedError, passing=True),
    refusal(
        "429 Retry-After: a date in an hour",
        status(429, retry_after=3600, retry_after_as="date"),
        RateLimitedError,
        passing=True,
    ),
    refusal(
        "429 retryAfter in the body: a century",
        status(429, retry_after=3e9, retry_after_as="body"),
        RateLimitedError,
        passing=True,
    ),
    refusal(
        "429 Retry-After: 300 digits", status(429, headers={"Retry-After": "9" * 300}), RateLimitedError, passing=True
    ),
    # the service is in trouble
    Row("500", status(500), ok(2), fails(ServerError, 2), passing=True),
    Row("502 a page", status(502, envelope="html"), ok(2), fails(ServerError, 11), passing=True),
    Row("503", status(503), ok(2), fails(ServerError, 11), passing=True),
    Row("504", status(504, "", envelope="text"), ok(2), fails(ServerError, 11), passing=True),
    Row(
        "504 after the work was done",
        status(504, processed=True),
        ok(2),
        fails(ServerError, 11),
        but=DELETED_BEFORE,
        done=True,
        passing=True,
    ),
    refusal("503 Retry-After: an hour", status(503, retry_after=3600), ServerError, passing=True),
    # too slow
    Row("slow first byte, in time", {"fault": "slow-start", "seconds": 0.05}, ok(1), ok(1)),
    Row("slow body, in time", {"fault": "slow-body", "seconds": 0.05}, ok(1), ok(1)),
    Row(
        "slow first byte, too late",
        {"fault": "slow-start", "seconds": 3},
        ok(2),
        fails(TimedOutError, 5),
        but=DELETED_BEFORE,
        done=True,
        passing=True,
        timeout=EACH_TRY,
    ),
    Row(
        "slow body, too late",
        {"fault": "slow-body", "seconds": 3},
        ok(2),
        fails(TimedOutError, 5),
        but=DELETED_BEFORE,
        done=True,
        passing=True,
        timeout=EACH_TRY,
    ),
    Row("hang", {"fault": "hang"}, ok(2), fails(TimedOutError, 5), passing=True, timeout=EACH_TRY),
    # the connection
    Row("nobody listens", None, ok(1), fails(UnreachableError, 0), passing=True, backoff=0.1),
    Row("reset before the work", {"fault": "reset"}, ok(2), fails(UnreachableError, 5), passing=True),
    Row(
        "reset after the work",
        {"fault": "reset", "processed": True},
        ok(2),
        fails(UnreachableError, 5),
        but=DELETED_BEFORE,
        done=True,
        passing=True,
    ),
    Row(
        "closed before the work", {"fault": "lost", "processed": False}, ok(2), fails(UnreachableError, 5), passing=True
    ),
    Row(
        "answer lost after the work",
        {"fault": "lost"},
        ok(2),
        fails(UnreachableError, 5),
        but=DELETED_BEFORE,
        done=True,
        passing=True,
    ),
    Row(
        "body cut",
        {"fault": "cut"},
        ok(2),
        fails(UnreachableError, 5),
        but=DELETED_BEFORE,
        done=True,
        passing=True,
    ),
    # answers that are not the API's
    refusal("truncated JSON", {"fault": "truncated"}, UnexpectedAnswerError, but=DELETED_AND_LOOKED, done=True),
    Row("content type text/plain", {"fault": "content-type"}, ok(1), ok(1)),
    refusal("200 a page", status(200, "Sign in", envelope="html"), UnexpectedAnswerError),
    refusal("200 empty", {"fault": "empty"}, UnexpectedAnswerError, but=DELETED_AND_LOOKED, done=True),
    refusal(
        "200 empty, nothing done",
        {"fault": "empty", "processed": False},
        UnexpectedAnswerError,
        but={"client delete": fails(UnexpectedAnswerError, 2), "life cycle delete": fails(UnexpectedAnswerError, 2)},
    ),
    refusal("200 an error", status(200, "Service unavailable"), UnexpectedAnswerError),
    refusal("200 an error, nested", status(200, "Backend error", envelope="nested"), UnexpectedAnswerError),
    refusal("huge body", {"fault": "huge"}, UnexpectedAnswerError, done=True),
    refusal("302 to another host", status(302, headers={"Location": OTHER_HOST}), UnexpectedAnswerError),
    refusal("307 to another host", status(307, headers={"Location": OTHER_HOST}), UnexpectedAnswerError),
    refusal("another account in the answer", {"fault": "wrong-account"}, UnexpectedAnswerError, done=True),
)


@dataclass(frozen=True)
class Cell:
    """One fault met by one operation."""

    row: Row
    mode: str
    layer: str
    operation: str

    @property
    def expected(self) -> Expected:
        return self.row.expected(self.layer, self.operation, self.mode)

    def __str__(self) -> str:
        return f"{self.row.name}, {self.mode}: {self.layer} {self.operation}"


def cells() -> Iterator[Cell]:
    """Every cell, row by row."""
    return (
        Cell(row, mode, layer, operation)
        for row in ROWS
        for mode in MODES
        for layer in LAYERS
        for operation in OPERATIONS
    )
