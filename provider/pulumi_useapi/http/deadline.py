"""A hard end for an HTTP request.

The timeouts of urllib3 bound each wait for bytes, so a server that sends one byte at a time could hold a request
for ever. Here the connection itself is shut down when the time is over, while the request waits for an answer; what
comes before that gets a timeout of the time that is left.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
import socket
import threading
import time
from collections.abc import Iterator

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

_LEAST_SECONDS = 0.001


class _Watch:
    """The time of one request, and the socket on which it waits for an answer."""

    def __init__(self, seconds: float) -> None:
        self.cut = threading.Event()
        self.ends = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def seconds_left(self) -> float | None:
        return None if math.isinf(self.ends) else max(self.ends - time.monotonic(), _LEAST_SECONDS)

    def begin(self, sock: object) -> None:
        """From now on the end of the time shuts down this socket.

        Raises:
            TimeoutError: it is over.
        """
        # The TLS inside a proxy's TLS is no socket, but has one.
        sock = getattr(sock, "socket", sock)
        with self._lock:
            if self.cut.is_set():
                raise TimeoutError
            self._socket = sock if isinstance(sock, socket.socket) else None

    def end(self) -> None:
        """From now on the socket is left alone."""
        with self._lock:
            self._socket = None

    def shut_down(self) -> None:
        with self._lock:
            self.cut.set()
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    # Not ssl's own shutdown: it takes the TLS layer away from under the thread that is reading.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Current(threading.local):
    """The watch over the request of the current thread."""

    def __init__(self) -> None:
        self.watch = _Watch(math.inf)


_current = _Current()


class _Alarm:
    """Shuts down what is over; one thread for all requests, because making one costs as much as half a request."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, _Watch]] = []
        self._count = itertools.count()
        self._thread: threading.Thread | None = None

    def set(self, watch: _Watch) -> None:
        """Shut down a watch's socket at its end; where its request has ended by then, there is none."""
        with self._changed:
            entry = (watch.ends, next(self._count), watch)
            heapq.heappush(self._due, entry)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._ring, name="useapi-deadline", daemon=True)
                self._thread.start()
            elif self._due[0] is entry:
                self._changed.notify()

    def _ring(self) -> None:
        while True:
            with self._changed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                _, _, watch = heapq.heappop(self._due)
            watch.shut_down()


_alarm = _Alarm()


@contextlib.contextmanager
def cut_after(seconds: float) -> Iterator[threading.Event]:
    """Shut down the connection of a request made in this block and thread, once `seconds` have passed.

    The event yielded is then set: headers cut short, and a body that only the end of the connection delimits, look
    complete. Connections are those of `POOL_CLASSES`.
    """
    watch = _current.watch = _Watch(seconds)
    _alarm.set(watch)
    try:
        yield watch.cut
    finally:
        watch.end()


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        # A socket that is shut down before its TLS begins is never closed: Python's ssl loses it.
        sock = super()._new_conn()
        sock.settimeout(_current.watch.seconds_left)
        return sock

    def _tunnel(self) -> None:
        # A proxy may take its time over the answer to CONNECT, and the end of one that was cut looks like success.
        _current.watch.begin(self.sock)
        super()._tunnel()
        _current.watch.end()
        if _current.watch.cut.is_set():
            raise TimeoutError

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        _current.watch.begin(self.sock)
        return super().getresponse()


class _TLSConnection(_PlainConnection, HTTPSConnection):
    """The same for TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


POOL_CLASSES = {"http": _PlainPool, "https": _TLSPool}
