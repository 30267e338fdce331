"""The only door to the API: sessions, timeouts, retries. Usable without Pulumi."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_ACCEPT_ENCODING
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Retry, Timeout
from urllib3 import exceptions as urllib3_errors

from pulumi_useapi import errors
from pulumi_useapi.http.answers import Answer, Subject, error_from, is_envelope, rate_limited, unexpected
from pulumi_useapi.http.deadline import POOL_CLASSES, cut_after
from pulumi_useapi.http.endpoint import (
    DEFAULT_BASE_URL,
    DEFAULT_DEADLINE,
    DEFAULT_MAX_REQUESTS,
    DEFAULT_TIMEOUT,
    MOST_REQUESTS,
    checked_base_url,
    checked_max_requests,
    checked_seconds,
    checked_token,
    is_loopback,
    path_segment,
)
from pulumi_useapi.http.politeness import PausedError, Politeness, Turn
from pulumi_useapi.http.redaction import quotable
from pulumi_useapi.http.retries import Loss, Retries, may_have_worked
from pulumi_useapi.models import Account, Features, Subscription
from pulumi_useapi.version import __version__

if TYPE_CHECKING:
    from types import TracebackType

_API_PATH = "/v1/minimax"
_LARGEST_BODY = 8 * 1024 * 1024
_CHUNK = 64 * 1024
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": DEFAULT_ACCEPT_ENCODING,
    "User-Agent": f"pulumi-useapi/{__version__}",
}
_LEAST_SECONDS = 0.001
_NO_RETRIES = Retry.from_int(False)
"""Nor redirects; what is tried again is decided here, not in urllib3."""
_NO_CONTENT = 204
_TOO_MANY_REQUESTS = 429


class UseApiClient:
    """The accounts API of one subscription at useapi.net; any number of threads may share a client.

    Every request is repeatable (POST is an upsert), so what may help is tried again, whatever the method:

    - no connection, a lost one, no answer in time, a body cut short: up to 4 more times;
    - 429, 502, 503, 504: up to 10 more times, after the time the answer asks for (`Retry-After`, or `retryAfter` in
      the body) where it does, with growing and random waits;
    - 500: once more;
    - everything else, 596 above all, never.

    A wait that would end after the deadline is not begun: the call fails at once. A 429 is an answer to all threads of
    the client: none of them sends anything until the wait is over, and then one goes ahead. The time in which a call
    waits for its turn, because `max_requests` others are under way, does not count towards the deadline.

    Args:
        api_token: `user:<number>-<unique>`, whole; blank space around it is dropped.
        base_url: where the API is; plain http only to this machine.
        timeout: seconds one try may last, from the connection to the last byte.
        deadline: seconds all tries and waits of one call may last. Only the system's name look-up is not bounded.
        max_requests: requests at the same time, 1 to 256; their connections are kept open.
        backoff: seconds to wait before the first repetition, at most; doubled for each further one, up to 30.
        subscription: the subscription's name in the settings, which a refused API token is told with; None is the default one.

    Raises:
        ConfigurationError: one of these is missing or malformed.

    Every call raises `UseApiError` and nothing else for what can go wrong outside of this program:
    `ApiError` (the API said no), `TransportError` (it could not be reached), `UnexpectedAnswerError` (another
    server answered), `ConfigurationError` (the base URL turned out to be unusable).
    """

    def __init__(
        self,
        api_token: str,
        *,
        base_url: str = DEFAULT_BASE_URL,
        timeout: float = DEFAULT_TIMEOUT,
        deadline: float = DEFAULT_DEADLINE,
        max_requests: int = DEFAULT_MAX_REQUESTS,
        backoff: float = 0.5,
        subscription: str | None = None,
    ) -> None:
        self._api_token = checked_token(api_token, subscription)
        self._subscription = subscription
        address = checked_base_url(base_url)
        self._base_url = address.geturl()
        self._host = address.netloc
        self._path = address.path
        self._timeout = checked_seconds(timeout, "timeout")
        self._deadline = checked_seconds(deadline, "deadline")
        self._policy = Retries.fresh(backoff)
        self._max_requests = checked_max_requests(max_requests)
        self._politeness = Politeness(self._max_requests)
        # Proxies of the environment are for other machines.
        self._transport = _Transport(self._base_url, with_environment=not is_loopback(address.hostname or ""))
        self._clock_ahead: float | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._base_url!r})"

    def __enter__(self) -> UseApiClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def with_api_token(self, api_token: str, subscription: str | None = None) -> UseApiClient:
        """Return a client of another subscription that shares the connections; it has a limit and waits of its own.

        Raises:
            ConfigurationError: see the class.
        """
        other = copy.copy(self)
        other._api_token = checked_token(api_token, subscription)
        other._subscription = subscription
        other._politeness = Politeness(self._max_requests)
        return other

    def with_deadline_of(self, most: float) -> UseApiClient:
        """Return a client whose deadline is at most so many seconds, and that shares the connections, the limit of requests and the waits.

        Raises:
            ConfigurationError: see the class.
        """
        other = copy.copy(self)
        other._deadline = min(self._deadline, checked_seconds(most, "deadline"))
        return other

    def close(self) -> None:
        """Close the connections kept open."""
        self._transport.close()

    @property
    def clock_ahead(self) -> float | None:
        """Seconds by which this machine's clock is ahead of the service's, by its last answer that told the time."""
        return self._clock_ahead

    def put_account(self, url: str, token: str, max_jobs: int, *, account: str | None = None) -> Account:
        """Configure an account: it is created, or overwritten without a question.

        Args:
            url: MiniMax url, the Request URL of the site's `/cursor` call.
            token: MiniMax token, the `token` header of that call.
            max_jobs: jobs at the same time, 1-10.
            account: id the token is known to belong to; an answer about another one is an error.

        Raises:
            MiniMaxCredentialsRefusedError: MiniMax does not accept url and token.
            BadRequestError: a field is not accepted.
            UseApiError: see the class.
        """
        body = {"url": url, "token": token, "maxJobs": max_jobs}
        call = _Call("POST", "/accounts", self._subject(account, "configured", url, token), body)
        return self._account(self._answer(call), call.subject)

    def list_accounts(self) -> dict[str, Account]:
        """Return every account of the subscription, by its id, from one request.

        Raises:
            UnexpectedAnswerError: the answer is not a complete list.
            UseApiError: see the class.
        """
        call = _Call("GET", "/accounts", self._subject())
        answer = self._answer(call)
        entries = answer.value()
        if not isinstance(entries, dict) or is_envelope(entries):
            raise unexpected(answer, call.subject)
        return {key: self._entry(key, body, answer, call.subject) for key, body in entries.items()}

    def get_account(self, account: str) -> Account:
        """Return one account.

        Raises:
            AccountNotFoundError: the API says, in its own words, that it is not configured.
            UseApiError: see the class.
        """
        call = _Call("GET", f"/accounts/{path_segment(account)}", self._subject(account))
        return self._account(self._answer(call), call.subject)

    def delete_account(self, account: str) -> None:
        """Delete the configuration of one account.

        A success that says nothing, other than 204, is believed only when the account cannot be read any more.

        Raises:
            AccountNotFoundError: the API says, in its own words, that it is not configured.
            UseApiError: see the class.
        """
        call = _Call("DELETE", f"/accounts/{path_segment(account)}", self._subject(account, "deleted"))
        answer = self._answer(call)
        # A network's sign-in page or a broken proxy answers 200 to everything.
        if answer.is_page():
            raise unexpected(answer, call.subject)
        if isinstance(answer.value(), dict):
            self._account(answer, call.subject)
        elif answer.status != _NO_CONTENT:
            self._require_gone(account, answer, call.subject)

    def get_features(self, account: str) -> Features:
        """Return what an account may do now: plan, credits, models.

        Raises:
            AccountNotFoundError: the API says, in its own words, that it is not configured.
            UseApiError: see the class.
        """
        path_segment(account)
        call = _Call("GET", "/features/", self._subject(account), params={"account": account})
        return Features.from_answer(self._object(self._answer(call), call.subject))

    def get_subscription(self) -> Subscription:
        """Return how many accounts the subscription may hold and holds.

        Raises:
            ConfigurationError: the base URL does not end in `/v1/minimax`, so that the place is not known.
            UseApiError: see the class.
        """
        if not self._base_url.endswith(_API_PATH):
            raise errors.ConfigurationError(
                f"the base URL does not end in {_API_PATH}, so where to ask for the subscription is not known: "
                "correct useapi:baseUrl (USEAPI_BASE_URL)"
            )
        call = _Call("GET", "/v2/account", self._subject(), root=self._path.removesuffix(_API_PATH))
        return Subscription.from_answer(self._object(self._answer(call), call.subject))

    def _subject(self, account: str | None = None, change: str = "", *secrets: str) -> Subject:
        return Subject(account, change, (self._api_token, *secrets), self._subscription)

    def _require_gone(self, account: str, answer: Answer, subject: Subject) -> None:
        try:
            self.get_account(account)
        except errors.AccountNotFoundError:
            return
        raise unexpected(answer, subject, unknown=False)

    def _object(self, answer: Answer, subject: Subject) -> Mapping[str, object]:
        body = answer.value()
        if not isinstance(body, dict) or is_envelope(body):
            raise unexpected(answer, subject)
        return body

    def _account(self, answer: Answer, subject: Subject) -> Account:
        body = self._object(answer, subject)
        try:
            account = Account.from_answer(body, subject.account)
        except ValueError:
            raise unexpected(answer, subject, "an answer that names no account") from None
        if subject.account not in {None, account.account}:
            raise errors.UnexpectedAnswerError(
                f"useapi.net answered for account {quotable(account.account, subject.secrets)} "
                f"when account {subject.account} was meant: compare the accounts at useapi.net with the program, "
                f"then {subject.again}"
            )
        return _without_secrets(account, subject)

    def _entry(self, key: str, body: object, answer: Answer, subject: Subject) -> Account:
        if not isinstance(body, dict) or not key:
            raise unexpected(answer, subject, "a list with an entry that is no account")
        account = Account.from_answer(body, key)
        if account.account != key:
            raise unexpected(answer, subject, "a list with an entry that names another account")
        return _without_secrets(account, subject)

    def _answer(self, call: _Call) -> Answer:
        """Send a request until there is an answer of success, or nothing left to try."""
        ends = time.monotonic() + self._deadline
        retries = self._policy
        unknown = False
        while True:
            try:
                with self._politeness.turn(ends) as turn:
                    ends += turn.queued
                    outcome = self._attempt(call, ends)
                    further = retries.after(call.method, outcome)
                    self._tell_others(turn, outcome, further or retries)
            except PausedError as paused:
                refusal = paused.refusal
                raise self._rate_limited(refusal.answer, call.subject, refusal.received, unknown=unknown) from None
            unknown = unknown or may_have_worked(outcome)
            if isinstance(outcome, Answer) and outcome.is_success:
                return outcome
            if further is None:
                raise self._failure(outcome, call.subject, unknown=unknown)
            retries = further
            if not _is_too_many(outcome):
                wait = further.wait(outcome)
                if wait >= ends - time.monotonic():
                    raise self._failure(outcome, call.subject, unknown=unknown)
                time.sleep(wait)

    def _tell_others(self, turn: Turn, outcome: Answer | Loss, retries: Retries) -> None:
        if isinstance(outcome, Answer) and _is_too_many(outcome):
            self._politeness.pause(turn, outcome, lambda repetition: retries.wait(outcome, repetition))
        else:
            self._politeness.go_on(turn)

    def _attempt(self, call: _Call, ends: float) -> Answer | Loss:
        limit = max(min(self._timeout, ends - time.monotonic()), _LEAST_SECONDS)
        with cut_after(limit) as cut:
            outcome = self._exchange(call, limit)
        # A connection that was refused was refused, also where there was hardly any time left.
        return _TIMED_OUT if cut.is_set() and outcome is not _NO_CONNECTION else outcome

    def _exchange(self, call: _Call, limit: float) -> Answer | Loss:
        try:
            with closing(self._request(call, limit)) as response:
                body = _body_of(response)
                response.release_conn()
                self._clock_ahead = _clock_ahead(response.headers.get("Date", ""), self._clock_ahead)
                return Answer(response.status, body, response.headers.get("Retry-After"))
        except _TooLargeError:
            return _TOO_LARGE
        except (
            requests.RequestException,
            urllib3_errors.HTTPError,
            HTTPException,
            OSError,
            ValueError,
        ) as error:
            return _loss_of(error)

    def _request(self, call: _Call, limit: float) -> BaseHTTPResponse:
        headers = {**_HEADERS, "Authorization": f"Bearer {self._api_token}"}
        body = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(call.body).encode("ascii")
        place = (self._path if call.root is None else call.root) + call.path
        query = f"?{urlencode(call.params)}" if call.params else ""
        return self._transport.send(call.method, place + query, headers, body, limit)

    def _failure(self, outcome: Answer | Loss, subject: Subject, *, unknown: bool) -> errors.UseApiError:
        if isinstance(outcome, Answer):
            if _is_too_many(outcome):
                return self._rate_limited(outcome, subject, datetime.now(timezone.utc), unknown=unknown)
            return error_from(outcome, subject, unknown=unknown)
        limits = f"{self._timeout:g} s per try, {self._deadline:g} s in all"
        sentence = outcome.sentence.format(host=self._host, who=subject.who, limits=limits)
        return outcome.kind(f"{sentence}, then {subject.again}{subject.aftermath(unknown=unknown)}")

    def _rate_limited(
        self, answer: Answer, subject: Subject, received: datetime, *, unknown: bool
    ) -> errors.RateLimitedError:
        return rate_limited(answer, subject, now=received, deadline=self._deadline, unknown=unknown)


@dataclass(frozen=True)
class _Call:
    method: str
    path: str
    subject: Subject
    body: Mapping[str, object] | None = field(default=None, repr=False)
    params: Mapping[str, str] | None = None
    root: str | None = None


_TIMED_OUT = Loss(
    errors.TimedOutError,
    "useapi.net did not answer in time{who} ({limits}): see that {host} can be reached",
    True,
    True,
)
_CONNECT_TIMED_OUT = replace(_TIMED_OUT, sent=False)
_BROKEN_OFF = Loss(
    errors.UnreachableError,
    "the connection to {host} broke off before the answer was complete{who}: check the network",
    True,
    True,
)
_NO_CONNECTION = Loss(
    errors.UnreachableError,
    "useapi.net cannot be reached at {host}{who}: check the network and useapi:baseUrl (USEAPI_BASE_URL)",
    True,
    False,
)
_NO_CERTIFICATE = Loss(
    errors.UnreachableError,
    "the certificate of {host} cannot be verified{who}: check the clock of this machine and, "
    "behind a proxy that reads along, name its certificate authority in REQUESTS_CA_BUNDLE",
    False,
    False,
)
_NO_PROXY = Loss(
    errors.UnreachableError,
    "the proxy does not connect to {host}{who}: correct or unset HTTPS_PROXY, HTTP_PROXY, ALL_PROXY",
    True,
    False,
)
_BAD_ADDRESS = Loss(
    errors.ConfigurationError,
    "the base URL or the proxy of the environment is no usable address{who}: "
    "correct useapi:baseUrl (USEAPI_BASE_URL) or HTTPS_PROXY",
    False,
    False,
)
_UNREADABLE = Loss(
    errors.UnexpectedAnswerError,
    "the answer of {host} cannot be decoded{who}: check useapi:baseUrl (USEAPI_BASE_URL) and the proxy, "
    "if there is one",
    False,
    True,
)
_TOO_LARGE = Loss(
    errors.UnexpectedAnswerError,
    "the answer of {host} is larger than 8 MiB{who}: check useapi:baseUrl (USEAPI_BASE_URL) and the proxy, "
    "if there is one",
    False,
    True,
)


def _is_too_many(outcome: Answer | Loss) -> bool:
    return isinstance(outcome, Answer) and outcome.status == _TOO_MANY_REQUESTS


class _TooLargeError(Exception):
    """The body of an answer is larger than anything the API sends."""


class _Adapter(HTTPAdapter):
    """Connections with a hard end."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOL_CLASSES

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = POOL_CLASSES
        return manager


class _Transport:
    """Sends requests over connections that are kept open, by way of the environment's proxies and certificates.

    A session of requests would look for them anew at each request; it would put a password of ~/.netrc in the place of
    the API token, keep cookies, and read the body of a redirect without an end.
    """

    def __init__(self, base_url: str, *, with_environment: bool) -> None:
        self._base_url = base_url
        self._with_environment = with_environment
        self._adapter = _Adapter(pool_connections=1, pool_maxsize=MOST_REQUESTS, pool_block=False)

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, limit: float
    ) -> BaseHTTPResponse:
        """Return the answer, whose body is still to be read; no wait for bytes lasts longer than the limit, in seconds."""
        return self._pool.urlopen(
            method,
            path,
            body=body,
            headers=headers,
            timeout=Timeout(connect=limit, read=limit),
            retries=_NO_RETRIES,
            redirect=False,
            preload_content=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    @cached_property
    def _pool(self) -> HTTPConnectionPool:
        with requests.Session() as session:
            session.trust_env = self._with_environment
            found: Mapping[str, Any] = session.merge_environment_settings(self._base_url, {}, None, None, None)
        request = requests.Request("GET", self._base_url).prepare()
        pool = self._adapter.get_connection_with_tls_context(request, found["verify"], proxies=found["proxies"])
        self._adapter.cert_verify(pool, self._base_url, found["verify"], None)  # type: ignore[no-untyped-call]
        return cast("HTTPConnectionPool", pool)


def _without_secrets(account: Account, subject: Subject) -> Account:
    return replace(account, error=quotable(account.error, subject.secrets)) if account.error else account


def _clock_ahead(date: str, otherwise: float | None) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return otherwise


def _body_of(response: BaseHTTPResponse) -> bytes:
    body = bytearray()
    for chunk in response.stream(_CHUNK):
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise _TooLargeError
    return bytes(body)


def _loss_of(error: Exception) -> Loss:
    """Tell what an exception of the HTTP libraries means."""
    causes = tuple(_causes(error))
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or "CA certificate" in str(error):
        return _NO_CERTIFICATE
    for kinds, loss in _LOSSES:
        if any(isinstance(cause, kinds) for cause in causes):
            return loss
    return _BROKEN_OFF


def _causes(error: object) -> Iterable[BaseException]:
    """Yield an exception and those that urllib3 wrapped in it."""
    while isinstance(error, BaseException):
        yield error
        error = getattr(error, "reason", None) or (error.args[0] if error.args else None)


# The first that fits decides: a proxy's failure wraps a connection's, which urllib3 counts as a timeout.
_LOSSES: tuple[tuple[tuple[type[Exception], ...], Loss], ...] = (
    ((requests.exceptions.InvalidProxyURL,), replace(_NO_PROXY, passing=False)),
    ((urllib3_errors.ProxyError,), _NO_PROXY),
    ((urllib3_errors.NewConnectionError,), _NO_CONNECTION),
    ((urllib3_errors.ConnectTimeoutError,), _CONNECT_TIMED_OUT),
    ((urllib3_errors.TimeoutError, TimeoutError), _TIMED_OUT),
    (
        (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
            urllib3_errors.LocationValueError,
            UnicodeError,
        ),
        _BAD_ADDRESS,
    ),
    ((urllib3_errors.DecodeError,), _UNREADABLE),
)
