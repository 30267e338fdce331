"""One operation on one account through the real client or life cycle, against an emulator that misbehaves."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qs

from pulumi_useapi import client as client_module
from pulumi_useapi.client import UseApiClient
from pulumi_useapi.emulator import Emulator, Subscription
from pulumi_useapi.emulator.sample import Credentials, make_credentials
from pulumi_useapi.errors import AccountNotFoundError, UseApiError
from pulumi_useapi.lifecycle import Lifecycle
from pulumi_useapi.settings import read_settings
from tests.faults.table import OTHER_HOST, Cell
from tests.support.secret_scan import SecretScan

Properties = dict[str, Any]

SUBSCRIPTION = Subscription("one", "user:4711-dG9rZW4gb2YgdGhlIHRlc3Q", max_accounts=50)
NOW = datetime.now(timezone.utc)
URN = "urn:pulumi:dev::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::main"
MAIN, BYSTANDER = "101", "900"
OPEN_AGAIN_AFTER = 0.1
SLACK = 3.0
NO_WAIT = 0.00002

TARGETS = {
    ("client", "create"): ("POST", "list"),
    ("client", "update"): ("POST", "list"),
    ("client", "read"): ("GET", "one"),
    ("client", "delete"): ("DELETE", "one"),
    ("client", "list"): ("GET", "list"),
    ("life cycle", "create"): ("POST", "list"),
    ("life cycle", "update"): ("POST", "list"),
    ("life cycle", "read"): ("GET", "list"),
    ("life cycle", "delete"): ("DELETE", "one"),
    ("life cycle", "list"): ("GET", "list"),
}
"""The requests that meet the fault: their method and path."""

BESIDE = {
    ("life cycle", "create"): {"GET list": 1, "GET subscription": 1},
    ("life cycle", "update"): {"GET list": 1},
    ("life cycle", "delete"): {"GET list": 1},
}
"""All other requests of an operation, whatever its end."""
BESIDE_A_LIST_THAT_CAME = {"GET subscription": 1, "POST list": 1}


@dataclass
class Outcome:
    """How an operation ended."""

    error: UseApiError | None
    by_check: bool
    requests: int
    beside: dict[str, int]
    seconds: float


@dataclass
class Entry:
    """The resource as the engine's state holds it."""

    inputs: Properties
    outputs: Properties


class RefusedByCheckError(Exception):
    """check() refused the inputs."""


_waits = threading.local()


@contextmanager
def short_waits() -> Iterator[None]:
    """Let the clients of the life cycle wait as shortly between their tries as the thread's cell says."""

    def client(*arguments: Any, **options: Any) -> UseApiClient:
        return UseApiClient(*arguments, backoff=getattr(_waits, "backoff", NO_WAIT), **options)

    with mock.patch.object(client_module, "UseApiClient", client):
        yield


@dataclass
class Scene:
    """An emulator that serves one cell after the other."""

    emulator: Emulator
    other_host: str
    scan: SecretScan = field(default_factory=SecretScan)
    entry: Entry | None = None

    def __post_init__(self) -> None:
        self.scan.plant("API token", SUBSCRIPTION.api_token)
        self.bystander = self._credentials(BYSTANDER, 20)
        self.old = self._credentials(MAIN, 10)
        self.new = self._credentials(MAIN, 25)
        self.mark = 0

    def _credentials(self, account: str, days: float) -> Credentials:
        made = make_credentials(account, expires=NOW + timedelta(days=days))
        self.scan.plant_credentials(made.url, made.token)
        return made

    def play(self, cell: Cell) -> list[str]:
        """Play a cell; returns what is not as designed."""
        self._set_up(cell)
        before = self.entry
        outcome = self._disturbed(cell)
        problems = [*self._as_designed(cell, outcome), *self._consistent(cell, outcome, before)]
        self.emulator.set_faults([])
        return [*problems, *self._finished(cell)]

    # the stage

    def _set_up(self, cell: Cell) -> None:
        _waits.backoff = cell.row.backoff
        self.emulator.set_behaviour(delete_status=200)
        for account in (MAIN, BYSTANDER):
            self.emulator.delete(SUBSCRIPTION.number, account)
        self.entry = None
        with self._client(cell) as client:
            client.put_account(*self.bystander, 3)
        if self._begins_with_account(cell):
            self._up(cell, self.old)
        self.mark = max(one["sequence"] for one in self.emulator.requests())

    @staticmethod
    def _begins_with_account(cell: Cell) -> bool:
        return cell.operation != "create" and (cell.layer, cell.operation) != ("life cycle", "list")

    def _client(self, cell: Cell) -> UseApiClient:
        row = cell.row
        return UseApiClient(
            SUBSCRIPTION.api_token,
            base_url=self.emulator.base_url,
            timeout=row.timeout,
            deadline=row.deadline,
            backoff=row.backoff,
        )

    def _lifecycle(self, cell: Cell) -> Lifecycle:
        environment = {
            "USEAPI_BASE_URL": self.emulator.base_url,
            "USEAPI_API_TOKEN": SUBSCRIPTION.api_token,
            "USEAPI_TIMEOUT": str(cell.row.timeout),
            "USEAPI_DEADLINE": str(cell.row.deadline),
        }
        return Lifecycle(read_settings(lambda _: None, environment), lambda *_: None)

    # the operations

    def _disturbed(self, cell: Cell) -> Outcome:
        method, path = TARGETS[cell.layer, cell.operation]
        rule = cell.row.rule
        reopening: threading.Timer | None = None
        if rule is not None:
            headers = {name: self.other_host if text == OTHER_HOST else text for name, text in _headers(rule).items()}
            nth = "first 1" if cell.mode == "once" else "every"
            self.emulator.set_faults([{**rule, "headers": headers, "method": method, "path": path, "nth": nth}])
        else:
            self.emulator.refuse_connections()
            if cell.mode == "once":
                reopening = threading.Timer(OPEN_AGAIN_AFTER, self.emulator.accept_connections)
                reopening.start()
        started = time.monotonic()
        error, by_check = self._attempt(cell)
        seconds = time.monotonic() - started
        if reopening:
            reopening.join()
        if rule is None:
            self.emulator.accept_connections()
        calls = Counter(f"{one['method']} {path_of(one)}" for one in self.emulator.requests(self.mark))
        # A DELETE that was not believed is followed by a look at the account.
        names = {f"{method} {path}"} | ({"GET one"} if method == "DELETE" else set())
        return Outcome(
            error,
            by_check,
            sum(calls[name] for name in names),
            {name: count for name, count in calls.items() if name not in names},
            seconds,
        )

    def _attempt(self, cell: Cell) -> tuple[UseApiError | None, bool]:
        operation = self._operation(cell)
        try:
            operation()
        except UseApiError as error:
            return error, False
        except RefusedByCheckError as refused:
            return UseApiError(str(refused)), True
        return None, False

    def _operation(self, cell: Cell) -> Callable[[], object]:
        if cell.layer == "life cycle":
            if cell.operation in ("read", "delete"):
                return partial(self._refresh if cell.operation == "read" else self._destroy, cell)
            return partial(self._up, cell, self.new)

        def on_client() -> None:
            with self._client(cell) as client:
                calls: Mapping[str, Callable[[], object]] = {
                    "create": lambda: client.put_account(*self.new, 2, account=MAIN),
                    "update": lambda: client.put_account(*self.new, 2, account=MAIN),
                    "read": lambda: client.get_account(MAIN),
                    "delete": lambda: client.delete_account(MAIN),
                    "list": client.list_accounts,
                }
                calls[cell.operation]()

        return on_client

    def _up(self, cell: Cell, credentials: Credentials) -> bool:
        """What `pulumi up` does to the one resource; whether anything was to be done."""
        lifecycle = self._lifecycle(cell)
        given = {**credentials._asdict(), "maxJobs": 2}
        inputs, failures = lifecycle.check(URN, self.entry.inputs if self.entry else {}, given)
        if failures:
            raise RefusedByCheckError(" ".join(failure.reason for failure in failures))
        if self.entry is None:
            self.entry = Entry(inputs, lifecycle.create(URN, inputs)[1])
            return True
        diff = lifecycle.diff(URN, self.entry.outputs, inputs)
        assert not diff.replaces
        if diff.changes:
            self.entry = Entry(inputs, lifecycle.update(URN, self.entry.outputs, inputs))
        return diff.changes

    def _refresh(self, cell: Cell) -> None:
        assert self.entry
        seen = self._lifecycle(cell).read(URN, MAIN, self.entry.outputs)
        self.entry = Entry(seen[1] or self.entry.inputs, seen[0]) if seen else None

    def _destroy(self, cell: Cell) -> None:
        if self.entry:
            self._lifecycle(cell).delete(URN, MAIN, self.entry.outputs)
        self.entry = None

    # the verdict

    def _as_designed(self, cell: Cell, outcome: Outcome) -> Iterator[str]:
        expected = cell.expected
        seen = None if outcome.error is None else type(outcome.error)
        if (seen, outcome.by_check) != (expected.error if not expected.by_check else UseApiError, expected.by_check):
            yield f"ended with {_name(seen)}{' by check' if outcome.by_check else ''}: {outcome.error}"
        if outcome.requests != expected.requests:
            yield f"{outcome.requests} requests"
        if cell.row.rule is not None and outcome.beside != self._beside(cell):
            yield f"beside them {outcome.beside}"
        if outcome.seconds > cell.row.deadline + SLACK:
            yield f"took {outcome.seconds:.1f} s"
        text = str(outcome.error or "")
        if self.scan.find(text) or "\n" in text:
            yield f"no fit sentence: {sorted(self.scan.find(text))}"

    @staticmethod
    def _beside(cell: Cell) -> dict[str, int]:
        if (cell.layer, cell.operation) == ("life cycle", "list"):
            return {} if cell.expected.error else BESIDE_A_LIST_THAT_CAME
        return BESIDE.get((cell.layer, cell.operation), {})

    def _consistent(self, cell: Cell, outcome: Outcome, before: Entry | None) -> Iterator[str]:
        """Whether server and state fit together after the fault."""
        worked = outcome.error is None
        if not worked and self.entry is not before:
            yield "the state has changed"
        yield from self._bystander_is_untouched()
        held = self._held(MAIN)
        if cell.operation == "read" or (cell.layer, cell.operation) == ("client", "list"):
            if held != (self.old.token[-3:]):
                yield "the account has changed"
            return
        is_written = worked or (cell.row.done and cell.operation != "list")
        if cell.operation == "delete":
            if (held is None) is not is_written and not cell.row.gone:
                yield f"the service {'still has' if held else 'has lost'} the account"
            return
        unwritten = self.old.token[-3:] if cell.operation == "update" else None
        if held != (self.new.token[-3:] if is_written else unwritten):
            yield "the service holds other credentials than it should"
        if cell.layer == "life cycle" and worked:
            yield from self._fenced()

    def _finished(self, cell: Cell) -> Iterator[str]:
        """Run again, without the fault: the job is finished, and a third run finds nothing to do."""
        if cell.layer == "client":
            error, _ = self._attempt(cell)
            if error and not (cell.operation == "delete" and isinstance(error, AccountNotFoundError)):
                yield f"the second run failed: {error}"
        elif not cell.row.gone or cell.operation != "delete":
            error, _ = self._attempt(cell)
            if error:
                yield f"the second run failed: {error}"
            elif cell.operation in ("create", "update", "list"):
                yield from self._fenced()
                if self._up(cell, self.new):
                    yield "the third run still changes something"
            elif cell.operation == "delete" and self._held(MAIN):
                yield "an orphan is left"
        yield from self._bystander_is_untouched()

    def _fenced(self) -> Iterator[str]:
        """Whether the state knows the mark of the last POST that the service got."""
        echo = parse_qs(str(self._stored(MAIN).get("searchParams"))).get("unix")
        if self.entry is None or [self.entry.outputs.get("revision")] != echo:
            yield "the state does not know the revision that the service holds"

    def _bystander_is_untouched(self) -> Iterator[str]:
        if self._held(BYSTANDER) != self.bystander.token[-3:] or self._stored(BYSTANDER).get("maxJobs") != 3:
            yield "another account was touched"

    def _stored(self, account: str) -> Properties:
        found = [one for one in self.emulator.accounts(SUBSCRIPTION.number) if one["account"] == account]
        return found[0] if found else {}

    def _held(self, account: str) -> str | None:
        """The last characters of the token that the service has for an account."""
        mask = self._stored(account).get("mask")
        return None if mask is None else str(mask)[-3:]


def _headers(rule: Mapping[str, Any]) -> dict[str, str]:
    return dict(rule.get("headers", {}))


def path_of(record: Mapping[str, Any]) -> str:
    path = str(record["path"]).removeprefix("/v1/minimax")
    return {"/accounts": "list", "/features/": "features", "/v2/account": "subscription"}.get(path, "one")


def _name(error: type[UseApiError] | None) -> str:
    return "success" if error is None else error.__name__


@contextmanager
def scene(folder: Path, other_host: str) -> Iterator[Scene]:
    """A scene on an emulator of its own."""
    with Emulator(folder, subscriptions=[SUBSCRIPTION]) as emulator:
        yield Scene(emulator, other_host)
