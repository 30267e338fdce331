"""Somebody else's words made fit to be shown: one line, short, and without a piece of a secret."""

from __future__ import annotations

import base64
import html
import json
import re
import string
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

_MARK = "[secret]"
_PIECE = 8
_LOOKED_AT = 4000
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_LOOKS_SECRET = re.compile(
    r"eyJ[\w-]+(?:\.[\w-]*)*"  # a JWT
    r"|https?(?:://|%3A%2F%2F)[^\s?%]*(?:\?|%)\S*"  # an address with a query
    r"|user(?::|%3A)\d+-\S+"  # an API token
    r"|(?:ZXlK|aHR0cHM6Ly|dXNlcjo)[\w+/=-]{8,}",  # the same in base64
    re.IGNORECASE,
)
"""Secrets of others: who asks for a list knows neither the urls nor the tokens that the service holds."""


def quotable(text: str, secrets: Iterable[str], *, length: int = 200) -> str:
    """Return `text` as one line of at most `length` characters, without control characters and secrets."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:_LOOKED_AT]).split())
    # Redacting comes after removing what could hide a secret, and before cutting what would be redacted.
    line = _LOOKS_SECRET.sub(_MARK, redact(line, secrets))
    return line if len(line) <= length else line[: length - 1] + "…"


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace every run of 8 or more characters that also occurs in a secret, in any usual encoding of it.

    Letters match in either case, because encodings and header names change it.
    """
    pieces = {piece for secret in secrets for form in _forms(secret) for piece in _pieces(form)}
    hidden = [False] * len(text)
    for start, piece in enumerate(_pieces(text)):
        if piece in pieces:
            hidden[start : start + _PIECE] = [True] * _PIECE
    shown = []
    for position, character in enumerate(text):
        if not hidden[position]:
            shown.append(character)
        elif position == 0 or not hidden[position - 1]:
            shown.append(_MARK)
    return "".join(shown)


def _pieces(text: str) -> Iterator[str]:
    lowered = text.translate(_LOWER)
    return (lowered[start : start + _PIECE] for start in range(len(lowered) - _PIECE + 1))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield from (unquote(secret), unquote_plus(secret))
    raw = secret.encode("utf-8", "surrogatepass")
    yield from (quote(raw), quote(raw, safe=""), quote_plus(raw))
    escaped = json.dumps(secret)[1:-1]
    yield from (escaped, escaped.replace("/", "\\/"), escaped.replace("&", "\\u0026"))
    yield html.escape(secret)
    for shift in range(3):
        # A secret inside a longer text that is encoded begins at any of three positions.
        encoded = base64.b64encode(bytes(shift) + raw).decode("ascii")
        inner = encoded[4 if shift else 0 :].rstrip("=")
        yield from (inner, inner.translate(str.maketrans("+/", "-_")))
