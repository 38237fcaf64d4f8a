"""Conversions to bit, the integers, decimal, money, real and float."""

from __future__ import annotations

from localdb.tsql import sqltext
from localdb.tsql.conversion import Conversion
from localdb.tsql.typerules import message_name
from localdb.types import SqlType, storage_type

_INTEGER_BYTES = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}


def to_number(c: Conversion) -> str:
    if c.to.name == "bit":
        return _to_bit(c)
    if c.to.is_integer:
        return _to_integer(c)
    if c.to.name == "decimal":
        return _to_decimal(c)
    if c.to.name in ("money", "smallmoney"):
        return _to_money(c)
    return _to_float(c)


def _to_bit(c: Conversion) -> str:
    if c.source.is_character:
        return c.attempt("ldb_text_to_bit", 245, _name(c.source), "$value", "'bit'")
    if c.source.is_binary:
        return f"(ldb_binary_to_bigint({c.sql}) <> 0)"
    if c.source.is_temporal:
        return f"(ldb_datetime_to_days({c.sql}) <> 0)"
    return f"({c.sql} <> 0)"


def _to_integer(c: Conversion) -> str:
    source = c.source
    if source.is_character:
        return _text_to_integer(c)
    if source.is_binary:
        size = _INTEGER_BYTES[c.to.name]
        return (
            f"CAST(ldb_binary_to_{c.to.name}({c.sql}) AS {c.storage})"
            if size < 8
            else f"ldb_binary_to_bigint({c.sql})"
        )
    if source.name in ("datetime", "smalldatetime"):
        return c.native(f"round(ldb_datetime_to_days({c.sql}))")
    if source.name in ("decimal", "real", "float"):
        return c.native(f"trunc({c.sql})")
    if source.name in ("money", "smallmoney"):
        return c.native(f"round({c.sql}, 0)")
    return c.native()


def _text_to_integer(c: Conversion) -> str:
    """'' and blanks are 0; what is a number but too large is 248 (int), 244 (smaller) or 8115 (bigint)."""
    name, to = _name(c.source), c.to.name
    macro = f"ldb_text_to_{to}"
    if to == "bigint":
        failure = f"ldb_integer_failure_bigint({{}}, {name})"
    else:
        failure = f"ldb_integer_failure({{}}, {name}, '{to}')"
    if c.is_try:
        return sqltext.let(c.sql, lambda v: f"{macro}({v})")
    return sqltext.let(c.sql, lambda v: f"coalesce({macro}({v}), {failure.replace('{}', v)})")


def _to_decimal(c: Conversion) -> str:
    source = c.source
    if source.is_character:
        storage = c.storage
        macro = f"TRY_CAST(ldb_numeric_text({{}}) AS {storage})"
        name = _name(source)
        if c.is_try:
            return c.attempt(macro, 8114)
        return sqltext.let(
            c.sql, lambda v: f"coalesce({macro.replace('{}', v)}, ldb_numeric_failure({v}, {name}))"
        )
    if source.is_approximate:
        return _float_to_exact(c, c.storage, "numeric")
    if source.name == "bit":
        return c.native(f"CAST({c.sql} AS INTEGER)")
    if source.is_temporal:
        return _float_to_exact(c, c.storage, "numeric", f"ldb_datetime_to_days({c.sql})")
    return c.native()


def _float_to_exact(c: Conversion, storage: str, name: str, sql: str | None = None) -> str:
    """17 significant digits of the float count, the others are zero; rounded half away from zero."""
    scale = 4 if name != "numeric" else c.to.scale or 0
    units = f"TRY_CAST(ldb_float_units({{}}, {scale}) AS DECIMAL(38,0))"
    if scale:
        units = f"{units} * CAST('0.{'0' * (scale - 1)}1' AS DECIMAL({scale},{scale}))"
    source = f"'{message_name(c.source)}'"
    return c.attempt(f"TRY_CAST({units} AS {storage})", 8115, source, f"'{name}'", sql=sql)


def _to_money(c: Conversion) -> str:
    source, storage = c.source, storage_type(c.to)
    if source.is_character:
        number = 235 if c.to.name == "money" else 293
        return f"ldb_{c.to.name}({c.native(c.attempt('ldb_text_to_money', number))})"
    if source.is_approximate or source.is_temporal:
        days = f"ldb_datetime_to_days({c.sql})" if source.is_temporal else None
        return f"ldb_{c.to.name}({_float_to_exact(c, storage, c.to.name, days)})"
    inner = f"CAST({c.sql} AS INTEGER)" if source.name == "bit" else c.sql
    return (
        f"ldb_{c.to.name}({c.native(inner)})" if not c.is_try else f"ldb_try_{c.to.name}({c.native(inner)})"
    )


def _to_float(c: Conversion) -> str:
    if c.source.is_character:
        macro = "ldb_text_to_float"
        sql = c.attempt(macro, 8114, _name(c.source), f"'{c.to.name}'")
        return f"ldb_finite({sql})" if c.to.name == "float" else c.native(sql)
    if c.source.name == "bit":
        return c.native(f"CAST({c.sql} AS INTEGER)")
    if c.source.is_temporal:
        return c.native(f"ldb_datetime_to_days({c.sql})")
    return c.native()


def _name(sql_type: SqlType) -> str:
    return f"'{sql_type.name}'"
