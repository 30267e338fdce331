"""Real servers that keep Pulumi's state for several machines: S3 and PostgreSQL, each in a folder of its own."""

from __future__ import annotations

import base64
import getpass
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

SECRET = "a password that no state or console may show"
_READY_WITHIN = 60
_TURN = 0.05
_ROW = re.compile(r'^(\S+)\t\{"data":"([^"]*)"\}', re.MULTILINE)
"""An object in a dump of PostgreSQL: its name, and its text as base64."""


@dataclass(frozen=True)
class Place:
    """One bucket or database: what Pulumi needs to use it, and how everything in it is read."""

    server: Server
    name: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which Pulumi finds it."""
        return self.server.environment(self.name)

    def objects(self) -> Iterator[tuple[str, str]]:
        """What Pulumi has stored, read without Pulumi, by name."""
        return self.server.objects(self.name)

    def contents(self) -> Iterator[tuple[str, str]]:
        """The same, and what the server itself keeps of it."""
        yield from self.objects()
        yield from self.server.raw(self.name)


class Server(ABC):
    """A server that runs from `with` on."""

    @abstractmethod
    def __enter__(self) -> Server: ...

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @abstractmethod
    def place(self, name: str) -> Place:
        """Make a bucket or database."""

    @abstractmethod
    def environment(self, name: str) -> dict[str, str]:
        """See `Place.environment`."""

    @abstractmethod
    def objects(self, name: str) -> Iterator[tuple[str, str]]:
        """See `Place.objects`."""

    @abstractmethod
    def raw(self, name: str) -> Iterator[tuple[str, str]]:
        """What the server has beside the objects themselves."""


class S3(Server):
    """VersityGW over a folder: a bucket is a folder in it, an object a file."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._buckets = folder / "buckets"
        # Some file systems of temporary folders keep no extended attributes, where it has its metadata otherwise.
        self._metadata = folder / "metadata"

    def __enter__(self) -> S3:
        self._buckets.mkdir(parents=True)
        self._metadata.mkdir()
        self._port = _free_port()
        folder = ["posix", "--sidecar", str(self._metadata), str(self._buckets)]
        self._process = subprocess.Popen(
            [str(self._program), "--quiet", "--port", f"127.0.0.1:{self._port}", *folder],
            env={"PATH": os.defpath, "ROOT_ACCESS_KEY": "tests", "ROOT_SECRET_KEY": SECRET},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(self._port, self._process)
        except AssertionError:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def place(self, name: str) -> Place:
        (self._buckets / name).mkdir()
        return Place(self, name)

    def environment(self, name: str) -> dict[str, str]:
        address = f"endpoint=127.0.0.1:{self._port}&disableSSL=true&s3ForcePathStyle=true"
        return {
            "PULUMI_BACKEND_URL": f"s3://{name}?{address}",
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def objects(self, name: str) -> Iterator[tuple[str, str]]:
        return _files(self._buckets / name)

    def raw(self, name: str) -> Iterator[tuple[str, str]]:
        return _files(self._metadata / name)


class PostgreSQL(Server):
    """A cluster of its own; a place is a database in it."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # As root it is refused.
        self._user = "postgres" if os.getuid() == 0 else getpass.getuser()

    def __enter__(self) -> PostgreSQL:
        # Not in the folder of a test: that may be root's alone.
        self._folder = Path(tempfile.mkdtemp(prefix="pulumi-useapi-postgres-"))
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def _start(self) -> None:
        password = self._folder / "password"
        password.write_text(SECRET)
        if os.getuid() == 0:
            ids = pwd.getpwnam(self._user)
            for path in (self._folder, password):
                os.chown(path, ids.pw_uid, ids.pw_gid)
        self._port = _free_port()
        self._data = self._folder / "data"
        self._run("initdb", f"--pgdata={self._data}", "--username=pulumi", f"--pwfile={password}")
        settings = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self._run("pg_ctl", *self._control, f"--log={self._folder / 'log'}", f"--options={settings}", "start")

    @property
    def _control(self) -> Sequence[str]:
        return (f"--pgdata={self._data}", "--wait", "--silent")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", *self._control, "--mode=immediate", "stop")
        shutil.rmtree(self._folder)

    def place(self, name: str) -> Place:
        self._run("psql", "--quiet", f"--command=CREATE DATABASE {name}", "postgres")
        return Place(self, name)

    def environment(self, name: str) -> dict[str, str]:
        # The password is not in the address: Pulumi shows that where a stack is locked.
        address = f"postgres://pulumi@127.0.0.1:{self._port}/{name}?sslmode=disable"
        return {"PULUMI_BACKEND_URL": address, "PGPASSWORD": SECRET}

    def objects(self, name: str) -> Iterator[tuple[str, str]]:
        return ((key, base64.b64decode(data).decode()) for key, data in _ROW.findall(self._run("pg_dump", name)))

    def raw(self, name: str) -> Iterator[tuple[str, str]]:
        # Without the rows, which are searched as text: a token is base64 itself, and shares pieces with any other.
        yield "dump", _ROW.sub("", self._run("pg_dump", name))

    def _run(self, program: str, *arguments: str) -> str:
        as_user = ["runuser", "-u", self._user, "--"] if os.getuid() == 0 else []
        done = subprocess.run(
            [*as_user, str(self._programs / program), *arguments],
            cwd=self._folder,
            env={
                "PATH": os.environ["PATH"],
                "LC_ALL": "C",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self._port),
                "PGUSER": "pulumi",
                "PGPASSWORD": SECRET,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_READY_WITHIN,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for file in folder.rglob("*"):
        if file.is_file():
            yield str(file.relative_to(folder)), file.read_text(errors="replace")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        assert process.poll() is None, f"the server has ended with {process.returncode}"
        assert time.monotonic() < deadline, "the server is not ready"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(_TURN)
        else:
            return
