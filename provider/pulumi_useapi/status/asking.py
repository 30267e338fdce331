"""Asks every configured subscription what it holds, all of them at the same time."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pulumi_useapi.connections import Connection, Connections
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.http.endpoint import api_token_variable
from pulumi_useapi.models import Account, Features
from pulumi_useapi.settings import Settings, as_object
from pulumi_useapi.status.quantities import count

SUBSCRIPTIONS_KEY = "useapi:subscriptions"
LONGEST_WAIT = 30.0
"""Seconds after which a subscription that does not answer is given up; a person waits for it."""
FEW = 10
"""Accounts up to which plan and credits are asked for unless told otherwise: each is a request of its own."""

_AT_ONCE = 8
_VARIABLE = api_token_variable(None) + "_"
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Asked:
    """What one subscription answered.

    Attributes:
        names: its names; None is the default one.
        owner: see `owner_of`; None where its API token is missing or unusable.
        accounts: what it has configured, by account id; None where it could not be asked.
        features: plan and credits by account id, as far as they were asked for and answered.
        problem: one sentence on why it could not be asked.
    """

    names: tuple[str | None, ...]
    owner: str | None = None
    accounts: Mapping[str, Account] | None = None
    features: Mapping[str, Features] = field(default_factory=dict)
    problem: str | None = None

    @property
    def title(self) -> str:
        """How to call it in a sentence."""
        names = [name for name in self.names if name is not None]
        if len(names) < len(self.names):
            names.insert(0, "default")
        return ", ".join(names)


def subscription_names(
    config: Mapping[str, object], used: Iterable[str | None], environ: Mapping[str, str] = os.environ
) -> list[str | None]:
    """The names of the configured subscriptions: in the config, in the environment, or used by an account.

    None, the default one, comes first; whether it has an API token is not looked at.

    Raises:
        ConfigurationError: ``useapi:subscriptions`` is no object.
    """
    known = {*as_object(config.get(SUBSCRIPTIONS_KEY), SUBSCRIPTIONS_KEY), *(name for name in used if name)}
    variables = {api_token_variable(name) for name in known}
    for variable in environ:
        if variable.startswith(_VARIABLE) and variable not in variables and environ[variable].strip():
            known.add(variable.removeprefix(_VARIABLE).lower().replace("_", "-"))
    return [None, *sorted(known)]


def ask_all(
    settings: Settings,
    names: Iterable[str | None],
    *,
    with_features: bool | None = None,
    needed: Collection[str | None] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Asked]:
    """Ask each subscription for its accounts; one that fails takes nothing from the others.

    Args:
        settings: where and with what.
        names: see `subscription_names`.
        with_features: whether plan and credits are asked for too; None = where there are only a few accounts.
        needed: the names that it is a fault for to have no API token.
        progress: told what is going on.
    """
    patient = replace(settings, deadline=min(settings.deadline, LONGEST_WAIT))
    connections, failed = _connect(Connections(patient), names, needed)
    progress(f"asking useapi.net for the accounts of {count(len(connections), 'subscription')}")
    asked = _together(connections, _ask)
    if with_features is None:
        with_features = sum(len(one.accounts or {}) for one, _ in asked) <= FEW
    answers = [one for one, _ in asked]
    if with_features:
        wanted = [
            (connection, account.account)
            for one, connection in asked
            for account in (one.accounts or {}).values()
            if account.error is None
        ]
        progress(f"asking for plan and credits of {count(len(wanted), 'account')}")
        answers = _with_features(asked, wanted)
    return [*answers, *failed]


_Named = tuple[tuple[str | None, ...], Connection]


def _connect(
    connections: Connections, names: Iterable[str | None], needed: Collection[str | None]
) -> tuple[list[_Named], list[Asked]]:
    """One connection for each API token, however many names it has; and the names without a usable one."""
    named: dict[str, tuple[list[str | None], Connection]] = {}
    failed = []
    for name in names:
        try:
            connection = connections.get(name) if name in needed else connections.find(name)
        except UseApiError as error:
            failed.append(Asked((name,), problem=str(error)))
            continue
        if connection is not None:
            named.setdefault(connection.owner, ([], connection))[0].append(name)
    return [(tuple(of_one), connection) for of_one, connection in named.values()], failed


def _ask(named: _Named) -> tuple[Asked, Connection]:
    names, connection = named
    try:
        accounts = connection.client.list_accounts()
    except UseApiError as error:
        return Asked(names, connection.owner, problem=str(error)), connection
    return Asked(names, connection.owner, accounts), connection


def _with_features(asked: Sequence[tuple[Asked, Connection]], wanted: Sequence[tuple[Connection, str]]) -> list[Asked]:
    keys = [(connection.owner, account) for connection, account in wanted]
    features = dict(zip(keys, _together(wanted, _features_of), strict=True))
    return [
        replace(
            one,
            features={
                account: found
                for account in one.accounts or {}
                if (found := features.get((connection.owner, account))) is not None
            },
        )
        for one, connection in asked
    ]


def _features_of(wanted: tuple[Connection, str]) -> Features | None:
    connection, account = wanted
    try:
        return connection.adviser.get_features(account)
    except UseApiError:  # good to know, no more; what matters is in the list of accounts
        return None


def _together(items: Sequence[_T], work: Callable[[_T], _R]) -> list[_R]:
    """The results, in order, of work that waits for a network.

    Its threads do not outlive the main one: a Ctrl-C ends the program at once, not after the last answer.
    """
    futures: list[Future[_R]] = [Future() for _ in items]
    waiting: queue.SimpleQueue[tuple[_T, Future[_R]]] = queue.SimpleQueue()
    for pair in zip(items, futures, strict=True):
        waiting.put(pair)

    def serve() -> None:
        while True:
            try:
                item, future = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                future.set_result(work(item))
            except BaseException as error:  # noqa: BLE001 - raised again where the result is taken
                future.set_exception(error)

    for _ in range(min(len(items), _AT_ONCE)):
        threading.Thread(target=serve, daemon=True).start()
    return [future.result() for future in futures]
