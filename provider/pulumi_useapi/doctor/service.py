"""The checks of API tokens and service; they need no Pulumi."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pulumi_useapi.connections import Connection, Connections
from pulumi_useapi.doctor.checkup import Check, Result, Verdict
from pulumi_useapi.errors import ApiError, ApiTokenRefusedError, UseApiError
from pulumi_useapi.http.endpoint import (
    api_token_key,
    api_token_variable,
    checked_base_url,
    is_loopback,
    set_api_token_command,
)
from pulumi_useapi.models import Account
from pulumi_useapi.settings import Settings, read_settings
from pulumi_useapi.status.asking import subscription_names
from pulumi_useapi.status.declared import Declared, declared_by
from pulumi_useapi.status.quantities import span

_PATIENCE = 15.0
"""Seconds after which a service that does not answer is given up."""
_OFF = 60.0
"""Seconds by which a clock may be off without a word."""
_WHOLE = re.compile(r"user:\d+-\S+")


@dataclass
class Service:
    """The checks, and what the earlier ones have found out for the later ones.

    Attributes:
        config: the stack's config, None where it could not be read: then there is only the environment.
        environ: the environment.
    """

    config: Mapping[str, Any] | None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    _settings: Settings = field(init=False, repr=False)
    _names: list[str | None] = field(init=False, default_factory=list)
    _declared: list[Declared] = field(init=False, default_factory=list)
    _connections: dict[str | None, Connection] = field(init=False, default_factory=dict)
    _outcomes: dict[str | None, dict[str, Account] | UseApiError] = field(init=False, default_factory=dict)

    def checks(self) -> list[Check]:
        """In the order in which they build on each other."""
        return [
            Check("settings", self.settings),
            Check("API token", self.api_tokens, ("settings",)),
            Check("service", self.service, ("API token",)),
            Check("clock", self.clock, ("API token", "service")),
            Check("access", self.access, ("API token", "service")),
            Check("account limit", self.limits, ("API token", "service", "access")),
        ]

    def settings(self) -> Sequence[Result]:
        """Whether address, times and the lists of accounts and subscriptions can be read."""
        config = self.config or {}
        try:
            settings = read_settings(config.get, self.environ)
            checked_base_url(settings.base_url)
            self._declared = declared_by(config, ())
            self._names = subscription_names(config, self._used, self.environ)
        except UseApiError as error:
            return [Result("settings", Verdict.WRONG, str(error))]
        self._settings = settings
        return [Result("settings", Verdict.OK, f"the service is {settings.base_url}")]

    def api_tokens(self) -> Sequence[Result]:
        """Whether each subscription has an API token that is whole."""
        settings = self._settings
        connections = Connections(replace(settings, deadline=min(settings.deadline, _PATIENCE)))
        wanted = [name for name in self._names if name in self._used or self._may_have(name)]
        if wanted:
            return [self._api_token(connections, name) for name in wanted]
        if self.config is None:
            text = "waits for the stack's config; there is none in the environment (USEAPI_API_TOKEN)"
            return [Result("API token", Verdict.SKIPPED, text)]
        return [self._api_token(connections, None)]

    def service(self) -> Sequence[Result]:
        """Whether the service can be reached: address, network, proxy, TLS."""
        for name, connection in self._connections.items():
            begun = time.monotonic()
            self._outcomes[name] = _ask(connection)
            seconds = time.monotonic() - begun
            outcome = self._outcomes[name]
            if isinstance(outcome, UseApiError) and not isinstance(outcome, ApiError):
                return [Result("service", Verdict.WRONG, str(outcome))]
        return [Result("service", Verdict.OK, f"answers in {seconds:.1f} s{_way_to(self._settings.base_url)}")]

    def clock(self) -> Sequence[Result]:
        """Whether this machine's clock agrees with the service's."""
        ahead = next((one.client.clock_ahead for one in self._connections.values()), None)
        if ahead is None:
            return [Result("clock", Verdict.SKIPPED, "the service does not tell its time")]
        if abs(ahead) <= _OFF:
            return [Result("clock", Verdict.OK, "agrees with the service's")]
        off = f"{span(timedelta(seconds=abs(ahead)))} {'ahead of' if ahead > 0 else 'behind'} the service's"
        fix = "set the clock of this machine: what has expired is told by it"
        return [Result("clock", Verdict.WARNING, off, fix)]

    def access(self) -> Sequence[Result]:
        """Whether the service accepts each API token."""
        return [self._access(name, outcome) for name, outcome in self._outcomes.items()]

    def limits(self) -> Sequence[Result]:
        """Whether the accounts that the stack declares fit into each subscription."""
        return [
            self._limit(name, outcome)
            for name, outcome in self._outcomes.items()
            if not isinstance(outcome, UseApiError)
        ]

    @property
    def _used(self) -> set[str | None]:
        return {one.subscription for one in self._declared}

    def _may_have(self, name: str | None) -> bool:
        try:
            return self._settings.find_api_token(name) is not None
        except UseApiError:  # told when it is asked for
            return True

    def _api_token(self, connections: Connections, name: str | None) -> Result:
        title, of = "API token", _of(name)
        try:
            token = self._settings.api_token(name)
            self._connections[name] = connections.get(name)
        except UseApiError as error:
            return Result(title, Verdict.WRONG, f"{of}{error}")
        variable = api_token_variable(name)
        if not _WHOLE.fullmatch(token):
            del self._connections[name]
            what = "is cut short" if token.startswith("user:") else 'lacks its "user:" prefix'
            return Result(title, Verdict.WRONG, f"{of}it {what}", self._set_it(name))
        if not self._is_in_environment(name):
            return Result(title, Verdict.OK, f"{of}whole, from the stack's config ({api_token_key(name)})")
        in_config = read_settings((self.config or {}).get, {}).find_api_token(name)
        if in_config in {None, token}:
            return Result(title, Verdict.OK, f"{of}whole, from the environment ({variable})")
        text = f"{of}{variable} of the environment wins over another one in the stack's config"
        return Result(title, Verdict.WARNING, text, f"unset {variable}, if that is not what you want")

    def _is_in_environment(self, name: str | None) -> bool:
        return bool(self.environ.get(api_token_variable(name), "").strip())

    def _set_it(self, name: str | None) -> str:
        command = set_api_token_command(name)
        where = f"in the variable {api_token_variable(name)}" if self._is_in_environment(name) else f"with {command}"
        return f"set it whole, user:<number>-<unique>, {where}"

    def _access(self, name: str | None, outcome: dict[str, Account] | UseApiError) -> Result:
        title, of = "access", _of(name)
        if isinstance(outcome, ApiTokenRefusedError):
            text = f"{of}useapi.net does not accept this API token (401)"
            return Result(title, Verdict.WRONG, text, self._set_it(name))
        if isinstance(outcome, UseApiError):
            return Result(title, Verdict.WRONG, f"{of}{outcome}")
        number = self._connections[name].owner.partition("@")[0]
        return Result(title, Verdict.OK, f"{of}subscription {number} lets this API token in")

    def _limit(self, name: str | None, served: Mapping[str, Account]) -> Result:
        title, of = "account limit", _of(name)
        declared = {one.account for one in self._declared if one.subscription == name and one.account}
        told = f"{of}{len(served)} configured" + (
            "" if self.config is None else f", {len(declared)} in the stack's config"
        )
        try:
            limit = self._connections[name].adviser.get_subscription().max_accounts
        except UseApiError as error:
            return Result(title, Verdict.WARNING, f"{told}; how many there may be is not known: {error}")
        if limit is None:
            return Result(title, Verdict.OK, f"{told}; useapi.net does not say how many there may be")
        told += f", at most {limit}"
        if len(declared | set(served)) <= limit:
            return Result(title, Verdict.OK, told)
        fix = "remove accounts, here or at useapi.net, or move some to another subscription"
        return Result(title, Verdict.WRONG, f"{told}: they do not fit", fix)


def _ask(connection: Connection) -> dict[str, Account] | UseApiError:
    try:
        return connection.client.list_accounts()
    except UseApiError as error:
        return error


def _way_to(base_url: str) -> str:
    """TLS and proxy, in words."""
    address = urlsplit(base_url)
    host = address.hostname or ""
    tls = ", certificate verified" if address.scheme == "https" else ""
    proxy = None if is_loopback(host) or proxy_bypass(host) else getproxies().get(address.scheme)
    return f"{tls}, through the proxy {urlsplit(proxy).hostname}" if proxy else tls


def _of(name: str | None) -> str:
    return f"{name}: " if name else ""
