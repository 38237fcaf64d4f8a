"""Connections that running external scripts open to their own server.

The script's process listens inside its own network namespace, where nobody but the script can connect, and
hands the listening socket to the server, which accepts on it for as long as the script runs.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from localdb.server.application import Instance
from localdb.server.listener import Listener
from localdb.server.pump import Environment

_CONNECTIONS = 16
"""What one script may have open at once."""


class Loopback:
    """Serves the sockets of scripts in the event loop of the server; called from the requests' threads."""

    def __init__(self, environment: Environment, loop: asyncio.AbstractEventLoop) -> None:
        settings = replace(environment.settings, max_connections=_CONNECTIONS)
        self._environment = replace(environment, settings=settings)
        self._loop = loop

    @contextmanager
    def serving(self, listening: socket.socket, instance: Instance) -> Iterator[None]:
        """Inside the block, who connects to ``listening`` talks to ``instance``; afterwards every such
        connection has ended, and the socket is closed."""
        listener = Listener(replace(self._environment, instance=instance))
        asyncio.run_coroutine_threadsafe(listener.open_on(listening), self._loop).result()
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(listener.close(), self._loop).result()
