"""No rename, move, swap or change of provider wipes an account: many accounts of many kinds in one run.

Every account of the big program is placed anew in one `up`, under each way the service may answer: its numbers echoed
or its own, its mask telling or constant, the url echoed or not. Nothing may be deleted but the one account that the
program really gives up.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World
from tests.engine.never_wipe import (
    PLACED_ACCOUNTS,
    ROOMY,
    account_of,
    changed,
    entries,
    expect_agreement,
    expect_settled,
    new_urn,
    now,
    place,
    says,
    without_unix,
)
from tests.support.clock import Clock

Program = dict[str, dict[str, Any]]

ANSWERS: dict[str, dict[str, Any]] = {
    "by the book": {},
    "numbers of its own": {"numbers": "own"},
    "a constant mask and no echo": {"mask": "constant", "omit": ["jwt.searchParams"]},
    "nothing to compare": {"numbers": "own", "mask": "constant", "omit": ["jwt.searchParams"]},
}


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return ROOMY


@pytest.fixture
def world(world: World) -> World:
    """The API token stands in the stack's config, so that explicit providers get it from there."""
    world.stack.set_config("useapi:apiToken", world.stack.environment.pop("USEAPI_API_TOKEN"), secret=True)
    world.stack.write_program(PLACED_ACCOUNTS)
    return world


class Movers:
    """The accounts before and after: by flavour, each with every way to be placed anew."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ids: Iterator[int] = count(302817400)
        self.before: Program = {}
        self.after: Program = {}

    def entry(self, flavour: str, **options: Any) -> dict[str, Any]:
        made = self._world.entry(str(next(self._ids)), **options)
        return without_unix(made) if flavour == "bare" else made

    def move_all(self, flavour: str) -> None:
        """Rename, into a component, swap, rotate three, to another provider, rename and change the provider."""
        self._move(flavour, "rename", {}, {"name": f"renamed-{flavour}"})
        self._move(flavour, "alias", {}, {"name": f"aliased-{flavour}", "aliases": [f"alias-{flavour}"]})
        self._move(flavour, "component", {"name": f"c-{flavour}"}, {"name": f"c-{flavour}", "box": "box"})
        self._move(flavour, "explicit", {}, {"provider": "p"})
        self._move(flavour, "other-explicit", {"provider": "p"}, {"provider": "q"})
        self._move(flavour, "back", {"provider": "q"}, {})
        self._exchange(f"swap-{flavour}", [self.entry(flavour) for _ in range(2)])
        self._exchange(f"three-{flavour}", [self.entry(flavour) for _ in range(3)])
        if flavour == "plain":  # without the mark, two provider processes cannot know of each other
            self._move(flavour, "rename-explicit", {}, {"name": "re-plain", "provider": "p"})
            self._move(flavour, "rename-providers", {"provider": "p"}, {"name": "rp-plain", "provider": "q"})

    def _move(self, flavour: str, way: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        made, key = self.entry(flavour), f"{way}-{flavour}"
        self.before[key], self.after[key] = place(made, **before), place(made, **after)

    def _exchange(self, name: str, made: list[dict[str, Any]]) -> None:
        for number, entry in enumerate(made):
            self.before[f"{name}-{number}"] = entry
            self.after[f"{name}-{(number + 1) % len(made)}"] = entry


def expect_untouched(world: World, before: Program, since: int) -> None:
    assert changed(world, since) == []
    expect_agreement(world, *before.values())


@pytest.mark.parametrize("answers", ["by the book", "numbers of its own", "a constant mask and no echo"])
def test_every_move_of_every_kind_of_account_keeps_it(world: World, answers: str) -> None:
    world.emulator.set_behaviour(**ANSWERS[answers])
    movers = Movers(world)
    movers.move_all("plain")
    if "echo" not in answers:
        movers.move_all("bare")
    movers.before["real"], movers.after["real"] = movers.entry("plain"), movers.entry("plain")
    if "echo" in answers:
        for way in ("rename-explicit-plain", "rename-providers-plain"):
            del movers.before[way], movers.after[way]
    world.stack.declare(**movers.before)
    world.succeeded(world.stack.up())
    expect_agreement(world, *movers.before.values())
    since = now(world)

    world.stack.declare(**movers.after)
    world.succeeded(world.stack.up())

    given_up = account_of(movers.before["real"])
    assert [one for one in changed(world, since) if one[0] == "DELETE"] == [("DELETE", given_up)]
    expect_agreement(world, *movers.after.values())
    expect_settled(world)


@pytest.mark.parametrize("answers", ["by the book", "nothing to compare"])
def test_moves_together_with_a_rotation(world: World, answers: str) -> None:
    """Refused as long as nothing says that the account may be taken over; then the newest credentials are there."""
    world.emulator.set_behaviour(**ANSWERS[answers])
    movers = Movers(world)
    for name in ("renamed", "boxed", "explicit", "swap-0", "swap-1"):
        movers.before[name] = movers.entry("plain", days=5)
    world.stack.declare(**movers.before)
    world.succeeded(world.stack.up())
    since = now(world)

    fresh = {name: entry | world.credentials(account_of(entry), days=30) for name, entry in movers.before.items()}
    after = {
        "renamed-now": fresh["renamed"],
        "boxed": place(fresh["boxed"], box="box"),
        "explicit": place(fresh["explicit"], provider="p"),
        "swap-0": fresh["swap-1"],
        "swap-1": fresh["swap-0"],
    }
    world.stack.declare(**after | {"explicit": place(movers.before["explicit"], provider="p")})
    refused = world.refused(world.stack.up())
    says(refused, "is already configured at useapi.net with other credentials", "if the resource was only renamed")
    expect_untouched(world, movers.before, since)

    world.stack.declare(**{name: entry | {"adopt": True} for name, entry in after.items()})
    world.succeeded(world.stack.up())

    assert world.calls("DELETE") == []
    expect_agreement(world, *fresh.values())
    expect_settled(world)


def test_moves_with_an_expired_unchanged_token(world: World, clock: Clock) -> None:
    """An account that cannot be configured again is not let go: the refusal names the alias, which needs no request."""
    movers = Movers(world)
    movers.before = {
        "renamed": movers.entry("plain", days=10),
        "boxed": movers.entry("plain", days=10),
        "explicit": movers.entry("plain", days=10),
        "left": movers.entry("plain", days=30),
    }
    world.stack.declare(**movers.before)
    world.succeeded(world.stack.up())
    clock.advance(11)
    since = now(world)

    after = {
        "renamed-now": movers.before["renamed"],
        "boxed": place(movers.before["boxed"], box="box"),
        "explicit": place(movers.before["explicit"], provider="p"),
        "left": movers.before["left"],
    }
    world.stack.declare(**after)
    for refused in (world.stack.preview(), world.stack.up(), world.stack.up("--continue-on-error")):
        world.refused(refused, "expired", "give it an alias")
        assert "pulumi up --exclude" not in refused.sentences, "to leave the new name out deletes the account"
        expect_untouched(world, movers.before, since)

    old = {name: new_urn(name) for name in movers.before}
    world.stack.write_program(PLACED_ACCOUNTS.replace("pulumi.Alias(name=alias)", "alias"))
    after["renamed-now"] = place(after["renamed-now"], aliases=[old["renamed"]])
    after["boxed"] = place(after["boxed"], aliases=[old["boxed"]])
    world.stack.declare(**after)
    world.succeeded(world.stack.up())

    expect_untouched(world, movers.before, since)
    assert {one["urn"].rpartition("::")[2] for one in entries(world.stack)} == set(after)
    expect_settled(world)
