"""More workers for our calls, as many as before for everybody else's, and nothing changed where Pulumi is built otherwise."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from types import ModuleType
from typing import Any

import pytest

from pulumi_useapi.engine import workers
from pulumi_useapi.minimax_account import MiniMaxAccountProvider

PULUMIS_OWN = 4
MANY = 12


class Theirs:
    """Somebody else's provider."""

    name = "theirs"

    def create(self, call: Callable[[], object]) -> object:
        return call()


class Ours(MiniMaxAccountProvider):
    """A call of ours that does what the test says."""

    __module__ = MiniMaxAccountProvider.__module__

    def create(self, props: Any) -> Any:
        return props()


def get_provider(provider: Any, configure: Callable[[], None] | None = None) -> Any:
    """Stands in for the server's function of that name, from which it calls `configure`."""
    if configure:
        configure()
    return provider


class Server:
    """Serves calls as Pulumi's does: in a pool of four, with a provider from `get_provider` of its main module."""

    def __init__(self, main: ModuleType, pool: Any) -> None:
        self.main = main
        self.pool = pool

    def call(self, provider: Any, call: Callable[[], object]) -> futures.Future[Any]:
        future: futures.Future[Any] = self.pool.submit(lambda: self.main.get_provider(provider).create(call))
        return future

    def configure(self) -> None:
        self.pool.submit(lambda: self.main.get_provider(Ours(), workers.serve_as_many_as_asked)).result(10)

    def most_at_once(self, *providers: Any) -> int:
        """How many calls of these providers are under way when as many as possible are."""
        lock, under_way, seen = threading.Lock(), set[int](), [0]
        is_over = threading.Event()

        def call() -> None:
            with lock:
                under_way.add(threading.get_ident())
                seen[0] = max(seen[0], len(under_way))
                if seen[0] == len(providers):
                    is_over.set()
            is_over.wait(1)
            with lock:
                under_way.discard(threading.get_ident())

        for done in [self.call(provider, call) for provider in providers]:
            done.result(10)
        return seen[0]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("__main__")
    vars(module).update(get_provider=get_provider)
    monkeypatch.setitem(sys.modules, "__main__", module)
    return module


@pytest.fixture
def server(main: ModuleType) -> Iterator[Server]:
    with futures.ThreadPoolExecutor(PULUMIS_OWN) as pool:
        yield Server(main, pool)


def test_our_calls_are_served_all_at_once(server: Server) -> None:
    assert server.most_at_once(*[Ours()] * MANY) == PULUMIS_OWN
    server.configure()
    assert server.most_at_once(*[Ours()] * MANY) == MANY


def test_calls_that_compute_get_no_more_workers(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would only take Python's lock from each other."""
    monkeypatch.setattr(time, "process_time", time.monotonic)
    server.configure()
    assert server.most_at_once(*[Ours()] * MANY) == PULUMIS_OWN


def test_calls_that_came_before_the_first_one_was_served(server: Server) -> None:
    """The engine sends all deletes at once, and only the first one makes the server configure the provider."""
    together = threading.Barrier(MANY, timeout=10)
    is_sent = threading.Event()

    def configure() -> None:
        assert is_sent.wait(10)
        workers.serve_as_many_as_asked()

    first = server.pool.submit(lambda: server.main.get_provider(Ours(), configure).create(together.wait))
    others = [server.call(Ours(), together.wait) for _ in range(MANY - 1)]
    is_sent.set()
    assert sorted(done.result(10) for done in [first, *others]) == list(range(MANY))


def test_other_peoples_calls_stay_as_many_as_they_were(server: Server) -> None:
    server.configure()
    assert server.most_at_once(*[Theirs()] * (PULUMIS_OWN * 2)) == PULUMIS_OWN


def test_other_peoples_calls_do_not_hold_ours_up(server: Server) -> None:
    server.configure()
    is_over = threading.Event()
    waiting = [server.call(Theirs(), lambda: is_over.wait(10)) for _ in range(MANY)]
    assert server.call(Ours(), lambda: "served").result(5) == "served"
    is_over.set()
    assert all(done.result(10) for done in waiting)


def test_other_peoples_providers_answer_and_fail_as_before(server: Server) -> None:
    server.configure()

    def fail() -> None:
        raise LookupError("theirs")

    assert server.call(Theirs(), lambda: 7).result(5) == 7
    with pytest.raises(LookupError, match="theirs"):
        server.call(Theirs(), fail).result(5)
    assert server.main.get_provider(Theirs()).name == "theirs"


def test_a_second_configure_changes_nothing(server: Server) -> None:
    server.configure()
    installed = server.main.get_provider
    server.configure()
    assert server.main.get_provider is installed


def test_another_pool_of_the_process_is_left_alone(server: Server) -> None:
    with futures.ThreadPoolExecutor(2) as other:
        other.submit(int).result()
        server.configure()
        assert Server(server.main, other).most_at_once(*[Ours()] * MANY) == 2


# Where it is built otherwise, nothing changes


def test_outside_of_a_pool(main: ModuleType) -> None:
    main.get_provider(None, workers.serve_as_many_as_asked)
    assert main.get_provider is get_provider


def test_a_pool_of_another_make(main: ModuleType) -> None:
    class Other(futures.ThreadPoolExecutor):
        """It may rely on its number of threads."""

    with Other(PULUMIS_OWN) as pool:
        server = Server(main, pool)
        server.configure()
        assert main.get_provider is get_provider
        assert server.most_at_once(*[Ours()] * MANY) == PULUMIS_OWN


def test_a_server_that_gets_its_providers_otherwise(server: Server) -> None:
    server.pool.submit(workers.serve_as_many_as_asked).result(10)
    assert server.main.get_provider is get_provider
    del server.main.get_provider
    server.pool.submit(workers.serve_as_many_as_asked).result(10)
    assert server.pool.submit(int).result(10) == 0


@pytest.mark.parametrize("missing", ["_worker", *workers._INTERNALS])
def test_a_python_whose_pool_is_built_otherwise(missing: str, server: Server) -> None:
    def configure() -> None:
        with pytest.MonkeyPatch.context() as patch:
            places = (futures.thread, futures.ThreadPoolExecutor, server.pool)
            place = next(place for place in places if missing in vars(place))
            patch.delattr(place, missing)
            workers.serve_as_many_as_asked()

    server.pool.submit(lambda: server.main.get_provider(None, configure)).result(10)
    assert server.main.get_provider is get_provider
    assert server.pool._max_workers == PULUMIS_OWN
