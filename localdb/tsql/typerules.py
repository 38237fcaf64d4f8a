"""Which type an operation has: precedence, decimal precision and scale, lengths of strings.

https://learn.microsoft.com/sql/t-sql/data-types/data-type-precedence-transact-sql
https://learn.microsoft.com/sql/t-sql/data-types/precision-scale-and-length-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable

from localdb.errors import sql_error
from localdb.tsql.binding import Bound
from localdb.types import INT, MAX, SqlType, decimal_type

PRECEDENCE = (
    "datetimeoffset",
    "datetime2",
    "datetime",
    "smalldatetime",
    "date",
    "time",
    "float",
    "real",
    "decimal",
    "money",
    "smallmoney",
    "bigint",
    "int",
    "smallint",
    "tinyint",
    "bit",
    "uniqueidentifier",
    "nvarchar",
    "nchar",
    "varchar",
    "char",
    "varbinary",
    "binary",
)
"""Highest first."""

_EXACT_SHAPE = {
    "bit": (1, 0),
    "tinyint": (3, 0),
    "smallint": (5, 0),
    "int": (10, 0),
    "bigint": (19, 0),
    "smallmoney": (10, 4),
    "money": (19, 4),
}
MAX_PRECISION = 38


def message_name(sql_type: SqlType | None) -> str:
    """The type's name as error messages have it: decimal is called numeric."""
    if sql_type is None:
        return "NULL"
    return "numeric" if sql_type.name == "decimal" else sql_type.name


def clash_name(sql_type: SqlType) -> str:
    """The type's name as error 206 has it."""
    return message_name(sql_type)


def as_decimal(sql_type: SqlType, constant: object = None) -> SqlType:
    """The decimal type that an exact number takes part as; an int constant has just its own digits."""
    if sql_type.name == "decimal":
        return sql_type
    if isinstance(constant, int) and not isinstance(constant, bool) and sql_type.is_integer:
        return decimal_type(len(str(abs(constant))), 0)
    precision, scale = _EXACT_SHAPE[sql_type.name]
    return decimal_type(precision, scale)


def common_type(a: SqlType, b: SqlType) -> SqlType:
    """The type in which two values meet (comparison, CASE, UNION): the one of higher precedence, made to
    hold both where precision, scale or length differ."""
    if a == b:
        return a
    higher, lower = sorted((a, b), key=lambda t: PRECEDENCE.index(t.name))
    if higher.name == "decimal" and (lower.is_exact or lower.is_integer or lower.name == "bit"):
        return _union_decimal(higher, as_decimal(lower))
    if higher.name in ("datetimeoffset", "datetime2", "time"):
        return SqlType(higher.name, scale=max(_fraction_digits(higher), _fraction_digits(lower)))
    if higher.is_character and (lower.is_character or lower.is_binary):
        return _union_strings(higher, lower)
    if higher.is_binary and lower.is_binary:
        return SqlType(higher.name, length=_longer(higher.length, lower.length))
    return higher


def union_type(types: Iterable[SqlType | None]) -> SqlType:
    """The common type of the same column of several queries or of CASE's results; int if all are NULL."""
    result: SqlType | None = None
    for sql_type in types:
        if sql_type is not None:
            result = sql_type if result is None else common_type(result, sql_type)
    return INT if result is None else result


def common_type_of(values: Iterable[Bound]) -> SqlType | None:
    """The common type of values; None when every one is a bare NULL. Int constants count by their digits."""
    values = list(values)
    known = [value for value in values if value.type is not None]
    if not known:
        return None
    decimals = any(value.type is not None and value.type.name == "decimal" for value in known)
    return union_type(
        as_decimal(value.type, value.constant)
        if decimals and value.type is not None and value.type.is_integer and value.constant is not None
        else value.type
        for value in known
    )


def _union_decimal(a: SqlType, b: SqlType) -> SqlType:
    p1, s1 = shape(a)
    p2, s2 = shape(b)
    scale = max(s1, s2)
    precision = scale + max(p1 - s1, p2 - s2)
    if precision > MAX_PRECISION:
        scale = max(0, scale - (precision - MAX_PRECISION))
        precision = MAX_PRECISION
    return decimal_type(precision, scale)


def shape(sql_type: SqlType) -> tuple[int, int]:
    """Precision and scale of an exact number."""
    if sql_type.name in _EXACT_SHAPE:
        return _EXACT_SHAPE[sql_type.name]
    assert sql_type.precision is not None and sql_type.scale is not None
    return sql_type.precision, sql_type.scale


def _fraction_digits(sql_type: SqlType) -> int:
    if sql_type.name in ("datetimeoffset", "datetime2", "time"):
        return 7 if sql_type.scale is None else sql_type.scale
    return 3 if sql_type.name == "datetime" else 0


def _longer(a: int | None, b: int | None) -> int:
    a, b = 1 if a is None else a, 1 if b is None else b
    return MAX if MAX in (a, b) else max(a, b)


def _union_strings(a: SqlType, b: SqlType) -> SqlType:
    length = _longer(a.length, b.length)
    unicode = a.is_unicode or b.is_unicode
    variable = a.name in ("varchar", "nvarchar") or b.name in ("varchar", "nvarchar") or b.is_binary
    name = ("nvarchar" if unicode else "varchar") if variable else ("nchar" if unicode else "char")
    limit = 4000 if unicode else 8000
    if length != MAX and length > limit:
        length = limit
    return SqlType(name, length=length)


def concatenation_type(a: SqlType, b: SqlType) -> SqlType:
    """``a + b`` of strings or of binaries: the lengths add up, to 8000 bytes unless one of them is (max)."""
    if a.is_binary and b.is_binary:
        return SqlType("varbinary", length=_sum_length(a.length, b.length, 8000))
    unicode = a.is_unicode or b.is_unicode
    limit = 4000 if unicode else 8000
    return SqlType("nvarchar" if unicode else "varchar", length=_sum_length(a.length, b.length, limit))


def _sum_length(a: int | None, b: int | None, limit: int) -> int:
    a, b = 1 if a is None else a, 1 if b is None else b
    return MAX if MAX in (a, b) else min(a + b, limit)


# --- decimal arithmetic ---


def decimal_sum_type(a: SqlType, b: SqlType) -> SqlType:
    """``e1 + e2`` and ``e1 - e2``."""
    (p1, s1), (p2, s2) = shape(a), shape(b)
    scale, integral = max(s1, s2), max(p1 - s1, p2 - s2)
    precision = scale + integral + 1
    if precision > MAX_PRECISION:
        scale = min(scale, MAX_PRECISION - integral)
        precision = MAX_PRECISION
    return decimal_type(precision, scale)


def decimal_product_type(a: SqlType, b: SqlType) -> SqlType:
    (p1, s1), (p2, s2) = shape(a), shape(b)
    return _reduced(p1 + p2 + 1, s1 + s2)


def decimal_quotient_type(a: SqlType, b: SqlType) -> SqlType:
    (p1, s1), (p2, s2) = shape(a), shape(b)
    scale = max(6, s1 + p2 + 1)
    return _reduced(p1 - s1 + s2 + scale, scale)


def decimal_remainder_type(a: SqlType, b: SqlType) -> SqlType:
    (p1, s1), (p2, s2) = shape(a), shape(b)
    scale = max(s1, s2)
    return decimal_type(max(1, min(p1 - s1, p2 - s2) + scale), scale)


def _reduced(precision: int, scale: int) -> SqlType:
    """What is left of precision and scale above 38 digits: the integral part first, but 6 decimals stay."""
    if precision > MAX_PRECISION:
        integral = precision - scale
        scale = max(min(scale, MAX_PRECISION - integral), min(scale, 6))
        precision = MAX_PRECISION
    return decimal_type(precision, scale)


def arithmetic_type(a: SqlType, b: SqlType, operator: str) -> SqlType:
    """The type in which ``+ - * / %`` of two numbers that are not both decimal is computed; refuses (402)
    what has no arithmetic, e.g. bit with bit."""
    higher, _ = sorted((a, b), key=lambda t: PRECEDENCE.index(t.name))
    if higher.name == "bit" or not higher.is_number:
        if operator in ("multiply", "divide"):
            raise sql_error(8117, message_name(a), operator)
        raise sql_error(402, message_name(a), message_name(b), operator)
    return higher
