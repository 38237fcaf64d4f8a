"""The styles of CONVERT: how dates, floats and money are written as text, and dates read from it.

https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql#date-and-time-styles
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.types import SqlType

_DATE = {
    1: "%m/%d/%y", 101: "%m/%d/%Y", 2: "%y.%m.%d", 102: "%Y.%m.%d", 3: "%d/%m/%y", 103: "%d/%m/%Y",
    4: "%d.%m.%y", 104: "%d.%m.%Y", 5: "%d-%m-%y", 105: "%d-%m-%Y", 6: "%d %b %y", 106: "%d %b %Y",
    7: "%b %d, %y", 107: "%b %d, %Y", 10: "%m-%d-%y", 110: "%m-%d-%Y", 11: "%y/%m/%d", 111: "%Y/%m/%d",
    12: "%y%m%d", 112: "%Y%m%d", 23: "%Y-%m-%d",
}  # fmt: skip
"""Styles that write only a date."""

_LONG_DATE = {0: "mon", 100: "mon", 9: "mon", 109: "mon", 13: "dd mon", 113: "dd mon"}
_ISO = (20, 120, 21, 25, 121, 126, 127)
_TIME_ONLY = {8: 0, 24: 0, 108: 0, 14: 3, 114: 3}

_ORDERS = {
    **dict.fromkeys((0, 1, 7, 9, 10, 22, 100, 101, 107, 109, 110, 8, 14, 24, 108, 114), "mdy"),
    **dict.fromkeys((3, 4, 5, 6, 13, 103, 104, 105, 106, 113), "dmy"),
    **dict.fromkeys((2, 11, 12, 20, 21, 23, 25, 102, 111, 112, 120, 121, 126, 127), "ymd"),
}


def input_order(style: int | None, to: SqlType) -> str:
    """The order of day, month and year in which text is read: mdy (us_english) without a style."""
    if style is None:
        return "mdy"
    if style not in _ORDERS:
        raise sql_error(281, style, to.name)
    return _ORDERS[style]


# --- dates and times as text ---


def temporal_text(sql: str, source: SqlType, style: int | None) -> str:
    """``source`` as text; style 0 is the default of datetime and smalldatetime, 121 of the newer types."""
    old = source.name in ("datetime", "smalldatetime")
    if style is None:
        style = 0 if old else 121
    if style in (130, 131):
        raise sql_error(40514, f"CONVERT style {style}")
    digits = _digits(source)
    if source.name == "time":
        return _time_text(sql, style, digits)
    stamp = f"CAST({sql} AS TIMESTAMP)" if source.name == "date" else sql
    offset = ""
    if source.name == "datetimeoffset":
        stamp, offset = f"ldb_local({sql})", f" || ' ' || ldb_offset_text({sql})"
    if source.name == "date" and style in _TIME_ONLY:
        raise sql_error(8114, "date", "varchar")
    text = _stamp_text(stamp, style, digits, source, offset)
    return f"({text})"


def _digits(source: SqlType) -> int:
    """Fractional digits that the type shows: datetime 3, smalldatetime 0."""
    if source.name in ("datetime2", "datetimeoffset", "time"):
        return 7 if source.scale is None else source.scale
    return 3 if source.name in ("datetime", "smalldatetime") else 0


def _stamp_text(stamp: str, style: int, digits: int, source: SqlType, offset: str) -> str:
    if style in _DATE:
        return f"strftime({stamp}, '{_DATE[style]}')"
    if style in _TIME_ONLY:
        if _TIME_ONLY[style] and digits > 3:
            raise sql_error(40514, f"CONVERT of {source.name} with style {style}")
        fraction = f" || ':' || {_fraction(stamp, digits)}" if _TIME_ONLY[style] and digits else ""
        return f"strftime({stamp}, '%H:%M:%S'){fraction}"
    if source.name == "date":
        return _date_only(stamp, style)
    if digits > 3 and style in (9, 109, 13, 113):
        raise sql_error(40514, f"CONVERT of {source.name} with style {style}")
    if style in _LONG_DATE:
        return _long_text(stamp, style, digits) + offset
    if style == 22:
        return f"strftime({stamp}, '%m/%d/%y ') || ldb_clock12({stamp}, ':%M:%S ')"
    if style in _ISO:
        return _iso_text(stamp, style, digits, source, offset)
    raise sql_error(281, style, source.name)


def _date_only(stamp: str, style: int) -> str:
    """A date has no clock: the long styles stop after the year."""
    if style in _LONG_DATE:
        day = f"lpad(CAST(day({stamp}) AS VARCHAR), 2, ' ')"
        if _LONG_DATE[style] == "mon":
            return f"strftime({stamp}, '%b ') || {day} || strftime({stamp}, ' %Y')"
        return f"strftime({stamp}, '%d %b %Y')"
    if style in _ISO:
        return f"strftime({stamp}, '%Y-%m-%d')"
    raise sql_error(281, style, "date")


def _long_text(stamp: str, style: int, digits: int) -> str:
    """``Jan  1 2020 12:00AM``; 9 and 109 add seconds and fraction; 13 and 113 write ``01 Jan 2020
    00:00:00:000``."""
    if style in (13, 113):
        fraction = f" || ':' || {_fraction(stamp, digits)}" if digits else ""
        return f"strftime({stamp}, '%d %b %Y %H:%M:%S'){fraction}"
    day = f"lpad(CAST(day({stamp}) AS VARCHAR), 2, ' ')"
    date = f"strftime({stamp}, '%b ') || {day} || strftime({stamp}, ' %Y ')"
    if style in (0, 100):
        return f"{date} || ldb_clock12({stamp}, ':%M')"
    fraction = f" || ':' || {_fraction(stamp, digits)}" if digits else ""
    half = f" || strftime({stamp}, '%p')"
    return f"{date} || ldb_clock12_plain({stamp}, ':%M:%S'){fraction}{half}"


def _iso_text(stamp: str, style: int, digits: int, source: SqlType, offset: str) -> str:
    if style in (20, 120):
        return f"strftime({stamp}, '%Y-%m-%d %H:%M:%S'){offset}"
    if style in (21, 25, 121):
        fraction = f" || '.' || {_fraction(stamp, digits)}" if digits else ""
        return f"strftime({stamp}, '%Y-%m-%d %H:%M:%S'){fraction}{offset}"
    text = f"strftime({stamp}, '%Y-%m-%dT%H:%M:%S')"
    if digits:
        part = _fraction(stamp, digits)
        shown = f"CASE WHEN ltrim({part}, '0') = '' THEN '' ELSE '.' || {part} END"
        text += f" || {shown}"
    if source.name == "datetimeoffset":
        if style == 127:
            raise sql_error(40514, "CONVERT style 127 of datetimeoffset")
        return text + offset.replace("' ' || ", "")
    return text


def _fraction(stamp: str, digits: int) -> str:
    """The first ``digits`` of the fraction of a second; the seventh is zero."""
    if digits == 7:
        return f"strftime({stamp}, '%f') || '0'"
    return f"left(strftime({stamp}, '%f'), {digits})"


def _time_text(sql: str, style: int, digits: int) -> str:
    stamp = f"(DATE '1900-01-01' + {sql})"
    if style in (8, 24, 108, 20, 120):
        return f"strftime({stamp}, '%H:%M:%S')"
    if style in (0, 100):
        return f"ldb_clock12({stamp}, ':%M')"
    if style in (21, 25, 121, 126, 127):
        fraction = f" || '.' || {_fraction(stamp, digits)}" if digits else ""
        return f"(strftime({stamp}, '%H:%M:%S'){fraction})"
    raise sql_error(40514, f"CONVERT of time with style {style}")


# --- floats and money ---


def float_text(sql: str, style: int | None) -> str:
    """Style 0: six digits, scientific when %g is; 1: 8 digits, 2: 16, 3: 17, always scientific. Exponents
    have three digits."""
    formats = {0: "%.6g", 1: "%.7e", 2: "%.15e", 3: "%.16e"}
    style = 0 if style is None else style
    if style in (126, 128, 129):
        raise sql_error(40514, f"CONVERT of float with style {style}")
    return f"ldb_float_text({sql}, '{formats.get(style, formats[0])}')"


def money_text(sql: str, style: int | None) -> str:
    """Style 0: two decimals; 1: with commas every three digits; 2 and 126: four decimals."""
    if style in (2, 126):
        return f"CAST({sql} AS VARCHAR)"
    rounded = f"CAST({sql} AS DECIMAL(19,2))"
    return f"ldb_thousands(CAST({rounded} AS VARCHAR))" if style == 1 else f"CAST({rounded} AS VARCHAR)"
