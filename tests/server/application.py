"""A small application for the wire to serve: sessions in memory that answer known batches.

The wire is judged alone here, so what stands behind it is as little as shows every kind of event: results
that a test sends along, the parameters of a call echoed back, and statements that wait or fail.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from localdb.errors import sql_error
from localdb.events import Event, StatementDone, TransactionChanged
from localdb.runtime.requests import Login, ProcedureArgument, TransactionRequest
from tests.server.answers import PROCEDURES, answer_to

PASSWORD = "Str0ng-pässword!"


@dataclass
class Session:
    instance: Instance
    spid: int
    database: str
    login: Login
    cancelled: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    running: threading.Event = field(default_factory=threading.Event)
    resets: list[bool] = field(default_factory=list)
    prepared: dict[int, str] = field(default_factory=dict)

    def run_batch(self, text: str) -> Iterator[Event]:
        self.cancelled.clear()
        self.running.set()
        try:
            yield from answer_to(self, text)
        finally:
            self.running.clear()

    def run_procedure(self, name: str, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
        self.cancelled.clear()
        procedure = PROCEDURES.get(name.lower())
        if procedure is None:
            raise sql_error(2812, name)
        yield from procedure(self, arguments)

    def run_transaction(self, request: TransactionRequest) -> Iterator[Event]:
        self.instance.transactions.append(request.kind)
        if request.kind == "save":
            raise sql_error(40514, "savepoint")
        yield TransactionChanged(request.kind, 77)
        if request.then_begin:
            yield TransactionChanged("begin", 78)
        yield StatementDone(request.kind.upper())

    def reset(self, keep_transaction: bool) -> None:
        self.resets.append(keep_transaction)

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.closed.set()


@dataclass
class Instance:
    """Logins: ``sa`` with PASSWORD. Databases: any but ``missing``."""

    inserted: list[tuple[Any, ...]] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)
    batches_pulled: int = 0
    undeclared: tuple[str, ...] | None = None
    """The types that sp_describe_undeclared_parameters suggests; None when it cannot tell."""

    def login(self, login: Login) -> Session:
        if (login.user.lower(), login.password) != ("sa", PASSWORD):
            raise sql_error(18456, login.user)
        if login.database == "missing":
            raise sql_error(4060, login.database)
        session = Session(self, 51 + len(self.sessions), login.database or "master", login)
        self.sessions.append(session)
        return session
