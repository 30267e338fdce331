"""As many accounts are configured at once as `--parallel` asks for, up to the subscription's limit of requests.

Pulumi's provider process has four workers by itself. Somebody else's provider in the same process stays at four. All of
them share the event loops that are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from pulumi_useapi.emulator import Subscription
from pulumi_useapi.engine import repeated_work
from tests.engine.conftest import World

PULUMIS_OWN = 4
MANY = 16

OTHER_PROVIDER = '''\
"""Somebody else's provider: tells how many of its calls were under way when each began, and who makes event loops."""
import sys
import threading
import time
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

_lock = threading.Lock()
_busy = 0


class Provider(ResourceProvider):
    def create(self, props):
        global _busy
        with _lock:
            _busy += 1
            seen = _busy
        time.sleep(0.5)
        with _lock:
            _busy -= 1
        loops = sys.modules["__main__"].asyncio.new_event_loop.__module__
        return CreateResult("other", {"seen": seen, "loops": loops})


class Other(Resource):
    def __init__(self, name, opts=None):
        super().__init__(Provider(), name, {"seen": None, "loops": None}, opts)
'''

PROGRAM = f"""\
import json
import pulumi
from pulumi_useapi import MiniMaxAccount
from other import Other

for name, entry in json.load(open("accounts.json")).items():
    MiniMaxAccount(name, **entry)
others = [Other(f"other-{{number}}") for number in range({MANY})]
pulumi.export("seen", [other.seen for other in others])
pulumi.export("loops", others[-1].loops)
"""


@pytest.fixture
def subscriptions() -> list[Subscription]:
    return [Subscription("large", "user:4711-dG9rZW4gb2YgdGhlIHRlc3Q", max_accounts=50)]


def most_at_once(calls: Sequence[Mapping[str, Any]]) -> int:
    """The largest number of these requests that were under way at the same time."""
    edges = []
    for call in calls:
        began = datetime.fromisoformat(call["time"].replace("Z", "+00:00")).timestamp()
        edges += [(began, 1), (began + call["seconds"], -1)]
    under_way = most = 0
    for _, change in sorted(edges):
        under_way += change
        most = max(most, under_way)
    return most


def test_parallel_is_what_the_service_sees(world: World) -> None:
    (world.stack.project / "other.py").write_text(OTHER_PROVIDER)
    world.stack.write_program(PROGRAM)
    world.stack.environment["USEAPI_MAX_REQUESTS"] = str(2 * MANY)
    entries = {f"account-{number}": world.entry(str(number)) for number in range(101, 101 + MANY)}
    world.stack.declare(**entries)
    world.emulator.set_behaviour(latency=1.5)

    world.succeeded(world.stack.up("--parallel", str(2 * MANY)))
    posts = world.calls("POST")
    assert len(posts) == MANY
    assert most_at_once(posts) > 2 * PULUMIS_OWN
    assert max(world.stack.outputs()["seen"]) == PULUMIS_OWN
    assert world.stack.outputs()["loops"] == repeated_work.__name__

    world.stack.environment["USEAPI_MAX_REQUESTS"] = "3"
    world.emulator.set_behaviour(latency=0.3)
    world.stack.declare(**{name: entry | {"max_jobs": 3} for name, entry in entries.items()})
    world.succeeded(world.stack.up("--parallel", str(MANY)))
    updates = world.calls("POST", after=posts[-1]["sequence"])
    assert len(updates) == MANY
    assert most_at_once(updates) == 3

    # All deletes arrive at once, before the server has even been configured.
    world.stack.environment["USEAPI_MAX_REQUESTS"] = str(2 * MANY)
    world.emulator.set_behaviour(latency=1)
    world.succeeded(world.stack.destroy("--parallel", str(2 * MANY)))
    assert most_at_once(world.calls("DELETE")) > 2 * PULUMIS_OWN
    assert world.served() == {}
