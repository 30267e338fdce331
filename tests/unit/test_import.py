"""What an import loads: each of these modules costs every run of every program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pulumi_useapi

HEAVY = ("requests", "urllib3", "aiohttp", "click", "sqlite3", "yaml")


def loaded_by(statement: str, *modules: str) -> list[str]:
    """The ones of `modules` that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*[name for name in {modules!r} if name in sys.modules])"
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()


@pytest.mark.parametrize("statement", ["import pulumi_useapi", "import pulumi_useapi; pulumi_useapi.__version__"])
def test_the_package_alone_loads_nothing(statement: str) -> None:
    assert loaded_by(statement, *HEAVY, "pulumi", "jwt", "grpc") == []


def test_a_program_does_not_load_the_http_client_and_the_emulator() -> None:
    alone = set(loaded_by("import pulumi, pulumi.dynamic", *HEAVY))
    names = "MiniMaxAccount, accounts_from_config, get_minimax_account, get_minimax_features_output, summarize_accounts"
    ours = set(loaded_by(f"from pulumi_useapi import {names}", *HEAVY, "pulumi", "jwt"))
    assert ours - alone == {"pulumi"}
    assert "requests" not in ours


def test_the_client_alone_does_not_load_pulumi() -> None:
    assert loaded_by("from pulumi_useapi import UseApiClient", "requests", "pulumi", "grpc", "aiohttp") == ["requests"]


def test_the_life_cycle_alone_does_not_load_pulumi() -> None:
    assert loaded_by("import pulumi_useapi.lifecycle", "pulumi", "grpc", "aiohttp", "click") == []


def test_every_public_name_is_there() -> None:
    for name in pulumi_useapi.__all__:
        assert getattr(pulumi_useapi, name) is not None


def test_another_name_is_missing_as_anywhere_else() -> None:
    with pytest.raises(AttributeError, match="module 'pulumi_useapi' has no attribute 'MinimaxAccount'"):
        _ = pulumi_useapi.MinimaxAccount


def test_the_package_is_typed() -> None:
    assert (Path(pulumi_useapi.__file__).parent / "py.typed").is_file()


def test_pulumi_looks_for_no_plugin_of_this_name() -> None:
    """Without this file, each command of Pulumi tries to download a plugin named after the package, for seconds."""
    file = Path(pulumi_useapi.__file__).with_name("pulumi-plugin.json")
    assert json.loads(file.read_text()) == {"resource": False}


def test_a_provider_that_asks_nothing_does_not_load_the_http_client() -> None:
    """As in a preview without changes: the client is made when the service is asked for the first time."""
    statement = (
        "from pulumi_useapi.connections import Connections; from pulumi_useapi.settings import read_settings; "
        "Connections(read_settings(lambda key: None, {'USEAPI_API_TOKEN': 'user:1-a'})).get(None)"
    )
    assert loaded_by(f"import pulumi_useapi.lifecycle; {statement}", "requests", "urllib3") == []
    assert loaded_by(f"{statement}.client", "requests", "urllib3") == ["requests", "urllib3"]
