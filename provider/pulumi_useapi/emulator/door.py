"""The listening socket of the emulator, which can be closed for a while."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web

_BACKLOG = 1024
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER that makes closing a connection reset it."""


class Door:
    """Where the service listens; used on its event loop only.

    Args:
        host: the address to listen on.
        port: 0 = a free one.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.port = port
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._placeholder: socket.socket | None = None
        self._reopening: asyncio.Task[None] | None = None

    async def install(self, runner: web.AppRunner) -> None:
        """Begin to listen for `runner`.

        Raises:
            OSError: the port is taken.
        """
        self._runner = runner
        await self.open()

    async def open(self) -> None:
        """Listen, unless it does already.

        Raises:
            OSError: the port is taken.
        """
        if self._site is not None or self._runner is None:
            return
        self._forget()
        site = web.TCPSite(self._runner, self._host, self.port, backlog=_BACKLOG)
        await site.start()
        self._site, self.port = site, self._runner.addresses[0][1]

    async def close(self) -> None:
        """Refuse connections: nobody listens any more, and the connections there are get reset."""
        if self._site is None or self._runner is None:
            return
        site, self._site = self._site, None
        await site.stop()
        self._placeholder = _bound(self._host, self.port)
        server = self._runner.server
        for connection in server.connections if server else ():
            reset(connection.transport)

    async def close_for(self, seconds: float) -> None:
        """Refuse connections for so long."""
        await self.close()
        self._reopening = asyncio.create_task(self._open_after(seconds))

    def remove(self) -> None:
        """Give the port back for good."""
        self._runner = None
        self._forget()

    async def _open_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._reopening = None
        await self.open()

    def _forget(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Reset a connection, so that the other side sees no orderly end."""
    if isinstance(transport, asyncio.Transport):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        transport.abort()


def _bound(host: str, port: int) -> socket.socket:
    """A socket that holds the port without listening: nobody else gets it meanwhile."""
    holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((host, port))
    return holder
