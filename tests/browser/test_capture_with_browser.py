"""Taking url and token from the site: a real browser, a log-in by hand, then reading over the debugging pipe."""

from __future__ import annotations

import stat
import threading
from datetime import datetime, timedelta, timezone

import pytest

from pulumi_useapi.browser import BrowserError, capture_with_browser, forget, steps
from pulumi_useapi.browser.profiles import profile_of
from pulumi_useapi.emulator.sample import Credentials, make_credentials
from tests.browser.person import Person, listening_ports
from tests.browser.site import Site

NOW = datetime.now(timezone.utc)
DEBUGGING = "--remote-debugging"


def credentials(account: str, days: float = 30) -> Credentials:
    return make_credentials(account, expires=NOW + timedelta(days=days))


@pytest.mark.parametrize("cookie", ["Max-Age=2592000", "SameSite=Lax"], ids=["lasting cookie", "cookie of the session"])
def test_log_in_once_then_only_read_each_month(site: Site, person: Person, cookie: str) -> None:
    site.cookie_life = cookie
    first, second = credentials("101", 30), credentials("101", 60)
    said: list[str] = []
    ports: list[list[int]] = []
    site.ask(cursor=first, other=credentials("999"))
    with person.at_the_browser():
        found = capture_with_browser("main", say=said.append)
    assert (found.url, found.token) == first
    by_hand, reading = person.starts
    assert DEBUGGING not in by_hand.command
    assert f"{DEBUGGING}-pipe" in reading.command
    assert f"{DEBUGGING}-port" not in reading.command
    assert "log in there as the user of this account" in said[0]

    site.ask(cursor=second, other=credentials("999"))
    site.on_cursor = lambda: ports.append(listening_ports(person.starts[-1].pid))
    said.clear()
    found = capture_with_browser("main", say=said.append)
    assert (found.url, found.token) == second
    assert len(person.starts) == 3, "the month after, nobody has to log in"
    assert ports
    assert not any(ports), "the browser listens on a TCP port"
    assert said == ["main: opening https://hailuoai.video as last time, to read url and token …"]
    assert not [line for line in said if first.token in line or first.url in line]


def test_a_log_in_that_has_ended_is_asked_for_again(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_STILL_LOGGED_IN", 1.5)
    site.ask(cursor=credentials("101"), other=credentials("999"))
    with person.at_the_browser():
        capture_with_browser("main")
    site.log_out()
    site.seen.clear()
    site.typed.clear()
    said: list[str] = []
    asked = threading.Event()

    def listen(line: str) -> None:
        said.append(line)
        if "nobody is logged in" in line:
            asked.set()

    with person.at_the_browser(asked=asked):
        capture_with_browser("main", say=listen)
    assert "main: nobody is logged in there now" in said
    assert len(person.starts) == 5


def test_names_have_profiles_of_their_own_that_can_be_forgotten(site: Site, person: Person) -> None:
    site.ask(cursor=credentials("101"), other=credentials("999"))
    with person.at_the_browser():
        capture_with_browser("main")
    folder = profile_of("main").folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert profile_of("Main").folder.name.lower() != folder.name.lower()
    assert not profile_of("studio").logged_in
    assert not forget("studio")
    assert forget("main")
    assert not folder.exists()
    assert not forget("main")


def test_a_window_closed_without_a_log_in_is_one_sentence(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_AFTER_LOG_IN", 1.5)
    monkeypatch.setattr(steps, "_HINT_AFTER", 0.5)
    said: list[str] = []
    with (
        person.closing_the_window(),
        pytest.raises(BrowserError, match=r"^main: the site has not made its /cursor request with a token"),
    ):
        capture_with_browser("main", say=said.append)
    assert "open the page with your own videos" in said[-1]
    assert not profile_of("main").logged_in


@pytest.mark.parametrize(
    ("cursor", "refused"),
    [(credentials("101", -1), 0), (credentials("101"), 401)],
    ids=["token expired", "refused by the site"],
)
def test_credentials_that_are_no_longer_good_are_not_taken(
    site: Site, person: Person, monkeypatch: pytest.MonkeyPatch, cursor: Credentials, refused: int
) -> None:
    monkeypatch.setattr(steps, "_AFTER_LOG_IN", 2.0)
    site.refused = refused
    site.ask(cursor=cursor, other=credentials("999"))
    with person.at_the_browser(), pytest.raises(BrowserError) as caught:
        capture_with_browser("main")
    assert cursor.token not in str(caught.value)


def test_a_profile_in_use_is_left_alone(site: Site, person: Person) -> None:
    refusals = []

    def meanwhile() -> None:
        for attempt in (lambda: capture_with_browser("main"), lambda: forget("main")):
            with pytest.raises(BrowserError, match="already open on the profile of main") as caught:
                attempt()
            refusals.append(caught)

    site.ask(cursor=credentials("101"), other=credentials("999"))
    with person.at_the_browser(meanwhile):
        capture_with_browser("main")
    assert len(refusals) == 2
    assert len(person.starts) == 2


def test_another_users_log_in_is_not_taken_for_the_accounts(site: Site, person: Person) -> None:
    site.ask(cursor=credentials("777"), other=credentials("999"))
    with person.at_the_browser():
        capture_with_browser("main")
    said: list[str] = []
    asked = threading.Event()

    def listen(line: str) -> None:
        said.append(line)
        if "account 777 is logged in (log out first)" in line:
            site.log_out()
            site.seen.clear()
            site.ask(cursor=credentials("101"), other=credentials("999"))
            asked.set()

    with person.at_the_browser(asked=asked):
        found = capture_with_browser("main", account="101", say=listen)
    assert found.claims.account == "101"
    assert "log in there as the user of account 101" in said[2]
    assert profile_of("main").logged_in
