"""Captures one account: gets its credentials, checks, shows and stores them. `capture` and `rotate` both do it so."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from pulumi_useapi import config_size
from pulumi_useapi.capture import SITES, Captured
from pulumi_useapi.cli import capture_messages, clipboard, configured_accounts, exits, screen, sources, storing
from pulumi_useapi.cli.screen import note, waiting_for
from pulumi_useapi.cli.sources import Source, Taken, Wanted
from pulumi_useapi.cli.storing import Change, Stack, Wishes
from pulumi_useapi.messages import config_path, date


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line.

    Attributes:
        file: read this; ``-`` is standard input.
        use_clipboard: read the clipboard, and nothing else.
        use_browser: use the person's own browser.
        sites: hosts that are MiniMax's.
        wishes: what else to store.
        account: the id it must be of, None where any will do.
        dry_run: store nothing.
        yes: ask nothing.
        is_part: more is done afterwards, so what comes next is not said here.
    """

    file: Path | None = None
    use_clipboard: bool = False
    use_browser: bool = False
    sites: Sequence[str] = SITES
    wishes: Wishes = field(default_factory=Wishes)
    account: str | None = None
    dry_run: bool = False
    yes: bool = False
    is_part: bool = False

    def may_ask(self) -> bool:
        """Whether somebody can be asked, and wants to be."""
        return screen.is_attended() and not self.yes and not self.dry_run


def capture_one(stack: Stack, name: str, options: Options) -> bool:
    """Capture one account: get its credentials, check, show and store them.

    Args:
        stack: where they go.
        name: the account's name there.
        options: how.

    Returns:
        Whether something was stored.

    Raises:
        UseApiError: nothing usable was given, or it could not be stored; nothing was changed.
        click.Abort: the person gave up; nothing was changed.
    """
    storing.check_place(stack, name)
    taken = take(_wanted(stack, name, options), options)
    _show(name, taken.found, stack)
    options = _with_adoption(stack, name, taken.found, options)
    new = storing.changes(stack, name, taken.found, options.wishes)
    if name not in stack.entries and (warning := config_size.warning(storing.size_with(stack, name, new))):
        note(f"with {name}, {warning}")
    if why_not := _why_not_stored(stack, name, taken.found, new, options):
        screen.out().print(why_not)
        return False
    with waiting_for(f"storing it in stack {stack.name}"):
        storing.store(stack, new)
    screen.out().print(capture_messages.stored_values(stack.name, name, new))
    with _after_storing():
        _finish(stack, taken, options)
    return True


def _wanted(stack: Stack, name: str, options: Options) -> Wanted:
    """What is looked for, judged by what the stack has stored under the name."""
    stored = stack.claims(name)

    def accept(found: Captured) -> None:
        if options.account not in (None, found.claims.account):
            raise storing.RefusedError(
                f"these credentials are of account {found.claims.account}: log in as the user of account {options.account}"
            )
        storing.check(stack, name, found, options.wishes, datetime.now(timezone.utc))
        if _waits(options) and not storing.changes(stack, name, found, options.wishes):
            raise storing.RefusedError(f"these are the credentials that {name} has in stack {stack.name} already")

    account = stored.account if stored and not options.wishes.replace else options.account
    return Wanted(name, account, _sites(stack.entry(name), options.sites), accept)


def _why_not_stored(stack: Stack, name: str, found: Captured, new: Sequence[Change], options: Options) -> str | None:
    """What is said where nothing is to be stored; None where all is to be. The person is asked about a new account."""
    if not new:
        return f"stack {stack.name} has these very credentials already: nothing to do"
    if options.dry_run:
        return f"dry run: nothing was stored; it would be {', '.join(change.path for change in new)}"
    replaces_none = stack.claims(name) is None or options.wishes.replace
    is_new = replaces_none and not storing.has_credentials(stack.entry(name), found)
    if is_new and options.may_ask() and not click.confirm(f"Store it in stack {stack.name}?", default=True, err=True):
        return "nothing was stored"
    return None


def _sites(stored: Mapping[str, Any], sites: Sequence[str]) -> list[str]:
    """The sites, with the one of the stored url on top: that is where the person is sent."""
    host = urlsplit(str(stored.get("url", ""))).hostname or ""
    return sorted(sites, key=lambda site: not f".{host}".endswith(f".{site}"))


def _waits(options: Options) -> bool:
    """Whether the person is waited for, so that what does not fit is told, and the next one tried."""
    is_chosen = options.file is not None or options.use_clipboard or options.use_browser
    return not is_chosen and sys.stdin.isatty()


def take(wanted: Wanted, options: Options) -> Taken:
    """Get credentials from where the options say.

    Raises:
        UseApiError: nothing usable was given.
        click.Abort: the terminal was closed.
    """
    if options.use_browser:
        return sources.from_browser(wanted)
    if options.use_clipboard:
        return sources.from_clipboard(wanted)
    if _waits(options):
        try:
            return sources.at_terminal(wanted)
        except EOFError:
            raise click.Abort from None
    return sources.from_file(wanted, options.file or Path("-"))


def _show(name: str, found: Captured, stack: Stack) -> None:
    screen.out().print(capture_messages.credentials(name, found, stack.claims(name), datetime.now(timezone.utc)))
    if not found.is_cursor:
        note("the url is of another request than the one to cursor: if useapi.net refuses it, copy that one")


def _with_adoption(stack: Stack, name: str, found: Captured, options: Options) -> Options:
    """The options, with `adopt` where the account has to be taken over and the person wants it."""
    stored, wishes = stack.entry(name), options.wishes
    is_known = (claims := stack.claims(name)) is not None and claims.account == found.claims.account
    if is_known or wishes.adopt or stored.get("adopt") is True:
        return options
    subscription = wishes.subscription or stored.get("subscription")
    with waiting_for("asking useapi.net whether it has the account already"):
        there = configured_accounts.configured_account(stack, subscription, found.claims.account, note)
    if there is None or not configured_accounts.has_other_credentials(there, found.claims.exp):
        return options
    until = f", good until {date(there.exp)}" if there.exp is not None else ""
    note(f"account {found.claims.account} is configured at useapi.net already, with other credentials{until}")
    if options.may_ask():
        if click.confirm("Let this stack take it over (adopt)?", default=False, err=True):
            return replace(options, wishes=replace(wishes, adopt=True))
        return options
    command = f"pulumi config set --path {config_path(name, 'adopt')} true"
    note(f"pulumi up will refuse it until this stack may take it over: --adopt, or {command}")
    return options


def _finish(stack: Stack, taken: Taken, options: Options) -> None:
    if not options.is_part:
        say_next_step(stack)
    advice = capture_messages.left_behind(taken.source, options.file)
    if advice:
        screen.err().print(advice)
    if taken.source is Source.CLIPBOARD:
        _offer_to_clear(options)


def say_next_step(stack: Stack) -> None:
    """Say what is to be done with what is stored."""
    screen.err().print(capture_messages.next_step(stack.project.config_file(), stack.project.folder))


def _offer_to_clear(options: Options) -> None:
    if not options.may_ask():
        screen.err().print("the clipboard still holds the secrets: copy something else")
    elif click.confirm("Clear the clipboard? It still holds the secrets", default=True, err=True):
        try:
            clipboard.clear()
        except clipboard.ClipboardError as problem:
            note(str(problem))


@contextmanager
def _after_storing() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        click.echo("\ninterrupted: the credentials are stored", err=True)
        raise SystemExit(exits.INTERRUPTED) from None
