"""Whole columns against the encoder of single values, which is written differently and without numpy."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdb import types
from localdb.errors import SqlError
from localdb.server.arrow import wire_column
from localdb.tds.buffers import Writer
from localdb.tds.columns import encode_rows
from localdb.tds.typeinfo import type_info
from localdb.tds.values import encode_value
from localdb.types import (
    MAX,
    SqlType,
    datetime2,
    datetimeoffset,
    decimal_type,
    nvarchar,
    time_type,
    varbinary,
    varchar,
)
from tests.server.results import arrow

SMALL_DATES = st.dates(date(1900, 1, 1), date(2079, 6, 5))


def truncated(value: datetime | time, scale: int) -> Any:
    unit = 10 ** max(6 - scale, 0)
    return value.replace(microsecond=value.microsecond // unit * unit)


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    largest = 10**precision - 1
    return st.integers(-largest, largest).map(lambda n: Decimal(f"{n}e-{scale}"))


def minutes(value: tuple[datetime, int]) -> datetime:
    return value[0].replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=value[1])))


OFFSETS = st.tuples(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-14 * 60, 14 * 60)
).map(minutes)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
# Code page 1252 has these and no more, so nothing is replaced on the way.
LATIN = st.text("aZ09 éß€–ÿ", max_size=20)

TYPES: list[tuple[SqlType, st.SearchStrategy[Any]]] = [
    (types.BIT, st.booleans()),
    (types.TINYINT, st.integers(0, 255)),
    (types.SMALLINT, st.integers(-(2**15), 2**15 - 1)),
    (types.INT, st.integers(-(2**31), 2**31 - 1)),
    (types.BIGINT, st.integers(-(2**63), 2**63 - 1)),
    (types.REAL, st.floats(width=32, allow_nan=False, allow_infinity=False)),
    (types.FLOAT, st.floats(allow_nan=False, allow_infinity=False)),
    (decimal_type(7, 2), decimals(7, 2)),
    (decimal_type(19, 0), decimals(19, 0)),
    (decimal_type(28, 28), decimals(28, 28)),
    (decimal_type(38, 10), decimals(38, 10)),
    (types.MONEY, st.integers(-(2**63), 2**63 - 1).map(lambda n: Decimal(f"{n}e-4"))),
    (types.SMALLMONEY, st.integers(-(2**31), 2**31 - 1).map(lambda n: Decimal(f"{n}e-4"))),
    (types.DATE, st.dates()),
    *((time_type(s), st.times().map(lambda t, s=s: truncated(t, s))) for s in (0, 3, 7)),
    *((datetime2(s), st.datetimes().map(lambda t, s=s: truncated(t, s))) for s in (0, 4, 7)),
    (types.DATETIME, st.datetimes(datetime(1753, 1, 1), datetime(9999, 12, 31, 23, 59, 59))),
    (types.SMALLDATETIME, SMALL_DATES.map(lambda d: datetime(d.year, d.month, d.day, d.day % 24, d.month))),
    (datetimeoffset(7), OFFSETS),
    (types.UNIQUEIDENTIFIER, st.uuids()),
    (nvarchar(40), TEXT),
    (nvarchar(MAX), TEXT),
    (varchar(40), LATIN),
    (varchar(MAX), LATIN),
    (SqlType("char", length=20), LATIN.map(lambda s: s.ljust(20))),
    (SqlType("nchar", length=20), LATIN.map(lambda s: s.ljust(20))),
    (varbinary(40), st.binary(max_size=40)),
    (varbinary(MAX), st.binary(max_size=40)),
    (SqlType("binary", length=3), st.binary(min_size=3, max_size=3)),
]


def by_value(columns: list[tuple[SqlType, list[Any]]], rows: int) -> bytes:
    writer = Writer()
    for i in range(rows):
        writer.u8(0xD1)
        for sql_type, values in columns:
            encode_value(writer, type_info(sql_type), values[i])
    return writer.getvalue()


def by_column(columns: list[tuple[SqlType, list[Any]]], rows: int, padding: int = 0) -> bytes:
    """``padding`` slices the Arrow arrays out of longer ones, as the engine's batches may be."""
    wire = []
    for sql_type, values in columns:
        array = arrow(sql_type, [None] * padding + values).slice(padding)
        wire.append(wire_column(type_info(sql_type), array))
    return encode_rows(wire, rows)


@pytest.mark.parametrize(("sql_type", "values"), TYPES, ids=[str(t) for t, _ in TYPES])
def test_each_type(sql_type: SqlType, values: st.SearchStrategy[Any]) -> None:
    @given(st.lists(st.none() | values, max_size=20), st.integers(0, 9))
    def test(column: list[Any], padding: int) -> None:
        columns = [(sql_type, column)]
        assert by_column(columns, len(column), padding) == by_value(columns, len(column))

    test()


@given(st.data())
def test_columns_together(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 6))
    columns = []
    for sql_type, values in data.draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=6)):
        cells = values if data.draw(st.booleans()) else st.none() | values
        columns.append((sql_type, data.draw(st.lists(cells, min_size=rows, max_size=rows))))
    assert by_column(columns, rows) == by_value(columns, rows)


def test_not_null_columns_have_no_length_byte() -> None:
    info = type_info(types.INT, nullable=False)
    column = wire_column(info, pa.array([1, 2], pa.int32()))
    assert encode_rows([column], 2) == bytes.fromhex("d1 01000000 d1 02000000")


def test_null_in_a_not_null_column_is_a_defect() -> None:
    with pytest.raises(ValueError, match="NOT NULL"):
        wire_column(type_info(types.INT, nullable=False), pa.array([None], pa.int32()))


def test_long_and_short_values_together() -> None:
    values = ["", "x", "y" * 3999, None, "z" * 3999, "é"]
    columns = [(nvarchar(4000), values), (varbinary(MAX), [b"a" * 100_000, b"", None, b"b", b"", b""])]
    assert by_column(columns, 6) == by_value(columns, 6)


def test_a_value_longer_than_its_type_is_refused() -> None:
    with pytest.raises(SqlError, match="truncated"):
        by_column([(nvarchar(3), ["abcd"])], 1)


def test_characters_beyond_the_code_page_become_question_marks() -> None:
    assert by_column([(varchar(10), ["aЖb"])], 1) == bytes.fromhex("d1 0300") + b"a?b"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_float_but_finite_ones(value: float) -> None:
    with pytest.raises(SqlError) as caught:
        by_column([(types.FLOAT, [1.0, value])], 2)
    assert caught.value.number == 8115


def test_nan_beneath_null_is_nothing() -> None:
    array = pa.Array.from_buffers(
        pa.float64(), 2, [pa.py_buffer(b"\1"), pa.array([1.0, float("nan")]).buffers()[1]]
    )
    assert encode_rows([wire_column(type_info(types.FLOAT), array)], 2)[-1] == 0


def test_bytes_beneath_null_are_not_sent() -> None:
    data = pa.array(["ab", "cd"])
    array = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\1"), *data.buffers()[1:]])
    assert encode_rows([wire_column(type_info(varchar(2)), array)], 2) == bytes.fromhex("d10200 6162 d1ffff")


@pytest.mark.parametrize("sql_type", [t for t, _ in TYPES], ids=str)
def test_untyped_nulls_fit_every_type(sql_type: SqlType) -> None:
    column = wire_column(type_info(sql_type), pa.nulls(2))
    assert encode_rows([column], 2) == by_value([(sql_type, [None, None])], 2)


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["a", None, "é"], pa.large_string()),
        pa.array(["a", None, "é"], pa.string_view()),
        pa.array(["a", None, "é"]).dictionary_encode(),
    ],
    ids=["large", "view", "dictionary"],
)
def test_other_arrow_layouts_of_text(array: pa.Array) -> None:
    rows = encode_rows([wire_column(type_info(nvarchar(5)), array)], 3)
    assert rows == by_value([(nvarchar(5), ["a", None, "é"])], 3)


def test_uuids_as_bytes_and_as_an_extension() -> None:
    value = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
    expected = by_value([(types.UNIQUEIDENTIFIER, [value, None])], 2)
    plain = pa.array([value.bytes, None], pa.binary(16))
    for array in (plain, pa.ExtensionArray.from_storage(pa.uuid(), plain)):
        assert encode_rows([wire_column(type_info(types.UNIQUEIDENTIFIER), array)], 2) == expected


def test_lossy_arrow_types_are_not_sent() -> None:
    with pytest.raises(pa.ArrowInvalid):
        wire_column(type_info(types.INT), pa.array([2**40], pa.int64()))


def test_no_rows() -> None:
    assert encode_rows([wire_column(type_info(types.INT), pa.array([], pa.int32()))], 0) == b""
