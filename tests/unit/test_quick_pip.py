"""What the engine tests' stacks have for pip says what pip says, also after a package has come or gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.pulumi_stack import QUICK_PIP

LIST = [sys.executable, "-m", "pip", "list", "--format", "json"]


def listed(tmp_path: Path, *folders: Path) -> dict[str, str]:
    environment = {
        **os.environ,
        "PYTHONPYCACHEPREFIX": str(tmp_path / "kept"),
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
    }
    finished = subprocess.run(LIST, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    return {one["name"]: one["version"] for one in json.loads(finished.stdout)}


def test_a_kept_list_is_pips_own_as_long_as_nothing_is_installed(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    for _ in range(2):  # asked for, then kept
        assert listed(tmp_path, QUICK_PIP, packages) == listed(tmp_path, packages)
    assert len(list(tmp_path.glob("kept/pip-list-*"))) == 1

    installed = packages / "fresh-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: fresh\nVersion: 1.0\n")
    assert listed(tmp_path, QUICK_PIP, packages)["fresh"] == "1.0"


def test_everything_else_is_pips_business(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(QUICK_PIP)}
    command = [sys.executable, "-m", "pip", "--version"]
    said = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "site-packages" in said
    assert str(QUICK_PIP) not in said
