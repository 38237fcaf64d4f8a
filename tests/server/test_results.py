"""Results, counts, errors and messages: the order of tokens, as every driver understands it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import mssql_python
import pyodbc
import pytest

from tests.server.clients import Server, rows


def walk(cursor: Any) -> list[Any]:
    """Every result of a request: rows, or a count."""
    seen: list[Any] = []
    while True:
        seen.append(rows(cursor) if cursor.description else cursor.rowcount)
        if not cursor.nextset():
            return seen


def run(connection: Any, text: str) -> Any:
    cursor = connection.cursor()
    cursor.execute(text)
    return cursor


@pytest.mark.parametrize("client", ["odbc", "freetds"])
def test_counts_and_results_in_order(server: Server, client: str) -> None:
    with server.connect(client) as connection:
        assert walk(run(connection, "SEVERAL")) == [3, [(1,)], [(2,)], 5]


@pytest.mark.parametrize("client", ["mssql_python", "pytds"])
def test_results_in_order(server: Server, client: str) -> None:
    """These two do not show the count behind the last rows."""
    with server.connect(client) as connection:
        assert walk(run(connection, "SEVERAL"))[:3] == [3, [(1,)], [(2,)]]


def test_a_procedure_called_by_a_batch(server: Server, client: str) -> None:
    # FreeTDS passes over the counts inside a procedure.
    counts = [] if client == "freetds" else [2]
    with server.connect(client) as connection:
        assert walk(run(connection, "EXEC p")) == [*counts, [(7,)]]
        assert rows(run(connection, "SELECT 1")) == [(1,)]


def test_row_counts(server: Server, client: str) -> None:
    with server.connect(client) as connection:
        cursor = run(connection, "SET NOCOUNT ON")
        assert cursor.rowcount == (0 if client == "freetds" else -1)
        assert cursor.description is None
        assert rows(run(connection, "SELECT 1")) == [(1,)]


def test_error(server: Server, client: str) -> None:
    with server.connect(client) as connection:
        with pytest.raises(Exception, match="Invalid object name 'SELECT nothing'"):
            run(connection, "SELECT nothing")
        assert rows(run(connection, "SELECT 1")) == [(1,)], "the connection goes on"


def test_error_numbers(server: Server) -> None:
    with server.pytds() as connection:
        with pytest.raises(Exception) as caught:
            run(connection, "FAILING").nextset()
        error: Any = caught.value
        assert (error.msg_no, error.severity, error.state, error.line) == (50001, 16, 2, 3)
    with server.odbc() as connection:
        with pytest.raises(pyodbc.ProgrammingError) as from_odbc:
            run(connection, "SELECT nothing")
        assert from_odbc.value.args[0] == "42S02"
        assert "(208)" in from_odbc.value.args[1]


# pyodbc gives up a request whose nextset() fails, whatever comes behind.
@pytest.mark.parametrize("client", ["mssql_python", "pytds"])
def test_results_go_on_after_a_failed_statement(server: Server, client: str) -> None:
    with server.connect(client) as connection:
        cursor = run(connection, "FAILING")
        assert rows(cursor) == [(1,)]
        with pytest.raises(Exception, match="first"):
            cursor.nextset()
        cursor.nextset()
        assert rows(cursor) == [(2,)]


def test_error_behind_rows(server: Server, client: str) -> None:
    with server.connect(client) as connection:
        with pytest.raises(Exception, match="Divide by zero"):
            run(connection, "FAILING ROWS").fetchall()
        assert rows(run(connection, "SELECT 1")) == [(1,)]


def test_a_defect_is_an_error_of_its_own(server: Server, client: str) -> None:
    with server.connect(client) as connection:
        cursor = run(connection, "DEFECT")
        assert rows(cursor) == [(1,)]
        with pytest.raises(Exception, match="Internal Query Processor Error"):
            cursor.nextset()
        assert rows(run(connection, "SELECT 1")) == [(1,)]


def test_print(server: Server) -> None:
    with server.odbc() as connection:
        assert "hello" in run(connection, "PRINT").messages[0][1]


def test_change_of_database(server: Server) -> None:
    with server.odbc() as connection:
        assert connection.getinfo(pyodbc.SQL_DATABASE_NAME) == "master"
        run(connection, "USE other")
        assert connection.getinfo(pyodbc.SQL_DATABASE_NAME) == "other"


def test_what_the_server_calls_itself(server: Server) -> None:
    with server.odbc() as connection:
        assert connection.getinfo(pyodbc.SQL_DBMS_NAME) == "Microsoft SQL Server"
        assert connection.getinfo(pyodbc.SQL_DBMS_VER).startswith("16.00.")


def test_fatal_error_ends_the_connection(server: Server, client: str) -> None:
    connection = server.connect(client)
    with pytest.raises(Exception, match="Fatal error"):
        run(connection, "FATAL")
    with pytest.raises(Exception):  # noqa: B017
        run(connection, "SELECT 1").fetchall()
    with suppress(mssql_python.Error):
        connection.close()


def test_transactions(server: Server) -> None:
    before = len(server.state()["transactions"])
    with server.odbc() as connection:
        connection.autocommit = False
        run(connection, "SET x")
        connection.commit()
        run(connection, "SET x")
        connection.rollback()
        connection.autocommit = True
    assert server.state()["transactions"][before:] == ["begin", "commit", "rollback", "rollback"]


def test_many_rows(server: Server, client: str) -> None:
    """Enough for many packets, several flushes and a wait for the client."""
    with server.connect(client) as connection:
        cursor = run(connection, "MANY")
        count = 0
        while part := cursor.fetchmany(50_000):
            assert tuple(part[0]) == (0, "x" * 50)
            count += len(part)
            if count >= 500_000:
                break
        cursor.close()
        assert rows(run(connection, "SELECT 1")) == [(1,)]
