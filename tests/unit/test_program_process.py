"""A program that Pulumi interrupts while it waits for the engine ends by itself, at once and without a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from threading import Event
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import resource_pb2_grpc

LAUNCHER = '''\
"""Ends as Pulumi's launcher does: by waiting for the threads whose calls wait for the engine."""
import sys
from concurrent.futures import ThreadPoolExecutor
import pulumi
from pulumi.runtime.proto import resource_pb2
import pulumi_useapi

pulumi.runtime.configure(pulumi.runtime.Settings("project", "stack", monitor=sys.argv[1]))
executor = ThreadPoolExecutor()
try:
    pulumi_useapi.MiniMaxAccount
    monitor = pulumi.runtime.settings.get_monitor()
    executor.submit(monitor.RegisterResource, resource_pb2.RegisterResourceRequest()).exception()
finally:
    executor.shutdown(wait=True)
    print("cleaned up")
'''


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
    launcher = tmp_path / "pulumi-language-python-exec"
    launcher.write_text(LAUNCHER)
    service, address = monitor
    with subprocess.Popen(
        [sys.executable, str(launcher), address], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as program:
        try:
            assert service.is_asked.wait(60)
            program.send_signal(signal.SIGINT)
            said, _ = program.communicate(timeout=60)
        finally:
            program.kill()
    assert (program.returncode, said) == (130, "cleaned up\n")
