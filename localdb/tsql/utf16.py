"""Characters of nchar and nvarchar are UTF-16 units: one beyond U+FFFF is two of them, a surrogate pair.

So it is with every collation whose name lacks _SC; DuckDB counts code points.
https://learn.microsoft.com/sql/relational-databases/collations/collation-and-unicode-support
"""

from __future__ import annotations

from localdb.types import SqlType


def units(sql: str, sql_type: SqlType | None) -> str:
    """``sql`` with one character for each unit, to be counted and cut."""
    return f"ldb_units({sql})" if _is_unicode(sql_type) else sql


def text(sql: str, sql_type: SqlType | None) -> str:
    """What remains of ``units`` as text; 40514 for half of a pair, which DuckDB cannot hold."""
    return f"ldb_text_of_units({sql})" if _is_unicode(sql_type) else sql


def left(sql: str, sql_type: SqlType | None, length: int) -> str:
    """The first ``length`` characters."""
    return text(f"left({units(sql, sql_type)}, {length})", sql_type)


def length(sql: str, sql_type: SqlType | None) -> str:
    """How many characters there are."""
    return f"ldb_utf16_length({sql})" if _is_unicode(sql_type) else f"length({sql})"


def _is_unicode(sql_type: SqlType | None) -> bool:
    return sql_type is not None and sql_type.is_unicode
