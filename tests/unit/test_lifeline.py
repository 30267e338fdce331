"""A provider process ends when its engine has gone, and only then: real gRPC servers stand in for the engine."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from pulumi_useapi.engine import lifeline

PATIENCE = 20
KEPT: list[list[grpc.Channel]] = []
"""The thread with which gRPC watches a channel fails when the channel is closed under it."""


@pytest.fixture(autouse=True)
def channels(monkeypatch: pytest.MonkeyPatch) -> list[grpc.Channel]:
    """The watched channels of a process that has just begun."""
    made: list[grpc.Channel] = []
    KEPT.append(made)
    monkeypatch.setattr(lifeline, "_channels", made)
    return made


def engine(port: int = 0) -> tuple[grpc.Server, int]:
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, port


def wait_for(channel: grpc.Channel, wanted: grpc.ChannelConnectivity) -> None:
    seen = threading.Event()
    channel.subscribe(lambda state: seen.set() if state is wanted else None, try_to_connect=True)
    assert seen.wait(PATIENCE), wanted


def test_it_ends_when_the_engine_has_gone(channels: list[grpc.Channel]) -> None:
    ended = threading.Event()
    server, port = engine()
    lifeline.end_with(f"127.0.0.1:{port}", ended.set)
    wait_for(channels[0], grpc.ChannelConnectivity.READY)
    assert not ended.is_set()

    server.stop(None).wait()
    assert ended.wait(PATIENCE)


def test_an_engine_that_was_never_there_ends_nothing(channels: list[grpc.Channel]) -> None:
    """A provider server that somebody runs by hand, without an engine."""
    ended = threading.Event()
    server, port = engine()
    server.stop(None).wait()
    lifeline.end_with(f"127.0.0.1:{port}", ended.set)
    wait_for(channels[0], grpc.ChannelConnectivity.TRANSIENT_FAILURE)
    assert not ended.is_set()


def test_one_connection_is_watched_for_a_process(channels: list[grpc.Channel]) -> None:
    lifeline.end_with(None)
    assert channels == []
    server, port = engine()
    for _ in range(2):
        lifeline.end_with(f"127.0.0.1:{port}", lambda: None)
    assert len(channels) == 1
    server.stop(None).wait()
