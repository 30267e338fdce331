"""Secrets that stand in plaintext in the stack's config are refused, with the command that mends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pulumi
import pytest
import yaml
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import settings as pulumi_settings

from pulumi_useapi import config_file, stack_config

SECURE = {"secure": "AAABAGFuIGVuY3J5cHRlZCB2YWx1ZQ=="}
LEAK = "this-must-not-be-shown"


class Mocks(pulumi.runtime.Mocks):
    """An engine that takes everything as it is."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return args.name, dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise AssertionError(args.token)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project folder with the stack `dev`, in which the program runs."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: minimax\nruntime: python\n")
    monkeypatch.chdir(folder)
    settings, config = pulumi_settings.SETTINGS, dict(pulumi_config.CONFIG.get())
    secret_keys = list(pulumi_config._SECRET_KEYS.get())
    # Pulumi's mocks want a current event loop, which other tests may have closed.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(Mocks(), project="minimax", stack="dev")
    pulumi.runtime.set_all_config({}, [])
    yield folder
    loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()
    pulumi.runtime.set_all_config(config, secret_keys)
    pulumi_settings.configure(settings)


Write = Callable[..., None]


@pytest.fixture
def configure(project: Path) -> Write:
    """Writes the stack's config file; a value is seen by the program as the engine hands it over."""

    def write(config: Mapping[str, Any], folder: str = "", name: str = "Pulumi.dev.yaml") -> None:
        (project / folder).mkdir(exist_ok=True)
        (project / folder / name).write_text(yaml.safe_dump({"config": dict(config)}))
        values = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
        secret = [key for key, value in values.items() if '"secure"' in value]
        pulumi.runtime.set_all_config(values, secret)

    return write


def refusal() -> str:
    with pytest.raises(pulumi.RunError) as caught:
        stack_config.refuse_plaintext_secrets()
    assert LEAK not in str(caught.value)
    return str(caught.value)


def mending(*keys: str) -> str:
    more = " (and so on)" if len(keys) > 1 else ""
    return (
        f"{', '.join(keys)}: this secret stands in plaintext in the stack's config; encrypt it with pulumi config set "
        f"--secret --path '{keys[0]}'{more}, and renew it where the file has been shared or committed"
    )


ENTRY = {"url": SECURE, "token": SECURE, "maxJobs": 3}


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"useapi:apiToken": SECURE},
        {"useapi:accounts": {"main": ENTRY, "backup": ENTRY | {"adopt": True, "subscription": "team-b"}}},
        {"useapi:subscriptions": {"team-b": {"apiToken": SECURE}}},
        {"useapi:accounts": SECURE, "useapi:subscriptions": SECURE},
        {"useapi:accounts": {"main": {"maxJobs": 3}}},
        {"useapi:accounts": {"main": {"url": None, "token": None}}},
        {"useapi:baseUrl": "http://127.0.0.1:8787/v1/minimax", "useapi:timeout": "5"},
        {"minimax:token": LEAK, "other:url": LEAK, "useapix:token": LEAK},
        {"useapi:accounts": {"token": ENTRY, "url": ENTRY}},
    ],
)
def test_what_is_encrypted_or_no_secret_passes(configure: Write, config: dict[str, Any]) -> None:
    configure(config)
    stack_config.refuse_plaintext_secrets()


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ({"useapi:apiToken": LEAK}, ["useapi:apiToken"]),
        ({"useapi:token": LEAK}, ["useapi:token"]),
        ({"useapi:accounts": {"main": ENTRY | {"token": LEAK}}}, ["useapi:accounts.main.token"]),
        ({"useapi:accounts": {"main": ENTRY | {"url": LEAK}}}, ["useapi:accounts.main.url"]),
        (
            {"useapi:accounts": {"main": ENTRY, "backup": {"url": LEAK, "token": LEAK, "maxJobs": 3}}},
            ["useapi:accounts.backup.token", "useapi:accounts.backup.url"],
        ),
        (
            {"useapi:subscriptions": {"b": {"apiToken": LEAK}, "c": {"apiToken": SECURE}}},
            ["useapi:subscriptions.b.apiToken"],
        ),
        ({"useapi:accounts": [ENTRY, ENTRY | {"token": LEAK}]}, ["useapi:accounts[1].token"]),
        ({"useapi:accounts": {"main": {"nested": {"token": LEAK}}}}, ["useapi:accounts.main.nested.token"]),
        (
            {"useapi:accounts": {"main": {"token": {"secure": "x", "token": LEAK}}}},
            ["useapi:accounts.main.token.token"],
        ),
        ({"useapi:accounts": {"main": ENTRY | {"token": 12345678}}}, ["useapi:accounts.main.token"]),
    ],
)
def test_a_plaintext_secret_is_refused_by_its_path(configure: Write, config: dict[str, Any], keys: list[str]) -> None:
    configure(config)
    assert refusal() == mending(*keys)


def test_the_path_of_a_name_with_a_dot_can_be_typed(configure: Write) -> None:
    configure({"useapi:accounts": {"a.b": ENTRY | {"token": LEAK}}})
    assert refusal() == mending('useapi:accounts["a.b"].token')


# where the file is


def test_without_a_file_the_program_still_sees_an_api_token_that_is_no_secret() -> None:
    pulumi.runtime.set_all_config({"useapi:apiToken": LEAK}, [])
    assert refusal() == mending("useapi:apiToken")
    pulumi.runtime.set_all_config({"useapi:apiToken": LEAK}, ["useapi:apiToken"])
    stack_config.refuse_plaintext_secrets()


def test_without_a_file_the_program_still_sees_an_object_without_any_secret() -> None:
    value = json.dumps({"main": {"url": LEAK, "token": LEAK, "maxJobs": 3}})
    pulumi.runtime.set_all_config({"useapi:accounts": value}, [])
    assert refusal() == mending("useapi:accounts.main.url", "useapi:accounts.main.token")
    pulumi.runtime.set_all_config({"useapi:accounts": value}, ["useapi:accounts"])
    stack_config.refuse_plaintext_secrets()


def test_outside_of_any_project_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    stack_config.refuse_plaintext_secrets()


def test_the_project_is_looked_for_upwards(project: Path, configure: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    configure({"useapi:accounts": {"main": ENTRY | {"token": LEAK}}})
    (project / "src" / "deeper").mkdir(parents=True)
    monkeypatch.chdir(project / "src" / "deeper")
    assert refusal() == mending("useapi:accounts.main.token")


def test_another_stacks_file_is_not_ours(configure: Write) -> None:
    configure({"useapi:accounts": {"main": ENTRY | {"token": LEAK}}}, name="Pulumi.prod.yaml")
    stack_config.refuse_plaintext_secrets()


@pytest.mark.parametrize(
    ("project_file", "folder", "name"),
    [
        pytest.param("stackConfigDir: stacks", "stacks", "Pulumi.dev.yaml", id="stackConfigDir"),
        pytest.param("stackConfigDir: ''", "", "Pulumi.dev.yaml", id="empty stackConfigDir"),
        pytest.param("config: stacks", "stacks", "Pulumi.dev.yaml", id="config, the older name of stackConfigDir"),
        pytest.param("config: {useapi:timeout: 5}", "", "Pulumi.dev.yaml", id="config as an object"),
    ],
)
def test_another_folder(project: Path, configure: Write, project_file: str, folder: str, name: str) -> None:
    (project / "Pulumi.yaml").write_text(f"name: minimax\nruntime: python\n{project_file}\n")
    configure({"useapi:accounts": {"main": ENTRY | {"token": LEAK}}}, folder, name)
    assert refusal() == mending("useapi:accounts.main.token")


@pytest.mark.parametrize("extension", ["yml", "json"])
def test_another_ending(project: Path, configure: Write, extension: str) -> None:
    (project / "Pulumi.yaml").unlink()
    (project / f"Pulumi.{extension}").write_text('{"name": "minimax", "runtime": "python"}')
    configure({"useapi:accounts": {"main": ENTRY | {"token": LEAK}}}, name=f"Pulumi.dev.{extension}")
    assert refusal() == mending("useapi:accounts.main.token")


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"- a\n- b\n",
        b"text",
        b"config: text",
        b"config: [1]",
        b"{",
        b"a: b: c",
        b"\xff\xfe",
        b"config: {1: 2}",
        b"a: !!x y",
    ],
)
def test_a_file_that_is_no_config_is_the_engines_to_complain_about(project: Path, junk: bytes) -> None:
    (project / "Pulumi.dev.yaml").write_bytes(junk)
    stack_config.refuse_plaintext_secrets()
    (project / "Pulumi.yaml").write_bytes(junk)
    config_file._config_directory.cache_clear()
    stack_config.refuse_plaintext_secrets()


def test_a_mended_file_is_read_again(configure: Write) -> None:
    configure({"useapi:accounts": {"main": ENTRY | {"token": LEAK}}})
    refusal()
    configure({"useapi:accounts": {"main": ENTRY}})
    stack_config.refuse_plaintext_secrets()


def test_lookup_reads_the_stacks_config() -> None:
    pulumi.runtime.set_all_config({"useapi:apiToken": "a", "other:x": "b"}, [])
    assert stack_config.lookup("useapi:apiToken") == "a"
    assert stack_config.lookup("other:x") == "b"
    assert stack_config.lookup("useapi:timeout") is None
