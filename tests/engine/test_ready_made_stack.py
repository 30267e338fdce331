"""The ready-made stack: accounts out of the stack's config, and what is said where the config is not good."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import World
from tests.support.pulumi_stack import Run

ROOT = Path(__file__).parents[2]
MENDING = re.compile(r"encrypt it with (pulumi config set --secret .*?)(?: \(and so on\))?, and renew it")


@pytest.fixture
def ready_made(world: World) -> World:
    """The ready-made stack as it stands at the top of the repository, without any variable of its own."""
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, world.stack.project / name)
    # Pulumi.yaml names this folder, and language hosts differ in whether they look at it.
    (world.stack.project / ".venv").symlink_to(sys.prefix)
    world.stack.environment.clear()
    assert world.stack.run("stack", "init", world.stack.name).code == 0
    return world


def configure_service(world: World) -> None:
    world.stack.set_config("useapi:baseUrl", world.emulator.base_url)
    world.stack.set_config("useapi:apiToken", world.emulator.api_token, secret=True)


def configure_account(world: World, name: str, account: str, *, max_jobs: int = 2, days: float = 30) -> None:
    for key, value in world.credentials(account, days=days).items():
        world.stack.set_config(f'useapi:accounts["{name}"].{key}', value, secret=True)
    world.stack.set_config(f'useapi:accounts["{name}"].maxJobs', str(max_jobs))


def drop_account(world: World, name: str) -> None:
    assert world.stack.run("config", "rm", "--path", f'useapi:accounts["{name}"]').code == 0


@contextmanager
def edited_config(world: World) -> Iterator[dict[str, Any]]:
    """The config of the stack's file, to be changed in an editor, so to speak."""
    file = world.stack.project / f"Pulumi.{world.stack.name}.yaml"
    document = yaml.safe_load(file.read_text()) if file.exists() else {}
    yield document.setdefault("config", {})
    file.write_text(yaml.safe_dump(document))


def test_every_entry_is_an_account_of_its_own(ready_made: World) -> None:
    world = ready_made
    configure_service(world)
    configure_account(world, "main", "302817465", max_jobs=2, days=30)
    configure_account(world, "team a.b", "517730018", max_jobs=3, days=20)

    preview = world.succeeded(world.stack.preview())
    assert "totalMaxJobs : 5" in preview.sentences
    assert '"302817465"' in preview.sentences
    world.succeeded(world.stack.up())

    stored = world.stack.resources(show_secrets=True)
    expiries = {name: stored[name]["outputs"]["jwtExpiry"] for name in ("main", "team a.b")}
    outputs = world.stack.outputs()
    assert f'earliestExpiry : "{expiries["team a.b"]}"' in preview.sentences, "known before the first up"
    assert outputs["earliestExpiryAccount"] == "team a.b"
    assert outputs["earliestExpiry"] == expiries["team a.b"] < expiries["main"]
    assert outputs["totalMaxJobs"] == 5
    flags = {"supportVideo": True, "supportChat": True, "supportAudio": True, "supportMusic": None}
    assert outputs["accounts"] == {
        "main": {"id": "302817465", "jwtExpiry": expiries["main"], "maxJobs": 2, **flags},
        "team a.b": {"id": "517730018", "jwtExpiry": expiries["team a.b"], "maxJobs": 3, **flags},
    }
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))

    drop_account(world, "team a.b")
    configure_account(world, "studio", "448190022")
    before = len(world.calls("POST"))
    world.succeeded(world.stack.up())
    assert set(world.served()) == {"302817465", "448190022"}
    assert len(world.calls("POST")) == before + 1
    assert len(world.calls("DELETE")) == 1
    assert world.stack.resources(show_secrets=True)["main"] == stored["main"], "one account touches no other"

    # Neither command runs the program: API token and base URL come from what `up` stored.
    world.succeeded(world.stack.refresh("--expect-no-changes"))
    world.succeeded(world.stack.destroy())
    assert world.served() == {}


def test_protect_and_retain_on_delete_are_pulumis_own_options(ready_made: World) -> None:
    world = ready_made
    configure_service(world)
    configure_account(world, "main", "302817465")
    configure_account(world, "kept", "517730018")
    world.stack.set_config("useapi:accounts.main.protect", "true")
    world.stack.set_config("useapi:accounts.kept.retainOnDelete", "true")
    world.succeeded(world.stack.up())
    stored = world.stack.resources()
    assert stored["main"]["protect"] is True
    assert stored["kept"]["retainOnDelete"] is True

    refused = world.stack.destroy()
    assert refused.code != 0
    assert "protect" in refused.text
    assert set(world.served()) == {"302817465", "517730018"}

    world.stack.set_config("useapi:accounts.main.protect", "false")
    world.succeeded(world.stack.up())
    world.succeeded(world.stack.destroy())
    assert set(world.served()) == {"517730018"}, "retainOnDelete leaves the account at the service"


def test_a_config_that_is_not_good_is_told_in_one_sentence(ready_made: World) -> None:
    world = ready_made
    world.refused(
        world.stack.preview(),
        "no account is configured in this stack: set one with pulumi config set --secret --path "
        "useapi:accounts.main.url, then .token the same way, and pulumi config set --path "
        "useapi:accounts.main.maxJobs 3",
    )
    configure_account(world, "main", "302817465")
    with edited_config(world) as config:
        good = config["useapi:accounts"]["main"]
    cases: list[tuple[dict[str, Any], str]] = [
        *((without(good, key), missing(key)) for key in ("url", "token", "maxJobs")),
        (
            good | {"max_jobs": 2},
            "useapi:accounts.main has a field that is not known, 'max_jobs': it may have url, token, maxJobs, "
            "subscription, adopt, protect, retainOnDelete",
        ),
        (
            good | {"protect": "perhaps"},
            "useapi:accounts.main.protect: it must be true or false: set it with pulumi config set --path "
            "'useapi:accounts.main.protect' true",
        ),
        (good | {"maxJobs": 11}, "maxJobs value {11} has a problem: it must be a whole number from 1 to 10"),
    ]
    for entry, sentence in cases:
        with edited_config(world) as config:
            config["useapi:accounts"] = {"main": entry}
        world.refused(world.stack.preview(), sentence)
    with edited_config(world) as config:
        config["useapi:accounts"] = {"main": good, "odd": "text"}
    world.refused(
        world.stack.preview(),
        "useapi:accounts.odd: it must hold url, token and maxJobs: set each with pulumi config set --path",
    )
    assert world.calls() == []


def without(entry: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != key}


def missing(key: str) -> str:
    command = "pulumi config set --path" if key == "maxJobs" else "pulumi config set --secret --path"
    return f"useapi:accounts.main.{key} is missing: set it with {command} 'useapi:accounts.main.{key}'"


def test_a_service_that_is_not_good_and_the_environment_that_wins(ready_made: World) -> None:
    world = ready_made
    configure_account(world, "main", "302817465")
    wrong = "user:4711-a-wrong-one-indeed"
    world.scan.plant("wrong API token", wrong)
    world.stack.set_config("useapi:apiToken", wrong, secret=True)
    with edited_config(world) as config:
        config["useapi:accounts"]["main"]["maxJobs"] = "2"  # in quotes, as a value set with --secret arrives too
        config["useapi:baseUrl"] = "http://useapi.example.com/v1/minimax"
    https = (
        "the base URL must use https, because plain http is only for this machine itself: correct useapi:baseUrl "
        "(USEAPI_BASE_URL), or unset it for useapi.net itself"
    )
    world.refused(world.stack.preview(), https)
    world.refused(world.stack.up(), https)

    # The environment wins over the config: first over its base URL, then over its API token too.
    world.stack.environment["USEAPI_BASE_URL"] = world.emulator.base_url
    world.refused(
        world.stack.up(),
        'useapi.net refused the API token (401 "Unauthorized"): it must be the whole token, with its "user:" prefix; '
        "set it again: pulumi config set --secret useapi:apiToken",
    )
    assert world.served() == {}
    assert world.stack.resources() == {}
    world.stack.environment["USEAPI_API_TOKEN"] = world.emulator.api_token
    world.succeeded(world.stack.up())
    assert set(world.served()) == {"302817465"}


def test_accounts_that_are_no_object(ready_made: World) -> None:
    ready_made.stack.set_config("useapi:accounts", "text")
    ready_made.refused(
        ready_made.stack.preview(),
        "useapi:accounts: it must be an object: set its entries with pulumi config set --path 'useapi:accounts.…'",
    )


def mend(world: World, refusal: Run, values: dict[str, str]) -> str:
    """Type the command that the refusal names, with the right value on its standard input; returns its path."""
    found = MENDING.search(refusal.sentences)
    assert found, refusal.text
    path = next(path for path in values if path in found[1].replace("'\\''", "'"))
    finished = subprocess.run(
        ["sh", "-c", found[1].replace("pulumi", str(world.stack.command), 1)],
        cwd=world.stack.project,
        env=world.stack.variables(),
        input=values[path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return path


def test_a_plaintext_secret_is_refused_until_the_named_command_mends_it(ready_made: World) -> None:
    world = ready_made
    world.stack.set_config("useapi:baseUrl", world.emulator.base_url)
    configure_account(world, "main", "302817465")
    main, odd = world.credentials("302817465"), world.credentials("517730018")
    plain = {
        "useapi:apiToken": world.emulator.api_token,
        "useapi:accounts.main.token": main["token"],
        'useapi:accounts["it\'s a.b"].url': odd["url"],
        'useapi:accounts["it\'s a.b"].token': odd["token"],
        "useapi:subscriptions.team-b.apiToken": "user:4712-Xq9fT2mW7bLk0Zr4",
        "useapi:spare[1].token": "a-token-in-a-list-of-things",
    }
    for path in ("useapi:subscriptions.team-b.apiToken", "useapi:spare[1].token"):
        world.scan.plant(path, plain[path])
    with edited_config(world) as config:
        secret = config["useapi:accounts"]["main"]["url"]
        config["useapi:apiToken"] = world.emulator.api_token
        config["useapi:accounts"]["main"]["token"] = main["token"]
        config["useapi:accounts"]["it's a.b"] = {**odd, "maxJobs": 3}
        config["useapi:subscriptions"] = {"team-b": {"apiToken": plain["useapi:subscriptions.team-b.apiToken"]}}
        config["useapi:spare"] = [{"token": secret}, {"token": plain["useapi:spare[1].token"]}]

    mended: list[str] = []
    while len(mended) < len(plain):
        refusal = world.refused(world.stack.preview(), "this secret stands in plaintext in the stack's config")
        for path in plain:
            assert (path in refusal.sentences) is (path not in mended), path
        mended.append(mend(world, refusal, plain))
    assert world.calls() == [], "nothing was sent while a secret stood in plaintext"

    world.succeeded(world.stack.up())
    assert set(world.served()) == {"302817465", "517730018"}


def test_plaintext_json_is_encrypted_as_a_whole(ready_made: World) -> None:
    world = ready_made
    configure_service(world)
    credentials = world.credentials("302817465")
    entries = f'{{"main": {{"url": "{credentials["url"]}", "token": "{credentials["token"]}", "maxJobs": 2}}}}'
    with edited_config(world) as config:
        config["useapi:accounts"] = entries

    refusal = world.refused(world.stack.preview(), "useapi:accounts: this secret stands in plaintext")
    mend(world, refusal, {"useapi:accounts": entries})

    world.succeeded(world.stack.up())
    assert set(world.served()) == {"302817465"}


def test_a_program_of_ones_own_refuses_plaintext_too(world: World) -> None:
    world.stack.declare(main=world.entry("302817465"))
    plain = {"useapi:subscriptions.team-a.apiToken": "user:4711-in-plaintext-in-the-file"}
    world.scan.plant("API token in plaintext", *plain.values())
    world.stack.set_config("useapi:subscriptions.team-b.apiToken", "user:4712-encrypted-this-one", secret=True)
    with edited_config(world) as config:
        config["useapi:subscriptions"]["team-a"] = {"apiToken": "user:4711-in-plaintext-in-the-file"}

    refusal = world.refused(
        world.stack.preview(),
        "useapi:subscriptions.team-a.apiToken: this secret stands in plaintext in the stack's config; encrypt it with "
        "pulumi config set --secret --path 'useapi:subscriptions.team-a.apiToken', and renew it where the file has "
        "been shared or committed",
    )
    assert world.calls() == []
    mend(world, refusal, plain)

    world.succeeded(world.stack.preview())
