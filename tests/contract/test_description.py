"""The description is valid, and it is of the documented bodies: typed in here from the public page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from .openapi import ContractError, check_request, check_response, check_schema, document

ACCOUNTS = "/v1/minimax/accounts"

CREATED = """{
    "account": "123456",
    "jwt": {
        "token": "abc…secured…xyz",
        "user": {
            "deviceID": "123456789",
            "id": "123456",
            "isAnonymous": true,
            "name": "<name>",
            "avatar": "<url>"
        },
        "exp": 1734858598.864,
        "iat": 1732266598.864,
        "host": "hailuoai.video",
        "searchParams": "device_platform=web&app_id=3001&version_code=22201&uuid=b5df53d1-4c0d-4c77-8422-87e3f3b1a1d6&device_id=123456789&os_name=Windows&browser_name=chrome&device_memory=8&cpu_core_num=4&browser_language=en-US&browser_platform=Win32&screen_width=1920&screen_height=1080&unix=1732266598000",
        "iat_Issued": "2024-01-01T00:00:00.000Z",
        "exp_Expire": "2024-12-01T00:00:00.000Z"
    },
    "maxJobs": 1,
    "supportVideo": true,
    "supportChat": true,
    "supportAudio": true
}"""

NOT_FOUND = "Configuration not found. To create configuration use POST /accounts/account."


def test_the_description_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


def test_the_published_request_conforms() -> None:
    check_request("POST", ACCOUNTS, '{"url": "MiniMax url", "token": "MiniMax token", "maxJobs": 1}')


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", ACCOUNTS, 201), ("GET", f"{ACCOUNTS}/123456", 200)],
)
def test_the_published_account_conforms(method: str, path: str, status: int) -> None:
    check_response(method, path, status, "application/json; charset=utf-8", CREATED)
    check_response("GET", ACCOUNTS, 200, "application/json", f'{{"123456": {CREATED}}}')


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "<Error message>"),
        (401, "Unauthorized"),
        (401, "Wrong username/password combination."),
        (401, "This account has been suspended."),
    ],
)
def test_the_published_errors_conform(status: int, text: str) -> None:
    check_response("POST", ACCOUNTS, status, "application/json", json.dumps({"error": text, "code": status}))


def test_the_other_documented_answers_conform() -> None:
    check_response("GET", f"{ACCOUNTS}/1", 404, "text/plain", NOT_FOUND)
    check_response("DELETE", f"{ACCOUNTS}/1", 204, None, b"")
    check_response("DELETE", f"{ACCOUNTS}/1", 200, "application/json", "{}")
    nested = {"error": {"code": 13, "message": "m", "status": "UNKNOWN", "details": []}}
    check_response("POST", ACCOUNTS, 502, "application/json", json.dumps(nested))
    check_response("POST", ACCOUNTS, 502, "text/html", "<html>")


def test_every_field_is_optional_and_unknown_ones_are_allowed() -> None:
    for name in ("Account", "Jwt", "Features", "Subscription"):
        check_schema(name, {})
        check_schema(name, {"somethingNew": [1]})


def test_every_example_of_the_description_conforms() -> None:
    check_schema("Account", document()["components"]["examples"]["Account"]["value"])
    assert document()["components"]["examples"]["Account"]["value"] == json.loads(CREATED)
    features = document()["paths"]["/v1/minimax/features/"]["get"]["responses"]["200"]["content"]
    check_schema("Features", features["application/json"]["examples"]["documented"]["value"])
    subscription = document()["paths"]["/v2/account"]["get"]["responses"]["200"]["content"]
    check_schema("Subscription", subscription["application/json"]["examples"]["documented"]["value"])


@pytest.mark.parametrize(
    "body",
    [
        None,
        "{",
        "[]",
        '{"token": "t", "maxJobs": 1}',
        '{"url": "u", "maxJobs": 1}',
        '{"url": "u", "token": "t"}',
        '{"url": "", "token": "t", "maxJobs": 1}',
        '{"url": "u", "token": 1, "maxJobs": 1}',
        '{"url": "u", "token": "t", "maxJobs": 0}',
        '{"url": "u", "token": "t", "maxJobs": 11}',
        '{"url": "u", "token": "t", "maxJobs": 2.5}',
        '{"url": "u", "token": "t", "maxJobs": "two"}',
        '{"url": "u", "token": "t", "maxJobs": true}',
    ],
)
def test_the_check_refuses_a_wrong_request(body: str | None) -> None:
    with pytest.raises(ContractError):
        check_request("POST", ACCOUNTS, body)


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", ACCOUNTS), ("GET", "/v1/minimax/account"), ("GET", f"{ACCOUNTS}/1/2")]
)
def test_the_check_refuses_an_unknown_call(method: str, path: str) -> None:
    with pytest.raises(ContractError):
        check_request(method, path, None)


@pytest.mark.parametrize(
    "change",
    [
        {"account": 123456},
        {"maxJobs": "1"},
        {"maxJobs": 1.5},
        {"supportVideo": "yes"},
        {"error": 596},
        {"jwt": {"token": "eyJ.the.whole.token"}},
        {"jwt": {"exp": "1734858598.864"}},
        {"jwt": {"exp_Expire": "in December"}},
        {"jwt": {"user": {"id": 123456}}},
    ],
)
def test_the_check_refuses_a_wrong_account(change: dict[str, Any]) -> None:
    body = json.dumps(json.loads(CREATED) | change)
    with pytest.raises(ContractError):
        check_response("POST", ACCOUNTS, 201, "application/json", body)
    with pytest.raises(ContractError):
        check_response("GET", ACCOUNTS, 200, "application/json", f'{{"123456": {body}}}')


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (200, "application/json", CREATED),
        (418, "application/json", "{}"),
        (201, "text/html", CREATED),
        (201, None, CREATED),
        (201, "application/json", CREATED[:-1]),
        (201, "application/json", ""),
        (400, "application/json", '{"code": 400}'),
        (401, "text/plain", "Unauthorized"),
    ],
)
def test_the_check_refuses_a_wrong_answer(status: int, content_type: str | None, body: str) -> None:
    with pytest.raises(ContractError):
        check_response("POST", ACCOUNTS, status, content_type, body)


def test_the_check_refuses_a_body_where_none_belongs() -> None:
    with pytest.raises(ContractError):
        check_request("DELETE", f"{ACCOUNTS}/1", "{}")
    with pytest.raises(ContractError):
        check_response("DELETE", f"{ACCOUNTS}/1", 204, None, "{}")
    with pytest.raises(ContractError):
        check_response("GET", f"{ACCOUNTS}/1", 404, "text/plain", "404: Not Found")
