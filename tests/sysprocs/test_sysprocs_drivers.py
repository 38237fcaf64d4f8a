"""Real drivers against a real server: catalog functions, prepared statements, arrays of parameters."""

from __future__ import annotations

import datetime
import uuid
import warnings
from decimal import Decimal
from typing import Any

import pandas as pd
import pyodbc
import pytds
import pytest

from tests.server.clients import Server, rows


def shown(cursor: Any, *positions: int) -> list[tuple[Any, ...]]:
    return [tuple(row[i] for i in positions) for row in cursor.fetchall()]


def test_catalog_functions(either: Any) -> None:
    cursor = either.cursor()
    assert shown(cursor.tables(table="parent", schema="dbo", tableType="TABLE"), 0, 1, 2, 3) == [
        ("shop", "dbo", "parent", "TABLE")
    ]
    assert shown(cursor.tables(tableType="VIEW"), 2) == [("v",)]
    assert shown(cursor.tables(catalog="other"), 0, 2) == [("other", "elsewhere")]
    assert ('odd \'na]me "q"',) in shown(cursor.tables(schema="sales"), 2)
    assert shown(cursor.columns(table="parent"), 3, 4, 5)[:4] == [
        ("a", 4, "int"),
        ("b", 12, "varchar"),
        ("c", 3, "decimal"),
        ("d", 93, "datetime2"),
    ]
    assert shown(cursor.columns(table="child", column="i%"), 3, 5) == [("id", "int identity")]
    assert shown(cursor.primaryKeys("parent"), 3, 4, 5) == [("a", 1, "pk_parent"), ("b", 2, "pk_parent")]
    assert shown(cursor.foreignKeys("parent"), 2, 6, 7, 12) == [
        ("parent", "child", "a", "pk_parent"),
        ("parent", "child", "b", "pk_parent"),
    ]
    assert shown(cursor.foreignKeys(foreignTable="child"), 11)[0] == ("fk_parent",)
    assert shown(cursor.statistics("parent", unique=True), 5, 8)[1:3] == [
        ("pk_parent", "a"),
        ("pk_parent", "b"),
    ]
    assert shown(cursor.procedures(), 2) == [("p;1",)]
    assert shown(cursor.procedureColumns("p"), 3, 4)[0] == ("@RETURN_VALUE", 5)
    assert shown(cursor.rowVerColumns("parent"), 1) == []
    assert shown(cursor.getTypeInfo(pyodbc.SQL_TYPE_TIMESTAMP), 0)[0] == ("datetime2",)
    assert len(cursor.getTypeInfo().fetchall()) > 25


def test_row_ids(server: Server) -> None:
    connection = server.freetds(Database="shop")
    assert shown(connection.cursor().rowIdColumns("parent"), 1, 3) == [("a", "int"), ("b", "varchar")]
    connection.close()


def test_facts_about_the_server(odbc: Any) -> None:
    assert odbc.getinfo(pyodbc.SQL_DBMS_NAME) == "Microsoft SQL Server"
    assert odbc.getinfo(pyodbc.SQL_USER_NAME) == "dbo"
    assert odbc.getinfo(pyodbc.SQL_DATA_SOURCE_READ_ONLY) in (False, "N")


EVERY_TYPE = (
    "i int, f float, s varchar(20), n nvarchar(30), nm nvarchar(max), d date, dt datetime2(3), ddt datetime, "
    "dec decimal(10,3), b varbinary(10), bm varbinary(max), bt bit, g uniqueidentifier, t time(3), "
    "bi bigint, mo money"
)
ROW = (
    1,
    1.5,
    "abc",
    "déf",
    "x" * 5000,
    datetime.date(2020, 1, 2),
    datetime.datetime(2020, 1, 2, 3, 4, 5, 678000),
    datetime.datetime(2020, 1, 2, 3, 4, 5, 680000),
    Decimal("12.345"),
    b"\x01\x02",
    b"z" * 9000,
    True,
    uuid.UUID(int=5),
    datetime.time(1, 2, 3),
    2**40,
    Decimal("1.25"),
)
MARKS = ", ".join("?" * len(ROW))


@pytest.mark.parametrize("fast", [True, False])
def test_many_rows_of_every_type(odbc: Any, fast: bool) -> None:
    cursor = odbc.cursor()
    cursor.execute(f"CREATE TABLE #every ({EVERY_TYPE})")
    table = "#every"
    if fast:
        # The driver describes the parameters of a table that every session can see.
        table = f"every_{uuid.uuid4().hex}"
        cursor.execute(f"CREATE TABLE {table} ({EVERY_TYPE})")
    cursor.fast_executemany = fast
    empty = (None,) * len(ROW)
    cursor.executemany(f"INSERT INTO {table} VALUES ({MARKS})", [ROW, empty, ROW])
    kept = rows(cursor.execute(f"SELECT * FROM {table}"))
    wanted = tuple(str(v).upper() if isinstance(v, uuid.UUID) else v for v in ROW)
    assert kept == [wanted, empty, wanted]
    if fast:
        cursor.execute(f"DROP TABLE {table}")


def test_fast_changes_and_calls(odbc: Any) -> None:
    cursor = odbc.cursor()
    cursor.execute("CREATE TABLE fast (i int, s varchar(20), c decimal(9, 3))")
    cursor.execute(
        "CREATE PROCEDURE add_fast @i int, @s nvarchar(20) = N'x' AS INSERT INTO fast (i, s) VALUES (@i, @s)"
    )
    cursor.fast_executemany = True
    cursor.executemany(
        "INSERT INTO fast VALUES (?, ?, ?)", [(i, str(i), Decimal(i) / 1000) for i in range(500)]
    )
    cursor.executemany("UPDATE fast SET s = ?, c = ? WHERE i = ?", [(f"u{i}", None, i) for i in range(10)])
    cursor.executemany("DELETE FROM fast WHERE i = ? AND s = ?", [(5, "u5"), (6, "other")])
    cursor.executemany("EXEC add_fast ?, ?", [(1000, "a"), (1001, None)])
    cursor.executemany("{call add_fast(?, ?)}", [(1002, "b"), (1003, "c")])
    cursor.executemany("INSERT INTO fast (i, s) SELECT i + ?, ? FROM fast WHERE i = ?", [(5000, "copy", 3)])
    assert rows(cursor.execute("SELECT COUNT(*), SUM(c) FROM fast WHERE i < 1000")) == [
        (499, Decimal("124.705"))
    ]
    assert rows(cursor.execute("SELECT i, s FROM fast WHERE i >= 1000 OR i IN (0, 6) ORDER BY i")) == [
        (0, "u0"),
        (6, "u6"),
        (1000, "a"),
        (1001, None),
        (1002, "b"),
        (1003, "c"),
        (5003, "copy"),
    ]
    with pytest.raises(pyodbc.Error):
        cursor.executemany("INSERT INTO fast (s) VALUES (?)", [("m" * 21,)])
    cursor.execute("DROP TABLE fast DROP PROCEDURE add_fast")


def test_none_goes_into_every_type(odbc: Any) -> None:
    cursor = odbc.cursor()
    cursor.execute(
        "CREATE TABLE nones (b varbinary(5), d date, dt datetime2, m money, g uniqueidentifier, i int)"
    )
    cursor.execute("INSERT INTO nones VALUES (?, ?, ?, ?, ?, ?)", None, None, None, None, None, 1)
    assert cursor.execute("UPDATE nones SET b = ?, d = ? WHERE i = ?", None, None, 1).rowcount == 1
    assert rows(cursor.execute("SELECT i FROM nones WHERE d = ? OR i = ?", None, 1)) == [(1,)]
    assert rows(cursor.execute("SELECT ?, COALESCE(?, 3)", None, None)) == [(None, 3)]
    cursor.execute("DROP TABLE nones")


def test_a_statement_is_prepared_again_for_other_types(either: Any) -> None:
    cursor = either.cursor()
    values = (
        1,
        "a",
        2**33,
        b"z",
        2.5,
        None,
        Decimal("1.5"),
        datetime.date(2020, 1, 1),
        "é" * 9000,
        b"y" * 20000,
        True,
    )
    for value in values:
        ((found,),) = rows(cursor.execute("SELECT ?", value))
        assert found == value, type(value)
    cursor.execute("CREATE TABLE #slow (i int, s varchar(20), d date)")
    day = datetime.date(2020, 1, 1)
    many = [(i, f"s{i}" if i % 3 else None, day if i % 2 else None) for i in range(9)]
    cursor.executemany("INSERT INTO #slow VALUES (?, ?, ?)", many)
    assert rows(cursor.execute("SELECT * FROM #slow ORDER BY i")) == many


def test_set_input_sizes(odbc: Any) -> None:
    cursor = odbc.cursor()
    cursor.execute("CREATE TABLE #sized (n nvarchar(max), c decimal(18, 4), b varbinary(10))")
    cursor.setinputsizes(
        [(pyodbc.SQL_WVARCHAR, 0, 0), (pyodbc.SQL_DECIMAL, 18, 4), (pyodbc.SQL_VARBINARY, 10, 0)]
    )
    cursor.execute("INSERT INTO #sized VALUES (?, ?, ?)", "y" * 10000, Decimal("1.2345"), None)
    assert rows(cursor.execute("SELECT LEN(n), c, b FROM #sized")) == [(10000, Decimal("1.2345"), None)]


def test_calls_by_odbc_escape(either: Any) -> None:
    cursor = either.cursor()
    assert rows(cursor.execute("{call p(?, ?, ?)}", 1, "two", None)) == [(1, "two")]
    assert rows(cursor.execute("{call p(?, ?, ?)}", 2, "a longer one", Decimal(1))) == [(2, "a longer one")]
    assert shown(cursor.execute("{call sp_databases}"), 0)[0] == ("master",)
    with pytest.raises(pyodbc.Error, match="2812"):
        cursor.execute("{call nope(?)}", 1)


def test_mssql_python(server: Server) -> None:
    connection = server.mssql_python(Database="shop")
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE mp (i int, s varchar(20), d date, b varbinary(9), c decimal(9, 2))")
    many = [(i, f"m{i}", datetime.date(2021, 1, 1), b"q", Decimal("1.5")) for i in range(5)]
    cursor.executemany("INSERT INTO mp VALUES (?, ?, ?, ?, ?)", [*many, (9, None, None, None, None)])
    cursor.execute("INSERT INTO mp (b, d, c) VALUES (?, ?, ?)", None, None, None)
    assert rows(cursor.execute("SELECT COUNT(*), COUNT(b), SUM(c) FROM mp")) == [(7, 5, Decimal("7.50"))]
    cursor.execute("{call p(?, ?, ?)}", (4, "x", None))
    assert rows(cursor) == [(4, "x")]
    outputs = "DECLARE @c decimal(10, 3), @r int EXEC @r = p ?, N'x', @c OUTPUT SELECT @r, @c"
    cursor.execute(outputs, (4,))
    assert rows(cursor) == [(4, "x")]
    assert cursor.nextset()
    assert rows(cursor) == [(7, Decimal("1.500"))]
    found = cursor.execute("SELECT ?, ?", ("a" * 10000, b"b" * 20000)).fetchall()
    assert [len(cell) for cell in found[0]] == [10000, 20000]
    assert [row[2] for row in cursor.tables(table="par%").fetchall()] == ["parent"]
    assert [row[3] for row in cursor.primaryKeys("parent").fetchall()] == ["a", "b"]
    cursor.execute("DROP TABLE mp")
    connection.close()


def test_pytds_output_parameters(server: Server) -> None:
    with server.pytds(database="shop") as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE PROCEDURE give @a int, @b nvarchar(50) OUTPUT, @c decimal(10, 2) OUTPUT "
            "AS SET @b = @b + N'!' SET @c = @a * 1.5 RETURN 9"
        )
        text = pytds.output(param_type="nvarchar(50)", value="zz")
        number = pytds.output(param_type="decimal(10,2)")
        assert list(cursor.callproc("give", (4, text, number))) == [4, "zz!", Decimal("6")]
        assert cursor.get_proc_return_status() == 9
        cursor.execute("DROP PROCEDURE give")


def test_pandas_reads(either: Any) -> None:
    with warnings.catch_warnings():
        # pandas asks for SQLAlchemy.
        warnings.simplefilter("ignore", UserWarning)
        frame = pd.read_sql("SELECT a, b, c FROM parent WHERE a = ?", either, params=[1])
    assert frame.to_dict("list") == {"a": [1], "b": ["one"], "c": [3.5]}
