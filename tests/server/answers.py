"""What the small application answers: batches, and procedures that echo their parameters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import pyarrow as pa

from localdb.errors import SqlError, sql_error
from localdb.events import (
    DatabaseChanged,
    Event,
    Failed,
    Info,
    OutputValue,
    ProcedureDone,
    ResultSetStart,
    RowBatch,
    StatementDone,
)
from localdb.runtime.requests import ProcedureArgument
from localdb.types import INT, MAX, Column, nvarchar
from tests.server.driver_procedures import datatype_info, sp_datatype_info_100, undeclared_parameters
from tests.server.results import arrow, one_int, result_set, unpack

if TYPE_CHECKING:
    from tests.server.application import Session

Answer = Callable[["Session"], Iterator[Event]]
Procedure = Callable[["Session", Sequence[ProcedureArgument]], Iterator[Event]]


def echo(session: Session, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    """The parameters as one row; OUTPUT ones also come back as values."""
    if arguments:
        columns = tuple(Column(a.name.lstrip("@") or f"p{i}", a.type) for i, a in enumerate(arguments))
        arrays = [arrow(a.type, [a.value]) for a in arguments]
        batch = pa.record_batch(arrays, names=[str(i) for i in range(len(arguments))])
        yield from result_set(columns, [batch], in_procedure=True)
    for i, argument in enumerate(arguments):
        if argument.output:
            yield OutputValue(i, argument.name, argument.type, argument.value)
    yield ProcedureDone(0)


def sp_executesql(session: Session, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    if arguments[0].value.startswith("INSERT"):
        yield StatementDone("INSERT", 1, in_procedure=True)
        yield ProcedureDone(0)
        return
    yield from echo(session, arguments[2:])


def sp_prepare(session: Session, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    handle = len(session.prepared) + 1
    session.prepared[handle] = arguments[2].value
    yield OutputValue(0, "", INT, handle)
    yield ProcedureDone(0)


def sp_prepexec(session: Session, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    handle = len(session.prepared) + 1
    session.prepared[handle] = arguments[2].value
    yield from _run_prepared(arguments[2].value, session, arguments[3:])
    yield OutputValue(0, "", INT, handle)
    yield ProcedureDone(0)


def sp_execute(session: Session, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    text = session.prepared.get(arguments[0].value)
    if text is None:
        raise SqlError(8179, f"Could not find prepared statement with handle {arguments[0].value}.")
    yield from _run_prepared(text, session, arguments[1:])
    yield ProcedureDone(0)


def _run_prepared(text: str, session: Session, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    if text.startswith("INSERT"):
        session.instance.inserted.append(tuple(a.value for a in arguments))
        yield StatementDone("INSERT", 1, in_procedure=True)
        return
    yield from (e for e in echo(session, arguments) if not isinstance(e, ProcedureDone))


def sp_unprepare(session: Session, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    session.prepared.pop(arguments[0].value, None)
    yield ProcedureDone(0)


def sp_prepexecrpc(session: Session, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    yield from (e for e in echo(session, arguments[2:]) if not isinstance(e, ProcedureDone))
    yield OutputValue(0, "", INT, 1)
    yield ProcedureDone(0)


def sp_describe_undeclared_parameters(
    session: Session, arguments: Sequence[ProcedureArgument]
) -> Iterator[Event]:
    suggested = session.instance.undeclared
    if suggested is None:
        raise SqlError(11503, "The parameter type cannot be deduced.")
    yield from undeclared_parameters(suggested)


def wait_for_cancel(session: Session) -> Iterator[Event]:
    """A statement that runs until it is cancelled."""
    session.cancelled.wait()
    raise SqlError(3617, "The operation was cancelled.", 11)
    yield


def change_database(session: Session) -> Iterator[Event]:
    yield DatabaseChanged(session.database, "other")
    session.database = "other"
    yield StatementDone("USE")


def several_results(session: Session) -> Iterator[Event]:
    yield StatementDone("INSERT", 3)
    yield from one_int(1)
    yield StatementDone("SET")
    yield from one_int(2)
    yield StatementDone("UPDATE", 5)


def procedure_in_batch(session: Session) -> Iterator[Event]:
    yield StatementDone("INSERT", 2, in_procedure=True)
    yield from one_int(7, in_procedure=True)
    yield ProcedureDone(3)


def failing(session: Session) -> Iterator[Event]:
    yield from one_int(1)
    yield Failed(SqlError(50001, "first", 16, 2, 3))
    yield from one_int(2)


def failing_in_rows(session: Session) -> Iterator[Event]:
    columns = (Column("n", INT),)
    yield ResultSetStart(columns)
    yield RowBatch(pa.record_batch([pa.array([1, 2], pa.int32())], names=["n"]))
    raise sql_error(8134)


def printing(session: Session) -> Iterator[Event]:
    yield Info(0, "hello")
    yield StatementDone("PRINT")


def many_rows(session: Session) -> Iterator[Event]:
    """More rows than any buffer holds."""
    batch = pa.record_batch(
        [pa.array(range(50_000), pa.int32()), pa.array(["x" * 50] * 50_000)], names=["n", "s"]
    )
    yield ResultSetStart((Column("n", INT), Column("s", nvarchar(100))))
    for _ in range(200):
        if session.cancelled.is_set():
            raise SqlError(3617, "The operation was cancelled.", 11)
        session.instance.batches_pulled += 1
        yield RowBatch(batch)
    yield StatementDone("SELECT", 200 * 50_000)


def defective(session: Session) -> Iterator[Event]:
    yield from one_int(1)
    raise ZeroDivisionError("a defect of the application")


def state(session: Session) -> Iterator[Event]:
    """What the application has seen, as JSON: the parts that tests ask for."""
    instance = session.instance
    facts = {
        "sessions": [
            {
                "spid": s.spid,
                "database": s.database,
                "login": {k: v for k, v in asdict(s.login).items() if k != "password"},
                "cancelled": s.cancelled.is_set(),
                "closed": s.closed.is_set(),
                "running": s.running.is_set(),
                "resets": s.resets,
            }
            for s in instance.sessions
        ],
        "inserted": instance.inserted,
        "transactions": instance.transactions,
        "batches_pulled": instance.batches_pulled,
    }
    text = pa.record_batch([pa.array([json.dumps(facts, default=str)])], names=["state"])
    yield from result_set([Column("state", nvarchar(MAX))], [text])


def describe(session: Session, names: str) -> Iterator[Event]:
    """Sets what sp_describe_undeclared_parameters will say: DESCRIBE int,nvarchar."""
    session.instance.undeclared = tuple(names.split(","))
    yield StatementDone("SET")


def fatal(session: Session) -> Iterator[Event]:
    raise SqlError(21, "Fatal error.", 21)
    yield


ANSWERS: Mapping[str, Answer] = {
    "SELECT 1": lambda session: one_int(1),
    "SELECT @@SPID": lambda session: one_int(session.spid),
    "SELECT DB_NAME()": lambda session: one_int(len(session.database)),
    "WAIT": wait_for_cancel,
    "USE other": change_database,
    "SEVERAL": several_results,
    "EXEC p": procedure_in_batch,
    "FAILING": failing,
    "FAILING ROWS": failing_in_rows,
    "PRINT": printing,
    "MANY": many_rows,
    "DEFECT": defective,
    "FATAL": fatal,
    "STATE": state,
    # FreeTDS calls the procedure by a batch, and by a name alone.
    **{
        f"sp_datatype_info_100 {number},3": lambda session, number=number: datatype_info(number)
        for number in (12, -9, -3, 93)
    },
}
PROCEDURES: Mapping[str, Procedure] = {
    "sp_executesql": sp_executesql,
    "sp_prepare": sp_prepare,
    "sp_prepexec": sp_prepexec,
    "sp_execute": sp_execute,
    "sp_unprepare": sp_unprepare,
    "sp_prepexecrpc": sp_prepexecrpc,
    "[sys].sp_datatype_info_100": sp_datatype_info_100,
    "sp_describe_undeclared_parameters": sp_describe_undeclared_parameters,
    "echo": echo,
    "dbo.echo": echo,
}


def answer_to(session: Session, text: str) -> Iterator[Event]:
    """Batches by their text; those that carry data by their first word."""
    word, _, rest = text.partition(" ")
    if word == "RESULT":
        return unpack(rest)
    if word == "DESCRIBE":
        return describe(session, rest)
    if text in ANSWERS:
        return ANSWERS[text](session)
    return unknown(text)


def unknown(text: str) -> Iterator[Event]:
    """SET and the like do nothing; a query of an unknown object fails."""
    if text.upper().startswith(("SELECT", "INSERT", "UPDATE")):
        raise sql_error(208, text[:100])
    yield StatementDone("SET")
