"""What is in wheel and sdist, and that anybody who builds them gets the same."""

from __future__ import annotations

import email
import os
import secrets
import shutil
import sys
import tarfile
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import pytest

from pulumi_useapi.emulator.sample import Credentials, make_credentials
from pulumi_useapi.version import __version__
from tests.packaging.conftest import Built, build
from tests.support.secret_scan import SecretScan
from tools.output import ToolError
from tools.paths import ROOT
from tools.releasing import distributions
from tools.releasing.distributions import contents, faults

PACKAGED = ("provider", ".gitignore", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what a build reads, with files as young as they can be."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def every_fault(built: Built, root: Path = ROOT) -> list[str]:
    return [fault for file in (built.wheel, built.sdist) for fault in faults(file, __version__, root)]


def test_nothing_but_the_package(built: Built) -> None:
    assert every_fault(built) == []


def test_the_package_index_takes_the_metadata(built: Built) -> None:
    distributions.check_metadata(Path(sys.executable), ROOT, built.wheel, built.sdist)


def test_metadata_that_no_index_takes_is_told(built: Built, tmp_path: Path) -> None:
    file = tmp_path / built.wheel.name
    with zipfile.ZipFile(file, "w") as wheel:
        for name, data in contents(built.wheel).items():
            wheel.writestr(name, data.replace(b"Requires-Python: >=3.10", b"Requires-Python: any"))
    with pytest.raises(ToolError, match="'any' is invalid for 'requires-python'"):
        distributions.check_metadata(Path(sys.executable), ROOT, file)


def test_the_sdist_builds_the_same_wheel_and_sdist(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as sdist:
        if sys.version_info >= (3, 12):
            sdist.extractall(tmp_path, filter="data")
        else:
            sdist.extractall(tmp_path)  # noqa: S202 - built here
    again = build(tmp_path / built.sdist.name.removesuffix(".tar.gz"), tmp_path / "again")
    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    assert contents(again.sdist) == contents(built.sdist)


def test_every_build_is_the_same_to_the_byte_and_holds_no_secret_of_the_folder(
    built: Built, copy: Path, tmp_path: Path
) -> None:
    planted = plant_secrets(copy)
    before = os.umask(0o077)
    try:
        again = build(copy, tmp_path / "again")
    finally:
        os.umask(before)
    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    assert again.sdist.read_bytes() == built.sdist.read_bytes()
    packed = [(name, data.decode()) for file in (again.wheel, again.sdist) for name, data in contents(file).items()]
    assert planted.find_in(packed) == []


def some_credentials() -> Credentials:
    return make_credentials("302817465", expires=datetime(2030, 1, 1, tzinfo=timezone.utc))


def plant_secrets(folder: Path) -> SecretScan:
    """Leave in a checkout what its user may have in it."""
    scan = SecretScan()
    made = some_credentials()
    scan.plant_credentials(made.url, made.token)
    api_token = f"user:4711-{secrets.token_hex(12)}"
    scan.plant("API token", api_token)
    left = f"{made.url}\n{made.token}\n{api_token}\n"
    assert scan.find(left)
    for name in (
        *(
            ".env",
            ".passphrase",
            "env.sh",
            "accounts.json",
            "Pulumi.prod.yaml",
            ".demo/passphrase",
            "tests/test_mine.py",
        ),
        *(
            "provider/secrets.json",
            "provider/pulumi_useapi/__pycache__/client.pyc",
            "provider/pulumi_useapi/.emulator/x",
        ),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(left)
    return scan


def test_what_does_not_belong_there_shows(copy: Path, tmp_path: Path) -> None:
    package = copy / "provider" / "pulumi_useapi"
    (package / "accounts.json").write_text("{}")
    (package / "py.typed").unlink()
    (package / "mine.py").write_text(f'TOKEN = "{some_credentials().token}"  # user:4711-{secrets.token_hex(8)}')
    found = every_fault(build(copy, tmp_path / "dist"), copy)
    for name, inside in zip(
        distributions.files_for(__version__), ("", f"pulumi_useapi-{__version__}/provider/"), strict=True
    ):
        assert [fault.removeprefix(f"{name} ") for fault in found if fault.startswith(name)] == [
            f"holds {inside}pulumi_useapi/accounts.json, which belongs into no release",
            f"lacks {inside}pulumi_useapi/py.typed",
            f"shows a token (JWT) in {inside}pulumi_useapi/mine.py",
            f"shows an API token of useapi.net in {inside}pulumi_useapi/mine.py",
        ]


def test_metadata(built: Built) -> None:
    metadata = email.message_from_bytes(contents(built.wheel)[f"pulumi_useapi-{__version__}.dist-info/METADATA"])
    assert (metadata["Name"], metadata["Version"]) == ("pulumi-useapi", __version__)
    assert (metadata["License-Expression"], metadata.get_all("License-File")) == ("Apache-2.0", ["LICENSE"])
    assert metadata["Requires-Python"] == ">=3.10"
    assert set(metadata.get_all("Provides-Extra", [])) == {"cli", "browser", "emulator"}
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert metadata.get_payload(decode=True) == (ROOT / "README.md").read_bytes()
