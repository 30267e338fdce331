"""Finds the Chromium, Chrome or Edge that is installed on this machine; never downloads one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pulumi_useapi.browser.errors import BrowserError

_COMMANDS = (
    *("google-chrome-stable", "google-chrome", "chrome", "chromium", "chromium-browser"),
    *("microsoft-edge-stable", "microsoft-edge", "msedge"),
)
_MAC_APPLICATIONS = ("Google Chrome", "Chromium", "Microsoft Edge")
_WINDOWS_PROGRAMS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)


def find_browser(platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """The browser's program: on PATH, or where the platform installs it; Chrome before Chromium before Edge.

    Raises:
        BrowserError: there is none.
    """
    for name in _COMMANDS:
        command = shutil.which(name, path=environ.get("PATH", os.defpath))
        if command:
            return Path(command)
    for place in _places(platform, environ):
        if place.is_file():
            return place
    raise BrowserError(
        "no Chrome, Chromium or Edge was found on this machine: install one (or put its folder on PATH), or paste "
        "what another browser copies instead"
    )


def _places(platform: str, environ: Mapping[str, str]) -> Iterator[Path]:
    if platform == "darwin":
        for name in _MAC_APPLICATIONS:
            for root in (Path("/Applications"), Path(environ.get("HOME", "/"), "Applications")):
                yield root / f"{name}.app" / "Contents" / "MacOS" / name
    if platform == "win32":
        for program in _WINDOWS_PROGRAMS:
            for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
                if folder := environ.get(variable):
                    yield Path(folder, *program.split("\\"))
