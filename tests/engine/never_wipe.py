"""What the never-wipe tests share: a program that places accounts anywhere, and what must hold afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import jwt

from pulumi_useapi.emulator import Subscription
from pulumi_useapi.emulator.answers import mask_of
from tests.engine.conftest import World
from tests.support.pulumi_stack import PulumiStack, Run

ROOMY = [Subscription("demo", "user:4711-0123456789abcdef", plan="Unlimited", max_accounts=100)]

PLACED_ACCOUNTS = '''\
"""Declares accounts.json: each entry's arguments of MiniMaxAccount, and under "place" where and how it stands."""
import json, pathlib
import pulumi
from pulumi_useapi import MiniMaxAccount

entries = json.loads(pathlib.Path("accounts.json").read_text())
token = pulumi.Config("useapi").get_secret("apiToken")
providers, boxes, made = {}, {}, {}


def provider_named(name):
    if name and name not in providers:
        providers[name] = pulumi.ProviderResource("pulumi-python", name, {"useapi:apiToken": token})
    return providers.get(name)


def box_named(name):
    if name and name not in boxes:
        boxes[name] = pulumi.ComponentResource("tests:index:Box", name)
    return boxes.get(name)


for key, entry in entries.items():
    place = entry.pop("place", {})
    name = place.get("name", key)
    made[key] = MiniMaxAccount(
        name,
        opts=pulumi.ResourceOptions(
            parent=box_named(place.get("box")),
            provider=provider_named(place.get("provider")),
            aliases=[pulumi.Alias(name=alias) for alias in place.get("aliases", [])],
            depends_on=[made[other] for other in place.get("after", [])],
            protect=place.get("protect"),
            retain_on_delete=place.get("retain"),
            delete_before_replace=place.get("delete_first"),
        ),
        **entry,
    )
'''


def without_unix(entry: dict[str, Any]) -> dict[str, Any]:
    """The same with a url that has no place for the fencing mark."""
    return entry | {"url": re.sub(r"&unix=\d+", "", entry["url"])}


def place(entry: Mapping[str, Any], **where: Any) -> dict[str, Any]:
    """The same at another place of the program: name, box, provider, aliases, after, protect, retain, delete_first."""
    return {**entry, "place": {**entry.get("place", {}), **where}}


def claims(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the entry's token says."""
    return jwt.decode(entry["token"], options={"verify_signature": False})


def account_of(entry: Mapping[str, Any]) -> str:
    """The account an entry stands for."""
    return str(claims(entry)["user"]["id"])


def entries(stack: PulumiStack) -> list[dict[str, Any]]:
    """The MiniMaxAccounts of the stored state, leftovers too."""
    resources = json.loads(stack.quiet("stack", "export"))["deployment"].get("resources", [])
    return [one for one in resources if one["type"].endswith(":MiniMaxAccount")]


def urn_of(stack: PulumiStack, name: str) -> str:
    """The URN that the stored state has for a name."""
    found = {one["urn"] for one in entries(stack) if one["urn"].endswith("::" + name)}
    (urn,) = found
    return str(urn)


def new_urn(name: str, stack: str = "test") -> str:
    """The URN of an account that is in no box."""
    return f"urn:pulumi:{stack}::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::{name}"


def holds(world: World, account: str, entry: Mapping[str, Any]) -> bool:
    """Whether the server has the account with these very credentials and maxJobs."""
    served = world.served().get(account)
    return served is not None and (served["mask"], served["exp"], served["maxJobs"]) == (
        mask_of(entry["token"]),
        claims(entry)["exp"],
        entry["max_jobs"],
    )


def expect_agreement(world: World, *declared: Mapping[str, Any], stack: PulumiStack | None = None) -> None:
    """Server and state hold these accounts and no others, each once, with these credentials and the same mark."""
    by_account = {account_of(one): one for one in declared}
    served = world.served()
    assert set(served) == set(by_account)
    stored = entries(stack or world.stack)
    assert sorted(one["id"] for one in stored) == sorted(by_account), [one["urn"] for one in stored]
    for one in stored:
        account = one["id"]
        assert holds(world, account, by_account[account]), account
        outputs = one["outputs"]
        assert outputs["account"] == account
        mark = outputs.get("revision")
        assert mark is None or f"unix={mark}" in served[account]["searchParams"], account


def expect_settled(world: World, stack: PulumiStack | None = None) -> None:
    """Neither the program nor the server asks for anything more."""
    world.succeeded((stack or world.stack).run("preview", "--diff", "--expect-no-changes"))
    world.succeeded((stack or world.stack).refresh("--expect-no-changes"))


def changed(world: World, after: int = 0) -> list[tuple[str, str]]:
    """The POSTs and DELETEs that the service accepted, with their accounts."""
    return [
        (one["method"], one["account"])
        for one in world.calls("POST", "DELETE", after=after)
        if 200 <= one["status"] < 300
    ]


def now(world: World) -> int:
    """The number of the latest request."""
    requests = world.calls()
    return int(requests[-1]["sequence"]) if requests else 0


def says(run: Run, *sentences: str) -> None:
    for sentence in sentences:
        assert " ".join(sentence.split()) in run.sentences, run.text
