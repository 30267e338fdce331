"""The browser under the DevTools protocol, over a pipe, only to read one request that the site itself makes."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_useapi.browser.errors import BrowserError, does_not_start
from pulumi_useapi.browser.switches import switches
from pulumi_useapi.capture import Captured, NotUsableError, captured
from pulumi_useapi.capture.request import TOKEN_HEADER
from pulumi_useapi.errors import InvalidCredentialsError

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Playwright, Response

_NO_DRIVER = "--browser needs a package that drives it: pip install 'pulumi-useapi[browser]'"
_TURN_MS = 100
_START_SECONDS = 60.0
_HTTP_ERRORS = 400


def check_driver() -> None:
    """Find out early whether the driving library is there.

    Raises:
        BrowserError: it is not installed.
    """
    try:
        import playwright.sync_api  # noqa: F401
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "playwright":
            raise
        raise BrowserError(_NO_DRIVER) from None


def read_credentials(
    program: Path,
    profile: Path,
    site: str,
    *,
    patience: float,
    slow_after: float = float("inf"),
    on_slow: Callable[[], None] = lambda: None,
) -> Captured | None:
    """Open the site and wait for its /cursor request with a good token; None where none came in time.

    Args:
        program: the browser.
        profile: its profile's folder.
        site: the site's host.
        patience: seconds to wait.
        slow_after: seconds after which `on_slow` is called, once.
        on_slow: tells the person what to do in the window.

    Raises:
        BrowserError: the browser does not start, the site cannot be opened, or the window was closed.
        KeyboardInterrupt: Ctrl-C; the browser is closed.
    """
    from playwright.sync_api import Error, sync_playwright

    found: list[Captured] = []

    def look(response: Response) -> None:
        one = credentials_in(response.request.url, response.request.headers.get(TOKEN_HEADER), site)
        if one and response.status < _HTTP_ERRORS:
            found.append(one)

    with _held_back_interrupt() as interrupted, sync_playwright() as playwright:
        context = _launch(playwright, program, profile)
        context.on("response", look)
        try:
            _open(context, site)
            _wait(context, lambda: bool(found or interrupted()), patience, slow_after, on_slow)
        except Error as error:
            if not found and not interrupted():
                raise _problem(error, site) from None
        finally:
            context.close()
    return found[-1] if found else None


def credentials_in(url: str, token: str | None, site: str) -> Captured | None:
    """The credentials, if the request is the one that carries the person's; None for every other one of the page.

    Args:
        url: the request's address.
        token: its `token` header.
        site: the site's host; the request may go to another host of the same domain.
    """
    try:
        one = captured(url, token or "", sites=(site.removeprefix("www."),))
    except (InvalidCredentialsError, NotUsableError):
        return None
    return one if one.is_cursor and not one.claims.has_expired(datetime.now(timezone.utc)) else None


def _launch(playwright: Playwright, program: Path, profile: Path) -> BrowserContext:
    from playwright.sync_api import Error

    try:
        return playwright.chromium.launch_persistent_context(
            profile,
            executable_path=program,
            # None but ours: see `switches`. The pipe is the only way in; nothing listens on a port.
            ignore_default_args=True,
            args=[*switches(profile), "--remote-debugging-pipe", "about:blank"],
            headless=False,
            no_viewport=True,
            timeout=_START_SECONDS * 1000,
            handle_sigint=False,
        )
    except Error as error:
        raise does_not_start(error.message) from None


def _open(context: BrowserContext, site: str) -> None:
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(f"https://{site}/", wait_until="commit")


def _wait(
    context: BrowserContext,
    done: Callable[[], bool],
    patience: float,
    slow_after: float,
    on_slow: Callable[[], None],
) -> None:
    began = time.monotonic()
    while not done() and (waited := time.monotonic() - began) < patience:
        if waited > slow_after:
            on_slow()
            slow_after = patience
        context.pages[-1].wait_for_timeout(_TURN_MS)


@contextmanager
def _held_back_interrupt() -> Iterator[Callable[[], bool]]:
    """Tell of Ctrl-C in place of raising it amid the driver's own work; it is raised at the end."""
    pressed = threading.Event()
    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, lambda *_: pressed.set()) if in_main_thread else None
    try:
        yield pressed.is_set
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
    if pressed.is_set():
        raise KeyboardInterrupt


def _problem(error: Exception, site: str) -> BrowserError:
    code = re.search(r"net::ERR_[A-Z_]+", str(error))
    if code:
        return BrowserError(
            f"the browser cannot open https://{site}/ ({code[0]}): see whether the site works, then retry"
        )
    return BrowserError("the browser was closed before the site had shown url and token: run this again")
