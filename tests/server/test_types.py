"""Columns of every type, read by every driver."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb import types
from localdb.types import (
    MAX,
    Column,
    SqlType,
    datetime2,
    datetimeoffset,
    decimal_type,
    nvarchar,
    time_type,
    varbinary,
    varchar,
)
from tests.server.clients import CLIENTS, Server, rows
from tests.server.results import query

OFFSET = timezone(timedelta(hours=-5, minutes=-30))
CASES: list[tuple[SqlType, list[Any]]] = [
    (types.BIT, [True, False]),
    (types.TINYINT, [0, 255]),
    (types.SMALLINT, [-(2**15), 2**15 - 1]),
    (types.INT, [-(2**31), 0, 2**31 - 1]),
    (types.BIGINT, [-(2**63), 2**63 - 1]),
    (types.REAL, [0.0, -1.5, 2.0**100]),
    (types.FLOAT, [0.1, -1e308, 5e-324]),
    (decimal_type(7, 2), [Decimal("12345.67"), Decimal("-0.01"), Decimal("0.00")]),
    (decimal_type(19, 4), [Decimal("-123456789012345.6789")]),
    (decimal_type(28, 0), [Decimal(10**28 - 1)]),
    (decimal_type(38, 10), [Decimal("1234567890123456789012345678.0123456789"), Decimal("-1.0000000000")]),
    (types.MONEY, [Decimal("922337203685477.5807"), Decimal("-922337203685477.5808"), Decimal("-0.0001")]),
    (types.SMALLMONEY, [Decimal("214748.3647"), Decimal("-214748.3648")]),
    (types.DATE, [date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31)]),
    (time_type(0), [time(23, 59, 59)]),
    (time_type(3), [time(1, 2, 3, 4000)]),
    (time_type(7), [time(0, 0), time(23, 59, 59, 999999)]),
    (datetime2(0), [datetime(1, 1, 1)]),
    (datetime2(7), [datetime(2024, 2, 29, 1, 2, 3, 456789), datetime(9999, 12, 31, 23, 59, 59, 999999)]),
    (types.DATETIME, [datetime(1753, 1, 1), datetime(2024, 1, 1, 0, 0, 0, 3000)]),
    (types.SMALLDATETIME, [datetime(1900, 1, 1), datetime(2079, 6, 6, 23, 59)]),
    (datetimeoffset(7), [datetime(2024, 1, 1, 12, tzinfo=OFFSET), datetime(2000, 1, 1, 1, 2, 3, 4, OFFSET)]),
    (types.UNIQUEIDENTIFIER, [uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")]),
    (varchar(20), ["", "abc", "é€ß"]),
    (varchar(MAX), ["", "x" * 20_000]),
    (nvarchar(20), ["", "Жα\U0001f600"]),
    (nvarchar(MAX), ["", "Ж" * 20_000]),
    (SqlType("char", length=5), ["ab   "]),
    (SqlType("nchar", length=5), ["Ж    "]),
    (varbinary(20), [b"", b"\0\1\xff"]),
    (varbinary(MAX), [b"", bytes(range(256)) * 100]),
    (SqlType("binary", length=3), [b"\0\1\2"]),
]  # fmt: skip


def comparable(value: Any) -> Any:
    """Drivers differ in the classes that they return, not in the values."""
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, uuid.UUID):
        return str(value).upper()
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value, value.utcoffset()
    return value


def expected(client: str, sql_type: SqlType, value: Any) -> Any:
    if client == "freetds" and sql_type.name == "datetimeoffset" and value is not None:
        pytest.skip("pyodbc has no conversion for the type that FreeTDS reports for datetimeoffset")
    return comparable(value)


def read(connection: Any, text: str) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(text)
    return rows(cursor)


@pytest.fixture(scope="module")
def connections(server: Server) -> Iterator[dict[str, Any]]:
    open_ones = {client: server.connect(client) for client in CLIENTS}
    open_ones["odbc"].add_output_converter(-155, _odbc_offset)
    yield open_ones
    for connection in open_ones.values():
        connection.close()


def _odbc_offset(raw: bytes) -> datetime:
    """SQL_SS_TIMESTAMPOFFSET_STRUCT: pyodbc leaves the type to its user."""
    parts = [int.from_bytes(raw[i : i + 2], "little", signed=True) for i in (0, 2, 4, 6, 8, 10, 16, 18)]
    nanoseconds = int.from_bytes(raw[12:16], "little")
    zone = timezone(timedelta(hours=parts[6], minutes=parts[7]))
    return datetime(*parts[:6], nanoseconds // 1000, zone)


@pytest.mark.parametrize("nullable", [True, False], ids=["null", "not null"])
@pytest.mark.parametrize(("sql_type", "values"), CASES, ids=[str(t) for t, _ in CASES])
def test_each_type(
    connections: dict[str, Any], client: str, sql_type: SqlType, values: list[Any], nullable: bool
) -> None:
    cells = [*values, None, *values] if nullable else values
    wanted = [(expected(client, sql_type, cell),) for cell in cells]
    got = read(connections[client], query([Column("c", sql_type, nullable)], [cells]))
    assert [(comparable(cell),) for (cell,) in got] == wanted


def test_all_types_in_one_row(connections: dict[str, Any], client: str) -> None:
    cases = [(t, v) for t, v in CASES if (client, t.name) != ("freetds", "datetimeoffset")]
    columns = [Column(f"c{i}", t) for i, (t, _) in enumerate(cases)]
    cells = [[values[0], None, values[-1]] for _, values in cases]
    got = read(connections[client], query(columns, cells))
    assert [[comparable(cell) for cell in row] for row in got] == [
        [comparable(column[i]) for column in cells] for i in range(3)
    ]


def test_descriptions(connections: dict[str, Any]) -> None:
    """Name, size, precision, scale and nullability, as ODBC applications see them."""
    columns = [
        Column("i", types.INT, nullable=False),
        Column("d", decimal_type(7, 2)),
        Column("n", nvarchar(30)),
        Column("m", nvarchar(MAX)),
        Column("t", datetime2(3)),
        Column("", types.BIT),
    ]
    cursor = connections["odbc"].cursor()
    cursor.execute(query(columns, [[1], [None], [None], [None], [None], [None]]))
    described = [(d[0], d[1], *d[3:7]) for d in cursor.description]
    assert described == [
        ("i", int, 10, 10, 0, False),
        ("d", Decimal, 7, 7, 2, True),
        ("n", str, 30, 30, 0, True),
        ("m", str, 0, 0, 0, True),
        ("t", datetime, 23, 23, 3, True),
        ("", bool, 1, 1, 0, True),
    ]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
RANDOM = st.fixed_dictionaries(
    {
        "i": st.integers(-(2**31), 2**31 - 1),
        "f": st.floats(allow_nan=False, allow_infinity=False),
        "d": st.integers(-(10**38) + 1, 10**38 - 1).map(lambda n: Decimal(f"{n}e-12")),
        "s": TEXT,
        "m": TEXT,
        "b": st.binary(max_size=30),
        "t": st.datetimes(),
        "y": st.dates(),
    },
)
COLUMNS = [
    Column("i", types.INT),
    Column("f", types.FLOAT),
    Column("d", decimal_type(38, 12)),
    Column("s", nvarchar(40)),
    Column("m", nvarchar(MAX)),
    Column("b", varbinary(MAX)),
    Column("t", datetime2(6)),
    Column("y", types.DATE),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RANDOM, max_size=6), st.data())
def test_random_rows(
    connections: dict[str, Any], client: str, drawn: list[dict[str, Any]], data: st.DataObject
) -> None:
    values = [[row[c.name] if data.draw(st.booleans()) else None for row in drawn] for c in COLUMNS]
    got = read(connections[client], query(COLUMNS, values))
    assert [tuple(map(comparable, row)) for row in got] == list(zip(*values, strict=True))
