"""The tools that set things up: versions, environment, downloads, what is told where something is missing."""

from __future__ import annotations

import ast
import hashlib
import http.server
import io
import os
import re
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools import commands, environment, start, virtualenv
from tools.output import MissingError, ToolError, duration
from tools.paths import ROOT
from tools.process import Result
from tools.pulumi import build, ensure, release
from tools.pulumi.cli_files import FILES, OLDEST, PINNED, new_enough, parsed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("v3.232.0\n", (3, 232, 0)),
        ("3.9.10", (3, 9, 10)),
        ("v3.240.0-alpha.17+dirty", (3, 240, 0)),
        ("3.2", None),
        ("", None),
        ("warning: 3.232.0 is out", None),
    ],
)
def test_version_numbers(said: str, numbers: tuple[int, int, int] | None) -> None:
    assert parsed(said) == numbers


@pytest.mark.parametrize(
    ("version", "taken"),
    [(OLDEST, True), ("v3.1000.0", True), ("3.99.99", False), ("2.999.0", False), ("4.0.0", False), ("none", False)],
)
def test_only_a_new_enough_cli_is_taken(version: str, taken: bool) -> None:
    assert new_enough(version) is taken


def test_the_oldest_cli_is_the_floor_of_the_sdk() -> None:
    needed = [Requirement(text) for text in _pyproject()["project"]["dependencies"]]
    (sdk,) = [one for one in needed if one.name == "pulumi"]
    assert sdk.specifier.contains(OLDEST)
    assert new_enough(PINNED)


def test_nothing_of_the_callers_stacks_and_accounts_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = {"PULUMI_ACCESS_TOKEN": "x", "USEAPI_API_TOKEN_TEAM_B": "x", "AWS_PROFILE": "x", "PYTHONPATH": "/elsewhere"}
    for name, value in {**mine, "PIP_INDEX_URL": "kept", "NO_PROXY": "intern.example.com"}.items():
        monkeypatch.setenv(name, value)
    env = environment.clean([Path("/first")], PULUMI_HOME="/given")
    assert env["PULUMI_HOME"] == "/given"
    assert env["PIP_INDEX_URL"] == "kept"
    assert not mine.keys() & env.keys()
    assert env["PATH"].startswith("/first:")
    assert env["NO_PROXY"] == env["no_proxy"] == "intern.example.com,127.0.0.1,localhost,::1"


@pytest.fixture
def archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in (*FILES, "pulumi-language-nodejs"):
            content = f"#!/bin/sh\necho {name}\n".encode()
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


class _Host(http.server.BaseHTTPRequestHandler):
    content = b""
    promised = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(self.promised))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host(archive: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Host]]:
    handler = type("Host", (_Host,), {"content": archive, "promised": len(archive)})
    monkeypatch.setattr(release, "SHA256", {release.this_platform(): hashlib.sha256(archive).hexdigest()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setattr(release, "ADDRESS", f"http://127.0.0.1:{server.server_port}/{{version}}-{{platform}}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield handler
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("host")
def test_of_a_release_only_the_needed_programs_are_taken(tmp_path: Path) -> None:
    release.download(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    assert all(os.access(tmp_path / name, os.X_OK) for name in FILES)


def test_a_release_with_another_checksum_is_refused(host: type[_Host], tmp_path: Path) -> None:
    host.content = host.content[:-1] + b"!"
    with pytest.raises(ToolError, match="is not the file that was published"):
        release.download(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_download_that_breaks_off_is_no_forgery(host: type[_Host], tmp_path: Path) -> None:
    host.content = host.content[:-10]
    with pytest.raises(release.UnreachableError, match="broke off"):
        release.download(tmp_path)


def test_a_host_out_of_reach_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(release, "ADDRESS", "http://127.0.0.1:1/{version}-{platform}")
    with pytest.raises(release.UnreachableError, match=r"127\.0\.0\.1: .*refused"):
        release.download(tmp_path)


def test_every_pinned_checksum_is_one() -> None:
    assert all(re.fullmatch(r"[0-9a-f]{64}", sha256) for sha256 in release.SHA256.values())
    assert set(release.SHA256) == {f"{system}-{cpu}" for system in ("linux", "darwin") for cpu in ("x64", "arm64")}


def test_without_go_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError) as raised:
        build.build(tmp_path, "github.com: no route to host")
    assert raised.value.exit_code == 2
    assert "install either Pulumi or Go" in str(raised.value)
    assert "no route to host" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_go_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _program(tmp_path / "go", "echo go version go1.19.8 linux/amd64")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(MissingError, match=r"found 1\.19\.8"):
        build.build(tmp_path, "closed network")


def test_a_complete_new_enough_cli_on_path_is_taken(tmp_path: Path) -> None:
    _cli(tmp_path, "v3.300.1")
    found = ensure.on_path(f"{tmp_path}:/usr/bin:/bin")
    assert found == ensure.Cli(tmp_path / "pulumi", "3.300.1")


@pytest.mark.parametrize("version", ["v3.215.9", "no version"])
def test_an_older_cli_on_path_is_not_taken(version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _cli(tmp_path, version)
    assert ensure.on_path(f"{tmp_path}:/usr/bin:/bin") is None
    assert f"{OLDEST} or newer is needed" in capsys.readouterr().err


def test_a_cli_without_its_python_host_is_not_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _cli(tmp_path, "v3.300.1")
    (tmp_path / "pulumi-language-python").unlink()
    assert ensure.on_path(str(tmp_path)) is None
    assert "without its Python host" in capsys.readouterr().err


def test_a_cli_behind_a_link_has_its_parts_beside_the_real_one(tmp_path: Path) -> None:
    (tmp_path / "cellar").mkdir()
    (tmp_path / "bin").mkdir()
    _cli(tmp_path / "cellar", "v3.300.1")
    (tmp_path / "bin" / "pulumi").symlink_to(tmp_path / "cellar" / "pulumi")
    assert ensure.on_path(f"{tmp_path / 'bin'}:/usr/bin:/bin") is not None


def test_a_made_cli_is_made_again_only_when_another_version_is_pinned(tmp_path: Path) -> None:
    assert ensure.installed(tmp_path) is None
    _cli(tmp_path, f"v{PINNED}")
    assert ensure.installed(tmp_path) is None, "what an interrupted run left is not a finished one"
    (tmp_path / "installed").write_text(f"{PINNED} built from its Go modules\n")
    assert ensure.installed(tmp_path) == "built from its Go modules"
    (tmp_path / "installed").write_text("3.1.0 built from its Go modules\n")
    assert ensure.installed(tmp_path) is None


def test_pip_out_of_reach_is_told_in_one_sentence() -> None:
    log = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/x/\nERROR: none"
    told = virtualenv.pip_problem(Result(1, "", log))
    assert isinstance(told, MissingError)
    assert "\n" not in str(told)


def test_another_failure_of_pip_shows_its_last_words() -> None:
    told = virtualenv.pip_problem(Result(1, "", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n"))
    assert not isinstance(told, MissingError)
    assert "DO NOT MATCH THE HASHES" in str(told)


def test_an_old_python_can_read_far_enough_to_be_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("start.py", "__init__.py"):
        ast.parse((ROOT / "tools" / name).read_text(), feature_version=(3, 5))
    monkeypatch.setattr(sys, "version_info", (3, 8, 1))
    assert start.main() == 2
    told = capsys.readouterr().err
    assert told.startswith("error: Python 3.10 or newer is needed and this is 3.8.1")
    assert told.count("\n") == 1


def test_a_make_interrupted_says_so_and_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "COMMANDS", {"up": interrupted})
    assert commands.run(["up"]) == 130
    assert capsys.readouterr().err.strip() == "interrupted: make up goes on from here when you run it again"


def test_make_help_lists_every_command() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines() if line.startswith("  make ")} == {
        "help",
        *commands.COMMANDS,
    }


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_locks_pin_what_the_project_asks_for(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pinned = [(one.name, str(one.specifier).removeprefix("==")) for one in _pins(text)]
    assert len(pinned) == len(re.findall(r"^[^\s#]", text, re.MULTILINE)), "each line has a version and a hash"
    for needed in _needed(dev="dev" in lock):
        versions = [version for name, version in pinned if _canonical(name) == _canonical(needed.name)]
        assert versions, f"{needed.name} is not in {lock}: make lock"
        assert all(needed.specifier.contains(one) for one in versions), f"{lock} does not fit {needed}: make lock"


def test_a_pin_names_the_extras_that_others_ask_for() -> None:
    """Pip 23.2 takes `coverage==7.17.3` for no pin of `coverage[toml]`, and refuses its newest version for want of a hash."""
    text = (ROOT / "requirements-dev.txt").read_text()
    pinned: dict[str, set[str]] = {}
    for one in _pins(text):
        pinned.setdefault(_canonical(one.name), set()).update(one.extras)
    installed = [Requirement(text) for one in distributions() for text in one.requires or []]
    wanted = [one for one in installed if one.marker is None or one.marker.evaluate({"extra": ""})]
    asked = {(_canonical(one.name), extra) for one in wanted for extra in one.extras if _canonical(one.name) in pinned}
    assert ("coverage", "toml") in asked
    assert {(name, extra) for name, extra in asked if extra not in pinned[name]} == set()


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0 s"), (59.4, "59 s"), (190, "3 min 10 s")])
def test_times_are_told_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def _pins(lock: str) -> list[Requirement]:
    """What a lock pins with a hash: name, extras and version."""
    found = re.findall(r"^(\S+==\S+)(?: ;.*)? \\\n    --hash=sha256:", lock, re.MULTILINE)
    return [Requirement(one) for one in found]


def _needed(*, dev: bool) -> list[Requirement]:
    project = _pyproject()
    texts = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    extras = {**project["project"]["optional-dependencies"]}
    if not dev:  # what drives a browser is large, and the demo opens none
        del extras["browser"]
    texts += [text for extra in extras.values() for text in extra]
    texts += project["dependency-groups"]["dev"] if dev else []
    wanted = [Requirement(text) for text in texts]
    return [one for one in wanted if _canonical(one.name) != "pulumi-useapi"]


def _pyproject() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())  # type: ignore[return-value,unused-ignore]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _cli(folder: Path, version: str) -> None:
    for name in FILES:
        _program(folder / name, f"echo {version}")


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
