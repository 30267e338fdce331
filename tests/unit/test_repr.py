"""No object of the package shows a secret when it is printed, logged or quoted by a debugger."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import pulumi_useapi
from pulumi_useapi.client import UseApiClient
from pulumi_useapi.connections import Connections
from pulumi_useapi.emulator import Emulator
from pulumi_useapi.emulator.sample import make_credentials
from pulumi_useapi.lifecycle import Lifecycle
from pulumi_useapi.models import Account
from pulumi_useapi.settings import read_settings
from tests.support.junk import MARKER
from tests.support.secret_scan import SecretScan

SECRETIVE = ("url", "token", "secret", "search_params", "lookup", "environ", "body", "header", "api_token")
"""What in the name of a field says that a secret may be in it."""
PLAIN = {
    "base_url",  # where the service is
    "headers",  # of an answer that the emulator is told to give
    "is_secret",  # a yes or no
}


def classes() -> Iterator[type]:
    """Every class with fields that a module of the package defines."""
    for found in pkgutil.walk_packages(pulumi_useapi.__path__, f"{pulumi_useapi.__name__}."):
        module = importlib.import_module(found.name)
        for thing in vars(module).values():
            if isinstance(thing, type) and thing.__module__ == module.__name__ and fields_of(thing):
                yield thing


def fields_of(kind: type) -> tuple[str, ...]:
    if dataclasses.is_dataclass(kind):
        return tuple(one.name for one in dataclasses.fields(kind))
    return getattr(kind, "_fields", ())


def is_secretive(name: str) -> bool:
    return name not in PLAIN and any(word in name for word in SECRETIVE)


KINDS = sorted(classes(), key=lambda kind: f"{kind.__module__}.{kind.__name__}")


def test_there_are_classes_that_hold_secrets() -> None:
    secretive = {kind.__name__ for kind in KINDS if any(map(is_secretive, fields_of(kind)))}
    assert {"Account", "Answer", "Settings", "Subject", "Credentials", "Subscription"} <= secretive


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__.partition('.')[2]}.{kind.__name__}")
def test_no_field_that_may_hold_a_secret_is_shown(kind: type) -> None:
    values = {name: MARKER if is_secretive(name) else None for name in fields_of(kind)}
    made: object
    if issubclass(kind, tuple):
        made = tuple.__new__(kind, values.values())
    else:
        made = object.__new__(kind)
        for name, value in values.items():
            object.__setattr__(made, name, value)
    assert MARKER not in repr(made)
    assert MARKER not in str(made)
    assert MARKER not in f"{[made]}"


def test_what_is_made_of_secrets_does_not_show_them(tmp_path: Path) -> None:
    made = make_credentials("302", expires=datetime.now(timezone.utc) + timedelta(days=9))
    api_token = "user:4711-Zq8LmPk2Wv9RtYx3"
    environment = {"USEAPI_BASE_URL": "http://127.0.0.1:1", "USEAPI_API_TOKEN": api_token}
    settings = read_settings({"useapi:apiToken": api_token}.get, environment)
    connections = Connections(settings)
    body = {"account": "302", "jwt": {"token": made.token, "searchParams": made.url}}
    emulator = Emulator(tmp_path)
    client = UseApiClient(api_token)
    things = [
        settings,
        connections,
        connections.get(None),
        client,
        Lifecycle(settings, lambda *_: None),
        Account.from_answer(body),
        emulator,
        made,
    ]
    scan = SecretScan()
    scan.plant("API token", api_token)
    scan.plant_credentials(made.url, made.token)
    for thing in things:
        assert scan.find(repr(thing) + str(thing)) == set(), type(thing)
    assert scan.find(repr(tuple(made))), "the scan can fail"
