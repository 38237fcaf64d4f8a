"""INSERT ... EXEC: the rows that a procedure or a string returns go into a table.

https://learn.microsoft.com/sql/t-sql/statements/insert-transact-sql
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from localdb.engine.arrow_types import select_of_table, table_of_batches
from localdb.errors import sql_error
from localdb.events import Event, Failed, Info, ResultSetStart, RowBatch
from localdb.runtime.procedures import Outcome
from localdb.runtime.scope import Frame
from localdb.runtime.security.access_checks import require_accesses
from localdb.runtime.statements.changes import apply_change
from localdb.runtime.statements.execute import call_statement, run_execute_string
from localdb.runtime.statements.result_sets import convert_result_sets
from localdb.tsql import ast
from localdb.tsql.changes import compile_insert_from
from localdb.tsql.plan import Access
from localdb.types import Column, ObjectName

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter

_SOURCE = "localdb_rows"

ResultSet = tuple[tuple[Column, ...], pa.Table]


def run_insert_execute(run: Interpreter, statement: ast.InsertExecute, frame: Frame) -> Flow:
    """All rows first, then one insert: a call that fails inserts nothing. The call runs in a transaction."""
    if any(scope.in_insert_execute for scope in frame.chain()):
        raise sql_error(8164)
    target = run.evaluator.names(frame).relation(statement.target)
    if target.kind == "table":
        require_accesses(run.session, frame, [Access("INSERT", target.name)])
    yield from run.begin_implicitly()
    transactions = run.session.transactions
    alone = transactions.current is None
    if alone:
        transactions.begin()
    frame.in_insert_execute = True
    try:
        results: list[ResultSet] = []
        yield from _collect(run, _call(run, statement.source, frame), results)
        rows = 0
        if results:
            rows = _insert(run, statement.target, statement.columns, _together(results), frame)
        if alone:
            transactions.commit()
    except BaseException:
        if alone and transactions.current is not None:
            transactions.rollback()
        raise
    finally:
        frame.in_insert_execute = False
    yield run.done("INSERT", frame, rows)
    return None


def _call(
    run: Interpreter, source: ast.Execute | ast.ExecuteString, frame: Frame
) -> Generator[Event, None, object]:
    if isinstance(source, ast.ExecuteString):
        return run_execute_string(run, source, frame)
    call = call_statement(run, source, frame, Outcome())
    return convert_result_sets(run, source.result_sets, call)


def _collect(
    run: Interpreter, events: Generator[Event, None, object], results: list[ResultSet]
) -> Iterator[Event]:
    """Messages and errors pass on; rows are kept; row counts of the statements inside are not shown."""
    columns: tuple[Column, ...] | None = None
    batches: list[object] = []

    def close() -> None:
        if columns is not None:
            results.append((columns, table_of_batches(columns, batches)))

    for event in events:
        if isinstance(event, ResultSetStart):
            close()
            columns, batches = event.columns, []
        elif isinstance(event, RowBatch):
            batches.append(event.batch)
        elif isinstance(event, Info | Failed):
            yield event
    close()


def _together(results: list[ResultSet]) -> ResultSet:
    """Several result sets go into the table one after the other; their types must be the same."""
    columns = results[0][0]
    types = [[column.type for column in one] for one, _ in results]
    if any(other != types[0] for other in types):
        if any(len(other) != len(types[0]) for other in types):
            raise sql_error(213)
        raise sql_error(40514, "INSERT EXEC of result sets with different types")
    return columns, pa.concat_tables(table for _, table in results)


def _insert(
    run: Interpreter,
    target: ObjectName,
    columns: tuple[str, ...] | None,
    result: ResultSet,
    frame: Frame,
) -> int:
    source_columns, table = result
    session = run.session
    names = run.evaluator.names(frame)
    plan = compile_insert_from(
        names.relation(target), columns, select_of_table(_SOURCE, source_columns), source_columns, names
    )
    session.connection.register(_SOURCE, table)
    try:
        return apply_change(run, plan, frame).rows
    finally:
        session.connection.unregister(_SOURCE)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType({ast.InsertExecute: run_insert_execute})
