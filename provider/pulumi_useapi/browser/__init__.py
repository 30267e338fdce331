"""Takes a MiniMax url and token from the site with the user's own browser; needs the extra `browser`."""

from __future__ import annotations

from pulumi_useapi.browser.errors import BrowserError
from pulumi_useapi.browser.profiles import forget
from pulumi_useapi.browser.steps import capture_with_browser

__all__ = ["BrowserError", "capture_with_browser", "forget"]
