"""One open database: its write lock and the snapshot of its definitions that everybody sees."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from localdb.catalog.objects import Snapshot
from localdb.errors import sql_error
from localdb.runtime.relations import Relations

_POLL_SECONDS = 0.05
"""How often a waiting session looks whether it was cancelled."""


class WriteLock:
    """One writer at a time, for as long as its transaction lasts. Owners are session ids."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._owner: int | None = None

    @property
    def owner(self) -> int | None:
        return self._owner

    def acquire(self, owner: int, timeout_ms: int, check: Callable[[], None]) -> None:
        """Wait for the lock: -1 ms waits for ever, then 1222. ``check`` raises when the wait is cancelled."""
        limit = None if timeout_ms < 0 else time.monotonic() + timeout_ms / 1000
        with self._condition:
            while self._owner is not None:
                check()
                if limit is not None and time.monotonic() >= limit:
                    raise sql_error(1222)
                self._condition.wait(_POLL_SECONDS)
            self._owner = owner

    def release(self, owner: int) -> None:
        with self._condition:
            if self._owner == owner:
                self._owner = None
                self._condition.notify_all()


class Database:
    """A database that is attached to the engine; ``relations`` are the definitions that everybody sees."""

    def __init__(self, database_id: int, name: str, snapshot: Snapshot) -> None:
        self.database_id = database_id
        self.name = name
        self.lock = WriteLock()
        self.relations = Relations(snapshot)

    @property
    def snapshot(self) -> Snapshot:
        return self.relations.snapshot

    def publish(self, relations: Relations) -> None:
        """Show committed definitions to everybody. The caller holds the write lock."""
        self.relations = relations
