"""Two machines that drive one stack: each its own clone of the project, PULUMI_HOME and environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_useapi.emulator import Emulator
from tests.engine.conftest import World
from tests.shared_state.backends import SECRET, Place
from tests.support.pulumi_stack import PulumiStack, Run

ROOT = Path(__file__).parents[2]
STACK = "test"
CONFIG_FILE = f"Pulumi.{STACK}.yaml"


@dataclass
class Machine(PulumiStack):
    """One person's computer, or one runner of a pipeline; the project is a clone of the team's repository."""

    name: str = STACK

    def git(self, *arguments: str) -> str:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        who = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
        return subprocess.run(
            ["git", *who, *arguments],
            cwd=self.project,
            env=environment | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")

    def push(self, message: str) -> None:
        """Commit everything, and give it to the others."""
        self.commit(message)
        self.git("push", "--quiet", "origin", "HEAD:main")

    def pull(self) -> None:
        self.git("pull", "--quiet", "--rebase", "origin", "main")

    def configure(self, plain: Mapping[str, str], secrets: Mapping[str, str] | None = None) -> None:
        """Set values of the stack's config by their path below `useapi:`, as `pulumi config set` does."""
        values = [("--plaintext", path, value) for path, value in plain.items()]
        values += [("--secret", path, value) for path, value in (secrets or {}).items()]
        arguments = [part for flag, path, value in values for part in (flag, f"useapi:{path}={value}")]
        self.quiet("config", "set-all", "--path", *arguments)


class Team(World):
    """The two machines over one emulator and one backend; both have the stack of the ready-made project."""

    def __init__(self, emulator: Emulator, place: Place, command: Path, folder: Path) -> None:
        self.first, self.second = (
            Machine(folder / who / "home", folder / who / "minimax", command, dict(place.environment))
            for who in ("first", "second")
        )
        super().__init__(emulator, self.first)
        self._place = place
        self._repository = folder / "repository.git"
        self.second.console = self.first.console

    def set_up(self) -> None:
        """Make the stack and its repository on the first machine."""
        project = self.first.project
        project.mkdir(parents=True)
        for name in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(ROOT / name, project / name)
        (project / ".gitignore").write_text(".venv\n")
        _provide_packages(project)
        self.succeeded(self.first.run("stack", "init", STACK))
        self.first.configure({"baseUrl": self.emulator.base_url}, {"apiToken": self.emulator.api_token})
        self.first.git("init", "--quiet", "--bare", str(self._repository))
        self.first.git("init", "--quiet")
        self.first.git("remote", "add", "origin", str(self._repository))
        self.first.push("a stack")

    def join(self) -> Run:
        """Let the second machine in: a clone, and the stack chosen."""
        self.second.project.mkdir(parents=True)
        self.second.git("clone", "--quiet", "--branch=main", str(self._repository), ".")
        _provide_packages(self.second.project)
        return self.succeeded(self.second.run("stack", "select", STACK))

    def renew(self, machine: Machine, name: str, account: str, *, days: float) -> dict[str, str]:
        """Put fresh credentials into the config of a machine, as capture does."""
        fresh = self.credentials(account, days=days)
        secrets = {f"accounts.{name}.{key}": value for key, value in fresh.items()}
        machine.configure({f"accounts.{name}.maxJobs": "2"}, secrets)
        return fresh

    def edit(self, account: str, **fields: Any) -> None:
        """Change an account at the service, behind the back of both machines."""
        self.emulator.edit(self.emulator.subscriptions[0].number, account, **fields)

    def states(self) -> dict[str, dict[str, Any]]:
        """Every state that the backend has, by its name there: the present one, backups, history."""
        stored = {name: json.loads(text) for name, text in self.stored() if ".json" in name}
        latest = {name: one.get("checkpoint", {}).get("latest") or {} for name, one in stored.items()}
        return {name: state for name, state in latest.items() if state}

    def present_state(self) -> dict[str, Any]:
        """The one that the next command begins with."""
        (state,) = (state for name, state in self.states().items() if name.endswith(f"/{STACK}.json"))
        return state

    def stored(self) -> list[tuple[str, str]]:
        """What Pulumi has stored in the backend, with history and backups."""
        return sorted(self._place.objects())

    def places(self) -> list[tuple[str, str]]:
        """All that the backend, the two machines and the repository have stored, and the terminals have shown."""
        files = [*self.first.stored_files(), *self.second.stored_files()]
        commits = self.first.git("log", "--all", "--patch", "--text")
        return [
            *self._place.contents(),
            *((str(path), path.read_text(errors="replace")) for path in files),
            ("commits", commits),
            *(("console", text) for text in self.first.console),
        ]

    def plant_all(self) -> None:
        """Remember what no place may show, besides the credentials."""
        self.scan.plant("password of the backend", SECRET)
        for subscription in self.emulator.subscriptions:
            self.scan.plant("API token", subscription.api_token)


def _provide_packages(project: Path) -> None:
    # Pulumi.yaml names this folder, and language hosts differ in whether they look at it.
    (project / ".venv").symlink_to(sys.prefix)
