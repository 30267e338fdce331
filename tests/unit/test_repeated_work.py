"""The server's event loops are used again, and are real ones; a thread looks our provider up once."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from pulumi_useapi.engine.repeated_work import do_once
from pulumi_useapi.minimax_account import MiniMaxAccountProvider


@pytest.fixture(autouse=True)
def _no_loop_stays_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    make, made = asyncio.new_event_loop, list[asyncio.AbstractEventLoop]()

    def new_event_loop() -> asyncio.AbstractEventLoop:
        made.append(make())
        return made[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", new_event_loop)
    yield
    for loop in made:
        loop.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Stands in for the server's main module."""
    module = ModuleType("__main__")
    looked_up: list[tuple[Any, Any]] = []

    def get_provider(props: Mapping[str, Any], config: object) -> Any:
        looked_up.append((props["__provider"], config))
        return MiniMaxAccountProvider() if props["__provider"] == "ours" else object()

    vars(module).update(asyncio=asyncio, get_provider=get_provider, PROVIDER_KEY="__provider", looked_up=looked_up)
    monkeypatch.setitem(sys.modules, "__main__", module)
    do_once()
    yield module
    gc.unfreeze()


async def answer(value: object) -> object:
    await asyncio.sleep(0)
    return await asyncio.get_running_loop().run_in_executor(None, lambda: value)


async def fail() -> None:
    raise LookupError("lost")


def test_a_closed_loop_is_the_next_one(server: ModuleType) -> None:
    first = server.asyncio.new_event_loop()
    for value in (1, 2):
        assert first.run_until_complete(answer(value)) == value
    first.close()
    again = server.asyncio.new_event_loop()
    assert again is first
    assert again.run_until_complete(answer(3)) == 3
    again.close()


def test_loops_in_use_at_the_same_time_are_different_ones(server: ModuleType) -> None:
    assert server.asyncio.new_event_loop() is not server.asyncio.new_event_loop()


def test_another_thread_takes_over_a_closed_loop(server: ModuleType) -> None:
    loop = server.asyncio.new_event_loop()
    loop.run_until_complete(answer(1))
    loop.close()
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(server.asyncio.new_event_loop().run_until_complete(answer(2))))
    thread.start()
    thread.join(10)
    assert seen == [2]


def test_a_loop_whose_answer_failed_is_not_used_again(server: ModuleType) -> None:
    loop = server.asyncio.new_event_loop()
    with pytest.raises(LookupError, match="lost"):
        loop.run_until_complete(fail())  # the server closes none then
    assert server.asyncio.new_event_loop() is not loop


def test_everything_else_is_asyncios(server: ModuleType) -> None:
    assert server.asyncio.sleep is asyncio.sleep
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = server.asyncio.no_such_name


def test_a_second_call_and_a_server_built_otherwise_are_left_alone(server: ModuleType) -> None:
    installed = server.asyncio, server.get_provider
    do_once()
    assert (server.asyncio, server.get_provider) == installed
    del server.asyncio, server.get_provider
    do_once()
    assert not hasattr(server, "asyncio")
    assert not hasattr(server, "get_provider")


def test_a_server_that_keeps_its_providers_otherwise(server: ModuleType) -> None:
    def get_provider(_name: str) -> None: ...

    vars(server).update(get_provider=get_provider)
    del server.PROVIDER_KEY
    do_once()
    assert server.get_provider is get_provider


def test_a_thread_looks_our_provider_up_once(server: ModuleType) -> None:
    first = server.get_provider({"__provider": "ours"}, "config")
    assert server.get_provider({"__provider": "ours"}, "config") is first
    assert server.looked_up == [("ours", "config")]
    thread = threading.Thread(target=server.get_provider, args=({"__provider": "ours"}, "config"))
    thread.start()
    thread.join(10)
    assert server.looked_up == [("ours", "config")] * 2  # which sets the other thread up


def test_another_provider_is_looked_up_at_each_call(server: ModuleType) -> None:
    for _ in range(2):
        server.get_provider({"__provider": "theirs"}, "config")
    assert server.looked_up == [("theirs", "config")] * 2


def test_the_collector_passes_over_what_is_loaded(server: ModuleType) -> None:
    assert server
    assert gc.get_freeze_count() > 0
