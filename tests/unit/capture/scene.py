"""What the site's page sends after a log-in, with credentials made for the tests; writes the golden files.

`python -m tests.unit.capture.scene` writes them anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.unit.capture import browsers
from tests.unit.capture.browsers import Sent

GOLDEN = Path(__file__).with_name("golden")
CREDENTIALS = json.loads((GOLDEN / "credentials.json").read_text(encoding="utf-8"))
"""From `make_credentials`: account 302817465, good until 2026-12-24, and an older token of the same account."""

URL: str = CREDENTIALS["url"]
TOKEN: str = CREDENTIALS["token"]
OLDER_TOKEN: str = CREDENTIALS["olderToken"]
ACCOUNT = "302817465"

COMMON = {
    "accept": "application/json, text/plain, */*",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "en-US,en;q=0.9,de;q=0.8",
    "cookie": '_ga=GA1.1.1; note=it\'s 100% "fun"!; back\\slash=^&<>|(x)`$HOME',
    "referer": "https://hailuoai.video/create?lang=de&title=Gr%C3%BC%C3%9Fe",
    "sec-ch-ua": '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
    "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
}
COOKIES = {"_ga": "GA1.1.1", "note": 'it\'s 100% "fun"!'}


def _api(path: str) -> str:
    return URL.replace("/v3/api/multimodal/video/my/cursor", path)


def _sent(url: str, **more: str) -> Sent:
    return Sent(url, COMMON | more, cookies=COOKIES)


CURSOR = _sent(URL, token=TOKEN, yy="5f1c")
ALL = (
    _sent("https://hailuoai.video/create?filter=[a]{b}"),
    _sent("https://cdn.hailuoai.video/main.js"),
    _sent(_api("/v1/api/user/info"), token=OLDER_TOKEN),
    _sent("https://tracker.example.com/cursor?x=1", token="not-ours"),
    Sent(_api("/v1/api/log"), COMMON | {"token": TOKEN}, "POST", '{"what": "it\'s\\n[new]", "n": 1}', COOKIES),
    CURSOR,
    _sent(_api("/v1/api/notice"), token=TOKEN),
)
"""Of these the last but one is right: newest token, and the request to `/cursor`."""

Write = Callable[[Sequence[Sent]], str]

ONE: dict[str, Write] = {
    "chrome-bash.txt": browsers.chrome_bash,
    "chrome-bash-url.txt": browsers.chrome_bash_url,
    "chrome-cmd.txt": browsers.chrome_cmd,
    "chrome-cmd-before.txt": browsers.chrome_old_cmd,
    "chrome-fetch.txt": browsers.chrome_fetch,
    "chrome-fetch-node.txt": browsers.chrome_node_fetch,
    "chrome-powershell.txt": browsers.chrome_powershell,
    "firefox-posix.txt": browsers.firefox_posix,
    "firefox-windows.txt": browsers.firefox_windows,
    "firefox-windows-before.txt": browsers.firefox_old_windows,
    "firefox-fetch.txt": browsers.firefox_fetch,
    "firefox-powershell.txt": browsers.firefox_powershell,
    "firefox-headers.txt": browsers.firefox_headers,
    "safari-curl.txt": browsers.safari_curl,
    "safari-curl-before.txt": browsers.safari_old_curl,
    "safari-fetch.txt": browsers.safari_fetch,
    "safari-headers.txt": browsers.safari_headers,
}
MANY: dict[str, Write] = {
    "chrome-all-bash.txt": browsers.chrome_bash,
    "chrome-all-cmd.txt": browsers.chrome_cmd,
    "chrome-all-cmd-before.txt": browsers.chrome_old_cmd,
    "chrome-all-fetch.txt": browsers.chrome_fetch,
    "chrome-all-fetch-node.txt": browsers.chrome_node_fetch,
    "chrome-all-powershell.txt": browsers.chrome_powershell,
    "all.har": browsers.har,
}


def golden_files() -> dict[str, str]:
    """Each file's content, by its name."""
    one = {name: write([CURSOR]) for name, write in ONE.items()}
    return one | {name: write(ALL) for name, write in MANY.items()}


def write() -> None:
    for name, text in golden_files().items():
        (GOLDEN / name).write_bytes(text.encode())


if __name__ == "__main__":
    write()
