"""Every error and message number of sp_execute_external_script, each with a batch that provokes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sql_session import rows, shown, spees

from localdb.error_texts import MESSAGES
from localdb.runtime.scripts.columns import MOST_COLUMNS
from localdb.satellite.launcher import Launcher

E = "EXEC sp_execute_external_script "
PARTITION, ORDER = "@input_data_1_partition_by_columns", "@input_data_1_order_by_columns"
ONE_ROW = "OutputDataSet = DataFrame({'x': [1]})"
NULL_ROW = "OutputDataSet = DataFrame({'x': [None]})"
TWO = "SELECT 1 AS a, 2 AS b"


def partitioned(by: str, order: str = "NULL", query: str = TWO) -> str:
    return spees("x = 1", query, f"{PARTITION} = {by}, {ORDER} = {order}")


BATCHES = {
    119: E + "@language = N'Python', N'x = 1'",
    201: E + "@language = N'Python'",
    208: spees("x = 1", "SELECT * FROM dbo.no_such_table"),
    209: partitioned("N'a'", query="SELECT 1 AS a, 2 AS a"),
    8143: E + "N'Python', N'x = 1', @script = N'x = 2'",
    8144: E + "N'Python', N'x = 1', N'', N'd', NULL, NULL, N'o', 0, NULL, 1",
    8145: spees("x = 1", "", "@other = 1"),
    8162: "DECLARE @v int; " + spees("x = 1", "", "@params = N'@p int', @p = @v OUTPUT"),
    11535: spees(ONE_ROW) + " WITH RESULT SETS NONE",
    11536: spees("Output = 1") + " WITH RESULT SETS ((a int))",
    11537: spees(ONE_ROW) + " WITH RESULT SETS ((a int, b int))",
    11538: spees("OutputDataSet = DataFrame({'x': pandas.to_datetime(['2000-01-01'])})")
    + " WITH RESULT SETS ((a int))",
    11553: spees(NULL_ROW) + " WITH RESULT SETS ((a varchar(5) NOT NULL))",
    39001: spees("x = 1", "EXEC sp_who"),
    39004: spees("1 / 0"),
    39005: spees("print(1)"),
    39006: spees("import os; os._exit(1)"),
    39007: E + "N'Cobol', N'x = 1'",
    39008: spees("x = 1", "", "@params = N'@InputDataSet int', @InputDataSet = 1"),
    39012: spees("import os; os._exit(1)"),
    39015: spees("x = 1", "SELECT 1 AS a INTO #t"),
    39016: spees("x = 1", "", "@params = N'@p int'"),
    39017: spees("x = 1", "SELECT CAST(1 AS varbinary(5)) AS v"),
    39018: spees("x = 1", "", "@params = N'@p datetime2', @p = '2000-01-01'"),
    39019: spees("1 / 0"),
    39021: E + "N'R', N'x <- 1'",
    39022: spees("import sys; print(1, file=sys.stderr)"),
    39023: "EXEC sp_configure 'external scripts enabled', 0; RECONFIGURE; " + spees("x = 1"),
    39024: spees("x = 1", "SELECT 1 AS a", "@parallel = 1"),
    39026: spees("x = 1", "", "@params = N'@r_rowsPerRead int, @r_rowsPerRead int', @r_rowsPerRead = 1"),
    39027: spees("x = 1", "", "@params = N'@p int, @p int', @p = 1"),
    39102: partitioned("N'a, A'"),
    39103: partitioned("NULL", "N'a'"),
    39104: partitioned("N'c'"),
    39105: partitioned("N'a DESC'"),
    39106: partitioned("N'a'", "N'b DOWN'"),
    39107: partitioned("N'a'", "N'a'"),
    39109: partitioned("N'" + ", ".join(f"c{n}" for n in range(MOST_COLUMNS + 1)) + "'"),
    39132: spees("x = 1", "", "@params = N'@r_rowsPerRead int', @r_rowsPerRead = 0"),
}
EXPECTED = (
    *(201, 8144, 8145, 8162, 11535, 11536, 11537, 11538, 11553),
    *(
        39001,
        39004,
        39005,
        39006,
        39007,
        39008,
        39012,
        39015,
        39016,
        39017,
        39018,
        39019,
        39021,
        39022,
        39023,
    ),
    *(39024, 39026, 39027, 39102, 39103, 39104, 39105, 39106, 39107, 39109, 39132),
)


DOCUMENTED = {
    *range(39001, 39028),
    *(39029, 39030),
    *range(39031, 39055),
    *(39092, 39093, 39094, 39096, 39097, 39098, 39099),
    *range(39101, 39134),
}
"""https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors-31000-to-41399"""


def test_every_number_has_a_batch():
    assert set(EXPECTED) <= set(BATCHES)


def test_every_documented_number_has_a_text_or_a_reason():
    manual = (Path(__file__).parents[2] / "docs" / "tsql-support.md").read_text()
    table = manual.partition("that are never raised:")[2].partition("\n###")[0]
    explained = {
        int(number) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.M) for number in row.split(",")
    }
    assert explained == DOCUMENTED - set(MESSAGES)


@pytest.mark.parametrize("number", BATCHES)
def test_number(session, number):
    """It comes, and the session goes on."""
    assert number in shown(session.run_batch(BATCHES[number]))
    assert rows(session, "SELECT 1") == [(1,)]


def test_39021_when_the_runtime_does_not_start(session, tmp_path, monkeypatch):
    """A launcher whose zygote has ended for good."""
    launcher = Launcher(tmp_path / "closed")
    launcher.start()
    launcher.close()
    monkeypatch.setattr(session.instance, "launcher", launcher)
    events = list(session.run_batch(spees("x = 1")))
    assert shown(events) == [39021, 39006]


ORDERED = [
    ("EXEC sp_configure 'external scripts enabled', 0; RECONFIGURE; " + E + "N'Cobol', NULL", 39023),
    (E + "N'Cobol', NULL", 201),
    (E + "N'Cobol', N'x', N'EXEC p', @params = N'@p xml'", 39007),
    (E + "N'Python', N'x', N'EXEC p', @params = N'@p xml'", 39018),
    (E + "N'Python', N'x', N'EXEC p', @params = N'@r_rowsPerRead int', @r_rowsPerRead = 0", 39132),
    (E + f"N'Python', N'x', N'EXEC p', {ORDER} = N'a', @parallel = 1", 39001),
    (E + f"N'Python', N'x', N'SELECT 0x00 AS a', {ORDER} = N'a', @parallel = 1", 39017),
    (E + f"N'Python', N'x', N'SELECT 1 AS a', {ORDER} = N'a', @parallel = 1", 39103),
    (E + f"N'Python', N'x', N'SELECT 1 / 0 AS a', {PARTITION} = N'b', @parallel = 1", 39104),
    (E + f"N'Python', N'x', N'SELECT 1 / 0 AS a', {PARTITION} = N'a', @parallel = 1", 39024),
    (E + f"N'Python', N'1/0', N'SELECT 1 / 0 AS a', {PARTITION} = N'a'", 8134),
]


@pytest.mark.parametrize(("batch", "number"), ORDERED)
def test_of_several_errors_the_first_check_s_comes(session, batch, number):
    assert next(one for one in shown(session.run_batch(batch)) if one > 0 and one != 15457) == number


# --- @parallel ---


@pytest.mark.parametrize(
    ("clause", "numbers"),
    [
        ("", [39024]),
        (" WITH RESULT SETS UNDEFINED", [39024]),
        (" WITH RESULT SETS ((a int))", []),
        (" WITH RESULT SETS NONE", [11535]),
    ],
)
def test_parallel_needs_a_schema(session, clause, numbers):
    batch = spees("OutputDataSet = InputDataSet", "SELECT 1 AS a", "@parallel = 1") + clause
    assert shown(session.run_batch(batch)) == numbers


def test_parallel_without_a_result_set(session):
    batch = spees("x = 1", "SELECT 1 AS a", "@parallel = 1") + " WITH RESULT SETS NONE"
    assert shown(session.run_batch(batch)) == []


def test_parallel_into_a_table_needs_no_schema(session):
    rows(session, "CREATE TABLE dbo.t (a int); ")
    rows(
        session,
        "CREATE PROCEDURE dbo.p AS "
        + spees("OutputDataSet = InputDataSet", "SELECT 1 AS a", "@parallel = 1"),
    )
    rows(session, "INSERT INTO dbo.t EXEC dbo.p")
    assert rows(session, "SELECT a FROM dbo.t") == [(1,)]
    assert shown(session.run_batch("EXEC dbo.p")) == [39024]


# --- @params and its values ---


def test_default_is_no_value(session):
    assert shown(session.run_batch(spees("x = 1", "", "@params = N'@p int', @p = DEFAULT"))) == [39016]
    assert rows(session, E + "N'Python', N'OutputDataSet = InputDataSet', N'SELECT 1 AS a', DEFAULT") == [
        (1,)
    ]


def test_declared_defaults_are_no_syntax(session):
    assert shown(session.run_batch(spees("x = 1", "", "@params = N'@p int = 5', @p = 1"))) == [102]


@pytest.mark.parametrize("kind", ["varbinary", "varchar", "nvarchar"])
def test_an_output_of_a_max_type_needs_a_value(session, kind):
    more = f"@params = N'@m {kind}(max) OUTPUT', @m = @m OUTPUT"
    declare = f"DECLARE @m {kind}(max)"
    assert shown(session.run_batch(f"{declare}; {spees('x = 1', '', more)}")) == [39004, 39019]
    value = "0x01" if kind == "varbinary" else "'a'"
    kept = f"{declare} = {value}; {spees('x = 1', '', more)}"
    assert len(rows(session, f"{kept}; SELECT @m")[0][0]) == 1
    short = f"DECLARE @m {kind}(10); {spees('x = 1', '', more.replace('(max)', '(10)'))}; SELECT @m"
    assert rows(session, short) == [(None,)]


def test_throw_raises_the_last_error_alone(session):
    batch = f"BEGIN TRY {spees('1 / 0')} END TRY BEGIN CATCH THROW; END CATCH"
    assert shown(session.run_batch(batch)) == [39019]
    assert shown(session.run_batch(spees("1 / 0"))) == [39004, 39019]
