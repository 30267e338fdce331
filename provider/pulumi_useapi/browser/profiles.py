"""The browser profiles of their own, one for each account name: log-ins last in them from month to month."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pulumi_useapi.browser.errors import BrowserError

_LONGEST = 60
_LOGGED_IN = "pulumi-useapi-logged-in"


@dataclass(frozen=True)
class Profile:
    """The profile of one name.

    Attributes:
        name: the account's name.
        folder: where the browser keeps cookies and everything else of it.
    """

    name: str
    folder: Path

    def make(self) -> None:
        """Make the folder, for this user only.

        Raises:
            BrowserError: it cannot be made.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as problem:
            raise BrowserError(
                f"the browser profile of {self.name} cannot be kept in {self.folder}: {problem.strerror}"
            ) from None

    @property
    def logged_in(self) -> bool:
        """Whether a log-in was seen to work in it and may still last."""
        return (self.folder / _LOGGED_IN).exists()

    def remember(self, *, logged_in: bool) -> None:
        """Keep for the next time whether a log-in works."""
        if logged_in:
            (self.folder / _LOGGED_IN).touch()
        else:
            (self.folder / _LOGGED_IN).unlink(missing_ok=True)

    def refuse_if_in_use(self) -> None:
        """Refuse while a browser runs on the profile: another one would only open a window there.

        Raises:
            BrowserError: one does.
        """
        if self._is_in_use():
            raise BrowserError(
                f"a browser is already open on the profile of {self.name}: close its windows, then run this again"
            )

    def _is_in_use(self) -> bool:
        if sys.platform == "win32":
            try:  # the browser keeps it open, and Windows removes no open file
                (self.folder / "lockfile").unlink(missing_ok=True)
            except OSError:
                return True
            return False
        try:  # a link to "<host>-<process id>", which a killed browser leaves behind
            host, _, number = os.readlink(self.folder / "SingletonLock").rpartition("-")  # noqa: PTH115 - no path
            if host != socket.gethostname():
                return False
            os.kill(int(number), 0)
        except (OSError, ValueError):
            return False
        return True


def profile_of(name: str) -> Profile:
    """The profile of an account's name."""
    # Names may hold anything and differ in case only, which file systems do not all tell apart.
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    readable = quote(name, safe="", errors="replace")[:_LONGEST].replace(".", "_")
    return Profile(name, data_folder() / "browser" / f"{readable}-{digest}")


def forget(name: str) -> bool:
    """Remove the profile of a name with its log-in; whether there was one.

    Raises:
        BrowserError: a browser is open on it, or it cannot be removed.
    """
    profile = profile_of(name)
    if not profile.folder.exists():
        return False
    profile.refuse_if_in_use()
    try:
        shutil.rmtree(profile.folder)
    except OSError as problem:
        raise BrowserError(
            f"the browser profile of {name} cannot be removed: {problem.strerror} ({profile.folder})"
        ) from None
    with contextlib.suppress(OSError):  # the last one takes the folder of all with it
        profile.folder.parent.rmdir()
    return True


def data_folder(platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """Where this user's programs keep what lasts."""
    home = Path.home()
    if platform == "win32":
        root = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        root = home / "Library" / "Application Support"
    else:
        root = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return root / "pulumi-useapi"
