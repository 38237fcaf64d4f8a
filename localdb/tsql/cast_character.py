"""Conversions to char, varchar, nchar and nvarchar."""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import sqltext, styles, utf16
from localdb.tsql.conversion import Conversion
from localdb.tsql.typerules import message_name
from localdb.types import MAX, SqlType

_WIDTHS = {"bit": 1, "tinyint": 3, "smallint": 6, "int": 11, "bigint": 20}
"""The longest text of each integer type."""


def to_character(c: Conversion) -> str:
    source = c.source
    if source.is_character:
        return _character_to_character(c)
    if source.is_integer or source.name == "bit":
        return _fit_integer(c)
    if source.name == "decimal":
        return _fit(
            c, _decimal_text(c.sql, source), (source.precision or 0) + 3, _overflow_8115("numeric", c.to)
        )
    if source.name in ("money", "smallmoney"):
        failure = sqltext.raise_error(234, f"'{c.to.name}'")
        return _fit(c, styles.money_text(c.sql, c.style), 28, failure)
    if source.is_approximate:
        text = styles.float_text(c.sql, c.style)
        return _fit_float(c, text)
    if source.name == "uniqueidentifier":
        text = f"upper(CAST({c.sql} AS VARCHAR))"
        return _fit(c, text, 36, sqltext.raise_error(8170))
    if source.is_binary:
        return _binary_to_character(c)
    return _cut(c, styles.temporal_text(c.sql, source, c.style), 34)


def _decimal_text(sql: str, source: SqlType) -> str:
    """DuckDB writes ``.5`` for a decimal without integral digits, SQL Server ``0.5``."""
    if source.precision != source.scale:
        return f"CAST({sql} AS VARCHAR)"
    if source.precision == 38:
        return f"regexp_replace(CAST({sql} AS VARCHAR), '^(-?)\\.', '\\10.')"
    return f"CAST(CAST({sql} AS DECIMAL({(source.precision or 0) + 1},{source.scale})) AS VARCHAR)"


def _overflow_8115(what: str, to: SqlType) -> str:
    return sqltext.raise_error(8115, f"'{what}'", f"'{to.name}'")


def _limit(c: Conversion) -> int | None:
    return None if c.to.length == MAX else c.to.length


def _pad(c: Conversion, text: str) -> str:
    """char(n) and nchar(n) are stored with their blanks; rpad also cuts."""
    if c.to.name not in ("char", "nchar"):
        return text
    return utf16.text(f"rpad({utf16.units(text, c.to)}, {c.to.length}, ' ')", c.to)


def _cut(c: Conversion, text: str, width: int) -> str:
    limit = _limit(c)
    if c.to.name in ("char", "nchar"):
        return _pad(c, text)
    return text if limit is None or limit >= width else utf16.left(text, c.to, limit)


def _fit(c: Conversion, text: str, width: int, failure: str) -> str:
    """``text``, or the failure where it is longer than the target."""
    limit = _limit(c)
    if limit is None or limit >= width:
        return _pad(c, text)
    otherwise = "NULL" if c.is_try else failure
    return _pad(
        c, sqltext.let(text, lambda v: f"CASE WHEN length({v}) > {limit} THEN {otherwise} ELSE {v} END")
    )


def _fit_integer(c: Conversion) -> str:
    """Too short a varchar holds ``*`` for the integers up to int; everything else is 8115."""
    text = (
        f"CAST(CAST({c.sql} AS UTINYINT) AS VARCHAR)"
        if c.source.name == "bit"
        else f"CAST({c.sql} AS VARCHAR)"
    )
    starred = c.source.name != "bigint" and not c.to.is_unicode and not (c.mode == "assign" and c.table)
    if not starred:
        return _fit(c, text, _WIDTHS[c.source.name], _overflow_8115("expression", c.to))
    limit = _limit(c)
    if limit is None or limit >= _WIDTHS[c.source.name]:
        return _pad(c, text)
    return _pad(c, sqltext.let(text, lambda v: f"CASE WHEN length({v}) > {limit} THEN '*' ELSE {v} END"))


def _fit_float(c: Conversion, text: str) -> str:
    failure = sqltext.raise_error(232, f"'{c.to.name}'", f"printf('%f', {c.sql})")
    return _fit(c, text, 24, failure)


def _character_to_character(c: Conversion) -> str:
    text = c.sql
    if c.source.is_unicode and not c.to.is_unicode and not _is_ascii(c):
        text = f"ldb_to_codepage({text})"
    limit = _limit(c)
    source_limit = c.source.length
    if limit is None or (source_limit is not None and source_limit != MAX and source_limit <= limit):
        return _pad(c, text)
    if c.mode == "assign" and c.table:
        where = f"{sqltext.text(c.table)}, {sqltext.text(c.column)}"
        return _pad(c, f"ldb_assign_text({text}, {limit}, {where})")
    return _pad(c, text) if c.to.name in ("char", "nchar") else utf16.left(text, c.to, limit)


def _is_ascii(c: Conversion) -> bool:
    return isinstance(c.bound.constant, str) and c.bound.constant.isascii()


def _binary_to_character(c: Conversion) -> str:
    style = c.style or 0
    if style in (1, 2):
        prefix = "'0x' || " if style == 1 else ""
        text = f"({prefix}hex({c.sql}))"
        return _cut(c, text, 2**31)
    if style != 0:
        raise sql_error(281, style, message_name(c.to))
    text = f"ldb_utf16_text({c.sql})" if c.to.is_unicode else f"ldb_codepage_text({c.sql})"
    return _cut(c, text, 2**31)
