"""One login: its settings, its transaction, its local tables, and the requests that it makes.

A session is used by one thread at a time; ``cancel`` alone may be called from any other.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import Table
from localdb.engine.duck import Connection
from localdb.errors import SqlError, sql_error
from localdb.events import Event, TransactionChanged
from localdb.runtime.aborts import Cancelled
from localdb.runtime.convert import convert_value
from localdb.runtime.interpreter import Interpreter
from localdb.runtime.local_tables import LocalTables
from localdb.runtime.options import Options
from localdb.runtime.prepared import PreparedStatements
from localdb.runtime.remote import run_remote_procedure
from localdb.runtime.requests import Login, ProcedureArgument, TransactionRequest
from localdb.runtime.scope import Frame, LocalTable
from localdb.runtime.security.security_context import Callers, Impersonation, SecurityContext
from localdb.runtime.security.visibility import Visibility
from localdb.runtime.transactions import Transactions
from localdb.runtime.views.activity import Activity
from localdb.tsql.names import Relation
from localdb.types import ObjectName, SqlType

if TYPE_CHECKING:
    from localdb.runtime.evaluation import Evaluator
    from localdb.runtime.instance import Instance

_INTERRUPT_SECONDS = 0.05
"""How often a cancel is repeated: an interrupt that comes between two of DuckDB's statements has no
effect.
"""


@dataclass(slots=True)
class State:
    """What one statement leaves for the next: @@ROWCOUNT, @@ERROR, @@IDENTITY, the errors that CATCH
    handles.
    """

    rowcount: int = 0
    error: int = 0
    next_error: int = 0
    """What @@ERROR becomes when the running statement succeeds."""
    identity: int | None = None
    caught: list[SqlError] = field(default_factory=list)
    statement_time: datetime.datetime = datetime.datetime.min

    def start_statement(self) -> None:
        self.statement_time = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        self.next_error = 0

    def condition_evaluated(self) -> None:
        """IF and WHILE are statements of their own for @@ERROR and @@ROWCOUNT."""
        self.error = 0
        self.rowcount = 0


class Session:
    """``database`` is the current database's name; ``login`` is what the client said at login."""

    def __init__(
        self, instance: Instance, spid: int, login: Login, context: SecurityContext, database: str
    ) -> None:
        self.instance = instance
        self.spid = spid
        self.login = login
        self.context = context
        """As whom the session runs while nobody is impersonated."""
        self.impersonations: list[Impersonation] = []
        """EXECUTE AS of the client's own batches."""
        self.callers = Callers(self)
        self.visibility = Visibility(self)
        self._database = database
        self.current_frame: Frame | None = None
        """The scope of the statement that is running."""
        self.options = Options()
        self.state: State = State()
        self.activity = Activity()
        self.cancelled = threading.Event()
        self.connection: Connection = instance.engine.connect()
        self.calculator: Connection = instance.engine.connect()
        """Evaluates what reads no table, outside every transaction."""
        self.transactions: Transactions = Transactions(
            spid,
            self.connection,
            instance.new_descriptor,
            self.check_cancelled,
            lambda: self.options.lock_timeout,
        )
        self.local_tables = LocalTables(self, self.connection, self.transactions)
        self.temp_tables: dict[str, LocalTable] = {}
        self.prepared = PreparedStatements()
        self.identity_insert = ""
        """The DuckDB name of the table for which SET IDENTITY_INSERT is ON."""
        self.identity_insert_name = ""
        self._initial_database = database
        self._interpreter = Interpreter(self)
        self._idle = threading.Event()
        self._idle.set()
        self._cancelling = threading.Lock()
        """Held while an interrupt is sent, so that it cannot hit the next request."""

    @property
    def database(self) -> str:
        """The current database: of the running scope, which may be a procedure of another database."""
        return self.current_frame.database if self.current_frame is not None else self._database

    def use(self, database: str) -> None:
        """Change the database of the session's own batches."""
        self._database = database

    def databases_in_use(self) -> set[str]:
        """The databases (lower case) that cannot be dropped while this session lives."""
        transaction = self.transactions.current
        written = transaction.database if transaction is not None else None
        names = {self._database, self.database, *((written.name,) if written else ())}
        return {name.lower() for name in names}

    # --- requests ---

    def run_batch(self, text: str) -> Iterator[Event]:
        """SQL batch: yields events; no SqlError leaves it."""
        return self._request(self._interpreter.run_batch(text))

    def run_procedure(self, name: str, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
        """Remote procedure call of a system procedure or one of the user's, by name."""
        return self._request(run_remote_procedure(self._interpreter, name, arguments))

    def run_transaction(self, request: TransactionRequest) -> Iterator[Event]:
        """Transaction-manager request: begin, commit, rollback. Errors: 3902, 3903, 3930."""
        return self._request(self._interpreter.run_request(self._transaction(request)))

    def _transaction(self, request: TransactionRequest) -> Generator[Event, None, None]:
        if request.isolation_level not in (0, 1, 2, 5):
            # MS-TDS 2.2.7.17: 3 is repeatable read, 4 serializable.
            raise sql_error(40517, "TRANSACTION ISOLATION LEVEL REPEATABLE READ or SERIALIZABLE")
        match request.kind:
            case "begin":
                yield from self._begin()
            case "commit":
                ended = self.transactions.commit()
                if ended is not None:
                    yield TransactionChanged("commit", ended.descriptor)
            case "rollback":
                ended = self.transactions.rollback()
                yield TransactionChanged("rollback", ended.descriptor)
            case other:
                raise sql_error(40514, f"transaction request {other}")
        if request.then_begin and request.kind != "begin":
            yield from self._begin()

    def _begin(self) -> Iterator[Event]:
        if self.transactions.begin():
            assert self.transactions.current is not None
            yield TransactionChanged("begin", self.transactions.current.descriptor)

    def _request(self, events: Iterator[Event]) -> Iterator[Event]:
        with self._cancelling:
            self.cancelled.clear()
            self._idle.clear()
        self.activity.begin()
        try:
            yield from events
        finally:
            self.activity.end()
            self.current_frame = None
            with self._cancelling:
                self._idle.set()

    def cancel(self) -> None:
        """End the running request: it stops at once, and its statement is rolled back. From any thread."""
        with self._cancelling:
            if self._idle.is_set():
                return
            self.cancelled.set()
        threading.Thread(target=self._interrupt, name=f"cancel-{self.spid}", daemon=True).start()

    def _interrupt(self) -> None:
        while True:
            with self._cancelling:
                if self._idle.is_set() or not self.cancelled.is_set():
                    return
                self.connection.interrupt()
                self.calculator.interrupt()
            self._idle.wait(_INTERRUPT_SECONDS)

    @property
    def is_running(self) -> bool:
        """Whether a request is running."""
        return not self._idle.is_set()

    def check_cancelled(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """WAITFOR DELAY; raises when cancelled."""
        self.cancelled.wait(seconds)
        self.check_cancelled()

    def reset(self, keep_transaction: bool) -> None:
        """RESETCONNECTION: as after a fresh login. MS-TDS 2.2.3.1.2."""
        if not keep_transaction and self.transactions.current is not None:
            self.transactions.rollback()
        for local in self.temp_tables.values():
            self.local_tables.discard(local)
        self.temp_tables.clear()
        self.prepared.clear()
        self.impersonations.clear()
        self.options = Options()
        self.state = State()
        self.identity_insert = ""
        if self.instance.database(self._initial_database) is not None:
            self._database = self._initial_database

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
        self.instance.forget(self)
        if self.transactions.current is not None:
            self.transactions.rollback()
        self.connection.close()
        self.calculator.close()

    # --- what the parts of the runtime ask for ---

    @property
    def evaluator(self) -> Evaluator:
        return self._interpreter.evaluator

    def convert(self, value: Any, source: SqlType, to: SqlType, number: int | None = None) -> Any:
        """A value converted as an assignment does."""
        return convert_value(self, value, source, to, number)

    def system_relation(self, name: ObjectName, database: str, frame: Frame) -> Relation | None:
        """The catalog view ``schema.name`` as the caller sees it from ``database``."""
        seen = self.visibility.visible(frame, database)
        return self.instance.system_views.relation(name, database, seen.rows if seen is not None else None)

    def identity_current(self, table: Table) -> int | None:
        """IDENT_CURRENT: the last value that the table's identity gave out, its seed when it gave none."""
        return self.instance.identity_current(self, table)
