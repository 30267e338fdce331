"""A value survives the quoting of every browser, whatever is in it and in the headers around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pulumi_useapi.capture import read_requests
from tests.unit.capture import browsers
from tests.unit.capture.browsers import Sent

quickly = settings(deadline=timedelta(seconds=2))

Write = Callable[[Sequence[Sent]], str]

NASTY = "\"'\\^%!$`&|<>()[]{}@#;:,=~*? \tabfnrux0149é€\x7f\x85\x1b"
any_value = st.text(
    st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))
)
in_two_units = re.compile("[^\0-\uffff]")

WHOLE: dict[str, Write] = {
    "Chrome bash": browsers.chrome_bash,
    "Chrome bash --url": browsers.chrome_bash_url,
    "Chrome fetch": browsers.chrome_fetch,
    "Chrome fetch Node.js": browsers.chrome_node_fetch,
    "Chrome PowerShell": browsers.chrome_powershell,
    "Firefox POSIX": browsers.firefox_posix,
    "Firefox fetch": browsers.firefox_fetch,
    "Firefox PowerShell": browsers.firefox_powershell,
    "Safari": browsers.safari_curl,
    "Safari before": browsers.safari_old_curl,
    "Safari fetch": browsers.safari_fetch,
    "HAR": browsers.har,
}
"""These lose nothing."""

URL = "https://hailuoai.video/cursor?q=%5B1%5D&x={a}[b]&percent=%20%2F&y='!~*()"


def round_trip(write: Write, value: str, around: str) -> None:
    headers = {"accept": around, "Token": value, "x-last": around, "if-none-match": '"quotes"'}
    requests = read_requests(write([Sent(URL, headers)]))
    assert requests is not None
    assert [request.url for request in requests] == [URL]
    assert requests[0].token == (value.strip() or None)


@pytest.mark.parametrize("write", WHOLE.values(), ids=WHOLE.keys())
@quickly
@given(value=any_value, around=any_value)
def test_forms_that_lose_nothing(write: Write, value: str, around: str) -> None:
    round_trip(write, value, around)


@quickly
@given(value=any_value, around=any_value)
def test_chrome_cmd_which_makes_a_blank_of_what_is_not_printable_ascii(value: str, around: str) -> None:
    kept = re.sub(r"[^ -~]", " ", value)
    assume(not in_two_units.search(value + around))
    requests = read_requests(browsers.chrome_cmd([Sent(URL, {"a": around, "token": value, "b": around})]))
    assert requests is not None
    assert requests[0].url == URL
    assert re.sub(r"  +", " ", requests[0].token or "") == re.sub(r"  +", " ", kept.strip())


@quickly
@given(value=any_value, around=any_value)
@example(value="%\\", around="")
@example(value='%"%a', around="%^")
def test_chrome_cmd_before(value: str, around: str) -> None:
    round_trip(browsers.chrome_old_cmd, value, around)


@quickly
@given(value=any_value, around=any_value)
def test_firefox_windows(value: str, around: str) -> None:
    """A backslash before a quotation mark or at the end is written like a quotation mark: there it is ambiguous."""
    assume(not re.search(r'\\("|$)', value) and not re.search(r'\\("|$)', around))
    round_trip(browsers.firefox_windows, value, around)


@quickly
@given(value=any_value, around=any_value)
def test_firefox_windows_before(value: str, around: str) -> None:
    round_trip(browsers.firefox_old_windows, value, around)


@quickly
@given(st.lists(st.tuples(any_value, any_value), min_size=1, max_size=4))
@pytest.mark.parametrize("name", ["Chrome bash", "Chrome fetch", "Chrome PowerShell", "HAR"])
def test_many_requests_joined(name: str, values: list[tuple[str, str]]) -> None:
    sent = [Sent(URL, {"token": value}, "POST", body) for value, body in values]
    requests = read_requests(WHOLE[name](sent))
    assert requests is not None
    assert [request.token for request in requests] == [value.strip() or None for value, _ in values]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "write", [browsers.chrome_bash, browsers.chrome_cmd, browsers.chrome_old_cmd, browsers.firefox_windows]
)
def test_a_body_of_several_lines(write: Write, line_end: str) -> None:
    body = line_end.join(['{"a": "it\'s"', "", "curl 'https://x.example/' -H 'token: no'", "}"])
    requests = read_requests(write([Sent(URL, {"token": "t.o.k"}, "POST", body)]))
    assert requests is not None
    assert [(request.url, request.token) for request in requests] == [(URL, "t.o.k")]
