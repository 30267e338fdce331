"""The search for secrets itself finds what was planted, however it is written, and nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, quote_plus

import pytest

from pulumi_useapi.emulator.sample import make_credentials
from tests.support.secret_scan import PIECE, SecretScan

SECRET = 'user:4711-"a/b+c&d=e" ünïcode 0123456789abcdef'


@pytest.fixture
def scan() -> SecretScan:
    scan = SecretScan()
    scan.plant("API token", SECRET)
    return scan


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        json.dumps(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        json.dumps(json.dumps({"token": SECRET})),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(SECRET).replace("&", "\\u0026"),
        quote(SECRET),
        SECRET[:PIECE],
        SECRET[-PIECE:],
        SECRET[20 : 20 + PIECE],
    ],
)
def test_a_shown_secret_is_found(scan: SecretScan, shown: str) -> None:
    assert scan.find(f"error: Bearer {shown} was refused")


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON as Go writes it": lambda text: json.dumps(text)[1:-1].replace("&", "\\u0026"),
    "URL-encoded": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "base64": lambda text: base64.b64encode(text.encode()).decode().rstrip("=")[:-2],
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")[:-2],
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_piece_of_every_encoding_is_found(scan: SecretScan, encoding: str) -> None:
    encoded = ENCODINGS[encoding](SECRET)
    for start in range(len(encoded) - PIECE + 1):
        assert scan.find(f"~ {encoded[start : start + PIECE]} ~"), encoded[start : start + PIECE]


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("after", range(4))
def test_a_secret_inside_a_longer_encoded_text_is_found(scan: SecretScan, before: int, after: int) -> None:
    text = b"x" * before + SECRET.encode() + b"y" * after
    assert scan.find(base64.b64encode(text).decode())


def test_less_than_a_piece_and_other_text_are_not_found(scan: SecretScan) -> None:
    assert scan.find(SECRET[: PIECE - 1]) == set()
    assert scan.find("error: the API token is missing: set it with pulumi config set --secret useapi:apiToken") == set()
    assert scan.find("") == set()


def test_credentials_are_planted_without_what_all_of_them_share() -> None:
    expires = datetime.now(timezone.utc) + timedelta(days=30)
    one, other = (make_credentials(account, expires=expires) for account in ("1", "2"))
    scan = SecretScan()
    scan.plant_credentials(one.url, one.token)
    assert scan.find(one.token)
    assert scan.find(one.url)
    assert scan.find(one.token.rpartition(".")[2])
    assert scan.find(other.url) == set()
    assert scan.find(other.token.partition(".")[0]) == set()
    assert scan.find(other.token.rpartition(".")[2]) == set()


def test_findings_name_the_place_and_never_the_secret(scan: SecretScan) -> None:
    findings = scan.find_in([("console", f"token {SECRET}"), ("state", "nothing"), ("log", quote(SECRET))])
    assert {finding.partition(":")[0] for finding in findings} == {"console", "log"}
    assert scan.find(" ".join(findings)) == set()
