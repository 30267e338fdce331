"""A hard end for an HTTP request.

The timeouts of urllib3 bound each wait for bytes, so a server that sends one byte at a time could hold a request
for ever. Here the connection itself is shut down when the time is over, wherever the request is then.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse


class _Watched(threading.local):
    """Sockets on which the request of the current thread waits for its answer."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.cut = threading.Event()


_watched = _Watched()


@contextlib.contextmanager
def cut_after(seconds: float) -> Iterator[threading.Event]:
    """Shut down the connection of a request made in this block and thread, once `seconds` have passed.

    The event yielded is then set: headers cut short, and a body that only the end of the connection delimits, look
    complete. Connections are those of `POOL_CLASSES`.
    """
    cut = threading.Event()
    sockets: list[socket.socket] = []
    _watched.sockets, _watched.cut = sockets, cut
    timer = threading.Timer(seconds, _shut_down, [sockets, cut])
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()


def _shut_down(sockets: list[socket.socket], cut: threading.Event) -> None:
    cut.set()
    for sock in sockets:
        with contextlib.suppress(OSError):
            # Not ssl's own shutdown: it takes the TLS layer away from under the thread that is reading.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _watch(sock: object) -> None:
    if isinstance(sock, socket.socket):
        _watched.sockets.append(sock)


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        # From the start: a proxy may take its time over the answer to CONNECT.
        sock = super()._new_conn()
        _watch(sock)
        return sock

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        _watch(self.sock)
        return super().getresponse()


class _TLSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        # From the start: a proxy may take its time over the answer to CONNECT.
        sock = super()._new_conn()
        _watch(sock)
        return sock

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        _watch(self.sock)
        return super().getresponse()

    def _tunnel(self) -> None:
        super()._tunnel()
        # The end of a proxy's answer that was cut looks like success; ssl would lose the dead connection.
        if _watched.cut.is_set():
            raise TimeoutError


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


POOL_CLASSES = {"http": _PlainPool, "https": _TLSPool}
