"""The input data set and the parameters as the script sees them.

Types: https://learn.microsoft.com/sql/machine-learning/python/python-libraries-and-data-types and, for the
extension profile, the published language extension for Python. NULL turns integers into float64 with NaN and
bit into objects; strings are objects with None.
"""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from localdb.satellite.contract import EXTENSION, ScriptParameter, ScriptRequest

_BUILTIN_NUMBERS = {
    "tinyint": pa.int32(),
    "smallint": pa.int32(),
    "int": pa.int32(),
    "bigint": pa.float64(),
    "real": pa.float64(),
    "float": pa.float64(),
}
_EXTENSION_NUMBERS = {
    "tinyint": pa.uint8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "float": pa.float64(),
}
_EXACT = 2**53
_EXACT_POWER = 22
_DATES = ("date", "datetime", "smalldatetime")


def input_frame(request: ScriptRequest) -> pd.DataFrame:
    """The input data set; an empty frame when the request has none. Columns are built by position, because
    their names need not be different."""
    table = request.input
    if table is None:
        return pd.DataFrame()
    columns = {
        number: _column(table.column(number), type_name, request.profile)
        for number, type_name in enumerate(request.input_types)
    }
    frame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), copy=False)
    frame.columns = pd.Index(table.column_names, dtype=object)
    return frame


def parameter_value(parameter: ScriptParameter, profile: str) -> Any:
    """A date is a datetime in the built-in runtime; every other value is already as the script sees it."""
    value = parameter.value
    if profile != EXTENSION and type(value) is datetime.date:
        return datetime.datetime(value.year, value.month, value.day)
    return value


def _column(column: pa.ChunkedArray, type_name: str, profile: str) -> Any:
    if type_name == "bit":
        return _objects(column) if column.null_count else _plain(column)
    if type_name in _DATES:
        return _extension_dates(column) if profile == EXTENSION else _builtin_dates(column)
    numbers = _EXTENSION_NUMBERS if profile == EXTENSION else _BUILTIN_NUMBERS
    if type_name in numbers:
        return _numbers(column, numbers[type_name])
    if pa.types.is_decimal128(column.type):
        return _decimals(column)
    return _objects(column)


def _numbers(column: pa.ChunkedArray, wanted: pa.DataType) -> Any:
    # float32 stays float32 with NULLs: it has its own NaN. bigint loses digits above 2**53, as documented.
    if column.null_count and not pa.types.is_floating(wanted):
        wanted = pa.float64()
    return _plain(pc.cast(column, wanted, safe=False))


def _decimals(column: pa.ChunkedArray) -> Any:
    """The nearest float64 of every decimal: Arrow's own cast can be one unit in the last place off.

    A quotient of two integers below 2**53 and 10**22 is correctly rounded; Python converts the others.
    """
    array = column.combine_chunks()
    words = np.frombuffer(array.buffers()[1] or b"", dtype="<i8").reshape(-1, 2)
    low, high = words[array.offset : array.offset + len(array)].T
    values: Any = low / 10.0**array.type.scale
    missing = np.asarray(array.is_null())
    small = (high == low >> 63) & (low <= _EXACT) & (low >= -_EXACT)
    exact = small & (array.type.scale <= _EXACT_POWER)
    for index in np.flatnonzero(~exact & ~missing):
        values[index] = float(array[int(index)].as_py())
    values[missing] = np.nan
    return values


def _plain(column: pa.ChunkedArray) -> Any:
    """A numpy array that the script may write to; NULL becomes NaN."""
    array = column.to_numpy()
    return array if array.flags.writeable else array.copy()


def _objects(column: pa.ChunkedArray) -> Any:
    values = column.to_numpy()
    if values.dtype != object:
        values = values.astype(object)
    return pd.Series(values, dtype=object)


def _builtin_dates(column: pa.ChunkedArray) -> Any:
    """datetime64[ns] with NaT; datetime64[us] when a value lies outside of the years 1677 to 2262."""
    microseconds = pc.cast(column, pa.timestamp("us"))
    try:
        return _plain(pc.cast(microseconds, pa.timestamp("ns")))
    except pa.ArrowInvalid:
        return _plain(microseconds)


def _extension_dates(column: pa.ChunkedArray) -> Any:
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    return pd.Series(values, dtype=object)
