"""Every bad answer of the corpus to every call of the client and of the life cycle, over a real connection.

What comes out is a sound value or a documented error: one sentence, in time, and nowhere a piece of a secret, although
the answers are full of them. Each operation gets another part of the corpus: CORPUS_SHARE=1 in the environment plays all of
it to each.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import islice
from typing import Any

import pytest

from pulumi_useapi.client import UseApiClient
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import UseApiError
from pulumi_useapi.lifecycle import Lifecycle
from pulumi_useapi.settings import read_settings
from tests.faults.corpus import BadAnswer, at_random, broken, http, mutations
from tests.faults.scene import NO_WAIT, short_waits
from tests.support.http_server import ScriptedServer
from tests.support.junk import require_presentable
from tests.support.secret_scan import SecretScan

SEED = 20261124
SHARE = int(os.environ.get("CORPUS_SHARE", "8"))
"""One in how many bad answers each operation gets."""
LIMIT = 8.0
"""Seconds for one call with its repetitions; at most a quarter of them may be work, of which the most is a third of one."""

API_TOKEN = "user:4711-Zq8LmPk2Wv9RtYx3"
URN = "urn:pulumi:dev::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::main"
EXPIRES = datetime.now(timezone.utc) + timedelta(days=20)
OLD, NEW = make_credentials("302", expires=EXPIRES), make_credentials("302", expires=EXPIRES + timedelta(days=5))
SECRETS = (API_TOKEN, NEW.url, NEW.token)

Properties = dict[str, Any]


def body_of(revision: str = "1732266598000") -> Properties:
    """The account as the service has it, with the old credentials."""
    query = OLD.url.partition("?")[2].rpartition("unix=")[0] + f"unix={revision}"
    user = {"id": "302", "deviceID": "918273645546372", "name": "n", "avatar": "https://h/a.png", "isAnonymous": False}
    numbers = {"exp": EXPIRES.timestamp(), "iat": EXPIRES.timestamp() - 2_592_000}
    mask = f"{OLD.token[:3]}…secured…{OLD.token[-3:]}"
    jwt = {"token": mask, "user": user, **numbers, "host": "hailuoai.video", "searchParams": query}
    support = {"supportVideo": True, "supportChat": True, "supportAudio": True, "supportMusic": False}
    return {"account": "302", "jwt": jwt, "maxJobs": 2, **support, "error": "an error", "code": 3}


FEATURES = {"totalCredits": 7, "memberName": "Free", "queueLength": 2, "modelControl": {"a": {"modelId": "m"}}}
SUBSCRIPTION = {"maxAccountsPerAPI": 3, "apis": {"minimax": {"total": 2, "active": 1, "error": 1}}}

CLIENT: dict[str, tuple[Properties, Callable[[UseApiClient], object]]] = {
    "put": (body_of(), lambda client: client.put_account(NEW.url, NEW.token, 2, account="302")),
    "list": ({"302": body_of(), "303": {**body_of(), "account": "303"}}, UseApiClient.list_accounts),
    "get": (body_of(), lambda client: client.get_account("302")),
    "delete": (body_of(), lambda client: client.delete_account("302")),
    "features": (FEATURES, lambda client: client.get_features("302")),
    "subscription": (SUBSCRIPTION, UseApiClient.get_subscription),
}


@dataclass
class Player:
    """A service that gives one bad answer to all requests, but for the good ones set beside it."""

    bad: bytes = b""
    good: dict[str, bytes] = field(default_factory=dict)
    played: int = 0
    server: ScriptedServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = ScriptedServer(self._answer)

    def _answer(self, connection: socket.socket, _: threading.Event) -> bool:
        request = self.server.requests[-1]
        place = "list" if request.path.endswith("/accounts") else "one"
        connection.sendall(self.good.get(f"{request.method} {place}", self.bad))
        return False


@pytest.fixture
def player() -> Iterator[Player]:
    made = Player()
    with made.server, short_waits():
        yield made
    assert made.played


@pytest.fixture(scope="module")
def scan() -> SecretScan:
    made = SecretScan()
    made.plant("API token", API_TOKEN)
    for one in (OLD, NEW):
        made.plant_credentials(one.url, one.token)
    return made


def judged(name: str, call: Callable[[], object], scan: SecretScan, player: Player) -> object:
    """What a call gives, or None where it raises; all that is wrong with either fails the test."""
    player.played += 1
    began = time.thread_time()  # whatever else this machine does
    try:
        given = call()
    except UseApiError as error:
        require_sound(name, error, scan)
        given = None
    except Exception as error:
        raise AssertionError(f"{name}: {error!r:.300}") from error
    assert time.thread_time() - began < LIMIT / 4, name
    return given


def require_sound(name: str, error: UseApiError, scan: SecretScan) -> None:
    """The error is one sentence, and nothing of it shows a secret."""
    require_presentable(error)
    shown = "".join([repr(error), *traceback.format_exception(error)])
    assert "\n" not in str(error), name
    assert scan.find(shown) == set(), f"{name}: {error}"


def part_of_corpus(operation: str, good: Properties) -> Iterator[BadAnswer]:
    """The operation's share of the mutations and of what is broken, and random ones of its own."""
    first = [*CLIENT, *LIFE].index(operation)
    yield from islice(mutations(good, SECRETS), first % SHARE, None, SHARE)
    yield from islice(broken(good, SECRETS), first % SHARE, None, max(SHARE // 2, 1))
    yield from at_random(good, SECRETS, SEED + first, 400 // SHARE)


# the client


@pytest.mark.parametrize("operation", CLIENT)
def test_the_client(operation: str, player: Player, scan: SecretScan) -> None:
    good, call = CLIENT[operation]
    options: dict[str, Any] = {"backoff": NO_WAIT, "timeout": LIMIT / 2, "deadline": LIMIT / 2}
    for bad in part_of_corpus(operation, good):
        player.bad = bad.data
        # A new one each time: a 429 stops all calls of a client for a while.
        with UseApiClient(API_TOKEN, base_url=player.server.base_url, **options) as client:
            judged(bad.name, partial(call, client), scan, player)


# the life cycle


@dataclass
class Told:
    """A life cycle and all that it tells."""

    base_url: str
    lines: list[str] = field(default_factory=list)

    def lifecycle(self) -> Lifecycle:
        environment = {
            "USEAPI_BASE_URL": self.base_url,
            "USEAPI_API_TOKEN": API_TOKEN,
            "USEAPI_TIMEOUT": str(LIMIT / 2),
            "USEAPI_DEADLINE": str(LIMIT / 2),
        }
        return Lifecycle(read_settings(lambda _: None, environment), lambda _, line, __: self.lines.append(line))


def check(told: Told) -> object:
    inputs, failures = told.lifecycle().check(URN, {}, {"url": NEW.url, "token": NEW.token, "maxJobs": 2})
    told.lines += [failure.reason for failure in failures]
    return inputs


def create(told: Told) -> object:
    return told.lifecycle().create(URN, inputs_of(NEW))[1]


def update(told: Told) -> object:
    return told.lifecycle().update(URN, stored(told), inputs_of(NEW))


def diff(told: Told) -> object:
    return told.lifecycle().diff(URN, stored(told), inputs_of(NEW))


def read(told: Told) -> object:
    seen = told.lifecycle().read(URN, "302", stored(told))
    return {**seen[0], "inputs": seen[1]} if seen else None


def delete(told: Told) -> object:
    told.lifecycle().delete(URN, "302", stored(told))
    return None


def inputs_of(made: Any) -> Properties:
    settings = read_settings(lambda _: None, {"USEAPI_BASE_URL": "http://127.0.0.1:1"})
    inputs, failures = Lifecycle(settings, lambda *_: None).check(
        URN, {}, {"url": made.url, "token": made.token, "maxJobs": 2}
    )
    assert not failures
    return inputs


def stored(told: Told) -> Properties:
    """The outputs of an earlier run."""
    return {**inputs_of(OLD), "owner": f"4711@{told.base_url}", "revision": "1732266598000"}


EMPTY = http(b"{}")
HELD = http(json.dumps({"302": body_of()}).encode())
LIFE: dict[str, tuple[Callable[[Told], object], dict[str, bytes]]] = {
    "check": (check, {}),
    "create": (create, {}),
    "create, at the POST": (create, {"GET list": EMPTY}),
    "update": (update, {}),
    "update, at the POST": (update, {"GET list": HELD}),
    "diff": (diff, {}),
    "read": (read, {}),
    "delete": (delete, {}),
    "delete, at the DELETE": (delete, {"GET list": HELD}),
}


@pytest.mark.parametrize("operation", LIFE)
def test_the_life_cycle(operation: str, player: Player, scan: SecretScan) -> None:
    call, player.good = LIFE[operation]
    good = body_of() if player.good else {"302": body_of()}
    for bad in part_of_corpus(operation, good):
        told = Told(player.server.base_url)
        player.bad = bad.data
        given = judged(bad.name, partial(call, told), scan, player)
        assert_clean(bad.name, given, told.lines, scan)


def assert_clean(name: str, given: object, lines: list[str], scan: SecretScan) -> None:
    """What would be stored and shown: sound text without secrets, but for the two properties that are secret."""
    plain = (
        {key: value for key, value in given.items() if key not in ("url", "token")} if isinstance(given, dict) else {}
    )
    if isinstance(plain.get("inputs"), dict):
        plain["inputs"] = {key: value for key, value in plain["inputs"].items() if key not in ("url", "token")}
    shown = json.dumps(plain, ensure_ascii=False, default=repr) + "\n".join(lines)
    shown.encode()
    assert scan.find(shown) == set(), name
    assert len(shown) < 10_000, name
