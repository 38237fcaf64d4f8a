"""Collations of an expression: the default one, and what COLLATE asks for.

The default, SQL_Latin1_General_CP1_CI_AS, compares by ``ldb_key`` (without case and trailing blanks). Binary
collations compare code points, still without trailing blanks; case-sensitive ones are equal only where the
characters are, and their order between cases is not DuckDB's, so they serve for equality only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound
from localdb.tsql.keys import equality_key, order_key
from localdb.types import SqlType

_NAME = re.compile(r"(?:sql_)?\w+_(bin2|bin|c[is]_as)", re.IGNORECASE)


class Collation(Enum):
    DEFAULT = "default"
    BINARY = "binary"
    CASE_SENSITIVE = "case-sensitive"


def parse(name: str) -> Collation:
    """448 for a name that is none; 40514 for accent-insensitive, kana- or width-sensitive collations."""
    if name.lower() in ("database_default", "catalog_default"):
        return Collation.DEFAULT
    if "latin1_general" not in name.lower():
        raise sql_error(40514, f"collation {name}")
    match = _NAME.fullmatch(name)
    if match is None:
        raise sql_error(40514, f"collation {name}")
    kind = match.group(1).lower()
    if kind.startswith("bin"):
        return Collation.BINARY
    return Collation.CASE_SENSITIVE if kind == "cs_as" else Collation.DEFAULT


def collated(node: exp.Expression, bind: Callable[[exp.Expression], Bound]) -> tuple[Bound, Collation]:
    """Bind an operand, and tell what the COLLATE behind it asks for; 447 when it is no character string."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    if not isinstance(inner, exp.Collate):
        return bind(node), Collation.DEFAULT
    collation, bound = parse(inner.expression.name), bind(inner.this)
    if bound.type is None or not bound.type.is_character:
        raise sql_error(447, bound.type.name if bound.type else "NULL")
    return bound, collation


def equality(bound: Bound, sql_type: SqlType, collation: Collation) -> str:
    if sql_type.is_character and collation is not Collation.DEFAULT:
        return f"rtrim({bound.sql}, ' ')"
    return equality_key(bound.sql, sql_type)


def ordering(bound: Bound, sql_type: SqlType, collation: Collation) -> str:
    if sql_type.is_character and collation is Collation.CASE_SENSITIVE:
        raise sql_error(40514, "order of a case-sensitive collation")
    if sql_type.is_character and collation is Collation.BINARY:
        return f"rtrim({bound.sql}, ' ')"
    return order_key(bound.sql, sql_type)
