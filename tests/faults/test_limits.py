"""What a client never does, whatever service, network and environment are like; beside tests/unit/test_client.py."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pulumi_useapi import errors
from pulumi_useapi.client import UseApiClient
from pulumi_useapi.emulator import Emulator
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.lifecycle import Lifecycle
from pulumi_useapi.settings import read_settings
from tests.faults.scene import NOW, SUBSCRIPTION, URN
from tests.support.http_server import ScriptedServer, Step, answer, drip, raw

API_TOKEN = SUBSCRIPTION.api_token
NAME = "service.test"
"""A host that is not this machine; only the proxy of the tests knows where it is."""

# Life cycle: deadline, waits, plain http


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path / "emulator", subscriptions=[SUBSCRIPTION]) as running:
        yield running


def lifecycle(base_url: str, **environment: str) -> Lifecycle:
    settings = {"USEAPI_BASE_URL": base_url, "USEAPI_API_TOKEN": API_TOKEN, **environment}
    return Lifecycle(read_settings(lambda _: None, settings), lambda *_: None)


def create(of: Lifecycle) -> None:
    credentials = make_credentials("101", expires=NOW + timedelta(days=10))
    inputs, failures = of.check(URN, {}, {**credentials._asdict(), "maxJobs": 2})
    assert failures == []
    of.create(URN, inputs)


@pytest.mark.parametrize("fault", ["hang", "slow-start", "slow-body"])
@pytest.mark.parametrize("timeout", ["60", "0.3"])
def test_the_deadline_ends_an_operation(emulator: Emulator, fault: str, timeout: str) -> None:
    emulator.set_faults([{"fault": fault, "seconds": 60, "method": "POST"}])
    started = time.monotonic()
    with pytest.raises(errors.TimedOutError) as caught:
        create(lifecycle(emulator.base_url, USEAPI_TIMEOUT=timeout, USEAPI_DEADLINE="1"))
    assert 0.3 <= time.monotonic() - started < 3
    assert f"({timeout} s per try, 1 s in all)" in str(caught.value)


@pytest.mark.parametrize("form", ["header", "date", "body"])
def test_a_wait_beyond_the_deadline_is_told_at_once_with_its_end(emulator: Emulator, form: str) -> None:
    rule = {"fault": "status", "status": 429, "retry_after": 7200, "retry_after_as": form}
    emulator.set_faults([{**rule, "method": "POST"}])
    before = datetime.now(timezone.utc)
    with pytest.raises(errors.RateLimitedError) as caught:
        create(lifecycle(emulator.base_url))
    assert datetime.now(timezone.utc) - before < timedelta(seconds=10)
    told = caught.value.retry_at
    assert told is not None
    assert timedelta(0) <= told - before - timedelta(hours=2) < timedelta(seconds=15)
    # To the next full minute: who comes back then is not too early.
    minute = told.replace(second=0, microsecond=0) + timedelta(minutes=bool(told.second or told.microsecond))
    assert f"{minute:%H:%M} UTC (429), which is longer than the deadline of 120 s" in str(caught.value)
    assert [one["method"] for one in emulator.requests()].count("POST") == 1


def test_plain_http_to_another_machine_is_refused_before_any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(answer(200, {})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
        monkeypatch.setenv("ALL_PROXY", f"http://{proxy.host}")
        for host in (NAME, "127.0.0.1.example.com", "localhost.example.com", "192.0.2.0", "192.0.2.1", "[::2]"):
            _, failures = lifecycle(f"http://{host}/v1/minimax").check(
                URN, {}, {**make_credentials("101", expires=NOW + timedelta(days=1))._asdict(), "maxJobs": 2}
            )
            assert [failure.reason.partition(":")[0] for failure in failures] == [
                "the base URL must use https, because plain http is only for this machine itself"
            ]
        assert proxy.requests == []


# TLS and proxies

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificates")


@dataclass
class Certificate:
    """A self-signed certificate of `NAME`, its own authority."""

    path: Path
    context: ssl.SSLContext


def make_certificate(folder: Path) -> Certificate:
    folder.mkdir()
    key, path = folder / "key.pem", folder / "certificate.pem"
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}"]
    making += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(path)]
    subprocess.run(making, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return Certificate(path, context)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "trusted")


@pytest.fixture(scope="module")
def untrusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "untrusted")


@dataclass
class Tunnel:
    """A forward proxy that answers CONNECT by being the service itself, with a certificate; or refuses.

    Attributes:
        asked: the heads of the CONNECT requests, as they came.
        inside: the heads of the requests inside the tunnels.
    """

    certificate: Certificate
    asked: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)

    def step(self, connection: socket.socket, _: threading.Event) -> bool:
        self.asked.append(_head(connection))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with contextlib.suppress(OSError), self.certificate.context.wrap_socket(connection, server_side=True) as tls:
            self.inside.append(_head(tls))
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        return False


def _head(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(4096)
        if not piece:
            break
        received += piece
    return received.decode("latin-1")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the variables of proxies and certificates, and no others."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def set_(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_


def service_client(deadline: float = 20) -> UseApiClient:
    return UseApiClient(API_TOKEN, base_url=f"https://{NAME}/v1/minimax", backoff=0, deadline=deadline)


@needs_openssl
def test_a_proxy_of_the_environment_is_used_and_never_sees_the_api_token(
    trusted: Certificate, environment: Callable[..., None]
) -> None:
    tunnel = Tunnel(trusted)
    with ScriptedServer(tunnel.step, greets=True) as proxy:
        environment(HTTPS_PROXY=f"http://someone:pass-word@{proxy.host}", REQUESTS_CA_BUNDLE=str(trusted.path))
        with service_client() as client:
            assert client.list_accounts() == {}
    (asked,), (inside,) = tunnel.asked, tunnel.inside
    assert asked.startswith(f"CONNECT {NAME}:443 ")
    assert API_TOKEN not in asked
    assert "Bearer" not in asked
    assert "Proxy-Authorization: Basic " in asked
    assert f"Authorization: Bearer {API_TOKEN}\r\n" in inside
    assert "Proxy-Authorization" not in inside


@needs_openssl
def test_a_proxy_that_reads_along_gets_nothing(untrusted: Certificate, environment: Callable[..., None]) -> None:
    tunnel = Tunnel(untrusted)
    with ScriptedServer(tunnel.step, greets=True) as proxy:
        environment(HTTPS_PROXY=f"http://someone:pass-word@{proxy.host}")
        with service_client() as client, pytest.raises(errors.UnreachableError) as caught:
            client.list_accounts()
    assert str(caught.value).startswith(f"the certificate of {NAME} cannot be verified: check the clock ")
    assert "pass-word" not in str(caught.value)
    assert len(tunnel.asked) == 1
    assert tunnel.inside == []


@needs_openssl
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("value", ["", "0", "false", "no-such-file.pem"])
def test_no_variable_turns_the_verification_off(
    untrusted: Certificate, environment: Callable[..., None], variable: str, value: str
) -> None:
    tunnel = Tunnel(untrusted)
    with ScriptedServer(tunnel.step, greets=True) as proxy:
        environment(HTTPS_PROXY=f"http://{proxy.host}", **{variable: value})
        with service_client() as client, pytest.raises(errors.UnreachableError) as caught:
            client.list_accounts()
    assert f"the certificate of {NAME} cannot be verified" in str(caught.value)
    assert tunnel.inside == []


@pytest.mark.parametrize("exception", [NAME, ".test", "*"])
def test_no_proxy_is_respected(environment: Callable[..., None], exception: str) -> None:
    with ScriptedServer(answer(200, {})) as proxy:
        environment(HTTPS_PROXY=f"http://{proxy.host}", NO_PROXY=exception)
        with service_client(deadline=5) as client, pytest.raises(errors.UnreachableError) as caught:
            client.list_accounts()
        assert f"useapi.net cannot be reached at {NAME}" in str(caught.value)
        assert proxy.requests == []


@pytest.mark.parametrize(
    "step",
    [
        raw(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\nContent-Length: 0\r\n\r\n"),
        answer(502, "<p>someone pass-word</p>"),
    ],
)
def test_a_proxy_that_refuses_is_told_without_its_password(environment: Callable[..., None], step: Step) -> None:
    with ScriptedServer(step) as proxy:
        environment(HTTPS_PROXY=f"http://someone:pass-word@{proxy.host}")
        with service_client() as client, pytest.raises(errors.UnreachableError) as caught:
            client.list_accounts()
    assert str(caught.value).startswith(f"the proxy does not connect to {NAME}: correct or unset HTTPS_PROXY")
    assert "pass-word" not in str(caught.value)
    assert len(proxy.requests) == 5
    assert all(API_TOKEN not in str(request.headers) for request in proxy.requests)


def test_a_proxy_that_never_answers_does_not_outlast_the_deadline(environment: Callable[..., None]) -> None:
    with ScriptedServer(drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")) as proxy:
        environment(HTTPS_PROXY=f"http://{proxy.host}")
        started = time.monotonic()
        with service_client(deadline=0.8) as client, pytest.raises(errors.TransportError):
            client.list_accounts()
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_asked_without_a_proxy(emulator: Emulator, environment: Callable[..., None], host: str) -> None:
    with ScriptedServer(answer(200, {})) as proxy:
        environment(HTTP_PROXY=f"http://{proxy.host}", ALL_PROXY=f"http://{proxy.host}")
        create(lifecycle(emulator.base_url.replace("127.0.0.1", host)))
        assert proxy.requests == []
    assert [one["account"] for one in emulator.accounts()] == ["101"]
