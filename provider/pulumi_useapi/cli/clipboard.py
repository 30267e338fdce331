"""The clipboard of the person at the terminal."""

from __future__ import annotations

from pulumi_useapi.errors import UseApiError


class ClipboardError(UseApiError):
    """There is no clipboard that a program can use here."""


def read() -> str:
    """The text in the clipboard, "" where there is none.

    Raises:
        ClipboardError: it cannot be read.
    """
    import pyperclip

    try:
        return str(pyperclip.paste() or "")
    except (pyperclip.PyperclipException, OSError, UnicodeDecodeError):
        raise ClipboardError(_cannot_be("read")) from None


def clear() -> None:
    """Empty the clipboard.

    Raises:
        ClipboardError: it cannot be written.
    """
    import pyperclip

    try:
        pyperclip.copy("")
    except (pyperclip.PyperclipException, OSError):
        raise ClipboardError(_cannot_be("cleared")) from None


def _cannot_be(what: str) -> str:
    return (
        f"the clipboard cannot be {what} here: paste into this terminal instead, or install xclip (X11) or wl-clipboard "
        "(Wayland)"
    )
