"""A web site that behaves like MiniMax's: one logs in, then the page asks `…/cursor?…` with a `token` header.

It answers for every host name: the browser under test is told that they are all here. Around the request that counts
there are others, with other tokens and to other hosts, as on the real site.
"""

from __future__ import annotations

import http.server
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pulumi_useapi.emulator.sample import Credentials

PAGE = """<!doctype html><title>The tests' own site</title><h1 id="state">…</h1>
<form method="post" action="/login"></form>
<script>
const ask = (address, token) => {
  const call = new XMLHttpRequest();
  call.open("GET", address);
  if (token) call.setRequestHeader("token", token);
  call.send();
};
const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
(async () => {
  for (;;) {
    const me = await (await fetch("/me")).json();
    document.getElementById("state").textContent = me.state;
    if (me.state === "the person has typed the password") return document.forms[0].submit();
    if (me.state === "logged in") {
      for (const one of me.requests) ask(one.url, one.token);
      return;
    }
    await wait(100);
  }
})();
</script>
"""


@dataclass
class Site:
    """The site's state; the tests play the person at the browser.

    Attributes:
        requests: what the page asks once somebody is logged in: url, and token where there is one.
        typed: whether the person has typed the password: the next look of the page logs in.
        cookie_life: attributes of the log-in cookie; without Max-Age it is one of the session.
        refused: the status of /cursor where the site does not accept the log-in.
        logins: how many log-ins the site has forgotten; the cookie of the present one names it.
        seen: the addresses that were asked for, without their queries.
        visited: whether somebody has opened the page.
        on_cursor: called at each /cursor request.
    """

    port: int = 0
    requests: list[dict[str, str]] = field(default_factory=list)
    typed: threading.Event = field(default_factory=threading.Event)
    cookie_life: str = "Max-Age=2592000"
    refused: int = 0
    logins: int = 0
    seen: list[str] = field(default_factory=list)
    visited: threading.Event = field(default_factory=threading.Event)
    on_cursor: Callable[[], object] = lambda: None

    def log_out(self) -> None:
        """What the site forgets after some weeks."""
        self.typed.clear()
        self.logins += 1

    @property
    def session(self) -> str:
        return f"session={self.logins}"

    def ask(self, *, cursor: Credentials, other: Credentials) -> None:
        """Have the page ask for what the real one does, the request that counts among others."""
        query = urlsplit(cursor.url).query
        host = urlsplit(cursor.url).netloc
        self.requests = [
            {"url": "/v1/api/user/renewal", "token": other.token},
            {"url": f"https://{host}/v3/api/multimodal/video/my/cursor?{query}"},
            {"url": f"https://tracker.example/cursor?{query}", "token": other.token},
            {"url": f"https://{host}/v3/api/cursor-style?{query}", "token": other.token},
            {"url": f"https://{host}/v3/api/config/cursor?{query}", "token": "guest"},
            {"url": cursor.url, "token": cursor.token},
            {"url": "/v1/api/user/ping", "token": other.token},
        ]


class _Handler(http.server.BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self.site.visited.set()
            return self._answer(PAGE.encode(), "text/html")
        if path == "/me":
            return self._answer(json.dumps(self._me()).encode(), "application/json")
        self.site.seen.append(f"https://{self.headers['Host']}{path}")
        refused = 0
        if path.endswith("/my/cursor"):
            self.site.on_cursor()
            refused = self.site.refused
        return self._answer(b"{}", "application/json", status=refused or 200)

    def do_POST(self) -> None:
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Set-Cookie", f"{self.site.session}; Path=/; Secure; HttpOnly; {self.site.cookie_life}")
        self.end_headers()

    def do_OPTIONS(self) -> None:
        self._answer(b"", "text/plain")

    def _me(self) -> dict[str, Any]:
        if self.site.session in self.headers.get("Cookie", ""):
            return {"state": "logged in", "requests": self.site.requests}
        return {"state": "the person has typed the password" if self.site.typed.is_set() else "please log in"}

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Headers": "token",
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """The site on a free port of this machine, over TLS with a certificate that nobody vouches for."""
    site = Site()
    handler = type("Handler", (_Handler,), {"site": site})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*_certificate(folder))
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.daemon_threads = True
        site.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "site.crt", folder / "site.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(
        [*command, "-days", "2", "-subj", "/CN=site.test", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key
