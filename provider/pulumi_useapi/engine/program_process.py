"""What this package adds to the process that runs the user's Pulumi program."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import grpc
import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

_LAUNCHER = "pulumi-language-python-exec"
_INTERRUPTED = 130
_CANCELLED: int = grpc.StatusCode.CANCELLED.value[0]


def end_quietly_when_interrupted() -> None:
    """End the program without a traceback when Pulumi interrupts it.

    As soon as one resource is refused, the language host of newer CLIs interrupts the program, which waits for the
    engine then; Python's answer is a traceback of Pulumi's own event loop, in which the sentence that says what is
    wrong is hard to find. Does nothing where the program has a handler of its own, or is not run by Pulumi.
    """
    is_main_thread = threading.current_thread() is threading.main_thread()
    if is_main_thread and _is_in_pulumis_launcher() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def current_run() -> pulumi.Resource | None:
    """What tells one run of this process from another: its root resource.

    None outside of a run, and in unit tests with Pulumi's mocks, whose root lives as long as the process and so is
    the same for all of them.
    """
    return None if isinstance(get_monitor(), MockMonitor) else pulumi.runtime.get_root_resource()


def _is_in_pulumis_launcher() -> bool:
    outermost: FrameType = sys._getframe()
    while outermost.f_back is not None:
        outermost = outermost.f_back
    return Path(outermost.f_code.co_filename).name == _LAUNCHER


def _end(_signal: int, _frame: FrameType | None) -> None:
    _give_up_calls()
    if _is_in_pulumis_launcher():  # else Python is shutting down, and would show an exception it cannot raise
        sys.exit(_INTERRUPTED)


def _give_up_calls() -> None:
    """End the calls that wait for the engine.

    The launcher's last act is to wait for their threads, and the engine, which no longer answers, to wait for the
    program: five seconds, then it kills it.
    """
    channel = getattr(getattr(get_monitor(), "RegisterResource", None), "_channel", None)
    close = getattr(channel, "close", None)
    if callable(close):
        close(_CANCELLED, "the program was interrupted")
