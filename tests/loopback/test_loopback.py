"""A script that connects back to its own server, over the real driver inside the real sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyodbc
import pytest

from db import connection_string
from db.drivers import find_driver
from tests.faults.server import ServerProcess

PASSWORD = "Way-Back-1234"

BACK = """
import pyodbc, revoscalepy
text = revoscalepy.rx_get_sql_loopback_connection_string("shop")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("loopback") / "data", "--script-loopback") as made:
        made.start()
        with made.connect() as connection:
            for batch in (
                "EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE",
                "CREATE DATABASE shop",
                f"CREATE LOGIN reader WITH PASSWORD = '{PASSWORD}', DEFAULT_DATABASE = shop",
                "USE shop; CREATE TABLE dbo.seen (n int); INSERT dbo.seen VALUES (1), (2)",
                "USE shop; CREATE TABLE dbo.hidden (n int)",
                "USE shop; CREATE USER reader FOR LOGIN reader; GRANT SELECT ON dbo.seen TO reader; "
                "GRANT EXECUTE ANY EXTERNAL SCRIPT TO reader",
            ):
                connection.execute(batch)
        yield made


CALL = "EXEC sp_execute_external_script @language = N'Python', @script = ?"


def as_reader(server: ServerProcess, password: str = PASSWORD) -> pyodbc.Connection:
    parts = find_driver().options(server.host, server.port)
    text = connection_string.render({**parts, "UID": "reader", "PWD": password, "Database": "shop"})
    return pyodbc.connect(text, autocommit=True, timeout=10)


def run(connection: pyodbc.Connection, script: str) -> list[tuple[object, ...]]:
    with closing(connection):
        return [tuple(row) for row in connection.execute(CALL, script).fetchall()]


def test_a_script_reads_as_its_caller(server: ServerProcess) -> None:
    script = f"""{BACK}
with pyodbc.connect(text) as connection:
    rows = connection.execute("SELECT n, SUSER_SNAME(), DB_NAME() FROM dbo.seen ORDER BY n").fetchall()
OutputDataSet = DataFrame([tuple(row) for row in rows])
"""
    assert run(as_reader(server), script) == [(1, "reader", "shop"), (2, "reader", "shop")]
    assert run(server.connect("shop"), script) == [(1, "sa", "shop"), (2, "sa", "shop")]


def test_the_callers_rights_are_all_that_it_has(server: ServerProcess) -> None:
    script = f"""{BACK}
with pyodbc.connect(text) as connection:
    try:
        connection.execute("SELECT n FROM dbo.hidden")
    except pyodbc.Error as error:
        OutputDataSet = DataFrame([str(error)])
"""
    ((error,),) = run(as_reader(server), script)
    assert "(229)" in str(error)


@pytest.mark.parametrize("changed", ["UID=sa", "PWD=" + PASSWORD], ids=["another user", "another password"])
def test_the_login_is_the_scripts_alone(server: ServerProcess, changed: str) -> None:
    key, _, value = changed.partition("=")
    script = f"""{BACK}
from revoscalepy.connection_strings import with_values
try:
    pyodbc.connect(with_values(text, {{{key!r}: {value!r}}}))
except pyodbc.Error as error:
    OutputDataSet = DataFrame([str(error)])
"""
    ((error,),) = run(as_reader(server), script)
    assert "18456" in str(error)


def test_the_password_is_worth_nothing_outside_and_afterwards(server: ServerProcess) -> None:
    script = f"{BACK}\nOutputDataSet = DataFrame([text])"
    ((text,),) = run(as_reader(server), script)
    password = str(text).partition("PWD=")[2].partition(";")[0].strip("{}")
    assert len(password) >= 40
    with pytest.raises(pyodbc.Error, match="18456"):
        as_reader(server, password)
    again = f"{BACK}\nOutputDataSet = DataFrame([{password!r} in text])"
    assert run(as_reader(server), again) == [(False,)]


def test_nothing_else_can_be_reached(server: ServerProcess) -> None:
    script = f"""{BACK}
import socket
results = []
def attempt(what, action):
    try:
        action()
        results.append((what, "done"))
    except OSError as error:
        results.append((what, type(error).__name__))
attempt("server", lambda: socket.create_connection(("127.0.0.1", {server.port}), 2))
attempt("elsewhere", lambda: socket.create_connection(("192.0.2.1", 80), 2))
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt("ipv6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
attempt("unix", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("listen", lambda: socket.create_server(("127.0.0.1", 0)))
OutputDataSet = DataFrame(results)
"""
    found = run(as_reader(server), script)
    assert len(found) == 8
    assert [row for row in found if row[1] == "done"] == []


def test_the_connections_end_with_the_script(server: ServerProcess) -> None:
    script = f"""{BACK}
kept = [pyodbc.connect(text) for _ in range(3)]
kept[0].execute("SELECT 1")
"""
    with server.connect("shop") as connection:
        count = "SELECT count(*) FROM sys.dm_exec_sessions WHERE is_user_process = 1"
        before = connection.execute(count).fetchval()
        connection.execute(CALL, script)
        assert connection.execute(count).fetchval() == before


def test_there_is_no_way_back_under_execute_as(server: ServerProcess) -> None:
    with server.connect("shop") as connection:
        connection.execute(
            "CREATE OR ALTER PROCEDURE dbo.as_owner @s nvarchar(max) WITH EXECUTE AS OWNER AS "
            "EXEC sp_execute_external_script @language = N'Python', @script = @s"
        )
        with pytest.raises(pyodbc.Error, match="39004"):
            connection.execute("EXEC dbo.as_owner ?", BACK)


def test_it_is_off_unless_it_is_allowed(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as made:
        made.start()
        with made.connect() as connection:
            connection.execute("EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE")
            script = f"""
try:{BACK.replace(chr(10), chr(10) + "    ")}
except Exception as error:
    OutputDataSet = DataFrame([str(error)])
"""
            (error,) = connection.execute(CALL, script).fetchone()
    assert "--script-loopback" in error
