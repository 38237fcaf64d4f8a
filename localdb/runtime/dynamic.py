"""Dynamic batches (EXEC of a string, sp_executesql), and what holds at the end of every scope."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from localdb.errors import SqlError, sql_error
from localdb.events import DatabaseChanged, Event
from localdb.runtime.aborts import ScopeAborted
from localdb.runtime.procedure_call import Argument
from localdb.runtime.scope import Frame, Value

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter

NESTING_LIMIT = 32
"""The deepest nesting of procedures and dynamic batches; one more is error 217."""


def dynamic_frame(run: Interpreter, caller: Frame, arguments: Sequence[Argument]) -> Frame:
    """The scope of a dynamic batch, with ``arguments`` as its variables: 217 when nested too deeply."""
    if caller.level >= NESTING_LIMIT:
        raise sql_error(217)
    frame = Frame(caller.database, parent=caller, level=caller.level + 1)
    for argument in arguments:
        frame.variables[argument.name.lower()] = Value(argument.type, argument.value)
    return frame


def run_dynamic(run: Interpreter, text: str, frame: Frame) -> Generator[Event, None, int]:
    """Parse and run a dynamic batch; USE and the SET options in it end with it. The status is 0 or its
    errors'.
    """
    session = run.session
    database = frame.database
    options = session.options.copy()
    count = session.transactions.count
    try:
        statements = run.parse(text)
        yield from run.run_scope(statements, frame)
    except ScopeAborted as abort:
        yield from leave_scope(run, abort.error, frame)
    finally:
        session.options = options
    if frame.database != database:
        yield DatabaseChanged(frame.database, database)
    check_transaction_count(run, count)
    return frame.status


def leave_scope(run: Interpreter, error: SqlError, frame: Frame) -> Generator[Event, None, None]:
    """A scope that could not be compiled: its caller's TRY gets the error; without one it is reported
    here.
    """
    if frame.in_try:
        raise error
    yield from run.settle(error, frame)


def check_transaction_count(run: Interpreter, before: int) -> None:
    """266 when BEGIN and COMMIT inside do not match; an implicit transaction may have begun inside."""
    session = run.session
    now = session.transactions.count
    if now != before and not (session.options.implicit_transactions and before == 0 and now == 1):
        raise sql_error(266, before, now)
