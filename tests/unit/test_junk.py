"""Whatever text comes from outside: only the documented errors come out, quickly, and without echoing it.

Tokens and urls have tests of their own in test_credentials.py, answers of the API in tests/faults/test_bad_answers.py.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_useapi import ready_made_stack
from pulumi_useapi.config_file import parsed, plaintext
from pulumi_useapi.credentials import parse_token, parse_url, same_url, with_revision
from pulumi_useapi.emulator import Emulator
from pulumi_useapi.emulator.answers import Refused
from pulumi_useapi.emulator.intake import read_configuration
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import ConfigurationError, InvalidCredentialsError, UseApiError
from pulumi_useapi.http.endpoint import checked_base_url, checked_token, path_segment
from pulumi_useapi.http.redaction import quotable
from pulumi_useapi.inputs import UNKNOWN, check_plain_inputs
from pulumi_useapi.lifecycle import Lifecycle
from pulumi_useapi.run_note import Line, RunNote
from pulumi_useapi.settings import as_object, owner_of, read_expiry_warning_days, read_settings
from tests.support.junk import (
    JSON_TEXTS,
    MARKER,
    TEXTS,
    dumped,
    json_values,
    marked,
    nested,
    only_documented,
    require_linear,
)
from tests.unit.test_credentials import token_of

URN = "urn:pulumi:dev::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::main"
NOWHERE = "http://127.0.0.1:1/v1/minimax"
NOTHING: dict[str, str] = {}
SUBSCRIPTIONS = st.none() | st.sampled_from(["team-b", "TEAM_B"]) | TEXTS

Work = Callable[[str], object]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


# settings: the environment and the stack's config

ENVIRONMENT = st.dictionaries(
    st.sampled_from(
        [
            "USEAPI_API_TOKEN",
            "USEAPI_API_TOKEN_TEAM_B",
            "USEAPI_BASE_URL",
            "USEAPI_TIMEOUT",
            "USEAPI_DEADLINE",
            "USEAPI_EXPIRY_WARNING_DAYS",
            "USEAPI_FORMER_OWNER",
            "USEAPI_MAX_REQUESTS",
        ]
    ),
    TEXTS.map(marked) | TEXTS,
)
CONFIG = st.dictionaries(
    st.sampled_from(
        [
            "useapi:apiToken",
            "useapi:subscriptions",
            "useapi:baseUrl",
            "useapi:timeout",
            "useapi:deadline",
            "useapi:expiryWarningDays",
            "useapi:formerOwner",
            "useapi:maxRequests",
        ]
    ),
    JSON_TEXTS.map(marked) | JSON_TEXTS | json_values("team-b", "apiToken").map(dumped),
)


@given(CONFIG, ENVIRONMENT, st.none() | st.just("team-b"))
def test_any_environment_and_config(
    config: dict[str, str], environment: dict[str, str], subscription: str | None
) -> None:
    def connected() -> object:
        found = read_settings(config.get, environment)
        checked_base_url(found.base_url)
        return owner_of(checked_token(found.api_token(subscription)), found.base_url)

    only_documented(connected, ConfigurationError)
    only_documented(lambda: read_expiry_warning_days(config.get, environment), ConfigurationError)


@given(json_values("team-b", "apiToken").map(dumped) | JSON_TEXTS | JSON_TEXTS.map(marked))
def test_any_structured_value(text: str) -> None:
    found = only_documented(lambda: as_object(text, "useapi:subscriptions"), ConfigurationError)
    assert isinstance(found, Mapping | ConfigurationError)


@pytest.mark.parametrize("depth", [100, 900, 5_000, 200_000])
def test_deeply_nested_config(depth: int) -> None:
    only_documented(lambda: as_object(nested(depth), "useapi:subscriptions"), ConfigurationError)
    assert list(plaintext("useapi:accounts", "accounts", parsed(nested(depth)))) == []


@given(json_values("token", "url", "apiToken", "secure", "main"))
def test_any_value_in_the_stacks_config_file(value: object) -> None:
    for name in ("accounts", "apiToken"):
        for path in plaintext(f"useapi:{name}", name, value):
            assert path.startswith(f"useapi:{name}")


# the ready-made stack

ENTRIES = json_values("url", "token", "maxJobs", "subscription", "adopt", "protect", "retainOnDelete")


@given(ENTRIES)
def test_any_entry_of_the_ready_made_stack(entry: Any) -> None:
    faults = list(ready_made_stack._faults("main", entry))
    assert all(fault.startswith("useapi:accounts.main") for fault in faults)
    if not faults:
        ready_made_stack._number(entry["maxJobs"])


@pytest.mark.parametrize("key", ["url", "token", "maxJobs", "subscription", "adopt", "protect", "retainOnDelete"])
def test_no_value_of_an_entry_is_told(key: str) -> None:
    for value in (MARKER, [MARKER], {MARKER: MARKER}):
        entry = {"url": "u", "token": "t", "maxJobs": 1, key: value}
        assert MARKER not in "".join(ready_made_stack._faults("main", entry))
        assert MARKER not in "".join(ready_made_stack._faults("main", value if isinstance(value, list) else [entry]))


@given(TEXTS)
def test_any_text_as_a_number_of_jobs(text: str) -> None:
    number = ready_made_stack._number(text)
    assert number == text or number == int(text)


# inputs

INPUTS = st.fixed_dictionaries(
    {},
    optional={
        "url": json_values() | st.just(UNKNOWN) | st.text(max_size=30).map("https://".__add__),
        "token": json_values() | st.just(UNKNOWN),
        "maxJobs": json_values() | st.just(UNKNOWN) | st.just(3.0),
        "subscription": json_values() | st.just(UNKNOWN) | SUBSCRIPTIONS,
        "adopt": json_values() | st.just(UNKNOWN),
        "deleteBeforeReplace": json_values(),
        "unheardOf": json_values(),
    },
)
PROPERTIES = {"", "maxJobs", "adopt"}


@given(INPUTS)
def test_any_plain_inputs(inputs: dict[str, Any]) -> None:
    for failure in check_plain_inputs(inputs):
        assert failure.property in PROPERTIES
        assert "\n" not in failure.reason


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(news=INPUTS, olds=INPUTS, payload=json_values("exp", "iat", "user", "id"), api_token=TEXTS)
def test_any_inputs_and_any_api_token_in_check(
    news: dict[str, Any], olds: dict[str, Any], payload: object, api_token: str
) -> None:
    environment = {"USEAPI_BASE_URL": NOWHERE, "USEAPI_API_TOKEN": api_token, "USEAPI_DEADLINE": "0.01"}
    reports: list[str] = []
    life = Lifecycle(read_settings(lambda _: None, environment), lambda _, message, __: reports.append(message))
    with_payload = news | ({"token": token_of(payload)} if isinstance(payload, dict) else {})
    for inputs in (news, with_payload):
        checked, failures = life.check(URN, olds, dict(inputs))
        assert isinstance(checked, dict)
        assert all(failure.property in PROPERTIES for failure in failures)


@pytest.mark.parametrize("api_token", ["user:1-\udcff\udcfe", "\ud800", "ü" * 40, "a b", "x\0y", "9" * 100_000])
def test_an_api_token_that_is_none(api_token: str) -> None:
    made = make_credentials("101", expires=datetime.now(timezone.utc) + timedelta(days=30))
    environment = {"USEAPI_BASE_URL": NOWHERE, "USEAPI_API_TOKEN": api_token + MARKER, "USEAPI_DEADLINE": "0.01"}
    life = Lifecycle(read_settings(lambda _: None, environment), lambda *_: None)
    inputs = {"url": made.url, "token": made.token, "maxJobs": 1}
    checked, failures = life.check(URN, {}, inputs)
    assert MARKER not in repr(failures)
    error = only_documented(lambda: life.create(URN, checked), UseApiError)
    assert isinstance(error, UseApiError)


# urls and other addresses


@given(TEXTS.map(marked) | TEXTS | st.text("htps:/[]@?#%.1\u2100\ud800&=unix", max_size=60).map("https://".__add__))
def test_any_text_as_a_url(text: str) -> None:
    only_documented(lambda: parse_url(text), InvalidCredentialsError)
    only_documented(lambda: parse_token(text), InvalidCredentialsError)
    assert same_url(text, text)
    with_revision(text, "1")


@given(TEXTS.map(marked) | TEXTS | st.text("htps:/[]@?#%.1\u2100\ud800 ", max_size=40).map("http://".__add__))
def test_any_text_as_an_address_token_or_id(text: str) -> None:
    only_documented(lambda: checked_base_url(text), ConfigurationError)
    only_documented(lambda: checked_token(text), ConfigurationError)
    only_documented(lambda: path_segment(text), ConfigurationError)


# the note of a run

LINES = JSON_TEXTS | json_values("time", "urn", "account", "subscription", "owner", "is_held").map(dumped)
FIELDS = st.fixed_dictionaries(
    {"time": st.just(4e9) | json_values(), "urn": json_values(), "account": st.just("101") | json_values()},
    optional={"subscription": json_values(), "owner": json_values(), "is_held": json_values()},
)
SOUND = Line(URN, "101", owner="1@https://h", is_held=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=4), st.lists(FIELDS, max_size=3), st.binary(max_size=40))
def test_any_note_of_a_run(texts: list[str], fields: list[Any], raw: bytes) -> None:
    note = RunNote("127.0.0.1:40123")
    note.add(SOUND)
    (file,) = [path for path in Path(tempfile.gettempdir()).rglob("*") if path.is_file()]
    whole = file.read_bytes()
    junk = [text.encode("utf-8", "surrogatepass") for text in (*texts, *map(dumped, fields))]
    file.write_bytes(b"\n".join([*junk, raw, whole]))
    try:
        lines = list(note.lines("101"))
        assert lines[-1] == SOUND
        for line in lines:
            assert isinstance(line.urn, str)
            assert line.owner is None or isinstance(line.owner, str)
            assert line.subscription is None or isinstance(line.subscription, str)
    finally:
        file.write_bytes(b"")  # the process keeps it open


@pytest.mark.parametrize("junk", ["[" * 200_000, '{"time": ' + "9" * 400 + "}", "\udcff", '{"time": 1e999}'])
def test_a_torn_note_of_a_run(junk: str) -> None:
    note = RunNote("127.0.0.1:40123")
    note.add(SOUND)
    (file,) = [path for path in Path(tempfile.gettempdir()).rglob("*") if path.is_file()]
    file.write_bytes(junk.encode("utf-8", "surrogateescape") + b"\n" + file.read_bytes())
    assert list(note.lines("101")) == [SOUND]


# the emulator


@given(
    json_values("url", "token", "maxJobs").map(dumped).map(str.encode)
    | st.binary()
    | JSON_TEXTS.map(marked).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_body_of_a_post(body: bytes) -> None:
    with contextlib.suppress(Refused):
        read_configuration(body)


@given(json_values("exp", "iat", "user", "id", "name"), TEXTS, json_values())
def test_any_fields_of_a_post(payload: object, url: str, max_jobs: object) -> None:
    token = token_of(payload) if isinstance(payload, dict) else "a.b.c"
    body = dumped({"url": f"https://h/{url}", "token": token, "maxJobs": max_jobs})
    with contextlib.suppress(Refused):
        read_configuration(body.encode())


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


SWITCHES = ("latency", "numbers", "mask", "omit", "extra", "delete_status", "accounts", "refuse", "methods")
RULES = ("fault", "method", "path", "nth", "probability", "seed", "status", "headers", "seconds", "size", "retry_after")
BODIES = {
    "behaviour": json_values(*SWITCHES),
    "faults": st.lists(json_values(*RULES), max_size=3) | json_values(*RULES),
    "subscriptions/4711": json_values("plan", "credits", "maxAccounts", "expired", "name"),
    "accounts/4711/101": json_values("mask", "user", "exp", "host", "maxJobs", "error"),
}


@pytest.mark.parametrize("place", BODIES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_body_at_the_emulators_control(place: str, data: st.DataObject, emulator: Emulator) -> None:
    body = data.draw(BODIES[place].map(dumped) | JSON_TEXTS)
    root = emulator.base_url.removesuffix("/v1/minimax")
    with requests.Session() as session:
        session.trust_env = False
        for method in ("PUT", "PATCH"):
            answer = session.request(
                method, f"{root}/_emulator/{place}", data=body.encode("utf-8", "replace"), timeout=20
            )
            assert answer.status_code in (200, 400, 404, 405), answer.text


@pytest.mark.parametrize(
    "place",
    [
        "requests?after=" + "9" * 30,
        "requests?after=" + "9" * 5000,
        "requests?after=x",
        "accounts/" + "9" * 40 + "/1",
        "accounts/x/1",
    ],
)
def test_any_number_at_the_emulators_control(place: str, emulator: Emulator) -> None:
    root = emulator.base_url.removesuffix("/v1/minimax")
    method = "GET" if place.startswith("requests") else "DELETE"
    answer = requests.request(method, f"{root}/_emulator/{place}", timeout=20, proxies={"http": ""})
    assert answer.status_code in (200, 400, 404), answer.text


# megabytes


def quietly(work: Work) -> Work:
    def run(text: str) -> None:
        with contextlib.suppress(UseApiError, Refused):
            work(text)

    return run


LONG_TEXTS: dict[str, Callable[[int], str]] = {
    "letters": lambda size: "a" * size,
    "digits": lambda size: "9" * size,
    "blanks": lambda size: "a" + " " * size + "a",
    "brackets": lambda size: "[" * size,
    "quotes": lambda size: '"\\' * (size // 2),
    "objects": lambda size: '{"a":' * (size // 5),
    "list": lambda size: "[" + "1," * (size // 2) + "1]",
    "keys": lambda size: json.dumps({str(number): number for number in range(size // 16)}),
    "url": lambda size: "https://h/?" + "unix=1&" * (size // 7),
    "host": lambda size: "https://" + "a." * (size // 2),
    "ports": lambda size: "https://h" + ":1" * (size // 2),
    "percents": lambda size: "https://h/" + "%41" * (size // 3),
    "jwt": lambda size: "eyJhIjoxfQ." * (size // 11),
    "long jwt": lambda size: "eyJhIjoxfQ." + "e" * size + ".x",
    "wide": lambda size: "ü\u2100" * (size // 2),
}
READERS: dict[str, Work] = {
    "token": parse_token,
    "url": parse_url,
    "same url": lambda text: same_url(text, text),
    "base url": checked_base_url,
    "API token": checked_token,
    "API token's owner": lambda text: owner_of(text, "https://h"),
    "account id": path_segment,
    "structured config": lambda text: as_object(text, "useapi:accounts"),
    "config file": lambda text: list(plaintext("useapi:accounts", "accounts", parsed(text))),
    "entry": lambda text: list(ready_made_stack._faults("main", {"url": text, "token": text, "maxJobs": text})),
    "number of jobs": ready_made_stack._number,
    "inputs": lambda text: check_plain_inputs({"url": text, "maxJobs": text, "subscription": text, "adopt": text}),
    "environment": lambda text: read_settings(NOTHING.get, dict.fromkeys(["USEAPI_TIMEOUT", "USEAPI_DEADLINE"], text)),
    "days": lambda text: read_expiry_warning_days(NOTHING.get, {"USEAPI_EXPIRY_WARNING_DAYS": text}),
    "words of the API": lambda text: quotable(text, ["user:4711-Zq8LmPk2Wv9RtYx3"]),
    "body of a post": lambda text: read_configuration(text.encode()),
    "fields of a post": lambda text: read_configuration(
        json.dumps({"url": text, "token": text, "maxJobs": 1}).encode()
    ),
}


@pytest.mark.parametrize("long", LONG_TEXTS)
@pytest.mark.parametrize("reader", READERS)
def test_megabytes_take_no_longer_than_their_length(reader: str, long: str) -> None:
    require_linear(LONG_TEXTS[long], quietly(READERS[reader]))
