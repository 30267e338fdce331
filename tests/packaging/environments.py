"""Clean virtual environments of every Python that there is, filled by uv."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tools.environment import clean
from tools.uv import with_index_of_pip

OLDEST, NEWEST = 10, 14
"""The minors of Python 3 that are looked for."""

_UV = Path(sys.executable).with_name("uv")
_NO_INDEX = re.compile(
    r"Failed to fetch|error sending request|dns error|[Cc]onnection refused|timed out|tcp connect error"
)


@cache
def pythons() -> dict[int, Path]:
    """A program for each minor of Python 3 that this machine has: on PATH, or known to uv or pyenv."""
    found = {}
    for minor in range(OLDEST, NEWEST + 1):
        if program := next((one for one in _candidates(f"3.{minor}") if _is(one, minor)), None):
            found[minor] = program
    return found


def _candidates(version: str) -> Iterator[Path]:
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield Path(sys.executable).resolve()
    on_path = [Path(folder) / f"python{version}" for folder in os.get_exec_path()]
    yield from (one for one in on_path if one.is_file())
    asked = _uv("python", "find", "--no-project", "--managed-python", "--no-python-downloads", version, check=False)
    yield from (Path(line) for line in asked.stdout.splitlines())
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted((pyenv / "versions").glob(f"{version}.*/bin/python{version}"))


def _is(program: Path, minor: int) -> bool:
    """Whether it runs, is what its name says, and can make environments: a shim or a distribution's part may not."""
    code = f"import ssl, sqlite3, sys; sys.exit(sys.version_info[:2] != (3, {minor}))"
    return subprocess.run([program, "-c", code], capture_output=True, check=False, env=clean()).returncode == 0


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The folder of its programs."""
        return self.folder / "bin"

    def install(self, *arguments: str | Path) -> None:
        """Install with uv; skips the test where the package index cannot be reached."""
        python = f"--python={self.bin / 'python'}"
        _require_index(_uv("pip", "install", "--quiet", python, *map(str, arguments), check=False))

    def installed(self) -> dict[str, str]:
        """The version of each package that is installed, by normalized name."""
        listed = _uv("pip", "freeze", f"--python={self.bin / 'python'}").stdout.splitlines()
        return dict(re.split(r"==| @ ", line, maxsplit=1) for line in listed)

    def run(self, program: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, away from the checkout unless `cwd` says so."""
        return subprocess.run(
            [self.bin / program, *arguments],
            cwd=cwd or self.folder,
            env=clean([self.bin]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def python(self, code: str) -> str:
        """What a line of Python prints there, with warnings as errors."""
        done = self.run("python", "-W", "error", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def size_of(self, packages: Sequence[str]) -> int:
        """The bytes of these packages' files, as the installer has recorded them."""
        code = f"import importlib.metadata as m; print(sum(f.size or 0 for n in {packages!r} for f in m.files(n)))"
        return int(self.python(code))


def make(folder: Path, minor: int) -> Environment:
    """Make an empty environment of that Python; skips the test where there is none."""
    if minor not in pythons():
        pytest.skip(f"no Python 3.{minor} on this machine")
    # Pulumi asks the pip of an environment what is in it.
    command = ["venv", "--quiet", "--seed", "--no-project", "--no-python-downloads", f"--python={pythons()[minor]}"]
    _require_index(_uv(*command, str(folder), check=False))
    return Environment(folder)


def remove(environment: Environment) -> None:
    """Remove it at once: pytest keeps what is in its folders for three runs."""
    shutil.rmtree(environment.folder)


def resolve(requirements: Sequence[str], minor: int) -> set[str]:
    """The names of all that these requirements bring along; skips the test where the index cannot be reached."""
    command = ["pip", "compile", "--quiet", "--no-annotate", "--no-header", f"--python={pythons()[minor]}", "-"]
    done = _uv(*command, check=False, given="\n".join(requirements))
    _require_index(done)
    return {re.split(r"==| @ ", line, maxsplit=1)[0] for line in done.stdout.splitlines()}


def _require_index(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode and _NO_INDEX.search(done.stderr):
        pytest.skip("the package index cannot be reached from here: nothing can be installed")
    assert done.returncode == 0, done.stderr


def _uv(*arguments: str, check: bool = True, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_UV, *arguments], env=_variables(), input=given, capture_output=True, text=True, timeout=300, check=check
    )


@cache
def _variables() -> dict[str, str]:
    return with_index_of_pip(Path(sys.executable), clean())
