"""Wheel and sdist: how they are built, and what may be in them."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.environment import clean
from tools.output import ToolError
from tools.process import capture

_NAME = "pulumi_useapi"
_NOT_PYTHON = ("py.typed", "pulumi-plugin.json")
_SDIST = ("PKG-INFO", ".gitignore", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")
_DIST_INFO = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
_SECRETS = {
    "a token (JWT)": re.compile(rb"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "an API token of useapi.net": re.compile(rb"\buser:\d+-[\w-]{8,}"),
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY"),
}


def files_for(version: str) -> tuple[str, str]:
    """The names of a version's wheel and sdist."""
    return f"{_NAME}-{version}-py3-none-any.whl", f"{_NAME}-{version}.tar.gz"


def build(python: Path, root: Path, folder: Path) -> None:
    """Build the sdist, and the wheel from it, into `folder`, with the build backend of `python` and no network.

    Raises:
        ToolError: one cannot be built.
    """
    command: list[str | Path] = [python, "-m", "build", "--no-isolation", "--outdir", folder, root]
    done = capture(command, env=clean(), doing="building wheel and sdist")
    if done.code:
        raise ToolError(f"wheel and sdist could not be built:\n{done.last_words}")


def check_metadata(python: Path, root: Path, *files: Path) -> None:
    """Check the metadata as a package index does, with the packages of `python`.

    Raises:
        ToolError: the index would not take it.
    """
    done = capture(
        [python, "-m", "tools.releasing.metadata", *files], env=clean(), doing="checking the metadata", cwd=root
    )
    if done.code:
        raise ToolError(f"a package index would not take the metadata:\n{done.stdout or done.last_words}")


def contents(file: Path) -> dict[str, bytes]:
    """The files of a wheel or sdist by name."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(file) as sdist:
        packed = ((member.name, sdist.extractfile(member)) for member in sdist.getmembers() if not member.isdir())
        return {name: stream.read() if stream else b"" for name, stream in packed}


def faults(file: Path, version: str, root: Path) -> Iterator[str]:
    """What a wheel or sdist of this version has that it must not have, and what it lacks, a sentence each."""
    packed = contents(file)
    expected = _expected(file, version, root)
    yield from (f"{file.name} holds {name}, which belongs into no release" for name in sorted(packed.keys() - expected))
    yield from (f"{file.name} lacks {name}" for name in sorted(expected - packed.keys()))
    yield from (f"{file.name} shows {secret} in {name}" for name, secret in _secrets(packed))


def _expected(file: Path, version: str, root: Path) -> set[str]:
    package = root / "provider" / _NAME
    modules = [path.relative_to(package).as_posix() for path in package.rglob("*.py")]
    ours = {f"{_NAME}/{name}" for name in (*modules, *_NOT_PYTHON)}
    if file.suffix == ".whl":
        return ours | {f"{_NAME}-{version}.dist-info/{name}" for name in _DIST_INFO}
    return {f"{_NAME}-{version}/{name}" for name in (*_SDIST, *(f"provider/{name}" for name in ours))}


def _secrets(packed: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for name, content in packed.items():
        yield from ((name, secret) for secret, pattern in _SECRETS.items() if pattern.search(content))
