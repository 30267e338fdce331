"""A program with MiniMaxAccount, tested without an engine, a service or an account."""

# ruff: noqa: D102, D103, S101 - tests say it in their names, and assert
from __future__ import annotations

from typing import Any, NoReturn

import pulumi
import pytest
from accounts import declare

RED = {"url": "https://hailuoai.video/cursor?unix=1", "token": "the token of red"}
BLUE = {"url": "https://hailuoai.video/cursor?unix=2", "token": "the token of blue"}
IDS = {"red-minimax": "11", "blue-minimax": "22"}


class Mocks(pulumi.runtime.Mocks):
    """Answers in the provider's place, with the API's names; keeps what the program declared."""

    def __init__(self) -> None:
        self.declared: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.declared[args.name] = args.inputs
        return IDS[args.name], {**args.inputs, "account": IDS[args.name], "supportVideo": True}

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise NotImplementedError(args.token)


@pytest.fixture
def mocks() -> Mocks:
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks, project="accounts", stack="test")
    return mocks


@pulumi.runtime.test  # type: ignore[untyped-decorator]
def test_each_team_has_an_account_with_two_jobs(mocks: Mocks) -> pulumi.Output[None]:
    accounts = declare({"red": RED, "blue": BLUE})

    def check(values: list[Any]) -> None:
        assert values == ["11", 2, True, "22"]
        assert set(mocks.declared) == {"red-minimax", "blue-minimax"}

    red, blue = accounts["red"], accounts["blue"]
    return pulumi.Output.all(red.account, red.max_jobs, red.support_video, blue.account).apply(check)


@pulumi.runtime.test  # type: ignore[untyped-decorator]
def test_url_and_token_are_secrets(mocks: Mocks) -> pulumi.Output[None]:  # noqa: ARG001 - stands in for the engine
    account = declare({"red": RED})["red"]

    async def check() -> None:
        assert await account.url.is_secret()
        assert await account.token.is_secret()
        assert not await account.account.is_secret()

    return pulumi.Output.from_input(check())
