"""A Pulumi project in a folder of its own: its files, where its state goes, its passphrase, its stack."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pulumi_useapi.cli.pulumi_project import PASSPHRASE_FILE, PulumiProject, has_passphrase
from pulumi_useapi.cli.requirements import pins
from pulumi_useapi.errors import UseApiError

_MARK = "# Made by pulumi-useapi init; yours to change."
STATE = "state"
_PULUMI_CLOUD = "https://api.pulumi.com"

PROGRAM = '''\
"""The accounts that the stack's config declares; pulumi-useapi capture NAME adds one."""

from pulumi_useapi import accounts_from_config

accounts_from_config()
'''

_GITIGNORE = f"""\
# Secret: keep a copy of it elsewhere.
{PASSPHRASE_FILE}
# Of this machine.
env.sh
env.ps1
.venv/
__pycache__/
.emulator/
# What Pulumi knows of the accounts: keep a copy of it elsewhere.
{STATE}/
"""


class ProjectError(UseApiError):
    """The project cannot be made there; what was there is as it was."""


@dataclass(frozen=True)
class NewProject:
    """What is made.

    Attributes:
        folder: the project's folder.
        stack: the stack's name.
        backend: address of the backend that the user is logged in to; None = the state goes into the folder itself.
    """

    folder: Path
    stack: str
    backend: str | None

    @property
    def shell_file(self) -> Path:
        """The file that makes a shell ready for the project."""
        return self.folder / ("env.ps1" if sys.platform == "win32" else "env.sh")

    @property
    def pulumi(self) -> PulumiProject:
        """The project as the other commands see it."""
        return PulumiProject(self.folder.resolve(), self.stack)

    @property
    def has_own_passphrase(self) -> bool:
        """Whether its secrets are encrypted with the passphrase in its folder."""
        return (self.folder / PASSPHRASE_FILE).exists()


def plan(folder: Path, stack: str, *, local: bool) -> NewProject:
    """Look whether the project can be made; nothing is changed.

    Args:
        folder: one that is not there yet, is empty, or was made by this command before.
        stack: the stack's name.
        local: keep the state in the folder even where the user is logged in to a backend.

    Raises:
        PulumiError: there is no `pulumi` command.
        ProjectError: the folder has something else in it, or the state would go elsewhere.
    """
    if folder.exists() and not _is_ours(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise ProjectError(f"{folder} is no empty folder: name one that is not there yet")
    if local and os.environ.get("PULUMI_BACKEND_URL"):
        raise ProjectError(
            "PULUMI_BACKEND_URL is set and would take the example's state elsewhere: unset it, then run this again"
        )
    project = NewProject(folder, stack, None if local else _backend())
    _ = project.pulumi.command
    return project


@contextmanager
def making(project: NewProject) -> Iterator[PulumiProject]:
    """The project with its stack, which the body fills; whatever fails, nothing of it is left behind.

    A folder that was made before gets only what is missing.

    Raises:
        ProjectError: the folder cannot be written, or its passphrase is gone.
        PulumiError: the stack could not be made.
    """
    was_there = project.folder.exists()
    was_ours = _is_ours(project.folder)
    has_stack = False
    try:
        _write_files(project)
        # A stack of that name elsewhere in the user's backend is not ours to take.
        if not was_ours or project.pulumi.run("stack", "select", project.stack).code:
            project.pulumi.need(f"making the stack {project.stack}", "stack", "init", project.stack)
            has_stack = not was_ours
        yield project.pulumi
    except BaseException as failure:
        if has_stack and project.backend:
            project.pulumi.run("stack", "rm", "--yes", project.stack)
        if not was_ours:
            _take_back(project.folder, keep=was_there)
        if isinstance(failure, OSError):
            raise ProjectError(f"{project.folder} cannot be written: {failure.strerror}") from None
        raise


def _is_ours(folder: Path) -> bool:
    try:
        return (folder / "Pulumi.yaml").read_text(encoding="utf-8").startswith(_MARK)
    except (OSError, UnicodeDecodeError):
        return False


def _backend() -> str | None:
    """The backend that Pulumi would use, None where nobody is logged in; Pulumi itself would need a network to tell."""
    if os.environ.get("PULUMI_BACKEND_URL"):
        return os.environ["PULUMI_BACKEND_URL"]
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        current = json.loads((home / "credentials.json").read_text(encoding="utf-8"))["current"]
    except (OSError, ValueError, LookupError, TypeError):
        current = None
    return current or (_PULUMI_CLOUD if os.environ.get("PULUMI_ACCESS_TOKEN") else None)


def _write_files(project: NewProject) -> None:
    folder = project.folder
    folder.mkdir(parents=True, exist_ok=True)
    # The first file, so that a killed run is known and can be finished.
    _write_new(folder / "Pulumi.yaml", _pulumi_yaml(project))
    if project.backend is None:
        (folder / STATE).mkdir(mode=0o700, exist_ok=True)
    if not (project.backend or "").startswith("https://") and not has_passphrase():
        _write_passphrase(project)
    _write_new(folder / "__main__.py", PROGRAM)
    _write_new(folder / "requirements.txt", _requirements())
    _write_new(folder / ".gitignore", _GITIGNORE)
    project.shell_file.write_text(_shell(project), encoding="utf-8")  # of this machine: always anew


def _write_new(file: Path, text: str) -> None:
    if not file.exists():
        file.write_text(text, encoding="utf-8")


def _write_passphrase(project: NewProject) -> None:
    file = project.folder / PASSPHRASE_FILE
    if file.exists():
        return
    if (project.folder / f"Pulumi.{project.stack}.yaml").exists():
        raise ProjectError(
            f"{file} is gone, and the stack's secrets cannot be read without it: put your copy of it there"
        )
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(secrets.token_urlsafe(32))


def _take_back(folder: Path, *, keep: bool) -> None:
    for path in list(folder.iterdir()) if folder.is_dir() else []:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


def _pulumi_yaml(project: NewProject) -> str:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", project.folder.resolve().name).strip("-.") or "minimax-accounts"
    backend = f"backend:\n  url: file://./{STATE}\n" if project.backend is None else ""
    return (
        f"{_MARK}\n"
        f"name: {json.dumps(name)}\n"
        "description: MiniMax accounts of useapi.net, declared in the stack's config\n"
        "runtime: python\n"
        f"{backend}"
    )


def _requirements() -> str:
    lines = pins()
    if " @ file:" in lines[0]:
        lines.insert(0, "# From a folder of this machine: another machine needs the address of a repository here.")
    return "\n".join(["# What this project was made with: pip install -r requirements.txt", *lines]) + "\n"


def _shell(project: NewProject) -> str:
    settings = {}
    if project.has_own_passphrase:
        settings["PULUMI_CONFIG_PASSPHRASE_FILE"] = str((project.folder / PASSPHRASE_FILE).resolve())
    programs = str(Path(sys.executable).parent)
    if sys.platform == "win32":
        quoted = {name: "'" + value.replace("'", "''") + "'" for name, value in settings.items()}
        lines = [f"$env:{name} = {value}" for name, value in quoted.items()]
        return "\n".join([*lines, "$env:PATH = '" + programs.replace("'", "''") + ";' + $env:PATH", ""])
    lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    return "\n".join([*lines, f'export PATH={shlex.quote(programs)}:"$PATH"', ""])
