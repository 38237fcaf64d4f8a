"""Arithmetic, bitwise and string operators.

https://learn.microsoft.com/sql/t-sql/language-elements/operators-transact-sql
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import casts, literals, typerules, utf16
from localdb.tsql.binding import Bound
from localdb.tsql.decimal_arithmetic import decimal_arithmetic, money_arithmetic
from localdb.tsql.guards import nonzero
from localdb.tsql.sqltext import typed
from localdb.tsql.typerules import clash_name, message_name
from localdb.types import DATETIME, INT, MAX, SMALLINT, SqlType, storage_type

_WORDS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}
_BIT_WORDS = {"&": "'&'", "|": "'|'", "^": "'^'"}
_UNCHECKED = "ldb_finite("


def arithmetic(operator: str, left: Bound, right: Bound) -> Bound:
    """``left operator right`` for ``+ - * / %``; ``+`` also joins strings and binaries, and ``+ -`` move a
    datetime."""
    if left.type is None and right.type is None:
        left = casts.cast(left, INT)
    a, b = left.type or right.type, right.type or left.type
    assert a is not None and b is not None
    left, right = _typed(left, a), _typed(right, b)
    if operator == "+" and _are_strings(a, b):
        return _concatenate(left, right, a, b)
    if a.is_temporal or b.is_temporal:
        return _move_datetime(operator, left, right, a, b)
    if a.is_character or b.is_character or a.is_binary or b.is_binary:
        left, right, a, b = _numbers_from_strings(operator, left, right, a, b)
    target = typerules.arithmetic_type(a, b, _WORDS[operator])
    if operator == "%" and target.is_approximate:
        if a.is_approximate and b.is_approximate:
            raise sql_error(8117, message_name(a), "modulo")
        raise sql_error(402, message_name(a), message_name(b), "modulo")
    if target.name == "decimal":
        return decimal_arithmetic(operator, left, right)
    if target.name in ("money", "smallmoney"):
        return money_arithmetic(operator, left, right, target)
    return _native(operator, left, right, target)


def _typed(bound: Bound, sql_type: SqlType) -> Bound:
    return bound if bound.type is not None else casts.cast(bound, sql_type)


def _are_strings(a: SqlType, b: SqlType) -> bool:
    if a.is_character and b.is_character:
        return True
    return a.is_binary and b.is_binary


def _concatenate(left: Bound, right: Bound, a: SqlType, b: SqlType) -> Bound:
    result = typerules.concatenation_type(a, b)
    if a.is_character and a.is_unicode != b.is_unicode:
        length_a, length_b = a.length, b.length
        left = (
            casts.cast(left, SqlType("nvarchar", length=_unicode_length(length_a)))
            if not a.is_unicode
            else left
        )
        right = (
            casts.cast(right, SqlType("nvarchar", length=_unicode_length(length_b)))
            if not b.is_unicode
            else right
        )
    sql = f"({left.sql} || {right.sql})"
    limit = 8000 if result.name in ("varchar", "varbinary") else 4000
    if result.length == limit and (a.length or 1) + (b.length or 1) > limit:
        is_text = result.is_character
        sql = utf16.left(sql, result, limit) if is_text else f"ldb_binary_slice({sql}, 1, {limit})"
    constant = None
    if isinstance(left.constant, str) and isinstance(right.constant, str):
        constant = left.constant + right.constant
    sql = typed(sql, storage_type(result), left.sql, right.sql)
    return Bound(sql, result, left.nullable or right.nullable, constant)


def _unicode_length(length: int | None) -> int:
    length = 1 if length is None else length
    return MAX if length == MAX or length > 4000 else length


def _move_datetime(operator: str, left: Bound, right: Bound, a: SqlType, b: SqlType) -> Bound:
    """datetime and smalldatetime count days since 1900-01-01 when they are added or subtracted."""
    plain = ("datetime", "smalldatetime")
    if operator not in "+-" or any(t.is_temporal and t.name not in plain for t in (a, b)):
        if operator in "+-" and a.is_temporal != b.is_temporal and not (a.is_character or b.is_character):
            number, temporal = (b, a) if a.is_temporal else (a, b)
            raise sql_error(206, clash_name(number), clash_name(temporal))
        raise sql_error(402, message_name(a), message_name(b), _WORDS[operator])
    target = typerules.common_type(a, b)
    if target == DATETIME and a == DATETIME and b.is_integer:
        days = f"ldb_days({'-' if operator == '-' else ''}CAST({right.sql} AS BIGINT), 1)"
        return Bound(f"ldb_datetime_range({left.sql} + {days})", DATETIME, left.nullable or right.nullable)
    x, y = casts.cast(left, target), casts.cast(right, target)
    moved = f"ldb_datetime_{'add' if operator == '+' else 'subtract'}({x.sql}, {y.sql})"
    result = Bound(moved, DATETIME, left.nullable or right.nullable)
    return result if target == DATETIME else casts.cast(result, target)


def _numbers_from_strings(
    operator: str, left: Bound, right: Bound, a: SqlType, b: SqlType
) -> tuple[Bound, Bound, SqlType, SqlType]:
    """A string or binary operand takes the number's type; two of them have no arithmetic."""
    if not (a.is_number or b.is_number):
        if operator in "*/" or (a.is_character and b.is_character):
            raise sql_error(8117, message_name(a), _WORDS[operator])
        raise sql_error(402, message_name(a), message_name(b), _WORDS[operator])
    if not a.is_number:
        target = _number_for_string(left, b)
        return casts.cast(left, target), right, target, b
    target = _number_for_string(right, a)
    return left, casts.cast(right, target), a, target


def _number_for_string(string: Bound, number: SqlType) -> SqlType:
    if number.name == "bit":
        raise sql_error(402, message_name(string.type), "bit", "add")
    return number


def _native(operator: str, left: Bound, right: Bound, target: SqlType) -> Bound:
    """Integers and floats: DuckDB's own operators, which raise on integer overflow."""
    x, y = casts.cast(left, target), casts.cast(right, target)
    nullable = left.nullable or right.nullable
    if target.is_approximate:
        return _float_arithmetic(operator, x, y, target, nullable)
    if operator in "/%":
        divisor = nonzero(y, x)
        symbol = "//" if operator == "/" else "%"
        sql = f"({x.sql} {symbol} {divisor})"
    else:
        sql = f"({x.sql} {operator} {y.sql})"
    return Bound(typed(sql, storage_type(target), x.sql, y.sql), target, nullable)


def _float_arithmetic(operator: str, x: Bound, y: Bound, target: SqlType, nullable: bool) -> Bound:
    """An infinity is error 8115. Through + - * it stays one, so only the outermost operation looks."""
    if operator == "/":
        sql = f"{x.sql} / {nonzero(y, x)}"
    else:
        sql = f"{_unchecked(x.sql)} {operator} {_unchecked(y.sql)}"
    if "$" in sql or "NULL" in sql:
        sql = typed(f"({sql})", storage_type(target), sql)
    return Bound(f"{_UNCHECKED}{sql})", target, nullable)


def _unchecked(sql: str) -> str:
    """``ldb_finite(a + b)`` -> ``(a + b)`` when the call is all there is."""
    if not sql.startswith(_UNCHECKED) or not sql.endswith(")"):
        return sql
    depth = 0
    for position, character in enumerate(sql):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")":
            return sql[len(_UNCHECKED) - 1 :] if position == len(sql) - 1 and "'" not in sql else sql
    return sql


def negate(bound: Bound) -> Bound:
    """Unary minus; tinyint becomes smallint."""
    constant = literals.negated(bound)
    if constant is not None:
        return constant
    if bound.type is None:
        return literals.NULL
    if bound.type.name == "tinyint":
        bound = casts.cast(bound, SMALLINT)
    assert bound.type is not None
    if bound.type.name == "bit" or not bound.type.is_number:
        raise sql_error(8117, message_name(bound.type), "minus")
    if bound.type.is_integer:
        zero = f"CAST(0 AS {storage_type(bound.type)})"
        sql = f"({zero} - {bound.sql})"
    else:
        sql = f"(-{bound.sql})"
    return Bound(typed(sql, storage_type(bound.type), bound.sql), bound.type, bound.nullable)


def bitwise(operator: str, left: Bound, right: Bound) -> Bound:
    """``& | ^`` of integers, of bits, and of a binary with an integer."""
    a, b = left.type or INT, right.type or INT
    if not all(t.is_integer or t.name == "bit" or t.is_binary for t in (a, b)) or (
        a.is_binary and b.is_binary
    ):
        raise sql_error(402, message_name(a), message_name(b), _BIT_WORDS[operator])
    binary = a.is_binary or b.is_binary
    target = (b if a.is_binary else a) if binary else typerules.common_type(a, b)
    x, y = casts.cast(left, target), casts.cast(right, target)
    nullable = left.nullable or right.nullable
    if target.name == "bit":
        x_sql, y_sql = (f"CAST({side.sql} AS UTINYINT)" for side in (x, y))
    else:
        x_sql, y_sql = x.sql, y.sql
    sql = f"xor({x_sql}, {y_sql})" if operator == "^" else f"({x_sql} {operator} {y_sql})"
    if target.name == "bit":
        return Bound(f"CAST({sql} AS BOOLEAN)", target, nullable)
    return Bound(typed(sql, storage_type(target), x_sql, y_sql), target, nullable)


def bitwise_not(bound: Bound) -> Bound:
    sql_type = bound.type or INT
    if sql_type.name == "bit":
        return Bound(f"(NOT {bound.sql})", sql_type, bound.nullable)
    if not sql_type.is_integer:
        raise sql_error(8117, message_name(sql_type), "'~'")
    value = casts.cast(bound, sql_type).sql
    return Bound(typed(f"(~{value})", storage_type(sql_type), value), sql_type, bound.nullable)
