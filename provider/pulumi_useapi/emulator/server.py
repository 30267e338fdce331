"""The running emulator: a server in a thread of its own, with what tests and tools need to steer it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from pulumi_useapi.emulator import control
from pulumi_useapi.emulator.behaviour import Behaviour, Switchboard
from pulumi_useapi.emulator.disturbance import Disturber
from pulumi_useapi.emulator.door import Door
from pulumi_useapi.emulator.requestlog import RequestLog
from pulumi_useapi.emulator.service import BASE_PATH, Service, State
from pulumi_useapi.emulator.store import Store
from pulumi_useapi.emulator.subscriptions import Subscription, Subscriptions

T = TypeVar("T")

_SHUTDOWN_SECONDS = 1.0


class Emulator:
    """The service on a port of this machine, from `start` (or `with`) to `stop`.

    Args:
        data_dir: folder of `subscriptions.json` and `emulator.sqlite`; made where missing.
        port: 0 = a free one.
        latency: seconds every call of the service takes.
        subscriptions: written to the file in place of what is there; None = as it is, or one named demo.
        host: the address to listen on.

    Raises:
        DataError: (by `start`) the files in the folder cannot be used.
        OSError: (by `start`) the folder cannot be written or the port is taken.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str],
        port: int = 0,
        latency: float = 0.0,
        subscriptions: Sequence[Subscription] | None = None,
        *,
        host: str = "127.0.0.1",
    ) -> None:
        self._folder = Path(data_dir)
        self._host = host
        self._port = port
        self._behaviour = Behaviour(latency=latency)
        self._given = subscriptions
        self._running: _Running | None = None

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Return once the service listens."""
        if self._running is not None:
            raise RuntimeError("the emulator is running already")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        subscriptions = Subscriptions.open(self._folder, self._given)
        state = State(subscriptions, Store(self._folder), Switchboard(self._behaviour), RequestLog())
        try:
            self._running = _Running(state, self._host, self._port)
        except BaseException:
            state.store.close()
            raise

    def stop(self) -> None:
        """Stop listening and close the files; calls under way get a second to end."""
        if self._running is None:
            return
        running, self._running = self._running, None
        running.stop()
        running.state.store.close()

    @property
    def base_url(self) -> str:
        """Where the service is, such as `http://127.0.0.1:8787/v1/minimax`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._up.port}{BASE_PATH}"

    @property
    def api_token(self) -> str:
        """The API token of the first subscription."""
        return self.subscriptions[0].api_token

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """All subscriptions, in the order of the file."""
        return self._up.call(lambda state: state.subscriptions.all())

    def requests(self, after: int = 0) -> list[dict[str, Any]]:
        """What `GET /_emulator/requests` answers: the request log after a sequence number."""
        return self._up.call(lambda state: state.log.after(after))

    def accounts(self, number: int | None = None) -> list[dict[str, Any]]:
        """Everything stored, of one subscription or of all; each with its `subscription` and `account`."""
        stored = self._up.call(lambda state: state.store.all())
        return [one for one in stored if number in (None, one["subscription"])]

    def edit(self, number: int, account: str, **changes: Any) -> None:
        """Change stored fields of an account (`maxJobs=3`, `exp=…`); None leaves one out of the answers.

        Raises:
            KeyError: the account does not exist.
            DataError: a field is unknown or its value of the wrong type.
        """
        self._up.call(lambda state: state.store.edit(number, account, changes))

    def delete(self, number: int, account: str) -> None:
        """Remove an account; one that is not there is fine."""
        self._up.call(lambda state: state.store.delete(number, account))

    def edit_subscription(self, number: int, **changes: Any) -> None:
        """Change `plan`, `credits`, `maxAccounts`, `expired` or `name` of a subscription.

        Raises:
            KeyError: there is no subscription of that number.
            DataError: a name is unknown or a value not usable.
        """
        self._up.call(lambda state: state.subscriptions.edit(number, changes))

    def set_behaviour(self, **changes: Any) -> None:
        """Set the named switches of `Behaviour`, each one whole.

        Raises:
            DataError: a name is unknown or a value not usable.
        """

        def switch(state: State) -> None:
            state.switchboard.now = state.switchboard.now.changed(changes)

        self._up.call(switch)

    def set_faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Set the faults that requests meet; `[]` = none. A rule is an object with the fields of `faults.Rule`.

        Raises:
            DataError: a rule is not usable; the old ones stay then.
        """
        self._up.call(lambda state: state.faults.set(rules))

    @property
    def faults(self) -> list[dict[str, Any]]:
        """The rules, each with `matched` and `happened`: how many requests it was about, and how many met it."""
        return self._up.call(lambda state: state.faults.as_json())

    def refuse_connections(self) -> None:
        """Stop listening and reset every connection, but keep the port, until `accept_connections`."""
        self._up.move(Door.close)

    def accept_connections(self) -> None:
        """Listen again."""
        self._up.move(Door.open)

    @property
    def _up(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the emulator is not running")
        return self._running


class _Running:
    """One server thread; everything that touches the state runs on its event loop."""

    _loop: asyncio.AbstractEventLoop

    def __init__(self, state: State, host: str, port: int) -> None:
        self.state = state
        self._door = Door(host, port)
        self._stopping = asyncio.Event()
        listening: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(listening,), name="useapi-emulator", daemon=True)
        self._thread.start()
        try:
            listening.result()
        except BaseException:
            self._thread.join()
            raise

    def call(self, function: Callable[[State], T]) -> T:
        async def on_loop() -> T:
            return function(self.state)

        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result()

    @property
    def port(self) -> int:
        return self._door.port

    def move(self, how: Callable[[Door], Awaitable[None]]) -> None:
        async def on_loop() -> None:
            await how(self._door)

        asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self, listening: Future[None]) -> None:
        asyncio.run(self._serve(listening))  # ends what is still being answered, too

    async def _serve(self, listening: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        runner = web.AppRunner(
            make_app(self.state, self._door), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, handle_signals=False
        )
        await runner.setup()
        try:
            await self._door.install(runner)
        except OSError as problem:
            listening.set_exception(problem)
        else:
            listening.set_result(None)
            await self._stopping.wait()
        finally:
            await self._door.remove()
            await runner.cleanup()


def make_app(state: State, door: Door) -> web.Application:
    """The aiohttp application: the service, and its back door below `/_emulator`."""
    app = web.Application(
        middlewares=[
            _only(control.guard, inside=True),
            _only(Disturber(state.faults, state.log, door).disturb, inside=False),
            _only(state.log.observe, inside=False),
            _only(state.switchboard.disturb, inside=False),
        ]
    )
    app.add_routes(Service(state).routes())
    app.add_routes(control.Control(state).routes())
    return app


def _only(middleware: Middleware, *, inside: bool) -> Middleware:
    @web.middleware
    async def chosen(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(control.PREFIX) is inside:
            return await middleware(request, handler)
        return await handler(request)

    return chosen
