"""Cancelling what runs, and clients that go away."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pyodbc
import pytest

from tests.server.clients import Server, rows


def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for something that another process is about to do."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, what


def last_session(server: Server) -> dict[str, Any]:
    """The session before the one that asks."""
    session: dict[str, Any] = server.state()["sessions"][-2]
    return session


def session_of(server: Server, spid: int) -> dict[str, Any]:
    return next(s for s in server.state()["sessions"] if s["spid"] == spid)


def spid_of(connection: Any) -> int:
    cursor = connection.cursor()
    cursor.execute("SELECT @@SPID")
    return int(rows(cursor)[0][0])


@pytest.mark.parametrize("client", ["odbc", "freetds"])
def test_cancel_from_another_thread(server: Server, client: str) -> None:
    with server.connect(client) as connection:
        spid = spid_of(connection)
        cursor = connection.cursor()
        failure: list[pyodbc.Error] = []

        def work() -> None:
            try:
                cursor.execute("WAIT")
            except pyodbc.Error as error:
                failure.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        until(lambda: session_of(server, spid)["running"], "the statement did not start")
        cursor.cancel()
        thread.join(10)
        assert not thread.is_alive()
        assert failure[0].args[0] == "HY008", "Operation canceled"
        assert rows(connection.cursor().execute("SELECT 1")) == [(1,)], "the stream is in step"


def test_query_timeout(server: Server) -> None:
    with server.odbc() as connection:
        connection.timeout = 1
        with pytest.raises(pyodbc.OperationalError, match="HYT00"):
            connection.execute("WAIT")
        connection.timeout = 0
        assert rows(connection.execute("SELECT 1")) == [(1,)]


def test_attention_in_the_middle_of_rows(server: Server, client: str) -> None:
    """The rest of a large result is not read: the driver cancels and the stream stays in step."""
    with server.connect(client) as connection:
        for _ in range(3):
            cursor = connection.cursor()
            cursor.execute("MANY")
            assert tuple(cursor.fetchone()) == (0, "x" * 50)
            cursor.close()
            cursor = connection.cursor()
            cursor.execute("SELECT 1")
            assert rows(cursor) == [(1,)]
            cursor.close()


def test_the_rest_of_a_cancelled_result_is_not_produced(server: Server) -> None:
    before = server.state()["batches_pulled"]
    with server.odbc() as connection:
        connection.execute("MANY").fetchone()
    assert server.state()["batches_pulled"] - before < 150


def test_a_client_that_does_not_read_stops_the_statement(server: Server) -> None:
    """Back-pressure: batches are pulled only as the socket drains."""
    before = server.state()["batches_pulled"]
    with server.odbc() as connection:
        cursor = connection.execute("MANY")
        pulled = -1
        while pulled != (pulled := server.state()["batches_pulled"] - before):
            pass
        assert pulled < 50
        cursor.cancel()


def test_disconnect_while_running(server: Server) -> None:
    connection = server.pytds()
    spid = spid_of(connection)
    sock: socket.socket = connection._tds_socket.sock
    session = connection._tds_socket.main_session
    session.submit_plain_query("WAIT")
    until(lambda: session_of(server, spid)["running"], "the statement did not start")
    sock.close()
    until(lambda: session_of(server, spid)["closed"], "the session was not closed")
    assert session_of(server, spid)["cancelled"]


def test_disconnect_in_the_middle_of_rows(server: Server) -> None:
    connection = server.pytds()
    spid = spid_of(connection)
    cursor = connection.cursor()
    cursor.execute("MANY")
    cursor.fetchone()
    connection._tds_socket.sock.close()
    until(lambda: session_of(server, spid)["closed"], "the session was not closed")


def test_two_sessions_do_not_wait_for_each_other(server: Server) -> None:
    waiting = server.pytds()
    spid = spid_of(waiting)
    waiting._tds_socket.main_session.submit_plain_query("WAIT")
    until(lambda: session_of(server, spid)["running"], "the statement did not start")
    with server.odbc() as other:
        assert rows(other.execute("SELECT 1")) == [(1,)]
    assert session_of(server, spid)["running"]
    waiting._tds_socket.sock.close()
    until(lambda: session_of(server, spid)["closed"], "the session was not closed")
