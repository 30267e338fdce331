"""`pulumi-useapi emulator`: the embedded emulator of the service, until it is told to end."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_useapi.cli.exits import USAGE

if TYPE_CHECKING:
    from pulumi_useapi.emulator import Emulator


class _MissingPackageError(click.ClickException):
    exit_code = USAGE


def _loopback(ctx: click.Context, param: click.Parameter, value: str) -> str:
    address = "127.0.0.1" if value == "localhost" else value
    try:
        usable = ipaddress.ip_address(address).is_loopback
    except ValueError:
        usable = False
    if not usable:
        text = f"{value!r} is no loopback address: the emulator serves this machine only"
        raise click.BadParameter(text, ctx, param)
    return address


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0 = a free one.")
@click.option("--host", callback=_loopback, default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".emulator"),
    show_default=True,
    help="Folder of the accounts and the API tokens.",
)
@click.option("--latency", type=click.FloatRange(min=0, max=3600), default=0.0, help="Seconds every call takes.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The base URL is written there once the emulator listens; gone when it has ended.",
)
def emulator(port: int, host: str, folder: Path, latency: float, ready_file: Path | None) -> None:
    """Run an emulator of useapi.net's MiniMax accounts API.

    It runs until SIGINT (Ctrl-C) or SIGTERM. Data and API tokens are kept in the data folder; one subscription is made
    there at the first start. Each request is one line on standard error. Faults of service and network can be switched on and off while it runs,
    by a PUT of rules such as [{"fault": "status", "status": 503, "nth": "first 2"}] to /_emulator/faults.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    if ready_file:
        ready_file.unlink(missing_ok=True)
    running = _start(port, host, folder, latency)
    try:
        _announce(running, folder, ready_file)
        ending.wait()
    except OSError as problem:
        raise click.ClickException(f"cannot write {ready_file}: {problem.strerror}") from None
    finally:
        running.stop()
        if ready_file:
            ready_file.unlink(missing_ok=True)


def check_packages() -> None:
    """End where the packages that the emulator needs are not installed."""
    try:
        import pulumi_useapi.emulator  # noqa: F401 - slow to load
    except ModuleNotFoundError as missing:
        raise _MissingPackageError(
            f"the emulator needs {missing.name}: pip install 'pulumi-useapi[emulator]'"
        ) from None


def _start(port: int, host: str, folder: Path, latency: float) -> Emulator:
    check_packages()
    from pulumi_useapi.emulator import DataError, Emulator

    server = Emulator(folder, port=port, latency=latency, host=host)
    try:
        server.start()
    except DataError as problem:
        raise click.ClickException(str(problem)) from None
    except OSError as problem:
        raise click.ClickException(_sentence(problem, port, folder)) from None
    return server


def _sentence(problem: OSError, port: int, folder: Path) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"port {port} is already in use: end what listens there, or choose another one with --port"
    if problem.filename is None:
        return f"cannot listen on port {port}: {os.strerror(problem.errno or 0)}; choose another one with --port"
    return f"cannot use the data folder {folder}: {problem.strerror}; choose another one with --data"


def _announce(server: Emulator, folder: Path, ready_file: Path | None) -> None:
    click.echo(
        f"useapi emulator · {server.base_url} · data in {folder / 'emulator.sqlite'}"
        f" · API token in {folder / 'subscriptions.json'}"
    )
    if ready_file:
        draft = ready_file.with_name(f"{ready_file.name}.new")
        draft.write_text(f"{server.base_url}\n", encoding="utf-8")
        draft.replace(ready_file)
