"""A preview tells account and expiry before anything is created, and what depends on an unknown token is unknown."""

from __future__ import annotations

from typing import Any

from tests.engine.conftest import World
from tests.support.pulumi_stack import Run

ACCOUNT = "302817465"

WITH_DEPENDENT = '''\
"""An account, a resource that depends on it, and the stack's outputs."""
import json, pathlib
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult
from pulumi_useapi import MiniMaxAccount


class Copies(ResourceProvider):
    """Keeps what it is given, and gives back a copy of `given` that nobody knows before it exists."""

    def create(self, props):
        return CreateResult("copy", {**props, "made": props.get("given")})

    def diff(self, _id, olds, news):
        return DiffResult(changes=any(olds.get(key) != value for key, value in news.items()))

    def update(self, _id, olds, news):
        return UpdateResult({**news, "made": news.get("given")})


class Copy(Resource):
    made: pulumi.Output[str]


entry = json.loads(pathlib.Path("accounts.json").read_text())["main"]
if entry.pop("unknown", False):
    secrets = pulumi.ResourceOptions(additional_secret_outputs=["given", "made"])
    given = pulumi.Output.secret(entry["token"])
    entry["token"] = Copy(Copies(), "token", {"given": given, "made": None}, secrets).made
account = MiniMaxAccount("main", **entry)
Copy(Copies(), "dependent", {"account": account.account, "expiry": account.jwt_expiry, "made": None})
for name in ("account", "jwt_expiry", "jwt_issued"):
    pulumi.export(name, getattr(account, name))
'''


def shown_expiry(run: Run) -> str:
    """The expiry that a run shows as an input of the account."""
    return run.sentences.partition('jwtExpiry : "')[2].partition('"')[0]


def declare(world: World, entry: dict[str, Any], *, unknown: bool = False) -> None:
    world.stack.write_program(WITH_DEPENDENT)
    world.stack.declare(main=entry | {"unknown": unknown})


def test_the_first_preview_knows_account_and_expiry_everywhere(world: World) -> None:
    declare(world, world.entry(ACCOUNT))

    preview = world.succeeded(world.stack.preview())

    expiry = shown_expiry(preview)
    assert expiry.endswith("Z")
    for place in (f'account : "{ACCOUNT}" expiry : "{expiry}"', f'account : "{ACCOUNT}" jwt_expiry: "{expiry}"'):
        assert place in preview.sentences, preview.text
    world.succeeded(world.stack.up())
    main, outputs = world.stack.resources()["main"], world.stack.outputs()
    assert outputs["account"] == main["id"] == ACCOUNT
    assert outputs["jwt_expiry"] == expiry == main["inputs"]["jwtExpiry"] == main["outputs"]["jwtExpiry"]


def test_the_preview_of_a_rotation_tells_dependents_and_outputs_the_new_expiry(world: World) -> None:
    declare(world, world.entry(ACCOUNT, days=10))
    world.succeeded(world.stack.up())
    old = world.stack.outputs()

    declare(world, world.entry(ACCOUNT, days=30))
    preview = world.succeeded(world.stack.preview())
    world.succeeded(world.stack.up())

    new = world.stack.outputs()
    assert new["jwt_expiry"] > old["jwt_expiry"]
    expiry = f'"{old["jwt_expiry"]}" => "{new["jwt_expiry"]}"'
    issued = f'"{old["jwt_issued"]}" => "{new["jwt_issued"]}"'
    for change in (
        f"~ jwtExpiry: {expiry} ~ jwtIssued: {issued}",
        f"~ expiry : {expiry}",
        f"~ jwt_expiry: {expiry} ~ jwt_issued: {issued}",
    ):
        assert change in preview.sentences, preview.text


def test_an_unknown_token_makes_its_claims_unknown_not_removed(world: World) -> None:
    entry = world.entry(ACCOUNT)
    unknown = "account : [unknown] jwtExpiry : [unknown] jwtIssued : [unknown]"
    declare(world, entry, unknown=True)
    preview = world.succeeded(world.stack.preview())
    for place in (unknown, "account : [unknown] expiry : [unknown]", "account : [unknown] jwt_expiry: [unknown]"):
        assert place in preview.sentences, preview.text
    assert world.calls() == []

    declare(world, entry)
    world.succeeded(world.stack.up())
    stored = world.stack.resources()["main"]["outputs"]
    declare(world, entry, unknown=True)
    preview = world.succeeded(world.stack.preview())

    expiry, issued = stored["jwtExpiry"], stored["jwtIssued"]
    claims = f'~ jwtExpiry: "{expiry}" => [unknown] ~ jwtIssued: "{issued}" => [unknown]'
    for place in (
        f'~ account : "{ACCOUNT}" => [unknown] {claims}',
        f'~ account: "{ACCOUNT}" => [unknown] ~ expiry : "{expiry}" => [unknown]',
    ):
        assert place in preview.sentences, preview.text
    assert "replace" not in preview.text
    world.succeeded(world.stack.up())
    assert len(world.calls("POST")) == 1, "the token turned out to be the same"
    assert world.stack.resources()["main"]["outputs"]["jwtExpiry"] == expiry
    world.succeeded(world.stack.run("preview", "--expect-no-changes"))
