"""Requests and the tokens that answer them, as transcripts: what follows what, and with which DONE."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localdb.errors import SqlError, sql_error
from localdb.events import (
    Event,
    Failed,
    Info,
    OutputValue,
    ProcedureDone,
    ResultSetStart,
    RowBatch,
    StatementDone,
    TransactionChanged,
)
from localdb.runtime.requests import Login
from localdb.server.execution import Execution
from localdb.tds.requests import (
    Ignored,
    Refused,
    Request,
    Reset,
    Rpc,
    RpcCall,
    SqlBatch,
    TransactionManager,
)
from localdb.tds.tokens import Token
from localdb.tds.trace import trace
from localdb.types import INT, Column
from tests.server.application import Instance, Session
from tests.server.results import one_int


class Scripted(Session):
    """Answers every request with the same events."""

    def __init__(self, *events: Event | Exception) -> None:
        super().__init__(Instance(), 51, "master", Login("sa", ""))
        self.events = events

    def _run(self, *_: object) -> Iterator[Event]:
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event

    run_batch = run_procedure = run_transaction = _run


def transcript(session: Session, request: Request) -> list[str]:
    lines: list[str] = []

    def seen(token: Token) -> None:
        lines.append(trace("S", token)[2:].replace(" server='x'", "").replace(" command=253", ""))

    b"".join(Execution(session, request, "x", seen).tokens())
    return lines


def batch(*events: Event | Exception) -> list[str]:
    return transcript(Scripted(*events), SqlBatch("x"))


def rpc(*events: Event | Exception, calls: int = 1) -> list[str]:
    return transcript(Scripted(*events), Rpc((RpcCall("p", ()),) * calls))


DIVIDE = sql_error(8134)
ERROR = "Error number=8134 state=1 severity=16 text='Divide by zero error encountered.' line=1"
FINAL = "Done status=FINAL rows=0"


def test_nothing() -> None:
    assert batch() == [FINAL]


def test_statements_without_a_count_are_silent() -> None:
    assert batch(StatementDone("SET"), StatementDone("CREATE TABLE")) == [FINAL]


def test_all_but_the_last_done_have_more() -> None:
    assert batch(StatementDone("INSERT", 2), StatementDone("UPDATE", 0), StatementDone("DELETE", 1)) == [
        "Done status=MORE|COUNT command=195 rows=2",
        "Done status=MORE|COUNT command=197 rows=0",
        "Done status=COUNT command=196 rows=1",
    ]


def test_result_set() -> None:
    assert batch(*one_int(5)) == ["ColMetaData n int", "Done status=COUNT command=193 rows=1"]


def test_result_set_with_nocount_has_a_done_all_the_same() -> None:
    start, rows, _ = one_int(5)
    assert batch(start, rows, StatementDone("SELECT")) == [
        "ColMetaData n int",
        "Done status=FINAL command=193 rows=0",
    ]


def test_message_behind_the_last_statement() -> None:
    assert batch(StatementDone("INSERT", 1), Info(0, "hello")) == [
        "Done status=MORE|COUNT command=195 rows=1",
        "Info number=0 state=1 severity=0 text='hello' line=1",
        FINAL,
    ]


def test_failed_statement_and_one_behind_it() -> None:
    assert batch(Failed(DIVIDE), StatementDone("INSERT", 1)) == [
        ERROR,
        "Done status=MORE|ERROR rows=0",
        "Done status=COUNT command=195 rows=1",
    ]


def test_error_behind_rows() -> None:
    start, rows, _ = one_int(5)
    assert batch(start, rows, DIVIDE) == ["ColMetaData n int", ERROR, "Done status=ERROR rows=0"]


def test_errors_of_one_statement_share_its_done() -> None:
    error = sql_error(8134)
    error.earlier = (SqlError(1, "one"),)
    error.messages = (Info(3621, "two"),)
    assert [line.split(" state")[0] for line in batch(Failed(error))] == [
        "Error number=1",
        "Error number=8134",
        "Info number=3621",
        "Done status=ERROR rows=0",
    ]


def test_procedure_in_a_batch() -> None:
    assert batch(
        StatementDone("INSERT", 1, in_procedure=True), ProcedureDone(4), StatementDone("UPDATE", 2)
    ) == [
        "DoneInProc status=MORE|COUNT command=195 rows=1",
        "ReturnStatus value=4",
        "DoneProc status=MORE command=224 rows=0",
        "Done status=COUNT command=197 rows=2",
    ]


def test_procedure_at_the_end_of_a_batch() -> None:
    assert batch(ProcedureDone(0)) == ["ReturnStatus value=0", "DoneProc status=FINAL command=224 rows=0"]


def test_error_in_a_procedure_that_ends_the_batch() -> None:
    error = SqlError(8134, "x", procedure="p")
    assert batch(Failed(error))[1:] == ["DoneInProc status=MORE|ERROR rows=0", FINAL]


def test_remote_call() -> None:
    assert rpc(*one_int(5), OutputValue(1, "@o", INT, 9), ProcedureDone(7)) == [
        "ColMetaData n int",
        "DoneInProc status=MORE|COUNT command=193 rows=1",
        "ReturnStatus value=7",
        "ReturnValue ordinal=1 name='@o' info=(token=INTN layout=BYTE type=(name='int') size=4) value=9",
        "DoneProc status=FINAL command=224 rows=0",
    ]


def test_remote_call_that_fails_at_once() -> None:
    assert rpc(DIVIDE) == [
        ERROR,
        "DoneInProc status=MORE|ERROR rows=0",
        "DoneProc status=ERROR command=224 rows=0",
    ]


def test_outputs_of_a_call_that_failed_are_not_sent() -> None:
    assert not any("ReturnValue" in line for line in rpc(OutputValue(0, "@o", INT, 9), DIVIDE))


def test_calls_of_one_message_are_independent() -> None:
    assert rpc(DIVIDE, calls=2) == [
        ERROR,
        "DoneInProc status=MORE|ERROR rows=0",
        "DoneProc status=MORE|ERROR command=224 rows=0",
        ERROR,
        "DoneInProc status=MORE|ERROR rows=0",
        "DoneProc status=ERROR command=224 rows=0",
    ]
    assert rpc(ProcedureDone(0), calls=2)[1::2] == [
        "DoneProc status=MORE command=224 rows=0",
        "DoneProc status=FINAL command=224 rows=0",
    ]


def test_each_silent_call_has_its_doneproc() -> None:
    assert rpc(calls=2) == [
        "DoneProc status=MORE command=224 rows=0",
        "DoneProc status=FINAL command=224 rows=0",
    ]


def test_a_call_that_cannot_be_read_follows_those_that_can() -> None:
    request = Rpc((RpcCall("p", ()),), error=DIVIDE)
    assert transcript(Scripted(ProcedureDone(0)), request) == [
        "ReturnStatus value=0",
        "DoneProc status=MORE command=224 rows=0",
        ERROR,
        "DoneInProc status=MORE|ERROR rows=0",
        "DoneProc status=ERROR command=224 rows=0",
    ]


def test_transactions() -> None:
    events = (TransactionChanged("commit", 1), TransactionChanged("begin", 2))
    assert transcript(Scripted(*events), TransactionManager("commit", then_begin=True)) == [
        "EnvChange type=COMMIT_TRANSACTION old=0100000000000000",
        "EnvChange type=BEGIN_TRANSACTION new=0200000000000000",
        FINAL,
    ]


def test_reset_comes_first() -> None:
    session = Scripted(*one_int(1))
    assert (
        transcript(session, SqlBatch("x", Reset.KEEP_TRANSACTION))[0] == "EnvChange type=RESET_ACKNOWLEDGED"
    )
    assert session.resets == [True]


def test_refused_and_ignored() -> None:
    assert transcript(Scripted(), Refused(DIVIDE)) == [ERROR, "Done status=ERROR rows=0"]
    assert transcript(Scripted(), Ignored()) == ["Done status=ERROR command=0 rows=0"]


def test_a_defect_becomes_error_8630(caplog: pytest.LogCaptureFixture) -> None:
    lines = batch(StatementDone("INSERT", 1), ZeroDivisionError("a bug"))
    assert lines[1].startswith("Error number=8630 state=1 severity=17")
    assert "a bug" in caplog.text


def test_rows_that_do_not_fit_their_column_are_a_defect(caplog: pytest.LogCaptureFixture) -> None:
    _, rows, done = one_int(2)
    assert isinstance(rows, RowBatch)
    wrong = ResultSetStart((Column("d", INT), Column("e", INT)))
    assert "8630" in batch(wrong, rows, done)[1]
    assert caplog.records


def test_severity_20_is_fatal_and_stops_the_calls() -> None:
    request = Rpc((RpcCall("p", ()), RpcCall("p", ())))
    execution = Execution(Scripted(SqlError(21, "fatal", 21)), request, "x")
    answer = b"".join(execution.tokens())
    assert execution.fatal
    assert answer.count(b"f\0a\0t\0a\0l\0") == 1


def test_the_session_is_unwound_when_the_tokens_are_given_up() -> None:
    ended: list[bool] = []

    class Endless(Scripted):
        def _run(self, *_: object) -> Iterator[Event]:
            try:
                while True:
                    yield StatementDone("INSERT", 1)
            finally:
                ended.append(True)

        run_batch = _run

    tokens = Execution(Endless(), SqlBatch("x"), "x").tokens()
    next(tokens)
    next(tokens)
    tokens.close()
    assert ended == [True]
