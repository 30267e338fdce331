"""The project's virtual environment: made once, filled from a hash-pinned lock, the project itself editable."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import sys
import time
from pathlib import Path

from tools.environment import clean
from tools.output import MissingError, ToolError, duration, say
from tools.paths import ROOT, VENV, VENV_PYTHON
from tools.process import Result, capture

OLDEST_PYTHON = (3, 10)
RUNTIME_LOCK = ROOT / "requirements.txt"
DEV_LOCK = ROOT / "requirements-dev.txt"
_STAMP = VENV / "installed"
_UNREACHABLE = re.compile(
    r"Retrying \(Retry\(|NewConnectionError|Max retries exceeded|Name or service not known|name resolution"
    r"|Connection refused|timed out|ProxyError|SSLError",
)


def ensure(*, dev: bool) -> None:
    """Make the virtual environment hold what the lock says; do nothing where it already does.

    Raises:
        MissingError: this Python cannot make virtual environments, or the package index is out of reach.
        ToolError: an installation failed for another reason.
    """
    started = time.monotonic()
    version = _usable_python()
    if version is None:
        _create()
        version = _usable_python()
        if version is None:
            raise ToolError(f"the virtual environment {VENV.name} was made but does not run: remove it and try again")
    # The development lock is a superset of the runtime one, with the same versions.
    current = {name: _fingerprint(name, version) for name in ("dev", "runtime")}
    installed = _STAMP.read_text() if _STAMP.is_file() else ""
    wanted = ("dev",) if dev else ("dev", "runtime")
    if installed not in {current[name] for name in wanted}:
        _STAMP.unlink(missing_ok=True)
        _install(DEV_LOCK if dev else RUNTIME_LOCK)
        _STAMP.write_text(current["dev" if dev else "runtime"])
        say(f"Python {version} · virtual environment filled ({VENV.name}, {duration(time.monotonic() - started)})")
    else:
        say(f"Python {version} · virtual environment ready ({VENV.name})")


def _usable_python() -> str | None:
    """Return the version of the virtual environment's Python, or None where it has to be made (again)."""
    if not VENV_PYTHON.exists():
        return None
    asked = capture(
        [VENV_PYTHON, "-c", "import platform, pip; print(platform.python_version())"],
        env=clean(),
        doing="asking the virtual environment for its version",
    )
    version = asked.stdout.strip()
    if asked.code or tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST_PYTHON:
        return None
    return version


def _base_python() -> str:
    """Return the Python to make the environment with: never the one inside the folder that is made anew."""
    if sys.prefix == sys.base_prefix or Path(sys.prefix).resolve() != VENV.resolve():
        return sys.executable
    return str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}")


def _create() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise MissingError(
            f"{sys.executable} cannot make virtual environments because its venv module is missing: install it"
            " (Debian and Ubuntu: the package python3-venv) or name another Python with PYTHON=…, and try again"
        )
    say(f"making the virtual environment {VENV.name}")
    made = capture([_base_python(), "-m", "venv", "--clear", VENV], env=clean(), doing="making the virtual environment")
    if made.code:
        raise ToolError(f"the virtual environment {VENV.name} could not be made:\n{made.last_words}")


def _fingerprint(lock: str, python: str) -> str:
    digest = hashlib.sha256(f"{lock} {python} {VENV}".encode())
    for path in (
        DEV_LOCK if lock == "dev" else RUNTIME_LOCK,
        ROOT / "pyproject.toml",
        ROOT / "provider" / "pulumi_useapi" / "version.py",
        ROOT / "provider" / "pulumi_useapi" / "pulumi-plugin.json",
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(lock: Path) -> None:
    say(f"installing what {lock.name} names, every file checked against its hash (a minute or so, only the first time)")
    _pip("installing packages", "--require-hashes", "-r", lock)
    # The build backend is in the lock, so that nothing is fetched without a pinned hash.
    _pip("installing the project", "--no-deps", "--no-build-isolation", "-e", ROOT)
    _tell_older_hosts_that_there_is_no_plugin()


def _tell_older_hosts_that_there_is_no_plugin() -> None:
    """Put the package's pulumi-plugin.json where older language hosts look for it.

    They know nothing of editable installations, and without it each command of Pulumi tries to download a plugin
    named after the package, for seconds. Python passes over the folder: it has no `__init__.py`.
    """
    file = ROOT / "provider" / "pulumi_useapi" / "pulumi-plugin.json"
    (site_packages,) = (VENV / "lib").glob("python3.*/site-packages")
    folder = site_packages / file.parent.name
    folder.mkdir(exist_ok=True)
    shutil.copy(file, folder)


def _pip(doing: str, *arguments: str | Path) -> None:
    command: list[str | Path] = [
        VENV_PYTHON,
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--no-color",
    ]
    done = capture([*command, "--progress-bar=off", *arguments], env=clean(), doing=doing)
    if done.code:
        raise pip_problem(done)


def pip_problem(done: Result) -> ToolError:
    """Return what to tell about a failed pip: the network, or its own last words."""
    if _UNREACHABLE.search(done.stderr) or _UNREACHABLE.search(done.stdout):
        return MissingError(
            "the Python package index cannot be reached from here: check the network (or pip's own settings for a proxy"
            " or a mirror) and run this again, it goes on where it stopped"
        )
    return ToolError(f"pip could not install the packages:\n{done.last_words}")
