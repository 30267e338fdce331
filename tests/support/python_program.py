"""A Python program in a process of its own, which none of the user's own settings reaches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def python(folder: Path, *arguments: str, **environment: str) -> str:
    """Run it to its end and return what it printed; it has to succeed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "USEAPI_", "PYTEST_"))}
    finished = subprocess.run(
        [sys.executable, "-B", *arguments],
        cwd=folder,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout
