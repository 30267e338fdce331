"""The stack that a command is about: what `--cwd`, `--stack` and `--no-stack` say, or the project around."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from pulumi_useapi.cli.pulumi_project import PulumiProject
from pulumi_useapi.config_file import project_file

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True)
class StackView:
    """What is known of a stack; without one, everything comes from the environment.

    Attributes:
        name: the stack's name, None = there is no stack.
        config: its config by key, secrets in clear.
        resources: the resources of its state.
    """

    name: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    resources: Sequence[Mapping[str, Any]] = field(default=(), repr=False)


def options(command: _F) -> _F:
    """The options `--stack` and `--cwd`."""
    for option in (
        click.option(
            "--cwd",
            "folder",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            default=Path(),
            metavar="FOLDER",
            help="The Pulumi project's folder, or one below it.  [default: this one]",
        ),
        click.option("--stack", metavar="NAME", help="The stack.  [default: the one selected there]"),
    ):
        command = option(command)
    return command


def view(folder: Path, stack: str | None) -> StackView:
    """Read the stack's config and state.

    Without a project, and without the name of a stack, there is nothing to read.

    Raises:
        PulumiError: no stack is chosen, or it cannot be read.
    """
    folder = folder.resolve()
    if stack is None and project_file(folder) is None:
        return StackView()
    name = PulumiProject(folder, stack).stack_name()
    project = PulumiProject(folder, name)
    with ThreadPoolExecutor(2) as pool:
        resources = pool.submit(project.resources)
        return StackView(name, project.config(), resources.result())
