"""Ends a provider process whose engine has gone.

An engine ends its provider processes itself, unless it is killed. Then they would stay, with every secret of the
stack in their memory, and one that is just about to try a POST again would do so minutes later: over what the next
run has configured meanwhile.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable

_first = threading.Lock()
"""Whoever gets it watches, until the process ends."""
_PAUSE = 0.1
"""Seconds between a lost connection and the next one."""
_CHUNK = 4096


def end_with(engine: str | None, end: Callable[[], object] = lambda: os._exit(1)) -> None:
    """End the process when the engine cannot be reached any more; the first call for a process counts.

    Args:
        engine: its address, ``<host>:<port>``; None where it is not known. One that was never there ends nothing.
        end: what ends the process; the threads at work are not waited for, as nobody hears their answers.
    """
    host, _, port = (engine or "").rpartition(":")
    if port.isdecimal() and _first.acquire(blocking=False):
        watch = threading.Thread(target=_watch, args=[(host, int(port)), end], name="useapi-lifeline", daemon=True)
        watch.start()


def _watch(address: tuple[str, int], end: Callable[[], object]) -> None:
    # A bare connection: a second channel of gRPC would wake its threads for what the server's own have to do.
    was_there = False
    while True:
        try:
            with socket.create_connection(address) as connection:
                was_there = True
                _wait_for_end(connection)
        except ConnectionRefusedError:
            break
        except OSError:  # nothing that tells whether there is an engine
            pass
        time.sleep(_PAUSE)
    if was_there:
        end()


def _wait_for_end(connection: socket.socket) -> None:
    """Wait until the connection breaks off: now and then by an engine that lives, which nobody tells anything."""
    while connection.recv(_CHUNK):
        pass
