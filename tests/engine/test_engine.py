from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from localdb.engine.duck import Connection, Engine
from localdb.errors import SqlError


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(tmp_path / "data", threads=2)
    yield made
    made.close()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    engine.create("shop")
    made = engine.connect()
    made.execute('CREATE TABLE "shop"."main"."t" (i INTEGER, s VARCHAR)')
    yield made
    made.close()


T = '"shop"."main"."t"'


def test_rows_and_counts(connection: Connection) -> None:
    assert connection.execute(f"INSERT INTO {T} VALUES ($i, $s), (2, NULL)", {"i": 1, "s": "x"}) == 2
    assert connection.execute(f"UPDATE {T} SET i = i + 1") == 2
    assert connection.rows(f"SELECT * FROM {T} ORDER BY i") == [(2, "x"), (3, None)]
    assert connection.execute(f"DELETE FROM {T}") == 2


def test_nulls_sort_first_ascending_and_last_descending(connection: Connection) -> None:
    connection.execute(f"INSERT INTO {T} VALUES (1, 'a'), (NULL, 'b')")
    assert connection.rows(f"SELECT i FROM {T} ORDER BY i") == [(None,), (1,)]
    assert connection.rows(f"SELECT i FROM {T} ORDER BY i DESC") == [(1,), (None,)]


def test_result_is_streamed_in_batches(connection: Connection) -> None:
    batches = list(connection.query("SELECT i FROM range(100000) AS r(i)"))
    assert len(batches) > 1
    assert sum(batch.num_rows for batch in batches) == 100_000


def test_temporary_tables_belong_to_one_connection(engine: Engine, connection: Connection) -> None:
    connection.execute("CREATE TEMP TABLE mine AS SELECT 1 AS a")
    other = engine.connect()
    with pytest.raises(SqlError):
        other.rows("SELECT * FROM mine")
    other.close()


def test_registered_table_is_a_relation(connection: Connection) -> None:
    connection.register("given", pa.table({"a": [1, 2]}))
    assert connection.rows("SELECT sum(a) FROM given") == [(3,)]
    connection.unregister("given")
    with pytest.raises(SqlError):
        connection.rows("SELECT sum(a) FROM given")


def test_error_inside_a_transaction_is_noticed(connection: Connection) -> None:
    connection.begin()
    connection.execute(f"INSERT INTO {T} VALUES (1, 'a')")
    with pytest.raises(SqlError):
        connection.rows(f"SELECT CAST(s AS INTEGER) FROM {T}")
    assert connection.failed
    with pytest.raises(AssertionError):
        connection.commit()
    connection.rollback()
    assert connection.rows(f"SELECT count(*) FROM {T}") == [(0,)]
    assert not connection.in_transaction


def test_interrupt_ends_a_long_statement(connection: Connection) -> None:
    done = threading.Event()

    def interrupt() -> None:
        while not done.wait(0.02):
            connection.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(SqlError):
            connection.rows("SELECT count(*) FROM range(10000000000) AS a(i) WHERE hash(i) = 1")
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '/tmp/localdb_escape.csv'",
        "ATTACH '/tmp/localdb_escape.duckdb' AS escape",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "INSTALL httpfs",
        "LOAD httpfs",
    ],
)
def test_sql_reaches_no_file_outside_the_folder(connection: Connection, sql: str) -> None:
    with pytest.raises(SqlError):
        connection.rows(sql)


def test_python_variables_are_no_tables(connection: Connection) -> None:
    secret = pa.table({"a": [1]})
    with pytest.raises(SqlError):
        connection.rows("SELECT * FROM secret")
    assert secret.num_rows == 1


def test_databases_outlive_the_engine(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.create("Some Name/../x")
    connection = engine.connect()
    connection.execute('CREATE TABLE "Some Name/../x"."main"."t" AS SELECT 5 AS a')
    connection.close()
    engine.close()
    engine = Engine(tmp_path)
    engine.attach("Some Name/../x")
    connection = engine.connect()
    assert connection.rows('SELECT a FROM "Some Name/../x"."main"."t"') == [(5,)]
    connection.close()
    engine.drop("Some Name/../x")
    assert not engine.file_of("Some Name/../x").exists()
    engine.close()


def test_memory_limit_is_an_error_not_a_crash(tmp_path: Path) -> None:
    engine = Engine(tmp_path, memory_limit="20MB", threads=1)
    connection = engine.connect()
    with pytest.raises(SqlError):
        connection.rows("SELECT list(i ORDER BY hash(i)) FROM range(20000000) AS r(i)")
    assert connection.rows("SELECT 1") == [(1,)]
    connection.close()
    engine.close()
