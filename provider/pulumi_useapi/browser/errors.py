"""What goes wrong with a browser, in one sentence."""

from __future__ import annotations

from pulumi_useapi.errors import UseApiError


class BrowserError(UseApiError):
    """The browser is missing, does not start, or did not show what was looked for."""


def does_not_start(said: str) -> BrowserError:
    """The sentence for a browser that ends as soon as it is started.

    Args:
        said: what it wrote on standard error.
    """
    if "no-sandbox" in said:
        reason = "it does not run as root, where any page could do everything: run this command as another user"
    elif "$DISPLAY" in said or "X server" in said or "wayland" in said.lower():
        reason = "there is no screen here: run this command where you sit, or paste what the browser copies instead"
    else:
        reason = "start it by hand once to see what it lacks, or paste what the browser copies instead"
    return BrowserError(f"the browser does not start: {reason}")
