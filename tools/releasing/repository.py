"""The git repository that the project is in."""

from __future__ import annotations

from tools.environment import clean
from tools.output import MissingError, ToolError
from tools.process import Result, capture


def git(*arguments: str, given: str | None = None) -> str:
    """Run git in the project's folder and return what it printed.

    Raises:
        ToolError: git failed.
    """
    done = _run(*arguments, given=given)
    if done.code:
        raise ToolError(f"git {arguments[0]} failed:\n{done.last_words}")
    return done.stdout


def branch() -> str:
    """The branch that is checked out.

    Raises:
        ToolError: this is no repository with a commit, or no branch is checked out.
    """
    if _run("rev-parse", "--verify", "HEAD").code:
        raise ToolError("this folder is no git repository with a commit in it: release from a clone of the project")
    name = _run("symbolic-ref", "--short", "HEAD").stdout.strip()
    if not name:
        raise ToolError(
            "no branch is checked out, and the release would be lost with the next checkout: git switch one"
        )
    return name


def changed_files() -> list[str]:
    """What differs from the last commit: changed, removed, added and untracked files."""
    entries = git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames").split("\0")
    return [entry[3:] for entry in entries if entry]


def committed(path: str) -> str:
    """A file as it is in the last commit."""
    return git("show", f"HEAD:{path}")


def tags() -> list[str]:
    """The names of all tags."""
    return git("tag", "--list").split()


def remote_of(name: str) -> str:
    """The remote that a branch is pushed to."""
    return _run("config", "--get", f"branch.{name}.remote").stdout.strip() or "origin"


def _run(*arguments: str, given: str | None = None) -> Result:
    try:
        return capture(["git", *arguments], env=clean(), doing=f"git {arguments[0]}", given=given)
    except FileNotFoundError:
        raise MissingError("a release needs git, which is not on PATH: install it and try again") from None
