"""Looks for planted secrets: raw, JSON-escaped, base64 and URL-encoded, whole and every 12-character piece."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, urlsplit

PIECE = 12


class SecretScan:
    """The planted secrets of one test."""

    def __init__(self) -> None:
        self._pieces: dict[str, str] = {}

    def plant(self, label: str, secret: str) -> None:
        """Remember a secret; `label` is what a finding names."""
        for encoding, text in _encodings(secret):
            for start in range(max(len(text) - PIECE, 0) + 1):
                self._pieces.setdefault(text[start : start + PIECE], f"{label} ({encoding})")

    def plant_credentials(self, url: str, token: str) -> None:
        """Remember a MiniMax url and token, less the parts of them that every url and token have."""
        self.plant("MiniMax token", token.partition(".")[2])
        for pair in urlsplit(url).query.split("&"):
            name, _, value = pair.partition("=")
            if name in ("uuid", "device_id"):
                self.plant(f"{name} of the MiniMax url", value)

    def find(self, text: str) -> set[str]:
        """The labels of the secrets that the text shows a piece of."""
        return {
            self._pieces[piece]
            for start in range(max(len(text) - PIECE, 0) + 1)
            if (piece := text[start : start + PIECE]) in self._pieces
        }

    def find_in(self, texts: Iterable[tuple[str, str]]) -> list[str]:
        """Findings in many texts, each given with the name of the place it is from."""
        return [f"{place}: {label}" for place, text in texts for label in sorted(self.find(text))]


def _encodings(secret: str) -> Iterable[tuple[str, str]]:
    yield "raw", secret
    escaped = json.dumps(secret)[1:-1]
    yield "JSON", escaped
    yield "JSON without ASCII", json.dumps(secret, ensure_ascii=False)[1:-1]
    yield "JSON as Go writes it", escaped.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    yield "JSON in JSON", json.dumps(escaped)[1:-1]
    yield "URL-encoded", quote(secret, safe="")
    yield "URL-encoded but for slashes", quote(secret)
    yield "URL-encoded as a form", quote_plus(secret)
    # Inside a longer text the same bytes begin at any of three places of a base64 group.
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
        inner = encoded[4 if shift else 0 : -2]
        yield "base64", inner
        yield "base64 for URLs", inner.translate(str.maketrans("+/", "-_"))
