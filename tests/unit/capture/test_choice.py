"""Which request is taken of many, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from pulumi_useapi.capture import NotUsableError, Request, captured, choose, refuse_expired
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.errors import ExpiredTokenError, InvalidCredentialsError, UseApiError
from tests.unit.capture.scene import TOKEN, URL

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def request(account: str, *, days: float = 30, path: str = "/v3/api/multimodal/video/my/cursor") -> Request:
    made = make_credentials(account, expires=NOW + timedelta(days=days))
    return Request(made.url.replace("/v3/api/multimodal/video/my/cursor", path), made.token)


def test_the_newest_token_wins_and_then_the_cursor_request() -> None:
    older, newer = request("1", days=3), request("1", days=30)
    elsewhere = Request(newer.url.replace("/my/cursor", "/feed"), newer.token)
    for order in ([older, newer, elsewhere], [elsewhere, older, newer], [newer, elsewhere, older]):
        assert choose(order).url == newer.url
    assert choose([older, elsewhere]).url == elsewhere.url
    assert not choose([older, elsewhere]).is_cursor


@pytest.mark.parametrize(
    "host", ["hailuoai.video", "www.hailuoai.video", "hailuoai.com", "www.minimax.io", "HAILUOAI.video"]
)
def test_the_sites(host: str) -> None:
    assert captured(URL.replace("hailuoai.video", host), TOKEN).site == host.lower()


@pytest.mark.parametrize(
    "address",
    [
        "https://hailuoai.video.example.com/cursor",
        "https://nothailuoai.video/cursor",
        "https://example.com/cursor?u=https://hailuoai.video",
        "https://hailuoai.video@example.com/cursor",
    ],
)
def test_another_site_is_refused_unless_it_is_named(address: str) -> None:
    with pytest.raises(NotUsableError, match=r"^url: this is no address of MiniMax's site .* another site .* --site$"):
        choose([Request(address, TOKEN)])
    with pytest.raises(NotUsableError, match=r"^2 requests were read, but none to MiniMax's site"):
        choose([Request(address, TOKEN), Request(address, TOKEN)])
    assert captured("https://new.example.com/cursor", TOKEN, sites=["new.example.com"]).claims.account == "302817465"


def test_several_accounts_are_told_unless_one_is_meant() -> None:
    both = [request("101"), request("202")]
    with pytest.raises(NotUsableError, match=r"requests of 2 accounts are in this \(101, 202\)"):
        choose(both)
    with pytest.raises(NotUsableError, match="requests of 2 accounts"):
        choose(both, account="303")
    assert choose(both, account="202").claims.account == "202"
    assert choose(both[:1], account="202").claims.account == "101"


def test_no_token_header_says_that_nobody_is_logged_in() -> None:
    with pytest.raises(
        NotUsableError, match=r"^1 request was read, but none .* header token, which it sends once you are log"
    ):
        choose([Request(URL)])


def test_no_request_at_all_says_what_is_looked_for_and_where() -> None:
    with pytest.raises(NotUsableError) as caught:
        choose(None)
    assert str(caught.value) == (
        "this is no request as a browser copies it (or it is cut off): open https://hailuoai.video in the browser and log "
        "in, open the developer tools (F12), tab Network, reload the page, type cursor into the filter, right-click the "
        "request whose name begins with cursor, Copy, Copy as cURL; copy as fetch, as PowerShell, a HAR file, or url and "
        "token alone will do as well"
    )


def test_an_empty_har_file() -> None:
    with pytest.raises(NotUsableError, match=r"^0 requests were read, but none to MiniMax's site"):
        choose([])


def test_a_broken_token_is_told_and_does_not_stop_a_whole_one() -> None:
    broken = Request(URL, TOKEN[:-60].replace(".", "-"))
    with pytest.raises(InvalidCredentialsError, match=r"^token: this is no JWT"):
        choose([broken])
    with pytest.raises(InvalidCredentialsError, match=r"^token: this is no JWT"):
        choose([broken, broken])
    assert choose([broken, Request(URL, TOKEN)]).token == TOKEN


def test_http_is_refused() -> None:
    with pytest.raises(InvalidCredentialsError, match=r"^url: it must be a whole address that begins with https://"):
        choose([Request(URL.replace("https:", "http:"), TOKEN)])


def test_a_dead_token_is_refused() -> None:
    found = choose([request("101", days=1)])
    refuse_expired(found, NOW)
    with pytest.raises(ExpiredTokenError) as caught:
        refuse_expired(found, NOW + timedelta(days=1))
    assert str(caught.value) == (
        "token: the MiniMax token of account 101 expired on 2026-11-24 12:00 UTC: log in to hailuoai.video again and copy "
        "a fresh request"
    )


def test_neither_repr_nor_a_sentence_shows_a_secret() -> None:
    found = choose([Request(URL, TOKEN)])
    device = URL.partition("device_id=")[2][:18]
    sentences = []
    for requests in (
        [Request(URL)],
        [Request(URL, "a.b.c")],
        [Request(f"x{URL}", TOKEN)],
        [request("1"), request("2")],
    ):
        with pytest.raises(UseApiError) as caught:
            choose(requests)
        sentences.append(str(caught.value))
    for text in (repr(found), repr(Request(URL, TOKEN)), *sentences):
        assert device not in text
        assert TOKEN[-20:] not in text
        assert TOKEN[:20] not in text
