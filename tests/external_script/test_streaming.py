"""@r_rowsPerRead: the script once for every so many rows, and no more of them in memory."""

from __future__ import annotations

import json
import threading

import pytest
from sql_session import column_types, rows, shown, spees

from localdb.errors import SqlError
from localdb.events import RowBatch, StatementDone

SIZES = "OutputDataSet = DataFrame({'n': [len(InputDataSet)], 'first': [InputDataSet.id.min()]})"


def stream(script: str, query: str, size: object, more: str = "") -> str:
    return spees(script, query, f"@params = N'@r_rowsPerRead int', @r_rowsPerRead = {size}{more}")


@pytest.fixture
def numbers(session):
    rows(
        session,
        """
        CREATE TABLE dbo.numbers (id int NOT NULL);
        WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100)
        INSERT dbo.numbers SELECT a.i * 100 + b.i - 101 FROM n a CROSS JOIN n b
        """,
    )
    return session


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (4000, [(4000, 0), (4000, 4000), (2000, 8000)]),
        (10_000, [(10_000, 0)]),
        (5000, [(5000, 0), (5000, 5000)]),
        (2**31 - 1, [(10_000, 0)]),
    ],
)
def test_so_many_rows_in_each_run(numbers, size, expected):
    assert rows(numbers, stream(SIZES, "SELECT id FROM dbo.numbers ORDER BY id", size)) == expected


def test_no_rows_one_run(numbers):
    assert rows(numbers, stream(SIZES, "SELECT id FROM dbo.numbers WHERE 1 = 0", 5)) == [(0, None)]


def test_no_input_one_run(session):
    assert rows(session, stream("OutputDataSet = DataFrame({'x': [1]})", "", 5)) == [(1.0,)]


def test_a_query_that_reads_no_table(session):
    batch = stream("OutputDataSet = InputDataSet", "SELECT v FROM (VALUES (1), (2), (3)) t (v)", 2)
    assert rows(session, batch + " WITH RESULT SETS ((v tinyint NOT NULL))") == [(1,), (2,), (3,)]


def test_numbers_are_float_and_text_has_no_limit(numbers):
    script = "OutputDataSet = InputDataSet.assign(s='x' * (int(InputDataSet.id[0]) // 1000), b=b'y')"
    batch = stream(script, "SELECT id FROM dbo.numbers ORDER BY id", 4000)
    assert column_types(numbers, batch) == [
        ("float", True),
        ("nvarchar(max)", True),
        ("varbinary(max)", True),
    ]
    assert {len(text) for _, text, _ in rows(numbers, batch)} == {0, 4, 8}


def test_partitions_stay_whole(numbers):
    """Both are hints of how to cut; a partition is never cut."""
    more = ", @input_data_1_partition_by_columns = N'k'"
    batch = stream(SIZES, "SELECT id, id / 5000 AS k FROM dbo.numbers", 10, more)
    assert rows(numbers, batch) == [(5000, 0), (5000, 5000)]


def test_the_parameter_is_for_the_server_alone(session):
    script = "OutputDataSet = DataFrame({'x': ['r_rowsPerRead' in globals()]})"
    assert rows(session, stream(script, "SELECT 1 AS a", 1)) == [(False,)]
    query = "SELECT @r_rowsPerRead AS a"
    assert rows(session, stream("OutputDataSet = InputDataSet", query, 3)) == [(3.0,)]


@pytest.mark.parametrize("size", ["0", "-1", "NULL"])
def test_39132(session, size):
    with pytest.raises(SqlError) as caught:
        rows(session, stream("x = 1", "SELECT 1 AS a", size))
    assert caught.value.number == 39132
    assert caught.value.message == (
        "The parameter '@r_rowsPerRead' is invalid. Parameter '@r_rowsPerRead' must be a positive integer."
    )


def test_39132_for_a_type_that_is_no_integer(session):
    with pytest.raises(SqlError) as caught:
        rows(session, spees("x = 1", "", "@params = N'@R_ROWSPERREAD float', @r_rowsperread = 5.5"))
    assert caught.value.number == 39132


def test_what_is_printed_follows_the_rows(numbers):
    events = list(
        numbers.run_batch(
            stream(
                "print(len(InputDataSet))\nOutputDataSet = InputDataSet", "SELECT id FROM dbo.numbers", 4000
            )
        )
    )
    done = next(number for number, event in enumerate(events) if isinstance(event, StatementDone))
    assert events[done].rows == 10_000
    assert shown(events[:done]) == [] and shown(events[done:]) == [39005]
    assert events[done + 1].message.endswith("\n4000\n4000\n2000\n")


def test_rows_come_before_the_input_is_read(numbers):
    """The second run would fail; the first one's rows are there before it begins."""
    script = "if InputDataSet.id[0] > 0: raise ValueError\nOutputDataSet = InputDataSet"
    events = iter(numbers.run_batch(stream(script, "SELECT id FROM dbo.numbers ORDER BY id", 1000)))
    next(events)
    batch = next(events)
    assert isinstance(batch, RowBatch) and batch.batch.num_rows == 1000
    assert shown(events) == [39004, 39019]


def test_an_error_of_the_query_in_a_later_chunk(numbers):
    query = "SELECT 1 / (9000 - id) AS v FROM dbo.numbers"
    events = list(numbers.run_batch(stream("OutputDataSet = InputDataSet", query, 1000)))
    assert shown(events) == [8134]
    assert rows(numbers, "DROP TABLE dbo.numbers; SELECT 1") == [(1,)]


def test_in_a_transaction_it_reads_what_was_written(numbers):
    batch = "BEGIN TRAN; DELETE dbo.numbers WHERE id > 2; " + stream(
        "OutputDataSet = InputDataSet", "SELECT id FROM dbo.numbers ORDER BY id", 2
    )
    assert rows(numbers, batch + "; SELECT @@TRANCOUNT; ROLLBACK") == [(0.0,), (1.0,), (2.0,), (1,)]


def test_insert_exec_takes_all_or_nothing(numbers):
    rows(numbers, "CREATE TABLE dbo.copy (id int)")
    good = stream("OutputDataSet = InputDataSet", "SELECT id FROM dbo.numbers", 3000)
    rows(numbers, "INSERT INTO dbo.copy " + good)
    assert rows(numbers, "SELECT COUNT(*), SUM(id) FROM dbo.copy") == [(10_000, 49_995_000)]
    bad = good.replace("OutputDataSet", "assert len(InputDataSet) == 3000; OutputDataSet")
    assert shown(numbers.run_batch("INSERT INTO dbo.copy " + bad)) == [39004, 39019]
    assert rows(numbers, "SELECT COUNT(*) FROM dbo.copy") == [(10_000,)]


def test_cancel_between_and_inside_of_runs(numbers):
    """The worker is killed and the session goes on: at a row that has come, and in a run that never ends."""
    endless = "import time\nOutputDataSet = InputDataSet\nif InputDataSet.id[0] > 0: time.sleep(3600)"
    for script in ("OutputDataSet = InputDataSet", endless):
        events = []
        for event in numbers.run_batch(stream(script, "SELECT id FROM dbo.numbers ORDER BY id", 1)):
            if not events:
                numbers.cancel()
            events.append(event)
        assert shown(events) == [] and not any(isinstance(event, StatementDone) for event in events)
        assert rows(numbers, "SELECT COUNT(*) FROM dbo.numbers") == [(10_000,)]


def test_a_client_that_goes_away(numbers, launcher):
    events = numbers.run_batch(stream("OutputDataSet = InputDataSet", "SELECT id FROM dbo.numbers", 1))
    next(events)
    events.close()
    assert rows(numbers, "DROP TABLE dbo.numbers; SELECT 1") == [(1,)]


def test_a_worker_that_dies_in_a_later_run(numbers):
    script = "import os\nif InputDataSet.id[0] > 0: os._exit(7)\nOutputDataSet = InputDataSet"
    events = list(numbers.run_batch(stream(script, "SELECT id FROM dbo.numbers ORDER BY id", 1000)))
    assert shown(events) == [39012, 39006]


def test_a_worker_that_dies_between_two_runs(numbers):
    """After its answer, while it waits for the next chunk."""
    script = (
        "import os, threading, time\nOutputDataSet = InputDataSet\n"
        "threading.Timer(0.2, os._exit, [7]).start()\n"
        "time.sleep(3 if InputDataSet.id[0] > 0 else 0)"
    )
    events = numbers.run_batch(stream(script, "SELECT id FROM dbo.numbers ORDER BY id", 5000))
    assert shown(events) == [39012, 39006]


def test_several_streams_at_once(numbers):
    """Sessions stream side by side: each has a worker of its own."""
    found: list[list] = []
    sessions = [numbers.instance.login(numbers.login) for _ in range(3)]
    batch = stream(SIZES, "SELECT id FROM dbo.numbers", 100)
    threads = [
        threading.Thread(target=lambda session=session: found.append(rows(session, batch)))
        for session in sessions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        session.close()
    assert [len(one) for one in found] == [100, 100, 100]


def test_every_row_once(numbers):
    """Chunks of 7 rows hold every row once."""
    script = "OutputDataSet = DataFrame({'v': [InputDataSet.id.to_json(orient='values')]})"
    query = "SELECT TOP 500 id FROM dbo.numbers ORDER BY id"
    found = [json.loads(text) for (text,) in rows(numbers, stream(script, query, 7))]
    assert [len(one) for one in found] == [7] * 71 + [3]
    assert [number for one in found for number in one] == list(range(500))
