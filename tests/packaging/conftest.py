"""The built distributions, an environment of each Python, and the report of what was found and what it weighs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.version import __version__
from tests.engine.conftest import pulumi, subscriptions, world
from tests.packaging import environments
from tests.packaging.environments import Environment
from tools.paths import ROOT
from tools.releasing import distributions

__all__ = ["pulumi", "subscriptions", "world"]

NOTE = "packaging"
"""Under this name a test records a line for the end of the report."""


@dataclass(frozen=True)
class Built:
    """The distributions of the checkout as it is."""

    wheel: Path
    sdist: Path


def build(source: Path, folder: Path) -> Built:
    distributions.build(Path(sys.executable), source, folder)
    wheel, sdist = distributions.files_for(__version__)
    return Built(folder / wheel, folder / sdist)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture
def make_environment(tmp_path: Path) -> Iterator[Callable[[int], Environment]]:
    """Makes a clean environment of a Python, by its minor."""
    made: list[Environment] = []

    def make(minor: int) -> Environment:
        made.append(environments.make(tmp_path / f"environment-{len(made)}", minor))
        return made[-1]

    yield make
    for one in made:
        environments.remove(one)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found = ", ".join(f"3.{minor}" for minor in environments.pythons())
    terminalreporter.write_line(f"Pythons of this machine: {found}")
    for report in terminalreporter.getreports("passed"):
        for name, note in report.user_properties:
            if name == NOTE:
                terminalreporter.write_line(note)
