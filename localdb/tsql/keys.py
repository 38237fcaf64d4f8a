"""The DuckDB expressions by which values are equal and by which they are sorted.

Character strings compare without regard to case and trailing blanks (``ldb_key``), binaries without
trailing zero bytes (``ldb_binary_key``), datetimeoffset by its instant; uniqueidentifier sorts by its last
group first.
"""

from __future__ import annotations

from localdb.types import SqlType

_LONGEST_REPEATED = 400
"""Characters of SQL that ``ldb_key`` may write three times; longer text is computed once, more slowly."""
_GUID_GROUPS = ((25, 12), (20, 4), (17, 2), (15, 2), (12, 2), (10, 2), (7, 2), (5, 2), (3, 2), (1, 2))
"""(start, length) in the text form, most significant first: the byte order of .NET's SqlGuid.CompareTo."""


def has_key(sql_type: SqlType) -> bool:
    """Do equal values of this type look different, so that a key is needed to group them?"""
    return sql_type.is_character or sql_type.is_binary or sql_type.name == "datetimeoffset"


def equality_key(sql: str, sql_type: SqlType) -> str:
    """Equal in DuckDB exactly when the values are equal in T-SQL."""
    if sql_type.is_character:
        repeatable = len(sql) <= _LONGEST_REPEATED and "SELECT" not in sql
        return f"ldb_key({sql})" if repeatable else f"lower(rtrim({sql}, ' '))"
    if sql_type.is_binary:
        return f"ldb_binary_key({sql})"
    if sql_type.name == "datetimeoffset":
        return f"({sql}).utc"
    return sql


def order_key(sql: str, sql_type: SqlType) -> str:
    """Sorts in DuckDB as the values sort in T-SQL."""
    if sql_type.name == "uniqueidentifier":
        text = f"CAST({sql} AS VARCHAR)"
        return "(" + " || ".join(f"substr({text}, {start}, {size})" for start, size in _GUID_GROUPS) + ")"
    return equality_key(sql, sql_type)
