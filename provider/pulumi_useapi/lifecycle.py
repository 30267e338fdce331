"""The life cycle of a MiniMax account on plain data: check, diff, create, read, update, delete.

Knows no Pulumi types: a resource is a mapping of properties under the API's names and an address (its URN) that is
only shown and compared. The API's POST silently overwrites and its answers are redacted, so this module looks
before it writes, and fences what it wrote: see `delete`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pulumi_useapi import messages
from pulumi_useapi.connections import Connection, Connections
from pulumi_useapi.credentials import Claims, parse_token, with_revision
from pulumi_useapi.declarations import Declarations
from pulumi_useapi.errors import (
    AccountNotFoundError,
    AccountOnHoldError,
    AlreadyConfiguredError,
    ApiTokenRefusedError,
    ConfigurationError,
    InvalidCredentialsError,
    LifecycleError,
    NewerCredentialsError,
    OwnerMismatchError,
    RateLimitedError,
    ServerError,
    SubscriptionExpiredError,
    SuccessorNotConfiguredError,
    TransportError,
    UseApiError,
)
from pulumi_useapi.fencing import first_revision, next_revision, was_posted_by_another
from pulumi_useapi.inputs import DELETE_BEFORE_REPLACE, UNKNOWN, Failure, check_plain_inputs, required_text
from pulumi_useapi.listing import MAX_AGE
from pulumi_useapi.look_ahead import LookAhead
from pulumi_useapi.models import Account
from pulumi_useapi.outputs import (
    SAME_MOMENT,
    Properties,
    after_post,
    after_read,
    derived_inputs,
    drifted_inputs,
    has_newer_credentials,
    needs_post,
    shows_change,
)
from pulumi_useapi.run_note import Line, RunNote
from pulumi_useapi.settings import Settings, is_subscription_name

JOBS_OF_EVERY_PLAN = 3
"""Any plan can use as many jobs at once, by the API page's advice; more is worth a question."""
SHORTEST_SIGNATURE = 40
"""Characters of the shortest signature that a JWT library makes (HS256)."""
SHORTEST_TAIL = 3
"""Characters at the end of a mask that are too many to be equal by chance."""
JOBS_BY_PLAN = {"free": 3, "standard": 4, "unlimited": 4}


@dataclass(frozen=True)
class Diff:
    """What a change leads to: nothing, an update, or a replacement because of the properties in `replaces`."""

    changes: bool
    replaces: tuple[str, ...] = ()


Report = Callable[[str, str, str], None]
"""Tells the person something about a resource: a severity ("info" or "warning"), the sentence, the URN."""


class Lifecycle:
    """The life cycle of all accounts that one provider process serves; safe to call from many threads.

    Args:
        settings: where the service is, and the API tokens.
        report: shows a line under a resource.
        now: the clock, UTC.
        note: what the run's program and its other provider processes know.
    """

    def __init__(
        self,
        settings: Settings,
        report: Report,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        note: RunNote | None = None,
    ) -> None:
        self._settings = settings
        self._connections = Connections(settings)
        self._declarations = Declarations()
        self._note = note or RunNote(None)
        self._look_ahead = LookAhead(self._connections, self._note)
        self._show = report
        self._reported: set[tuple[str, str]] = set()
        self._now = now
        self._lock = threading.Lock()
        self._posted_numbers: set[tuple[str, str, str | None, str | None]] = set()
        self._warned_unreachable = False
        self._deleting_since: float | None = None
        self._refreshed: dict[str, bool] = {}

    # check

    def check(self, urn: str, olds: Properties, news: Properties) -> tuple[dict[str, Any], list[Failure]]:
        """Validate the inputs and add the ones derived from the token: account, jwtExpiry, jwtIssued.

        What depends on an unknown value is unknown. The account of a new resource is looked up, so that a preview
        already tells what `create` would refuse.
        """
        self._refreshed.pop(urn, None)
        self._deleting_since = None
        inputs = {key: value.strip() if isinstance(value, str) else value for key, value in news.items()}
        is_deleted_first = inputs.pop(DELETE_BEFORE_REPLACE, None) is True
        failures = check_plain_inputs(inputs)
        if inputs.get("token") is UNKNOWN:
            return inputs | dict.fromkeys(("account", "jwtExpiry", "jwtIssued"), UNKNOWN), failures
        try:
            claims = parse_token(required_text(inputs, "token"))
        except InvalidCredentialsError as error:
            return inputs, [*failures, Failure("", str(error))]
        inputs |= derived_inputs(claims)
        if claims.has_expired(self._now()) and inputs["token"] != _stripped(olds.get("token")):
            is_moved = olds.get("account") != claims.account and self._is_configured(inputs, claims.account)
            sentence = messages.expired_when_moved if is_moved else messages.expired
            failures.append(Failure("", sentence(claims, self._now(), urn)))
        if not failures and inputs.get("subscription") is not UNKNOWN:
            frees = _replaced_account(olds, inputs) if is_deleted_first else None
            failures += self._check_declaration(urn, olds, inputs, claims, frees)
        return inputs, failures

    def _check_declaration(
        self, urn: str, olds: Properties, inputs: dict[str, Any], claims: Claims, frees: str | None
    ) -> list[Failure]:
        name = inputs.get("subscription")
        try:
            connection = self._connections.find(name)
            if not connection and (olds.get("account"), olds.get("subscription")) != (claims.account, name):
                self._refuse_unknown_name(name)
        except ConfigurationError as error:
            return [Failure("", str(error))]
        owner = connection.owner if connection else f"subscription {name}"
        is_established = olds.get("account") == claims.account
        other = self._declarations.declare((owner, claims.account), urn, established=is_established, frees=frees)
        self._note.add(Line(urn, claims.account, owner=owner, is_held=is_established))
        if other:
            return [Failure("", messages.declared_twice(claims.account, other.urn, urn))]
        if is_established:
            self._look_ahead.expect_little()
        if not connection or is_established or inputs.get("url") is UNKNOWN:
            return []
        self._look_ahead.begin(connection, with_limit=True)
        try:
            self._refuse_overwriting(connection, inputs, claims, self._look(connection), urn)
            self._refuse_beyond_limit(connection, claims.account, olds.get("account"), urn)
        except (TransportError, RateLimitedError, ServerError) as error:
            self._warn_unreachable(error, urn)
        except UseApiError as error:
            return [Failure("", str(error))]
        return []

    def _refuse_unknown_name(self, subscription: str | None) -> None:
        """A preview needs no API token at all; a name without one, beside others that have theirs, is a slip."""
        if subscription and self._settings.known_subscriptions():
            self._settings.api_token(subscription)

    def _report(self, severity: str, message: str, urn: str) -> None:
        """Show a line once: the engine may ask for the same diff or read several times."""
        with self._lock:
            if (message, urn) in self._reported:
                return
            self._reported.add((message, urn))
        self._show(severity, message, urn)

    def _is_configured(self, inputs: Properties, account: str) -> bool:
        name = inputs.get("subscription")
        try:
            connection = self._connections.find(name) if name is None or is_subscription_name(name) else None
            return connection is not None and account in self._look(connection)
        except UseApiError:  # a hint less; the token is refused all the same
            return False

    def _warn_unreachable(self, error: UseApiError, urn: str) -> None:
        with self._lock:
            if self._warned_unreachable:
                return
            self._warned_unreachable = True
        self._report("warning", messages.not_looked(error), urn)

    def _refuse_beyond_limit(self, connection: Connection, account: str, replaced: str | None, urn: str) -> None:
        configured = set(self._look(connection))
        limit = connection.ask_for_account_limit() if account not in configured else None
        if limit is None:
            return
        kept = configured - self._declarations.freed_accounts(connection.owner)
        coming = [one for one in self._declarations.new_accounts(connection.owner) if one not in configured]
        count = len(kept) + coming.index(account) + 1
        if count <= limit:
            return
        if replaced in kept:
            raise LifecycleError(messages.replacement_beyond_limit(account, limit, count, urn))
        raise LifecycleError(messages.beyond_limit(account, limit, count))

    # diff

    def diff(self, urn: str, olds: Properties, news: Properties) -> Diff:
        """What the new inputs change against the stored outputs.

        After a `read` the engine asks once with what was read against the inputs as they were stored, to show what
        the refresh found: nothing is looked up or refused then.

        Raises:
            OwnerMismatchError, NewerCredentialsError: what `update` would refuse, as far as it is known now.
        """
        self._remember_numbers(olds)
        if urn in self._refreshed:
            return Diff(changes=self._refreshed.pop(urn))
        if any(news.get(key) is UNKNOWN for key in ("token", "url", "maxJobs", "subscription")):
            return Diff(changes=True)
        if olds.get("account") != news["account"]:
            return Diff(changes=True, replaces=("account",))
        is_renamed = olds.get("subscription") != news.get("subscription")
        if is_renamed and self._leads_elsewhere(olds, news.get("subscription")):
            return Diff(changes=True, replaces=("subscription",))
        if has_newer_credentials(olds) and not needs_post(olds, news):
            self._report("warning", messages.renewed_elsewhere(olds), urn)
        if needs_post(olds, news):
            ends = news.get("jwtExpiry")
            if ends and ends < str(olds.get("jwtExpiry", "")):  # RFC 3339, so the texts compare as the moments do
                self._report("warning", messages.ends_earlier(news["account"], ends, olds), urn)
            self._preview_update(urn, olds, news)
            return Diff(changes=True)
        return Diff(changes=is_renamed)

    def _leads_elsewhere(self, olds: Properties, subscription: str | None) -> bool:
        connection = self._connections.find(subscription)
        return connection is None or not self._is_owner(connection, olds)

    def _preview_update(self, urn: str, olds: Properties, news: Properties) -> None:
        connection = self._connections.find(news.get("subscription"))
        if not connection:
            return
        self._require_owner(connection, olds)
        self._look_ahead.begin(connection, with_limit=False)
        try:
            self._refuse_downgrade(connection, olds, news)
        except (TransportError, RateLimitedError, ServerError) as error:
            self._warn_unreachable(error, urn)

    # create, update

    def create(self, urn: str, inputs: Properties) -> tuple[str, dict[str, Any]]:
        """Configure the account; returns its id and the outputs.

        Raises:
            AlreadyConfiguredError: the account is there with other credentials, and `adopt` was not given.
            UseApiError: the service refused, or could not be reached.
        """
        connection = self._connections.get(inputs.get("subscription"))
        claims = parse_token(inputs["token"])
        existing = self._look(connection)
        self._refuse_overwriting(connection, inputs, claims, existing, urn)
        found = existing.get(claims.account)
        is_same = found is not None and self._is_same(connection, found, inputs, claims)
        revision = first_revision(_milliseconds(), found.revision if found else None)
        outputs = self._post(connection, urn, inputs, revision)
        if found:
            self._report("info", messages.taken_over(claims.account, is_same), urn)
        return claims.account, outputs

    def update(self, urn: str, olds: Properties, news: Properties) -> dict[str, Any]:
        """Make the account what the inputs say; returns the outputs. No request where nothing has to be told.

        Raises:
            OwnerMismatchError: the API token at hand is not of the subscription that the account belongs to.
            NewerCredentialsError: the server holds newer credentials than ours, and `adopt` was not given.
            UseApiError: the service refused, or could not be reached.
        """
        connection = self._connections.get(news.get("subscription"))
        self._require_owner(connection, olds)
        if not needs_post(olds, news):
            kept = {key: value for key, value in olds.items() if key not in ("subscription", "adopt")}
            kept["owner"] = connection.owner
            return kept | {key: news[key] for key in ("subscription", "adopt", "url") if key in news}
        self._refuse_downgrade(connection, olds, news)
        revision = next_revision(_milliseconds(), olds.get("revision"))
        return self._post(connection, urn, news, revision, known_max_jobs=olds.get("maxJobs"))

    def _post(
        self, connection: Connection, urn: str, inputs: Properties, revision: str, known_max_jobs: object = None
    ) -> dict[str, Any]:
        account, max_jobs = inputs["account"], int(inputs["maxJobs"])
        marked = with_revision(inputs["url"], revision)
        try:
            answer = connection.client.put_account(marked or inputs["url"], inputs["token"], max_jobs, account=account)
        except AccountOnHoldError as error:
            raise AccountOnHoldError(messages.on_hold(error, urn), error.status, account) from None
        connection.listing.enter(account, answer)
        self._declarations.mark_configured((connection.owner, account))
        self._note.add(Line(urn, account, owner=connection.owner, is_held=True))
        if answer.error:
            self._report("warning", messages.broken(account, answer.error), urn)
        if max_jobs != known_max_jobs and max_jobs > JOBS_OF_EVERY_PLAN:
            self._advise_max_jobs(connection, account, max_jobs, urn)
        return after_post({**inputs, "maxJobs": max_jobs}, answer, connection.owner, revision if marked else None)

    def _advise_max_jobs(self, connection: Connection, account: str, max_jobs: int, urn: str) -> None:
        try:
            plan = connection.adviser.get_features(account).plan
        except UseApiError:  # an advice less; the account itself is configured
            return
        usable = JOBS_BY_PLAN.get((plan or "").lower())
        if usable is not None and max_jobs > usable:
            self._report("warning", messages.more_jobs_than_usable(account, max_jobs, usable, str(plan)), urn)

    # read

    def read(self, urn: str, account: str, stored: Properties) -> tuple[dict[str, Any], dict[str, Any] | None] | None:
        """The outputs as the service sees the account now, and the inputs where they drifted (None: as they are).

        None where the service, asked as the account's owner, says that there is no such account.

        Raises:
            OwnerMismatchError: the API token at hand is not of the subscription that the account belongs to.
            UseApiError: the service refused, or could not be reached; nothing is known then.
        """
        connection = self._stored_connection(stored)
        try:
            found = self._look(connection, max_age=float("inf")).get(account)
        except ApiTokenRefusedError as error:
            raise UseApiError(messages.stored_configuration(error, stored.get("subscription"))) from None
        if not found:
            if "owner" not in stored:  # a look-up by the program; the engine would go on without a word
                raise LifecycleError(messages.nothing_to_get(account, connection.owner))
            return None
        outputs = after_read(stored, found, connection.owner)
        if found.error:
            self._report("warning", messages.broken(account, outputs["error"]), urn)
        if has_newer_credentials(outputs):
            self._report("warning", messages.renewed_elsewhere(outputs), urn)
        if outputs == stored:
            self._refreshed[urn] = False
            return outputs, None
        self._refreshed[urn] = shows_change(stored, outputs)
        inputs = drifted_inputs(outputs)
        return outputs, inputs if inputs != drifted_inputs(stored) else None

    # delete

    def delete(self, urn: str, account: str, stored: Properties) -> None:
        """Delete the account, unless it now belongs to another entry: then only this entry goes.

        An upsert API cannot say who owns an account, but it echoes the `unix` parameter of the url, which every POST
        of ours sets to a `revision` with the entry's own mark. Another mark at the server: someone posted since. Our
        own: it is ours to delete, unless the running program declares the account elsewhere, and has not configured
        it there yet.

        Raises:
            OwnerMismatchError: the API token at hand is not of the subscription that the account belongs to.
            SuccessorNotConfiguredError: the entry must stay until its successor is configured.
            UseApiError: the service refused, or could not be reached.
        """
        connection = self._stored_connection(stored)
        try:
            found = self._look_to_delete(connection).get(account)
            if not found:
                return
            if self._has_successor(connection, urn, account, stored, found):
                self._report("info", messages.left_to_successor(account), urn)
                return
            connection.client.delete_account(account)
        except AccountNotFoundError:
            pass
        except (ApiTokenRefusedError, SubscriptionExpiredError) as error:
            raise UseApiError(messages.cannot_delete(error, urn, stored.get("subscription"))) from None
        except AccountOnHoldError as error:
            raise AccountOnHoldError(messages.on_hold(error, urn), error.status, account) from None
        connection.listing.enter(account, None)

    def _has_successor(
        self, connection: Connection, urn: str, account: str, stored: Properties, found: Account
    ) -> bool:
        if was_posted_by_another(stored, found, connection.owner):
            return True
        declaration = self._declarations.get((connection.owner, account))
        if declaration is None:
            return self._has_successor_elsewhere(connection, urn, account)
        is_own_replacement = declaration.urn == urn  # deleted before it is created again, with the same id
        if not (declaration.configured or declaration.established or is_own_replacement):
            raise SuccessorNotConfiguredError(messages.successor_not_configured(account, declaration.urn))
        return True

    def _has_successor_elsewhere(self, connection: Connection, urn: str, account: str) -> bool:
        """Whether another resource, one that this process was not asked about, has the account now.

        Raises:
            SuccessorNotConfiguredError: another one is to have it, but is left out of this run or not configured yet.
        """
        elsewhere = [line for line in self._note.lines(account) if line.urn != urn and _same_stack(line.urn, urn)]
        owners = {line.urn: line.owner for line in elsewhere if line.owner}
        if any(line.is_held and line.owner == connection.owner for line in elsewhere):
            return True
        for line in elsewhere:
            if owners.get(line.urn, self._owner_of(line.subscription)) == connection.owner:
                raise SuccessorNotConfiguredError(messages.successor_left_out(account, line.urn))
        return False

    def _owner_of(self, subscription: str | None) -> str | None:
        connection = self._connections.find(subscription)
        return connection.owner if connection else None

    # looking

    def _look(self, connection: Connection, max_age: float = MAX_AGE) -> dict[str, Account]:
        return connection.listing.accounts(max_age)

    def _look_to_delete(self, connection: Connection) -> dict[str, Account]:
        """What the service holds now that the program has had its say: another process may have posted since `check`."""
        with self._lock:
            since = self._deleting_since = self._deleting_since or time.monotonic()
        return connection.listing.accounts(not_before=since)

    def _refuse_overwriting(
        self,
        connection: Connection,
        inputs: Properties,
        claims: Claims,
        existing: Mapping[str, Account],
        urn: str,
    ) -> None:
        found = existing.get(claims.account)
        if not found or inputs.get("adopt") is True or self._is_same(connection, found, inputs, claims):
            return
        raise AlreadyConfiguredError(messages.already_configured(claims.account, found.exp, urn))

    def _is_same(self, connection: Connection, found: Account, inputs: Properties, claims: Claims) -> bool:
        """Whether the server holds the very credentials of these inputs, or those that this stack posted last."""
        if found.user_id not in (None, claims.account):
            return False
        if _shows_ends_of(found.masked_token, inputs["token"]):
            return True
        if found.exp is not None and abs(found.exp - claims.exp) <= SAME_MOMENT:
            return True
        return self._numbers_key(connection.owner, claims.account, found) in self._posted_numbers

    def _refuse_downgrade(self, connection: Connection, olds: Properties, news: Properties) -> None:
        found = self._look(connection).get(news["account"])
        if not found or found.exp is None:
            return
        seen = after_read(olds, found, connection.owner) | {"jwtExpiry": news["jwtExpiry"]}
        if not has_newer_credentials(seen):
            return
        has_expired = parse_token(news["token"]).has_expired(self._now())
        if has_expired or news.get("adopt") is not True:
            raise NewerCredentialsError(messages.newer_at_server(news["account"], found.exp, has_expired))

    def _remember_numbers(self, olds: Properties) -> None:
        if "owner" in olds and "account" in olds:
            numbers = (olds["owner"], olds["account"], olds.get("postedExpiry"), olds.get("postedIssued"))
            self._posted_numbers.add(numbers)

    @staticmethod
    def _numbers_key(owner: str, account: str, found: Account) -> tuple[str, str, str | None, str | None]:
        seen = after_read({}, found, owner)
        return owner, account, seen.get("serverExpiry"), seen.get("serverIssued")

    # owner

    def _stored_connection(self, stored: Properties) -> Connection:
        connection = self._connections.get(stored.get("subscription"))
        self._require_owner(connection, stored)
        return connection

    def _is_owner(self, connection: Connection, stored: Properties) -> bool:
        return stored.get("owner") in (None, connection.owner, self._settings.former_owner)

    def _require_owner(self, connection: Connection, stored: Properties) -> None:
        if not self._is_owner(connection, stored):
            raise OwnerMismatchError(
                messages.other_owner(str(stored.get("account")), stored["owner"], connection.owner)
            )


def _same_stack(one: str, other: str) -> bool:
    """Whether two URNs are of the same stack and project."""
    return one.split("::")[:2] == other.split("::")[:2]


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


def _replaced_account(olds: Properties, inputs: Properties) -> str | None:
    """The account that gives way to another one of the same subscription."""
    if olds.get("account") == inputs["account"] or olds.get("subscription") != inputs.get("subscription"):
        return None
    return olds.get("account")


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _shows_ends_of(mask: str | None, token: str) -> bool:
    """Whether a mask such as ``abc…secured…xyz`` shows this token's own first and last characters.

    Only the end of a real signature tells one token from another: all JWTs begin alike.
    """
    head, middle, tail = (mask or "").partition("…secured…")
    is_signed = len(token.rpartition(".")[2]) >= SHORTEST_SIGNATURE
    return bool(middle) and len(tail) >= SHORTEST_TAIL and is_signed and token.startswith(head) and token.endswith(tail)
