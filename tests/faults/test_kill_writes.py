"""kill -9 while clients change rows: what was acknowledged is there, nothing is there by halves."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

from tests.faults.server import ServerProcess, rows
from tests.faults.writers import Writer, run_until_killed

WRITERS = 4
ACCOUNTS = 4
TABLES = """
CREATE TABLE account(id int NOT NULL PRIMARY KEY, owner int NOT NULL, balance int NOT NULL);
CREATE TABLE entry(entry_id int IDENTITY PRIMARY KEY, account_id int NOT NULL REFERENCES account(id),
                   amount int NOT NULL);
CREATE TABLE note(owner int NOT NULL, number int NOT NULL, text nvarchar(100), PRIMARY KEY (owner, number));
"""


@dataclass(frozen=True)
class Books:
    """What one writer owns: balances by account, entries by identity value, notes by number."""

    balances: dict[int, int] = field(default_factory=dict)
    entries: dict[int, tuple[int, int]] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)


class Clerk(Writer[Books]):
    """Keeps books. Identity values that it was given in committed work are never seen again by anyone."""

    def step(self, connection: Any) -> None:
        self.random.choice([self.transfer, self.transfer, self.insert, self.update, self.delete, self.undo])(
            connection
        )

    def transfer(self, connection: Any) -> None:
        """Four statements over two tables, one transaction."""
        source, target = self.random.sample(sorted(self.state.balances), 2)
        amount = self.random.randint(1, 9)
        balances = dict(self.state.balances)
        balances[source] -= amount
        balances[target] += amount
        rows(connection, "BEGIN TRANSACTION")
        rows(connection, "UPDATE account SET balance = balance - ? WHERE id = ?", amount, source)
        rows(connection, "UPDATE account SET balance = balance + ? WHERE id = ?", amount, target)
        given = rows(
            connection,
            "INSERT INTO entry(account_id, amount) OUTPUT inserted.entry_id VALUES (?, ?), (?, ?)",
            *(source, -amount, target, amount),
        )
        first, second = sorted(value for (value,) in given)
        entries = {**self.state.entries, first: (source, -amount), second: (target, amount)}
        self.attempt(replace(self.state, balances=balances, entries=entries))
        rows(connection, "COMMIT")
        self.acknowledge()

    def undo(self, connection: Any) -> None:
        """A transaction that is given up: nothing of it may come back."""
        self.attempt(self.state)
        rows(connection, "BEGIN TRANSACTION")
        rows(connection, "UPDATE account SET balance = -1 WHERE owner = ?", self.number)
        rows(connection, "INSERT INTO note VALUES (?, -1, 'never')", self.number)
        rows(connection, "ROLLBACK")
        self.acknowledge()

    def insert(self, connection: Any) -> None:
        """Several rows by one statement."""
        first = max(self.state.notes, default=0) + 1
        new = {number: f"written {self.random.random()}" for number in range(first, first + 3)}
        self.attempt(replace(self.state, notes={**self.state.notes, **new}))
        values = [value for number, text in new.items() for value in (self.number, number, text)]
        rows(connection, "INSERT INTO note VALUES (?,?,?), (?,?,?), (?,?,?)", *values)
        self.acknowledge()

    def update(self, connection: Any) -> None:
        text = f"changed {self.random.random()}"
        limit = max(self.state.notes, default=0) - self.random.randint(0, 5)
        notes = {number: text if number >= limit else old for number, old in self.state.notes.items()}
        self.attempt(replace(self.state, notes=notes))
        rows(connection, "UPDATE note SET text = ? WHERE owner = ? AND number >= ?", text, self.number, limit)
        self.acknowledge()

    def delete(self, connection: Any) -> None:
        numbers = sorted(self.state.notes)
        limit = self.random.choice(numbers) if len(numbers) > 6 else 0
        self.attempt(replace(self.state, notes={n: t for n, t in self.state.notes.items() if n >= limit}))
        rows(connection, "DELETE FROM note WHERE owner = ? AND number < ?", self.number, limit)
        self.acknowledge()

    def observe(self, connection: Any) -> Books:
        entries = rows(
            connection,
            "SELECT e.entry_id, e.account_id, e.amount FROM entry e JOIN account a ON a.id = e.account_id "
            "WHERE a.owner = ?",
            self.number,
        )
        return Books(
            dict(rows(connection, "SELECT id, balance FROM account WHERE owner = ?", self.number)),  # type: ignore[arg-type]
            {number: (account, amount) for number, account, amount in entries},
            dict(rows(connection, "SELECT number, text FROM note WHERE owner = ?", self.number)),  # type: ignore[arg-type]
        )


def opened(server: ServerProcess, seed: int) -> list[Clerk]:
    server.run("CREATE DATABASE books")
    server.run(TABLES, "books")
    clerks = []
    for number in range(WRITERS):
        balances = {number * ACCOUNTS + account: 100 for account in range(ACCOUNTS)}
        values = ", ".join(f"({account}, {number}, 100)" for account in balances)
        server.run(f"INSERT INTO account VALUES {values}", "books")
        clerks.append(Clerk(number, seed, Books(balances)))
    return clerks


def check(server: ServerProcess, clerks: list[Clerk]) -> None:
    connection = server.connect("books")
    for clerk in clerks:
        clerk.check(connection)
    total = rows(connection, "SELECT SUM(balance) FROM account")
    assert total == [(WRITERS * ACCOUNTS * 100,)]
    # The books agree with the entries, and no identity value has been given twice.
    wrong = rows(
        connection,
        "SELECT a.id FROM account a LEFT JOIN entry e ON e.account_id = a.id GROUP BY a.id, a.balance "
        "HAVING a.balance <> 100 + COALESCE(SUM(e.amount), 0)",
    )
    assert wrong == []
    assert rows(connection, "SELECT entry_id FROM entry GROUP BY entry_id HAVING COUNT(*) > 1") == []
    connection.close()


def test_nothing_acknowledged_is_lost(server: ServerProcess, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    clerks = opened(server, seed)
    for _ in range(kills):
        run_until_killed(server, "books", clerks, chance, most=40)
        server.start()
        check(server, clerks)
    done, survived = sum(c.acknowledged for c in clerks), sum(c.survived for c in clerks)
    print(f"{kills} kills, {done} operations acknowledged, none lost; {survived} done unacknowledged")
    assert "Traceback" not in server.log
