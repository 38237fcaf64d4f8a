from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from localdb.events import (
    Event,
    Info,
    OutputValue,
    ProcedureDone,
    ResultSetStart,
    StatementDone,
    TransactionChanged,
)
from localdb.runtime.instance import Instance
from localdb.runtime.requests import ProcedureArgument, TransactionRequest
from localdb.runtime.session import Session
from localdb.types import INT, nvarchar
from tests.runtime.conftest import assert_ok, errors, rows

TEXT = nvarchar(-1)


def run_in_thread(work: Callable[[], list[Event]]) -> tuple[threading.Thread, list[list[Event]]]:
    results: list[list[Event]] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    return thread, results


def cancel_until_done(session: Session, thread: threading.Thread) -> None:
    while thread.is_alive():
        session.cancel()
        thread.join(0.02)


@pytest.mark.parametrize(
    "text",
    [
        "WAITFOR DELAY '00:10:00'",
        "DECLARE @i int = 0 WHILE 1 = 1 SET @i = 1",
        "BEGIN TRY WAITFOR DELAY '00:10:00' END TRY BEGIN CATCH SELECT 'not caught' END CATCH",
    ],
)
def test_cancel_ends_the_request(session: Session, text: str) -> None:
    thread, results = run_in_thread(lambda: list(session.run_batch(text)))
    cancel_until_done(session, thread)
    assert errors(results[0]) == []
    assert rows(session.run_batch("SELECT 1")) == [(1,)]


def test_cancel_of_a_waiting_writer(connect: Callable[..., Session]) -> None:
    first, second = connect(), connect()
    assert_ok(first.run_batch("CREATE TABLE t (a int) BEGIN TRAN INSERT t VALUES (1)"))
    thread, results = run_in_thread(lambda: list(second.run_batch("INSERT t VALUES (2)")))
    cancel_until_done(second, thread)
    assert errors(results[0]) == []
    assert_ok(first.run_batch("COMMIT"))
    assert rows(second.run_batch("SELECT a FROM t")) == [(1,)]


def test_cancelled_statement_leaves_the_transaction_open(session: Session) -> None:
    assert_ok(session.run_batch("CREATE TABLE t (a int) BEGIN TRAN INSERT t VALUES (1)"))
    thread, _ = run_in_thread(lambda: list(session.run_batch("WAITFOR DELAY '00:10:00'")))
    cancel_until_done(session, thread)
    assert rows(session.run_batch("SELECT @@TRANCOUNT")) == [(1,)]
    assert_ok(session.run_batch("COMMIT"))
    assert rows(session.run_batch("SELECT a FROM t")) == [(1,)]


def test_writer_waits_for_the_other_to_commit(connect: Callable[..., Session]) -> None:
    first, second = connect(), connect()
    assert_ok(first.run_batch("CREATE TABLE t (a int) INSERT t VALUES (0)"))
    assert_ok(first.run_batch("BEGIN TRAN UPDATE t SET a = a + 1"))
    thread, results = run_in_thread(lambda: list(second.run_batch("UPDATE t SET a = a + 10")))
    assert_ok(first.run_batch("COMMIT"))
    thread.join()
    assert errors(results[0]) == []
    assert rows(first.run_batch("SELECT a FROM t")) == [(11,)]


def test_no_update_is_lost(connect: Callable[..., Session]) -> None:
    setup = connect()
    assert_ok(setup.run_batch("CREATE TABLE t (a int) INSERT t VALUES (0)"))
    text = (
        "DECLARE @i int = 0 WHILE @i < 20 BEGIN "
        "BEGIN TRAN UPDATE t SET a = a + 1 UPDATE t SET a = a + 1 COMMIT SET @i = @i + 1 END"
    )
    sessions = [connect() for _ in range(4)]
    running = [run_in_thread(lambda s=s: list(s.run_batch(text))) for s in sessions]
    for thread, results in running:
        thread.join()
        assert errors(results[0]) == []
    assert rows(setup.run_batch("SELECT a FROM t")) == [(160,)]


def test_reads_do_not_wait(connect: Callable[..., Session]) -> None:
    writer, reader = connect(), connect()
    assert_ok(writer.run_batch("CREATE TABLE t (a int) INSERT t VALUES (1) BEGIN TRAN UPDATE t SET a = 2"))
    assert rows(reader.run_batch("SELECT a FROM t")) == [(1,)]
    assert rows(writer.run_batch("SELECT a FROM t")) == [(2,)]
    assert_ok(writer.run_batch("COMMIT"))
    assert rows(reader.run_batch("SELECT a FROM t")) == [(2,)]


def test_definitions_are_seen_when_committed(connect: Callable[..., Session]) -> None:
    maker, other = connect(), connect()
    assert_ok(maker.run_batch("BEGIN TRAN CREATE TABLE t (a int)"))
    assert errors(list(other.run_batch("SELECT * FROM t"))) == [208]
    assert_ok(maker.run_batch("COMMIT"))
    assert rows(other.run_batch("SELECT * FROM t")) == []


def test_close_rolls_back(connect: Callable[..., Session]) -> None:
    first, second = connect(), connect()
    assert_ok(first.run_batch("CREATE TABLE t (a int) BEGIN TRAN INSERT t VALUES (1)"))
    first.close()
    assert rows(second.run_batch("INSERT t VALUES (2) SELECT a FROM t")) == [(2,)]


def test_reset_is_a_fresh_login(session: Session) -> None:
    assert_ok(session.run_batch("CREATE TABLE #t (a int) SET NOCOUNT ON USE master BEGIN TRAN"))
    session.reset(keep_transaction=False)
    assert session.database == "shop"
    assert rows(session.run_batch("SELECT @@TRANCOUNT")) == [(0,)]
    assert errors(list(session.run_batch("SELECT * FROM #t"))) == [208]
    done = assert_ok(session.run_batch("SELECT 1"))[-1]
    assert done == StatementDone("SELECT", 1)


def test_closing_the_generator_in_its_middle_releases_everything(connect: Callable[..., Session]) -> None:
    first, second = connect(), connect()
    assert_ok(first.run_batch("CREATE TABLE t (a int)"))
    events = first.run_batch("INSERT t VALUES (1) SELECT a FROM t INSERT t VALUES (2)")
    for event in events:
        if isinstance(event, ResultSetStart):
            break
    events.close()  # type: ignore[attr-defined]
    assert_ok(second.run_batch("INSERT t VALUES (3)"))
    assert rows(first.run_batch("SELECT a FROM t ORDER BY a")) == [(1,), (3,)]


def test_messages_and_counts(session: Session) -> None:
    events = assert_ok(session.run_batch("PRINT N'hello'\nRAISERROR ('note %d', 10, 2, 7)\nSELECT 1"))
    assert events[0] == Info(0, "hello", 0, 1, 1)
    assert events[1] == Info(50000, "note 7", 10, 2, 2)
    assert events[-1] == StatementDone("SELECT", 1)
    events = assert_ok(session.run_batch("SET NOCOUNT ON SELECT 1 SELECT @@ROWCOUNT"))
    assert StatementDone("SELECT", None) in events


# --- remote procedure calls ---


def test_sp_executesql(session: Session) -> None:
    arguments = [
        ProcedureArgument("", TEXT, "SET @b = @a + 1"),
        ProcedureArgument("", TEXT, "@a int, @b int OUTPUT"),
        ProcedureArgument("@a", INT, 4),
        ProcedureArgument("@b", INT, None, output=True),
    ]
    events = assert_ok(session.run_procedure("sp_executesql", arguments))
    assert events == [OutputValue(3, "@b", INT, 5), ProcedureDone(0)]


def test_prepared_statements(session: Session) -> None:
    prepare = [
        ProcedureArgument("", INT, None, output=True),
        ProcedureArgument("", TEXT, "@P1 int, @P2 nvarchar(10)"),
        ProcedureArgument("", TEXT, "SELECT @P1 + 1, @P2"),
    ]
    values = [ProcedureArgument("", INT, 1), ProcedureArgument("", nvarchar(10), "x")]
    events = assert_ok(session.run_procedure("sp_prepexec", [*prepare, *values]))
    handle = next(event.value for event in events if isinstance(event, OutputValue))
    again = [ProcedureArgument("", INT, handle), ProcedureArgument("", INT, 9), values[1]]
    assert rows(session.run_procedure("sp_execute", again)) == [(10, "x")]
    assert_ok(session.run_procedure("sp_unprepare", again[:1]))
    assert errors(list(session.run_procedure("sp_execute", again))) == [8179]
    options = ProcedureArgument("", INT, 1)
    events = assert_ok(session.run_procedure("sp_prepare", [*prepare, options]))
    assert [c.type for c in next(e for e in events if isinstance(e, ResultSetStart)).columns] == [
        INT,
        nvarchar(10),
    ]


def test_user_procedure(session: Session) -> None:
    assert_ok(
        session.run_batch("CREATE PROCEDURE p @a int, @b int = 7, @c int OUTPUT AS SET @c = @a + @b RETURN 3")
    )
    arguments = [
        ProcedureArgument("@c", INT, None, output=True),
        ProcedureArgument("@b", INT, None, default=True),
        ProcedureArgument("@a", nvarchar(5), "12"),
    ]
    events = assert_ok(session.run_procedure("dbo.p", arguments))
    assert events == [OutputValue(0, "@c", INT, 19), ProcedureDone(3)]
    assert errors(list(session.run_procedure("p", []))) == [201]
    assert errors(list(session.run_procedure("[no such]", []))) == [2812]


def test_transaction_requests(session: Session) -> None:
    assert_ok(session.run_batch("CREATE TABLE t (a int)"))
    (begun,) = assert_ok(session.run_transaction(TransactionRequest("begin")))
    assert isinstance(begun, TransactionChanged)
    assert begun.kind == "begin"
    assert begun.descriptor > 0
    assert_ok(session.run_batch("INSERT t VALUES (1)"))
    ended, again = assert_ok(session.run_transaction(TransactionRequest("commit", then_begin=True)))
    assert ended == TransactionChanged("commit", begun.descriptor)
    assert isinstance(again, TransactionChanged)
    assert again.descriptor != begun.descriptor
    assert_ok(session.run_batch("INSERT t VALUES (2)"))
    assert_ok(session.run_transaction(TransactionRequest("rollback")))
    assert rows(session.run_batch("SELECT a FROM t")) == [(1,)]
    assert errors(list(session.run_transaction(TransactionRequest("commit")))) == [3902]
    assert errors(list(session.run_transaction(TransactionRequest("begin", isolation_level=4)))) == [40517]


def test_implicit_transaction_in_a_prepared_call_is_no_mismatch(session: Session) -> None:
    assert_ok(session.run_batch("CREATE TABLE t (a int) SET IMPLICIT_TRANSACTIONS ON"))
    arguments = [
        ProcedureArgument("", INT, None, output=True),
        ProcedureArgument("", TEXT, "@P1 int"),
        ProcedureArgument("", TEXT, "INSERT t VALUES (@P1)"),
        ProcedureArgument("", INT, 5),
    ]
    events = assert_ok(session.run_procedure("sp_prepexec", arguments))
    assert any(isinstance(event, TransactionChanged) for event in events)
    assert rows(session.run_batch("SELECT @@TRANCOUNT COMMIT SELECT a FROM t")) == [(1,), (5,)]


def test_procedure_and_batch_done(session: Session) -> None:
    assert_ok(session.run_batch("CREATE PROCEDURE p AS SELECT 1 RETURN 4"))
    events = assert_ok(session.run_batch("EXEC p SELECT 2"))
    dones = [event for event in events if isinstance(event, StatementDone | ProcedureDone)]
    assert dones == [StatementDone("SELECT", 1, True), ProcedureDone(4), StatementDone("SELECT", 1)]


def test_sessions_share_the_catalog_not_the_settings(
    connect: Callable[..., Session], instance: Instance
) -> None:
    first, second = connect(), connect()
    assert_ok(first.run_batch("SET XACT_ABORT ON"))
    assert first.options.xact_abort
    assert not second.options.xact_abort
    assert len(instance.sessions()) == 2
