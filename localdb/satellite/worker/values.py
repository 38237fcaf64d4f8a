"""The OUTPUT parameters' values after the script, as a table of one row.

A value that does not fit its parameter's declared type is an OutputError in the built-in runtime; the
extension profile answers NULL, as the published language extension does. Strings and bytes longer than
declared are cut, as in any assignment to a T-SQL variable. NaN, infinities and NaT are NULL. A parameter that
the script never assigns keeps the value that it came with.

One of a (max) type that has no value in the end is an OutputError of the built-in runtime:
https://learn.microsoft.com/sql/machine-learning/troubleshooting/known-issues-for-sql-server-machine-learning-services
"""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from localdb.satellite.contract import EXTENSION, OUTPUT_TYPES, ScriptParameter, single
from localdb.satellite.worker.output import OutputError

_MAX = -1
_RANGES = {
    "tinyint": (0, 255),
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}


def output_values(
    parameters: Sequence[ScriptParameter], namespace: Mapping[str, Any], profile: str
) -> pa.Table:
    """One column for every OUTPUT parameter, in order, named like it."""
    outputs = [parameter for parameter in parameters if parameter.output]
    arrays = []
    for parameter in outputs:
        value = _value(parameter, namespace.get(parameter.name), profile)
        arrays.append(single(value, OUTPUT_TYPES[parameter.type]))
    return pa.table(arrays, names=[parameter.name for parameter in outputs])


def _value(parameter: ScriptParameter, value: Any, profile: str) -> Any:
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        if parameter.length == _MAX and profile != EXTENSION:
            raise OutputError(_no_value(parameter))
        return None
    try:
        return _CONVERT[parameter.type](value, parameter)
    except (TypeError, ValueError, OverflowError, UnicodeError) as error:
        if profile == EXTENSION:
            return None
        raise OutputError(
            f"The value of type {type(value).__name__} for the output parameter '@{parameter.name}' "
            f"does not fit its type {parameter.type}: {error}"
        ) from None


def _no_value(parameter: ScriptParameter) -> str:
    empty = "b''" if parameter.type == "varbinary" else "''"
    return (
        f"The output parameter '@{parameter.name}' of type {parameter.type}(max) has no value. Initialise it "
        f"in the script, for example: {parameter.name} = {empty}"
    )


def _bit(value: Any, _: ScriptParameter) -> bool:
    if not isinstance(value, bool | int):
        raise TypeError("a bool is expected.")
    return bool(value)


def _integer(value: Any, parameter: ScriptParameter) -> int | None:
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        if not value.is_integer():
            raise ValueError("a whole number is expected.")
    elif not isinstance(value, bool | int):
        raise TypeError("an int is expected.")
    low, high = _RANGES[parameter.type]
    if not low <= value <= high:
        raise ValueError(f"it is not between {low} and {high}.")
    return int(value)


def _float(value: Any, _: ScriptParameter) -> float | None:
    if not isinstance(value, bool | int | float | decimal.Decimal):
        raise TypeError("a float is expected.")
    number = float(value)
    return number if math.isfinite(number) else None


def _exact(value: Any, _: ScriptParameter) -> str | None:
    """As text with every digit; the server rounds it to the parameter's scale."""
    if not isinstance(value, bool | int | float | decimal.Decimal):
        raise TypeError("a number is expected.")
    number = (
        decimal.Decimal(int(value)) if isinstance(value, bool | int) else decimal.Decimal(repr(float(value)))
    )
    if isinstance(value, decimal.Decimal):
        number = value
    return str(number) if number.is_finite() else None


def _text(value: Any, parameter: ScriptParameter) -> str:
    if not isinstance(value, str):
        raise TypeError("a str is expected.")
    value.encode()  # A lone surrogate has no UTF-8.
    if parameter.length is None or parameter.length < 0:
        return str(value)
    units = value.encode("utf-16-le")[: parameter.length * 2]
    return units.decode("utf-16-le", errors="ignore")


def _binary(value: Any, parameter: ScriptParameter) -> bytes:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError("bytes are expected.")
    data = bytes(value)
    return data if parameter.length is None or parameter.length < 0 else data[: parameter.length]


def _moment(value: Any, _: ScriptParameter) -> datetime.datetime | None:
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
        if value is pd.NaT:
            return None
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime(warn=False)
    if not isinstance(value, datetime.date):
        raise TypeError("a datetime is expected.")
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    moment: datetime.datetime = value
    if moment.tzinfo is not None:
        raise TypeError("a datetime without a time zone is expected.")
    return moment


def _date(value: Any, parameter: ScriptParameter) -> datetime.date | None:
    moment = _moment(value, parameter)
    return None if moment is None else moment.date()


def _guid(value: Any, _: ScriptParameter) -> str:
    if not isinstance(value, str | uuid.UUID):
        raise TypeError("a str is expected.")
    return str(uuid.UUID(str(value)))


_CONVERT: dict[str, Callable[[Any, ScriptParameter], Any]] = {
    "bit": _bit,
    **dict.fromkeys(_RANGES, _integer),
    **dict.fromkeys(("real", "float"), _float),
    **dict.fromkeys(("decimal", "money", "smallmoney"), _exact),
    **dict.fromkeys(("char", "varchar", "nchar", "nvarchar"), _text),
    **dict.fromkeys(("binary", "varbinary"), _binary),
    "date": _date,
    **dict.fromkeys(("datetime", "smalldatetime"), _moment),
    "uniqueidentifier": _guid,
}
