"""Bad input stops before anything is changed, in one sentence; nothing stored is lost; no secret is printed."""

from __future__ import annotations

from typing import Any

import jwt

from tests.engine.conftest import NOW, World
from tests.support.secret_scan import PIECE

GOOD = "302817465"


def token(payload: dict[str, Any]) -> str:
    return jwt.encode(payload, "a throw-away key, long enough for the library", algorithm="HS256")


WHOLE_NUMBER = "has a problem: it must be a whole number from 1 to 10"
HTTPS = "url: it must be a whole address that begins with https://; copy it again"
# Each program has something wrong in several places: all of it is told at once.
BAD_INPUTS: list[dict[str, tuple[Any, str]]] = [
    {
        "max_jobs": (0, f"maxJobs value {{0}} {WHOLE_NUMBER}"),
        "token": ("not-a-jwt-but-a-secret-0815", "token: this is no JWT; copy it again"),
        "url": ("https:///cursor?secret=4711-0815-4711", HTTPS),
    },
    {
        "max_jobs": (11, f"maxJobs value {{11}} {WHOLE_NUMBER}"),
        "token": (
            token({"exp": NOW.timestamp() + 9999}),
            "token: this JWT names no MiniMax user (user.id); copy it again",
        ),
        "url": ("http://hailuoai.video/cursor?secret=4711-0815-4711", HTTPS),
    },
    {
        "max_jobs": ("two", f"maxJobs value {{two}} {WHOLE_NUMBER}"),
        "token": (
            token({"user": {"id": GOOD}}),
            "token: this JWT does not say when it expires (exp); copy it again",
        ),
        "url": ("", "url: it is missing; copy it"),
    },
    {"max_jobs": (2.5, f"maxJobs value {{2.5}} {WHOLE_NUMBER}")},
]


def test_bad_inputs_are_refused_at_preview_and_up(world: World) -> None:
    entry = world.entry(GOOD)
    world.stack.declare(main=entry)
    world.succeeded(world.stack.up())
    before = world.stack.resources(show_secrets=True)

    for bad in BAD_INPUTS:
        for name, (value, _) in bad.items():
            if isinstance(value, str) and len(value) > PIECE:
                world.scan.plant(f"refused {name}", value.rpartition("secret=")[2])
        world.stack.declare(main=entry | {name: value for name, (value, _) in bad.items()})
        sentences = [sentence for _, sentence in bad.values()]
        world.refused(world.stack.preview(), *sentences)
        world.refused(world.stack.up(), *sentences)

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
