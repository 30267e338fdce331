"""A real HTTP server on loopback that plays a script: whole answers, raw bytes, silence, resets."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

Step = Callable[[socket.socket, threading.Event], bool]


@dataclass(frozen=True)
class Request:
    """A request as it arrived; header names in small letters."""

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class ScriptedServer:
    """Answers each request with the next step of the script; the last step is for all that follow.

    Args:
        steps: the script.
        greets: each connection gets a step at once, before there is a request.
    """

    def __init__(self, *steps: Step, greets: bool = False) -> None:
        self.steps = list(steps)
        self._greets = greets
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"http://{self.host}/v1/minimax"

    def __enter__(self) -> ScriptedServer:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        _abort(self._listener)
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _abort(connection)
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                if self._greets and not self.steps[0](connection, self._stop):
                    return
                while (request := _read(stream.readline, stream.read)) is not None:
                    if not self._next(request)(connection, self._stop):
                        return
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)

    def _next(self, request: Request) -> Step:
        with self._lock:
            self.requests.append(request)
            return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


def _abort(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    finally:
        connection.close()


def _read(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Request | None:
    line = readline().decode("latin-1").split()
    if len(line) < 2:  # the end, or no HTTP
        return None
    headers: dict[str, str] = {}
    while text := readline().decode("latin-1").strip():
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Request(line[0], line[1], headers, read(int(headers.get("content-length", "0"))))


def answer(status: int, body: object = None, headers: dict[str, str] | None = None) -> Step:
    """A whole answer; a body that is neither bytes nor str is sent as JSON."""
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    if body is None:
        content = b""
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return raw("\r\n".join([*lines, "", ""]).encode("latin-1") + content, keep=True)


def raw(data: bytes, *, keep: bool = False) -> Step:
    """These very bytes; then the connection is closed, unless it is kept."""

    def step(connection: socket.socket, stop: threading.Event) -> bool:
        connection.sendall(data)
        return keep and not stop.is_set()

    return step


def drip(start: bytes, *, every: float = 0.02) -> Step:
    """`start`, and then one byte at a time, without an end."""

    def step(connection: socket.socket, stop: threading.Event) -> bool:
        connection.sendall(start)
        while not stop.wait(every):
            connection.sendall(b" ")
        return False

    return step


def stall(_: socket.socket, stop: threading.Event) -> bool:
    """No answer at all."""
    stop.wait(30)
    return False


def reset(connection: socket.socket, _: threading.Event) -> bool:
    """The connection is reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False
