"""Bad input stops before anything is changed, in one sentence; nothing stored is lost; no secret is printed."""

from __future__ import annotations

from typing import Any

import jwt

from tests.engine.conftest import NOW, World
from tests.support.secret_scan import PIECE

GOOD = "302817465"


def token(payload: dict[str, Any]) -> str:
    return jwt.encode(payload, "a throw-away key, long enough for the library", algorithm="HS256")


BAD_INPUTS: dict[str, tuple[dict[str, Any], str]] = {
    "maxJobs 0": ({"max_jobs": 0}, "maxJobs value {0} has a problem: it must be a whole number from 1 to 10"),
    "maxJobs 11": ({"max_jobs": 11}, "maxJobs value {11} has a problem: it must be a whole number from 1 to 10"),
    "maxJobs two": ({"max_jobs": "two"}, "maxJobs value {two} has a problem: it must be a whole number from 1 to 10"),
    "maxJobs 2.5": ({"max_jobs": 2.5}, "maxJobs value {2.5} has a problem: it must be a whole number from 1 to 10"),
    "token is no JWT": ({"token": "not-a-jwt-but-a-secret-0815"}, "token: this is no JWT; copy it again"),
    "token without user": (
        {"token": token({"exp": NOW.timestamp() + 9999})},
        "token: this JWT names no MiniMax user (user.id); copy it again",
    ),
    "token without exp": (
        {"token": token({"user": {"id": GOOD}})},
        "token: this JWT does not say when it expires (exp); copy it again",
    ),
    "url without host": (
        {"url": "https:///cursor?secret=4711-0815-4711"},
        "url: it must be a whole address that begins with https://; copy it again",
    ),
    "url not https": (
        {"url": "http://hailuoai.video/cursor?secret=4711-0815-4711"},
        "url: it must be a whole address that begins with https://; copy it again",
    ),
    "no url": ({"url": ""}, "url: it is missing; copy it"),
}


def test_bad_inputs_are_refused_at_preview_and_up(world: World) -> None:
    entry = world.entry(GOOD)
    world.stack.declare(main=entry)
    world.succeeded(world.stack.up())
    before = world.stack.resources(show_secrets=True)

    for case, (changes, sentence) in BAD_INPUTS.items():
        for value in changes.values():
            if isinstance(value, str) and len(value) > PIECE:
                world.scan.plant(case, value.rpartition("secret=")[2])
        world.stack.declare(main=entry | changes)
        world.refused(world.stack.preview(), sentence)
        world.refused(world.stack.up(), sentence)

    assert world.stack.resources(show_secrets=True) == before
    assert len(world.calls("POST")) == 1
    world.stack.declare(main=entry)
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))


def test_a_wrong_api_token_fails_the_preview_of_a_new_account(world: World) -> None:
    world.stack.environment["USEAPI_API_TOKEN"] = "user:4711-wrong-wrong-wrong"
    world.scan.plant("wrong API token", "wrong-wrong-wrong")
    world.stack.declare(main=world.entry(GOOD))

    sentence = (
        'useapi.net refused the API token (401 "Unauthorized"): it must be the whole token, with its "user:" prefix'
    )
    world.refused(world.stack.preview(), sentence)
    world.refused(world.stack.up(), sentence)
    assert world.served() == {}


def test_a_missing_api_token_lets_the_preview_through_and_stops_up(world: World) -> None:
    del world.stack.environment["USEAPI_API_TOKEN"]
    world.stack.declare(main=world.entry(GOOD))

    world.succeeded(world.stack.preview())
    world.refused(
        world.stack.up(),
        "the API token is missing: set it with pulumi config set --secret useapi:apiToken, or in the environment "
        "variable USEAPI_API_TOKEN",
    )
    assert world.calls() == []
