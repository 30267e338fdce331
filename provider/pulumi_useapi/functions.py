"""Data functions for programs: what useapi.net has configured, and what an account may do now.

The plain ones ask at once and block, at preview too; the `…_output` ones take inputs and return an output, which is
unknown at preview where an input is. Their settings are the resource's: the environment wins over the stack's config.
"""

from __future__ import annotations

import asyncio
import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

import pulumi

from pulumi_useapi import messages, stack_config
from pulumi_useapi.engine.program_process import current_run
from pulumi_useapi.errors import AccountNotFoundError, ConfigurationError, UseApiError
from pulumi_useapi.settings import is_subscription_name, read_settings

if TYPE_CHECKING:
    from pulumi_useapi.connections import Connection, Connections
    from pulumi_useapi.models import Account

T = TypeVar("T")

_NOT_FOUND = 404
_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""No token, no url: what fits may be repeated in a sentence."""


@dataclass(frozen=True)
class MiniMaxAccountResult:
    """An account that is configured at useapi.net; None is what the API does not say.

    Attributes:
        account: the account id.
        max_jobs: how many jobs may run at once, 1 to 10.
        server_expiry: when the credentials at useapi.net die: RFC 3339, UTC, whole seconds.
        server_issued: when they were issued, as `server_expiry`.
        host: the site of the account, such as ``hailuoai.video``.
        support_video: whether the account makes videos.
        support_chat: whether it chats.
        support_audio: whether it makes speech.
        support_music: whether it makes music.
        error: the API's word on a broken account, None for a sound one.
    """

    account: str
    max_jobs: int | None
    server_expiry: str | None
    server_issued: str | None
    host: str | None
    support_video: bool | None
    support_chat: bool | None
    support_audio: bool | None
    support_music: bool | None
    error: str | None


@dataclass(frozen=True)
class MiniMaxFeaturesResult:
    """What an account may do now; None is what the API does not say.

    Attributes:
        credits: credits left.
        plan: the name of its MiniMax plan, such as ``Standard``.
        queue_length: how many jobs MiniMax takes into the account's queue.
        models: the names of the models that it may use.
    """

    credits: float | None
    plan: str | None
    queue_length: int | None
    models: tuple[str, ...]


def get_minimax_account(account: str, *, subscription: str | None = None) -> MiniMaxAccountResult:
    """Look an account up, at once. All look-ups of a run share one request for each subscription.

    Args:
        account: the account id, such as ``302817465``.
        subscription: the name of one of the configured API tokens, None for the default one.

    Returns:
        What useapi.net has configured.

    Raises:
        pulumi.RunError: it is not configured, a setting is missing or wrong, or the service did not answer; the
            `UseApiError` behind it is its ``__cause__``.
    """
    return _account(account, subscription, -math.inf)


def get_minimax_account_output(
    account: pulumi.Input[str], *, subscription: pulumi.Input[str | None] = None
) -> pulumi.Output[MiniMaxAccountResult]:
    """Look an account up, once the inputs are known; arguments and errors are those of `get_minimax_account`.

    Where an input is the output of a resource, the look is taken after the resource is done; at preview the result
    is unknown as long as the account is not configured.
    """
    return _later(_account, account, subscription)


def get_minimax_accounts(*, subscription: str | None = None) -> dict[str, MiniMaxAccountResult]:
    """Look up every account of a subscription, at once; argument and errors are those of `get_minimax_account`.

    Returns:
        The accounts by id; an empty dict where none is configured.
    """
    return _accounts(subscription, -math.inf)


def get_minimax_accounts_output(
    *, subscription: pulumi.Input[str | None] = None
) -> pulumi.Output[dict[str, MiniMaxAccountResult]]:
    """Look up every account of a subscription, by id, once the input is known; as `get_minimax_account_output`."""
    return _later(_accounts, subscription)


def get_minimax_features(account: str, *, subscription: str | None = None) -> MiniMaxFeaturesResult:
    """Ask for an account's credits, plan, queue and models, at once.

    Each call is a request of its own. Arguments and errors are those of `get_minimax_account`.

    Returns:
        What the account may do now.
    """
    return _features(account, subscription)


def get_minimax_features_output(
    account: pulumi.Input[str], *, subscription: pulumi.Input[str | None] = None
) -> pulumi.Output[MiniMaxFeaturesResult]:
    """Ask for an account's credits, plan, queue and models, once the inputs are known; as `get_minimax_account_output`."""
    return _later(_features, account, subscription)


def _account(account: str, subscription: str | None, not_before: float) -> MiniMaxAccountResult:
    with _said_in_one_sentence():
        asked = _checked_id(account)
        connection, now = _connect(subscription), time.monotonic()
        found = connection.listing.accounts(math.inf, not_before).get(asked)
        # Configured since the run's look, perhaps by the run itself.
        found = found or connection.listing.accounts(math.inf, now).get(asked)
        if found is None:
            raise AccountNotFoundError(messages.nothing_to_get(asked, connection.owner), _NOT_FOUND, asked)
        return _result(found, connection.owner)


def _accounts(subscription: str | None, not_before: float) -> dict[str, MiniMaxAccountResult]:
    with _said_in_one_sentence():
        connection = _connect(subscription)
        found = connection.listing.accounts(math.inf, not_before)
        return {account: _result(one, connection.owner) for account, one in found.items()}


def _features(account: str, subscription: str | None, _not_before: float = -math.inf) -> MiniMaxFeaturesResult:
    with _said_in_one_sentence():
        asked = _checked_id(account)
        found = _connect(subscription).client.get_features(asked)
        return MiniMaxFeaturesResult(found.credits, found.plan, found.queue_length, found.models)


def _later(look: Callable[..., T], *inputs: Any) -> pulumi.Output[T]:
    given = pulumi.Output.all(*inputs)

    async def ask(values: Sequence[Any]) -> T:
        of_a_resource, is_preview = bool(await given.resources()), pulumi.runtime.is_dry_run()
        not_before = time.monotonic() if of_a_resource and not is_preview else -math.inf
        try:
            # In a thread of its own: the program goes on declaring while the service answers.
            return await asyncio.to_thread(look, *values, not_before)
        except pulumi.RunError as error:
            if of_a_resource and is_preview and isinstance(error.__cause__, AccountNotFoundError):
                return cast("T", pulumi.UNKNOWN)  # a new resource's account id is known before it is configured
            raise

    return given.apply(ask)


@contextmanager
def _said_in_one_sentence() -> Iterator[None]:
    try:
        yield
    except UseApiError as error:
        raise pulumi.RunError(str(error)) from error


def _checked_id(account: object) -> str:
    if isinstance(account, str) and _ACCOUNT.fullmatch(account.strip()):
        return account.strip()
    raise ConfigurationError(
        "account: it must be an account id such as 302817465, which MiniMaxAccount gives as its output account"
    )


def _result(found: Account, owner: str) -> MiniMaxAccountResult:
    from pulumi_useapi.outputs import after_read

    told = after_read({}, found, owner)
    return MiniMaxAccountResult(
        account=found.account,
        max_jobs=found.max_jobs,
        server_expiry=told.get("serverExpiry"),
        server_issued=told.get("serverIssued"),
        host=told.get("host"),
        support_video=found.support_video,
        support_chat=found.support_chat,
        support_audio=found.support_audio,
        support_music=found.support_music,
        error=told.get("error"),
    )


_connections_by_run: WeakKeyDictionary[pulumi.Resource, Connections] = WeakKeyDictionary()
"""By the root resource of a run: one process may run the programs of several stacks, one after or beside the other."""
_connecting = threading.Lock()


def _connect(subscription: str | None) -> Connection:
    stack_config.refuse_plaintext_secrets()
    if subscription is not None and not is_subscription_name(subscription):
        raise ConfigurationError(messages.NO_SUBSCRIPTION_NAME)
    return _connections().get(subscription)


def _connections() -> Connections:
    from pulumi_useapi.connections import Connections

    run = current_run()
    with _connecting:
        connections = _connections_by_run.get(run) if run else None
        if connections is None:
            connections = Connections(read_settings(stack_config.lookup))
            if run:
                _connections_by_run[run] = connections
    return connections
