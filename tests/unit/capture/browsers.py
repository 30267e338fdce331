"""How the browsers write a request down: their own quoting, after the sources of their developer tools.

Chrome and Edge: front_end/panels/network/NetworkLogView.ts; Firefox: devtools/client/shared/curl.js and
netmonitor/src/widgets/RequestListContextMenu.js; Safari: WebInspectorUI/UserInterface/Models/Resource.js.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sent:
    """A request as the browser sent it."""

    url: str
    headers: dict[str, str]
    method: str = "GET"
    body: str = ""
    cookies: dict[str, str] = field(default_factory=dict)


def units(text: str) -> list[str]:
    """The UTF-16 units, which are JavaScript's characters."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return [raw[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(raw), 2)]


def each_unit(pattern: str, replace: Callable[[str], str], text: str) -> str:
    return "".join(replace(unit) if re.fullmatch(pattern, unit) else unit for unit in units(text))


# --- cURL ---


def chrome_bash_word(text: str) -> str:
    if not re.search(r"[\0-\x1f\x7f-\x9f!']", text):
        return f"'{text}'"
    text = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return "$'" + each_unit(r"[\0-\x1f\x7f-\x9f!]", lambda unit: f"\\u{ord(unit):04x}", text) + "'"


def _chrome_cmd_inside(text: str, harmless: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = re.sub(rf"[^a-zA-Z0-9\s_\-:=+~'/.',?;{harmless}]", r"^\g<0>", text)
    return re.sub(r"%(?=[a-zA-Z0-9_])", "%^", text)


def chrome_cmd_word(text: str) -> str:
    inside = re.sub(r"[^ -~\r\n]", " ", _chrome_cmd_inside(text, "*"))
    return '^"' + re.sub(r"\r?\n|\r", "^\n\n", inside) + '^"'


def chrome_old_cmd_word(text: str) -> str:
    quote = '^"' if re.search(r"[\r\n]", text) else '"'
    return quote + re.sub(r"\r?\n", "^\n\n", _chrome_cmd_inside(text, "()*`&")) + quote


def firefox_posix_word(text: str) -> str:
    def character(unit: str) -> str:
        return f"\\x{ord(unit):02x}" if ord(unit) < 256 else f"\\u{ord(unit):04x}"

    if not re.search(r"[^\x20-\x7e]|!|'", text):
        return f"'{text}'"
    text = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return "$'" + each_unit(r"[^\x20-\x7e]", character, text.replace("!", "\\041")) + "'"


def firefox_windows_word(text: str) -> str:
    text = text.replace('"', '\\"')
    text = re.sub(r"[^a-zA-Z0-9\s_\-:=+~/.',?;()*`]", r"^\g<0>", text)
    text = re.sub(r"%(?=[a-zA-Z0-9_])", "%^", text)
    return '^"' + re.sub(r"\r\n?", "\n", text).replace("\n", '"^\r\n\r\n"') + '^"'


def firefox_old_windows_word(text: str) -> str:
    text = text.replace('"', '""').replace("%", '"%"').replace("\\", "\\\\")
    return '"' + re.sub(r"[\r\n]+", r'"^\g<0>"', text) + '"'


def safari_word(text: str) -> str:
    if not re.search(r"[^\x20-\x7e]|'", text):
        return f"'{text}'"
    return firefox_posix_word(text)


Word = Callable[[str], str]


def _chrome_curl(word: Word, next_line: str, address: str, between: str) -> Callable[[Sequence[Sent]], str]:
    left_out = {"accept-encoding", "host", "method", "path", "scheme", "version"}

    def one(sent: Sent) -> str:
        parts = [address + re.sub(r"[\[{}\]]", r"\\\g<0>", word(sent.url))]
        if sent.method != ("POST" if sent.body else "GET"):
            parts.append(f"-X {word(sent.method)}")
        for name, value in sent.headers.items():
            if name.lower() in left_out:
                continue
            if name.lower() == "cookie":
                parts.append(f"-b {word(value)}")
            else:
                parts.append("-H " + word(f"{name}: {value}" if value.strip() else f"{name};"))
        if sent.body:
            parts.append(f"--data-raw {word(sent.body)}")
        return "curl " + next_line.join(parts)

    return lambda requests: between.join(one(sent) for sent in requests)


def _firefox_curl(word: Word, program: str, next_line: str) -> Callable[[Sequence[Sent]], str]:
    def if_needed(text: str) -> str:
        return text if re.fullmatch(r"[a-zA-Z-]+", text) else word(text)

    def one(requests: Sequence[Sent]) -> str:
        (sent,) = requests  # Firefox copies one at a time
        parts = [word(sent.url)]
        if "[" in sent.url or "]" in sent.url:
            parts.append("--globoff")
        parts.append("--compressed")
        if sent.method != "GET":
            parts.append(f"-X {if_needed(sent.method)}")
        parts += [f"-H {if_needed(f'{name}: {value}')}" for name, value in sent.headers.items()]
        if sent.body:
            parts.append(f"--data-raw {if_needed(sent.body)}")
        return f"{program} {next_line.join(parts)}"

    return one


def _safari_curl(method: str) -> Callable[[Sequence[Sent]], str]:
    def one(requests: Sequence[Sent]) -> str:
        (sent,) = requests
        parts = ["curl " + re.sub(r"[\[{}\]]", r"\\\g<0>", safari_word(sent.url)), method.format(sent.method)]
        parts += ["-H " + safari_word(f"{name}: {value}") for name, value in sent.headers.items()]
        return " \\\n".join(parts)

    return one


chrome_bash = _chrome_curl(chrome_bash_word, " \\\n  ", "", " ;\n")
chrome_bash_url = _chrome_curl(chrome_bash_word, " \\\n  ", "--url ", " ;\n")
chrome_cmd = _chrome_curl(chrome_cmd_word, " ^\n  ", "", " &\r\n")
chrome_old_cmd = _chrome_curl(chrome_old_cmd_word, " ^\n  ", "", " &\r\n")
firefox_posix = _firefox_curl(firefox_posix_word, "curl", " \\\n  ")
firefox_windows = _firefox_curl(firefox_windows_word, "curl.exe", " ^\n  ")
firefox_old_windows = _firefox_curl(firefox_old_windows_word, "curl", " ")
safari_curl = _safari_curl("-X '{}'")
safari_old_curl = _safari_curl("-X{}")


# --- fetch ---


def _fetch_headers(sent: Sent) -> dict[str, str]:
    left_out = {"cookie", "referer", "host", "accept-encoding", "user-agent"}
    return {name: value for name, value in sent.headers.items() if name.lower() not in left_out}


def _options(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def chrome_fetch(requests: Sequence[Sent]) -> str:
    def one(sent: Sent) -> str:
        options = _options(
            headers=_fetch_headers(sent),
            referrer=sent.headers.get("referer"),
            body=sent.body or None,
            method=sent.method,
            mode="cors",
            credentials="include",
        )
        return (
            f"fetch({json.dumps(sent.url, ensure_ascii=False)}, {json.dumps(options, indent=2, ensure_ascii=False)});"
        )

    return " ;\n".join(one(sent) for sent in requests)


def chrome_node_fetch(requests: Sequence[Sent]) -> str:
    def one(sent: Sent) -> str:
        headers = _fetch_headers(sent) | _options(
            cookie=sent.headers.get("cookie"), Referer=sent.headers.get("referer")
        )
        # JSON.stringify writes null for a missing body
        options = {"headers": headers, "body": sent.body or None, "method": sent.method}
        return (
            f"fetch({json.dumps(sent.url, ensure_ascii=False)}, {json.dumps(options, indent=2, ensure_ascii=False)});"
        )

    return " ;\n".join(one(sent) for sent in requests)


def firefox_fetch(requests: Sequence[Sent]) -> str:
    (sent,) = requests
    options = _options(
        credentials="include",
        headers={name: value for name, value in sent.headers.items() if name.lower() not in ("cookie", "host")},
        referrer=sent.headers.get("referer"),
        method=sent.method,
        mode="cors",
    )
    return f'await fetch("{sent.url}", {json.dumps(options, indent=4, ensure_ascii=False)});'


def safari_fetch(requests: Sequence[Sent]) -> str:
    (sent,) = requests
    options = _options(method=sent.method, mode="cors", credentials="include", headers=_fetch_headers(sent))
    return f"fetch({json.dumps(sent.url, ensure_ascii=False)}, {json.dumps(options, indent=4, ensure_ascii=False)})"


# --- PowerShell ---


def powershell_word(text: str) -> str:
    text = re.sub(r'[`$"]', r"`\g<0>", text)
    return '"' + each_unit(r"[^\x20-\x7e]", lambda unit: f"$([char]{ord(unit)})", text) + '"'


def chrome_powershell(requests: Sequence[Sent]) -> str:
    left_out = {"host", "connection", "content-length", "content-type", "user-agent", "cookie"}

    def one(sent: Sent) -> str:
        session = ["$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession"]
        session.append(f"$session.UserAgent = {powershell_word(sent.headers.get('user-agent', ''))}")
        session += [
            f"$session.Cookies.Add((New-Object System.Net.Cookie({powershell_word(name)}, {powershell_word(value)}, "
            '"/", ".hailuoai.video")))'
            for name, value in sent.cookies.items()
        ]
        parts = [f"-Uri {powershell_word(sent.url)}"]
        if sent.method != "GET":
            parts.append(f"-Method {powershell_word(sent.method)}")
        parts.append("-WebSession $session")
        pairs = [
            f"{powershell_word(name)}={powershell_word(value)}"
            for name, value in sent.headers.items()
            if name.lower() not in left_out
        ]
        parts.append("-Headers @{\n" + "\n  ".join(pairs) + "\n}")
        if sent.body:
            parts.append(f"-Body {powershell_word(sent.body)}")
        return "\n".join(session) + "\nInvoke-WebRequest -UseBasicParsing " + " `\n".join(parts)

    return ";\r\n".join(one(sent) for sent in requests)


def firefox_powershell(requests: Sequence[Sent]) -> str:
    (sent,) = requests
    pairs = [
        f"{powershell_word(name)} = {powershell_word(value)}"
        for name, value in sent.headers.items()
        if name.lower() not in ("host", "cookie", "user-agent")
    ]
    return (
        f"Invoke-WebRequest -UseBasicParsing -Uri {powershell_word(sent.url)} `\n"
        f"-UserAgent {powershell_word(sent.headers.get('user-agent', ''))} `\n"
        "-Headers @{\n" + "\n  ".join(pairs) + "\n}"
    )


# --- HAR and headers ---


def har(requests: Sequence[Sent], creator: str = "WebInspector") -> str:
    entries = [
        {
            "startedDateTime": "2026-11-23T10:00:00.000Z",
            "time": 41.5,
            "request": {
                "method": sent.method,
                "url": sent.url,
                "httpVersion": "http/2.0",
                "headers": [{"name": name, "value": value} for name, value in sent.headers.items()],
                "queryString": [],
                "cookies": [],
                "headersSize": -1,
                "bodySize": len(sent.body),
            },
            "response": {
                "status": 200,
                "statusText": "",
                "httpVersion": "http/2.0",
                "headers": [{"name": "content-type", "value": "application/json"}],
                "cookies": [],
                "content": {"size": 15, "mimeType": "application/json", "text": '{"token": "no"}'},
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": -1,
            },
            "cache": {},
            "timings": {"send": 0, "wait": 41.5, "receive": 0},
        }
        for sent in requests
    ]
    log = {"version": "1.2", "creator": {"name": creator, "version": "537.36"}, "pages": [], "entries": entries}
    return json.dumps({"log": log}, indent=2, ensure_ascii=False)


def firefox_headers(requests: Sequence[Sent]) -> str:
    (sent,) = requests
    host, path = re.fullmatch(r"https://([^/]+)(/.*)", sent.url).groups()  # type: ignore[union-attr]
    lines = [f"{sent.method} {path} HTTP/2", f"Host: {host}"]
    return "\n".join(lines + [f"{name}: {value}" for name, value in sent.headers.items()]) + "\n\n"


def safari_headers(requests: Sequence[Sent]) -> str:
    (sent,) = requests
    host, path = re.fullmatch(r"https://([^/]+)(/.*)", sent.url).groups()  # type: ignore[union-attr]
    lines = [f":method: {sent.method}", ":scheme: https", f":authority: {host}", f":path: {path}"]
    return "\n".join(lines + [f"{name}: {value}" for name, value in sent.headers.items()]) + "\n"
