"""What this package adds to Pulumi's own server for dynamic providers, in a real one and by itself."""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import dill
import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2  # type: ignore[import-untyped]
from pulumi.dynamic import CheckResult, ConfigureRequest, ResourceProvider
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_useapi.credentials import parse_token
from pulumi_useapi.emulator import Emulator
from pulumi_useapi.engine import provider_process
from pulumi_useapi.errors import AccountNotFoundError
from pulumi_useapi.minimax_account import MiniMaxAccountProvider
from pulumi_useapi.models import Account

URN = "urn:pulumi:dev::minimax::pulumi-python:dynamic/useapi:MiniMaxAccount::main"
ROOT = Path(__file__).parents[2]
LEAK = "this-must-not-be-shown"


# the URN of the resource at hand


def serving(request: object, call: Callable[[], str]) -> str:
    """Stands in for a method of the server, which holds the request in a variable of this name."""
    assert request is not None
    return call()


def test_the_urn_is_found_in_the_servers_frame() -> None:
    def provider_method() -> str:
        return deeper()

    def deeper() -> str:
        return provider_process.current_urn()

    assert serving(SimpleNamespace(urn=URN), provider_method) == URN


@pytest.mark.parametrize("request_", [SimpleNamespace(), SimpleNamespace(urn=None), SimpleNamespace(urn=7), "text"])
def test_another_request_is_not_taken_for_the_servers(request_: object) -> None:
    assert serving(request_, provider_process.current_urn) == ""
    assert serving(SimpleNamespace(urn=URN), lambda: serving(request_, provider_process.current_urn)) == URN


def test_without_a_server_there_is_no_urn() -> None:
    assert provider_process.current_urn() == ""


def test_each_thread_has_its_own_urn() -> None:
    together = threading.Barrier(8, timeout=10)

    def method() -> str:
        together.wait()
        return provider_process.current_urn()

    with futures.ThreadPoolExecutor(8) as pool:
        urns = list(pool.map(lambda number: serving(SimpleNamespace(urn=f"urn:{number}"), method), range(8)))
    assert urns == [f"urn:{number}" for number in range(8)]


# errors


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that looks like Pulumi's server, in its place."""
    module = ModuleType("__main__")
    vars(module).update(traceback=traceback, DynamicResourceProviderServicer=object)
    monkeypatch.setitem(sys.modules, "__main__", module)
    return module


def shown(server: ModuleType, failing: Callable[[], object]) -> str:
    try:
        failing()
    except Exception:  # noqa: BLE001 - as the server does
        text: str = server.traceback.format_exc()
        return text
    raise AssertionError("it did not fail")


def test_an_expected_error_is_its_sentence(server: ModuleType) -> None:
    provider_process.show_errors_as_sentences()

    def fail() -> None:
        try:
            dict[str, str]()[LEAK]
        except KeyError:
            raise AccountNotFoundError("account 1 is not configured", 404, "1") from None

    assert shown(server, fail) == "account 1 is not configured"
    assert shown(server, lambda: parse_token(LEAK)).startswith("token: this is no JWT; ")


def test_another_providers_error_is_untouched(server: ModuleType) -> None:
    provider_process.show_errors_as_sentences()

    def inner() -> None:
        raise ValueError("its own words")

    def fail() -> None:
        try:
            inner()
        except ValueError as cause:
            raise RuntimeError("told by another provider") from cause

    try:
        fail()
    except RuntimeError:
        expected = traceback.format_exc()
        assert server.traceback.format_exc() == expected
        assert server.traceback.format_exc(limit=1) == traceback.format_exc(limit=1)
        assert server.traceback.format_exc(chain=False) == traceback.format_exc(chain=False)
    assert "its own words" in expected


def test_an_unexpected_error_through_this_package_has_frames_but_no_values(server: ModuleType) -> None:
    provider_process.show_errors_as_sentences()

    class Body(dict[str, object]):
        def get(self, *_: object) -> object:
            try:
                return dict[str, str]()[LEAK]
            except KeyError as cause:
                raise RuntimeError(f"{LEAK} in the text") from cause

    text = shown(server, lambda: Account.from_answer(Body()))
    assert text.startswith("unexpected error in pulumi-useapi; please report it with these lines:\n")
    assert "models.py" in text
    assert "in from_answer" in text
    assert text.endswith("RuntimeError")
    assert LEAK not in text


def test_everything_else_of_the_module_is_the_real_ones(server: ModuleType) -> None:
    provider_process.show_errors_as_sentences()
    assert server.traceback is not traceback
    assert server.traceback.format_tb is traceback.format_tb
    assert traceback.format_exc() == "NoneType: None\n"
    assert server.traceback.format_exc() == "NoneType: None\n"


def test_nothing_is_done_twice_or_to_a_server_that_is_not_as_expected(
    server: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider_process.show_errors_as_sentences()
    before = server.traceback
    provider_process.show_errors_as_sentences()
    assert server.traceback is before
    for changed in (ModuleType("__main__"), SimpleNamespace(traceback=traceback), SimpleNamespace(traceback=None)):
        monkeypatch.setitem(sys.modules, "__main__", changed)
        was = dict(vars(changed))
        provider_process.show_errors_as_sentences()
        assert vars(changed) == was


# lines under a resource


class Engine(engine_pb2_grpc.EngineServicer):
    """An engine that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str, str]] = []

    def Log(self, request: Any, context: object) -> Any:  # noqa: ARG002, N802 - gRPC's signature
        self.lines.append((request.severity, request.message, request.urn))
        return empty_pb2.Empty()


@dataclass
class RunningEngine:
    address: str
    lines: list[tuple[int, str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def engine() -> Iterator[RunningEngine]:
    servicer = Engine()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield RunningEngine(f"127.0.0.1:{port}", servicer.lines)
    server.stop(None).wait()


@pytest.mark.parametrize(("severity", "number"), [("info", engine_pb2.INFO), ("warning", engine_pb2.WARNING)])
def test_a_line_reaches_the_engine(
    engine: RunningEngine, monkeypatch: pytest.MonkeyPatch, severity: str, number: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["server", "--logtostderr", "-v=9", engine.address])
    provider_process.report(severity, "one sentence: with ünïcode", URN)
    assert engine.lines.pop() == (number, "one sentence: with ünïcode", URN)


@pytest.mark.parametrize("arguments", [["server"], ["server", "127.0.0.1:1"], ["server", "no address at all"]])
def test_without_an_engine_a_line_goes_to_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", arguments)
    provider_process.report("warning", "one sentence", URN)
    assert capsys.readouterr().err == "warning: one sentence\n"


# in Pulumi's own server


class OtherProvider(ResourceProvider):
    """Somebody else's provider in the same process."""

    def configure(self, req: ConfigureRequest) -> None:
        pass

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        raise ValueError(f"its own words about {news['name']}")


class UnusableProvider(OtherProvider):
    """One that cannot even be configured."""

    def configure(self, _req: ConfigureRequest) -> None:
        raise ValueError("its own words about its configuration")


def pickled(provider: ResourceProvider) -> str:
    return base64.b64encode(dill.dumps(provider, byref=False)).decode()


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(dict(values))
    return message


@dataclass
class Server:
    """A provider process as Pulumi starts it."""

    stub: Any
    emulator: Emulator
    engine: RunningEngine

    def check(self, provider: ResourceProvider, **inputs: Any) -> Any:
        news = struct({"__provider": pickled(provider), **inputs})
        return self.stub.Check(provider_pb2.CheckRequest(urn=URN, news=news))

    def diff(self, provider: ResourceProvider, olds: Mapping[str, Any], **news: Any) -> Any:
        both = {"__provider": pickled(provider)}
        request = provider_pb2.DiffRequest(
            id="1", urn=URN, olds=struct({**both, **olds}), news=struct({**both, **news})
        )
        return self.stub.Diff(request)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, engine: RunningEngine) -> Iterator[Server]:
    command = [sys.executable, "-u", "-m", "pulumi.dynamic", engine.address]
    with Emulator(tmp_path_factory.mktemp("emulator")) as emulator:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stdout
        channel = grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}")
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        config = {"useapi:apiToken": emulator.api_token, "useapi:baseUrl": emulator.base_url}
        stub.Configure(provider_pb2.ConfigureRequest(args=struct(config)), wait_for_ready=True, timeout=20)
        yield Server(stub, emulator, engine)
        channel.close()
        process.terminate()
        process.communicate(timeout=20)


def details(call: Callable[[], object]) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    text: str = caught.value.details()
    return text


def test_the_provider_is_stored_as_its_import_path_alone() -> None:
    raw = base64.b64decode(pickled(MiniMaxAccountProvider()))
    assert len(raw) < 100
    assert b"pulumi_useapi.minimax_account" in raw


def test_a_failure_of_check_reaches_the_engine_without_a_value(real: Server) -> None:
    answer = real.check(MiniMaxAccountProvider(), url=LEAK, token=LEAK, maxJobs=99)
    assert [(one.property, one.reason.partition(";")[0]) for one in answer.failures] == [
        ("", "url: it must be a whole address that begins with https://"),
        ("maxJobs", "it must be a whole number from 1 to 10"),
        ("", "token: this is no JWT"),
    ]


def test_an_expected_error_is_shown_as_one_sentence(real: Server) -> None:
    stored = {"account": "1", "owner": "9999@https://elsewhere.example", "maxJobs": 2, "url": "u", "token": "t"}
    text = details(lambda: real.diff(MiniMaxAccountProvider(), stored, **stored | {"maxJobs": 3}))
    assert text.startswith("this API token is of subscription ")
    assert "\n" not in text


def test_an_unexpected_error_is_shown_as_frames_without_values(real: Server) -> None:
    stored = {"account": "1", "maxJobs": 2, "url": LEAK, "token": LEAK}
    text = details(lambda: real.diff(MiniMaxAccountProvider(), stored, account="1", token=LEAK))
    assert text.startswith("unexpected error in pulumi-useapi; please report it with these lines:\n")
    assert "lifecycle.py" in text
    assert text.endswith("KeyError")
    assert LEAK not in text


def test_another_providers_error_in_the_same_process_is_shown_whole(real: Server) -> None:
    text = details(lambda: real.check(OtherProvider(), name="its resource"))
    assert text.startswith("Traceback (most recent call last):\n")
    assert "ValueError: its own words about its resource" in text
    text = details(lambda: real.check(UnusableProvider(), name="its resource"))
    assert text.startswith("Traceback (most recent call last):\n")
    assert "ValueError: its own words about its configuration" in text


def test_a_line_under_the_resource_names_its_urn(real: Server) -> None:
    stored = {
        "account": "1",
        "maxJobs": 2,
        "url": "https://h/?unix=1",
        "token": "t",
        "jwtExpiry": "2026-01-01T00:00:00Z",
        "postedExpiry": "2026-01-01T00:00:00Z",
        "serverExpiry": "2026-02-01T00:00:00Z",
    }
    assert real.diff(MiniMaxAccountProvider(), stored, **stored).changes == provider_pb2.DiffResponse.DIFF_NONE
    severity, message, urn = real.engine.lines.pop()
    assert (severity, urn) == (engine_pb2.WARNING, URN)
    assert message.startswith("account 1 was renewed elsewhere: ")
