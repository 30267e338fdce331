"""The whole life of an account: up, no change, update of each property, replace, drift, destroy."""

from __future__ import annotations

from tests.engine.conftest import World


def test_first_up_then_nothing_changes_then_destroy(world: World) -> None:
    world.stack.declare(main=world.entry("302817465"))

    up = world.succeeded(world.stack.up())
    print(up.text)
    assert set(world.served()) == {"302817465"}
    print(world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes")).text)
    print(world.succeeded(world.stack.refresh("--expect-no-changes")).text)
    print(world.succeeded(world.stack.destroy()).text)
    assert world.served() == {}
