"""The settings of this package, resolved in one place: the environment wins over the stack's config.

The environment is one run's override and the way round a configuration that Pulumi stored in the state: a
``pulumi refresh`` or ``pulumi destroy`` does not see today's stack config (unless ``--run-program`` is given).
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pulumi_useapi.errors import ConfigurationError
from pulumi_useapi.http.endpoint import (
    DEFAULT_BASE_URL,
    DEFAULT_DEADLINE,
    DEFAULT_MAX_REQUESTS,
    DEFAULT_TIMEOUT,
    api_token_variable,
    checked_max_requests,
    set_api_token_command,
)

DEFAULT_EXPIRY_WARNING_DAYS = 7

Lookup = Callable[[str], object]
"""Gives the stack config's value of a key such as ``useapi:apiToken``, or None."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_VARIABLE = re.compile(r"USEAPI_API_TOKEN_[A-Z0-9_]{1,64}")
_NUMBERED = re.compile(r"user:(\d{1,20})-")


@dataclass(frozen=True)
class Settings:
    """Where the service is, how long to wait for it, and the API tokens.

    Attributes:
        base_url: base URL of the API: ``USEAPI_BASE_URL`` or ``useapi:baseUrl``. An https address with its path; plain http
            only to this machine.
        timeout: seconds one request may take: ``USEAPI_TIMEOUT`` or ``useapi:timeout``. Above 0, at most 86400.
        deadline: seconds one operation may take with its retries: ``USEAPI_DEADLINE`` or ``useapi:deadline``. Above 0, at
            most 86400.
        max_requests: requests of one subscription at the same time: ``USEAPI_MAX_REQUESTS`` or ``useapi:maxRequests``. 1
            to 256.
        former_owner: the owner whose accounts the present API token may handle too: ``USEAPI_FORMER_OWNER`` or
            ``useapi:formerOwner``. It is ``<number>@<base URL>``, as the output `owner` has it. For a real move only.
    """

    base_url: str
    timeout: float
    deadline: float
    max_requests: int
    former_owner: str | None
    _lookup: Lookup = field(repr=False)
    _environ: Mapping[str, str] = field(repr=False)

    def api_token(self, subscription: str | None = None) -> str:
        """The API token of a subscription (None: the default one), without surrounding blank space.

        Raises:
            ConfigurationError: there is none.
        """
        token = self.find_api_token(subscription)
        if token:
            return token
        command, variable = set_api_token_command(subscription), api_token_variable(subscription)
        where = f" of subscription {subscription}" if subscription else ""
        known = self.known_subscriptions() if subscription else ()
        there = f"; there is one for {', '.join(known)}" if known else ""
        raise ConfigurationError(
            f"the API token{where} is missing: set it with {command}, or in the environment variable {variable}{there}"
        )

    def find_api_token(self, subscription: str | None = None) -> str | None:
        """The API token of a subscription, or None where none is configured.

        Raises:
            ConfigurationError: the environment variable stands for several configured subscriptions.
        """
        token = self._environ.get(api_token_variable(subscription), "").strip()
        if token:
            if subscription:
                self._refuse_shared_variable(subscription)
            return token
        if subscription is None:
            return _stripped(self._lookup("useapi:apiToken"))
        return _stripped(_token_of(self._configured.get(subscription)))

    def known_subscriptions(self) -> tuple[str, ...]:
        """For what there is an API token: names of the config, variables of the environment, ``the default one``."""
        configured = [name for name, entry in self._configured.items() if _stripped(_token_of(entry))]
        names = sorted(name for name in configured if is_subscription_name(name))
        covered = {api_token_variable(name) for name in (None, *names)}
        variables = sorted(name for name in self._environ if _VARIABLE.fullmatch(name) and self._environ[name].strip())
        default = ["the default one"] if self.find_api_token() else []
        return (*default, *names, *(name for name in variables if name not in covered))

    @cached_property
    def _configured(self) -> Mapping[str, object]:
        return as_object(self._lookup("useapi:subscriptions"), "useapi:subscriptions")

    def _refuse_shared_variable(self, subscription: str) -> None:
        variable = api_token_variable(subscription)
        names = sorted({subscription, *(name for name in self._configured if is_subscription_name(name))})
        names = [name for name in names if api_token_variable(name) == variable]
        if len(names) > 1:
            raise ConfigurationError(
                f"the environment variable {variable} stands for the subscriptions {' and '.join(names)} alike: unset it, or "
                "rename one of them"
            )


def read_settings(lookup: Lookup, environ: Mapping[str, str] = os.environ) -> Settings:
    """Resolve the settings.

    Args:
        lookup: the stack config.
        environ: the environment; an empty variable counts as absent.

    Raises:
        ConfigurationError: a number is none, or not one that is possible.
    """
    return Settings(
        base_url=_text("USEAPI_BASE_URL", "useapi:baseUrl", lookup, environ) or DEFAULT_BASE_URL,
        timeout=_seconds("USEAPI_TIMEOUT", "useapi:timeout", lookup, environ) or DEFAULT_TIMEOUT,
        deadline=_seconds("USEAPI_DEADLINE", "useapi:deadline", lookup, environ) or DEFAULT_DEADLINE,
        max_requests=checked_max_requests(
            _text("USEAPI_MAX_REQUESTS", "useapi:maxRequests", lookup, environ) or DEFAULT_MAX_REQUESTS
        ),
        former_owner=_text("USEAPI_FORMER_OWNER", "useapi:formerOwner", lookup, environ),
        _lookup=lookup,
        _environ=environ,
    )


def read_expiry_warning_days(lookup: Lookup, environ: Mapping[str, str] = os.environ) -> int:
    """Days before a token's expiry from which to warn: ``USEAPI_EXPIRY_WARNING_DAYS`` or ``useapi:expiryWarningDays``. 0 to 365; 0 is never.

    Raises:
        ConfigurationError: it is no whole number from 0 to 365.
    """
    text = _text("USEAPI_EXPIRY_WARNING_DAYS", "useapi:expiryWarningDays", lookup, environ)
    if text is None:
        return DEFAULT_EXPIRY_WARNING_DAYS
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > 365:  # noqa: PLR2004
        raise ConfigurationError(
            "useapi:expiryWarningDays (USEAPI_EXPIRY_WARNING_DAYS): it must be a whole number of days from 0 (never) to 365"
        )
    return int(text)


def is_subscription_name(name: object) -> bool:
    """Whether this is a name (letters, digits, ``-``, ``_``, at most 64), so surely not an API token."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def owner_of(api_token: str, base_url: str) -> str:
    """Which subscription of which service an API token stands for: ``4711@https://api.useapi.net/v1/minimax``.

    The subscription is the number in ``user:<number>-…``; where the token has none, a short hash of it.
    """
    numbered = _NUMBERED.match(api_token)
    number = numbered.group(1) if numbered else hashlib.sha256(api_token.encode()).hexdigest()[:8]
    return f"{number}@{base_url.rstrip('/')}"


def as_object(value: object, key: str) -> Mapping[str, object]:
    """A structured config value, which Pulumi hands over as JSON text; absent = empty.

    Raises:
        ConfigurationError: it is no object.
    """
    if value is None:
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, Mapping):
        raise ConfigurationError(
            f"{key}: it must be an object: set its entries with pulumi config set --path '{key}.…'"
        )
    return value


def _token_of(entry: object) -> object:
    return entry.get("apiToken") if isinstance(entry, Mapping) else None


def _stripped(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _text(variable: str, key: str, lookup: Lookup, environ: Mapping[str, str]) -> str | None:
    value = environ.get(variable, "").strip() or lookup(key)
    return None if value is None else str(value).strip() or None


def _seconds(variable: str, key: str, lookup: Lookup, environ: Mapping[str, str]) -> float | None:
    text = _text(variable, key, lookup, environ)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ConfigurationError(f"{key} ({variable}): it must be a number of seconds above 0")
    return seconds
