"""The output data set as an Arrow table of plain types, or an OutputError that names the column and its
dtype.

Every column of the table is one of bool, uint8, int16, int32, int64, float32, float64, decimal128, string,
binary, or timestamp[us]. None, NaN, NaT and infinities become NULL.
"""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import is_object_dtype

from localdb.satellite.contract import EXTENSION

_MICROSECONDS = pa.timestamp("us")
_EARLIEST = datetime.datetime(1753, 1, 1)
_WIDENED = {
    pa.int8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
    pa.float16(): pa.float32(),
    pa.large_string(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.date32(): _MICROSECONDS,
    pa.date64(): _MICROSECONDS,
}
if hasattr(pa, "string_view"):  # pyarrow 16
    _WIDENED.update({pa.string_view(): pa.string(), pa.binary_view(): pa.binary()})
_PLAIN = (
    pa.bool_(),
    pa.uint8(),
    pa.int16(),
    pa.int32(),
    pa.int64(),
    pa.float32(),
    pa.float64(),
    pa.string(),
    pa.binary(),
    _MICROSECONDS,
)
_EXTENSION_DTYPES = (
    "bool",
    "uint8",
    "int16",
    "int32",
    "int64",
    "float32",
    "float64",
    "datetime64[ns]",
    "object",
)


class OutputError(Exception):
    """The output data set, or an OUTPUT parameter, cannot be returned."""


def output_table(value: Any, name: str, profile: str) -> pa.Table | None:
    """``value``, the variable ``name`` of the script, by column position; None when it has no columns."""
    if not isinstance(value, pd.DataFrame):
        raise OutputError(f"'{name}' is of type {_type_name(value)}; a pandas.DataFrame is expected.")
    if value.shape[1] == 0:
        return None
    convert = _extension_column if profile == EXTENSION else _builtin_column
    columns = [
        convert(value.iloc[:, number], number, str(value.columns[number])) for number in range(value.shape[1])
    ]
    return pa.table(columns, names=[str(number) for number in range(len(columns))])


def _builtin_column(series: pd.Series[Any], _: int, name: str) -> pa.Array:
    try:
        column = _normalised(_to_arrow(series))
        _check_dates(column)
    except (pa.ArrowException, TypeError, ValueError, OverflowError, UnicodeError) as error:
        raise OutputError(
            f"The type {_dtype_name(series)} for column '{name}' is not supported: {_first_line(error)}"
        ) from None
    return column


def _extension_column(series: pd.Series[Any], number: int, name: str) -> pa.Array:
    dtype = str(series.dtype)
    # pandas 3 calls "str" what used to be object.
    if dtype in ("object", "str"):
        return _text(series, name)
    if dtype not in _EXTENSION_DTYPES:
        raise OutputError(f"Unsupported data type {dtype} in output data for column # {number}.")
    return _builtin_column(series, number, name)


def _text(series: pd.Series[Any], name: str) -> pa.Array:
    """str(value) of every object, bytes as they are: the extension sends each object column as text."""
    values = [None if _is_missing(value) else value for value in series]
    present = [value for value in values if value is not None]
    try:
        if present and all(isinstance(value, bytes) for value in present):
            return pa.array(values, pa.binary())
        texts = [value if value is None or isinstance(value, str) else str(value) for value in values]
        return pa.array(texts, pa.string())
    except (pa.ArrowException, UnicodeError) as error:
        raise OutputError(f"Column '{name}' cannot be sent as text: {_first_line(error)}") from None


def _to_arrow(series: pd.Series[Any]) -> pa.Array:
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _category(series)
    if is_object_dtype(dtype):
        return _objects(list(series))
    if isinstance(dtype, np.dtype):
        if dtype.kind not in "biufM":
            raise TypeError("it has no SQL Server type")
        values = np.ascontiguousarray(series.to_numpy())
        return pa.array(values.astype(dtype.newbyteorder("="), copy=False), from_pandas=True)
    return pa.array(series, from_pandas=True)


def _category(series: pd.Series[Any]) -> pa.Array:
    """The categories' values, taken by code; code -1 is a missing value."""
    categories = _normalised(_to_arrow(pd.Series(series.cat.categories)))
    codes = np.asarray(series.cat.codes, dtype=np.int64)
    return categories.take(pa.array(codes, mask=codes < 0))


def _objects(values: list[Any]) -> pa.Array:
    """Objects of one kind; mixed kinds are refused, except integers among floats and bool alone."""
    values = [None if _is_missing(value) else _unwrapped(value) for value in values]
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.array(values, pa.string())
    if kinds == {int, float}:
        kinds, values = {float}, [None if value is None else float(value) for value in values]
    if kinds == {datetime.date, datetime.datetime}:
        kinds, values = {datetime.datetime}, [_as_datetime(value) for value in values]
    if len(kinds) > 1:
        raise TypeError("it holds values of " + ", ".join(sorted(kind.__name__ for kind in kinds)))
    kind = kinds.pop()
    if kind not in _OBJECT_TYPES:
        raise TypeError(f"it holds values of {kind.__name__}")
    return pa.array(values, _OBJECT_TYPES[kind])


_OBJECT_TYPES: dict[type, pa.DataType | None] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    bytes: pa.binary(),
    datetime.date: pa.date32(),
    datetime.datetime: _MICROSECONDS,
    # Arrow finds the precision and scale that hold every value.
    decimal.Decimal: None,
}


def _unwrapped(value: Any) -> Any:
    """numpy scalars, pandas' Timestamp and subclasses as the plain Python value; others unchanged."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime(warn=False)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        raise TypeError("it holds times with a time zone")
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, str):
        return str(value)
    return bytes(value) if isinstance(value, bytes) else value


def _as_datetime(value: Any) -> Any:
    if type(value) is datetime.date:
        return datetime.datetime(value.year, value.month, value.day)
    return value


def _is_missing(value: Any) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    if isinstance(value, float | np.floating):
        return not np.isfinite(value)
    if isinstance(value, decimal.Decimal):
        return not value.is_finite()
    return isinstance(value, np.datetime64) and bool(np.isnat(value))


def _normalised(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The column in one of the plain types; ArrowInvalid or TypeError when it has none."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    if pa.types.is_timestamp(column.type):
        if column.type.tz is not None:
            raise TypeError("it holds times with a time zone")
        # datetime keeps 1/300 s, so nanoseconds below a microsecond are cut.
        column = pc.cast(column, _MICROSECONDS, safe=column.type.unit != "ns")
    column = column.cast(_WIDENED.get(column.type, column.type))
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    if pa.types.is_decimal128(column.type):
        if column.type.scale < 0 or column.type.precision > 38:
            raise TypeError("it holds decimals of more than 38 digits")
        return column
    if column.type not in _PLAIN:
        raise TypeError("it has no SQL Server type")
    return column


def _check_dates(column: pa.Array | pa.ChunkedArray) -> None:
    """A date is returned as datetime, which begins with the year 1753."""
    if pa.types.is_timestamp(column.type):
        bounds = pc.min_max(column)
        earliest, latest = (bounds[key].cast(pa.int64()).as_py() for key in ("min", "max"))
        if earliest is not None and (earliest < _microseconds(_EARLIEST) or latest >= _END):
            raise ValueError("datetime holds the years 1753 to 9999")


def _microseconds(moment: datetime.datetime) -> int:
    return (moment - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)


_END = _microseconds(datetime.datetime(9999, 12, 31)) + 86_400_000_000


def _dtype_name(series: pd.Series[Any]) -> str:
    return "numpy.ndarray(object)" if series.dtype == object else str(series.dtype)


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
