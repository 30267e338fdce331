"""Pip's settings, handed on to uv: the index that `make setup` asks is asked for the locks and in the tests of the package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.environment import clean
from tools.uv import for_uv, with_index_of_pip

INDEX = "https://me:secret@mirror.example/simple"


@pytest.fixture
def pip_conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    return file


def test_what_pips_file_says(pip_conf: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pip_conf.write_text(
        f"[global]\nindex-url = {INDEX}\nextra-index-url = https://one.example https://two.example\ntimeout = 5\n"
        "[install]\nfind-links =\n    /wheels\n    /more\n[list]\nindex-url = https://other.example\n"
    )
    given = with_index_of_pip(Path(sys.executable), clean())
    assert given["UV_DEFAULT_INDEX"] == INDEX
    assert given["UV_INDEX"] == "https://one.example https://two.example"
    assert given["UV_FIND_LINKS"] == "/wheels,/more"
    assert capfd.readouterr() == ("", "")


def test_the_environment_wins_over_the_file(pip_conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip_conf.write_text("[global]\nindex-url = https://file.example/simple\n")
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    assert with_index_of_pip(Path(sys.executable), clean())["UV_DEFAULT_INDEX"] == INDEX


def test_what_uv_was_told_stays(pip_conf: Path) -> None:
    pip_conf.write_text(f"[global]\nindex-url = {INDEX}\n")
    told = clean(UV_DEFAULT_INDEX="https://mine.example/simple")
    assert with_index_of_pip(Path(sys.executable), told)["UV_DEFAULT_INDEX"] == "https://mine.example/simple"


@pytest.mark.parametrize("order", [1, -1])
def test_a_setting_of_install_wins_over_a_global_one(order: int) -> None:
    lines = ["global.index-url='https://global.example'", "install.index-url='https://install.example'"]
    assert for_uv("\n".join(lines[::order])) == {"UV_DEFAULT_INDEX": "https://install.example"}
