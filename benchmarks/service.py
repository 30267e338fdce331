"""The emulator of the service in a process of its own, so that its work does not slow down what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from benchmarks.process import FailedError, cpu_of
from pulumi_useapi.emulator.subscriptions import Subscription, Subscriptions

_START_SECONDS = 30.0
_PATIENCE = 60.0
_COMMAND = "from pulumi_useapi.cli import main; main()"


class Service:
    """A running emulator, from `with` on.

    Args:
        folder: where it keeps its accounts; made anew.
        subscriptions: its customers.
        environment: of its process.
    """

    def __init__(self, folder: Path, subscriptions: list[Subscription], environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True)
        Subscriptions.open(folder, subscriptions)
        ready = folder / "ready"
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            [sys.executable, "-c", _COMMAND, "emulator", "--port=0", f"--data={folder}", f"--ready-file={ready}"],
            env=dict(environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us; what we started we end ourselves
        )
        self.base_url = self._wait_for(ready)

    def _wait_for(self, ready: Path) -> str:
        ends = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise FailedError("the emulator did not start: try it by hand, pulumi-useapi emulator")
            time.sleep(0.02)
        return ready.read_text(encoding="utf-8").strip()

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()

    @property
    def cpu(self) -> float:
        """CPU seconds it has used so far."""
        return cpu_of(self._process.pid)

    def set_latency(self, seconds: float) -> None:
        """Let every call of the service take so long."""
        self._call("PATCH", "behaviour", {"latency": seconds})

    def forget_requests(self) -> None:
        """Begin to count anew."""
        self._call("DELETE", "requests")

    def count_requests(self) -> dict[str, int]:
        """How many requests it got, by method and path: `POST /accounts`."""
        counter = Counter(f"{one['method']} {_short(one['path'])}" for one in self._call("GET", "requests"))
        return dict(sorted(counter.items()))

    def _call(self, method: str, what: str, body: object = None) -> Any:
        parts = urlsplit(self.base_url)
        content = None if body is None else json.dumps(body).encode()
        request = Request(f"{parts.scheme}://{parts.netloc}/_emulator/{what}", content, method=method)  # noqa: S310
        with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - our own process, on loopback
            text = answer.read()
        return json.loads(text) if text else None


def _short(path: str) -> str:
    return path.removeprefix("/v1/minimax")
