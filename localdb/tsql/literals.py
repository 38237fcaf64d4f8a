"""Constants: https://learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from localdb.errors import sql_error
from localdb.tsql import sqltext
from localdb.tsql.binding import Bound
from localdb.types import FLOAT, INT, MAX, MONEY, SqlType, decimal_type, nvarchar, varbinary, varchar

NULL = Bound("NULL", None, True)
_INT_MAX = 2**31 - 1
_MONEY_MAX = Decimal("922337203685477.5807")


def number(source: str) -> Bound:
    """``12`` is int, ``1.50`` decimal(3,2), ``1e3`` float; an integer beyond int is decimal(digits, 0)."""
    if "e" in source.lower():
        return _float(source)
    integral, dot, fraction = source.partition(".")
    integral = integral.lstrip("0")
    if not dot and int(integral or "0") <= _INT_MAX:
        value = int(integral or "0")
        return Bound(str(value), INT, False, value)
    scale = len(fraction)
    precision = max(len(integral) + scale, 1)
    if precision > 38:
        raise sql_error(1007, source)
    return decimal(Decimal(f"{integral or '0'}.{fraction or '0'}"), decimal_type(precision, scale))


def _float(source: str) -> Bound:
    mantissa, _, exponent = source.lower().partition("e")
    if exponent in ("", "+", "-"):
        exponent += "0"
    value = float(f"{mantissa}e{exponent}")
    if value == float("inf"):
        raise sql_error(168, source)
    return Bound(f"CAST('{value!r}' AS DOUBLE)", FLOAT, False, value)


def decimal(value: Decimal, sql_type: SqlType) -> Bound:
    assert sql_type.precision is not None and sql_type.scale is not None
    digits = f"{value:.{sql_type.scale}f}"
    return Bound(
        f"CAST('{digits}' AS DECIMAL({sql_type.precision},{sql_type.scale}))", sql_type, False, value
    )


def money(source: str) -> Bound:
    """``$1.5``: four decimals, rounded half away from zero."""
    value = Decimal(source or "0")
    if abs(value) > _MONEY_MAX:
        raise sql_error(8115, "numeric", "money")
    rounded = value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
    return Bound(f"CAST('{rounded}' AS DECIMAL(19,4))", MONEY, False, rounded)


def character(value: str) -> Bound:
    """``'abc'`` is varchar(3), ``''`` varchar(1); a backslash before a line break joins the lines."""
    value = _joined_lines(value)
    length = max(1, len(value))
    return Bound(sqltext.text(value), varchar(length if length <= 8000 else MAX), False, value)


def national(value: str) -> Bound:
    value = _joined_lines(value)
    length = max(1, len(value.encode("utf-16-le")) // 2)
    return Bound(sqltext.text(value), nvarchar(length if length <= 4000 else MAX), False, value)


def binary(digits: str) -> Bound:
    """``0xABC`` is 0x0ABC; ``0x`` is the empty varbinary."""
    if len(digits) % 2:
        digits = "0" + digits
    length = max(1, len(digits) // 2)
    sql = f"unhex('{digits}')"
    return Bound(sql, varbinary(length if length <= 8000 else MAX), False, bytes.fromhex(digits))


def negated(bound: Bound) -> Bound | None:
    """``-5`` as a constant of its own (T-SQL folds it); None when ``bound`` is no number constant."""
    value = bound.constant
    if bound.type is None or isinstance(value, bool):
        return None
    if isinstance(value, int) and bound.type == INT:
        return Bound(f"(-{value})" if value else "0", INT, False, -value)
    if value == Decimal(_INT_MAX + 1) and bound.type == decimal_type(10, 0):
        return Bound(f"CAST('-{_INT_MAX + 1}' AS INTEGER)", INT, False, -_INT_MAX - 1)
    if isinstance(value, Decimal) and bound.type.name == "decimal":
        return decimal(value.copy_negate(), bound.type)
    if isinstance(value, Decimal) and bound.type == MONEY:
        negative = value.copy_negate()
        return Bound(f"CAST('{negative}' AS DECIMAL(19,4))", MONEY, False, negative)
    if isinstance(value, float) and bound.type == FLOAT:
        return Bound(f"CAST('{-value!r}' AS DOUBLE)", FLOAT, False, -value)
    return None


def _joined_lines(value: str) -> str:
    return re.sub(r"\\\r?\n", "", value)
