"""Conversions to the date and time types.

Storage: date DATE, time TIME, datetime, smalldatetime and datetime2 TIMESTAMP, datetimeoffset a struct of
the UTC time and the offset in minutes. datetime holds whole milliseconds ending in 0, 3 or 7.
"""

from __future__ import annotations

import datetime
import re

from localdb.errors import sql_error
from localdb.tsql import sqltext, styles
from localdb.tsql.conversion import Conversion
from localdb.tsql.typerules import message_name

_ISO_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_MICROSECONDS = 6


def to_temporal(c: Conversion) -> str:
    if c.source.is_character:
        return _constant_date(c) or _from_text(c)
    if c.source.is_number:
        return _ranged(c, f"ldb_days_to_datetime(CAST({c.sql} AS DOUBLE))", "expression")
    if c.style not in (None, 0, 1) and c.to.name == "datetimeoffset":
        raise sql_error(9809, c.style)
    return _from_temporal(c)


def _constant_date(c: Conversion) -> str | None:
    """A plain ISO date constant becomes DuckDB's own constant, which the optimizer can use."""
    value = c.bound.constant
    match = _ISO_DATE.fullmatch(value) if isinstance(value, str) and c.style is None else None
    if match is None or c.to.name not in ("date", "datetime", "datetime2") or c.is_try:
        return None
    try:
        day = datetime.date(*map(int, match.groups()))
    except ValueError:
        return None
    if c.to.name == "date":
        return f"DATE '{day.isoformat()}'"
    return f"TIMESTAMP '{day.isoformat()} 00:00:00'" if day.year >= 1753 else None


def _from_text(c: Conversion) -> str:
    order = styles.input_order(c.style, c.to)
    kind = {"smalldatetime": "smalldatetime", "datetime": "datetime"}.get(c.to.name, c.to.name)
    macro = f"ldb_text_to_{kind}({{}}, '{order}')"
    number = 295 if c.to.name == "smalldatetime" else 241
    if c.to.name in ("datetime", "smalldatetime") and not c.is_try:
        failure = f"ldb_temporal_failure({{}}, '{order}', '{c.source.name}', '{c.to.name}', {number})"
        # CASE keeps DuckDB from computing what both halves share for every row.
        guarded = f"coalesce({macro}, CASE WHEN {{}} IS NOT NULL THEN {failure} END)"
        return sqltext.let(c.sql, lambda v: guarded.replace("{}", v))
    return _rounded(c, c.attempt(macro, number))


def _rounded(c: Conversion, sql: str) -> str:
    """Fractional digits beyond the target's are rounded; microseconds are the finest that is kept."""
    scale = 7 if c.to.scale is None else c.to.scale
    if c.to.name not in ("time", "datetime2", "datetimeoffset") or scale >= _MICROSECONDS:
        return sql
    unit = 10 ** (_MICROSECONDS - scale)
    return f"ldb_round_{c.to.name}({sql}, {unit})"


def _from_temporal(c: Conversion) -> str:
    source, to = c.source.name, c.to.name
    sql = f"ldb_local({c.sql})" if source == "datetimeoffset" and to != "datetimeoffset" else c.sql
    if to == "datetimeoffset":
        return _rounded(c, sql if source == to else f"ldb_at_utc({_as_timestamp(sql, source)})")
    if to == "date":
        return f"CAST({sql} AS DATE)"
    if to == "time":
        return _rounded(c, sql if source == "time" else f"CAST({sql} AS TIME)")
    timestamp = _as_timestamp(sql, source)
    if to == "datetime2":
        return _rounded(c, timestamp) if _loses_digits(c) else timestamp
    return _ranged(c, timestamp, message_name(c.source))


def _loses_digits(c: Conversion) -> bool:
    digits = {"datetime": 3, "smalldatetime": 0, "date": 0}.get(c.source.name)
    if digits is None:
        digits = 7 if c.source.scale is None else c.source.scale
    return digits > (7 if c.to.scale is None else c.to.scale)


def _as_timestamp(sql: str, source: str) -> str:
    if source == "time":
        return f"(DATE '1900-01-01' + {sql})"
    return f"CAST({sql} AS TIMESTAMP)" if source == "date" else sql


def _ranged(c: Conversion, timestamp: str, what: str) -> str:
    """Rounded to datetime's or smalldatetime's clock, inside its range (242)."""
    if c.source.name == "smalldatetime" and c.to.name == "datetime":
        return timestamp
    macro = f"ldb_to_{c.to.name}"
    if what == "expression":
        return c.attempt(macro, 8115, "'expression'", f"'{c.to.name}'", sql=timestamp)
    return c.attempt(macro, 242, f"'{what}'", f"'{c.to.name}'", sql=timestamp)
