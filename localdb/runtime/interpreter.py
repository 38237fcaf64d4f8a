"""Runs statements as a generator of events; each subject's handlers live in a module of their own.

A handler is a generator: it yields events, raises ``SqlError`` when its statement fails, and returns None
or a ``Signal`` that unwinds the blocks around it. What an error does then is decided here, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from localdb.errors import SqlError, sql_error
from localdb.events import Event, Failed, Info, StatementDone, TransactionChanged
from localdb.runtime import describe
from localdb.runtime.aborts import (
    BatchAborted,
    Cancelled,
    ScopeAborted,
    ends_batch,
    ends_transaction,
)
from localdb.runtime.declarations import declare_all, drop_locals
from localdb.runtime.dynamic import dynamic_frame, run_dynamic
from localdb.runtime.evaluation import Evaluator
from localdb.runtime.external import languages, libraries
from localdb.runtime.governance import resource_governor
from localdb.runtime.procedure_call import Argument
from localdb.runtime.scope import Frame, Value
from localdb.runtime.security import (
    grants,
    impersonation,
    ownership_changes,
    principals_logins,
    principals_roles,
    principals_server_roles,
    principals_users,
)
from localdb.runtime.signals import Signal
from localdb.runtime.statements import (
    alter_tables,
    changes,
    control,
    definitions,
    execute,
    insert_execute,
    messages,
    modules,
    queries,
    settings,
    transaction_statements,
    variables,
)
from localdb.runtime.statements.static_check import check_statements
from localdb.tsql import ast
from localdb.types import Column

if TYPE_CHECKING:
    from localdb.runtime.session import Session

Flow: TypeAlias = Generator[Event, None, Signal | None]
Handler: TypeAlias = Callable[["Interpreter", Any, Frame], Flow]

HANDLERS: Mapping[type[ast.Statement], Handler] = MappingProxyType(
    {
        **control.HANDLERS,
        **variables.HANDLERS,
        **settings.HANDLERS,
        **queries.HANDLERS,
        **changes.HANDLERS,
        **execute.HANDLERS,
        **impersonation.HANDLERS,
        **insert_execute.HANDLERS,
        **messages.HANDLERS,
        **transaction_statements.HANDLERS,
        **definitions.HANDLERS,
        **alter_tables.HANDLERS,
        **modules.HANDLERS,
        **principals_logins.HANDLERS,
        **principals_users.HANDLERS,
        **principals_roles.HANDLERS,
        **principals_server_roles.HANDLERS,
        **grants.HANDLERS,
        **ownership_changes.HANDLERS,
        **languages.HANDLERS,
        **libraries.HANDLERS,
        **resource_governor.HANDLERS,
    }
)

_KEEPS_ERROR = (ast.Block, ast.If, ast.While, ast.TryCatch, ast.Declare, ast.DeclareTable)
"""Statements around others: @@ERROR is what the inner ones leave."""


def report(error: SqlError) -> Failed:
    """An error; those before it stand at its line."""
    for earlier in error.earlier:
        earlier.line, earlier.procedure = error.line, error.procedure
    return Failed(error)


class Interpreter:
    """The interpreter of one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.evaluator = Evaluator(session)

    def run_batch(self, text: str) -> Iterator[Event]:
        """A batch that the client sent."""
        session = self.session
        frame = Frame(
            session.database, temp_tables=session.temp_tables, impersonations=session.impersonations
        )
        yield from self.run_request(self._batch(text, frame))

    def _batch(self, text: str, frame: Frame) -> Generator[Event, None, None]:
        try:
            statements = self.parse(text)
        except SqlError as error:
            self.session.state.error = error.number
            yield Failed(error)
            return
        yield from self.run_scope(statements, frame)

    def run_request(self, work: Generator[Event, None, Any]) -> Iterator[Event]:
        """The outermost frame of every request: nothing but events leaves it."""
        session = self.session
        session.state.caught.clear()
        try:
            yield from work
        except BatchAborted:
            pass
        except ScopeAborted as abort:
            yield from self._report_uncaught(abort.error)
        except SqlError as error:
            yield from self._report_uncaught(error)
        except Cancelled:
            if session.options.xact_abort:
                yield from self.roll_back()
        except RecursionError:
            yield from self._report_uncaught(sql_error(191))
        if session.transactions.state < 0:
            # https://learn.microsoft.com/sql/t-sql/functions/xact-state-transact-sql
            cancelled = session.cancelled.is_set()
            yield from self.roll_back()
            if not cancelled:
                yield Failed(sql_error(3998))

    def _report_uncaught(self, error: SqlError) -> Iterator[Event]:
        self.session.state.error = error.number
        yield report(error)
        if ends_transaction(error, self.session.options.xact_abort):
            yield from self.roll_back()

    def parse(self, text: str) -> tuple[ast.Statement, ...]:
        return self.session.instance.parsed(text)

    def run_scope(self, statements: Sequence[ast.Statement], frame: Frame) -> Flow:
        """Run the statements of a batch or a procedure and drop the scope's local tables at its end."""
        caller = self.session.current_frame
        try:
            declare_all(self.session, statements, frame)
            if not frame.procedure:
                check_statements(self, statements, frame)
            return (yield from self.run_statements(statements, frame))
        finally:
            drop_locals(self.session, frame)
            # What the caller's statement has yet to do is done as the caller, in its database.
            self.session.current_frame = caller

    def run_statements(self, statements: Sequence[ast.Statement], frame: Frame) -> Flow:
        for statement in statements:
            signal = yield from self.run_statement(statement, frame)
            if signal is not None:
                return signal
        return None

    def run_statement(self, statement: ast.Statement, frame: Frame) -> Flow:
        """Run one statement and settle its errors: to the TRY around it, or reported here."""
        session = self.session
        session.check_cancelled()
        session.state.start_statement()
        session.current_frame = frame
        session.activity.statement = statement
        try:
            signal = yield from HANDLERS[type(statement)](self, statement, frame)
        except (SqlError, ScopeAborted) as problem:
            session.check_cancelled()
            error = problem.error if isinstance(problem, ScopeAborted) else problem
            self._locate(error, statement, frame)
            if isinstance(problem, ScopeAborted) or frame.in_try:
                raise
            yield from self.settle(error, frame)
            return None
        if not isinstance(statement, _KEEPS_ERROR):
            session.state.error = session.state.next_error
        return signal

    def _locate(self, error: SqlError, statement: ast.Statement, frame: Frame) -> None:
        """An error that does not know its line yet is this statement's."""
        if error.line == 0:
            error.line = statement.line
            error.procedure = frame.procedure

    def settle(self, error: SqlError, frame: Frame) -> Iterator[Event]:
        """Report an error that no TRY catches, and end what it ends."""
        session = self.session
        session.state.error = error.number
        session.state.rowcount = 0
        frame.status = 10 - error.severity
        yield report(error)
        if ends_transaction(error, session.options.xact_abort):
            yield from self.roll_back()
        if ends_batch(error, session.options.xact_abort):
            raise BatchAborted

    def roll_back(self) -> Iterator[Event]:
        """Roll back the open transaction, if there is one."""
        if self.session.transactions.current is not None:
            ended = self.session.transactions.rollback()
            yield TransactionChanged("rollback", ended.descriptor)

    def begin_implicitly(self) -> Iterator[Event]:
        """SET IMPLICIT_TRANSACTIONS ON: statements that touch tables start a transaction."""
        session = self.session
        if session.options.implicit_transactions and session.transactions.current is None:
            session.transactions.begin()
            assert session.transactions.current is not None
            yield TransactionChanged("begin", session.transactions.current.descriptor)

    def done(self, command: str, frame: Frame, rows: int | None = None) -> StatementDone:
        """The end of a statement; sets @@ROWCOUNT when rows were counted."""
        session = self.session
        if rows is not None:
            session.state.rowcount = rows
        shown = None if session.options.nocount else rows
        return StatementDone(command, shown, frame.in_procedure)

    def info(self, number: int, message: str, statement: ast.Statement, frame: Frame) -> Info:
        return Info(number, message, 0, 1, statement.line, frame.procedure)

    # --- what system procedures ask for ---

    def run_text(
        self, text: str, caller: Frame, arguments: Sequence[Argument] = ()
    ) -> Generator[Event, None, int]:
        """Run text as sp_executesql does; the status is 0 or what its errors make of it."""
        frame = dynamic_frame(self, caller, arguments)
        return (yield from run_dynamic(self, text, frame))

    def query_table(
        self, text: str, caller: Frame, arguments: Sequence[Argument] = ()
    ) -> tuple[tuple[Column, ...], pa.Table]:
        """The rows of one query as an Arrow table with the columns c0, c1 ..."""
        frame = Frame(caller.database, parent=caller, level=caller.level)
        for argument in arguments:
            frame.variables[argument.name.lower()] = Value(argument.type, argument.value)
        (statement,) = self.parse(text)
        if not isinstance(statement, ast.Query):
            raise sql_error(40514, "a statement other than SELECT as a query")
        return queries.fetch(self, statement, frame)

    def describe(
        self, text: str, caller: Frame, arguments: Sequence[Argument] = ()
    ) -> tuple[Column, ...] | None:
        """The columns of the first result set of a batch, without running it."""
        return describe.first_result_set(self, text, caller, arguments)
