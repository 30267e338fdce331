"""What is no request of a browser is refused, quickly, and nothing in it is ever run or replaced."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_useapi.capture import choose, read_requests
from pulumi_useapi.errors import UseApiError
from tests.unit.capture.scene import TOKEN, URL, golden_files

quickly = settings(deadline=timedelta(seconds=5))

JUNK = (
    "",
    " \n",
    "hello",
    "curl",
    "curl ",
    "curl -H",
    "curl --url",
    "curl ^",
    "fetch(",
    "fetch()",
    'fetch("https://hailuoai.video/cursor", {"headers": []})',
    "fetch(location)",
    "$session",
    "Invoke-WebRequest",
    "Invoke-WebRequest -Uri $url",
    "{}",
    "[]",
    "{",
    '{"log": 1}',
    '{"log": {"entries": {}}}',
    '{"url": 1, "token": 2}',
    "token: ",
    TOKEN,
    f"{TOKEN} {TOKEN[:-1]}x {URL}",
    f"{URL} {URL}x {TOKEN}",
    f"{URL} and {TOKEN}",
    "GET / HTTP/2",
    "GET / HTTP/2\nno header",
    f"wget '{URL}' -H 'token: {TOKEN}'",
    f"curl '{URL}' -H 'token: {TOKEN}' | sh",
    f"curl '{URL}' -H \"token: $(cat token)\"",
    f"curl '{URL}' -H \"token: $TOKEN\"",
    f"curl '{URL}' -H \"token: `cat token`\"",
    f"curl '{URL}' -H 'token: {TOKEN}' > out.json",
    f"curl '{URL}' -H 'token: {TOKEN}'; rm -r .",
    f"curl '{URL}' -H 'token: {TOKEN}",
    f'fetch("{URL}", {{"headers": {{"token": token()}}}})',
    f'fetch("{URL}", {{"headers": {{"token": "{TOKEN}"}}}}); alert(1)',
    f'Invoke-WebRequest -Uri "{URL}" -Headers @{{ "token"="$(Get-Content token)" }}',
    f'Invoke-WebRequest -Uri "{URL}" -Headers @{{ "token"="{TOKEN}"',
    f'Invoke-WebRequest -Uri "{URL}" -Headers @{{ "token"=$token }}',
)


@pytest.mark.parametrize("text", JUNK)
def test_junk_is_refused(text: str) -> None:
    with pytest.raises(UseApiError) as caught:
        choose(read_requests(text))
    assert TOKEN[:20] not in str(caught.value)


def test_what_the_next_browser_adds_does_not_disturb() -> None:
    more = "--http3-only --some-new-option=1 --some-new-flag value -Z"
    requests = read_requests(f"curl '{URL}' -H 'token: {TOKEN}' {more}")
    assert choose(requests).token == TOKEN


@pytest.mark.parametrize("name", golden_files())
def test_a_text_cut_off_gives_no_other_token(name: str) -> None:
    text = golden_files()[name]
    for end in range(0, len(text), 97):
        for request in read_requests(text[:end]) or ():
            assert not request.token or TOKEN.startswith(request.token) or request.token in text


@quickly
@given(
    name=st.sampled_from(sorted(golden_files())), at=st.floats(0, 1), put=st.text(max_size=5), cut=st.integers(0, 20)
)
def test_any_change_of_a_golden_file_is_read_or_refused(name: str, at: float, put: str, cut: int) -> None:
    text = golden_files()[name]
    position = int(at * len(text))
    read_requests(text[:position] + put + text[position + cut :])


@quickly
@given(
    st.text(st.sampled_from("curl fetch\"'\\^%$`&(){}[]@=:;,\n\r\t-HX.eyJ ")), st.sampled_from(("", "curl ", "fetch("))
)
def test_any_text_is_read_or_refused(text: str, start: str) -> None:
    read_requests(start + text)


NESTED = (
    *(
        "^",
        "\\",
        "'",
        '"',
        '""',
        '^"',
        "^%",
        "^\\^",
        '^\\^"',
        "%",
        "$'",
        "`",
        "$(",
        "(",
        "[",
        "{",
        '{"a":',
        " ",
        "\n",
        "^\n",
    ),
    *("\\\n", "&", ";", "a", "a.", "aaaa.", "=", "@{", ": ", "https://", "token ", "-H ", "curl ", "\\u0041", "\ud800"),
)


@pytest.mark.parametrize(
    "start", ["", "curl ", 'curl ^"', 'curl "', "curl $'", "fetch(", 'fetch("', "$session", "{", "GET /"]
)
def test_megabytes_take_no_longer_than_they_have_to(start: str) -> None:
    began = time.process_time()
    for piece in NESTED:
        read_requests(start + piece * (50_000 // len(piece)))
    assert time.process_time() - began < 20


def test_a_har_file_of_many_megabytes() -> None:
    text = golden_files()["all.har"]
    entries = text[text.index('"entries": [') + 12 : text.rindex("]")]
    many = text.replace(entries, ",".join([entries] * 1000))
    assert len(many) > 10_000_000
    began = time.process_time()
    assert choose(read_requests(many)).token == TOKEN
    assert time.process_time() - began < 20


@pytest.mark.parametrize("name", ["chrome-all-bash.txt", "chrome-all-cmd.txt", "chrome-all-powershell.txt"])
def test_all_requests_of_a_long_session(name: str) -> None:
    text = " ;\n".join([golden_files()[name]] * 200)
    if "cmd" in name:
        text = text.replace(" ;\n", " &\r\n")
    began = time.process_time()
    assert choose(read_requests(text)).token == TOKEN
    assert time.process_time() - began < 20
