"""The whole life of an account: up, no change, update of each property, replace, drift, destroy."""

from __future__ import annotations

from typing import Any

from tests.engine.conftest import World


def expect_settled(world: World) -> None:
    """Neither the program nor the server asks for anything more."""
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))
    world.succeeded(world.stack.refresh("--expect-no-changes"))


def test_first_up_then_nothing_changes_then_destroy(world: World) -> None:
    entry = world.entry("302817465")
    world.stack.declare(main=entry)

    world.succeeded(world.stack.up())

    assert set(world.served()) == {"302817465"}
    outputs = world.stack.outputs()["main"]
    assert outputs == {"account": "302817465", "jwtExpiry": outputs["jwtExpiry"], "maxJobs": 2}
    expect_stored(world, entry)
    before = len(world.calls())
    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))
    assert len(world.calls()) == before, "a preview without changes makes no request"
    world.succeeded(world.stack.refresh("--expect-no-changes"))

    world.succeeded(world.stack.destroy())
    assert world.served() == {}
    assert world.stack.resources() == {}


def expect_stored(world: World, entry: dict[str, Any]) -> None:
    """All outputs are in the state, the secret ones encrypted, and the provider is its import path."""
    main = world.stack.resources()["main"]
    assert main["id"] == "302817465"
    outputs = main["outputs"]
    assert outputs["account"] == "302817465"
    assert outputs["maxJobs"] == 2
    assert (outputs["supportVideo"], outputs["supportChat"], outputs["supportAudio"]) == (True, True, True)
    assert outputs["host"] == "hailuoai.video"
    assert outputs["owner"].endswith("@" + world.emulator.base_url)
    for properties in (main["inputs"], outputs):
        for name in ("url", "token"):
            assert "ciphertext" in properties[name], f"{name} is stored in the clear"
    shown = world.stack.resources(show_secrets=True)["main"]["outputs"]
    assert shown["token"]["plaintext"] == f'"{entry["token"]}"'
    assert len(outputs["__provider"]) < 200, "the provider must be stored as its import path"


def test_update_of_max_jobs(world: World) -> None:
    entry = world.entry("302817465")
    world.stack.declare(main=entry)
    world.succeeded(world.stack.up())
    stored = world.stack.resources()["main"]["outputs"]

    world.stack.declare(main=entry | {"max_jobs": 3})
    preview = world.succeeded(world.stack.preview())
    assert "~ maxJobs : 2 => 3" in preview.sentences
    world.succeeded(world.stack.up())

    assert world.served()["302817465"]["maxJobs"] == 3
    updated = world.stack.resources()["main"]["outputs"]
    kept = set(stored) - {"maxJobs", "revision", "url", "token"}
    assert {key: updated[key] for key in kept} == {key: stored[key] for key in kept}
    assert updated["maxJobs"] == 3
    expect_settled(world)


def test_rotation_is_an_update_in_place_with_a_readable_preview(world: World) -> None:
    world.stack.declare(main=world.entry("302817465", days=3))
    world.succeeded(world.stack.up())
    old = world.stack.resources()["main"]

    world.stack.declare(main=world.entry("302817465", days=30))
    preview = world.succeeded(world.stack.preview())

    new_expiry = world.stack.resources()["main"]["outputs"]["jwtExpiry"]
    assert f'~ jwtExpiry: "{new_expiry}" => "' in preview.sentences
    assert "update" in preview.text
    assert "replace" not in preview.text
    world.succeeded(world.stack.up())
    main = world.stack.resources()["main"]
    assert main["id"] == old["id"]
    assert main["outputs"]["jwtExpiry"] > old["outputs"]["jwtExpiry"]
    assert main["outputs"]["serverExpiry"] == main["outputs"]["jwtExpiry"]
    assert len(world.served()) == 1
    assert world.calls("DELETE") == []
    expect_settled(world)

    world.stack.declare(main=world.entry("302817465", days=10))
    stale = world.succeeded(world.stack.preview())
    assert "warning: account 302817465 gets an older token" in stale.sentences


def test_a_url_that_differs_only_in_unix_is_no_change(world: World) -> None:
    """Nor is blank space around url and token, which is not sent, as little as that around the API token."""
    entry = world.entry("302817465")
    world.stack.environment["USEAPI_API_TOKEN"] += "\n"
    world.stack.declare(main=entry | {"url": f" {entry['url']}\n", "token": f"{entry['token']}\r\n"})
    world.succeeded(world.stack.up())

    world.stack.declare(main=entry)
    expect_settled(world)
    head, _, _ = entry["url"].partition("unix=")
    world.stack.declare(main=entry | {"url": f"{head}unix=1799999999999"})

    world.succeeded(world.stack.run("preview", "--diff", "--expect-no-changes"))
    world.stack.declare(main=entry | {"url": entry["url"].replace("os_name=Windows", "os_name=Linux")})
    assert "update" in world.succeeded(world.stack.preview()).text
    world.succeeded(world.stack.up())
    expect_settled(world)


def test_another_users_token_replaces(world: World) -> None:
    world.stack.declare(main=world.entry("302817465"))
    world.succeeded(world.stack.up())

    world.stack.declare(main=world.entry("517730018"))
    preview = world.succeeded(world.stack.preview())
    assert "replace" in preview.text
    assert '~ account : "302817465" => "517730018"' in preview.sentences
    world.succeeded(world.stack.up())

    assert set(world.served()) == {"517730018"}
    assert world.stack.resources()["main"]["id"] == "517730018"
    expect_settled(world)


def test_get_looks_an_account_up_without_managing_it(world: World) -> None:
    world.stack.declare(main=world.entry("302817465"))
    world.succeeded(world.stack.up())
    world.stack.write_program(
        """
import json, pathlib
import pulumi
from pulumi_useapi import MiniMaxAccount

entry = json.loads(pathlib.Path("accounts.json").read_text())["main"]
MiniMaxAccount("main", **entry)
found = MiniMaxAccount.get("found", "302817465")
for name in ("account", "max_jobs", "server_expiry", "support_video", "host", "error"):
    pulumi.export(name, getattr(found, name))
"""
    )

    world.succeeded(world.stack.up())

    outputs = world.stack.outputs()
    assert outputs["account"] == "302817465"
    assert outputs["max_jobs"] == 2
    assert outputs["support_video"] is True
    assert outputs["server_expiry"].endswith("Z")
    world.succeeded(world.stack.destroy())
    assert world.served() == {}


def test_get_of_an_account_that_is_not_there(world: World) -> None:
    world.stack.write_program('from pulumi_useapi import MiniMaxAccount\n\nMiniMaxAccount.get("found", "302817465")\n')
    world.refused(world.stack.up(), "account 302817465 is not configured in subscription")


def test_secrets_stay_secret_in_stack_outputs(world: World) -> None:
    world.stack.declare(main=world.entry("302817465"))
    world.stack.write_program(
        """
import json, pathlib
import pulumi
from pulumi_useapi import MiniMaxAccount

entry = json.loads(pathlib.Path("accounts.json").read_text())["main"]
main = MiniMaxAccount("main", **entry)
pulumi.export("main-url", main.url)
pulumi.export("main-token", main.token)
"""
    )
    said = world.succeeded(world.stack.up()).sentences
    assert "main-token: [secret]" in said
    assert "main-url : [secret]" in said


OPTIONAL_OUTPUTS = (
    *("subscription", "jwt_issued", "server_expiry", "server_issued", "host", "error", "revision"),
    *("support_video", "support_chat", "support_audio", "support_music"),
)


def test_outputs_that_the_api_leaves_out_are_none_not_unknown(world: World) -> None:
    world.stack.declare(main=world.entry("302817465"))
    world.stack.write_program(
        f"""
import json, pathlib
import pulumi
from pulumi_useapi import MiniMaxAccount

main = MiniMaxAccount("main", **json.loads(pathlib.Path("accounts.json").read_text())["main"])
for name in {OPTIONAL_OUTPUTS!r}:
    pulumi.export(name, getattr(main, name))
pulumi.export("music", main.support_music.apply(lambda it: f"music: {{it}}"))
"""
    )
    first = world.succeeded(world.stack.preview())
    assert "support_video: [unknown]" in first.sentences
    world.succeeded(world.stack.up())

    preview = world.succeeded(world.stack.preview())

    assert "[unknown]" not in preview.text
    assert "--outputs:--" not in preview.text, "no output changes"
    assert world.stack.outputs()["music"] == "music: None"
    world.emulator.set_behaviour(omit=["jwt", *("supportVideo", "supportChat", "supportAudio")])
    world.succeeded(world.stack.destroy())
    world.succeeded(world.stack.up())
    assert "[unknown]" not in world.succeeded(world.stack.preview()).text
