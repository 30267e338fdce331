"""Bad answers: whole HTTP answers as bytes, made from good ones and a seed, with the request's secrets in them."""

from __future__ import annotations

import base64
import gzip
import json
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]

STATUSES = (
    200,
    201,
    202,
    204,
    206,
    301,
    307,
    400,
    401,
    402,
    403,
    404,
    409,
    412,
    418,
    429,
    451,
    500,
    502,
    503,
    504,
    596,
)
RETRY_AFTER = (
    "soon",
    "-1",
    "1e9",
    "9" * 400,
    "0x10",
    "NaN",
    "Fri, 31 Dec 9999 23:59:59 -1200",
    "Mon, 01 Jan 0001 00:00:00 +1200",
    "9999-12-31T23:59:59.999-23:59",
    "0001-01-01T00:00:00+23:59",
    "2026-13-45T99:99:99Z",
    "Thu, 99 Foo 2026 99:99:99 GMT",
    "١٢",
    "",
)


@dataclass(frozen=True)
class BadAnswer:
    """One answer, and what is wrong with it."""

    name: str
    data: bytes = field(repr=False)


def http(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None, length: bool = True) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Answer", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {"Content-Type": "application/json"}).items()]
    lines += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


def wrong_values(secrets: Sequence[str]) -> Iterator[tuple[str, str]]:
    """JSON texts to put in a field's place, by name; they hold the secrets in every form."""
    yield from {
        "null": "null",
        "true": "true",
        "zero": "0",
        "negative": "-7",
        "huge number": "9" * 400,
        "number too long": "9" * 5000,
        "huge float": "1e308",
        "infinite": "1e999",
        "NaN": "NaN",
        "Infinity": "-Infinity",
        "empty text": '""',
        "text": '"x"',
        "digits": '"3"',
        "list": "[]",
        "object": "{}",
        "nested deep": "[" * 500 + "]" * 500,
        "lone surrogate": '"\\ud800x\\udfff"',
        "control characters": '"a\\u0000\\u001b[31m\\nb\\u202e"',
        "long text": json.dumps("long " * 4000),
    }.items()
    told = [form for secret in secrets for form in (secret, quote(secret, safe=""), _base64(secret))]
    yield "secrets", json.dumps(" ".join(told))
    yield "a list of secrets", json.dumps(told)
    yield "an object of secrets", json.dumps({"message": told[0], "code": told[1], **dict.fromkeys(told, told)})
    for number, secret in enumerate(secrets):
        yield f"secret {number}", json.dumps(secret)


def mutations(good: Json, secrets: Sequence[str]) -> Iterator[BadAnswer]:
    """A good body with each of its fields, one at a time, missing or of a wrong value."""
    for path in _paths(good):
        yield BadAnswer(f"{'.'.join(path)} missing", http(json.dumps(_replaced(good, path, None)).encode()))
        for name, text in wrong_values(secrets):
            marked = json.dumps(_replaced(good, path, "\0here"))
            yield BadAnswer(f"{'.'.join(path)}: {name}", http(marked.replace('"\\u0000here"', text).encode()))


def broken(good: Json, secrets: Sequence[str]) -> Iterator[BadAnswer]:
    """What is no good body at all, and answers that are none."""
    text = json.dumps(good)
    body = text.encode()
    told = " ".join(secrets)
    bodies: dict[str, bytes] = {
        "empty": b"",
        "blank": b" \r\n\t",
        "null": b"null",
        "a number": b"7",
        "a text": b'"ok"',
        "a list": f"[{text}]".encode(),
        "secrets as text": told.encode(),
        "secrets as JSON text": json.dumps(told).encode(),
        "an envelope of secrets": json.dumps({"error": told, "code": 200}).encode(),
        "a nested envelope": json.dumps({"error": {"code": told, "message": [told], "details": {told: 1}}}).encode(),
        "a page": f"<!doctype html><title>{told}</title>".encode(),
        "a page after a BOM": b"\xef\xbb\xbf<html>",
        "BOM": b"\xef\xbb\xbf" + body,
        "UTF-16": text.encode("utf-16"),
        "UTF-32": text.encode("utf-32"),
        "invalid UTF-8": body.replace(b"account", b"acc\xff\xfeount"),
        "duplicate keys": b'{"account": "1",' + body[1:],
        "duplicate keys, the last one bad": body[:-1] + b', "jwt": [], "account": {}}',
        "two values": body + body,
        "trailing junk": body + b"\0\0",
        "single quotes": text.replace('"', "'").encode(),
        "NaN": b"NaN",
        "nested deep": b'{"jwt":' * 20_000 + b"1" + b"}" * 20_000,
        "nested very deep": b"[" * 1_000_000,
        "a number of 5000 digits": b"9" * 5000,
        "many keys": json.dumps({str(number): {} for number in range(20_000)}).encode(),
        "a long key": json.dumps({"a" * 1_000_000: good}).encode(),
        "two megabytes of blanks": b" " * 2_000_000,
        "two megabytes of digits": b'{"retryAfter": "' + b"9" * 2_000_000 + b'"}',
        "two megabytes of escapes": b'{"error": "' + b"\\u0020" * 300_000 + b'"}',
        "more than is read": b" " * (9 * 1024 * 1024),
    }
    bodies |= {f"cut at {cut}": body[:cut] for cut in (1, len(body) // 2, len(body) - 1)}
    for name, one in bodies.items():
        yield BadAnswer(name, http(one))
    yield from _encoded(body)
    yield from _torn(body)
    for status in STATUSES:
        for name, one in (("a page", b"<html>"), ("secrets", json.dumps({"error": told, "code": status}).encode())):
            yield BadAnswer(f"{status} with {name}", http(one, status=status))
    for said in RETRY_AFTER:
        headers = {"Retry-After": said}
        yield BadAnswer(f"429, Retry-After {said[:20]!r}", http(b"{}", status=429, headers=headers))
        yield BadAnswer(f"429, retryAfter {said[:20]!r}", http(json.dumps({"retryAfter": said}).encode(), status=429))


def at_random(good: Json, secrets: Sequence[str], seed: int, count: int) -> Iterator[BadAnswer]:
    """Good bodies with bytes changed, dropped and doubled, under any status and encoding."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret depends on it
    values = list(wrong_values(secrets))
    paths = list(_paths(good))
    for number in range(count):
        text = json.dumps(good)
        for path in dice.sample(paths, dice.randint(0, 3)):
            marked = json.dumps(_replaced(good, path, "\0here"))
            text = marked.replace('"\\u0000here"', dice.choice(values)[1])
        body = bytearray(text.encode())
        for _ in range(dice.choice([0, 0, 1, 2, 8])):
            at = dice.randrange(len(body))
            if dice.random() < 0.5:
                body[at] = dice.randrange(256)
            else:
                body[at : at + dice.randint(1, 9)] = bytes(body[:: dice.randint(20, 90)])
        headers = {"Content-Type": dice.choice(["application/json", "text/plain", "text/html", "\xff"])}
        if dice.random() < 0.1:
            headers["Content-Encoding"] = dice.choice(["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])
        if dice.random() < 0.1:
            headers["Retry-After"] = dice.choice(RETRY_AFTER)
        status = dice.choice([200, 200, 201, *STATUSES])
        yield BadAnswer(f"{seed}/{number}", http(bytes(body), status=status, headers=headers))


def _encoded(body: bytes) -> Iterator[BadAnswer]:
    for name, coding, one in (
        ("no gzip", "gzip", body),
        ("half a gzip", "gzip", gzip.compress(body)[:-20]),
        ("gzip with junk behind", "gzip", gzip.compress(body) + b"junk"),
        ("two gzips", "gzip", gzip.compress(body) * 2),
        ("gzip in gzip", "gzip, gzip", gzip.compress(gzip.compress(body))),
        ("gzip six times", ", ".join(["gzip"] * 6), body),
        ("no deflate", "deflate", body),
        ("deflate", "deflate", zlib.compress(body)),
        ("an unknown coding", "secret-sauce", body),
        ("br", "br", body),
        ("zstd", "zstd", body),
        ("a bomb", "gzip", _bomb()),
        ("a bomb in a bomb", "gzip, gzip", gzip.compress(_bomb())),
        ("a deflated bomb", "deflate", _deflated_bomb()),
    ):
        yield BadAnswer(f"Content-Encoding: {name}", http(one, headers={"Content-Encoding": coding}))


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * 100_000_000, compresslevel=1)


@cache
def _deflated_bomb() -> bytes:
    return zlib.compress(b"[" * 100_000_000, 1)


def _torn(body: bytes) -> Iterator[BadAnswer]:
    chunked = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    whole = http(body)
    yield from (
        BadAnswer(name, data)
        for name, data in {
            "nothing": b"",
            "no HTTP": b"SSH-2.0-OpenSSH\r\n",
            "half a status line": b"HTTP/1.1 20",
            "status 0": b"HTTP/1.1 000 No\r\n\r\n",
            "status 99999": b"HTTP/1.1 99999 No\r\n\r\n",
            "status of letters": b"HTTP/1.1 abc No\r\n\r\n",
            "HTTP/9": whole.replace(b"HTTP/1.1", b"HTTP/9.9"),
            "many interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 500 + whole,
            "a switch of protocols": b"HTTP/1.1 101 Switching\r\n\r\n" + body,
            "300 headers": http(body, headers={f"X-{number}": "x" for number in range(300)}),
            "a header of 100 kB": http(body, headers={"X": "x" * 100_000}),
            "a header without a colon": whole.replace(b"\r\n\r\n", b"\r\nnonsense\r\n\r\n", 1),
            "no length": http(body, length=False),
            "a longer length": http(body, length=False).replace(b"\r\n\r\n", b"\r\nContent-Length: 99999\r\n\r\n", 1),
            "a shorter length": http(body, length=False).replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n", 1),
            "a negative length": http(body, length=False).replace(b"\r\n\r\n", b"\r\nContent-Length: -9\r\n\r\n", 1),
            "two lengths": whole.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n", 1),
            "a length of letters": http(body, length=False).replace(b"\r\n\r\n", b"\r\nContent-Length: x\r\n\r\n", 1),
            "chunks cut short": chunked + b"%x\r\n" % len(body) + body[:9],
            "a chunk of letters": chunked + b"zz\r\n" + body,
            "a chunk of negative size": chunked + b"-5\r\n" + body,
            "a huge chunk": chunked + b"f" * 40 + b"\r\n" + body,
        }.items()
    )


def _paths(value: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, inner in value.items():
        yield (*path, key)
        if isinstance(inner, dict):
            yield from _paths(inner, (*path, key))


def _replaced(good: Json, path: Sequence[str], value: object) -> Json:
    """A copy with another value at the path; None = without it."""
    copy = deepcopy(good)
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copy


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
