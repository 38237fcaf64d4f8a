"""Streamed and partitioned scripts over a real connection: rows as they come, messages, attention."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pyodbc
import pytest
from sql_session import spees

from db import connection_string
from db.external_scripts import require_external_scripts

STREAM = "@params = N'@r_rowsPerRead int', @r_rowsPerRead = "


@pytest.fixture
def connection(driver_parts, new_database) -> Iterator[pyodbc.Connection]:
    """With each driver, on a database that has a table of 10,000 numbers."""
    target = new_database("streams")
    target.create_database()
    with target.connect() as admin:
        require_external_scripts(admin, may_enable=True)
        admin.run(
            "WITH n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 99) "
            "SELECT a.i * 100 + b.i AS id INTO dbo.numbers FROM n a CROSS JOIN n b"
        )
    text = connection_string.render({**driver_parts, "Database": target.database})
    connection = pyodbc.connect(text, autocommit=True, timeout=30)
    yield connection
    connection.close()


def test_all_rows_of_many_runs(connection):
    batch = spees("OutputDataSet = InputDataSet", "SELECT id FROM dbo.numbers ORDER BY id", STREAM + "300")
    assert [row[0] for row in connection.execute(batch)] == list(range(10_000))


def test_partitions_with_their_schema(connection):
    batch = spees(
        "print(len(InputDataSet))\n"
        "OutputDataSet = DataFrame({'k': [InputDataSet.k[0]], 'n': [len(InputDataSet)]})",
        "SELECT id, id % 3 AS k FROM dbo.numbers",
        "@input_data_1_partition_by_columns = N'k', @input_data_1_order_by_columns = N'id', @parallel = 1",
    )
    cursor = connection.execute(batch + " WITH RESULT SETS ((k int NOT NULL, n int NOT NULL))")
    assert [column[0] for column in cursor.description] == ["k", "n"]
    assert [tuple(row) for row in cursor] == [(0, 3334), (1, 3333), (2, 3333)]


def test_an_error_in_a_later_run_follows_the_rows(connection):
    script = "OutputDataSet = InputDataSet\nif InputDataSet.id[0] > 5000: raise ValueError('too many')"
    query = "SELECT id FROM dbo.numbers ORDER BY id"
    cursor = connection.cursor()
    with pytest.raises(pyodbc.Error) as caught:
        cursor.execute(spees(script, query, STREAM + "1000"))
        while cursor.fetchone() or cursor.nextset():
            pass
    assert "39004" in str(caught.value)
    assert connection.execute("SELECT COUNT(*) FROM dbo.numbers").fetchval() == 10_000


@pytest.mark.parametrize("script", ["OutputDataSet = InputDataSet", "while InputDataSet.id[0] > 0: pass"])
def test_attention(connection, script):
    """Between rows, and while a run never ends: the worker is ended and the connection goes on."""
    cursor = connection.cursor()
    batch = spees(
        f"OutputDataSet = InputDataSet\n{script}", "SELECT id FROM dbo.numbers ORDER BY id", STREAM + "1"
    )
    # Ten thousand runs take seconds, the last line of the other script for ever.
    timer = threading.Timer(0.5, cursor.cancel)
    timer.start()
    with pytest.raises(pyodbc.Error):
        cursor.execute(batch).fetchall()
    timer.join()
    cursor.close()
    assert connection.execute("SELECT COUNT(*) FROM dbo.numbers").fetchval() == 10_000
    assert connection.execute(spees("OutputDataSet = DataFrame({'x': [1]})")).fetchval() == 1
