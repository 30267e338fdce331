"""The settings: which source wins, and in which words a bad one is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_useapi.errors import ConfigurationError
from pulumi_useapi.http.endpoint import DEFAULT_BASE_URL, api_token_key, api_token_variable, set_api_token
from pulumi_useapi.settings import (
    as_object,
    is_subscription_name,
    owner_of,
    read_expiry_warning_days,
    read_settings,
)

NOTHING: dict[str, str] = {}
SUBSCRIPTIONS = {"useapi:subscriptions": json.dumps({"team-b": {"apiToken": " user:2-configured\n"}})}


def test_defaults() -> None:
    settings = read_settings(NOTHING.get, {})
    assert settings.base_url == DEFAULT_BASE_URL == "https://api.useapi.net/v1/minimax"
    assert (settings.timeout, settings.deadline, settings.former_owner) == (30, 120, None)
    assert settings.find_api_token() is None
    assert read_expiry_warning_days(NOTHING.get, {}) == 7


CONFIG = {
    "useapi:baseUrl": "https://config.example/v1/minimax",
    "useapi:timeout": "11",
    "useapi:deadline": "22.5",
    "useapi:formerOwner": "1@https://config.example",
    "useapi:expiryWarningDays": "3",
}
ENVIRONMENT = {
    "USEAPI_BASE_URL": "https://environment.example/v1/minimax",
    "USEAPI_TIMEOUT": "33",
    "USEAPI_DEADLINE": "44",
    "USEAPI_FORMER_OWNER": "2@https://environment.example",
    "USEAPI_EXPIRY_WARNING_DAYS": "0",
}


@pytest.mark.parametrize("blank", [{}, dict.fromkeys(ENVIRONMENT, ""), dict.fromkeys(ENVIRONMENT, " \n")])
def test_config_wins_over_the_defaults_and_an_empty_variable_is_none(blank: dict[str, str]) -> None:
    settings = read_settings(CONFIG.get, blank)
    assert settings.base_url == "https://config.example/v1/minimax"
    assert (settings.timeout, settings.deadline) == (11, 22.5)
    assert settings.former_owner == "1@https://config.example"
    assert read_expiry_warning_days(CONFIG.get, blank) == 3


def test_environment_wins_over_config() -> None:
    settings = read_settings(CONFIG.get, ENVIRONMENT)
    assert settings.base_url == "https://environment.example/v1/minimax"
    assert (settings.timeout, settings.deadline) == (33, 44)
    assert settings.former_owner == "2@https://environment.example"
    assert read_expiry_warning_days(CONFIG.get, ENVIRONMENT) == 0


def test_blank_space_around_a_setting_is_no_part_of_it() -> None:
    assert read_settings({"useapi:baseUrl": " https://h/ \n"}.get, {}).base_url == "https://h/"
    assert read_settings({"useapi:baseUrl": " "}.get, {}).base_url == DEFAULT_BASE_URL
    assert read_settings(NOTHING.get, {"USEAPI_TIMEOUT": " 5\n"}).timeout == 5


def test_numbers_of_the_config_may_be_numbers() -> None:
    config: dict[str, object] = {"useapi:timeout": 5, "useapi:expiryWarningDays": 14}
    assert read_settings(config.get, {}).timeout == 5
    assert read_expiry_warning_days(config.get, {}) == 14


# API tokens


def test_the_default_api_token() -> None:
    config = {"useapi:apiToken": " user:1-configured\n"}
    assert read_settings(config.get, {}).api_token() == "user:1-configured"
    assert read_settings(config.get, {"USEAPI_API_TOKEN": ""}).api_token() == "user:1-configured"
    assert read_settings(config.get, {"USEAPI_API_TOKEN": "\tuser:9-mine\n"}).api_token() == "user:9-mine"


def test_the_api_token_of_a_subscription() -> None:
    assert read_settings(SUBSCRIPTIONS.get, {}).api_token("team-b") == "user:2-configured"
    environment = {"USEAPI_API_TOKEN_TEAM_B": "user:2-mine", "USEAPI_API_TOKEN": "user:9-default"}
    assert read_settings(SUBSCRIPTIONS.get, environment).api_token("team-b") == "user:2-mine"


@pytest.mark.parametrize("subscription", [None, "team-b"])
def test_one_subscription_never_gets_the_api_token_of_another(subscription: str | None) -> None:
    config = {"useapi:subscriptions": '{"team-a": {"apiToken": "user:3-a"}}'}
    environment = {"USEAPI_API_TOKEN_TEAM_A": "user:3-a", "USEAPI_API_TOKEN_TEAM_B_2": "user:4-b2"}
    if subscription:
        config["useapi:apiToken"] = environment["USEAPI_API_TOKEN"] = "user:9-default"
    assert read_settings(config.get, environment).find_api_token(subscription) is None


@pytest.mark.parametrize(
    ("subscription", "sentence"),
    [
        (
            None,
            "the API token is missing: set it with pulumi config set --secret useapi:apiToken, or in the environment "
            "variable USEAPI_API_TOKEN",
        ),
        (
            "team-b",
            "the API token of subscription team-b is missing: set it with pulumi config set --secret --path "
            "'useapi:subscriptions.team-b.apiToken', or in the environment variable USEAPI_API_TOKEN_TEAM_B",
        ),
    ],
)
def test_a_missing_api_token_says_where_to_put_it(subscription: str | None, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(NOTHING.get, {}).api_token(subscription)
    assert str(caught.value) == sentence


def test_a_missing_subscription_names_those_that_are_there() -> None:
    token = {"apiToken": "user:2-configured"}
    config = {"useapi:subscriptions": {"team-b": token, "a": token, "empty": {}, "user:5-a-token": token}}
    environment = {
        "USEAPI_API_TOKEN": "user:9-default",
        "USEAPI_API_TOKEN_TEAM_B": "user:2-mine",
        "USEAPI_API_TOKEN_TEAM_D": "user:6-mine",
        "USEAPI_API_TOKEN_BLANK": " ",
    }
    for variables, there in (
        (environment, "the default one, a, team-b, USEAPI_API_TOKEN_TEAM_D"),
        ({}, "a, team-b"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            read_settings(config.get, variables).api_token("team-c")
        assert str(caught.value) == (
            "the API token of subscription team-c is missing: set it with pulumi config set --secret --path "
            "'useapi:subscriptions.team-c.apiToken', or in the environment variable USEAPI_API_TOKEN_TEAM_C; there is one "
            f"for {there}"
        )


def test_a_variable_that_stands_for_two_configured_subscriptions_is_refused() -> None:
    config = {"useapi:subscriptions": {"team-b": {"apiToken": "user:2-b"}, "team_b": {"apiToken": "user:3-b"}}}
    settings = read_settings(config.get, {})
    assert (settings.find_api_token("team-b"), settings.find_api_token("team_b")) == ("user:2-b", "user:3-b")
    settings = read_settings(config.get, {"USEAPI_API_TOKEN_TEAM_B": "user:4-mine"})
    for name, names in (("team-b", "team-b and team_b"), ("Team-B", "Team-B and team-b and team_b")):
        with pytest.raises(ConfigurationError) as caught:
            settings.find_api_token(name)
        assert str(caught.value) == (
            f"the environment variable USEAPI_API_TOKEN_TEAM_B stands for the subscriptions {names} alike: unset it, or "
            "rename one of them"
        )
    assert read_settings(NOTHING.get, {"USEAPI_API_TOKEN_TEAM_B": "user:4"}).find_api_token("team_b") == "user:4"


@pytest.mark.parametrize("value", ["", " ", 7, True, {"secret": "x"}, None])
def test_an_api_token_of_the_wrong_type_is_none(value: object) -> None:
    assert read_settings({"useapi:apiToken": value}.get, {}).find_api_token() is None
    subscriptions = {"useapi:subscriptions": {"b": {"apiToken": value}}}
    assert read_settings(subscriptions.get, {}).find_api_token("b") is None


@pytest.mark.parametrize("entry", [None, "user:2-plain", [], 7])
def test_an_entry_of_the_wrong_type_is_none(entry: object) -> None:
    assert read_settings({"useapi:subscriptions": {"b": entry}}.get, {}).find_api_token("b") is None


@pytest.mark.parametrize("junk", ["user:2-secret-token", "[1]", "7", "null", '"text"', "{", "[" * 100_000, [], 7])
def test_subscriptions_that_are_no_object_are_refused_without_being_quoted(junk: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"useapi:subscriptions": junk}.get, {}).find_api_token("b")
    assert str(caught.value) == (
        "useapi:subscriptions: it must be an object: set its entries with pulumi config set --path "
        "'useapi:subscriptions.…'"
    )
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_absent_objects_are_empty() -> None:
    assert as_object(None, "useapi:accounts") == {}
    assert as_object("{}", "useapi:accounts") == {}


@pytest.mark.parametrize(
    ("subscription", "key", "variable"),
    [
        (None, "useapi:apiToken", "USEAPI_API_TOKEN"),
        ("b", "useapi:subscriptions.b.apiToken", "USEAPI_API_TOKEN_B"),
        ("team-b", "useapi:subscriptions.team-b.apiToken", "USEAPI_API_TOKEN_TEAM_B"),
        ("Team_B2", "useapi:subscriptions.Team_B2.apiToken", "USEAPI_API_TOKEN_TEAM_B2"),
    ],
)
def test_names_of_the_api_token(subscription: str | None, key: str, variable: str) -> None:
    assert (api_token_key(subscription), api_token_variable(subscription)) == (key, variable)


def test_how_an_api_token_is_set() -> None:
    assert set_api_token(None) == "pulumi config set --secret useapi:apiToken (or the variable USEAPI_API_TOKEN)"
    assert set_api_token("team-b") == (
        "pulumi config set --secret --path 'useapi:subscriptions.team-b.apiToken' (or the variable USEAPI_API_TOKEN_TEAM_B)"
    )


def test_settings_do_not_show_api_tokens() -> None:
    config = {"useapi:apiToken": "user:1-aaaaaaaaaaaa", **SUBSCRIPTIONS}
    settings = read_settings(config.get, {"USEAPI_API_TOKEN": "user:9-bbbbbbbbbbbb"})
    for secret in ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "user:2-configured"):
        assert secret not in repr(settings)


# numbers


@pytest.mark.parametrize("text", ["x", "0", "-1", "nan", "inf", "-inf", "1e999", "30s", "1,5", "0x10", "null", "[]"])
@pytest.mark.parametrize("name", ["timeout", "deadline"])
@pytest.mark.parametrize("source", ["environment", "config"])
def test_a_bad_number_of_seconds(name: str, text: str, source: str) -> None:
    key, variable = f"useapi:{name}", f"USEAPI_{name.upper()}"
    is_variable = source == "environment"
    with pytest.raises(ConfigurationError) as caught:
        read_settings((NOTHING if is_variable else {key: text}).get, {variable: text} if is_variable else {})
    assert str(caught.value) == f"{key} ({variable}): it must be a number of seconds above 0"


@pytest.mark.parametrize("text", ["x", "-1", "366", "1000", "7.0", "1.5", "nan", "٣", "+7", "1_0"])
def test_bad_days(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_expiry_warning_days({"useapi:expiryWarningDays": text}.get, {})
    assert str(caught.value) == (
        "useapi:expiryWarningDays (USEAPI_EXPIRY_WARNING_DAYS): it must be a whole number of days from 0 (never) to 365"
    )


@given(st.text())
def test_any_text_is_a_number_of_days_or_refused(text: str) -> None:
    try:
        assert 0 <= read_expiry_warning_days({"useapi:expiryWarningDays": text}.get, {}) <= 365
    except ConfigurationError as error:
        assert "useapi:expiryWarningDays" in str(error)  # noqa: PT017 - both ways out are fine


# names and owners


@pytest.mark.parametrize("name", ["b", "team-b", "Team_B", "a" * 64])
def test_subscription_names(name: str) -> None:
    assert is_subscription_name(name)


@pytest.mark.parametrize("name", ["", "user:4711-abc", "4711", "-b", "a.b", "a b", "é", "a" * 65, "a\n", None, 7, True])
def test_what_is_no_subscription_name(name: object) -> None:
    assert not is_subscription_name(name)


BASE = "https://api.useapi.net/v1/minimax"


@pytest.mark.parametrize(
    ("api_token", "base_url", "owner"),
    [
        ("user:4711-abcdef", BASE, f"4711@{BASE}"),
        ("user:4711-abcdef", BASE + "/", f"4711@{BASE}"),
        ("user:4711-", BASE, f"4711@{BASE}"),
        ("user:4711-a-b-c", "http://127.0.0.1:8787/v1/minimax", "4711@http://127.0.0.1:8787/v1/minimax"),
    ],
)
def test_owner(api_token: str, base_url: str, owner: str) -> None:
    assert owner_of(api_token, base_url) == owner


@pytest.mark.parametrize("api_token", ["abcdefghijkl", "user:x-abcdefghijkl", "user:" + "1" * 21 + "-abcdefghijkl"])
def test_owner_of_an_api_token_without_a_number_is_a_short_hash(api_token: str) -> None:
    number, _, url = owner_of(api_token, BASE).partition("@")
    assert (len(number), url) == (8, BASE)
    assert number == owner_of(api_token, "https://elsewhere.example").partition("@")[0]
    assert number != owner_of(api_token + "m", BASE).partition("@")[0]
    assert number not in api_token


def test_a_new_api_token_of_the_same_subscription_is_the_same_owner() -> None:
    assert owner_of("user:4711-old", BASE) == owner_of("user:4711-new", BASE)
    assert owner_of("user:4711-old", BASE) != owner_of("user:4712-old", BASE)


def test_how_many_requests_at_once() -> None:
    assert read_settings(NOTHING.get, {}).max_requests == 10
    assert read_settings({"useapi:maxRequests": " 3 "}.get, {}).max_requests == 3
    assert read_settings({"useapi:maxRequests": "3"}.get, {"USEAPI_MAX_REQUESTS": "256"}).max_requests == 256
    for text in ("0", "257", "-1", "1.5", "many"):
        with pytest.raises(ConfigurationError, match="it must be a whole number of requests from 1 to 256"):
            read_settings(NOTHING.get, {"USEAPI_MAX_REQUESTS": text})
