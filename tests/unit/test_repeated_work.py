"""The server's event loops are used again, and are real ones."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

import pytest

from pulumi_useapi.engine.event_loops import keep_event_loops


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
def server(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Stands in for the server's main module."""
    module = ModuleType("__main__")
    vars(module).update(asyncio=asyncio)
    monkeypatch.setitem(sys.modules, "__main__", module)
    keep_event_loops()
    return module


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
    installed = server.asyncio
    keep_event_loops()
    assert server.asyncio is installed
    del server.asyncio
    keep_event_loops()
    assert not hasattr(server, "asyncio")
