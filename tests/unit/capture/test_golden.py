"""Every form that a browser gives is read, and the right request found in it."""

from __future__ import annotations

import pytest

from pulumi_useapi.capture import choose, read_requests
from tests.unit.capture import scene


@pytest.mark.parametrize("name", scene.golden_files())
def test_a_golden_file_is_what_the_browser_writes(name: str) -> None:
    assert (scene.GOLDEN / name).read_bytes().decode() == scene.golden_files()[name]


def test_there_is_no_other_file() -> None:
    assert {file.name for file in scene.GOLDEN.iterdir()} == {*scene.golden_files(), "credentials.json"}


@pytest.mark.parametrize("end", ["", "\n", "\r\n \n"])
@pytest.mark.parametrize("name", scene.golden_files())
def test_url_and_token_come_out_as_they_were_sent(name: str, end: str) -> None:
    requests = read_requests((scene.GOLDEN / name).read_bytes().decode() + end)
    assert requests is not None
    assert len(requests) == (len(scene.ALL) if name in scene.MANY else 1)
    found = choose(requests)
    assert (found.url, found.token) == (scene.URL, scene.TOKEN)
    assert (found.claims.account, found.site, found.is_cursor) == (scene.ACCOUNT, "hailuoai.video", True)


@pytest.mark.parametrize("name", scene.golden_files())
def test_with_the_line_ends_of_windows(name: str) -> None:
    text = (scene.GOLDEN / name).read_bytes().decode().replace("\r\n", "\n").replace("\n", "\r\n")
    assert choose(read_requests(text)).token == scene.TOKEN


@pytest.mark.parametrize("name", scene.MANY)
def test_the_addresses_of_all_requests_come_out(name: str) -> None:
    requests = read_requests((scene.GOLDEN / name).read_bytes().decode())
    assert requests is not None
    assert [request.url for request in requests] == [sent.url for sent in scene.ALL]
    assert [request.token for request in requests] == [sent.headers.get("token") for sent in scene.ALL]


URL, TOKEN = scene.URL, scene.TOKEN


@pytest.mark.parametrize(
    "text",
    [
        f"{URL} {TOKEN}",
        f"{TOKEN}\n{URL}\n",
        f"url: {URL}\ntoken: {TOKEN}",
        f"Request URL\n{URL}\nToken\n{TOKEN}",
        f"MiniMax url = {URL}, MiniMax token = {TOKEN}",
        f"token: {TOKEN} url: {URL}",
        f'"{URL}"\n"{TOKEN}"',
        f"\ufeff{URL}\r\n{TOKEN}\r\n",
        f"{URL}\n{TOKEN}\n{TOKEN}",
        f'{{"url": "{URL}", "token": "{TOKEN}", "maxJobs": 3}}',
        f'"url": "{URL}",\n"token": "{TOKEN}",',
        f'curl "{URL}" -H "Token: {TOKEN}"',
        f"curl -sS -X GET --location '{URL}' \\\n--header 'TOKEN:{TOKEN}'",
        f"/usr/bin/curl --url '{URL}' -H'token: '{TOKEN} --max-time 30 -o out.json",
        f"curl '{URL}' -H 'x: it'\\''s' -H \"token: {TOKEN}\" --data-raw '$(reboot)'",
    ],
)
def test_two_bare_values_and_commands_out_of_an_editor(text: str) -> None:
    found = choose(read_requests(text))
    assert (found.url, found.token) == (URL, TOKEN)
