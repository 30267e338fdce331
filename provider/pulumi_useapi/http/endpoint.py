"""What a client is given, checked, and its defaults: API token and where it is set, base URL, seconds, account id."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, quote, urlsplit

from pulumi_useapi.errors import ConfigurationError

DEFAULT_BASE_URL = "https://api.useapi.net/v1/minimax"
DEFAULT_TIMEOUT = 30.0
DEFAULT_DEADLINE = 120.0
DEFAULT_MAX_REQUESTS = 10
MOST_REQUESTS = 256

_MOST_SECONDS = 86_400


def api_token_key(subscription: str | None) -> str:
    """The stack config's key of a subscription's API token."""
    return f"useapi:subscriptions.{subscription}.apiToken" if subscription else "useapi:apiToken"


def api_token_variable(subscription: str | None) -> str:
    """The environment variable of a subscription's API token: ``USEAPI_API_TOKEN_TEAM_B`` for ``team-b``."""
    suffix = "_" + subscription.upper().replace("-", "_") if subscription else ""
    return "USEAPI_API_TOKEN" + suffix


def set_api_token_command(subscription: str | None) -> str:
    """Return the command that sets a subscription's API token in the stack's config."""
    key = api_token_key(subscription)
    return "pulumi config set --secret " + (f"--path '{key}'" if subscription else key)


def set_api_token(subscription: str | None) -> str:
    """Return how a subscription's API token is set, in words."""
    return f"{set_api_token_command(subscription)} (or the variable {api_token_variable(subscription)})"


def checked_token(api_token: str, subscription: str | None = None) -> str:
    """Return the API token without blank space around it.

    Args:
        api_token: `user:<number>-<unique>`.
        subscription: its name, for the sentence that it is unusable; None is the default one.

    Raises:
        ConfigurationError: it is empty or cannot be one.
    """
    token = api_token.strip()
    how = f"set it with {set_api_token(subscription)}"
    if not token:
        raise ConfigurationError(f"the API token of useapi.net is missing: {how}")
    if not re.fullmatch(r"[!-~]+", token):
        raise ConfigurationError(
            f"the API token of useapi.net holds blank space or characters that no API token has: {how}"
        )
    return token


def checked_base_url(base_url: str) -> SplitResult:
    """Return the base URL without a slash at its end.

    Raises:
        ConfigurationError: it is no https address (or plain http one of this machine), or holds more than a place.
    """
    text = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        fault = _fault_of(text, parts)
    except ValueError:
        fault = "is no address"
    if fault:
        raise ConfigurationError(
            f"the base URL {fault}: correct useapi:baseUrl (USEAPI_BASE_URL), or unset it for useapi.net itself"
        )
    return parts


def _fault_of(text: str, parts: SplitResult) -> str | None:
    host = parts.hostname or ""
    faults = {
        "must be an https address with a host": parts.scheme not in {"https", "http"} or not host,
        "must not hold a user name or password": "@" in parts.netloc,
        "must end with its path, without ? and #": "?" in text or "#" in text,
        "is no address": not (
            re.fullmatch(r"[A-Za-z0-9.:_-]+", host) and re.fullmatch(r"[!-~]+", text) and parts.port != 0
        ),
        "must use https, because plain http is only for this machine itself": (
            parts.scheme == "http" and not is_loopback(host)
        ),
    }
    return next((fault for fault, found in faults.items() if found), None)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name alone: 127.0.0.0/8, ::1, localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_seconds(seconds: float, name: str) -> float:
    """Return a timeout or deadline.

    Args:
        seconds: above 0, at most a day.
        name: name of the setting.

    Raises:
        ConfigurationError: it is not such a number.
    """
    good = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if good and 0 < seconds <= _MOST_SECONDS:
        return float(seconds)
    raise ConfigurationError(
        f"the {name} must be a number of seconds above 0 and at most {_MOST_SECONDS}: "
        f"correct useapi:{name} (USEAPI_{name.upper()})"
    )


def checked_max_requests(number: object) -> int:
    """Return how many requests of one subscription may be under way at once.

    Args:
        number: 1 to 256, as a number or in digits.

    Raises:
        ConfigurationError: it is not such a number.
    """
    if (
        not isinstance(number, bool)
        and re.fullmatch(r"[0-9]{1,3}", str(number))
        and 1 <= int(str(number)) <= MOST_REQUESTS
    ):
        return int(str(number))
    raise ConfigurationError(
        f"useapi:maxRequests (USEAPI_MAX_REQUESTS): it must be a whole number of requests from 1 to {MOST_REQUESTS}"
    )


def path_segment(account: str) -> str:
    """Return an account id as one segment of a path.

    Raises:
        ConfigurationError: it is empty or would lead to another path.
    """
    segment = quote(account, safe="", errors="replace")
    if segment in {"", ".", ".."}:
        raise ConfigurationError("the account id is empty or no account id: name the account")
    return segment
