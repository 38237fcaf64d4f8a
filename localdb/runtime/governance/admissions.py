"""How many external scripts run at once, and who waits for how long: first come, first served."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from localdb.errors import sql_error

_POLL_SECONDS = 0.02
"""How often a waiting session looks whether it was cancelled."""


@dataclass(frozen=True, slots=True)
class ScriptSettings:
    """What the administrator says about all scripts of the server.

    At most ``scripts`` run at once, as many as SQL Server's; ``queue_length`` more wait, none longer than
    ``queue_seconds``. One login has at most ``per_login`` that run or wait.
    """

    scripts: int = 20
    per_login: int = 100
    queue_length: int = 100
    queue_seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.scripts < 1:
            raise ValueError(f"{self.scripts} external scripts at once are too few")


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    login: str
    pool_id: int


class Admissions:
    """``max_processes`` says how many scripts of a pool may run now; 0 is unlimited."""

    def __init__(self, settings: ScriptSettings, max_processes: Callable[[int], int]) -> None:
        self._settings = settings
        self._max_processes = max_processes
        self._changed = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._running: list[_Ticket] = []

    @contextmanager
    def slot(self, login: str, pool_id: int, request_id: str, check: Callable[[], None]) -> Iterator[None]:
        """Around one script. ``check`` raises when the request was cancelled.

        Errors: 39110 when the login has too many scripts, 39108 when the queue is full or the wait too long.
        """
        ticket = _Ticket(login.lower(), pool_id)
        self._enter_queue(ticket, request_id)
        try:
            self._wait(ticket, request_id, check)
        except BaseException:
            self._leave(self._waiting, ticket)
            raise
        try:
            yield
        finally:
            self._leave(self._running, ticket)

    def queued(self) -> int:
        with self._changed:
            return len(self._waiting)

    def _enter_queue(self, ticket: _Ticket, request_id: str) -> None:
        with self._changed:
            own = Counter(one.login for one in (*self._waiting, *self._running))[ticket.login]
            if own >= self._settings.per_login:
                raise sql_error(39110, self._settings.per_login, request_id)
            if len(self._waiting) >= self._settings.queue_length and not self._may_run(ticket):
                raise sql_error(39108, self._limit(ticket), request_id)
            self._waiting.append(ticket)

    def _wait(self, ticket: _Ticket, request_id: str, check: Callable[[], None]) -> None:
        deadline = time.monotonic() + self._settings.queue_seconds
        with self._changed:
            while not (self._is_next(ticket) and self._may_run(ticket)):
                check()
                if time.monotonic() >= deadline:
                    raise sql_error(39108, self._limit(ticket), request_id)
                self._changed.wait(_POLL_SECONDS)
            self._waiting.remove(ticket)
            self._running.append(ticket)
            self._changed.notify_all()

    def _leave(self, place: list[_Ticket], ticket: _Ticket) -> None:
        with self._changed:
            place.remove(ticket)
            self._changed.notify_all()

    def _is_next(self, ticket: _Ticket) -> bool:
        """First of its pool: a full pool does not keep others waiting."""
        return next(one for one in self._waiting if one.pool_id == ticket.pool_id) is ticket

    def _may_run(self, ticket: _Ticket) -> bool:
        of_pool = sum(one.pool_id == ticket.pool_id for one in self._running)
        most = self._max_processes(ticket.pool_id)
        return len(self._running) < self._settings.scripts and (most == 0 or of_pool < most)

    def _limit(self, ticket: _Ticket) -> int:
        most = self._max_processes(ticket.pool_id)
        return min(self._settings.scripts, most or self._settings.scripts)
