"""WITH: common table expressions, also recursive ones, as DuckDB's WITH."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Context
from localdb.tsql.bound_query import BoundQuery
from localdb.tsql.derived_tables import Alias, alias_names, as_nullable, name_columns
from localdb.tsql.grouping import contains
from localdb.tsql.refusals import raise_in_duckdb, refuse_unread
from localdb.tsql.scopes import CommonTable, QueryScope
from localdb.tsql.selects import bind_select
from localdb.tsql.setops import union_all, union_all_members
from localdb.types import Column

LEVEL = "level"
"""The hidden DuckDB column that counts the recursion's levels."""


def bind_with(
    node: exp.With, context: Context, outer: QueryScope | None, max_recursion: int = 100
) -> tuple[str, QueryScope]:
    """Bind ``WITH a AS (...), b (x) AS (...)``.

    Returns the DuckDB clause, with a blank behind it, that goes in front of the statement's own SELECT, and
    the scope to give as ``outer`` to what follows. ``max_recursion`` 0 means no limit.
    """
    refuse_unread(node, "expressions")
    scope = QueryScope(context, outer)
    tables: dict[str, CommonTable] = {}
    scope.ctes = tables
    parts = []
    clause = ""
    recursive = False
    for expression in node.expressions:
        refuse_unread(expression, "this", "alias")
        alias = alias_names(expression.args["alias"])
        if alias[0].lower() in tables:
            raise sql_error(239, alias[0])
        if _refers_to(expression.this, alias[0]):
            recursive = True
            text, table = _bind_recursive(expression.this, alias, context, scope, max_recursion)
        else:
            text, table = _bind_plain(expression.this, alias, context, scope)
        parts.append(text)
        clause = f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "
        tables[alias[0].lower()] = replace(table, clause=clause)
    return clause, scope


def _bind_plain(
    query: exp.Expression, alias: Alias, context: Context, scope: QueryScope
) -> tuple[str, CommonTable]:
    from localdb.tsql.queries import bind_query

    bound = bind_query(query, context, scope, nested=True)
    table = CommonTable(alias[0], context.alias("q"), name_columns(bound.columns, alias))
    return f"{table.sql} AS ({bound.sql})", table


def _bind_recursive(
    query: exp.Expression, alias: Alias, context: Context, scope: QueryScope, max_recursion: int
) -> tuple[str, CommonTable]:
    """Anchor members, then UNION ALL, then members that refer to the expression itself.

    The anchors give the columns their types; 240 when a recursive member has others.
    """
    from localdb.tsql.queries import bind_query

    members = union_all_members(query)
    count = sum(not _refers_to(member, alias[0]) for member in members)
    if count == 0 or any(not _refers_to(member, alias[0]) for member in members[count:]):
        raise sql_error(252, alias[0])
    anchor = union_all([bind_query(member, context, scope, nested=True) for member in members[:count]])
    columns = as_nullable(name_columns(anchor.columns, alias))
    table = CommonTable(alias[0], context.alias("q"), columns)
    inner = QueryScope(context, scope, ctes={alias[0].lower(): table})
    parts = []
    for member in members[count:]:
        _check_member(member, alias[0])
        bound = _bind_member(member, table, context, inner, max_recursion)
        _check_types(bound, columns, alias[0])
        parts.append(f"({bound.sql})")
    names = ", ".join(f"c{i}" for i in range(len(columns)))
    start = f"SELECT {names}, 0 AS {LEVEL} FROM ({anchor.sql}) a"
    return f"{table.sql}({names}, {LEVEL}) AS ({start} UNION ALL ({' UNION ALL '.join(parts)}))", table


def _bind_member(
    member: exp.Expression, table: CommonTable, context: Context, scope: QueryScope, max_recursion: int
) -> BoundQuery:
    if not isinstance(member, exp.Select):
        raise sql_error(252, table.name)

    def next_level(own: QueryScope) -> str:
        source = next(source for source in own.sources if source.common is table)
        level = f"{source.sql}.{LEVEL}"
        if max_recursion == 0:
            return f"{level} + 1 AS {LEVEL}"
        failure = raise_in_duckdb(530, str(max_recursion))
        return f"CASE WHEN {level} >= {max_recursion} THEN {failure} ELSE {level} + 1 END AS {LEVEL}"

    return bind_select(member, context, scope, sorted_alone=False, extra=next_level)


def _check_member(member: exp.Expr, name: str) -> None:
    """Refuse what a recursive member may not hold; DuckDB would evaluate some of it in another way."""
    if member.args.get("distinct"):
        raise sql_error(460, name)
    if any(member.args.get(key) for key in ("limit", "offset", "order")):
        raise sql_error(461, name)
    if member.args.get("group") or member.args.get("having") or _aggregates_in_list(member):
        raise sql_error(467, name)
    for query in member.find_all(exp.Query):
        if query is not member and _refers_to(query, name):
            raise sql_error(465)
    for join in member.find_all(exp.Join):
        lateral = isinstance(join.this, exp.Lateral) and join.this.args.get("cross_apply") is False
        if (join.side or lateral) and _refers_to(member, name):
            raise sql_error(462, name)
    if sum(1 for _ in _references(member, name)) != 1:
        raise sql_error(253, name)


def _aggregates_in_list(member: exp.Expr) -> bool:
    """Does a select list hold an aggregate?"""
    return any(contains(item, None) for item in member.expressions)


def _check_types(bound: BoundQuery, columns: tuple[Column, ...], name: str) -> None:
    if len(bound.columns) != len(columns):
        raise sql_error(205)
    for i, (own, wanted) in enumerate(zip(bound.columns, columns, strict=True)):
        if own.type != wanted.type and i not in bound.untyped:
            raise sql_error(240, wanted.name, name)


def _references(node: exp.Expr, name: str) -> list[exp.Table]:
    folded = name.lower()
    return [
        table
        for table in node.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and not table.db and table.name.lower() == folded
    ]


def _refers_to(node: exp.Expr, name: str) -> bool:
    return bool(_references(node, name))
