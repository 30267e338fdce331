"""A proxy in front of the emulator: forwards, unless it is told to answer something else itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

import requests


@dataclass(frozen=True)
class Trouble:
    """What the proxy answers itself to these methods; with a `retry_after` beyond the deadline, nothing is tried again."""

    status: int
    body: str = ""
    content_type: str = "text/html"
    methods: tuple[str, ...] = ("GET", "POST", "DELETE")
    retry_after: int | None = None


@dataclass
class Front:
    """The proxy, from `with` on.

    Attributes:
        upstream: the base URL it forwards to; may be changed.
        trouble: what it answers itself, None for nothing.
    """

    upstream: str
    trouble: Trouble | None = None
    _server: ThreadingHTTPServer = field(init=False, repr=False)

    def __enter__(self) -> Front:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{urlsplit(self.upstream).path}"


def _handler_of(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one write
        timeout = 60

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Keep the test's output quiet."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            trouble = front.trouble
            if trouble and self.command in trouble.methods:
                self._send(trouble.status, trouble.content_type, trouble.body.encode(), trouble.retry_after)
                return
            upstream = urlsplit(front.upstream)
            answer = requests.request(
                self.command,
                f"{upstream.scheme}://{upstream.netloc}{self.path}",
                data=body,
                headers={key: value for key, value in self.headers.items() if key.lower() != "host"},
                timeout=60,
            )
            self._send(answer.status_code, answer.headers.get("Content-Type", ""), answer.content)

        def _send(self, status: int, content_type: str, body: bytes, retry_after: int | None = None) -> None:
            self.send_response(status, "Answer")
            if retry_after is not None:
                self.send_header("Retry-After", str(retry_after))
            self.send_header("Content-Type", content_type)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
