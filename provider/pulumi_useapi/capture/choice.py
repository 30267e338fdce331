"""Of many requests the one that carries the credentials, and what is checked of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from pulumi_useapi.capture.request import NotUsableError, Request
from pulumi_useapi.credentials import Claims, parse_token, parse_url
from pulumi_useapi.errors import ExpiredTokenError, InvalidCredentialsError

SITES = ("hailuoai.video", "hailuoai.com", "minimax.io")
"""MiniMax's sites; what is below one of them belongs to it."""

_WHERE_IN_THE_BROWSER = (
    "open https://hailuoai.video in the browser and log in, open the developer tools (F12), tab Network, reload the "
    "page, type cursor into the filter, right-click the request whose name begins with cursor, Copy, Copy as cURL"
)


@dataclass(frozen=True)
class Captured:
    """A url and a token that passed every check that needs no clock.

    Attributes:
        url: MiniMax url.
        token: MiniMax token.
        claims: what the token says of itself.
        site: the host of the url.
        is_cursor: whether the url is the one of the site's `/cursor` request, as the service wants it.
    """

    url: str = field(repr=False)
    token: str = field(repr=False)
    claims: Claims
    site: str
    is_cursor: bool


def captured(url: str, token: str, *, sites: Collection[str] = SITES) -> Captured:
    """Check a url and a token.

    Args:
        url: MiniMax url.
        token: MiniMax token.
        sites: hosts that are MiniMax's.

    Raises:
        InvalidCredentialsError: one of them is not what the browser gives.
        NotUsableError: the url is of no known site.
    """
    address = parse_url(url)
    host = _host(address)
    if not _is_of(host, sites):
        raise NotUsableError(
            f"url: this is no address of MiniMax's site ({', '.join(sites)}); {_WHERE_IN_THE_BROWSER}; another site of "
            "MiniMax is named with --site"
        )
    path = urlsplit(address).path
    return Captured(address, token.strip(), parse_token(token), host, path.rstrip("/").endswith("/cursor"))


def choose(
    requests: Sequence[Request] | None, *, account: str | None = None, sites: Collection[str] = SITES
) -> Captured:
    """The credentials in some requests: the newest token, of the `/cursor` request where more have it.

    Args:
        requests: what `read_requests` found.
        account: which account to take where there are several.
        sites: hosts that are MiniMax's.

    Raises:
        NotUsableError: no request carries them, or those of several accounts are there.
        InvalidCredentialsError: the only ones that are there are not what the browser gives.
    """
    if requests is None:
        raise NotUsableError(
            f"this is no request as a browser copies it (or it is cut off): {_WHERE_IN_THE_BROWSER}; copy as fetch, as "
            "PowerShell, a HAR file, or url and token alone will do as well"
        )
    if len(requests) == 1 and requests[0].token:
        found = [captured(requests[0].url, requests[0].token, sites=sites)]
    else:
        found = _usable(_with_token(requests, sites), sites)
    accounts = sorted({one.claims.account for one in found})
    if account in accounts:
        found = [one for one in found if one.claims.account == account]
    elif len(accounts) > 1:
        raise NotUsableError(
            f"requests of {len(accounts)} accounts are in this ({', '.join(accounts)}), and which one is meant is not "
            "known: copy the request of one of them alone"
        )
    return max(found, key=lambda one: (one.claims.exp, one.is_cursor))


def refuse_expired(one: Captured, now: datetime) -> None:
    """Stop where the token is dead.

    Raises:
        ExpiredTokenError: it is.
    """
    if one.claims.has_expired(now):
        raise ExpiredTokenError(
            f"token: the MiniMax token of account {one.claims.account} expired on "
            f"{one.claims.expires:%Y-%m-%d %H:%M} UTC: log in to {one.site} again and copy a fresh request",
            field="token",
        )


def _with_token(requests: Sequence[Request], sites: Collection[str]) -> list[Request]:
    of_site = [request for request in requests if _is_of(_host(request.url), sites)]
    read = "1 request was read" if len(requests) == 1 else f"{len(requests)} requests were read"
    if not of_site:
        raise NotUsableError(
            f"{read}, but none to MiniMax's site ({', '.join(sites)}): {_WHERE_IN_THE_BROWSER}; another site of MiniMax "
            "is named with --site"
        )
    with_token = [request for request in of_site if request.token]
    if not with_token:
        raise NotUsableError(
            f"{read}, but none to MiniMax's site with the header token, which it sends once you are logged in: "
            f"{_WHERE_IN_THE_BROWSER}"
        )
    return with_token


def _usable(requests: Sequence[Request], sites: Collection[str]) -> list[Captured]:
    """Those that pass the checks; where none does, the first one's fault is raised."""
    tried = [_try(request, sites) for request in requests]
    usable = [one for one in tried if isinstance(one, Captured)]
    faults = [one for one in tried if isinstance(one, InvalidCredentialsError)]
    if faults and not usable:
        raise faults[0]
    return usable


def _try(request: Request, sites: Collection[str]) -> Captured | InvalidCredentialsError:
    try:
        return captured(request.url, request.token or "", sites=sites)
    except InvalidCredentialsError as fault:
        return fault


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _is_of(host: str, sites: Collection[str]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)
