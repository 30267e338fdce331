"""From an account's name to its url and token: log in by hand once, then read, in later months only read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pulumi_useapi.browser.by_hand import wait_for_log_in
from pulumi_useapi.browser.errors import BrowserError
from pulumi_useapi.browser.profiles import Profile, profile_of
from pulumi_useapi.browser.programs import find_browser
from pulumi_useapi.browser.reading import check_driver, read_credentials
from pulumi_useapi.capture import SITES, Captured

_STILL_LOGGED_IN = 30.0
"""Seconds in which a profile that was logged in last time shows that it still is."""
_AFTER_LOG_IN = 120.0
_HINT_AFTER = 15.0


def capture_with_browser(
    name: str, *, site: str = SITES[0], account: str | None = None, say: Callable[[str], None] = lambda _: None
) -> Captured:
    """Take an account's url and token from the site with the user's own browser.

    The first time, and when the log-in has ended since, the person logs in in a window of a separate lasting profile;
    then the browser starts again on it to read the site's own request, and closes.

    Args:
        name: the account's name, which has a profile of its own.
        site: the site's host.
        account: the id of the account that is wanted: somebody else's log-in in the profile is not taken for it.
        say: shows the person what is waited for, a line at a time.

    Raises:
        BrowserError: there is no browser or no driving library, it does not start, or the site showed no url and token.
        KeyboardInterrupt: Ctrl-C; no browser is left running.
    """
    check_driver()
    program = find_browser()
    profile = profile_of(name)
    profile.make()
    profile.refuse_if_in_use()
    if profile.logged_in:
        say(f"{name}: opening https://{site} as last time, to read url and token …")
        found = read_credentials(program, profile.folder, site, patience=_STILL_LOGGED_IN)
        if found and _is_of(found, account):
            return found
        profile.remember(logged_in=False)
        say(f"{name}: {_who(found)} there now")
    found = _log_in_and_read(program, profile, site, account, say)
    # Another user's is for the caller to judge, but the next time begins with a log-in.
    profile.remember(logged_in=_is_of(found, account))
    return found


def _who(found: Captured | None) -> str:
    if found is None:
        return "nobody is logged in"
    return f"account {found.claims.account} is logged in (log out first)"


def _is_of(found: Captured, account: str | None) -> bool:
    return account is None or found.claims.account == account


def _log_in_and_read(
    program: Path, profile: Profile, site: str, account: str | None, say: Callable[[str], None]
) -> Captured:
    who = f"account {account}" if account else "this account"
    closing = "quit it (Cmd-Q)" if sys.platform == "darwin" else "close its window"
    enter = "press Enter here or " if sys.stdin.isatty() else ""
    say(f"{profile.name}: a browser opens at https://{site}: log in there as the user of {who}")
    say(f"{profile.name}: when you are logged in, {enter}{closing}; Ctrl-C gives up")
    wait_for_log_in(program, profile.folder, f"https://{site}/")
    say(f"{profile.name}: reading url and token from the site; the browser opens once more and closes by itself …")
    found = read_credentials(
        program,
        profile.folder,
        site,
        patience=_AFTER_LOG_IN,
        slow_after=_HINT_AFTER,
        on_slow=lambda: say(
            f"{profile.name}: the site has not asked for your videos yet: open the page with your own videos in that window"
        ),
    )
    if found is None:
        raise BrowserError(
            f"{profile.name}: the site has not made its /cursor request with a token for {_AFTER_LOG_IN:.0f} seconds: "
            "run this again and log in, or paste what the browser copies instead"
        )
    return found
