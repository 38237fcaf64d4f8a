"""The names of date parts: https://learn.microsoft.com/sql/t-sql/functions/datepart-transact-sql#arguments"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlglot import exp

from localdb.errors import sql_error
from localdb.types import SqlType

_NAMES = {
    "year": "year yy yyyy",
    "quarter": "quarter qq q",
    "month": "month mm m",
    "dayofyear": "dayofyear dy y",
    "day": "day dd d",
    "week": "week wk ww",
    "weekday": "weekday dw w",
    "hour": "hour hh",
    "minute": "minute mi n",
    "second": "second ss s",
    "millisecond": "millisecond ms",
    "microsecond": "microsecond mcs",
    "nanosecond": "nanosecond ns",
    "tzoffset": "tzoffset tz",
    "iso_week": "iso_week isowk isoww",
}
PARTS: Mapping[str, str] = MappingProxyType(
    {alias: name for name, aliases in _NAMES.items() for alias in aliases.split()}
)
DATE_PARTS = ("year", "quarter", "month", "dayofyear", "day", "week", "weekday", "iso_week")
TIME_PARTS = ("hour", "minute", "second", "millisecond", "microsecond", "nanosecond")


def date_part(node: exp.Expression, function: str) -> str:
    """The part that the first argument names, bare; 155 when it names none."""
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier) and not node.table:
        part = PARTS.get(node.name.lower())
        if part is not None:
            return part
        raise sql_error(155, node.name, function.lower())
    if isinstance(node, exp.Literal) and node.is_string:
        raise sql_error(1023, 1, function.lower())
    raise sql_error(155, node.name or "expression", function.lower())


def check_supported(part: str, sql_type: SqlType, function: str) -> None:
    """9810 when a value of this type has no such part."""
    missing = {
        "date": (*TIME_PARTS, "tzoffset"),
        "time": (*DATE_PARTS, "tzoffset"),
        "datetime": ("tzoffset",),
        "smalldatetime": ("tzoffset",),
    }.get(sql_type.name, ())
    if part in missing:
        raise sql_error(9810, part, function.lower(), sql_type.name)
