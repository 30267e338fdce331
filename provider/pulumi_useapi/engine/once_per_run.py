"""What is the same for all resources of a run is found out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

import pulumi

from pulumi_useapi.engine.program_process import current_run

T = TypeVar("T")


def once_per_run(function: Callable[[], T]) -> Callable[[], T]:
    """Call a function once for each run of a program, and keep what it returns until the run ends.

    One process may run the programs of several stacks, one after or beside the other. Outside of a run, or where the
    function raises, nothing is kept.
    """
    kept: WeakKeyDictionary[pulumi.Resource, T] = WeakKeyDictionary()

    @wraps(function)
    def call() -> T:
        run = current_run()
        if run is None:
            return function()
        if run not in kept:
            kept[run] = function()
        return kept[run]

    return call
