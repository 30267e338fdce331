"""The runbooks of docs/runbooks.md that no other test goes through, command by command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pulumi_useapi.emulator import Subscription
from tests.engine.conftest import World, api_token_renewed
from tests.support.front import Front

READY_MADE = "from pulumi_useapi import accounts_from_config\n\naccounts_from_config()\n"
MAIN = "302817465"
LEAKED = Subscription("mine", "user:4711-5e0c1a8d7b3f4e92a6d10c57")
RENEWED = Subscription("mine", "user:4711-0d9f1b72c4e84a65b3177e20")
NEXT = Subscription("next", "user:4712-93ab5d0e6c7f41b8a2e4d610")
URN = "urn:pulumi:test::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::main"


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [LEAKED, NEXT]


@pytest.fixture
def stack(world: World) -> World:
    """A ready-made stack with one account, deployed; all its secrets are in its config."""
    del world.stack.environment["USEAPI_API_TOKEN"]
    world.stack.write_program(READY_MADE)
    configure(world, days=20)
    world.succeeded(world.stack.up())
    return world


def configure(world: World, *, days: float) -> None:
    """What a person does: the API token, then capture."""
    world.stack.set_config("useapi:apiToken", world.emulator.api_token, secret=True)
    secrets = [f"useapi:accounts.main.{key}={value}" for key, value in world.credentials(MAIN, days=days).items()]
    arguments = [argument for secret in secrets for argument in ("--secret", secret)]
    world.stack.quiet("config", "set-all", "--path", *arguments, "--plaintext", "useapi:accounts.main.maxJobs=2")


def config_file(world: World) -> Path:
    return world.stack.project / "Pulumi.test.yaml"


def test_api_token_leaked_person_leaves_state_lost(front: Front, stack: World) -> None:
    with api_token_renewed(stack, front, RENEWED, NEXT):
        # API token leaked: what comes first is `up`, because a refresh uses what the last one stored.
        stack.stack.set_config("useapi:apiToken", RENEWED.api_token, secret=True)
        stack.refused(stack.stack.refresh(), "use the configuration that the last pulumi up stored")
        stack.succeeded(stack.stack.up())
        stack.succeeded(stack.stack.refresh("--expect-no-changes"))

        # A person leaves: another passphrase.
        change_passphrase(stack, "another passphrase")
        stack.succeeded(stack.stack.run("preview", "--expect-no-changes"))

        # State lost: the config is all it takes.
        shutil.rmtree(stack.stack.home / "state")
        (stack.stack.home / "state").mkdir()
        stack.succeeded(stack.stack.run("stack", "init", "test"))
        up = stack.succeeded(stack.stack.up())
        assert f"account {MAIN} was already configured at useapi.net with these very credentials" in up.sentences
        stack.succeeded(stack.stack.run("preview", "--expect-no-changes"))


def change_passphrase(world: World, new: str) -> None:
    done = subprocess.run(
        [str(world.stack.command), "stack", "change-secrets-provider", "passphrase", "--non-interactive"],
        cwd=world.stack.project,
        env=world.stack.variables(),
        input=f"{new}\n{new}\n",
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    world.stack.environment["PULUMI_CONFIG_PASSPHRASE"] = new


def test_passphrase_lost_subscription_ends_and_stop_using_this(stack: World) -> None:
    # Passphrase lost: a new stack, and everything captured anew.
    stack.stack.environment["PULUMI_CONFIG_PASSPHRASE"] = "not the one it was"
    assert "incorrect passphrase" in stack.stack.run("preview").sentences
    stack.succeeded(stack.stack.run("stack", "rm", "--force", "--yes", "test"))
    assert not config_file(stack).exists()
    assert set(stack.served()) == {MAIN}
    stack.succeeded(stack.stack.run("stack", "init", "test"))
    configure(stack, days=30)
    stack.refused(stack.stack.up(), "is already configured at useapi.net with other credentials")
    stack.stack.set_config("useapi:accounts.main.adopt", "true")
    stack.succeeded(stack.stack.up())

    # A subscription ends: its accounts leave the state, then they are configured in another one.
    stack.emulator.edit_subscription(4711, expired=True)
    stack.refused(stack.stack.refresh(), "the subscription at useapi.net has expired")
    stack.stack.set_config("useapi:subscriptions.next.apiToken", NEXT.api_token, secret=True)
    stack.stack.set_config("useapi:accounts.main.subscription", "next")
    stack.succeeded(stack.stack.run("state", "delete", "--yes", URN))
    stack.succeeded(stack.stack.up())
    assert [one["subscription"] for one in stack.emulator.accounts()] == [4711, 4712]
    stack.succeeded(stack.stack.run("preview", "--expect-no-changes"))

    # Stop using this: the accounts stay, the stack and its config go.
    stack.succeeded(stack.stack.run("stack", "rm", "--force", "--yes", "test"))
    assert len(stack.emulator.accounts()) == 2
    assert not config_file(stack).exists()
