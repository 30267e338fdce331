"""What is the same for a whole run is found out once in it, and anew in the next one."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_useapi.engine import once_per_run as module
from pulumi_useapi.engine.once_per_run import once_per_run


class Root:
    """Stands for a run; known by its identity, as Pulumi's resources are."""


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The run that goes on: the last one."""
    found: list[Any] = [None]
    monkeypatch.setattr(module, "current_run", lambda: found[-1])
    return found


def test_once_in_each_run(runs: list[Any]) -> None:
    calls: list[int] = []

    @once_per_run
    def count() -> int:
        calls.append(1)
        return len(calls)

    assert [count(), count()] == [1, 2]  # no run
    one, two = Root(), Root()
    runs.append(one)
    assert [count(), count()] == [3, 3]
    runs.append(two)
    assert [count(), count()] == [4, 4]
    runs.append(one)
    assert count() == 3


def test_a_failure_is_not_kept(runs: list[Any]) -> None:
    runs.append(Root())
    outcomes = iter([ValueError("first"), "then"])

    @once_per_run
    def attempt() -> object:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with pytest.raises(ValueError, match="first"):
        attempt()
    assert [attempt(), attempt()] == ["then", "then"]
