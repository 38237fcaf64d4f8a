"""kill -9 while clients change definitions: each is there as a whole or not at all, and fits its data."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from tests.faults.server import ServerProcess, rows
from tests.faults.writers import Writer, run_until_killed

WRITERS = 3
EXTRA_COLUMNS = ("a", "b", "c", "d")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """Columns after the identity column ``id``; rows by identity value."""

    columns: tuple[str, ...]
    rows: Mapping[int, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class Definitions:
    tables: Mapping[str, Table] = field(default_factory=dict)
    procedure: int | None = None
    view: int | None = None
    databases: frozenset[str] = frozenset()


class Designer(Writer[Definitions]):
    """Makes, alters and drops objects whose names begin with its own letter."""

    def __init__(self, number: int, seed: int) -> None:
        super().__init__(number, seed, Definitions())
        self.letter = "xyz"[number]
        self.made = 0

    def step(self, connection: Any) -> None:
        table = self.random.choice(sorted(self.state.tables)) if self.state.tables else None
        if table is None or self.random.random() < 0.1:
            self.create(connection)
        else:
            operations = [self.insert, self.insert, self.add, self.remove, self.drop, self.truncate]
            more = [self.together, self.module, self.module, self.database]
            operation = self.random.choice([*operations, *more])
            operation(connection, table)

    def with_table(self, name: str, table: Table | None) -> Definitions:
        tables = {key: value for key, value in self.state.tables.items() if key != name}
        return replace(self.state, tables=tables if table is None else {**tables, name: table})

    def create(self, connection: Any) -> None:
        self.made += 1
        name = f"{self.letter}{self.made}"
        self.attempt(self.with_table(name, Table(("a",))))
        rows(
            connection,
            f"CREATE TABLE {name}(id int IDENTITY(10, 2) PRIMARY KEY, a nvarchar(20) NULL DEFAULT 'none')",
        )
        self.acknowledge()

    def insert(self, connection: Any, name: str) -> None:
        """Rows one by one, each acknowledged: the identity value is known only then."""
        table = self.state.tables[name]
        text = f"{self.random.random():.6f}"
        marks = ", ".join("?" for _ in table.columns)
        # An unacknowledged row has an identity value that nobody knows: see ``check``.
        self.attempt(
            self.with_table(name, replace(table, rows={**table.rows, 0: (text,) * len(table.columns)}))
        )
        [(number,)] = rows(
            connection,
            f"INSERT INTO {name}({', '.join(table.columns)}) OUTPUT inserted.id VALUES ({marks})",
            *[text] * len(table.columns),
        )
        assert number > max(table.rows, default=0), "an identity value is given twice"
        row = (text,) * len(table.columns)
        self.attempt(self.with_table(name, replace(table, rows={**table.rows, number: row})))
        self.acknowledge()

    def add(self, connection: Any, name: str) -> None:
        table = self.state.tables[name]
        free = [column for column in EXTRA_COLUMNS if column not in table.columns]
        if not free:
            return
        new = {number: (*row, None) for number, row in table.rows.items()}
        self.attempt(self.with_table(name, Table((*table.columns, free[0]), new)))
        rows(connection, f"ALTER TABLE {name} ADD {free[0]} nvarchar(30) NULL")
        self.acknowledge()

    def remove(self, connection: Any, name: str) -> None:
        table = self.state.tables[name]
        if len(table.columns) < 2:
            return
        place = next(i for i, column in enumerate(table.columns) if column != "a")
        new = {number: (*row[:place], *row[place + 1 :]) for number, row in table.rows.items()}
        columns = (*table.columns[:place], *table.columns[place + 1 :])
        self.attempt(self.with_table(name, Table(columns, new)))
        rows(connection, f"ALTER TABLE {name} DROP COLUMN {table.columns[place]}")
        self.acknowledge()

    def drop(self, connection: Any, name: str) -> None:
        self.attempt(self.with_table(name, None))
        rows(connection, f"DROP TABLE {name}")
        self.acknowledge()

    def truncate(self, connection: Any, name: str) -> None:
        table = self.state.tables[name]
        self.attempt(self.with_table(name, Table(table.columns)))
        rows(connection, f"TRUNCATE TABLE {name}")
        self.acknowledge()

    def together(self, connection: Any, name: str) -> None:
        """Definitions and rows in one transaction: drop one table, make and fill another, change a third."""
        self.made += 1
        new = f"{self.letter}{self.made}"
        tables = {key: value for key, value in self.state.tables.items() if key != name}
        tables[new] = Table(("a", "b"), {1: ("one", None), 2: ("two", None)})
        self.attempt(replace(self.state, tables=tables))
        rows(connection, "BEGIN TRANSACTION")
        rows(connection, f"DROP TABLE {name}")
        rows(connection, f"CREATE TABLE {new}(id int IDENTITY PRIMARY KEY, a nvarchar(20) NULL)")
        rows(connection, f"INSERT INTO {new}(a) VALUES ('one'), ('two')")
        rows(connection, f"ALTER TABLE {new} ADD b nvarchar(30) NULL")
        rows(connection, "COMMIT")
        self.acknowledge()

    def module(self, connection: Any, _: str) -> None:
        version = self.random.randrange(10**6)
        if self.random.random() < 0.5:
            self.attempt(replace(self.state, procedure=version))
            rows(connection, f"CREATE OR ALTER PROCEDURE {self.letter}_p AS SELECT {version} AS version")
        else:
            self.attempt(replace(self.state, view=version))
            rows(connection, f"CREATE OR ALTER VIEW {self.letter}_v AS SELECT {version} AS version")
        self.acknowledge()

    def database(self, connection: Any, _: str) -> None:
        name = f"{self.letter}_extra"
        if name in self.state.databases:
            self.attempt(replace(self.state, databases=frozenset()))
            rows(connection, f"DROP DATABASE {name}")
        else:
            self.attempt(replace(self.state, databases=frozenset({name})))
            rows(connection, f"CREATE DATABASE {name}")
        self.acknowledge()

    # Afterwards.

    def check(self, connection: Any) -> None:
        super().check(connection)
        # From here on the row that was not acknowledged counts with the identity value that it got.
        self.state = self.look(connection)

    def observe(self, connection: Any) -> Definitions:
        """As ``look``, but an identity value beyond the acknowledged ones is told as 0."""
        found = self.look(connection)
        tables = {}
        for name, table in found.tables.items():
            known = self.state.tables.get(name, Table(())).rows if self.state.tables.get(name) else None
            if known is None or self.pending is None:
                tables[name] = table
                continue
            highest = max(known, default=0)
            tables[name] = replace(
                table, rows={number if number <= highest else 0: row for number, row in table.rows.items()}
            )
        return replace(found, tables=tables)

    def look(self, connection: Any) -> Definitions:
        like = f"{self.letter}[0-9]%"
        names = [name for (name,) in rows(connection, "SELECT name FROM sys.tables WHERE name LIKE ?", like)]
        tables = {}
        for name in names:
            listed = rows(
                connection,
                "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID(?) ORDER BY column_id",
                name,
            )
            cursor = connection.execute(f"SELECT * FROM {name}")
            columns = [column[0] for column in cursor.description]
            assert columns == [column for (column,) in listed]
            tables[name] = Table(tuple(columns[1:]), {row[0]: tuple(row[1:]) for row in cursor.fetchall()})
            cursor.close()
        databases = rows(
            connection, "SELECT name FROM sys.databases WHERE name LIKE ?", f"{self.letter}[_]extra"
        )
        return Definitions(
            tables,
            self.version(connection, "P", f"EXEC {self.letter}_p", f"{self.letter}_p"),
            self.version(connection, "V", f"SELECT version FROM {self.letter}_v", f"{self.letter}_v"),
            frozenset(name for (name,) in databases),
        )

    def version(self, connection: Any, kind: str, query: str, name: str) -> int | None:
        """What the module returns, which must be what its definition says."""
        found = rows(
            connection,
            "SELECT m.definition FROM sys.objects o JOIN sys.sql_modules m ON m.object_id = o.object_id "
            "WHERE o.name = ? AND o.type = ?",
            *(name, kind),
        )
        if not found:
            return None
        [(version,)] = rows(connection, query)
        assert f"SELECT {version} AS version" in found[0][0]
        return int(version)


def check_files(folder: Path, copy: Path) -> None:
    """An independent look into the files of a killed server: the catalog's columns are the tables' columns,
    and no table or sequence is without its object."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for file in folder.glob("*.duckdb*"):
        shutil.copy(file, copy)
    with duckdb.connect(str(copy / "design.duckdb")) as connection:
        catalog = connection.execute(
            "SELECT s.name, o.name, list(c.name ORDER BY c.column_id) FROM _ldb.objects o "
            "JOIN _ldb.schemas s USING (schema_id) JOIN _ldb.columns c USING (object_id) WHERE o.type = 'U' "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        real = connection.execute(
            "SELECT table_schema, table_name, list(column_name ORDER BY ordinal_position) "
            "FROM information_schema.columns WHERE table_schema <> '_ldb' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        assert catalog == real
        sequences = connection.execute("SELECT sequence_name FROM duckdb_sequences()").fetchall()
        wanted = connection.execute(
            "SELECT 'identity_' || object_id FROM _ldb.columns WHERE identity_seed IS NOT NULL"
        ).fetchall()
        assert set(wanted) <= set(sequences)
        orphans = connection.execute(
            "SELECT object_id FROM (SELECT object_id FROM _ldb.columns UNION SELECT object_id FROM "
            "_ldb.constraints UNION SELECT object_id FROM _ldb.parameters) "
            "WHERE object_id NOT IN (SELECT object_id FROM _ldb.objects)"
        ).fetchall()
        assert orphans == []


def test_definitions_and_data_agree(server: ServerProcess, seed: int, kills: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    server.run("CREATE DATABASE design")
    designers = [Designer(number, seed) for number in range(WRITERS)]
    for _ in range(kills):
        run_until_killed(server, "design", designers, chance, most=30)
        check_files(server.folder, tmp_path / "copy")
        server.start()
        connection = server.connect("design")
        for designer in designers:
            designer.check(connection)
        connection.close()
        wanted = {f"{name}.duckdb" for d in designers for name in d.state.databases}
        there = {file.name for file in server.folder.glob("*.duckdb")}
        assert there == {"master.duckdb", "design.duckdb", *wanted}
        assert list(server.folder.glob("*.partial")) == []
    done, survived = sum(d.acknowledged for d in designers), sum(d.survived for d in designers)
    print(f"{kills} kills, {done} operations acknowledged, none lost; {survived} done unacknowledged")
    assert "Traceback" not in server.log
