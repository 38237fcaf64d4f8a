"""Every T-SQL type that a script may have: values, literals, and what the documented tables make of them.

https://learn.microsoft.com/sql/machine-learning/python/python-libraries-and-data-types (built-in) and the
published language extension for Python. Written down here from those tables, not taken from the code.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class Kind:
    """``builtin`` and ``extension`` are what ``OutputDataSet = InputDataSet`` returns for a value of a column
    without NULLs, ``builtin_nulls`` and ``extension_nulls`` for one with NULLs; ``parameter`` is what comes
    back of a parameter that is handed through, in Arrow's type."""

    declared: str
    values: st.SearchStrategy[Any]
    literal: Callable[[Any], str]
    builtin: Callable[[Any], Any]
    extension: Callable[[Any], Any]
    extension_nulls: Callable[[Any], Any]
    parameter: Callable[[Any], Any]

    def returned(self, value: Any, *, extension: bool, nulls: bool) -> Any:
        """The value that a client gets."""
        if value is None:
            return None
        if not extension:
            return self.builtin(value)
        return self.extension_nulls(value) if nulls else self.extension(value)


def same(value: Any) -> Any:
    return value


def kind(
    declared: str,
    values: st.SearchStrategy[Any],
    literal: Callable[[Any], str] = str,
    builtin: Callable[[Any], Any] = same,
    extension: Callable[[Any], Any] | None = None,
    extension_nulls: Callable[[Any], Any] | None = None,
    parameter: Callable[[Any], Any] = same,
) -> Kind:
    extension = extension or builtin
    return Kind(declared, values, literal, builtin, extension, extension_nulls or extension, parameter)


def _quoted(value: Any) -> str:
    return "N'" + str(value).replace("'", "''") + "'"


def _iso(value: datetime.datetime) -> str:
    return "'" + value.isoformat(timespec="milliseconds") + "'"


def _upper(value: Any) -> str:
    return str(value).upper()


def _float32(value: float) -> float:
    single: float = struct.unpack("f", struct.pack("f", value))[0]
    return single


def _padded(length: int) -> Callable[[str], str]:
    return lambda text: text.ljust(length)


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day)


def _grid(moment: datetime.datetime) -> datetime.datetime:
    """A moment that datetime holds: its milliseconds end in 0, 3 or 7."""
    tens, last = divmod(moment.microsecond // 1000, 10)
    return moment.replace(microsecond=(tens * 10 + (0, 3, 7)[last % 3]) * 1000)


def _through_float(value: Decimal) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal("0.0001"), ROUND_HALF_UP)


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
_plane_0 = st.text(st.characters(exclude_categories=["Cs", "Cc"], max_codepoint=0xFFFF), max_size=8)
_ascii = st.text(st.sampled_from("abcXYZ 019'%"), max_size=8)
_floats = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
_decimals = st.decimals(-(10**13), 10**13, places=4)
_moments = st.datetimes(datetime.datetime(1753, 1, 1), datetime.datetime(9999, 12, 31)).map(_grid)
_minutes = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2079, 6, 6)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)

COLUMNS = {
    "bit": kind("bit", st.booleans(), lambda value: str(int(value)), extension_nulls=str),
    "tinyint": kind("tinyint", st.integers(0, 255)),
    "smallint": kind("smallint", st.integers(-(2**15), 2**15 - 1)),
    "int": kind("int", st.integers(-(2**31), 2**31 - 1)),
    "bigint": kind("bigint", st.integers(-(2**63), 2**63 - 1), str, float, same, float),
    "real": kind("real", _floats.map(lambda value: _float32(value % 1e30)), lambda value: f"{value:.9e}"),
    "float": kind("float", _floats, lambda value: f"{value:.17e}"),
    "decimal": kind("decimal(18,4)", _decimals, str, float, parameter=_through_float),
    "money": kind("money", _decimals, str, float, parameter=_through_float),
    "smallmoney": kind("smallmoney", st.decimals(-200_000, 200_000, places=4), str, float),
    "char": kind("char(10)", _ascii, _quoted, _padded(10), parameter=_padded(10)),
    "varchar": kind("varchar(10)", _ascii, _quoted),
    "nchar": kind("nchar(16)", _plane_0, _quoted, _padded(16), parameter=_padded(16)),
    "nvarchar": kind("nvarchar(16)", _texts, _quoted),
    "nvarchar(max)": kind("nvarchar(max)", _texts, _quoted),
    "uniqueidentifier": kind("uniqueidentifier", st.uuids(), _quoted, _upper, parameter=str),
    "date": kind("date", st.dates(datetime.date(1753, 1, 1)), _quoted, _midnight, str),
    "datetime": kind("datetime", _moments, _iso, extension=str),
    "smalldatetime": kind("smalldatetime", _minutes, _iso, extension=str),
}
"""What may be a column of the input query."""

PARAMETERS = {
    **COLUMNS,
    "varbinary": kind("varbinary(20)", st.binary(max_size=20), lambda value: "0x" + value.hex()),
    "binary": kind(
        "binary(4)",
        st.binary(max_size=4),
        lambda value: "0x" + value.hex(),
        parameter=lambda value: value.ljust(4, b"\0"),
    ),
    "varbinary(max)": kind("varbinary(max)", st.binary(max_size=9000), lambda value: "0x" + value.hex()),
}
"""What may be a parameter."""
