"""Ends a provider process whose engine has gone.

An engine ends its provider processes itself, unless it is killed. Then they would stay, with every secret of the
stack in their memory, and one that is just about to try a POST again would do so minutes later: over what the next
run has configured meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

_beginning = threading.Lock()
_channels: list[Any] = []
"""A channel that nobody holds is closed, and tells nothing any more."""


def end_with(engine: str | None, end: Callable[[], object] = lambda: os._exit(1)) -> None:
    """End the process when the engine cannot be had any more; the first call for a process counts.

    Args:
        engine: its address, None where it is not known; one that was never there ends nothing.
        end: what ends the process; the threads at work are not waited for, as nobody hears their answers.
    """
    import grpc

    was_there = threading.Event()

    def look(state: grpc.ChannelConnectivity) -> None:
        if state is grpc.ChannelConnectivity.READY:
            was_there.set()
        elif state is grpc.ChannelConnectivity.IDLE:
            # Also the state after a connection is lost, from where gRPC goes on only when asked to.
            watch()
        elif state is grpc.ChannelConnectivity.TRANSIENT_FAILURE and was_there.is_set():
            end()

    def watch() -> None:
        _channels[0].unsubscribe(look)
        _channels[0].subscribe(look, try_to_connect=True)

    with _beginning:
        if engine is None or _channels:
            return
        _channels.append(grpc.insecure_channel(engine))
    watch()
