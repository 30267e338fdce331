"""Whether captured credentials may take their place in a stack, and what is stored."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pulumi_useapi.capture import Captured, captured
from pulumi_useapi.cli import capture_messages
from pulumi_useapi.cli.pulumi_project import PulumiProject
from pulumi_useapi.cli.sources import Source
from pulumi_useapi.cli.storing import RefusedError, Stack, Wishes, changes, check, has_credentials
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import ConfigurationError, ExpiredTokenError

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def credentials(account: str, days: float = 30) -> Captured:
    return captured(*make_credentials(account, expires=NOW + timedelta(days=days)))


def entry(found: Captured, **fields: Any) -> dict[str, Any]:
    return {"url": found.url, "token": found.token, "maxJobs": 2, **fields}


def stack(**entries: Any) -> Stack:
    return Stack(PulumiProject(Path(), "prod"), {"useapi:accounts": entries})


def stored(of: Stack, name: str, found: Captured, wishes: Wishes | None = None) -> dict[str, tuple[str, bool]]:
    new = changes(of, name, found, wishes or Wishes())
    return {change.path: (change.value, change.is_secret) for change in new}


def refused(of: Stack, name: str, found: Captured, wishes: Wishes | None = None) -> str:
    with pytest.raises(RefusedError) as caught:
        check(of, name, found, wishes or Wishes(), NOW)
    return str(caught.value)


def test_a_new_account() -> None:
    found = credentials("101")
    check(stack(), "main", found, Wishes(), NOW)
    assert stored(stack(), "main", found) == {
        "useapi:accounts.main.url": (found.url, True),
        "useapi:accounts.main.token": (found.token, True),
        "useapi:accounts.main.maxJobs": ("3", False),
    }
    wishes = Wishes(max_jobs=4, subscription="team-b", adopt=True)
    assert list(stored(stack(), "a.b", found, wishes)) == [
        *('useapi:accounts["a.b"].url', 'useapi:accounts["a.b"].token', 'useapi:accounts["a.b"].maxJobs'),
        *('useapi:accounts["a.b"].subscription', 'useapi:accounts["a.b"].adopt'),
    ]


def test_a_newer_token_takes_the_place_and_leaves_the_rest() -> None:
    old, new = credentials("101", 3), credentials("101", 30)
    there = stack(main=entry(old, subscription="team-b"))
    check(there, "main", new, Wishes(), NOW)
    assert stored(there, "main", new) == {
        "useapi:accounts.main.url": (new.url, True),
        "useapi:accounts.main.token": (new.token, True),
    }
    assert (
        stored(there, "main", new, Wishes(max_jobs=2, subscription="team-b")).keys()
        == stored(there, "main", new).keys()
    )


def test_the_same_credentials_need_nothing_whenever_the_call_was() -> None:
    found = credentials("101")
    there = stack(main=entry(found))
    later = captured(found.url.replace("unix=", "unix=9"), found.token)
    check(there, "main", later, Wishes(), NOW)
    assert stored(there, "main", later) == {}
    assert stored(there, "main", later, Wishes(max_jobs=5)) == {"useapi:accounts.main.maxJobs": ("5", False)}
    other_device = captured(found.url.replace("uuid=", "uuid=9"), found.token)
    assert not has_credentials(there.entry("main"), other_device)
    assert len(stored(there, "main", other_device)) == 2


def test_another_account_is_refused_unless_told() -> None:
    there = stack(main=entry(credentials("101")))
    assert refused(there, "main", credentials("202")) == (
        "main is account 101 in stack prod, and these credentials are of account 202: log in as the user of account 101, or "
        "capture these under another name; with --replace main becomes account 202, and the next pulumi up removes account "
        "101 from useapi.net"
    )
    check(there, "main", credentials("202", 1), Wishes(replace=True), NOW)


def test_an_older_token_is_refused_unless_told() -> None:
    there = stack(main=entry(credentials("101", 30)))
    assert refused(there, "main", credentials("101", 20)) == (
        "main has a newer token already, good until 2026-12-23, and this one is good until 2026-12-13: copy a fresh request, "
        "or say --replace"
    )
    check(there, "main", credentials("101", 20), Wishes(replace=True), NOW)


def test_of_two_that_end_together_the_one_issued_earlier_is_older() -> None:
    ends = NOW + timedelta(days=30)
    early, late = (
        captured(*make_credentials("101", expires=ends, issued=NOW - timedelta(hours=hours))) for hours in (5, 1)
    )
    check(stack(main=entry(early)), "main", late, Wishes(), NOW)
    assert "newer token already" in refused(stack(main=entry(late)), "main", early)


@pytest.mark.parametrize("replace", [False, True])
def test_an_account_has_one_name_in_a_stack(replace: bool) -> None:
    there = stack(main=entry(credentials("101")), studio=entry(credentials("202")))
    sentence = refused(there, "studio", credentials("101"), Wishes(replace=replace))
    assert sentence.startswith("account 101 is main in stack prod already: renew it with pulumi-useapi capture main")


@pytest.mark.parametrize("there", [None, "junk", {}, {"token": "junk"}, {"token": 5, "url": 6}])
def test_what_is_there_and_cannot_be_read_stops_nothing(there: object) -> None:
    check(stack(main=there), "main", credentials("101"), Wishes(), NOW)
    assert len(stored(stack(main=there), "main", credentials("101"))) == 3


def test_a_dead_token_is_refused() -> None:
    with pytest.raises(ExpiredTokenError, match=r"of account 101 expired on 2026-11-22"):
        check(stack(), "main", credentials("101", -1), Wishes(replace=True), NOW)


@pytest.mark.parametrize("name", ["", "a b", "a'b", '"', "-x", "a/b", "x" * 65, "ä"])
def test_bad_names_are_refused_for_new_accounts_only(name: str) -> None:
    assert "is no good name for an account" in refused(stack(), name, credentials("101"))
    check(stack(**{name: entry(credentials("101"))}), name, credentials("101"), Wishes(), NOW)


def test_accounts_stored_as_one_text_are_refused() -> None:
    text = Stack(PulumiProject(Path(), "prod"), {"useapi:accounts": '{"main": {}}'})
    assert "is one text in stack prod, and setting a part of it would drop the rest" in refused(
        text, "main", credentials("101")
    )
    junk = Stack(PulumiProject(Path(), "prod"), {"useapi:accounts": "junk"})
    with pytest.raises(ConfigurationError, match=r"^useapi:accounts: it must be an object"):
        check(junk, "main", credentials("101"), Wishes(), NOW)


@pytest.mark.parametrize(
    ("there", "says"),
    [
        ({}, "(30 days)"),
        (entry(credentials("101", 3)), "(30 days, 27 days more than the stored token)"),
        (entry(credentials("101", 29)), "(30 days, 1 day more than the stored token)"),
        (entry(credentials("101", 40)), "(30 days, 10 days less than the stored token)"),
        (entry(credentials("101", 30.2)), "(30 days, about as long as the stored token)"),
        (entry(credentials("101", -2)), "(30 days; the stored token expired on 2026-11-21)"),
        (entry(credentials("202", 2)), "(30 days, in place of account 202)"),
    ],
)
def test_what_a_person_reads(there: Mapping[str, Any], says: str) -> None:
    before = stack(main=there).claims("main")
    assert capture_messages.credentials("main", credentials("101"), before, NOW) == (
        f"main: account 101 at hailuoai.video, good until 2026-12-23 {says}"
    )


def test_what_was_stored() -> None:
    found = credentials("101")
    new = changes(stack(), "main", found, Wishes(adopt=True))
    assert capture_messages.stored_values("prod", "main", new) == (
        "stored in stack prod: useapi:accounts.main: url and token (encrypted), maxJobs = 3, adopt = true"
    )
    new = changes(stack(main=entry(found)), "main", found, Wishes(max_jobs=1))
    assert (
        capture_messages.stored_values("prod", "main", new) == "stored in stack prod: useapi:accounts.main: maxJobs = 1"
    )
    assert found.token not in repr(new)


def test_the_next_step_depends_on_git(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.touch()
    assert capture_messages.next_step(file, tmp_path) == "next: pulumi up"
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert capture_messages.next_step(file, tmp_path) == (
        "next: git commit Pulumi.prod.yaml (its secrets are encrypted), then pulumi up, or push"
    )
    assert str(file) in capture_messages.next_step(file, tmp_path / "elsewhere")
    (tmp_path / ".gitignore").write_text("Pulumi.*.yaml\n")
    assert capture_messages.next_step(file, tmp_path) == "next: pulumi up"


def test_what_should_go() -> None:
    assert capture_messages.left_behind(Source.PIPE, None) is None
    assert capture_messages.left_behind(Source.FILE, Path("copied.txt")) == "delete copied.txt: it holds the secrets"
    assert capture_messages.left_behind(Source.FILE, Path("site.HAR")) == (
        "delete site.HAR: it holds the secrets, and a HAR file holds every cookie of that session too"
    )


def test_names_of_environment_variables() -> None:
    assert [name for name, _ in capture_messages.variables("studio-a.b", credentials("101"))] == [
        "MINIMAX_URL_STUDIO_A_B",
        "MINIMAX_TOKEN_STUDIO_A_B",
    ]
