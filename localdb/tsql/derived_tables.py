"""Derived tables, ``VALUES`` as a table, and the names that alias lists give to columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound, Context
from localdb.tsql.casts import cast
from localdb.tsql.expressions import bind_expression
from localdb.tsql.refusals import refuse_unread
from localdb.tsql.scopes import QueryScope, Source, query_source
from localdb.tsql.typerules import union_type
from localdb.types import Column

Alias = tuple[str, tuple[str, ...]]
"""A correlation name and its column names ('' and () when absent)."""


def column_aliases(node: exp.Expression) -> Alias:
    """``AS v(a, b)`` of a table source."""
    return alias_names(node.args.get("alias"))


def alias_names(alias: exp.TableAlias | None) -> Alias:
    if alias is None:
        return "", ()
    refuse_unread(alias, "this", "columns")
    if any(not isinstance(column, exp.Identifier) for column in alias.columns):
        raise sql_error(102, "(")
    return alias.name, tuple(column.name for column in alias.columns)


def name_columns(columns: tuple[Column, ...], alias: Alias) -> tuple[Column, ...]:
    """The columns of a derived table under its names: each has one (8155), no two the same (8156)."""
    table, names = alias
    if names and len(names) != len(columns):
        raise sql_error(8158 if len(columns) > len(names) else 8159, table)
    if names:
        columns = tuple(column.renamed(name) for column, name in zip(columns, names, strict=True))
    seen = set()
    for number, column in enumerate(columns, 1):
        if not column.name:
            raise sql_error(8155, number, table)
        if column.name.lower() in seen:
            raise sql_error(8156, column.name, table)
        seen.add(column.name.lower())
    return columns


def bind_derived_table(
    node: exp.Subquery | exp.Lateral, context: Context, outer: QueryScope | None
) -> tuple[str, Source]:
    """``(query) AS d(a, b)``, also behind APPLY; ``outer`` is what the query may refer to."""
    from localdb.tsql.queries import bind_query

    alias = column_aliases(node)
    query = node.this.this if isinstance(node, exp.Lateral) else node.this
    if not alias[0]:
        raise sql_error(102, ")")
    if isinstance(query, exp.Values):
        return bind_values(query, alias, context, outer)
    bound = bind_query(query, context, outer, nested=True)
    sql = context.alias("t")
    return f"({bound.sql}) {sql}", query_source(alias[0], sql, name_columns(bound.columns, alias))


def bind_values(
    node: exp.Values, alias: Alias, context: Context, outer: QueryScope | None
) -> tuple[str, Source]:
    """``(VALUES (1, 'a'), (2, 'b')) AS v(x, y)``: columns have the types that UNION ALL would give."""
    refuse_unread(node, "expressions", "alias")
    if not alias[0]:
        raise sql_error(102, ")")
    scope = QueryScope(context, outer, clause="VALUES")
    rows = [[bind_expression(value, scope) for value in row.expressions] for row in node.expressions]
    if any(len(row) != len(rows[0]) for row in rows):
        raise sql_error(10709)
    columns = tuple(_values_column([row[i] for row in rows]) for i in range(len(rows[0])))
    texts = [
        [cast(v, c.type, mode="implicit").sql for v, c in zip(row, columns, strict=True)] for row in rows
    ]
    sql = context.alias("t")
    source = query_source(alias[0], sql, name_columns(columns, alias))
    if node.find(exp.Column, exp.Query):
        # DuckDB's VALUES cannot refer to other columns; a UNION ALL of rows can.
        selects = (", ".join(f"{v} AS c{i}" for i, v in enumerate(row)) for row in texts)
        return f"({' UNION ALL '.join(f'SELECT {items}' for items in selects)}) {sql}", source
    tuples = ", ".join(f"({', '.join(row)})" for row in texts)
    return f"(VALUES {tuples}) {sql}({', '.join(source.sql_columns)})", source


def _values_column(values: Sequence[Bound]) -> Column:
    result = union_type(value.type for value in values)
    return Column("", result, any(value.nullable for value in values))


def as_nullable(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(replace(column, nullable=True) for column in columns)
