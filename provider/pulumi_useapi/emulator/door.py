"""The listening socket of the emulator, which can be closed for a while."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web

_BACKLOG = 1024
_TURNS = 5
"""Turns of the event loop within which it hands over a connection that it has let in."""

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
        self._site: web.SockSite | None = None
        self._socket: socket.socket | None = None
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
        if self._reopening is not None:
            self._reopening.cancel()
        if self._socket is None:
            self._socket = self._bound()
        self._site = web.SockSite(self._runner, self._socket, backlog=_BACKLOG)
        await self._site.start()

    async def close(self) -> None:
        """Refuse connections: nobody listens any more, and the connections there are get reset."""
        if self._site is None or self._runner is None:
            return
        await self._stop()
        # Nobody else gets the port meanwhile.
        self._socket = self._bound()
        server = self._runner.server
        for connection in server.connections if server else ():
            reset(connection.transport)

    async def close_for(self, seconds: float) -> None:
        """Refuse connections for so long."""
        await self.close()
        if self._reopening is not None:
            self._reopening.cancel()
        self._reopening = asyncio.create_task(self._open_after(seconds))

    async def remove(self) -> None:
        """Stop listening for good; connections that were let in stay."""
        if self._reopening is not None:
            self._reopening.cancel()
        await self._stop()
        if self._socket is not None:
            self._socket.close()
        self._runner = None

    async def _stop(self) -> None:
        if self._site is None or self._socket is None:
            return
        site, self._site = self._site, None
        # asyncio forgets a connection that it has let in just before the end, and its client waits for ever.
        asyncio.get_running_loop().remove_reader(self._socket)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        await site.stop()
        self._socket = None

    def _bound(self) -> socket.socket:
        """A socket that holds the port, without listening yet."""
        holder = socket.socket(socket.AF_INET6 if ":" in self._host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind((self._host, self.port))
        except OSError:
            holder.close()
            raise
        self.port = holder.getsockname()[1]
        return holder

    async def _open_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._reopening = None
        await self.open()


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Reset a connection, so that the other side sees no orderly end."""
    if isinstance(transport, asyncio.Transport):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        transport.abort()
