"""Where credentials come from: a file, standard input, the clipboard, a paste into the terminal, the user's browser."""

from __future__ import annotations

import codecs
import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pulumi_useapi.capture import Captured, NotUsableError, choose, read_requests
from pulumi_useapi.capture.request import OtherFormError
from pulumi_useapi.capture.url_and_token import read_values
from pulumi_useapi.cli import clipboard, screen
from pulumi_useapi.errors import UseApiError

_LARGEST = 256 * 1024 * 1024

Accept = Callable[[Captured], None]
"""Judges credentials for their place; raises UseApiError where they do not fit."""


class Source(Enum):
    """Where credentials came from."""

    FILE = "file"
    PIPE = "pipe"
    CLIPBOARD = "clipboard"
    PASTE = "paste"
    BROWSER = "browser"


@dataclass(frozen=True)
class Taken:
    """Credentials that were taken.

    Attributes:
        found: the credentials.
        source: where they came from.
    """

    found: Captured
    source: Source


@dataclass(frozen=True)
class Wanted:
    """What is looked for.

    Attributes:
        name: the name of the account.
        account: its id, None where any will do.
        sites: hosts that are MiniMax's.
        accept: judges what is found.
    """

    name: str
    account: str | None
    sites: Sequence[str]
    accept: Accept

    def find(self, text: str) -> Captured:
        """The credentials in a text.

        Raises:
            UseApiError: there are none, or they do not fit.
        """
        found = choose(read_requests(text), account=self.account, sites=self.sites)
        self.accept(found)
        return found


def from_file(wanted: Wanted, path: Path) -> Taken:
    """Take them from a file; ``-`` is standard input.

    Raises:
        UseApiError: it cannot be read, or holds none that fit.
    """
    is_pipe = str(path) == "-"
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if is_pipe else path.open("rb") as file:
            text = _text(file.read(_LARGEST + 1))
    except OSError as problem:
        raise NotUsableError(f"{path} cannot be read: {problem.strerror}") from None
    if not text.strip():
        raise NotUsableError(
            f"{'standard input' if is_pipe else path} is empty: it must hold the request that carries the credentials, as "
            "a browser copies it"
        )
    return Taken(wanted.find(text), Source.PIPE if is_pipe else Source.FILE)


def from_clipboard(wanted: Wanted) -> Taken:
    """Take them from the clipboard.

    Raises:
        UseApiError: it cannot be read, or holds none that fit.
    """
    return Taken(wanted.find(clipboard.read()), Source.CLIPBOARD)


def from_browser(wanted: Wanted) -> Taken:
    """Take them from the site with the user's own browser.

    Raises:
        UseApiError: there is no browser, or it did not show any that fit.
    """
    from pulumi_useapi.browser import capture_with_browser  # loads what only this needs

    found = capture_with_browser(wanted.name, site=wanted.sites[0], account=wanted.account, say=screen.err().print)
    wanted.accept(found)
    return Taken(found, Source.BROWSER)


def at_terminal(wanted: Wanted) -> Taken:
    """Take them from the clipboard where it holds some; else say what to copy, and wait for it.

    Raises:
        EOFError: the terminal was closed.
    """
    from pulumi_useapi.cli.pasting import try_copied, wait_for_text

    def take(text: str, is_copied: bool) -> Taken | None:
        if is_copied and not read_requests(text):
            return None  # somebody copies other things too
        return Taken(wanted.find(text), Source.CLIPBOARD if is_copied else Source.PASTE)

    def refuse(text: str, is_copied: bool, problem: UseApiError) -> None:
        what = "what is in the clipboard" if is_copied else "this"
        reason = _what_lacks(text) or str(problem)
        screen.err().print(f"cannot take {what}: {reason}", style="yellow")

    held = _held()
    taken = try_copied(take, refuse, held) if held else None
    if taken is None:
        screen.err().print(_instructions(wanted, has_clipboard=held is not None))
        taken = wait_for_text(take, refuse, copied=held)
    return taken


def _held() -> str | None:
    """What the clipboard holds, None where it cannot be looked at."""
    try:
        return clipboard.read()
    except clipboard.ClipboardError:
        return None


def _instructions(wanted: Wanted, *, has_clipboard: bool) -> str:
    who = f" as the user of account {wanted.account}" if wanted.account else ""
    how = (
        "It is taken from the clipboard as you copy it; or paste it here, unseen."
        if has_clipboard
        else "Then paste it here, unseen. (With xclip or wl-clipboard it needs no pasting.)"
    )
    return (
        f"\n{wanted.name}: copy one request of the site in the browser\n"
        f"  1  open https://{wanted.sites[0]} and log in{who}\n"
        "  2  developer tools (F12), tab Network: type  cursor  into the filter, reload\n"
        "  3  right-click the request  cursor?… , then Copy, then Copy as cURL\n"
        f"{how}\nCtrl-C gives up.\n"
    )


def _what_lacks(text: str) -> str | None:
    """What to do about a paste that is no request; None where the text is one."""
    try:
        found = read_values(text)
    except OtherFormError:
        found = {}
    if found.get("url") and not found["token"]:
        return "it is an address alone: paste the value of the request's header token too"
    if found.get("token") and not found["url"]:
        return "it is the token alone: paste the request's url too"
    if read_requests(text) is None:
        return "it is no request as a browser copies it, or it is cut off: copy it again"
    return None


def _text(data: bytes) -> str:
    if len(data) > _LARGEST:
        raise NotUsableError(
            f"that is more than {_LARGEST // 1024 // 1024} MiB: clear the list of requests in the browser, reload the page "
            "and save it again, or copy the one request to cursor"
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")
