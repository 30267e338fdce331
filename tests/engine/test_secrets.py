"""A secret is never shown: searched for in every output, stored file and process argument, wherever it came from.

What lies in the backend (state, backups, history), the console and the emulator's log are searched after every test
by the `world` fixture; here are the runs that make the most of it.
"""

from __future__ import annotations

import base64
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import pytest

from tests.engine.conftest import World, run_notes
from tests.support.http_server import ScriptedServer, answer
from tests.support.secret_scan import SecretScan

PROCESSES = Path("/proc")

MIXED_PROGRAM = '''\
"""One account out of the stack's config, which the CLI knows the secrets of; one whose secrets it has never seen."""
import json, pathlib
import pulumi
from pulumi_useapi import MiniMaxAccount, accounts_from_config

accounts_from_config()
entry = json.loads(pathlib.Path("accounts.json").read_text())["unknown"]
account = MiniMaxAccount("unknown", **entry)
pulumi.export("url", account.url)
pulumi.export("derived", account.token.apply(lambda token: {"again": [token.upper(), token]}))
'''

A_BUG_IN_THE_PROVIDER = """\
import sys

if "pulumi.dynamic" in sys.orig_argv:
    from pulumi_useapi import lifecycle

    def after_post(inputs, *_):
        try:
            raise KeyError(inputs["url"])
        except KeyError as error:
            raise ValueError("a bug that quotes " + inputs["token"]) from error

    lifecycle.after_post = after_post
"""


class ProcessArguments:
    """Collects the arguments of every process that this one has started, itself or through others, while it is entered.

    Other tests run on this machine too, and some of them have secrets like these in their arguments.
    """

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProcessArguments:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.seen.update(self._arguments())

    @staticmethod
    def _arguments() -> Iterator[str]:
        parents, arguments = dict[int, int](), dict[int, bytes]()
        for folder in PROCESSES.glob("[0-9]*"):
            with suppress(OSError):  # it has ended
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                arguments[int(folder.name)] = (folder / "cmdline").read_bytes()
        for process, line in arguments.items():
            ancestor = process
            while ancestor not in (0, os.getpid()):
                ancestor = parents.get(ancestor, 0)
            if ancestor:
                yield line.replace(b"\0", b" ").decode(errors="replace")


@contextmanager
def watched_arguments(world: World) -> Iterator[None]:
    """Search the arguments of all processes, and see to it that the interesting ones were among them."""
    if not PROCESSES.is_dir():
        yield
        return
    with ProcessArguments() as arguments:
        yield
    assert any("pulumi.dynamic" in line for line in arguments.seen), "the provider process was not seen"
    assert any("pulumi-language-python-exec" in line for line in arguments.seen), "the program was not seen"
    assert world.scan.find_in([("process arguments", line) for line in arguments.seen]) == []


def configure(world: World, account: str, *, days: float) -> None:
    for key, value in world.credentials(account, days=days).items():
        world.stack.set_config(f"useapi:accounts.known.{key}", value, secret=True)


def test_secrets_in_the_config_and_elsewhere_are_shown_nowhere(world: World) -> None:
    began = time.time()
    del world.stack.environment["USEAPI_API_TOKEN"]
    world.stack.set_config("useapi:apiToken", world.emulator.api_token, secret=True)
    world.stack.set_config("useapi:accounts.known.maxJobs", "2")
    configure(world, "302817465", days=3)
    world.stack.declare(unknown=world.entry("517730018", days=3))
    world.stack.write_program(MIXED_PROGRAM)
    world.emulator.set_behaviour(latency=0.2)

    preview = world.succeeded(world.stack.run("preview", "--diff", "--show-config"))
    assert "expires in 2 days" in preview.sentences, "warnings are among what is searched"
    with watched_arguments(world):
        world.succeeded(world.stack.up("--diff"))
    assert run_notes(began), "what the processes of a run tell each other is among what is searched"

    configure(world, "302817465", days=20)
    world.stack.declare(unknown=world.entry("517730018", days=20))
    world.succeeded(world.stack.preview("--show-replacement-steps", "--show-sames"))
    world.succeeded(world.stack.run("preview", "--json"))
    assert "debug:" in talkative(world, "up", "--yes", "--skip-preview")
    assert len(world.calls("POST")) == 4

    world.emulator.edit(world.emulator.subscriptions[0].number, "517730018", maxJobs=7)
    talkative(world, "refresh", "--yes", "--skip-preview")
    for command in ("stack", "stack export", "stack history", "config", "config --json", "stack output --json"):
        world.succeeded(world.stack.run(*command.split()))
    world.succeeded(world.stack.destroy("--diff"))
    stored = {part for file in world.stack.stored_files() for part in file.parts}
    assert {"stacks", "history", "backups"} <= stored


def talkative(world: World, *arguments: str) -> str:
    """Run a command with all that Pulumi shows of its plugins' and programs' output and debug messages.

    The engine's own log, on standard error, is full of secrets in clear at this level, whatever a provider does; of it
    count only the lines that repeat what a program or a plugin said.
    """
    finished = subprocess.run(
        [str(world.stack.command), *arguments, "--debug", "-v=9", "--logtostderr", "--non-interactive"],
        cwd=world.stack.project,
        env=world.stack.variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in finished.stderr.splitlines() if "eventSink" in line]
    world.stack.console += [finished.stdout, *said]
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


LEAK = 'user:4711-"a/b+c&d=e"-0123456789abcdef'
LEAKY_PROGRAM = f"""
import base64, json, urllib.parse
import pulumi

leak = {LEAK!r}
pulumi.log.info(json.dumps(leak))
pulumi.export("coded", base64.b64encode(leak.encode()).decode())
pulumi.export("quoted", urllib.parse.quote(leak, safe=""))
pulumi.export("piece", leak[9:21])
"""


def test_the_search_finds_what_a_program_leaks(world: World) -> None:
    world.stack.write_program(LEAKY_PROGRAM)
    world.succeeded(world.stack.up())
    world.stack.write_program("")
    world.succeeded(world.stack.up())
    scan = SecretScan()
    scan.plant("leak", LEAK)
    found = scan.find_in(world.places())
    for place in ("console", "history/", "backups/"):
        for form in ("raw", "base64", "URL-encoded"):
            assert any(place in finding and f"leak ({form})" in finding for finding in found), (place, form)
    assert any("console" in finding and "JSON" in finding for finding in found)
    assert world.scan.find_in(world.places()) == []


def test_a_service_that_repeats_secrets_in_its_answers(world: World) -> None:
    entry = world.entry("302817465")
    login = f"{entry['token']} at {entry['url']}"
    world.emulator.set_behaviour(
        accounts={"302817465": {"error": f"no login with {login}"}},
        extra={"jwt": {"host": entry["token"]}, "note": login},
    )
    world.stack.declare(main=entry)

    shown = world.succeeded(world.stack.up("--diff"))
    assert 'account 302817465 is in error at useapi.net: "no login with [secret]' in shown.sentences
    refreshed = world.succeeded(world.stack.refresh("--diff", "--expect-no-changes"))
    assert "no login with [secret]" in refreshed.sentences
    assert "host" not in world.stack.resources()["main"]["outputs"]


@pytest.mark.parametrize("status", [400, 401])
def test_a_refusal_that_repeats_secrets(world: World, status: int) -> None:
    entry = world.entry("302817465")
    told = [entry["token"], quote(entry["url"], safe=""), base64.b64encode(entry["token"].encode()).decode()]
    told.append(world.emulator.api_token)
    refusal = answer(status, {"error": f"Wrong username/password combination. {' '.join(told)}", "code": status})
    world.stack.declare(main=entry)
    with ScriptedServer(answer(200, {}), answer(200, {}), refusal) as server:
        world.stack.environment["USEAPI_BASE_URL"] = server.base_url
        world.refused(world.stack.up(), f'({status} "Wrong username/password combination. [secret]')
    assert world.stack.resources() == {}


def test_an_unexpected_error_keeps_its_traceback_without_values(world: World, tmp_path: Path) -> None:
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(A_BUG_IN_THE_PROVIDER)
    world.stack.environment["PYTHONPATH"] = str(patch)
    world.stack.declare(main=world.entry("302817465"))

    run = world.stack.up("--diff")

    assert run.code != 0
    assert "unexpected error in pulumi-useapi; please report it with these lines:" in run.sentences
    assert "lifecycle.py" in run.text
    assert "ValueError" in run.text
    assert world.stack.resources() == {}
