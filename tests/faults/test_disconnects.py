"""Clients that vanish: their transactions are rolled back, their locks are free, nothing of them stays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing

import pyodbc
import pytest

from tests.faults.server import ServerProcess, number, rows, until, workers
from tests.faults.test_killed_with_scripts import ENABLE, execute
from tests.faults.wire import LOGIN7, PRELOGIN, logged_in, raw, vanish
from tests.server.test_hostile import read_message
from tests.tds.conversation import batch

CHANGE = "USE clients; BEGIN TRANSACTION; UPDATE t SET v = v + 1000; "
REQUESTS = {
    "idle in a transaction": CHANGE,
    "waiting": CHANGE + "WAITFOR DELAY '01:00:00'",
    "long query": CHANGE + "SELECT COUNT_BIG(*) FROM n a, n b, n c WHERE a.v + b.v + c.v = -1",
    "large result": CHANGE + "SELECT a.v, b.v, c.v FROM n a CROSS JOIN n b CROSS JOIN n c",
    "long change": CHANGE + "INSERT INTO n SELECT a.v + b.v + c.v FROM n a CROSS JOIN n b CROSS JOIN n c",
    "script": CHANGE + execute("import time; time.sleep(3600)"),
    "loop": CHANGE + "WHILE 1 = 1 UPDATE t SET v = v + 1",
}  # fmt: skip


@pytest.fixture(scope="module")
def clients(lasting: ServerProcess) -> Iterator[ServerProcess]:
    lasting.run("CREATE DATABASE clients")
    lasting.run(
        "CREATE TABLE t(v int NOT NULL); INSERT INTO t VALUES (1), (2); CREATE TABLE n(v int)", "clients"
    )
    values = ", ".join(f"({value})" for value in range(1000))
    lasting.run(f"INSERT INTO n VALUES {values}", "clients")
    lasting.run(ENABLE)
    lasting.run(execute("pass"))
    yield lasting
    assert "Traceback" not in lasting.log


def locked(server: ServerProcess) -> bool:
    """Another session holds the write lock."""
    try:
        server.run("SET LOCK_TIMEOUT 0; UPDATE t SET v = v", "clients")
    except pyodbc.Error as error:
        assert number(error) == 1222, error
        return True
    return False


def test_disconnects(clients: ServerProcess, seed: int) -> None:
    chance = random.Random(seed)
    witness = clients.connect("clients")
    kinds = [*REQUESTS, *REQUESTS, *REQUESTS]
    chance.shuffle(kinds)
    counts: list[tuple[int, int]] = []
    for place, kind in enumerate(kinds):
        sock = logged_in(clients)
        sock.sendall(batch(REQUESTS[kind]))
        until(lambda: locked(clients), f"{kind}: it runs")
        if kind == "script":
            until(lambda: workers(clients.pid), "the worker runs")
        assert rows(witness, "SELECT SUM(v) FROM t") == [(3,)], "others read on"
        vanish(sock, chance)
        until(lambda: not locked(clients), f"{kind}: the lock is free")
        assert rows(witness, "SELECT SUM(v), (SELECT COUNT(*) FROM n) FROM t") == [(3, 1000)]
        until(lambda: not workers(clients.pid), "the worker is gone", 2)
        if place >= len(kinds) // 3:
            counts.append((clients.descriptors(), clients.threads()))
    witness.close()
    print(f"{len(kinds)} disconnects; (descriptors, threads): {counts[0]} ... {counts[-1]}")


def test_a_waiting_client_vanishes(clients: ServerProcess, seed: int) -> None:
    """It waits for a lock; whoever comes next gets it."""
    holder = clients.connect("clients")
    rows(holder, "BEGIN TRANSACTION; UPDATE t SET v = v + 1")
    waiting = [logged_in(clients) for _ in range(5)]
    for sock in waiting:
        sock.sendall(batch("USE clients; UPDATE t SET v = v + 100"))
    for sock in waiting:
        vanish(sock, random.Random(seed))
    rows(holder, "ROLLBACK")
    holder.close()
    # Which of them had been heard before it vanished cannot be known: only that no one keeps the lock.
    until(lambda: not locked(clients), "the lock is free")
    clients.run("UPDATE t SET v = 1 WHERE v % 100 = 1; UPDATE t SET v = 2 WHERE v % 100 = 2", "clients")


def test_churn(clients: ServerProcess, seed: int) -> None:
    """100 clients, some of which end in the middle of their login: descriptors and threads stay the same."""
    chance = random.Random(seed)
    whole = PRELOGIN + LOGIN7

    def churn(count: int) -> None:
        for _ in range(count):
            match chance.randrange(3):
                case 0:
                    with closing(clients.connect("clients")) as connection:
                        assert rows(connection, "SELECT COUNT(*) FROM n") == [(1000,)]
                case 1:
                    sock = logged_in(clients)
                    sock.sendall(batch("SELECT 1"))
                    read_message(sock)
                    vanish(sock, chance)
                case _:
                    sock = raw(clients)
                    sock.sendall(whole[: chance.randrange(len(whole))])
                    vanish(sock, chance)

    churn(20)
    until(lambda: clients.descriptors() == clients.descriptors(), "quiet")
    descriptors, threads = clients.descriptors(), clients.threads()
    churn(100)
    # The last connection may not have ended yet; one thread of the pool may have been added.
    until(lambda: clients.descriptors() <= descriptors, "no descriptor is left")
    until(lambda: clients.threads() <= threads + 2, "no thread is left")
    print(f"descriptors {descriptors} -> {clients.descriptors()}, threads {threads} -> {clients.threads()}")
