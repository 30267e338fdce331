"""`make up`: from a fresh clone to a configured MiniMax account, on the emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tools import virtualenv
from tools.demo import account, emulator, places
from tools.demo.guard import known_base_url
from tools.demo.screen import last_screen
from tools.demo.stack import Stack
from tools.output import ToolError, say
from tools.paths import DEMO_STACK_CONFIG, ROOT
from tools.pulumi.ensure import ensure
from tools.turns import alone


def up() -> int:
    """Set everything up and run `pulumi up`; harmless and quick when run again.

    Raises:
        MissingError: a prerequisite is not there.
        ToolError: a step failed.
    """
    with alone():
        known = known_base_url()
        virtualenv.ensure(dev=False)
        stack = Stack(ensure())
        _forget_leftovers()
        places.make(stack.cli)
        base_url = emulator.start(known)
        say(f"useapi emulator · {base_url}, data in {places.EMULATOR_DATA.relative_to(ROOT)}")
        stack.create()
        _configure(stack, base_url)
        say(f"stack {places.STACK} · state in {places.STATE.relative_to(ROOT)}")
        say("pulumi up")
        code = stack.up()
        if code:
            raise ToolError("pulumi up failed, what it says is above: mend it and run make up again")
        print(last_screen(stack.outputs()))
    return 0


def _forget_leftovers() -> None:
    # The config is encrypted with a passphrase that lies in the demo's folder: one is of no use without the other.
    if DEMO_STACK_CONFIG.is_file() and not places.STACK_STATE.is_file():
        kept = DEMO_STACK_CONFIG.with_suffix(".yaml.old")
        DEMO_STACK_CONFIG.replace(kept)
        say(f"{DEMO_STACK_CONFIG.name} was left by a demo that is gone: it is {kept.name} now")
    if places.STACK_STATE.is_file() and not places.PASSPHRASE.is_file():
        raise ToolError("the demo's passphrase is gone: make down, then make up begins afresh")


def _configure(stack: Stack, base_url: str) -> None:
    """Set what is missing or outdated in the stack's config, and nothing else: what a person changed stays."""
    config = stack.config()
    if config.get("useapi:baseUrl") != base_url:
        stack.set("useapi:baseUrl", base_url)
    tokens = _api_tokens()
    if config.get("useapi:apiToken") not in tokens:
        stack.set("useapi:apiToken", tokens[0], secret=True)
    accounts = config.get("useapi:accounts")
    for key, value in account.wanted(_as_object(accounts)).items():
        stack.set(f"useapi:accounts.{account.NAME}.{key}", value, secret=key in {"url", "token"})


def _as_object(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        value = json.loads(value)
    return value if isinstance(value, dict) else {}


def _api_tokens() -> list[str]:
    listed = json.loads((places.EMULATOR_DATA / "subscriptions.json").read_text(encoding="utf-8"))
    return [str(one["apiToken"]) for one in listed]
