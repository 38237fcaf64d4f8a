"""The TDS endpoint of an instance, from start to stop."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localdb.server.application import Instance
from localdb.server.certificate import tls_context
from localdb.server.listener import Listener
from localdb.server.loopback import Loopback
from localdb.server.pump import Environment
from localdb.server.settings import Settings


async def serve(
    instance: Instance,
    host: str,
    port: int,
    data_dir: Path,
    ready: Callable[[str, int], None],
    stop: asyncio.Event,
    settings: Settings | None = None,
    offer_loopback: Callable[[Loopback], None] | None = None,
) -> None:
    """Serves ``instance`` on ``host``:``port`` (0: any free port) until ``stop`` is set.

    ``ready`` gets the address once connections are accepted. The TLS certificate lies in ``data_dir``.
    On return every session is closed. ``offer_loopback`` gets what accepts the connections of scripts.
    """
    settings = settings or Settings()
    server_name = socket.gethostname()
    context = await asyncio.to_thread(tls_context, data_dir, server_name)
    # Every connection may run a request while the request before it is being cancelled or its session closed.
    workers = ThreadPoolExecutor(2 * settings.max_connections + 2, thread_name_prefix="localdb-request")
    stack_before = threading.stack_size(settings.thread_stack)
    environment = Environment(instance, settings, workers, context, server_name)
    listener = Listener(environment)
    if offer_loopback is not None:
        offer_loopback(Loopback(environment, asyncio.get_running_loop()))
    try:
        ready(*await listener.open(host, port))
        await stop.wait()
    finally:
        await listener.close()
        # Not in the loop itself: a request that ends may still have connections of its script to close.
        await asyncio.to_thread(workers.shutdown, wait=True)
        threading.stack_size(stack_before)
