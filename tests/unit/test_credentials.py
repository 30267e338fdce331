"""A MiniMax url and token: what is accepted, and in which words the rest is refused."""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_useapi.credentials import (
    MAX_LENGTH,
    Claims,
    moment,
    parse_token,
    parse_url,
    rfc3339,
    same_url,
    with_revision,
)
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import InvalidCredentialsError

EXP = 1734858598.864
IAT = 1732266598.864
COPY = "copy it again from the site's /cursor request in the browser's developer tools"
NO_JWT = f"token: this is no JWT; {COPY}"
NO_USER = f"token: this JWT names no MiniMax user (user.id); {COPY}"
NO_EXP = f"token: this JWT does not say when it expires (exp); {COPY}"
BLANKS = "{}: it must be one line without blank space inside; " + COPY
NO_ADDRESS = f"url: it must be a whole address that begins with https://; {COPY}"
URL = "https://hailuoai.video/v3/api/cursor?device_platform=web&uuid=b5df53d1-4c0d&unix=1732266598000"

quickly = settings(deadline=timedelta(seconds=2))


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token_of(payload: object) -> str:
    """A JWT around any payload: an object, or the very bytes of one."""
    return f"{segment({'alg': 'HS256', 'typ': 'JWT'})}.{segment(payload)}.{segment(b'no signature')}"


def token(**claims: Any) -> str:
    return token_of({"exp": EXP, "iat": IAT, "user": {"id": "123456"}} | claims)


def refused(text: str) -> InvalidCredentialsError:
    with pytest.raises(InvalidCredentialsError) as caught:
        parse_token(text)
    assert caught.value.field == "token"
    return caught.value


# token


@pytest.mark.parametrize(
    ("given_token", "claims"),
    [
        pytest.param(token(), Claims("123456", EXP, IAT), id="as the site's"),
        pytest.param(token(exp=1734858598, iat=1732266598), Claims("123456", 1734858598, 1732266598), id="integers"),
        pytest.param(token(iat=None), Claims("123456", EXP, None), id="iat null"),
        pytest.param(token(iat=True), Claims("123456", EXP, None), id="iat a bool"),
        pytest.param(token(iat="1732266598"), Claims("123456", EXP, None), id="iat text"),
        pytest.param(token(iat=1e300), Claims("123456", EXP, None), id="iat no date"),
        pytest.param(token(user={"id": 123456}), Claims("123456", EXP, IAT), id="user.id a number"),
        pytest.param(token(user={"id": "a_B.c-9"}), Claims("a_B.c-9", EXP, IAT), id="user.id with signs"),
        pytest.param(token(user={"id": "9" * 64}), Claims("9" * 64, EXP, IAT), id="user.id of 64"),
        pytest.param(token(nbf=9e9, aud="x", sub=1, jti=[]), Claims("123456", EXP, IAT), id="other claims"),
        pytest.param(f" \t{token()}\r\n", Claims("123456", EXP, IAT), id="blank space around"),
        pytest.param(token(exp=1), Claims("123456", 1, IAT), id="dead since long"),
    ],
)
def test_token_gives_its_claims(given_token: str, claims: Claims) -> None:
    assert parse_token(given_token) == claims


def test_token_without_iat() -> None:
    assert parse_token(token_of({"exp": EXP, "user": {"id": "1"}})).iat is None


@pytest.mark.parametrize("include_iat", [True, False])
@pytest.mark.parametrize("integers", [True, False])
def test_sample_credentials_are_understood(include_iat: bool, integers: bool) -> None:
    expires = datetime(2026, 12, 24, 10, 9, 58, tzinfo=timezone.utc)
    made = make_credentials("4711", expires=expires, include_iat=include_iat, integers=integers)
    claims = parse_token(made.token)
    assert (claims.account, claims.expires, claims.iat is not None) == ("4711", expires, include_iat)
    assert parse_url(made.url) == made.url


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("abc…secured…xyz", BLANKS.format("token")),
        ("", BLANKS.format("token")),
        (" \n", BLANKS.format("token")),
        (token().replace(".", ". ", 1), BLANKS.format("token")),
        (token().replace(".", ".\n", 1), BLANKS.format("token")),
        (token() + "\x7f", BLANKS.format("token")),
        (token() + "\x00", BLANKS.format("token")),
        (token() + "é", BLANKS.format("token")),
        ("a" * (MAX_LENGTH + 1), BLANKS.format("token")),
        ("user:4711-abcdef", NO_JWT),
        ("a.b.c", NO_JWT),
        ("..", NO_JWT),
        (token().rpartition(".")[0], NO_JWT),
        (token_of([EXP]), NO_JWT),
        (token_of("text"), NO_JWT),
        (token_of(None), NO_JWT),
        (token_of(b"{"), NO_JWT),
        (token_of(b"\xff\xfe"), NO_JWT),
        (token_of(b"[" * 20_000), NO_JWT),
        (token_of(b'{"exp":' + b"9" * 5_000 + b"}"), NO_JWT),
        (f"Bearer {token()}", BLANKS.format("token")),
    ],
)
def test_what_is_no_token(text: str, sentence: str) -> None:
    assert str(refused(text)) == sentence


def test_a_token_of_deeply_nested_claims() -> None:
    """How deep JSON may be differs from one Python to the next."""
    assert str(refused(token_of(b'{"a":' * 4_000 + b"1" + b"}" * 4_000))) in (NO_JWT, NO_USER)


@pytest.mark.parametrize(
    "user",
    [
        *(None, [], "123456", 7, {}, {"ID": "1"}),
        *({"id": wrong} for wrong in (None, "", True, 1.5, ["1"], {"id": "1"})),
        *({"id": wrong} for wrong in (" 1", "a/b", "a?b", "9" * 65, 10**70, "№1")),
    ],
)
def test_token_that_names_no_user(user: object) -> None:
    assert str(refused(token(user=user))) == NO_USER


@pytest.mark.parametrize(
    "exp",
    [
        *(None, True, False, "1734858598", [], {}),
        *(float("nan"), float("inf"), -float("inf"), 1e300, 10**30, -1e18),
        pytest.param(EXP * 1000, id="milliseconds"),
    ],
)
def test_token_that_does_not_say_when_it_expires(exp: object) -> None:
    assert str(refused(token(exp=exp))) == NO_EXP


def test_token_with_neither_user_nor_exp_is_told_about_the_user() -> None:
    assert str(refused(token_of({}))) == NO_USER


@pytest.mark.parametrize("shape", ["x" * 1_000_000, "." * 1_000_000, "\n" * 1_000_000, token() + "A" * 1_000_000])
def test_a_megabyte_is_refused_at_once(shape: str) -> None:
    started = time.perf_counter()
    refused(shape)
    with pytest.raises(InvalidCredentialsError):
        parse_url(shape)
    assert time.perf_counter() - started < 1


@quickly
@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")) | st.text(".aAeyJ-_=", max_size=300))
def test_any_text_is_a_token_or_refused_without_being_quoted(text: str) -> None:
    error = refused(text)
    assert str(error) in (NO_JWT, NO_USER, NO_EXP, BLANKS.format("token"))
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "exp", "user"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@quickly
@given(user=JSON, exp=JSON, iat=JSON)
def test_any_payload_gives_sound_claims_or_a_refusal(user: object, exp: object, iat: object) -> None:
    try:
        claims = parse_token(token(user=user, exp=exp, iat=iat))
    except InvalidCredentialsError as error:
        assert str(error) in (NO_USER, NO_EXP)  # noqa: PT017 - both ways out are fine
        return
    assert isinstance(user, dict)
    assert claims.account == str(user["id"])
    assert claims.exp == exp
    assert rfc3339(claims.exp).endswith("Z")
    assert claims.iat in (None, iat)


@given(st.binary(max_size=200))
def test_any_bytes_as_a_payload(raw: bytes) -> None:
    refused(token_of(raw))


def test_expiry() -> None:
    claims = parse_token(token())
    assert claims.expires == datetime(2024, 12, 22, 9, 9, 58, tzinfo=timezone.utc)
    assert not claims.has_expired(claims.expires - timedelta(seconds=1))
    assert claims.has_expired(claims.expires)
    assert claims.has_expired(claims.expires + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (EXP, "2024-12-22T09:09:58Z"),
        (1734858598, "2024-12-22T09:09:58Z"),
        (1734858598.999999, "2024-12-22T09:09:58Z"),
        (0, "1970-01-01T00:00:00Z"),
        (-0.5, "1969-12-31T23:59:59Z"),
    ],
)
def test_rfc3339_is_utc_and_whole_seconds_rounded_down(seconds: float, text: str) -> None:
    assert rfc3339(seconds) == text


@given(st.floats(min_value=0, max_value=253402300799))
def test_a_moment_is_never_later_than_its_number(seconds: float) -> None:
    assert 0 <= seconds - moment(seconds).timestamp() < 1


# url


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"  {URL}\n",
        "https://hailuoai.com",
        "HTTPS://www.minimax.io/x",
        "https://h:8443/?unix=1#top",
        "https://[::1]/",
    ],
)
def test_url_is_returned_without_blank_space_around(url: str) -> None:
    assert parse_url(url) == url.strip()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", BLANKS.format("url")),
        ("\t", BLANKS.format("url")),
        ("https://h/a b", BLANKS.format("url")),
        ("https://h/a\nb", BLANKS.format("url")),
        ("https://h/é", BLANKS.format("url")),
        ("https://h/" + "a" * MAX_LENGTH, BLANKS.format("url")),
        ("http://hailuoai.video/x", NO_ADDRESS),
        ("hailuoai.video/x?unix=1", NO_ADDRESS),
        ("//hailuoai.video/x", NO_ADDRESS),
        ("/v3/api/cursor?unix=1", NO_ADDRESS),
        ("https:///x", NO_ADDRESS),
        ("https://:443/x", NO_ADDRESS),
        ("https://h:port/x", NO_ADDRESS),
        ("https://h:99999/x", NO_ADDRESS),
        ("https://[::1/x", NO_ADDRESS),
        ("https:h", NO_ADDRESS),
        ("curl", NO_ADDRESS),
        (token(), NO_ADDRESS),
    ],
)
def test_what_is_no_url(url: str, sentence: str) -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        parse_url(url)
    assert (str(caught.value), caught.value.field) == (sentence, "url")


@quickly
@given(st.text() | st.text("htps:/[]@?#%.1\u2100", max_size=40).map("https://".__add__))
def test_any_text_is_a_url_or_refused_without_being_quoted(text: str) -> None:
    try:
        assert parse_url(text) == text.strip()
    except InvalidCredentialsError as error:
        assert str(error) in (BLANKS.format("url"), NO_ADDRESS)  # noqa: PT017 - both ways out are fine


# unix, the part of the url that changes at every call

NAMES = st.sampled_from(["unix", "uuid", "xunix", "unixx", "%75nix", "device_id"])
PAIRS = st.lists(st.tuples(NAMES, st.text("abc019%2F", max_size=8)), max_size=6)
URLS = PAIRS.map(lambda pairs: "https://h/p?" + "&".join(f"{name}={value}" for name, value in pairs))


@pytest.mark.parametrize(
    ("url", "marked"),
    [
        (URL, URL.replace("1732266598000", "7")),
        ("https://h/p?unix=1&a=2", "https://h/p?unix=7&a=2"),
        ("https://h/p?a=2&unix=", "https://h/p?a=2&unix=7"),
        ("https://h/p?unix=1&b=2&unix=3", "https://h/p?unix=7&b=2&unix=7"),
        ("https://h/p?unix=1#unix=2", "https://h/p?unix=7#unix=2"),
        (" https://h/p?unix=1\n", "https://h/p?unix=7"),
        ("https://h/p?unix=%31%26", "https://h/p?unix=7"),
        ("https://h/p", None),
        ("https://h/p?unix", None),
        ("https://h/unix=1", None),
        ("https://h/p?xunix=1&unixx=2", None),
        ("https://h/p?UNIX=1", None),
    ],
)
def test_revision_is_put_in_the_place_of_unix(url: str, marked: str | None) -> None:
    assert with_revision(url, "7") == marked


@pytest.mark.parametrize("url", ["https://h/p?a=1#x?unix=1", "https://h/p?a=1#x&unix=1", "https://h/p&unix=1?a=1"])
def test_a_unix_outside_of_the_query_is_not_the_time_of_the_call(url: str) -> None:
    assert with_revision(url, "7") is None
    assert not same_url(url, url.replace("unix=1", "unix=2"))


@given(URLS, st.integers(min_value=0).map(str))
def test_only_unix_changes(url: str, revision: str) -> None:
    marked = with_revision(url, revision)
    before = [pair.split("=") for pair in urlsplit(url).query.split("&") if pair]
    if marked is None:
        assert "unix" not in [name for name, _ in before]
        return
    after = [pair.split("=") for pair in urlsplit(marked).query.split("&") if pair]
    assert [name for name, _ in after] == [name for name, _ in before]
    expected = [revision if name == "unix" else value for name, value in before]
    assert [value for _, value in after] == expected
    assert marked.partition("?")[0] == url.partition("?")[0]
    assert with_revision(marked, revision) == marked
    assert same_url(url, marked)


def without_unix(url: str) -> list[str]:
    return [pair for pair in urlsplit(url).query.split("&") if not pair.startswith("unix=")]


@given(URLS, URLS)
def test_same_url_is_an_equivalence_but_for_unix(one: str, other: str) -> None:
    assert same_url(one, one)
    assert same_url(one, other) == same_url(other, one)
    if same_url(one, other):
        assert without_unix(one) == without_unix(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (URL, URL.replace("1732266598000", "1"), True),
        (URL, f" {URL}\n", True),
        (URL, URL.replace("uuid=b5", "uuid=b6"), False),
        (URL, URL.replace("&unix=1732266598000", ""), False),
        ("https://h/?unix=1&a=2", "https://h/?a=2&unix=1", False),
        ("https://h/?unix=1#a", "https://h/?unix=2#b", False),
        ("https://h/?xunix=1", "https://h/?xunix=2", False),
    ],
)
def test_same_url(one: str, other: str, same: bool) -> None:
    assert same_url(one, other) is same


def test_the_service_reads_back_what_was_put_in() -> None:
    marked = with_revision(URL, "1764000000000")
    assert marked
    assert dict(parse_qsl(urlsplit(marked).query))["unix"] == "1764000000000"
