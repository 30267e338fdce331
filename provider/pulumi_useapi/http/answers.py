"""The one parser of answers: which are data, which are an error of the API, which are not the API's at all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from pulumi_useapi import errors
from pulumi_useapi.http.endpoint import set_api_token
from pulumi_useapi.http.redaction import quotable

_NO_JSON = object()
_FIELDS = re.compile(r"\b(maxJobs|url|token)\b")
_CHECK_BASE_URL = "check useapi:baseUrl (USEAPI_BASE_URL) and the proxy, if there is one"

_UNAUTHORIZED: tuple[tuple[str, type[errors.ApiError], str], ...] = (
    (
        "username/password",
        errors.MiniMaxCredentialsRefusedError,
        "MiniMax no longer accepts this browser login{who} ({said}): "
        "take url and token from the browser again, then {again}",
    ),
    (
        "suspended",
        errors.AccountSuspendedError,
        "access is suspended{who} ({said}): ask MiniMax or useapi.net why, then {again}",
    ),
    (
        "unauthorized",
        errors.ApiTokenRefusedError,
        'useapi.net refused the API token{who} ({said}): it must be the whole token, with its "user:" prefix; '
        "set it again: {set_it}",
    ),
)

_REFUSALS: Mapping[int, tuple[type[errors.ApiError], str]] = {
    402: (
        errors.SubscriptionExpiredError,
        "the subscription at useapi.net has expired{who} ({said}): renew it at useapi.net, then {again}",
    ),
    403: (
        errors.ForbiddenError,
        "useapi.net does not allow this request{who} ({said}): "
        "see at useapi.net what the subscription may do, then {again}",
    ),
    412: (
        errors.InsufficientCreditsError,
        "MiniMax has too few credits{who} ({said}): add credits at the MiniMax site, then {again}",
    ),
    596: (
        errors.AccountOnHoldError,
        "useapi.net reports an error state{who} ({said}): either MiniMax refused to renew the login "
        f"(then delete the account and add it again: pulumi destroy --target {errors.AccountOnHoldError.URN}, "
        "then pulumi up) "
        "or the site has put it on hold, which may last a few hours (then wait and {again}); "
        "neither is ever done automatically",
    ),
}


@dataclass(frozen=True)
class Subject:
    """What a request is about, as the sentence of its failure tells it.

    Attributes:
        account: id of the account, None where it is about no single one.
        change: what the request does to the account, `"configured"` or `"deleted"`; `""` where it only reads.
        secrets: what no sentence may repeat.
        subscription: the name of the subscription, None for the default one.
    """

    account: str | None = None
    change: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    subscription: str | None = None

    @property
    def who(self) -> str:
        """`" for account X"`, or nothing."""
        return f" for account {self.account}" if self.account else ""

    @property
    def again(self) -> str:
        """The command to give once the cause is mended."""
        return "run pulumi up again" if self.change == "configured" else "run the same command again"

    def aftermath(self, *, unknown: bool) -> str:
        """Say what the failed request has left behind: the clause to append to a sentence."""
        if not self.change:
            return ""
        account = f"account {self.account}" if self.account else "the account"
        if unknown:
            return f"; whether {account} was {self.change} is not known"
        return f"; nothing was changed for {account}"


@dataclass(frozen=True)
class Answer:
    """One complete answer.

    Attributes:
        status: HTTP status.
        body: the body, content encoding undone.
        retry_after: the `Retry-After` header as it came.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    retry_after: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004

    def text(self) -> str:
        """Return the body as text, whatever its bytes."""
        return self.body.decode("utf-8", "replace").strip().removeprefix("\ufeff")

    def is_page(self) -> bool:
        """Tell whether the body is markup, which the API never sends."""
        return self.text().startswith("<")

    def value(self) -> object:
        """Return the JSON value of the body, a private marker where it has none."""
        try:
            value: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return _NO_JSON
        return value

    def mapping(self) -> Mapping[str, object]:
        """Return the JSON object of the body, an empty one where it is no object."""
        value = self.value()
        return value if isinstance(value, dict) else {}

    def words(self) -> str:
        """Return what the API says in words, from any of its envelopes; nothing where it says nothing."""
        value = self.value()
        if value is _NO_JSON:
            # Torn JSON has no words for anybody, but may hold the pieces of a secret.
            return "" if self.text().startswith(("<", "{", "[")) else self.text()
        if isinstance(value, dict):
            return _words_of(value)
        return value if isinstance(value, str) else ""

    def retry_at(self, now: datetime) -> datetime | None:
        """Return when the API takes requests again, from the header or the body (UTC)."""
        body = self.mapping()
        nested = body.get("error")
        inner = nested.get("retryAfter") if isinstance(nested, dict) else None
        for said in (self.retry_after, body.get("retryAfter"), inner):
            moment = _moment(said, now)
            if moment is not None:
                return moment
        return None


def error_from(answer: Answer, subject: Subject, *, unknown: bool) -> errors.UseApiError:
    """Return the error that an answer outside 2xx means; 429 is `rate_limited`'s.

    Args:
        answer: the answer.
        subject: what the request was about.
        unknown: whether an earlier try may have done its work all the same.
    """
    status = answer.status
    if status == 404:  # noqa: PLR2004
        return _not_found(answer, subject, unknown=unknown)
    if 500 <= status < 600 and status != 596:  # noqa: PLR2004
        return errors.ServerError(
            f"useapi.net or MiniMax is in trouble{subject.who} ({said(answer, subject)}): "
            f"wait a few minutes, then {subject.again}{subject.aftermath(unknown=True)}",
            status,
            subject.account,
        )
    if answer.is_page() or not _is_known(answer):
        return unexpected(answer, subject, unknown=unknown)
    kind, sentence = _refusal(answer)
    fields = {
        "who": subject.who,
        "said": said(answer, subject),
        "again": subject.again,
        "set_it": set_api_token(subject.subscription),
    }
    return kind(sentence.format_map(fields), status, subject.account)


def rate_limited(
    answer: Answer, subject: Subject, *, now: datetime, deadline: float, unknown: bool
) -> errors.RateLimitedError:
    """Return the error of a 429 that could not be waited for.

    Args:
        answer: the answer.
        subject: what the request was about.
        now: the current time (UTC).
        deadline: seconds all tries together may last.
        unknown: whether an earlier try may have done its work all the same.
    """
    retry_at = answer.retry_at(now)
    rest = subject.aftermath(unknown=unknown)
    if retry_at is None:
        sentence = (
            f"useapi.net still gets too many requests (429) within the deadline of {deadline:g} s{subject.who}: "
            f"wait a few minutes, then {subject.again}{rest}"
        )
    else:
        sentence = (
            f"useapi.net asks to wait until {_clock(retry_at, now)} (429), which is longer than the deadline "
            f"of {deadline:g} s{'' if rest else subject.who}: {subject.again} then{rest}"
        )
    return errors.RateLimitedError(sentence, answer.status, subject.account, retry_at)


def unexpected(
    answer: Answer, subject: Subject, what: str = "", *, unknown: bool = True
) -> errors.UnexpectedAnswerError:
    """Return the error for an answer that is not the API's.

    Args:
        answer: the answer.
        subject: what the request was about.
        what: what it is instead, in words; found out from the answer where empty.
        unknown: whether the request may have done its work all the same.
    """
    return errors.UnexpectedAnswerError(
        f"the answer{subject.who} is not the API's ({answer.status}, {what or _nature(answer, subject)}): "
        f"{_CHECK_BASE_URL}{subject.aftermath(unknown=unknown)}"
    )


def said(answer: Answer, subject: Subject) -> str:
    """Return status and words of an answer, fit to be shown: `401 "Unauthorized"`."""
    words = quotable(answer.words(), subject.secrets)
    return f'{answer.status} "{words}"' if words else str(answer.status)


def is_envelope(body: Mapping[str, object]) -> bool:
    """Tell an error envelope from the body of an account that is broken, which has an `error` too."""
    return "error" in body and not {"account", "jwt", "maxJobs"} & body.keys()


def _words_of(body: Mapping[str, object]) -> str:
    inner = body.get("error")
    sources = (inner, body) if isinstance(inner, dict) else (body,)
    if isinstance(inner, str) and inner.strip():
        return inner
    for source in sources:
        for name in ("message", "details", "status"):
            words = source.get(name)
            if isinstance(words, str) and words.strip():
                return words
    return ""


def _nature(answer: Answer, subject: Subject) -> str:
    if 300 <= answer.status < 400:  # noqa: PLR2004
        return "a redirect, which is never followed"
    if not answer.body.strip():
        return "an empty body"
    if answer.is_page():
        return "an HTML page"
    words = quotable(answer.words(), subject.secrets)
    if words and (not answer.is_success or is_envelope(answer.mapping())):
        return f'"{words}"'
    return "no JSON" if answer.value() is _NO_JSON else "JSON of another shape"


def _not_found(answer: Answer, subject: Subject, *, unknown: bool) -> errors.UseApiError:
    if subject.account is None or subject.change == "configured" or not _says_not_found(answer):
        return unexpected(answer, subject, unknown=unknown)
    return errors.AccountNotFoundError(
        f"account {subject.account} is not configured at useapi.net (404): configure it with pulumi up",
        answer.status,
        subject.account,
    )


def _says_not_found(answer: Answer) -> bool:
    words = " ".join(answer.words().casefold().split())
    body = answer.mapping()
    if not body:
        return words.startswith("configuration not found")
    inner = body.get("error")
    codes = [body.get("code"), inner.get("code") if isinstance(inner, dict) else None]
    named = "configuration" in words or "account" in words
    return any(str(code) == "404" for code in codes) and "not found" in words and named


def _is_known(answer: Answer) -> bool:
    """Tell whether an answer that is no page can be the API's: by its status, else by its envelope."""
    if answer.status in _REFUSALS or answer.status in {400, 401}:
        return True
    return 400 <= answer.status < 500 and "error" in answer.mapping()  # noqa: PLR2004


def _refusal(answer: Answer) -> tuple[type[errors.ApiError], str]:
    if answer.status in _REFUSALS:
        return _REFUSALS[answer.status]
    words = answer.words()
    if answer.status == 400:  # noqa: PLR2004
        return errors.BadRequestError, _bad_request(words)
    if answer.status == 401:  # noqa: PLR2004
        lowered = words.casefold() or "unauthorized"
        for needle, kind, sentence in _UNAUTHORIZED:
            if needle in lowered:
                return kind, sentence
    return (
        errors.ApiError,
        "useapi.net refused the request{who} ({said}): see at useapi.net what this means, then {again}",
    )


def _bad_request(words: str) -> str:
    found = _FIELDS.search(words)
    if found:
        return f"useapi.net does not accept {found[1]}{{who}} ({{said}}): correct it, then {{again}}"
    return "useapi.net does not accept the request{who} ({said}): correct what it names, then {again}"


def _moment(said: object, now: datetime) -> datetime | None:
    """Read seconds from now, an HTTP date or ISO 8601."""
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        said = str(said)
    if not isinstance(said, str) or not said.strip():
        return None
    text = said.strip()
    try:
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
            return now + timedelta(seconds=float(text))
        moment = _date(text)
        # Within a day of either end of the calendar another time zone may be beyond it.
        return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    except OverflowError:
        return datetime.max.replace(tzinfo=timezone.utc)
    except (ValueError, TypeError, IndexError):
        return None


def _date(text: str) -> datetime:
    if re.match(r"\d{4}-", text):
        # Python 3.10 reads neither "Z" nor a fraction of any length.
        whole = re.sub(r"(:\d\d)[.,](\d+)", lambda found: f"{found[1]}.{found[2]:0<6.6}", text)
        return datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", whole))
    return parsedate_to_datetime(text)


def _clock(moment: datetime, now: datetime) -> str:
    """Return the moment in UTC, to the next full minute; with its date unless it is today's."""
    moment = moment.astimezone(timezone.utc)
    if (moment.second or moment.microsecond) and moment.year < datetime.max.year:
        moment = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return f"{moment:%H:%M} UTC" if moment.date() == now.date() else f"{moment:%Y-%m-%d %H:%M} UTC"
