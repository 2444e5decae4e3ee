"""The listening side of the links: holds few connections of strangers, whatever is thrown at it.

A connection is a stranger's until its TLS handshake is done and its greeting is accepted. When there
are more strangers than a bound, the one that has taken longest is dropped: a flood of connections that
say nothing costs a bounded number of descriptors and buffers, and a member, who needs a few
milliseconds, still gets through. asyncio's own server has no bound before the handshake.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

STRANGERS_MAX: Final = 64
HANDSHAKE_SECONDS: Final = 5.0
ACCEPT_PAUSE_SECONDS: Final = 0.2
BACKLOG: Final = 128
READ_BYTES: Final = 1024 * 1024

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """Accepts TLS connections and serves each in a task of its own."""

    def __init__(self, context: ssl.SSLContext, serve: Serve) -> None:
        self._context = context
        self._serve = serve
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._strangers: dict[asyncio.Task[None], None] = {}

    @property
    def strangers(self) -> int:
        """How many connections have not said who they are."""
        return len(self._strangers)

    async def start(self, host: str, port: int) -> None:
        """Listen at every address of the host. Raises OSError."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, address in {(item[0], item[4][:2]): None for item in found}:
                listening = socket.create_server(
                    (str(address[0]), int(address[1])), family=family, backlog=BACKLOG
                )
                listening.setblocking(False)  # noqa: FBT003
                self._sockets.append(listening)
        except OSError:
            self._close_sockets()
            raise
        self._accepting = [asyncio.create_task(self._accept(item)) for item in self._sockets]

    def known(self, task: asyncio.Task[None]) -> None:
        """The connection served by this task has said who it is."""
        self._strangers.pop(task, None)

    async def stop(self) -> None:
        """Close everything."""
        tasks = (*self._accepting, *self._serving)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._close_sockets()

    def _close_sockets(self) -> None:
        for listening in self._sockets:
            listening.close()
        self._sockets.clear()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError:  # out of descriptors, or gone before it was accepted
                await asyncio.sleep(ACCEPT_PAUSE_SECONDS)
                continue
            task = asyncio.create_task(self._handle(connection))
            self._serving.add(task)
            self._strangers[task] = None
            task.add_done_callback(self._forget)
            if len(self._strangers) > STRANGERS_MAX:
                longest = next(iter(self._strangers))
                self.known(longest)
                longest.cancel()

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._serving.discard(task)
        self.known(task)

    async def _handle(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(READ_BYTES, loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=self._context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            )  # fmt: skip
        except BaseException as error:
            connection.close()
            if isinstance(error, OSError):  # no handshake: a stranger's business
                return
            raise
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await self._serve(reader, writer)
        finally:
            transport.abort()
