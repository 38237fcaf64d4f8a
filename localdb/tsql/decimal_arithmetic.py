"""``+ - * / %`` of decimal and of money, exact to the last digit.

DuckDB adds and multiplies decimals exactly, but divides them as DOUBLE: division is done on the unscaled
integers (HUGEINT), where truncation is SQL Server's. What 38 digits cannot hold raises 8115.
"""

from __future__ import annotations

from localdb.tsql import casts, typerules
from localdb.tsql.binding import Bound
from localdb.tsql.guards import nonzero
from localdb.tsql.sqltext import typed
from localdb.types import SqlType, decimal_type, storage_type

_HUGE_DIGITS = 38
_SMALL_DIGITS = 18


def decimal_arithmetic(operator: str, left: Bound, right: Bound) -> Bound:
    assert left.type is not None and right.type is not None
    a = typerules.as_decimal(left.type, left.constant)
    b = typerules.as_decimal(right.type, right.constant)
    x, y = casts.cast(left, a), casts.cast(right, b)
    nullable = left.nullable or right.nullable
    if operator in "+-":
        result = typerules.decimal_sum_type(a, b)
        if _stays_narrow(a, b, result):
            x, a = casts.cast(x, result), result
        sql = _as(f"({x.sql} {operator} {y.sql})", _native_sum_type(a, b), result)
        return Bound(typed(sql, storage_type(result), x.sql, y.sql), result, nullable)
    if operator == "*":
        return _product(x, y, a, b, nullable)
    if operator == "%":
        return _remainder(x, y, a, b, nullable)
    return _quotient(x, y, a, b, nullable)


def _as(sql: str, native: SqlType | None, result: SqlType) -> str:
    return sql if native == result else f"CAST({sql} AS {storage_type(result)})"


def _native_sum_type(a: SqlType, b: SqlType) -> SqlType:
    """The type that DuckDB gives to the sum of two decimals."""
    (p1, s1), (p2, s2) = typerules.shape(a), typerules.shape(b)
    scale = max(s1, s2)
    return decimal_type(min(38, max(p1 - s1, p2 - s2) + scale + 1), scale)


def _stays_narrow(a: SqlType, b: SqlType, result: SqlType) -> bool:
    """DuckDB adds decimals of up to 18 digits in 64 bits, even where the sum has more."""
    widest = max(typerules.shape(a)[0], typerules.shape(b)[0])
    return widest <= _SMALL_DIGITS < typerules.shape(result)[0]


def _product(x: Bound, y: Bound, a: SqlType, b: SqlType, nullable: bool) -> Bound:
    result = typerules.decimal_product_type(a, b)
    (p1, s1), (p2, s2) = typerules.shape(a), typerules.shape(b)
    if p1 + p2 <= _HUGE_DIGITS:
        narrow = max(p1, p2) <= _SMALL_DIGITS < p1 + p2  # 64 bits, again
        factor = f"CAST({x.sql} AS DECIMAL({_SMALL_DIGITS + 1},{s1}))" if narrow else x.sql
        native = None if narrow else decimal_type(p1 + p2, s1 + s2)
        sql = _as(f"({factor} * {y.sql})", native, result)
        return Bound(typed(sql, storage_type(result), x.sql, y.sql), result, nullable)
    _, scale = typerules.shape(result)
    sql = f"ldb_decimal_product({unscaled(x.sql, a)}, {unscaled(y.sql, b)}, {s1 + s2 - scale})"
    return Bound(scaled(sql, result), result, nullable)


def _remainder(x: Bound, y: Bound, a: SqlType, b: SqlType, nullable: bool) -> Bound:
    result = typerules.decimal_remainder_type(a, b)
    _, scale = typerules.shape(result)
    meeting = decimal_type(
        min(38, max(typerules.shape(t)[0] - typerules.shape(t)[1] for t in (a, b)) + scale), scale
    )
    wide_x, wide_y = casts.cast(x, meeting), casts.cast(y, meeting)
    return Bound(_as(f"({wide_x.sql} % {nonzero(wide_y, wide_x)})", None, result), result, nullable)


def _quotient(x: Bound, y: Bound, a: SqlType, b: SqlType, nullable: bool) -> Bound:
    result = typerules.decimal_quotient_type(a, b)
    (p1, s1), (p2, s2), (precision, scale) = (typerules.shape(t) for t in (a, b, result))
    shift = scale - s1 + s2
    divisor = nonzero(y, x)
    steps = _division_steps(p1, p2, shift)
    if steps is not None and len(x.sql) + len(divisor) < _LONGEST_REPEATED:
        digits = _long_division(_small(x.sql, a), _small(divisor, b), steps, precision)
    else:
        digits = _wide_division(unscaled(x.sql, a), unscaled(divisor, b), shift)
    return Bound(scaled(digits, result), result, nullable)


_LONGEST_REPEATED = 400
"""Characters of operands that may be written several times; DuckDB computes equal texts once."""


def _division_steps(p1: int, p2: int, shift: int) -> list[int] | None:
    """How many digits each step of a long division in BIGINT adds; None where BIGINT cannot hold the
    operands."""
    chunk = _SMALL_DIGITS - p2
    if p1 > _SMALL_DIGITS or chunk < 1 or shift < 0 or shift > 4 * chunk:
        return None
    return [min(chunk, shift - done) for done in range(0, shift, chunk)]


def _long_division(dividend: str, divisor: str, steps: list[int], precision: int) -> str:
    """The quotient's digits, a few at a time: BIGINT divides ten times as fast as HUGEINT."""
    storage = "BIGINT" if precision <= _SMALL_DIGITS else "HUGEINT"
    quotient = f"CAST({dividend} // {divisor} AS {storage})"
    rest = f"({dividend} % {divisor})"
    for digits in steps:
        widened = f"({rest} * 1{'0' * digits})"
        quotient = f"({quotient} * 1{'0' * digits} + {widened} // {divisor})"
        rest = f"({widened} % {divisor})"
    return quotient


def _wide_division(dividend: str, divisor: str, shift: int) -> str:
    if shift < 0:
        divisor = f"({divisor} * {_power(-shift)})"
    while shift > 0:
        step = min(shift, _HUGE_DIGITS)
        dividend = f"({dividend} * {_power(step)})"
        shift -= step
    return f"({dividend} // {divisor})"


def _small(sql: str, sql_type: SqlType) -> str:
    """The digits of a decimal of at most 18 digits as BIGINT."""
    return _whole(sql, sql_type, "BIGINT")


def _whole(sql: str, sql_type: SqlType, storage: str) -> str:
    """``sql * 10^scale``, which needs precision + scale digits on the way: DuckDB takes more than 18 only
    when an operand has them."""
    precision, scale = typerules.shape(sql_type)
    if scale == 0:
        return f"CAST({sql} AS {storage})"
    narrow = precision <= _SMALL_DIGITS < precision + scale
    wide = f"CAST({sql} AS DECIMAL(38,{scale}))" if narrow else sql
    return f"CAST({wide} * CAST(1{'0' * scale} AS DECIMAL({scale + 1},0)) AS {storage})"


def _power(exponent: int) -> str:
    return f"CAST('1{'0' * exponent}' AS HUGEINT)"


def unscaled(sql: str, sql_type: SqlType) -> str:
    """The digits of a decimal as an integer: ``1.50`` -> 150."""
    precision, scale = typerules.shape(sql_type)
    if precision + scale <= _HUGE_DIGITS:
        return _whole(sql, sql_type, "HUGEINT")
    return f"CAST(replace(CAST({sql} AS VARCHAR), '.', '') AS HUGEINT)"


def scaled(sql: str, sql_type: SqlType) -> str:
    """The decimal whose digits are the integer ``sql``: 150 -> ``1.50``."""
    precision, scale = typerules.shape(sql_type)
    if scale == 0:
        return f"CAST({sql} AS DECIMAL({precision},0))"
    unit = f"CAST('0.{'0' * (scale - 1)}1' AS DECIMAL({scale},{scale}))"
    scaled = f"(CAST({sql} AS DECIMAL(38,0)) * {unit})"
    return f"CAST({scaled} AS {storage_type(sql_type)})"


def money_arithmetic(operator: str, left: Bound, right: Bound, target: SqlType) -> Bound:
    """money counts in ten-thousandths: a product is rounded, a quotient is cut off (as ``100/339`` =
    0.2949)."""
    x, y = casts.cast(left, target), casts.cast(right, target)
    nullable = left.nullable or right.nullable
    storage = storage_type(target)
    if operator == "/":
        digits = f"({_ten_thousandths(x.sql)} * 10000 // {_ten_thousandths(nonzero(y, x))})"
        sql = f"CAST(CAST({digits} AS DECIMAL(38,0)) * CAST('0.0001' AS DECIMAL(4,4)) AS {storage})"
    elif operator == "%":
        sql = f"CAST({x.sql} % {nonzero(y, x)} AS {storage})"
    else:
        sql = f"CAST({x.sql} {operator} {y.sql} AS {storage})"
    return Bound(f"ldb_{target.name}({sql})", target, nullable)


def _ten_thousandths(sql: str) -> str:
    return f"CAST({sql} * CAST(10000 AS DECIMAL(5,0)) AS HUGEINT)"
