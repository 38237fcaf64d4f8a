"""Attention in the middle of everything: one acknowledgement, and the connection goes on."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyodbc
import pytest

from tests.faults.server import ServerProcess, rows, until, workers
from tests.faults.test_killed_with_scripts import ENABLE, execute
from tests.faults.wire import logged_in
from tests.server.test_hostile import read_message
from tests.tds.conversation import ATTENTION, batch

ACKNOWLEDGED = bytes.fromhex("fd 2000 0000 0000000000000000")
REQUESTS = {
    "query": "SELECT COUNT_BIG(*) FROM n a CROSS JOIN n b CROSS JOIN n c WHERE a.v + b.v + c.v = -1",
    "result": "SELECT a.v, b.v, c.v FROM n a CROSS JOIN n b CROSS JOIN n c",
    "change": "INSERT INTO n SELECT a.v + b.v + c.v FROM n a CROSS JOIN n b CROSS JOIN n c",
    "lock": "UPDATE held SET v = v + 1",
    "delay": "WAITFOR DELAY '01:00:00'",
    "script": execute("import time; time.sleep(3600)"),
    "loop": "DECLARE @i int = 0; WHILE 1 = 1 SET @i = (@i + 1) % 1000",
}


@pytest.fixture(scope="module")
def cancelled(lasting: ServerProcess) -> Iterator[ServerProcess]:
    lasting.run("CREATE DATABASE cancelled; CREATE DATABASE other")
    values = ", ".join(f"({value})" for value in range(1000))
    lasting.run(f"CREATE TABLE n(v int); INSERT INTO n VALUES {values}", "cancelled")
    lasting.run("CREATE TABLE held(v int); INSERT INTO held VALUES (0)", "other")
    lasting.run("CREATE VIEW dummy AS SELECT 1 AS one", "cancelled")
    lasting.run(
        "CREATE TABLE pair(id int PRIMARY KEY, v int); INSERT INTO pair VALUES (1, 0), (2, 0)", "cancelled"
    )
    lasting.run(ENABLE)
    lasting.run(execute("pass"))
    yield lasting
    assert "Traceback" not in lasting.log


@pytest.fixture
def holder(cancelled: ServerProcess) -> Iterator[Any]:
    """Holds the write lock of the database ``other``."""
    with closing(cancelled.connect("other")) as connection:
        rows(connection, "BEGIN TRANSACTION; UPDATE held SET v = v + 1")
        yield connection
        rows(connection, "ROLLBACK")


def database(kind: str) -> str:
    return "other" if kind == "lock" else "cancelled"


@pytest.mark.parametrize("kind", [kind for kind in REQUESTS if kind != "result"])
def test_query_timeout(cancelled: ServerProcess, holder: Any, kind: str) -> None:
    with closing(cancelled.connect(database(kind))) as connection:
        connection.timeout = 1
        with pytest.raises(pyodbc.OperationalError, match="HYT00"):
            rows(connection, REQUESTS[kind])
        connection.timeout = 0
        assert rows(connection, "SELECT 1") == [(1,)]
    assert cancelled.run("SELECT COUNT(*) FROM n", "cancelled") == [(1000,)]


@pytest.mark.parametrize("kind", REQUESTS)
def test_cancel(cancelled: ServerProcess, holder: Any, kind: str) -> None:
    """In a transaction, which stays open."""
    with closing(cancelled.connect(database(kind))) as connection:
        rows(connection, "BEGIN TRANSACTION")
        cursor = connection.cursor()
        begun = threading.Event()
        failures: list[pyodbc.Error] = []

        def work() -> None:
            begun.set()
            try:
                cursor.execute(REQUESTS[kind])
                while cursor.fetchmany(1000):
                    pass
            except pyodbc.Error as error:
                failures.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        begun.wait(5)
        if kind == "script":
            until(lambda: workers(cancelled.pid), "the worker runs")
        # A cancel that comes before the request has been sent has no effect.
        while thread.is_alive():
            cursor.cancel()
            thread.join(0.2)
        assert failures
        # Operation canceled; or, when the cancel came between two fetches, no result to fetch from.
        assert failures[0].args[0] == "HY008" or (kind == "result" and failures[0].args[0] == "HY010")
        cursor.close()
        assert rows(connection, "SELECT @@TRANCOUNT") == [(1,)]
        rows(connection, "ROLLBACK")
        until(lambda: not workers(cancelled.pid), "the worker is gone", 1.5)


@pytest.mark.parametrize("kind", REQUESTS)
def test_one_acknowledgement(cancelled: ServerProcess, holder: Any, kind: str) -> None:
    with closing(logged_in(cancelled)) as sock:
        sock.sendall(batch(f"USE {database(kind)}"))
        read_message(sock)
        sock.sendall(batch(REQUESTS[kind]))
        if kind == "result":
            sock.recv(1)
            # Put the stream back in step: the rest of the packet is read with the message.
            sock.sendall(ATTENTION)
            data = b""
            while not data.endswith(ACKNOWLEDGED):
                data += sock.recv(65536)
        else:
            sock.sendall(ATTENTION)
            data = read_message(sock)
            assert data.endswith(ACKNOWLEDGED)
        assert data.count(ACKNOWLEDGED) == 1
        sock.sendall(batch("SELECT 1"))
        assert read_message(sock)[:1] == b"\x81"


def test_attentions_at_random(cancelled: ServerProcess, seed: int) -> None:
    """Anywhere in a transaction, its COMMIT included: both changes or none, and the stream stays in step."""
    chance = random.Random(seed)
    text = batch(
        "BEGIN TRANSACTION; UPDATE pair SET v = v + 1 WHERE id = 1; "
        "UPDATE pair SET v = v - 1 WHERE id = 2; COMMIT"
    )
    wait = threading.Event()
    done = 0
    with closing(logged_in(cancelled)) as sock:
        sock.sendall(batch("USE cancelled"))
        read_message(sock)
        for _ in range(150):
            sock.sendall(text)
            wait.wait(chance.choice([0.002, 0.01]) * chance.random())
            sock.sendall(ATTENTION)
            payload = read_message(sock)
            if not payload.endswith(ACKNOWLEDGED):
                assert b"\xaa" not in payload[:1]
                done += 1
                assert read_message(sock) == ACKNOWLEDGED
            sock.sendall(batch("IF @@TRANCOUNT > 0 ROLLBACK"))
            read_message(sock)
    [(first, second)] = cancelled.run("SELECT MIN(v), MAX(v) FROM pair", "cancelled")
    assert first + second == 0
    assert second >= done
    print(f"150 attentions, {done} transactions answered before, {second} committed")
