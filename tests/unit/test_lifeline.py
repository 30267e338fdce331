"""A provider process ends when its engine has gone, and only then: real gRPC servers stand in for the engine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from pulumi_useapi.engine import lifeline

PATIENCE = 20


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody watches in a process that has just begun."""
    monkeypatch.setattr(lifeline, "_first", threading.Lock())


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE)
        yield listening


def address_of(listening: socket.socket) -> str:
    return "{}:{}".format(*listening.getsockname())


def wait_for_the_watch() -> None:
    for thread in threading.enumerate():
        if thread.name == "useapi-lifeline":
            thread.join(PATIENCE)


def test_it_ends_when_the_engine_has_gone() -> None:
    ended = threading.Event()
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    lifeline.end_with(f"127.0.0.1:{port}", ended.set)
    assert not ended.wait(1)

    server.stop(None).wait()
    assert ended.wait(PATIENCE)


def test_an_engine_that_drops_the_connection_lives_as_long_as_it_takes_the_next_one(listener: socket.socket) -> None:
    """Pulumi's engine drops a connection over which nothing was said for two minutes."""
    ended = threading.Event()
    lifeline.end_with(address_of(listener), ended.set)
    for _ in range(3):
        listener.accept()[0].close()
    connection, _ = listener.accept()
    assert not ended.is_set()

    listener.close()
    connection.close()
    assert ended.wait(PATIENCE)


def test_an_engine_that_was_never_there_ends_nothing(listener: socket.socket) -> None:
    """A provider server that somebody runs by hand, without an engine."""
    ended = threading.Event()
    address = address_of(listener)
    listener.close()
    lifeline.end_with(address, ended.set)
    wait_for_the_watch()
    assert not ended.is_set()


@pytest.mark.parametrize("engine", [None, "", "engine", "unix:/run/engine", "127.0.0.1:"])
def test_what_is_no_address_is_not_watched(engine: str | None) -> None:
    lifeline.end_with(engine)
    assert not lifeline._first.locked()


def test_one_connection_is_watched_for_a_process(listener: socket.socket) -> None:
    for _ in range(2):
        lifeline.end_with(address_of(listener), lambda: None)
    connection, _ = listener.accept()
    listener.settimeout(0.5)
    with pytest.raises(TimeoutError):
        listener.accept()
    listener.close()
    connection.close()
