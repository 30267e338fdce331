"""A stack of its own on a real Pulumi engine: project folder, file backend, passphrase, PULUMI_HOME."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DECLARED_ACCOUNTS = '''\
"""Declares the accounts of accounts.json; their secrets are not in the stack's config."""
import json, pathlib
import pulumi
from pulumi_useapi import MiniMaxAccount

for name, entry in json.loads(pathlib.Path("accounts.json").read_text()).items():
    opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=alias) for alias in entry.pop("aliases", [])])
    account = MiniMaxAccount(name, opts=opts, **entry)
    pulumi.export(name, {"account": account.account, "jwtExpiry": account.jwt_expiry, "maxJobs": account.max_jobs})
'''

QUICK_PIP = Path(__file__).with_name("quick_pip")
ENGINE_VARIABLES = ("PULUMI_", "USEAPI_", "AWS_")


def pulumi_command() -> Path | None:
    """The CLI that `make test` prepared, else the one in .tools/bin, else the one on PATH."""
    named = os.environ.get("PULUMI_COMMAND")
    local = Path(__file__).parents[2] / ".tools" / "bin" / "pulumi"
    found = named or (str(local) if local.is_file() else shutil.which("pulumi"))
    return Path(found) if found else None


@dataclass(frozen=True)
class Run:
    """A finished command: its exit code and all it printed."""

    code: int
    text: str

    @property
    def sentences(self) -> str:
        """The text with every run of blank space made one blank, to look for a whole sentence in it."""
        return " ".join(self.text.split())


@dataclass
class PulumiStack:
    """One stack; every command's output is kept in `console`."""

    home: Path
    project: Path
    command: Path
    environment: dict[str, str] = field(default_factory=dict)
    name: str = "test"
    console: list[str] = field(default_factory=list)
    python_first_on_path: bool = True

    def create(self, program: str = DECLARED_ACCOUNTS, *, pulumi_yaml: Mapping[str, Any] | None = None) -> PulumiStack:
        self.project.mkdir(parents=True, exist_ok=True)
        (self.home / "state").mkdir(parents=True, exist_ok=True)
        settings = {"name": "minimax", "runtime": "python"} | dict(pulumi_yaml or {})
        (self.project / "Pulumi.yaml").write_text(json.dumps(settings))
        self.write_program(program)
        assert self.run("stack", "init", self.name).code == 0
        return self

    def write_program(self, program: str) -> None:
        (self.project / "__main__.py").write_text(program)

    def declare(self, **accounts: Mapping[str, Any]) -> None:
        """Say what the program declares: name -> the arguments of MiniMaxAccount, and `aliases`."""
        (self.project / "accounts.json").write_text(json.dumps(accounts))

    def run(self, *arguments: str, stdin: str | None = None, timeout: float = 240) -> Run:
        """Run the CLI in the project's folder."""
        command = [str(self.command), *arguments, "--non-interactive"]
        return self._finish(command, self.variables(), stdin, timeout, f"$ pulumi {' '.join(arguments)}\n")

    def run_program(
        self,
        command: Sequence[str],
        *,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> Run:
        """Run another program in the project's folder, with the stack's environment unless another one is given."""
        variables = self.variables() if environment is None else environment
        return self._finish(command, variables, stdin, timeout)

    def _finish(
        self, command: Sequence[str], environment: Mapping[str, str], stdin: str | None, timeout: float, title: str = ""
    ) -> Run:
        finished = subprocess.run(
            command,
            cwd=self.project,
            env=environment,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        self.console.append(title + finished.stdout)
        return Run(finished.returncode, title + finished.stdout)

    def variables(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(ENGINE_VARIABLES)}
        path = [str(self.command.parent), kept.get("PATH", "")]
        if self.python_first_on_path:
            path.insert(0, str(Path(sys.executable).parent))
        given = [folders] if (folders := (kept | self.environment).get("PYTHONPATH")) else []
        return (
            kept
            | {
                "PATH": os.pathsep.join(path),
                "PULUMI_HOME": str(self.home / "pulumi-home"),
                "PULUMI_BACKEND_URL": f"file://{self.home / 'state'}",
                "PULUMI_CONFIG_PASSPHRASE": "the tests' own passphrase",
                "PULUMI_SKIP_UPDATE_CHECK": "1",
                # Compiled once for all stacks: each command starts two or three Python processes.
                "PYTHONDONTWRITEBYTECODE": "",
                "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / f"pulumi-useapi-tests-{os.getuid()}"),
            }
            | self.environment
            | {"PYTHONPATH": os.pathsep.join([str(QUICK_PIP), *given])}
        )

    def up(self, *arguments: str) -> Run:
        return self.run("up", "--yes", "--skip-preview", *arguments)

    def preview(self, *arguments: str) -> Run:
        return self.run("preview", "--diff", *arguments)

    def refresh(self, *arguments: str) -> Run:
        return self.run("refresh", "--yes", "--skip-preview", *arguments)

    def destroy(self, *arguments: str) -> Run:
        return self.run("destroy", "--yes", "--skip-preview", *arguments)

    def set_config(self, path: str, value: str, *, secret: bool = False) -> None:
        flags = ["--secret"] if secret else []
        assert self.run("config", "set", "--path", *flags, path, stdin=value).code == 0

    def outputs(self) -> Any:
        return json.loads(self.quiet("stack", "output", "--json", "--show-secrets"))

    def resources(self, *, show_secrets: bool = False) -> dict[str, dict[str, Any]]:
        """The MiniMaxAccounts of the stored state, by name."""
        arguments = ["--show-secrets"] if show_secrets else []
        exported = json.loads(self.quiet("stack", "export", *arguments))
        return {
            resource["urn"].rpartition("::")[2]: resource
            for resource in exported["deployment"].get("resources", [])
            if resource["type"].endswith(":MiniMaxAccount")
        }

    def pending_operations(self) -> list[Any]:
        deployment = json.loads(self.quiet("stack", "export"))["deployment"]
        return list(deployment.get("pending_operations") or [])

    def quiet(self, *arguments: str) -> str:
        """Run a command whose output may hold secrets, so is not kept."""
        return subprocess.run(
            [str(self.command), *arguments, "--non-interactive"],
            cwd=self.project,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout

    def stored_files(self) -> Sequence[Path]:
        """Every file of the backend (state, backups, history), of Pulumi's own folder, and of the project."""
        return [path for root in (self.home, self.project) for path in root.rglob("*") if path.is_file()]
