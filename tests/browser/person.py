"""Plays the person at the browser, and looks at the browsers that run."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.site import Site

_PATIENCE = 30.0


@dataclass(frozen=True)
class Start:
    """One start of the browser.

    Attributes:
        pid: its process id.
        command: the arguments that it got from the code under test.
    """

    pid: int
    command: str


class Person:
    """Somebody who logs in and closes the window; `starts` is what the browser was started with."""

    def __init__(self, site: Site, log: Path) -> None:
        self.site = site
        self._log = log

    @property
    def starts(self) -> list[Start]:
        """The browser's starts so far."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [Start(int(pid), command) for pid, _, command in (line.partition(" ") for line in lines)]

    def type_password(self) -> None:
        """Wait for the page, then log in, and look at the page of one's own."""
        assert self.site.visited.wait(_PATIENCE), "no browser came"
        self.site.typed.set()
        deadline = time.monotonic() + _PATIENCE
        while not any(address.endswith("/my/cursor") for address in self.site.seen):
            assert time.monotonic() < deadline, "the page never asked for its videos"
            time.sleep(0.02)
        self.site.typed.clear()

    def close_window(self) -> None:
        """Quit the browser that is open now."""
        os.kill(self.starts[-1].pid, signal.SIGINT)

    @contextmanager
    def at_the_browser(
        self, meanwhile: Callable[[], object] = lambda: None, *, asked: threading.Event | None = None
    ) -> Iterator[None]:
        """Log in and close the window as soon as there is one, or as soon as one is asked to."""

        def act() -> None:
            if asked:
                assert asked.wait(_PATIENCE), "nobody asked for a log-in"
                self.site.visited.clear()
            self.type_password()
            meanwhile()
            self.close_window()

        with _beside(act):
            yield

    @contextmanager
    def closing_the_window(self) -> Iterator[None]:
        """Close the first window without a log-in."""

        def act() -> None:
            assert self.site.visited.wait(_PATIENCE), "no browser came"
            self.close_window()

        with _beside(act):
            yield


@contextmanager
def _beside(act: Callable[[], None]) -> Iterator[None]:
    with ThreadPoolExecutor(1) as threads:
        acting = threads.submit(act)
        yield
        acting.result(_PATIENCE)


def is_running(pid: int) -> bool:
    """Whether a process runs that is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def listening_ports(pid: int) -> list[int]:
    """The TCP ports on which a process listens."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    ports = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:  # 0A: it listens
                ports.append(int(fields[1].rpartition(":")[2], 16))
    return ports
