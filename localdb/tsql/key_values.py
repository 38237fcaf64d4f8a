"""The values of keys and of foreign keys, read, compared and shown."""

from __future__ import annotations

from collections.abc import Sequence

from localdb.tsql.binding import Bound
from localdb.tsql.casts import cast
from localdb.tsql.keys import equality_key
from localdb.tsql.names import Relation
from localdb.types import nvarchar, quote_name


def key_of(value: Bound) -> str:
    """Equal in DuckDB exactly when SQL Server takes the values as equal."""
    assert value.type is not None
    return equality_key(value.sql, value.type)


def stored_values(relation: Relation, columns: Sequence[int], alias: str) -> list[Bound]:
    """Columns of a table under the DuckDB alias ``alias``."""
    chosen = [relation.columns[i] for i in columns]
    return [Bound(f"{alias}.{quote_name(c.name)}", c.type, c.nullable) for c in chosen]


def same_key(left: Sequence[Bound], right: Sequence[Bound], *, nulls_equal: bool) -> str:
    """A join condition: plain equality wherever NULL cannot matter, for DuckDB prunes its scans with it."""
    tests = []
    for a, b in zip(left, right, strict=True):
        operator = "IS NOT DISTINCT FROM" if nulls_equal and a.nullable and b.nullable else "="
        tests.append(f"{key_of(a)} {operator} {key_of(b)}")
    return " AND ".join(tests)


def key_text(values: Sequence[Bound]) -> str:
    """The value of a duplicate key as errors 2601 and 2627 show it: ``(1, <NULL>)``."""
    return "'(' || " + " || ', ' || ".join(_shown(value) for value in values) + " || ')'"


def _shown(value: Bound) -> str:
    assert value.type is not None
    if value.type.is_binary:
        text = f"'0x' || lower(hex({value.sql}))"
    else:
        text = cast(value, nvarchar(4000), mode="explicit").sql
    return f"coalesce({text}, '<NULL>')"
