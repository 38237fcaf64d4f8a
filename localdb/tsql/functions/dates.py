"""Date and time functions: https://learn.microsoft.com/sql/t-sql/functions/date-and-time-data-types-and-functions-transact-sql"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from localdb.errors import sql_error
from localdb.tsql import casts, sqltext
from localdb.tsql.binding import Bound
from localdb.tsql.date_parts import check_supported, date_part
from localdb.tsql.functions.registry import Call, Function, function, nullable
from localdb.tsql.plan import SystemValue
from localdb.types import BIGINT, DATE, DATETIME, INT, SqlType, datetime2, datetimeoffset, nvarchar, time_type

_MONTHS = MappingProxyType({"year": 12, "quarter": 3, "month": 1})
_DAYS = MappingProxyType({"dayofyear": 1, "day": 1, "weekday": 1, "week": 7})
_MICROSECONDS = MappingProxyType(
    {"hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1000, "microsecond": 1}
)


def _moment(call: Call, index: int, text_type: SqlType) -> Bound:
    """A date or time argument; text becomes ``text_type``, a number datetime."""
    value = call.arg(index)
    if value.type is None:
        return casts.cast(value, DATETIME)
    if value.type.is_character:
        return casts.cast(value, text_type)
    if value.type.is_number:
        return casts.cast(value, DATETIME)
    if not value.type.is_temporal:
        raise call.invalid(index, value.type)
    return value


def _stamp(value: Bound) -> str:
    """Any date or time as TIMESTAMP: its own clock for datetimeoffset, 1900-01-01 for time."""
    assert value.type is not None
    if value.type.name == "datetimeoffset":
        return f"ldb_local({value.sql})"
    if value.type.name == "time":
        return f"(DATE '1900-01-01' + {value.sql})"
    return f"CAST({value.sql} AS TIMESTAMP)" if value.type.name == "date" else value.sql


# --- DATEADD ---


def _dateadd(call: Call) -> Bound:
    part = date_part(call.nodes[0], "dateadd")
    value = _moment(call, 2, DATETIME)
    assert value.type is not None
    name = value.type.name
    if part in ("tzoffset", "iso_week"):
        raise sql_error(9806, part, "dateadd")
    check_supported(part, value.type, "dateadd")
    if part in ("microsecond", "nanosecond") and name in ("datetime", "smalldatetime"):
        raise sql_error(9810, part, "dateadd", name)
    count = casts.cast(call.arg(1), INT, mode="explicit") if _is_number(call.arg(1)) else call.number(1)
    interval = _interval(part, count.sql)
    return Bound(_moved(value, part, interval), value.type, nullable(value, count))


def _is_number(bound: Bound) -> bool:
    return bound.type is not None and bound.type.is_number


def _interval(part: str, count: str) -> str:
    if part in _MONTHS:
        return f"ldb_months({count}, {_MONTHS[part]})"
    if part in _DAYS:
        return f"ldb_days({count}, {_DAYS[part]})"
    if part == "nanosecond":
        return f"to_microseconds(CAST(round({count} / 1000) AS BIGINT))"
    return f"to_microseconds(CAST({count} AS BIGINT) * {_MICROSECONDS[part]})"


def _moved(value: Bound, part: str, interval: str) -> str:
    """The value with the interval added, checked against its type's range (517)."""
    assert value.type is not None
    name = value.type.name
    if name == "time":
        return f"({value.sql} + {interval})"
    if name == "date":
        return f"CAST(ldb_in_range(CAST({value.sql} AS TIMESTAMP) + {interval}, 'date') AS DATE)"
    if name == "datetimeoffset":
        return sqltext.let(value.sql, lambda v: f"ldb_move_offset({v}, ldb_local({v}) + {interval})")
    if name == "datetime2":
        return f"ldb_in_range({value.sql} + {interval}, 'datetime2')"
    if name == "smalldatetime":
        return f"ldb_checked_smalldatetime({value.sql} + {interval})"
    checked = "ldb_checked_datetime" if part == "millisecond" else "ldb_datetime_range"
    return f"{checked}({value.sql} + {interval})"


# --- DATEDIFF ---


def _datediff(call: Call) -> Bound:
    part = date_part(call.nodes[0], call.name)
    if part in ("tzoffset", "iso_week"):
        raise sql_error(9806, part, call.name.lower())
    start, end = (_moment(call, index, datetime2()) for index in (1, 2))
    if any(side.type is not None and side.type.name == "datetimeoffset" for side in (start, end)):
        x, y = _utc(start), _utc(end)
    else:
        x, y = _stamp(start), _stamp(end)
    sql = _difference(part, x, y)
    is_null = nullable(start, end)
    if call.name == "DATEDIFF_BIG":
        return Bound(f"CAST({sql} AS BIGINT)", BIGINT, is_null)
    return Bound(f"ldb_datediff({sql})", INT, is_null)


def _utc(value: Bound) -> str:
    assert value.type is not None
    return f"({value.sql}).utc" if value.type.name == "datetimeoffset" else _stamp(value)


def _difference(part: str, x: str, y: str) -> str:
    """Boundaries crossed from x to y; weeks begin on Sunday whatever DATEFIRST says."""
    if part == "week":
        return f"(ldb_sunday_week({y}) - ldb_sunday_week({x}))"
    if part == "nanosecond":
        return f"(date_diff('microsecond', {x}, {y}) * 1000)"
    unit = "day" if part in ("dayofyear", "weekday") else part
    return f"date_diff('{unit}', {x}, {y})"


# --- DATEPART, DATENAME, YEAR, MONTH, DAY ---


def _datepart(call: Call) -> Bound:
    part = date_part(call.nodes[0], "datepart")
    value = _part_argument(call, part)
    return Bound(f"CAST({_part(call, part, value)} AS INTEGER)", INT, value.nullable)


def _part_argument(call: Call, part: str) -> Bound:
    original = call.arg(1)
    value = _moment(call, 1, datetimeoffset())
    assert value.type is not None
    if original.type is not None and original.type.is_temporal:
        check_supported(part, value.type, call.name)
    return value


def _part(call: Call, part: str, value: Bound) -> str:
    assert value.type is not None
    if part == "tzoffset":
        return f'({value.sql})."offset"' if value.type.name == "datetimeoffset" else "0"
    stamp = _stamp(value)
    if part in ("weekday", "week"):
        return f"ldb_{part}({stamp}, {_datefirst(call)})"
    if part == "iso_week":
        return f"weekofyear({stamp})"
    if part == "dayofyear":
        return f"dayofyear({stamp})"
    fractions = {
        "millisecond": f"microsecond({stamp}) % 1000000 // 1000",
        "microsecond": f"microsecond({stamp}) % 1000000",
        "nanosecond": f"microsecond({stamp}) % 1000000 * 1000",
    }
    return fractions.get(part) or f"{part}({stamp})"


def _datefirst(call: Call) -> str:
    return f"CAST({call.scope.context.parameter(SystemValue('@@datefirst'))} AS INTEGER)"


def _datename(call: Call) -> Bound:
    part = date_part(call.nodes[0], "datename")
    value = _part_argument(call, part)
    assert value.type is not None
    if part == "month":
        sql = f"monthname({_stamp(value)})"
    elif part == "weekday":
        sql = f"dayname({_stamp(value)})"
    elif part == "tzoffset":
        sql = f"ldb_offset_text({value.sql})" if value.type.name == "datetimeoffset" else "'+00:00'"
    else:
        sql = f"CAST({_part(call, part, value)} AS VARCHAR)"
    return Bound(sql, nvarchar(30), value.nullable)


def _calendar(call: Call) -> Bound:
    """YEAR, MONTH, DAY."""
    value = _moment(call, 0, datetimeoffset())
    assert value.type is not None
    original = call.arg(0)
    if original.type is not None and original.type.is_temporal:
        check_supported(call.name.lower(), value.type, call.name)
    return Bound(f"CAST({call.name.lower()}({_stamp(value)}) AS INTEGER)", INT, value.nullable)


def _datetrunc(call: Call) -> Bound:
    part = date_part(call.nodes[0], "datetrunc")
    value = _moment(call, 1, datetime2())
    assert value.type is not None
    if part in ("week", "iso_week", "weekday", "tzoffset", "nanosecond"):
        raise sql_error(40514, f"DATETRUNC of {part}")
    check_supported(part, value.type, "datetrunc")
    unit = "day" if part == "dayofyear" else part
    truncated = f"date_trunc('{unit}', {_stamp(value)})"
    name = value.type.name
    if name == "datetimeoffset":
        raise sql_error(40514, "DATETRUNC of datetimeoffset")
    if name == "date":
        truncated = f"CAST({truncated} AS DATE)"
    elif name == "time":
        truncated = f"CAST({truncated} AS TIME)"
    return Bound(truncated, value.type, value.nullable)


# --- building dates ---


def _from_parts(sql_type: SqlType, macro: str, count: int) -> Function:
    def bind(call: Call) -> Bound:
        parts = [call.number(index) for index in range(count)]
        names = [part.sql for part in parts]
        sql = sqltext.let_all(names, lambda *values: f"{macro}({', '.join(values)})")
        return Bound(sql, sql_type, True)

    return function(bind, count)


def _scale(call: Call, index: int) -> int:
    constant = call.arg(index).constant
    if not isinstance(constant, int):
        raise sql_error(10760)
    if not 0 <= constant <= 7:
        raise sql_error(1002, 1, constant)
    return constant


def _datetime2fromparts(call: Call) -> Bound:
    """The fraction counts units of 10^-precision."""
    scale = _scale(call, 7)
    parts = [call.number(index).sql for index in range(7)]
    sql = sqltext.let_all(parts, lambda *values: f"ldb_datetime2_from_parts({', '.join(values)}, {scale})")
    return Bound(sql, datetime2(scale), True)


def _timefromparts(call: Call) -> Bound:
    scale = _scale(call, 4)
    parts = [call.number(index).sql for index in range(4)]
    sql = sqltext.let_all(parts, lambda *values: f"ldb_time_from_parts({', '.join(values)}, {scale})")
    return Bound(sql, time_type(scale), True)


def _eomonth(call: Call) -> Bound:
    value = casts.cast(_moment(call, 0, DATE), DATE)
    if not call.has(1):
        return Bound(f"last_day({value.sql})", DATE, value.nullable)
    months = call.number(1)
    moved = f"CAST({value.sql} AS TIMESTAMP) + ldb_months(coalesce({months.sql}, 0), 1)"
    return Bound(f"last_day(CAST(ldb_in_range({moved}, 'date') AS DATE))", DATE, value.nullable)


def _isdate(call: Call) -> Bound:
    value = call.arg(0)
    if value.type is None:
        return Bound("0", INT, False)
    if value.type.name in ("date", "datetime2", "datetimeoffset", "time"):
        raise call.invalid(0, value.type)
    text = casts.cast(value, nvarchar(4000), mode="explicit") if not value.type.is_character else value
    stamp = casts.cast(text, DATETIME, mode="try")
    return Bound(f"CASE WHEN {stamp.sql} IS NULL THEN 0 ELSE 1 END", INT, False)


def _switchoffset(call: Call) -> Bound:
    """The same instant (SWITCHOFFSET) or the same clock (TODATETIMEOFFSET) at another offset."""
    zone = call.arg(1)
    if isinstance(zone.type, SqlType) and zone.type.is_character:
        minutes = sqltext.let(zone.sql, lambda z: f"ldb_zone_minutes({z})")
    else:
        minutes = sqltext.let(call.number(1).sql, lambda z: f"ldb_zone_checked({z})")
    if call.name == "SWITCHOFFSET":
        value = casts.cast(_moment(call, 0, datetimeoffset()), datetimeoffset())
        sql = f"ldb_with_offset(({value.sql}).utc, {minutes})"
        return Bound(sql, value.type, True)
    value = _moment(call, 0, datetime2())
    sql = sqltext.let_all(
        [_stamp(value), minutes], lambda t, z: f"ldb_with_offset({t} - to_minutes({z}), {z})"
    )
    scale = (
        value.type.scale
        if value.type is not None and value.type.name in ("datetime2", "datetimeoffset")
        else 3
    )
    return Bound(sql, datetimeoffset(7 if scale is None else scale), True)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "DATEADD": function(_dateadd, 3),
        "DATEDIFF": function(_datediff, 3),
        "DATEDIFF_BIG": function(_datediff, 3),
        "DATEPART": function(_datepart, 2),
        "DATENAME": function(_datename, 2),
        "DATETRUNC": function(_datetrunc, 2),
        "YEAR": function(_calendar, 1),
        "MONTH": function(_calendar, 1),
        "DAY": function(_calendar, 1),
        "DATEFROMPARTS": _from_parts(DATE, "ldb_date_from_parts", 3),
        "DATETIMEFROMPARTS": _from_parts(DATETIME, "ldb_datetime_from_parts", 7),
        "SMALLDATETIMEFROMPARTS": _from_parts(SqlType("smalldatetime"), "ldb_smalldatetime_from_parts", 5),
        "DATETIME2FROMPARTS": function(_datetime2fromparts, 8),
        "TIMEFROMPARTS": function(_timefromparts, 5),
        "EOMONTH": function(_eomonth, 1, 2),
        "ISDATE": function(_isdate, 1),
        "SWITCHOFFSET": function(_switchoffset, 2),
        "TODATETIMEOFFSET": function(_switchoffset, 2),
    }
)
