"""PostgreSQL's server programs, for the tests of shared state."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from tools.output import MissingError

# Debian keeps them off PATH, in a folder for each version.
_DEBIAN = Path("/usr/lib/postgresql")
NEEDED = ("initdb", "pg_ctl", "pg_dump", "psql")


def programs() -> Path:
    """Return the folder of PostgreSQL's programs: the one on PATH, else the newest of Debian's.

    Raises:
        MissingError: there is none.
    """
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(_DEBIAN.glob("*/bin"), key=_version, reverse=True)
    for folder in folders:
        if all(os.access(folder / name, os.X_OK) for name in NEEDED):
            return folder
    raise MissingError(
        "there is no PostgreSQL server on PATH or in /usr/lib/postgresql: install one (Debian and Ubuntu: apt-get install"
        " postgresql; macOS: brew install postgresql), and run this again"
    )


def _version(folder: Path) -> int:
    number = re.match(r"\d+", folder.parent.name)
    return int(number[0]) if number else 0
