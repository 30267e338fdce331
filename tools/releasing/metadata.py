"""Whether a package index would take the metadata of wheels and sdists: `python -m tools.releasing.metadata FILE…`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from packaging.metadata import ExceptionGroup, Metadata

from tools.releasing.distributions import contents


def faults(file: Path) -> list[str]:
    """What is wrong with the metadata of a wheel or sdist, a sentence each.

    Source: https://packaging.python.org/en/latest/specifications/core-metadata/
    """
    found = [data for name, data in contents(file).items() if name.endswith((".dist-info/METADATA", "/PKG-INFO"))]
    if len(found) != 1:
        return [f"{file.name} has {len(found)} files of metadata: there must be one"]
    try:
        metadata = Metadata.from_email(found[0], validate=True)
    except ExceptionGroup as group:
        return [f"{file.name}: {problem}" for problem in group.exceptions]
    if not metadata.description or metadata.description_content_type != "text/markdown":
        return [f"{file.name} has no description in Markdown: the index would show an empty page"]
    return []


def main(files: Sequence[str]) -> int:
    """Print what is wrong; 1 where something is."""
    problems = [problem for file in files for problem in faults(Path(file))]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
