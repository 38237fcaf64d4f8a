"""Mathematical functions: https://learn.microsoft.com/sql/t-sql/functions/mathematical-functions-transact-sql

ABS, CEILING, FLOOR, ROUND, SIGN and POWER keep their argument's type, after tinyint and smallint became int,
smallmoney money, and real, bit and strings float; the others are float.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from localdb.errors import sql_error
from localdb.tsql import casts, sqltext, typerules
from localdb.tsql.binding import Bound
from localdb.tsql.functions.registry import ANY_NUMBER, Call, Function, function, nullable
from localdb.tsql.keys import order_key
from localdb.types import FLOAT, INT, MONEY, UNIQUEIDENTIFIER, SqlType, decimal_type, storage_type

_WIDENED = MappingProxyType(
    {"tinyint": INT, "smallint": INT, "smallmoney": MONEY, "real": FLOAT, "bit": FLOAT, "varchar": FLOAT,
     "nvarchar": FLOAT, "char": FLOAT, "nchar": FLOAT}
)  # fmt: skip


def _numeric(call: Call, index: int = 0) -> Bound:
    """An argument in its widened type; dates and binaries are refused (206, 8116)."""
    value = call.arg(index)
    if value.type is None:
        return casts.cast(value, FLOAT)
    target = _WIDENED.get(value.type.name, value.type)
    if value.type.is_temporal or value.type.name == "uniqueidentifier":
        raise sql_error(206, value.type.name, "float")
    if value.type.is_binary:
        raise call.invalid(index, value.type)
    return casts.cast(value, target)


def _float(call: Call, index: int = 0) -> Bound:
    return casts.cast(_numeric(call, index), FLOAT)


def _storage(bound: Bound) -> str:
    assert bound.type is not None
    return storage_type(bound.type)


def _abs(call: Call) -> Bound:
    """The least int has no positive twin: DuckDB's overflow becomes 8115."""
    value = _numeric(call)
    return Bound(f"abs({value.sql})", value.type, value.nullable)


def _sign(call: Call) -> Bound:
    value = _numeric(call)
    return Bound(f"CAST(sign({value.sql}) AS {_storage(value)})", value.type, value.nullable)


def _ceiling_floor(call: Call) -> Bound:
    value = _numeric(call)
    assert value.type is not None
    word = "ceil" if call.name == "CEILING" else "floor"
    if value.type.is_integer:
        return value
    if value.type.name == "decimal":
        result = decimal_type(value.type.precision or 38, 0)
        return Bound(f"CAST({word}({value.sql}) AS {storage_type(result)})", result, value.nullable)
    return Bound(f"CAST({word}({value.sql}) AS {_storage(value)})", value.type, value.nullable)


def _round(call: Call) -> Bound:
    """ROUND(value, length [, function]): half away from zero, or cut off when the function is not 0."""
    value, length = _numeric(call), call.arg(1)
    assert value.type is not None
    cut = _cuts_off(call)
    if length.type is None:
        return casts.cast(length, value.type)
    if value.type == FLOAT:
        return _round_float(value, casts.cast(length, INT), cut)
    if not isinstance(length.constant, int):
        raise sql_error(40514, "ROUND of an exact number to a length that is no constant")
    _, scale = typerules.shape(value.type)
    if length.constant >= scale:
        return Bound(value.sql, value.type, value.nullable)
    return _round_exact(value, length.constant, cut)


def _cuts_off(call: Call) -> bool:
    if not call.has(2):
        return False
    option = call.arg(2).constant
    if not isinstance(option, int):
        raise sql_error(40514, "ROUND with a function that is no constant")
    return option != 0


def _round_float(value: Bound, length: Bound, cut: bool) -> Bound:
    if cut:
        sql = sqltext.let_all(
            [value.sql, f"power(CAST(10 AS DOUBLE), {length.sql})"], lambda x, p: f"trunc({x} * {p}) / {p}"
        )
    else:
        sql = f"round({value.sql}, {length.sql})"
    return Bound(sql, FLOAT, nullable(value, length))


def _round_exact(value: Bound, length: int, cut: bool) -> Bound:
    """Through the number of units of 10^-length, a whole number."""
    assert value.type is not None
    precision, scale = typerules.shape(value.type)
    storage = storage_type(value.type)
    if precision - scale + length < 0:
        return Bound(
            f"CAST(CASE WHEN {value.sql} IS NOT NULL THEN 0 END AS {storage})", value.type, value.nullable
        )
    exact = value.sql if not value.type.is_integer else f"CAST({value.sql} AS DECIMAL({precision},0))"
    digits = min(38, precision - scale + length + 1)
    if length >= 0 and precision + length > 18:
        exact = f"CAST({exact} AS DECIMAL(38,{scale}))"
    if length >= 0:
        inner = f"trunc({exact} * {_whole(length)})" if cut else f"{exact} * {_whole(length)}"
        if precision + length > 38:
            raise sql_error(40514, f"ROUND of {value.type} to {length} digits")
        sql = f"CAST({inner} AS DECIMAL({digits},0)) * {_unit(length)}"
    else:
        shifted = f"{exact} * {_unit(-length)}"
        if scale - length > 38 or precision - length > 38:
            raise sql_error(40514, f"ROUND of {value.type} to {length} digits")
        inner = f"trunc({shifted})" if cut else shifted
        sql = f"CAST({inner} AS DECIMAL({digits},0)) * {_whole(-length)}"
    return Bound(f"CAST({sql} AS {storage})", value.type, value.nullable)


def _whole(exponent: int) -> str:
    return f"CAST(1{'0' * exponent} AS DECIMAL({exponent + 1},0))"


def _unit(exponent: int) -> str:
    if exponent == 0:
        return "CAST(1 AS DECIMAL(1,0))"
    return f"CAST('0.{'0' * (exponent - 1)}1' AS DECIMAL({exponent},{exponent}))"


def _power(call: Call) -> Bound:
    """Computed as float, then in the base's type: an int is cut off, a decimal(p,s) becomes decimal(38,s)."""
    base, exponent = _numeric(call), _float(call, 1)
    assert base.type is not None
    x = casts.cast(base, FLOAT)
    result = decimal_type(38, typerules.shape(base.type)[1]) if base.type.name == "decimal" else base.type
    raised = sqltext.let_all([x.sql, exponent.sql], lambda b, e: f"ldb_power({b}, {e})")
    value = Bound(raised, FLOAT, nullable(base, exponent))
    return casts.cast(value, result, mode="explicit")


def _unary_float(macro: str) -> Function:
    """A function of one float; ``macro`` is DuckDB text with ``{}`` for the argument."""

    def bind(call: Call) -> Bound:
        value = _float(call)
        sql = sqltext.let(value.sql, lambda v: macro.replace("{}", v))
        return Bound(sql, FLOAT, value.nullable)

    return function(bind, 1)


def _log(call: Call) -> Bound:
    value = _float(call)
    if not call.has(1):
        return Bound(sqltext.let(value.sql, lambda v: f"ln(ldb_domain({v} > 0, {v}))"), FLOAT, value.nullable)
    base = _float(call, 1)
    sql = sqltext.let_all(
        [value.sql, base.sql],
        lambda v, b: f"ln(ldb_domain({v} > 0, {v})) / ln(ldb_domain({b} > 0 AND {b} <> 1, {b}))",
    )
    return Bound(sql, FLOAT, nullable(value, base))


def _atn2(call: Call) -> Bound:
    y, x = _float(call), _float(call, 1)
    sql = sqltext.let_all(
        [y.sql, x.sql], lambda a, b: f"atan2(ldb_domain(NOT ({a} = 0 AND {b} = 0), {a}), {b})"
    )
    return Bound(sql, FLOAT, nullable(y, x))


def _angle(call: Call) -> Bound:
    """DEGREES and RADIANS: an int stays int, cut off; money and decimal are refused."""
    value = _numeric(call)
    assert value.type is not None
    if value.type.is_exact:
        raise sql_error(40514, f"{call.name} of {value.type.name}")
    converted = Bound(f"{call.name.lower()}({casts.cast(value, FLOAT).sql})", FLOAT, value.nullable)
    return casts.cast(converted, value.type, mode="explicit")


def _pi(call: Call) -> Bound:
    return Bound("pi()", FLOAT, False)


def _rand(call: Call) -> Bound:
    """One number for the whole query, as RAND() without a seed gives; a seed's sequence is SQL Server's
    own."""
    if call.nodes:
        raise sql_error(40514, "RAND with a seed")
    return Bound("(SELECT random())", FLOAT, False)


def _newid(call: Call) -> Bound:
    return Bound("uuid()", UNIQUEIDENTIFIER, False)


def _greatest_least(call: Call) -> Bound:
    """The greatest or least of the values that are not NULL, in their common type."""
    values = call.args
    sql_type = typerules.common_type_of(values)
    if sql_type is None:
        return casts.cast(values[0], INT)
    typed = [casts.cast(value, sql_type) for value in values]
    is_null = all(value.nullable for value in values)
    return Bound(_extreme(call.name, typed, sql_type), sql_type, is_null)


def _extreme(name: str, typed: list[Bound], sql_type: SqlType) -> str:
    if sql_type.is_number or sql_type.name in ("date", "time", "datetime", "datetime2", "smalldatetime"):
        return f"{name.lower()}({', '.join(value.sql for value in typed)})"
    comparison = ">=" if name == "GREATEST" else "<="

    def better(a: str, b: str) -> str:
        wins = f"{order_key(a, sql_type)} {comparison} {order_key(b, sql_type)}"
        return f"CASE WHEN {a} IS NULL THEN {b} WHEN {b} IS NULL OR {wins} THEN {a} ELSE {b} END"

    result = typed[0].sql
    for value in typed[1:]:
        result = sqltext.let_all([result, value.sql], better)
    return result


def _isnumeric(call: Call) -> Bound:
    """1 for a number, and for text that converts to int, decimal, float or money."""
    value = call.arg(0)
    if value.type is None:
        return Bound("0", INT, False)
    if value.type.is_number:
        return Bound(f"CASE WHEN {value.sql} IS NULL THEN 0 ELSE 1 END", INT, False)
    if not value.type.is_character:
        return Bound("0", INT, False)
    return Bound(f"ldb_isnumeric({value.sql})", INT, False)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "ABS": function(_abs, 1),
        "SIGN": function(_sign, 1),
        "CEILING": function(_ceiling_floor, 1),
        "FLOOR": function(_ceiling_floor, 1),
        "ROUND": function(_round, 2, 3),
        "POWER": function(_power, 2),
        "SQRT": _unary_float("sqrt(ldb_domain({} >= 0, {}))"),
        "SQUARE": _unary_float("ldb_finite({} * {})"),
        "EXP": _unary_float("ldb_finite(exp({}))"),
        "LOG": function(_log, 1, 2),
        "LOG10": _unary_float("log10(ldb_domain({} > 0, {}))"),
        "SIN": _unary_float("sin({})"),
        "COS": _unary_float("cos({})"),
        "TAN": _unary_float("tan({})"),
        "COT": _unary_float("cot(ldb_domain({} <> 0, {}))"),
        "ASIN": _unary_float("asin(ldb_domain({} BETWEEN -1 AND 1, {}))"),
        "ACOS": _unary_float("acos(ldb_domain({} BETWEEN -1 AND 1, {}))"),
        "ATAN": _unary_float("atan({})"),
        "ATN2": function(_atn2, 2),
        "DEGREES": function(_angle, 1),
        "RADIANS": function(_angle, 1),
        "PI": function(_pi, 0),
        "RAND": function(_rand, 0, 1),
        "NEWID": function(_newid, 0),
        "GREATEST": function(_greatest_least, 1, ANY_NUMBER),
        "LEAST": function(_greatest_least, 1, ANY_NUMBER),
        "ISNUMERIC": function(_isnumeric, 1),
    }
)
