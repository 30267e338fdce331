"""A program that Pulumi interrupts while it waits for the engine ends by itself, at once and without a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import resource_pb2_grpc

ASKING = """\
import sys
from concurrent.futures import ThreadPoolExecutor
import pulumi
from pulumi.runtime.proto import resource_pb2
import pulumi_useapi

pulumi.runtime.configure(pulumi.runtime.Settings("project", "stack", monitor=sys.argv[1]))
executor = ThreadPoolExecutor()
pulumi_useapi.MiniMaxAccount
monitor = pulumi.runtime.settings.get_monitor()
call = executor.submit(monitor.RegisterResource, resource_pb2.RegisterResourceRequest())
"""
LAUNCHER = """\
try:
    call.exception()
finally:
    executor.shutdown(wait=True)
    print("cleaned up")
"""
"""Ends as Pulumi's does: by waiting for the threads whose calls wait for the engine."""
AT_ITS_END = """\
print("at its end", flush=True)
"""
"""Leaves that to Python."""


class SilentMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """An engine that gave up the run: it never answers."""

    def __init__(self) -> None:
        self.is_asked = Event()
        self.is_over = Event()

    def RegisterResource(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the service's name
        self.is_asked.set()
        self.is_over.wait()
        raise RuntimeError


@pytest.fixture
def monitor() -> Iterator[tuple[SilentMonitor, str]]:
    service = SilentMonitor()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield service, f"127.0.0.1:{port}"
    service.is_over.set()
    server.stop(0).wait()


def test_an_interrupted_program_does_not_wait_for_an_engine_that_is_silent(
    tmp_path: Path, monitor: tuple[SilentMonitor, str]
) -> None:
    service, address = monitor
    with running(ASKING + LAUNCHER, tmp_path, address) as program:
        assert service.is_asked.wait(60)
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=60)
    assert (program.returncode, said) == (130, "cleaned up\n")


def test_a_program_that_is_interrupted_while_python_shuts_down_says_nothing(
    tmp_path: Path, monitor: tuple[SilentMonitor, str]
) -> None:
    service, address = monitor
    with running(ASKING + AT_ITS_END, tmp_path, address) as program:
        assert program.stdout
        assert program.stdout.readline() == "at its end\n"
        assert service.is_asked.wait(60)
        time.sleep(0.5)  # Python is waiting for the thread by then
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=60)
    assert (program.returncode, said) == (0, "")


@contextmanager
def running(launcher: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program under a launcher named as Pulumi's."""
    file = folder / "pulumi-language-python-exec"
    file.write_text(launcher)
    command = [sys.executable, str(file), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        try:
            yield program
        finally:
            program.kill()
