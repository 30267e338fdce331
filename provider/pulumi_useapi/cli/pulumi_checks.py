"""The doctor's checks of Python, Pulumi, project and stack."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_useapi import config_size
from pulumi_useapi.cli.pulumi_project import Done, PulumiError, PulumiProject
from pulumi_useapi.config_file import config_file, plaintext_secrets, project_file
from pulumi_useapi.config_paths import for_shell
from pulumi_useapi.doctor.checkup import Check, Result, Verdict
from pulumi_useapi.version import __version__

_OLDEST = (3, 216)
"""The first version of the Pulumi SDK that this package works with; the CLI goes with it."""
_TOO_NEW = (4,)
_VERSIONS = """
import importlib.metadata as m, json
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return None
print(json.dumps({name: version(name) for name in ("pulumi", "pulumi-useapi")}))
"""
_USERINFO = re.compile(r"(?<=//)[^/@\s]+@")


@dataclass
class PulumiChecks:
    """The checks, and what the earlier ones have found out for the later ones.

    Attributes:
        folder: where to look for the project.
        stack: the stack that was asked for, None = the selected one.
        config: once it could be read, the stack's config with its secrets in clear.
    """

    folder: Path
    stack: str | None
    config: Mapping[str, Any] | None = field(init=False, default=None, repr=False)
    _pulumi: PulumiProject = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._pulumi = PulumiProject(self.folder)

    def checks(self) -> list[Check]:
        """In the order in which they build on each other."""
        return [
            Check("Python", self.python),
            Check("Pulumi CLI", self.cli),
            Check("project", self.project),
            Check("packages", self.packages, ("Pulumi CLI", "project")),
            Check("login", self.login, ("Pulumi CLI",)),
            Check("stack", self.chosen_stack, ("Pulumi CLI", "project", "login")),
            Check("secrets", self.secrets, ("stack",)),
            Check("size", self.size, ("secrets",)),
            Check("encryption", self.encryption, ("stack",)),
        ]

    def python(self) -> Sequence[Result]:
        """Which Python this is."""
        return [Result("Python", Verdict.OK, f"{platform.python_version()}, pulumi-useapi {__version__}")]

    def cli(self) -> Sequence[Result]:
        """Whether there is a usable Pulumi CLI."""
        install = "install Pulumi: https://www.pulumi.com/docs/install/"
        try:
            command, done = self._pulumi.command, self._pulumi.run("version")
        except PulumiError as error:
            return [Result("Pulumi CLI", Verdict.WRONG, str(error))]
        version = done.out.strip().removeprefix("v")
        if done.code or not _numbers(version):
            return [Result("Pulumi CLI", Verdict.WRONG, f"{command} does not run: {_shown(done)}", install)]
        if _numbers(version) < _OLDEST:
            text = f"{version} is older than the {_text(_OLDEST)} that goes with this package"
            return [Result("Pulumi CLI", Verdict.WARNING, text, install)]
        return [Result("Pulumi CLI", Verdict.OK, f"{version} ({command})")]

    def project(self) -> Sequence[Result]:
        """Whether there is a Pulumi project."""
        folder = self.folder.resolve()
        file = project_file(folder)
        if file is None:
            text = f"there is no Pulumi.yaml in {folder} and above it"
            fix = "go to the project's folder, name it with --cwd, or make one: pulumi-useapi init minimax"
            return [Result("project", Verdict.WRONG, text, fix)]
        return [Result("project", Verdict.OK, str(file))]

    def packages(self) -> Sequence[Result]:
        """Whether the program's own Python has what it needs."""
        about = _object(self._pulumi.run("about", "--json").out)
        runtime = about.get("runtime")
        python = runtime.get("executable") if isinstance(runtime, Mapping) else None
        if not isinstance(python, str):
            text = "Pulumi does not find the Python that runs the program"
            fix = "make the virtual environment that Pulumi.yaml names, and install requirements.txt into it"
            return [Result("packages", Verdict.WRONG, text, fix)]
        return [_judge(python, _installed(python))]

    def login(self) -> Sequence[Result]:
        """Whether Pulumi knows where to keep the state."""
        done = self._pulumi.run("whoami", "--json")
        if done.code:
            fix = f"pulumi login {for_shell('file://~')} keeps the state in your home folder, pulumi login in Pulumi Cloud"
            return [Result("login", Verdict.WRONG, f"not logged in to a backend: {_shown(done)}", fix)]
        place = _USERINFO.sub("", str(_object(done.out).get("url"))).partition("?")[0]
        return [Result("login", Verdict.OK, f"the state is kept at {place}")]

    def chosen_stack(self) -> Sequence[Result]:
        """Whether there is a stack to work on."""
        named = (f"--stack={self.stack}",) if self.stack else ()
        done = self._pulumi.run("stack", "--show-name", *named)
        name = done.out.strip()
        if not done.code and name:
            self._pulumi = PulumiProject(self.folder, name)
            return [Result("stack", Verdict.OK, name)]
        listed = _list(self._pulumi.run("stack", "ls", "--json").out)
        there = [str(one.get("name")) for one in listed if isinstance(one, Mapping)]
        text = f"there is no stack {self.stack}" if self.stack else "no stack is chosen"
        fix = f"pulumi stack init {self.stack or 'prod'}"
        if there:
            text += f"; there is {', '.join(there)}"
            fix = f"pulumi stack select {there[0]}, or name one with --stack" if not self.stack else "name one of them"
        return [Result("stack", Verdict.WRONG, text, fix)]

    def secrets(self) -> Sequence[Result]:
        """Whether the stack's secrets can be decrypted."""
        try:
            self.config = self._pulumi.config()
        except PulumiError as error:
            text = _USERINFO.sub("", str(error))
            fix = "see that the stack's secrets provider can be reached from here"
            if "passphrase" in text:
                fix = "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to the stack's own passphrase"
            return [Result("secrets", Verdict.WRONG, text, fix)]
        return [Result("secrets", Verdict.OK, "the stack's config can be decrypted")]

    def size(self) -> Sequence[Result]:
        """Whether the stack's config is small enough for the program to be started."""
        size = config_size.size_of(self.config or {})
        told = config_size.share(size)
        if config_size.is_too_large(size):
            text = f'{told}: there, every command fails with "argument list too long"'
            return [Result("size", Verdict.WRONG, text, config_size.WAY_BEYOND)]
        if config_size.is_near_limit(size):
            return [Result("size", Verdict.WARNING, told, config_size.WAY_BEYOND)]
        return [Result("size", Verdict.OK, told)]

    def encryption(self) -> Sequence[Result]:
        """Whether every secret in the stack's config is encrypted."""
        name = self._pulumi.stack_name().rpartition("/")[2]
        file = config_file(self.folder.resolve(), name)
        plain = plaintext_secrets(file) if file else ()
        if not plain:
            return [Result("encryption", Verdict.OK, "no secret stands in plaintext in the stack's config")]
        fix = f"pulumi config set --secret --path {for_shell(plain[0])}, then renew what was committed or shared"
        return [Result("encryption", Verdict.WRONG, f"in plaintext in {file}: {', '.join(plain)}", fix)]


def _judge(python: str, installed: Mapping[str, Any] | None) -> Result:
    """What the packages of the program's Python mean."""
    if installed is None:
        return Result("packages", Verdict.WRONG, f"{python}, which runs the program, does not start")
    sdk, package = installed.get("pulumi"), installed.get("pulumi-useapi")
    missing = [name for name, version in installed.items() if not version]
    if missing:
        fix = f"install the project's requirements with it: {for_shell(python)} -m pip install -r requirements.txt"
        return Result(
            "packages",
            Verdict.WRONG,
            f"{' and '.join(missing)} not installed for {python}, which runs the program",
            fix,
        )
    told = f"pulumi {sdk}, pulumi-useapi {package} for {python}"
    if not _OLDEST <= _numbers(str(sdk)) < _TOO_NEW:
        fix = f"{for_shell(python)} -m pip install {for_shell(f'pulumi>={_text(_OLDEST)},<{_text(_TOO_NEW)}')}"
        return Result("packages", Verdict.WRONG, f"{told}: this Pulumi SDK does not go with pulumi-useapi", fix)
    if package != __version__:
        fix = "install the same version for both"
        return Result("packages", Verdict.WARNING, f"{told}: this command is of version {__version__}", fix)
    return Result("packages", Verdict.OK, told)


def _installed(python: str) -> Mapping[str, Any] | None:
    try:
        done = subprocess.run(  # noqa: S603 - the Python that Pulumi starts for the program
            [python, "-c", _VERSIONS],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return _object(done.stdout) or None


def _shown(done: Done) -> str:
    return _USERINFO.sub("", done.reason)


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else ()


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _object(text: str) -> Mapping[str, Any]:
    value = _json(text)
    return value if isinstance(value, dict) else {}


def _list(text: str) -> Sequence[Any]:
    value = _json(text)
    return value if isinstance(value, list) else []


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return None
    return value
