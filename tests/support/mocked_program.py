"""A Pulumi program without an engine: Pulumi's own mocks, an event loop, and everything as before at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pulumi
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import settings as pulumi_settings


@dataclass
class Mocks(pulumi.runtime.Mocks):
    """Answers in the provider's place: the inputs, and what `answers` has for the resource's name."""

    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.declared.append(args.name)
        return args.name, {**args.inputs, **self.answers.get(args.name, {})}

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise AssertionError(args.token)


@contextmanager
def mocked_program(mocks: Mocks) -> Iterator[asyncio.AbstractEventLoop]:
    """Gives the program's event loop."""
    settings, config = pulumi_settings.SETTINGS, dict(pulumi_config.CONFIG.get())
    secret_keys = list(pulumi_config._SECRET_KEYS.get())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with _executor() as executor:
        loop.set_default_executor(executor)
        pulumi.runtime.set_mocks(mocks, project="minimax", stack="dev")
        pulumi.runtime.set_all_config({}, [])
        yield loop
        loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()
    pulumi.runtime.set_all_config(config, secret_keys)
    pulumi_settings.configure(settings)


@contextmanager
def _executor() -> Iterator[ThreadPoolExecutor]:
    """Threads that have an event loop: Pulumi's mocks would make one in each, and leave it open."""
    loops: list[asyncio.AbstractEventLoop] = []

    def prepare() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    with ThreadPoolExecutor(initializer=prepare) as executor:
        yield executor
    for loop in loops:
        loop.close()
