"""What a run knows of the accounts, shared by its program and its provider processes.

The engine asks a provider nothing about resources that ``--target`` or ``--exclude`` leaves out, and each explicit
provider is a process of its own. An entry that is about to be deleted would not know that the program declares its
account under another name there. All processes of a run know the engine's address, so they share a file that is
named after it, in a folder that only this user can read. It holds ids, URNs and owners, no secret.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_STALE = 600.0
"""Seconds before the start of this process after which a line cannot be of the same run: addresses are used again."""
_FORGOTTEN = 86_400.0


@dataclass(frozen=True)
class Line:
    """One thing that a process knows.

    Attributes:
        urn: the resource that declares the account.
        account: the account id.
        subscription: the name that the program gives; only in a line of the program.
        owner: the owner by the settings of the resource's provider; only in a line of a provider process.
        is_held: whether the resource stood for the account before this run, or this run has configured it.
    """

    urn: str
    account: str
    subscription: str | None = None
    owner: str | None = None
    is_held: bool = False


class RunNote:
    """The shared file of one run; does nothing where there is none.

    Args:
        engine: the address of the run's engine, None where it is not known (inline programs of the Automation API).
    """

    def __init__(self, engine: str | None) -> None:
        self._began = time.time()
        self._path = _path(engine) if engine else None

    @property
    def is_read_by_nobody(self) -> bool:
        """Whether there is no shared file."""
        return self._path is None

    def add(self, line: Line) -> None:
        """Let the other processes know."""
        if self._path is None:
            return
        text = json.dumps({"time": time.time(), **vars(line)}) + "\n"
        with contextlib.suppress(OSError):  # a full disk must not stop the run
            os.write(_opened(self._path), text.encode())

    def lines(self, account: str) -> Iterator[Line]:
        """What the processes of this run have said of an account, in that order."""
        return (line for line in self._lines() if line.account == account)

    def declared_subscriptions(self) -> list[str | None]:
        """The names of the subscriptions that the program gives, in that order."""
        return list(dict.fromkeys(line.subscription for line in self._lines() if line.owner is None))

    def _lines(self) -> Iterator[Line]:
        if self._path is None:
            return
        try:
            written = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return
        for text in written:
            known = _parsed(text)
            if known and known[0] > self._began - _STALE:
                yield known[1]


def _parsed(text: str) -> tuple[float, Line] | None:
    try:
        fields = json.loads(text)
        moment, line = float(fields.pop("time")), Line(**fields)
    except (
        ValueError,
        OverflowError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
    ):  # one that is being written
        return None
    return (moment, line) if _is_sound(line) else None


def _is_sound(line: Line) -> bool:
    needed, optional = (line.urn, line.account), (line.subscription, line.owner)
    texts = all(isinstance(text, str) for text in needed) and all(isinstance(text, str | None) for text in optional)
    return texts and isinstance(line.is_held, bool)


def engine_of_program() -> str | None:
    """The engine's address in the process that runs a program: an argument of Pulumi's launcher."""
    arguments = sys.orig_argv
    return arguments[arguments.index("--engine") + 1] if "--engine" in arguments[:-1] else None


def engine_of_provider() -> str | None:
    """The engine's address in a provider process: its last argument, behind the options of Pulumi's own log."""
    return sys.argv[-1] if len(sys.argv) > 1 else None


def _path(engine: str) -> Path | None:
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"pulumi-useapi-{user}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if _is_private(folder):
            return folder / "".join(letter if letter.isalnum() else "-" for letter in engine)
    return None


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o077)


@cache
def _opened(path: Path) -> int:
    """The file's descriptor, kept as long as the process lives: there is a line for each account."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    _forget_old_files(path.parent)
    return descriptor


def _forget_old_files(folder: Path) -> None:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if time.time() - entry.stat().st_mtime > _FORGOTTEN:
                Path(entry).unlink(missing_ok=True)
