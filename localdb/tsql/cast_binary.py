"""Conversions to binary, varbinary and uniqueidentifier."""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import sqltext
from localdb.tsql.conversion import Conversion
from localdb.tsql.typerules import message_name
from localdb.types import MAX

_INTEGER_BYTES = {"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}


def to_binary(c: Conversion) -> str:
    source = c.source
    if source.is_integer or source.name == "bit":
        return _integer_to_binary(c)
    if source.is_character:
        return _character_to_binary(c)
    if source.name == "uniqueidentifier":
        return _sized(c, f"ldb_guid_bytes({c.sql})", 16)
    return _sized(c, c.sql, None if source.length == MAX else source.length)


def _integer_to_binary(c: Conversion) -> str:
    """Big-endian two's complement; a shorter target keeps the low bytes, a longer binary(n) is filled with
    zeros on the left."""
    size = _INTEGER_BYTES[c.source.name]
    value = f"CAST({c.sql} AS UTINYINT)" if c.source.name == "bit" else c.sql
    length = c.to.length
    whole = length is None or length == MAX or (length >= size and c.to.name == "varbinary")
    width = size if whole else length
    return f"unhex(ldb_integer_hex({value}, {size}, {width}))"


def _character_to_binary(c: Conversion) -> str:
    style = c.style or 0
    if style in (1, 2):
        sql = c.attempt(f"ldb_unhex_{style}", 8114, f"'{c.source.name}'", f"'{c.to.name}'")
        return _sized(c, sql, None)
    if style != 0:
        raise sql_error(281, style, message_name(c.to))
    macro = "ldb_utf16_bytes" if c.source.is_unicode else "ldb_codepage_bytes"
    length = c.source.length
    width = None if length in (None, MAX) else length * 2 if c.source.is_unicode else length
    return _sized(c, f"{macro}({c.sql})", width)


def _sized(c: Conversion, sql: str, width: int | None) -> str:
    """Cut on the right; binary(n) is filled with zeros on the right."""
    limit = c.to.length
    if limit is None or limit == MAX:
        return sql
    if c.mode == "assign" and c.table and not (width is not None and width <= limit):
        where = f"{sqltext.text(c.table)}, {sqltext.text(c.column)}"
        sql = f"ldb_assign_binary({sql}, {limit}, {where})"
    elif width is None or width > limit:
        sql = f"ldb_binary_slice({sql}, 1, {limit})"
    return f"ldb_binary_pad({sql}, {limit})" if c.to.name == "binary" else sql


def to_uniqueidentifier(c: Conversion) -> str:
    if c.source.is_binary:
        return f"ldb_bytes_guid({c.sql})"
    return c.attempt("ldb_text_to_guid", 8169)
