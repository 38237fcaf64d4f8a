"""The data of an external script at the server's end: input columns checked, the output data set typed.

https://learn.microsoft.com/sql/machine-learning/python/python-libraries-and-data-types
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from localdb.engine.arrow_types import arrow_type
from localdb.errors import sql_error
from localdb.types import (
    BIGINT,
    BIT,
    DATETIME,
    FLOAT,
    INT,
    MAX,
    REAL,
    SMALLINT,
    TINYINT,
    Column,
    SqlType,
    datetime2,
    decimal_type,
    nvarchar,
    varbinary,
)

_UNSUPPORTED_INPUT = ("binary", "varbinary", "datetime2", "datetimeoffset", "time")
_OUTPUT_TYPES = {
    pa.bool_(): BIT,
    pa.uint8(): TINYINT,
    pa.int16(): SMALLINT,
    pa.int32(): INT,
    pa.int64(): BIGINT,
    pa.float32(): REAL,
    pa.float64(): FLOAT,
}
_WIDEST_NVARCHAR = 4000
_WIDEST_VARBINARY = 8000
_OUTSIDE_BASIC_PLANE = r"[\x{10000}-\x{10FFFF}]"
_DAY_MICROSECONDS = 86_400_000_000
_EPOCH = datetime.datetime(1970, 1, 1)
_MONEY = {"money": (19, 4), "smallmoney": (10, 4)}


def check_input(columns: Sequence[Column], language: str, request_id: str) -> None:
    """Error 39017 for a column type that no script can have; columns are counted from 0, as SQL Server
    does."""
    for number, column in enumerate(columns):
        if column.type.name in _UNSUPPORTED_INPUT:
            raise sql_error(39017, number, column.type.name, language, request_id)


def input_table(columns: Sequence[Column], table: pa.Table) -> pa.Table:
    """The rows under their T-SQL names (several may be the same); uniqueidentifier as upper-case text."""
    arrays = [
        pc.utf8_upper(array.cast(pa.string())) if column.type.name == "uniqueidentifier" else array
        for column, array in zip(columns, table.columns, strict=True)
    ]
    schema = pa.schema([(column.name, array.type) for column, array in zip(columns, arrays, strict=True)])
    return pa.Table.from_arrays(arrays, schema=schema)


def output_columns(table: pa.Table, *, extension: bool) -> tuple[tuple[Column, ...], pa.Table]:
    """The unnamed, typed columns of an output data set, and its rows in their storage types as c0, c1 ...

    Strings are nvarchar of the widest value's length, bytes varbinary likewise. Moments are datetime, rounded
    to 1/300 s as that type is, from the built-in runtime, and datetime2(6) from an extension.
    """
    columns, arrays = [], []
    for array in table.columns:
        sql_type = _output_type(array, extension)
        if sql_type == DATETIME:
            array = _rounded(array)
        columns.append(Column("", sql_type, nullable=not extension or array.null_count > 0))
        arrays.append(array)
    names = [f"c{number}" for number in range(len(arrays))]
    return tuple(columns), pa.Table.from_arrays(arrays, names=names)


def streamed_columns(table: pa.Table, *, extension: bool) -> tuple[Column, ...]:
    """The columns of an output data set that others may follow: numbers are float, strings and bytes (max),
    and every column is nullable."""
    return tuple(Column("", _streamed_type(array.type, extension), nullable=True) for array in table.columns)


def _streamed_type(kind: pa.DataType, extension: bool) -> SqlType:
    if pa.types.is_string(kind):
        return nvarchar(MAX)
    if pa.types.is_binary(kind):
        return varbinary(MAX)
    if pa.types.is_timestamp(kind):
        return datetime2(6) if extension else DATETIME
    return BIT if pa.types.is_boolean(kind) else FLOAT


def conformed(table: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """The rows of one run in the storage types of ``columns``, which the first run decided, as c0, c1 ...

    ValueError when there are more or fewer columns, or one holds values of another kind.
    """
    if table.num_columns != len(columns):
        raise ValueError(
            f"The output data set has {table.num_columns} columns; that of an earlier run has {len(columns)}."
        )
    arrays = [
        _conformed(array, column.type, number)
        for number, (array, column) in enumerate(zip(table.columns, columns, strict=True))
    ]
    return pa.Table.from_arrays(arrays, names=[f"c{number}" for number in range(len(arrays))])


def _conformed(array: pa.ChunkedArray, sql_type: SqlType, number: int) -> pa.ChunkedArray:
    if array.null_count == len(array):
        return pa.chunked_array([pa.nulls(len(array), arrow_type(sql_type))])
    found = _streamed_type(array.type, sql_type.name == "datetime2")
    if found != sql_type:
        raise ValueError(
            f"Column # {number} of the output data set is {found}; in an earlier run it is {sql_type}."
        )
    return _rounded(array) if sql_type == DATETIME else array.cast(arrow_type(sql_type))


def _output_type(array: pa.ChunkedArray, extension: bool) -> SqlType:
    kind = array.type
    if pa.types.is_string(kind):
        width = _utf16_width(array)
        return nvarchar(max(width, 1) if width <= _WIDEST_NVARCHAR else MAX)
    if pa.types.is_binary(kind):
        width = pc.max(pc.binary_length(array)).as_py() or 0
        return varbinary(max(width, 1) if width <= _WIDEST_VARBINARY else MAX)
    if pa.types.is_timestamp(kind):
        return datetime2(6) if extension else DATETIME
    if pa.types.is_decimal(kind):
        return decimal_type(kind.precision, kind.scale)
    return _OUTPUT_TYPES[kind]


def _utf16_width(array: pa.ChunkedArray) -> int:
    """The longest string in UTF-16 code units, which is what nvarchar counts."""
    wide = pc.fill_null(pc.match_substring_regex(array, _OUTSIDE_BASIC_PLANE), False)
    width = pc.max(pc.utf8_length(array)).as_py() or 0
    for text in array.filter(wide).to_pylist():
        width = max(width, len(text.encode("utf-16-le")) // 2)
    return int(width)


def _rounded(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """Microseconds as datetime has them: 1/300 s, shown in milliseconds that end in 0, 3 or 7."""
    missing = pc.is_null(array).to_numpy()
    microseconds = pc.fill_null(array.cast(pa.int64()), 0).to_numpy()
    days, rest = np.divmod(microseconds, _DAY_MICROSECONDS)
    milliseconds = (((rest * 3 + 5000) // 10_000) * 10 + 1) // 3
    rounded = np.minimum(days * _DAY_MICROSECONDS + milliseconds * 1000, _LAST_DATETIME)
    return pa.chunked_array([pa.array(rounded, pa.timestamp("us"), mask=missing)])


_LAST_DATETIME = (datetime.datetime(9999, 12, 31, 23, 59, 59, 997_000) - _EPOCH) // datetime.timedelta(
    microseconds=1
)


def output_value(value: Any, sql_type: SqlType) -> Any:
    """The value of an OUTPUT parameter, as the satellite returns it, in the parameter's declared type.

    Errors: 8115 for a number, 242 for a moment outside of the type's range.
    """
    if value is None:
        return None
    if sql_type.name == "decimal" or sql_type.name in _MONEY:
        precision, scale = _MONEY.get(sql_type.name, (sql_type.precision or 18, sql_type.scale or 0))
        return _decimal(value, sql_type, precision, scale)
    if sql_type.name == "real":
        return _real(value)
    if sql_type.name == "datetime":
        return _datetime(value)
    if sql_type.name == "smalldatetime":
        return _smalldatetime(value)
    if sql_type.name == "uniqueidentifier":
        return uuid.UUID(value)
    if sql_type.name in ("char", "nchar"):
        return value.ljust(sql_type.length)
    if sql_type.name == "binary":
        return value.ljust(sql_type.length or 0, b"\0")
    return value


def _decimal(text: str, sql_type: SqlType, precision: int, scale: int) -> Decimal:
    with localcontext() as context:
        context.prec = 400
        number = Decimal(text)
        if number.adjusted() >= precision - scale:
            raise sql_error(8115, "numeric", sql_type.name)
        rounded = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        if rounded.adjusted() >= precision - scale and rounded:
            raise sql_error(8115, "numeric", sql_type.name)
    return rounded


def _real(value: float) -> float:
    with np.errstate(over="ignore"):
        single = np.float32(value)
    if not np.isfinite(single):
        raise sql_error(232, "real", value)
    return float(single)


def _datetime(value: datetime.datetime) -> datetime.datetime:
    if value.year < 1753:
        raise sql_error(242, "datetime2", "datetime")
    microseconds = (value - _EPOCH) // datetime.timedelta(microseconds=1)
    rounded = _rounded(pa.chunked_array([pa.array([microseconds], pa.timestamp("us"))]))
    moment: datetime.datetime = rounded[0].as_py()
    return moment


def _smalldatetime(value: datetime.datetime) -> datetime.datetime:
    """To the nearest minute; 1900-01-01 to 2079-06-06."""
    nearest = value + datetime.timedelta(seconds=30) if value < datetime.datetime(9999, 12, 31) else value
    minute = nearest.replace(second=0, microsecond=0)
    if not datetime.datetime(1900, 1, 1) <= minute < datetime.datetime(2079, 6, 7):
        raise sql_error(242, "datetime2", "smalldatetime")
    return minute
