"""What goes wrong, as the terminal shows it: one sentence, the account or resource, the next step, no traceback."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World, api_token_renewed
from tests.support.front import Front

NUMBER = 4711
OURS = Subscription("demo", f"user:{NUMBER}-5e0c1a8d7b3f4e92a6d10c57", max_accounts=50)
RENEWED = Subscription("demo", f"user:{NUMBER}-c41b77d09e5f4a3f8d26b1e9", max_accounts=50)
MAIN = "302817465"
URN = "urn:pulumi:test::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::"
NOTHING = "; nothing was changed for account {account}"
UNKNOWN = "; whether account {account} was {done} is not known"
TROUBLE = (
    "useapi.net or MiniMax is in trouble for account {account} ({said}): wait a few minutes, then {again}" + UNKNOWN
)

STATUSES: dict[int | str, str] = {
    400: (
        'useapi.net does not accept the request for account {account} (400 "Error"): correct what it names, then '
        "{again}"
    ),
    "wrong-credentials": (
        "MiniMax no longer accepts this browser login for account {account} "
        '(401 "Wrong username/password combination."): take url and token from the browser again, then {again}'
    ),
    "suspended": (
        'access is suspended for account {account} (401 "This account has been suspended."): ask MiniMax or useapi.net '
        "why, then {again}"
    ),
    401: (
        'useapi.net refused the API token for account {account} (401 "Unauthorized"): it must be the whole token, with '
        'its "user:" prefix; set it again: pulumi config set --secret useapi:apiToken (or the variable '
        "USEAPI_API_TOKEN)"
    ),
    402: (
        'the subscription at useapi.net has expired for account {account} (402 "Your subscription has expired."): renew '
        "it at useapi.net, then {again}"
    ),
    403: (
        'useapi.net does not allow this request for account {account} (403 "Forbidden"): see at useapi.net what the '
        "subscription may do, then {again}"
    ),
    404: (
        'the answer for account {account} is not the API\'s (404, "Error"): check useapi:baseUrl (USEAPI_BASE_URL) and '
        "the proxy, if there is one" + NOTHING
    ),
    412: (
        'MiniMax has too few credits for account {account} (412 "Not enough MiniMax credits."): add credits at the '
        "MiniMax site, then {again}"
    ),
    418: (
        'useapi.net refused the request for account {account} (418 "Error"): see at useapi.net what this means, then '
        "{again}"
    ),
    500: TROUBLE.replace("{said}", '500 "MiniMax login failed."'),
    502: TROUBLE.replace("{said}", '502 "Bad gateway"'),
    503: TROUBLE.replace("{said}", '503 "Service unavailable"'),
    504: TROUBLE.replace("{said}", '504 "Gateway timeout"'),
    596: (
        'useapi.net reports an error state for account {account} (596 "MiniMax account is in error state."): either '
        "MiniMax refused to renew the login (then delete the account and add it again: pulumi destroy --target "
        "'{urn}', then pulumi up) or the site has put it on hold, which may last a few hours (then wait and {again}); "
        "neither is ever done automatically"
    ),
}
STORED = (
    "; pulumi refresh and destroy use the configuration that the last pulumi up stored: give them today's with "
    "--run-program, or with the environment variable USEAPI_API_TOKEN"
)
DROP = "; if the subscription is gone for good, drop only the entry: pulumi state delete '{urn}'"
TOKEN_REFUSED = (
    'useapi.net refused the API token (401 "Unauthorized"): it must be the whole token, with its "user:" prefix; set '
    "it again: pulumi config set --secret useapi:apiToken (or the variable USEAPI_API_TOKEN)"
)


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [OURS]


def test_every_status_at_create_update_and_delete(world: World) -> None:
    names = {f"status-{status}": str(302000000 + index) for index, status in enumerate(STATUSES)}
    # So long that nothing is tried again.
    refusing = {
        account: {"refuse": status, "retryAfter": 3600}
        for account, status in zip(names.values(), STATUSES, strict=True)
    }
    entries = {name: world.entry(account) for name, account in names.items()}
    world.stack.declare(**entries)

    def sentences(done: str, again: str) -> list[str]:
        fields = (
            (name, account, STATUSES[status]) for (name, account), status in zip(names.items(), STATUSES, strict=True)
        )
        return [
            "error: " + sentence.format(account=account, done=done, again=again, urn=URN + name)
            for name, account, sentence in fields
        ]

    world.emulator.set_behaviour(accounts=refusing)
    world.refused(world.stack.up("--continue-on-error"), *sentences("configured", "run pulumi up again"))
    assert world.served() == {}
    assert world.stack.resources() == {}

    world.emulator.set_behaviour(accounts={})
    world.succeeded(world.stack.up())
    state = world.stack.resources(show_secrets=True)
    world.emulator.set_behaviour(accounts=refusing)
    world.stack.declare(**{name: entry | {"max_jobs": 3} for name, entry in entries.items()})
    world.refused(world.stack.up("--continue-on-error"), *sentences("configured", "run pulumi up again"))

    deleting = {account: one | {"methods": ["DELETE"]} for account, one in refusing.items()}
    world.emulator.set_behaviour(accounts=deleting)
    by_delete = sentences("deleted", "run the same command again")
    statuses = list(STATUSES)
    for status, extra in ((401, STORED + DROP), (402, DROP)):
        name = f"status-{status}"
        by_delete[statuses.index(status)] += extra.format(urn=URN + name)
    world.refused(world.stack.destroy("--continue-on-error"), *by_delete)
    kept = world.stack.resources(show_secrets=True)
    assert {name: one["outputs"] for name, one in kept.items()} == {name: one["outputs"] for name, one in state.items()}
    assert {one["maxJobs"] for one in world.served().values()} == {2}


def test_rate_limited_says_until_when(world: World) -> None:
    world.emulator.set_behaviour(accounts={MAIN: {"refuse": 429, "retryAfter": 3600}})
    world.stack.declare(main=world.entry(MAIN))

    run = world.refused(world.stack.up(), "error: useapi.net asks to wait until ")

    assert "UTC (429), which is longer than the deadline of 120 s" in run.sentences
    assert f": run pulumi up again then; nothing was changed for account {MAIN}" in run.sentences
    assert len(world.calls("POST")) == 1


def test_the_network(world: World) -> None:
    main = world.entry(MAIN)
    world.stack.declare(main=main)
    world.succeeded(world.stack.up())
    place = urlsplit(world.emulator.base_url).netloc
    changed = {"main": main | {"max_jobs": 3}}

    def expect(looking: str, again: str) -> None:
        world.refused(world.stack.refresh(), f"error: {looking}, then {again}")
        world.refused(world.stack.destroy(), f"error: {looking}, then {again}")
        world.stack.declare(**changed)
        preview = world.succeeded(world.stack.preview())
        sentence = f"what is configured at useapi.net could not be looked at before the change: {looking}"
        assert f"warning: {sentence}" in preview.sentences
        world.refused(world.stack.up(), f"error: {looking}, then {again}")
        world.stack.declare(main=main)
        world.succeeded(world.stack.run("preview", "--expect-no-changes"))
        assert set(world.stack.resources()) == {"main"}

    world.stack.environment |= {"USEAPI_TIMEOUT": "0.3", "USEAPI_DEADLINE": "0.5"}
    world.emulator.set_behaviour(latency=3)
    limits = "0.3 s per try, 0.5 s in all"
    expect(
        f"useapi.net did not answer in time ({limits}): see that {place} can be reached", "run the same command again"
    )
    world.emulator.set_behaviour(latency=0)
    world.emulator.refuse_connections()
    expect(
        f"useapi.net cannot be reached at {place}: check the network and useapi:baseUrl (USEAPI_BASE_URL)",
        "run the same command again",
    )
    world.emulator.accept_connections()
    for impatient in ("USEAPI_TIMEOUT", "USEAPI_DEADLINE"):
        del world.stack.environment[impatient]
    world.succeeded(world.stack.destroy())


def test_bad_settings(world: World) -> None:
    world.stack.declare(main=world.entry(MAIN))
    good = dict(world.stack.environment)
    for variable, value, sentence in (
        ("USEAPI_TIMEOUT", "soon", "useapi:timeout (USEAPI_TIMEOUT): it must be a number of seconds above 0"),
        ("USEAPI_DEADLINE", "0", "useapi:deadline (USEAPI_DEADLINE): it must be a number of seconds above 0"),
        (
            "USEAPI_BASE_URL",
            "http://example.com/v1/minimax",
            "the base URL must use https, because plain http is only for this machine itself: correct useapi:baseUrl "
            "(USEAPI_BASE_URL), or unset it for useapi.net itself",
        ),
        (
            "USEAPI_API_TOKEN",
            "user:4711 0815",
            "the API token of useapi.net holds blank space or characters that no API token has: set it with pulumi "
            "config set --secret useapi:apiToken (or the variable USEAPI_API_TOKEN)",
        ),
        (
            "USEAPI_EXPIRY_WARNING_DAYS",
            "a week",
            "useapi:expiryWarningDays (USEAPI_EXPIRY_WARNING_DAYS): it must be a whole number of days from 0 (never) "
            "to 365",
        ),
    ):
        world.stack.environment = good | {variable: value}
        world.refused(world.stack.preview(), sentence)
    world.stack.environment = good
    assert world.calls() == []


def test_refresh_and_destroy_after_the_api_token_changed(world: World, front: Front) -> None:
    del world.stack.environment["USEAPI_API_TOKEN"]
    world.stack.set_config("useapi:apiToken", OURS.api_token, secret=True)
    world.stack.declare(main=world.entry(MAIN), spare=world.entry("517730018"))
    world.succeeded(world.stack.up())

    with api_token_renewed(world, front, RENEWED):
        world.stack.set_config("useapi:apiToken", RENEWED.api_token, secret=True)
        world.refused(world.stack.refresh(), f"error: {TOKEN_REFUSED}{STORED}")
        world.refused(world.stack.destroy(), f"error: {TOKEN_REFUSED}{STORED}{DROP.format(urn=URN + 'main')}")
        assert set(world.stack.resources()) == {"main", "spare"}

        # Both ways out work, and so does the next up.
        world.succeeded(world.stack.refresh("--run-program", "--expect-no-changes"))
        world.stack.environment["USEAPI_API_TOKEN"] = RENEWED.api_token
        world.succeeded(world.stack.refresh("--expect-no-changes"))
        world.succeeded(world.stack.destroy("--target", URN + "spare"))
        del world.stack.environment["USEAPI_API_TOKEN"]
        world.succeeded(world.stack.destroy("--run-program"))
        assert world.stack.resources() == {}
    assert world.served() == {}


def test_an_entry_of_a_subscription_that_is_gone_for_good_can_be_dropped(world: World) -> None:
    world.stack.declare(main=world.entry(MAIN), spare=world.entry("517730018"))
    world.succeeded(world.stack.up())
    world.emulator.edit_subscription(NUMBER, expired=True)

    expired = (
        'the subscription at useapi.net has expired (402 "Your subscription has expired."): renew it at useapi.net, '
        "then run the same command again"
    )
    run = world.refused(world.stack.destroy(), f"error: {expired}{DROP.format(urn=URN + 'main')}")
    assert STORED not in run.sentences
    world.refused(world.stack.refresh(), f"error: {expired}")

    for name in ("main", "spare"):
        command = DROP.format(urn=URN + name).rpartition("pulumi ")[2].replace("'", "").split()
        world.succeeded(world.stack.run(*command, "--yes"))
    assert world.stack.resources() == {}
    world.succeeded(world.stack.destroy())
    assert len(world.served()) == 2


def test_the_commands_for_an_account_on_hold_delete_and_add_it_again(world: World) -> None:
    entry = world.entry(MAIN)
    world.stack.declare(main=entry, spare=world.entry("517730018"))
    world.succeeded(world.stack.up())
    world.emulator.set_behaviour(accounts={MAIN: {"refuse": 596}})
    world.stack.declare(main=entry | {"max_jobs": 3}, spare=world.entry("517730018"))
    run = world.refused(world.stack.up("--target", URN + "main"))
    assert world.calls("DELETE") == [], "never by itself"

    command = run.sentences.partition("add it again: pulumi ")[2].partition(", then pulumi up")[0]
    world.succeeded(world.stack.run(*command.replace("'", "").split(), "--yes", "--skip-preview"))
    assert set(world.served()) == {"517730018"}
    world.emulator.set_behaviour(accounts={})
    world.succeeded(world.stack.up())
    assert world.served()[MAIN]["maxJobs"] == 3


def test_a_broken_account_is_a_warning_and_a_visible_difference(world: World) -> None:
    entry = world.entry(MAIN)
    world.stack.declare(main=entry)
    warning = (
        f'warning: account {MAIN} is in error at useapi.net: "account on hold"; look at it in the browser, then renew '
        "its credentials"
    )
    world.emulator.set_behaviour(accounts={MAIN: {"error": "account on hold"}})
    assert warning in world.succeeded(world.stack.up()).sentences
    assert world.stack.resources()["main"]["outputs"]["error"] == "account on hold"
    assert warning in world.succeeded(world.stack.refresh("--expect-no-changes")).sentences

    world.stack.declare(main=entry | {"max_jobs": 3})
    assert warning in world.succeeded(world.stack.up()).sentences
    world.emulator.set_behaviour(accounts={})
    refreshed = world.succeeded(world.stack.refresh("--diff"))
    assert '- error : "account on hold"' in refreshed.sentences
    assert "warning" not in refreshed.text
    assert "error" not in world.stack.resources()["main"]["outputs"]

    world.emulator.set_behaviour(accounts={MAIN: {"error": "account on hold"}})
    assert world.stack.refresh("--preview-only", "--expect-no-changes").code != 0
    refreshed = world.succeeded(world.stack.refresh("--diff"))
    assert '+ error : "account on hold"' in refreshed.sentences
    assert warning in refreshed.sentences
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
