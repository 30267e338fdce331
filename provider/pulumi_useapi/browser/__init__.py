"""Takes a MiniMax url and token from the site with the user's own browser; needs the extra `browser`."""

from __future__ import annotations

from pulumi_useapi.browser.profiles import forget
from pulumi_useapi.browser.steps import SITE, capture_with_browser
from pulumi_useapi.browser.trouble import BrowserError

__all__ = ["SITE", "BrowserError", "capture_with_browser", "forget"]
