"""Many clients at once, refused logins, and one writer at a time."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyodbc
import pytest

from db import connection_string
from db.drivers import find_driver
from tests.faults.server import PASSWORD, ServerProcess, number, rows
from tests.faults.test_killed_with_scripts import ENABLE

SESSIONS = 20
STEPS = 12
ACCOUNTS = 10
SUM_BY_SCRIPT = (
    "EXEC sp_execute_external_script @language = N'Python', @script = N'import pandas as pd\n"
    "OutputDataSet = pd.DataFrame({''s'': [int(InputDataSet.balance.sum())], ''n'': [len(InputDataSet)]})', "
    "@input_data_1 = N'SELECT balance FROM account' WITH RESULT SETS ((s int, n int))"
)


@pytest.fixture(scope="module")
def bank(lasting: ServerProcess) -> Iterator[ServerProcess]:
    lasting.run("CREATE DATABASE bank")
    values = ", ".join(f"({account}, 100)" for account in range(ACCOUNTS))
    lasting.run(
        "CREATE TABLE account(id int NOT NULL PRIMARY KEY, balance int NOT NULL); "
        f"INSERT INTO account VALUES {values}; "
        "CREATE TABLE done(id int IDENTITY PRIMARY KEY, session int NOT NULL, step int NOT NULL)",
        "bank",
    )
    lasting.run(ENABLE)
    yield lasting
    assert "Traceback" not in lasting.log


class Customer(threading.Thread):
    """Transfers, sums, and sums by script, in an order of its own."""

    def __init__(self, server: ServerProcess, number: int, seed: int) -> None:
        super().__init__()
        self.server, self.number = server, number
        self.random = random.Random(f"{seed} {number}")
        self.written: list[int] = []
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with closing(self.server.connect("bank")) as connection:
                for step in range(STEPS):
                    self.step(connection, step)
        except BaseException as error:
            self.failure = error

    def step(self, connection: Any, step: int) -> None:
        what = self.random.random()
        if what < 0.5:
            self.transfer(connection, step)
        elif what < 0.9:
            # Its own session's values stay its own.
            mine = self.random.randrange(10**9)
            found = rows(
                connection,
                "DECLARE @mine int = ?; SELECT SUM(balance), COUNT(*), @mine, @@SPID FROM account",
                mine,
            )
            assert found[0][:3] == (ACCOUNTS * 100, ACCOUNTS, mine)
        else:
            assert rows(connection, SUM_BY_SCRIPT) == [(ACCOUNTS * 100, ACCOUNTS)]

    def transfer(self, connection: Any, step: int) -> None:
        source, target = self.random.sample(range(ACCOUNTS), 2)
        amount = self.random.randint(1, 20)
        rows(connection, "BEGIN TRANSACTION")
        rows(connection, "UPDATE account SET balance = balance - ? WHERE id = ?", amount, source)
        # What this transaction sees of itself.
        assert rows(connection, "SELECT SUM(balance) FROM account") == [(ACCOUNTS * 100 - amount,)]
        rows(connection, "UPDATE account SET balance = balance + ? WHERE id = ?", amount, target)
        if self.random.random() < 0.2:
            rows(connection, "ROLLBACK")
            return
        given = rows(
            connection,
            "INSERT INTO done(session, step) OUTPUT inserted.id VALUES (?, ?)",
            self.number,
            step,
        )
        rows(connection, "COMMIT")
        self.written.append(int(given[0][0]))


def test_twenty_sessions(bank: ServerProcess, seed: int) -> None:
    customers = [Customer(bank, number, seed) for number in range(SESSIONS)]
    started = time.monotonic()
    for customer in customers:
        customer.start()
    for customer in customers:
        customer.join(60)
        assert not customer.is_alive()
        if customer.failure is not None:
            raise AssertionError(f"session {customer.number}") from customer.failure
    print(f"{SESSIONS} sessions, {SESSIONS * STEPS} steps in {time.monotonic() - started:.1f} s")
    assert bank.run("SELECT SUM(balance) FROM account", "bank") == [(ACCOUNTS * 100,)]
    found = bank.run("SELECT id, session FROM done", "bank")
    wanted = [(identity, customer.number) for customer in customers for identity in customer.written]
    assert sorted(found) == sorted(wanted)
    assert len({identity for identity, _ in wanted}) == len(wanted)


def test_lock_timeout(bank: ServerProcess) -> None:
    with closing(bank.connect("bank")) as holder, closing(bank.connect("bank")) as other:
        rows(holder, "BEGIN TRANSACTION; UPDATE account SET balance = balance + 1 WHERE id = 0")
        for milliseconds in (0, 300):
            rows(other, f"SET LOCK_TIMEOUT {milliseconds}")
            started = time.monotonic()
            with pytest.raises(pyodbc.Error) as caught:
                rows(other, "UPDATE account SET balance = balance + 1 WHERE id = 1")
            assert number(caught.value) == 1222
            assert milliseconds / 1000 <= time.monotonic() - started < milliseconds / 1000 + 1
            assert rows(other, "SELECT SUM(balance) FROM account") == [(ACCOUNTS * 100,)]
        rows(holder, "ROLLBACK")
        rows(other, "UPDATE account SET balance = balance WHERE id = 1")


def test_writers_take_turns(bank: ServerProcess) -> None:
    """Read, add, write in one transaction: no increment is lost when the first statement is a write."""
    bank.run("CREATE TABLE counter(v int NOT NULL); INSERT INTO counter VALUES (0)", "bank")
    failures: list[BaseException] = []

    def count() -> None:
        try:
            with closing(bank.connect("bank")) as connection:
                for _ in range(10):
                    rows(
                        connection,
                        "BEGIN TRANSACTION; UPDATE counter SET v = v; "
                        "DECLARE @v int = (SELECT v FROM counter); UPDATE counter SET v = @v + 1; COMMIT",
                    )
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert bank.run("SELECT v FROM counter", "bank") == [(80,)]


@pytest.mark.parametrize(
    ("changed", "numbers"),
    [
        ({"PWD": PASSWORD + "x"}, [18456]),
        ({"PWD": ""}, [18456]),
        ({"UID": "nobody"}, [18456]),
        ({"Database": "not_there"}, [4060]),
    ],
)
def test_refused_logins(bank: ServerProcess, changed: dict[str, str], numbers: list[int]) -> None:
    parts = {**find_driver().options(bank.host, bank.port), "UID": "sa", "PWD": PASSWORD, **changed}
    before = bank.descriptors()
    with pytest.raises(pyodbc.Error) as caught:
        pyodbc.connect(connection_string.render(parts), timeout=10).close()
    for wanted in numbers:
        assert f"({wanted})" in str(caught.value)
    assert bank.run("SELECT 1") == [(1,)]
    assert bank.descriptors() <= before + 1
