"""sp_execute_external_script called from T-SQL in a session."""

from __future__ import annotations

import threading
import time

import pytest
from sql_session import rows, shown

from localdb.errors import SqlError
from localdb.events import Failed, RowBatch


def test_off_until_it_is_configured(session):
    list(session.run_batch("EXEC sp_configure 'external scripts enabled', 0; RECONFIGURE"))
    with pytest.raises(SqlError) as caught:
        rows(session, "EXEC sp_execute_external_script N'Python', N'x = 1'")
    assert caught.value.number == 39023


def test_named_and_positional_arguments_and_result_sets(session):
    smoke = (
        "EXEC sp_execute_external_script @language = N'Python', @script = N'OutputDataSet = InputDataSet', "
        "@input_data_1 = N'SELECT 1 AS hello' WITH RESULT SETS (([hello] int not null))"
    )
    assert rows(session, smoke) == [(1,)]
    positional = "EXEC sp_execute_external_script N'Python', N'OutputDataSet = d', N'SELECT 2 AS x', N'd'"
    assert rows(session, positional) == [(2,)]
    misspelt = "EXEC sp_execute_external_script N'Python', N'Output = 1' WITH RESULT SETS ((a int))"
    with pytest.raises(SqlError) as caught:
        rows(session, misspelt)
    assert caught.value.number == 11536


def test_errors_come_with_their_line_and_before_what_was_printed(session):
    events = list(session.run_batch("\nEXEC sp_execute_external_script N'Python', N'print(1); 1/0'"))
    assert shown(events) == [39004, 39019, 39005]
    failures = [event.error for event in events if isinstance(event, Failed)]
    assert [one.line for error in failures for one in (*error.earlier, error)] == [2, 2]


def test_catch_sees_the_script_s_error(session):
    batch = """
        BEGIN TRY EXEC sp_execute_external_script N'Python', N'print(1); 1/0' END TRY
        BEGIN CATCH SELECT ERROR_NUMBER(), IIF(ERROR_MESSAGE() LIKE '%ZeroDivisionError%', 1, 0) END CATCH
    """
    events = list(session.run_batch(batch))
    assert shown(events) == [39005]
    assert [row for e in events if isinstance(e, RowBatch) for row in e.batch.to_pylist()] == [
        {"c0": 39019, "c1": 1}
    ]


def test_a_dead_worker_leaves_the_session_usable(session):
    events = list(session.run_batch("EXEC sp_execute_external_script N'Python', N'import os; os._exit(1)'"))
    assert shown(events) == [39012, 39006]
    assert rows(session, "SELECT 1") == [(1,)]


def test_cancel(session):
    timer = threading.Timer(0.3, session.cancel)
    timer.start()
    started = time.monotonic()
    events = list(session.run_batch("EXEC sp_execute_external_script N'Python', N'while True: pass'"))
    timer.join()
    assert shown(events) == []
    assert time.monotonic() - started < 2
    assert rows(session, "SELECT 1") == [(1,)]


def test_train_store_and_score(session):
    """Rental prediction: the model goes through a table; the scores go through INSERT ... EXEC."""
    setup = """
        CREATE TABLE dbo.rental (x int NOT NULL, y decimal(7,2));
        INSERT dbo.rental VALUES (1, 10.5), (2, 20.5), (3, 30.5);
        CREATE TABLE dbo.models (name varchar(30) PRIMARY KEY, model varbinary(max));
        CREATE TABLE dbo.scores (x int, p float);
    """
    train = """
        CREATE PROCEDURE dbo.train (@model varbinary(max) OUTPUT, @n int OUTPUT) AS
        EXEC sp_execute_external_script @language = N'Python', @script = N'
import pickle
from sklearn.linear_model import LinearRegression
trained = pickle.dumps(LinearRegression().fit(d[["x"]], d["y"]))
n = len(d)
', @input_data_1 = N'SELECT x, y FROM dbo.rental WHERE x <= @top', @input_data_1_name = N'd',
        @params = N'@trained varbinary(max) OUTPUT, @n int OUTPUT, @top int',
        @trained = @model OUTPUT, @n = @n OUTPUT, @top = 3
    """
    score = """
        CREATE PROCEDURE dbo.score AS BEGIN
        DECLARE @m varbinary(max) = (SELECT model FROM dbo.models WHERE name = 'linear');
        EXEC sp_execute_external_script @language = N'Python', @script = N'
import pickle
OutputDataSet = InputDataSet.assign(p=pickle.loads(m).predict(InputDataSet))
', @input_data_1 = N'SELECT x FROM dbo.rental', @params = N'@m varbinary(max)', @m = @m
        WITH RESULT SETS ((x int, p float));
        END
    """
    for batch in (setup, train, score):
        rows(session, batch)
    call = """
        DECLARE @m varbinary(max), @n int;
        EXEC dbo.train @model = @m OUTPUT, @n = @n OUTPUT;
        INSERT dbo.models VALUES ('linear', @m);
        SELECT @n;
    """
    assert rows(session, call) == [(3,)]
    rows(session, "INSERT INTO dbo.scores EXEC dbo.score")
    scores = rows(session, "SELECT x, p FROM dbo.scores ORDER BY x")
    assert [x for x, _ in scores] == [1, 2, 3]
    assert [p for _, p in scores] == pytest.approx([10.5, 20.5, 30.5])


def test_every_type_through_tables(session):
    rows(
        session,
        """
        CREATE TABLE dbo.a (b bit, t tinyint, s smallint, i int, l bigint, r real, f float, d decimal(9,3),
            m money, c char(3), v varchar(10), n nvarchar(10), day date, at datetime, minute smalldatetime,
            u uniqueidentifier);
        INSERT dbo.a VALUES (1, 255, -5, 7, 123456789012, 1.5, 0.1, 1234.567, 9.99, 'ab', 'xy', N'ä',
            '2000-01-02', '2000-01-02 03:04:05.007', '2000-01-02 03:04',
            '6F9619FF-8B86-D011-B42D-00C04FC964FF');
        INSERT dbo.a (b) VALUES (NULL);
        SELECT * INTO dbo.z FROM dbo.a WHERE 1 = 0;
        """,
    )
    rows(
        session,
        "INSERT INTO dbo.z EXEC sp_execute_external_script N'Python', N'OutputDataSet = InputDataSet', "
        "N'SELECT * FROM dbo.a'",
    )
    assert rows(session, "SELECT * FROM dbo.z ORDER BY i DESC") == rows(
        session, "SELECT * FROM dbo.a ORDER BY i DESC"
    )
