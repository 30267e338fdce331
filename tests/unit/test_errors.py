"""The error tree, and the exact sentence of every answer that is a refusal."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import datetime, timedelta, timezone

import pytest

from pulumi_useapi import errors
from pulumi_useapi.http.answers import Answer, Subject, error_from, rate_limited
from pulumi_useapi.http.redaction import quotable

NOW = datetime(2026, 11, 22, 14, 3, 10, tzinfo=timezone.utc)
PUT = Subject("302", "configured")
GET = Subject("302")
LIST = Subject()
DELETE = Subject("302", "deleted")


def classes() -> list[type[errors.UseApiError]]:
    found = [member for _, member in inspect.getmembers(errors, inspect.isclass)]
    return [member for member in found if issubclass(member, errors.UseApiError)]


def test_the_tree_at_the_top_names_every_class_once() -> None:
    tree = (errors.__doc__ or "").split("```")[1]
    for one in classes():
        assert tree.split().count(one.__name__) == 1, one


@pytest.mark.parametrize(
    "error",
    [
        errors.ConfigurationError("a"),
        errors.ExpiredTokenError("a", "token"),
        errors.ServerError("a", 503, "302"),
        errors.RateLimitedError("a", 429, None, NOW),
    ],
)
def test_errors_survive_copies_and_pickles(error: errors.UseApiError) -> None:
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert type(twin) is type(error)
        assert str(twin) == "a"
        assert vars(twin) == vars(error)


def flat(text: str, code: int) -> bytes:
    return f'{{"error": "{text}", "code": {code}}}'.encode()


OWN_404 = b"Configuration not found. To create configuration use POST /accounts/account."
CHECK = "check useapi:baseUrl (USEAPI_BASE_URL) and the proxy, if there is one"

REFUSALS: list[tuple[int, bytes, Subject, type[errors.UseApiError], str]] = [
    (
        400,
        flat("maxJobs must be between 1 and 10", 400),
        PUT,
        errors.BadRequestError,
        'useapi.net does not accept maxJobs for account 302 (400 "maxJobs must be between 1 and 10"): '
        "correct it, then run pulumi up again",
    ),
    (
        400,
        b'{"error": {"code": 1, "message": "strange", "status": "BAD", "details": []}}',
        PUT,
        errors.BadRequestError,
        'useapi.net does not accept the request for account 302 (400 "strange"): '
        "correct what it names, then run pulumi up again",
    ),
    (
        401,
        flat("Unauthorized", 401),
        LIST,
        errors.ApiTokenRefusedError,
        'useapi.net refused the API token (401 "Unauthorized"): it must be the whole token, with its "user:" prefix; '
        "set it again: pulumi config set --secret useapi:apiToken (or the variable USEAPI_API_TOKEN)",
    ),
    (
        401,
        b"",
        GET,
        errors.ApiTokenRefusedError,
        'useapi.net refused the API token for account 302 (401): it must be the whole token, with its "user:" prefix; '
        "set it again: pulumi config set --secret useapi:apiToken (or the variable USEAPI_API_TOKEN)",
    ),
    (
        401,
        flat("Wrong username/password combination.", 401),
        PUT,
        errors.MiniMaxCredentialsRefusedError,
        "MiniMax no longer accepts this browser login for account 302 "
        '(401 "Wrong username/password combination."): take url and token from the browser again, '
        "then run pulumi up again",
    ),
    (
        401,
        flat("This account has been suspended.", 401),
        GET,
        errors.AccountSuspendedError,
        'access is suspended for account 302 (401 "This account has been suspended."): '
        "ask MiniMax or useapi.net why, then run the same command again",
    ),
    (
        401,
        flat("Something new", 401),
        GET,
        errors.ApiError,
        'useapi.net refused the request for account 302 (401 "Something new"): '
        "see at useapi.net what this means, then run the same command again",
    ),
    (
        402,
        flat("Subscription expired", 402),
        LIST,
        errors.SubscriptionExpiredError,
        'the subscription at useapi.net has expired (402 "Subscription expired"): '
        "renew it at useapi.net, then run the same command again",
    ),
    (
        403,
        b"Forbidden",
        DELETE,
        errors.ForbiddenError,
        'useapi.net does not allow this request for account 302 (403 "Forbidden"): '
        "see at useapi.net what the subscription may do, then run the same command again",
    ),
    (
        404,
        OWN_404,
        GET,
        errors.AccountNotFoundError,
        "account 302 is not configured at useapi.net (404): configure it with pulumi up",
    ),
    (
        412,
        flat("Insufficient credits", 412),
        PUT,
        errors.InsufficientCreditsError,
        'MiniMax has too few credits for account 302 (412 "Insufficient credits"): '
        "add credits at the MiniMax site, then run pulumi up again",
    ),
    (
        418,
        flat("teapot", 418),
        GET,
        errors.ApiError,
        'useapi.net refused the request for account 302 (418 "teapot"): '
        "see at useapi.net what this means, then run the same command again",
    ),
    (
        500,
        flat("Login failed", 500),
        PUT,
        errors.ServerError,
        'useapi.net or MiniMax is in trouble for account 302 (500 "Login failed"): '
        "wait a few minutes, then run pulumi up again; whether account 302 was configured is not known",
    ),
    (
        502,
        b"<html>Bad gateway</html>",
        GET,
        errors.ServerError,
        "useapi.net or MiniMax is in trouble for account 302 (502): "
        "wait a few minutes, then run the same command again",
    ),
    (
        596,
        flat("Refresh token rejected", 596),
        PUT,
        errors.AccountOnHoldError,
        'useapi.net reports an error state for account 302 (596 "Refresh token rejected"): '
        "either MiniMax refused to renew the login "
        "(then delete the account and add it again: pulumi destroy --target <its URN>, then pulumi up) "
        "or the site has put it on hold, which may last a few hours (then wait and run pulumi up again); "
        "neither is ever done automatically",
    ),
    (
        404,
        b"<html>nginx</html>",
        GET,
        errors.UnexpectedAnswerError,
        f"the answer for account 302 is not the API's (404, an HTML page): {CHECK}",
    ),
    (
        404,
        b"",
        DELETE,
        errors.UnexpectedAnswerError,
        f"the answer for account 302 is not the API's (404, an empty body): {CHECK}; "
        "nothing was changed for account 302",
    ),
    (
        302,
        b"",
        LIST,
        errors.UnexpectedAnswerError,
        f"the answer is not the API's (302, a redirect, which is never followed): {CHECK}",
    ),
]


@pytest.mark.parametrize(("status", "body", "subject", "kind", "sentence"), REFUSALS)
def test_the_sentence_of_a_refusal(
    status: int, body: bytes, subject: Subject, kind: type[errors.UseApiError], sentence: str
) -> None:
    error = error_from(Answer(status, body), subject, unknown=False)
    assert type(error) is kind
    assert str(error) == sentence
    if isinstance(error, errors.ApiError):
        assert (error.status, error.account) == (status, subject.account)


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (OWN_404, True),
        (b"  \n CONFIGURATION  NOT FOUND", True),
        (b'"Configuration not found."', True),
        (b'{"error": "Configuration not found", "code": 404}', True),
        (b'{"error": {"code": 404, "message": "Account 302 not found"}}', True),
        (b'{"error": "Account not found", "code": "404"}', True),
        (b'{"error": "Account not found"}', False),
        (b'{"error": "Account not found", "code": 400}', False),
        (b'{"error": "Not found", "code": 404}', False),
        (b'{"error": "Route /accounts/302 missing", "code": 404}', False),
        (b"Not found: configuration", False),
        (b"404 page not found", False),
        (b"<p>Configuration not found", False),
        (b"{}", False),
        (b"[]", False),
        (b"\xff\xfe", False),
        (b"[" * 100_000, False),
    ],
)
def test_which_404_is_the_apis_own(body: bytes, own: bool) -> None:
    error = error_from(Answer(404, body), GET, unknown=False)
    assert isinstance(error, errors.AccountNotFoundError) is own
    assert isinstance(error, errors.UnexpectedAnswerError) is not own


@pytest.mark.parametrize("subject", [LIST, PUT])
def test_no_404_says_that_an_account_is_gone_where_none_was_asked_for(subject: Subject) -> None:
    assert isinstance(error_from(Answer(404, OWN_404), subject, unknown=False), errors.UnexpectedAnswerError)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 412, 596])
def test_a_page_is_never_the_apis_refusal_and_never_quoted(status: int) -> None:
    error = error_from(Answer(status, b" <!DOCTYPE html><h1>Unauthorized"), GET, unknown=False)
    assert str(error) == f"the answer for account 302 is not the API's ({status}, an HTML page): {CHECK}"


@pytest.mark.parametrize(
    ("header", "body", "until"),
    [
        ("110", b"", "14:05 UTC"),
        ("Sun, 22 Nov 2026 14:05:00 GMT", b"", "14:05 UTC"),
        (None, b'{"error": "slow down", "retryAfter": "2026-11-22T14:05:00.000Z"}', "14:05 UTC"),
        (None, b'{"error": {"retryAfter": "2026-11-22T15:05:00+01:00"}}', "14:05 UTC"),
        ("later", b'{"retryAfter": 110}', "14:05 UTC"),
        ("86400", b"", "2026-11-23 14:04 UTC"),
        ("9" * 30, b"", "9999-12-31 23:59 UTC"),
    ],
)
def test_the_sentence_of_a_wait_that_is_too_long(header: str | None, body: bytes, until: str) -> None:
    error = rate_limited(Answer(429, body, header), PUT, now=NOW, deadline=120.0, unknown=False)
    assert str(error) == (
        f"useapi.net asks to wait until {until} (429), which is longer than the deadline of 120 s: "
        "run pulumi up again then; nothing was changed for account 302"
    )
    assert error.retry_at is not None
    assert error.retry_at.tzinfo is not None


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "Sun, 99 Nov 2026", "2026-99-01T00:00:00Z"])
def test_the_sentence_of_a_429_without_a_time(header: str | None) -> None:
    error = rate_limited(Answer(429, b"<p>", header), GET, now=NOW, deadline=0.5, unknown=False)
    assert str(error) == (
        "useapi.net still gets too many requests (429) within the deadline of 0.5 s for account 302: "
        "wait a few minutes, then run the same command again"
    )
    assert error.retry_at is None


@pytest.mark.parametrize("said", ["Fri, 31 Dec 9999 23:59:59 -1200", "9999-12-31T23:59:59-23:59", "9" * 400])
def test_a_wait_beyond_the_calendar(said: str) -> None:
    error = rate_limited(Answer(429, b"", said), LIST, now=NOW, deadline=1, unknown=False)
    assert "asks to wait until 9999-12-31 23:59 UTC" in str(error)


@pytest.mark.parametrize("body", [b'{"error": "torn', b"[1, 2", b'{"error": NaN'])
def test_torn_json_has_no_words(body: bytes) -> None:
    assert Answer(500, body).words() == ""


def test_the_time_is_the_next_full_minute() -> None:
    error = rate_limited(Answer(429, b"", "51"), LIST, now=NOW, deadline=1, unknown=False)
    assert "until 14:05 UTC" in str(error)
    assert error.retry_at == NOW + timedelta(seconds=51)


SECRET = "https://hailuoai.video/cursor?uuid=b5df53d1-4c0d&device_id=987654321012&x=a+b/c"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the token eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjp7fX0.x-y_z has ended", "the token [secret] has ended"),
        ("url https://hailuoai.video/cursor?uuid=1&unix=2, bad", "url [secret] bad"),
        ("url=https%3A%2F%2Fhailuoai.video%2Fcursor%3Fuuid%3D1 is bad", "url=[secret] is bad"),
        ("Bearer user:4711-dG9rZW4 and user%3A4711-dG9rZW4", "Bearer [secret] and [secret]"),
        ("ZXlKaGJHY2lPaUpJ and aHR0cHM6Ly9oYWlsdW9h and dXNlcjo0NzExLWRHOXJ", "[secret] and [secret] and [secret]"),
        ("see https://useapi.net/docs for user 4711", "see https://useapi.net/docs for user 4711"),
    ],
)
def test_what_looks_like_a_secret_of_somebody_is_not_shown(text: str, shown: str) -> None:
    assert quotable(text, []) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bad uuid b5df53d1-4c0d here", "bad uuid [secret] here"),
        ("uuid%3Db5df53d1-4c0d%26device", "[secret]"),
        ("UUID%3dB5DF53D1", "[secret]"),
        (r"x\u0026device_id=98", "x[secret]"),
        ("&amp;device_id", "[secret]"),
        ("b5df53d only seven", "b5df53d only seven"),
        ("dWlkPWI1ZGY1M2QxLTRjMGQm", "[secret]"),
        ("one\ntwo\tthree\x07 \u202efour", "one two three four"),
        ("b5df53d1\u200b-4c0d&device", "[secret] [secret]"),
        ("y" * 300, "y" * 199 + "…"),
    ],
)
def test_other_peoples_words_are_cleaned(text: str, shown: str) -> None:
    assert quotable(text, [SECRET]) == shown
