"""CHANGELOG.md: what is unreleased becomes a version's own section."""

from __future__ import annotations

import re

from tools.output import ToolError

_SECTION = re.compile(r"^## (?P<title>.*)\n(?P<body>(?:(?!## ).*(?:\n|\Z))*)", re.MULTILINE)
_ENTRY = re.compile(r"^\s*[-*] \S", re.MULTILINE)
_UNRELEASED = "Unreleased"


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level, by the heading without its date."""
    return {match["title"].partition(" - ")[0].strip(): match["body"].strip() for match in _SECTION.finditer(text)}


def date_of(text: str, version: str) -> str | None:
    """The date in the heading of a version; None = the version has no section."""
    found = re.search(rf"^## {re.escape(version)} - (\S+)$", text, re.MULTILINE)
    return found[1] if found else None


def with_version(text: str, version: str, day: str) -> str:
    """Return the changelog in which all that was unreleased is in the section of `version`.

    A section of this version that is there already stays as it is, where nothing newer waits above it.

    Raises:
        ToolError: there is nothing to release, or the version has a section and more is unreleased.
    """
    there = sections(text)
    waiting = _ENTRY.search(there.get(_UNRELEASED, ""))
    if version in there:
        if waiting:
            raise ToolError(
                f"CHANGELOG.md has a section for {version} and more under {_UNRELEASED}: release another version, "
                "or put all of it into one of the two"
            )
        return text
    if not waiting:
        raise ToolError(
            f'CHANGELOG.md says nothing under "## {_UNRELEASED}": write there what is new for users, commit it, and try '
            "again"
        )
    heading = f"## {_UNRELEASED}\n"
    return text.replace(heading, f"{heading}\n## {version} - {day}\n", 1)
