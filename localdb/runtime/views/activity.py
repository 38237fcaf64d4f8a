"""What a session is doing, as the dynamic management views show it. Times are UTC."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from localdb.catalog.store import now
from localdb.tsql import ast


@dataclass(slots=True)
class Activity:
    """Written by the session's own thread, read by any."""

    login_time: datetime.datetime = field(default_factory=now)
    request_started: datetime.datetime | None = None
    request_ended: datetime.datetime | None = None
    statement: ast.Statement | None = None

    def begin(self) -> None:
        self.request_started = now()

    def end(self) -> None:
        self.request_ended, self.statement = now(), None
