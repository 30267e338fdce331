"""Gone means gone: only the API's own word removes an account from the state, everything else fails and keeps it."""

from __future__ import annotations

import json

from tests.engine.conftest import World
from tests.support.front import Front, Trouble
from tests.support.interrupted import saved

SECRETS = ("url", "token")
NO_ACCOUNT = "Configuration not found. To create configuration use POST /accounts/account."
CHECK = "check useapi:baseUrl (USEAPI_BASE_URL) and the proxy, if there is one"
WAIT = "wait a few minutes, then run the same command again"
PAGE = "<html><head><title>404</title></head><body>Not Found</body></html>"
STORED = (
    "; pulumi refresh and destroy use the configuration that the last pulumi up stored: give them today's with "
    "--run-program, or with the environment variable USEAPI_API_TOKEN"
)

NOT_THE_APIS_WORD = {
    "a proxy's 404": (Trouble(404, PAGE), f"the answer is not the API's (404, an HTML page): {CHECK}"),
    "a router's 404": (
        Trouble(404, "404 page not found", "text/plain"),
        f'the answer is not the API\'s (404, "404 page not found"): {CHECK}',
    ),
    "the API's 404 where the list is asked for": (
        Trouble(404, NO_ACCOUNT, "text/plain"),
        f'the answer is not the API\'s (404, "{NO_ACCOUNT}"): {CHECK}',
    ),
    "a sign-in page": (Trouble(200, PAGE), f"the answer is not the API's (200, an HTML page): {CHECK}"),
    "an empty body": (Trouble(200), f"the answer is not the API's (200, an empty body): {CHECK}"),
    "no body at all": (Trouble(204), f"the answer is not the API's (204, an empty body): {CHECK}"),
    "half a list": (Trouble(200, '{"302817465": {"acc'), f"the answer is not the API's (200, no JSON): {CHECK}"),
    "another shape": (Trouble(200, "[]"), f"the answer is not the API's (200, JSON of another shape): {CHECK}"),
    "an error with 200": (
        Trouble(200, '{"error": "try later"}'),
        f'the answer is not the API\'s (200, "try later"): {CHECK}',
    ),
    "a redirect": (
        Trouble(302),
        f"the answer is not the API's (302, a redirect, which is never followed): {CHECK}",
    ),
    "401": (
        Trouble(401, '{"error": "Unauthorized", "code": 401}'),
        'useapi.net refused the API token (401 "Unauthorized"): it must be the whole token, with its "user:" prefix; '
        "set it again: pulumi config set --secret useapi:apiToken (or the variable USEAPI_API_TOKEN)" + STORED,
    ),
    "402": (
        Trouble(402, '{"error": "Your subscription has expired.", "code": 402}'),
        'the subscription at useapi.net has expired (402 "Your subscription has expired."): renew it at useapi.net, '
        "then run the same command again",
    ),
    "403": (
        Trouble(403, '{"error": "Forbidden", "code": 403}'),
        'useapi.net does not allow this request (403 "Forbidden"): see at useapi.net what the subscription may do, '
        "then run the same command again",
    ),
    "500": (
        Trouble(500, '{"error": "MiniMax login failed.", "code": 500}'),
        f'useapi.net or MiniMax is in trouble (500 "MiniMax login failed."): {WAIT}',
    ),
    "502": (Trouble(502, PAGE, retry_after=3600), f"useapi.net or MiniMax is in trouble (502): {WAIT}"),
    "596": (
        Trouble(596, '{"error": "On hold.", "code": 596}'),
        'useapi.net reports an error state (596 "On hold."): either MiniMax refused to renew the login',
    ),
}
ALSO_UP_AND_DESTROY = ("a proxy's 404", "an empty body", "502")


def stored(world: World) -> dict[str, tuple[object, ...]]:
    """What the state says of each account, without the engine's own bookkeeping."""
    resources = world.stack.resources(show_secrets=True)
    return {name: (one["id"], one["inputs"], one["outputs"]) for name, one in resources.items()}


def saved_in_the_clear(world: World) -> list[tuple[str, ...]]:
    """What the state's file says of each account, without the secrets, which are encrypted anew each time."""
    return [
        (one["urn"], one["id"], *(f"{name}={value}" for name, value in one["outputs"].items() if name not in SECRETS))
        for one in saved(world.stack)["resources"]
        if one["type"].endswith(":MiniMaxAccount")
    ]


def test_what_is_not_the_apis_word_removes_nothing(world: World, front: Front) -> None:
    main, spare = world.entry("302817465"), world.entry("517730018")
    world.stack.declare(main=main, spare=spare)
    world.succeeded(world.stack.up())
    state, in_the_clear, served = stored(world), saved_in_the_clear(world), world.served()

    world.stack.declare(main=main | {"max_jobs": 3})
    for case, (trouble, sentence) in NOT_THE_APIS_WORD.items():
        front.trouble = trouble
        world.refused(world.stack.refresh(), f"error: {sentence}")
        if case in ALSO_UP_AND_DESTROY:
            cause = sentence.split(":")[0]
            world.refused(world.stack.up(), cause)
            world.refused(world.stack.destroy(), cause)
        front.trouble = None
        assert saved_in_the_clear(world) == in_the_clear, case
        assert world.served() == served, case
    assert stored(world) == state
    world.succeeded(world.stack.up())
    assert set(world.served()) == {"302817465"}


def test_a_delete_needs_the_apis_own_word(world: World, front: Front) -> None:
    world.stack.declare(main=world.entry("302817465"))
    world.succeeded(world.stack.up())
    listed = json.dumps({"302817465": {"account": "302817465"}})

    front.trouble = Trouble(404, PAGE, methods=("DELETE",))
    world.refused(
        world.stack.destroy(),
        f"error: the answer for account 302817465 is not the API's (404, an HTML page): {CHECK}; "
        "nothing was changed for account 302817465",
    )
    front.trouble = Trouble(200, PAGE, methods=("DELETE",))
    world.refused(
        world.stack.destroy(),
        f"error: the answer for account 302817465 is not the API's (200, an HTML page): {CHECK}; "
        "whether account 302817465 was deleted is not known",
    )
    assert set(world.stack.resources()) == {"main"}
    assert set(world.served()) == {"302817465"}

    # Deleted by somebody else between our look and our DELETE, which meets the API's own 404.
    world.emulator.delete(world.emulator.subscriptions[0].number, "302817465")
    front.trouble = Trouble(200, listed, "application/json", methods=("GET",))
    world.succeeded(world.stack.destroy())
    assert [one["status"] for one in world.calls("DELETE")] == [404]
    assert world.stack.resources() == {}


def test_an_account_that_is_gone_is_told_and_made_again(world: World) -> None:
    world.stack.declare(main=world.entry("302817465"), spare=world.entry("517730018"))
    world.succeeded(world.stack.up())
    number = world.emulator.subscriptions[0].number
    for account in ("302817465", "517730018"):
        world.emulator.delete(number, account)

    # A list that is complete and empty is the API's word too.
    assert "~ 1 to update" not in world.succeeded(world.stack.refresh("--diff")).sentences
    assert world.stack.resources() == {}
    world.succeeded(world.stack.up())
    assert set(world.served()) == {"302817465", "517730018"}
    world.emulator.delete(number, "517730018")
    world.succeeded(world.stack.destroy())
    assert (world.stack.resources(), world.served()) == ({}, {})
    assert {one["account"] for one in world.calls("DELETE")} == {"302817465"}
