"""The listening socket and the connections that it has accepted."""

from __future__ import annotations

import asyncio
import logging
import socket

from localdb.server.pump import Environment, Pump

_LOG = logging.getLogger("localdb.server")

_BACKLOG = 1024
_WRITE_BUFFER = 512 * 1024
_READ_BUFFER = 256 * 1024


class Listener:
    """Accepts connections until it is closed. Beyond ``max_connections`` logins are refused with 17809."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> tuple[str, int]:
        """Binds; port 0 takes a free one. The address that clients can use comes back."""
        self._server = await asyncio.start_server(
            self._accept, host, port, backlog=_BACKLOG, limit=_READ_BUFFER
        )
        address = self._server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    async def open_on(self, listening: socket.socket) -> None:
        """Accepts on a socket that is bound already, and owns it from now on."""
        self._server = await asyncio.start_server(self._accept, sock=listening, limit=_READ_BUFFER)

    async def close(self) -> None:
        """Ends every connection: what runs is cancelled, what is open is rolled back."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        limit = self._environment.settings.max_connections
        count = len(self._tasks)
        if count >= 2 * limit:
            # Not even the refusal can be said to so many.
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            _prepare(writer)
            await Pump(self._environment, reader, writer, full=count >= limit).run()
        except asyncio.CancelledError:
            _LOG.debug("connection ended by the server")
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)


def _prepare(writer: asyncio.StreamWriter) -> None:
    writer.transport.set_write_buffer_limits(high=_WRITE_BUFFER)
    sock: socket.socket = writer.get_extra_info("socket")
    # A peer that vanished without a word must not hold its locks for ever; SQL Server probes after 30 s.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
