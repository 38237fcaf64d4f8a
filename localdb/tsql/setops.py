"""UNION, UNION ALL, EXCEPT and INTERSECT: T-SQL's types and T-SQL's idea of equal rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound, Context
from localdb.tsql.bound_query import BoundQuery
from localdb.tsql.casts import cast
from localdb.tsql.keys import equality_key, has_key
from localdb.tsql.ordering import SortKey, bind_limit, distinct_rows, finish, is_descending, ordinal
from localdb.tsql.refusals import refuse_unread
from localdb.tsql.scopes import QueryScope
from localdb.tsql.typerules import union_type
from localdb.types import Column


def bind_set_operation(
    node: exp.SetOperation, context: Context, outer: QueryScope | None, *, sorted_alone: bool
) -> BoundQuery:
    """Bind a set operation with its ORDER BY; column names are the first query's.

    ``sorted_alone`` says whether ORDER BY may stand without OFFSET (1033 otherwise).
    """
    refuse_unread(node, "this", "expression", "distinct", "order", "limit", "offset", "with_", "options")
    if isinstance(node.args.get("limit"), exp.Limit):
        raise sql_error(102, "LIMIT")
    limit = bind_limit(node, context, outer)
    order = node.args.get("order")
    if order is not None and not sorted_alone and not limit.offset:
        raise sql_error(1033)
    core = _combine(node, context, outer)
    keys = [_sort_key(item, core.columns) for item in order.expressions] if order is not None else []
    sql = finish(core.sql, core.columns, distinct=False, keys=keys, limit=limit)
    return BoundQuery(sql, core.columns, core.untyped)


def _combine(node: exp.SetOperation, context: Context, outer: QueryScope | None) -> BoundQuery:
    """Both sides, then the operation; a long chain of UNION ALL is bound without recursion."""
    if isinstance(node, exp.Union) and not node.args.get("distinct"):
        return union_all([_operand(side, context, outer) for side in union_all_members(node)])
    left = _operand(node.left, context, outer)
    right = _operand(node.right, context, outer)
    if isinstance(node, exp.Union):
        both = union_all([left, right])
        return BoundQuery(distinct_rows(both.sql, both.columns), both.columns)
    if not node.args.get("distinct"):
        raise sql_error(156, "ALL")
    return _match_sides(left, right, "EXCEPT" if isinstance(node, exp.Except) else "INTERSECT")


def union_all_members(node: exp.Expression) -> list[exp.Expression]:
    """The queries of ``a UNION ALL b UNION ALL c``, in order."""
    members: list[exp.Expression] = []
    current = node
    while (
        isinstance(current, exp.Union) and not current.args.get("distinct") and not _has_tail(current, node)
    ):
        if current is not node:
            refuse_unread(current, "this", "expression")
        members.append(current.expression)
        current = current.this
    return [current, *reversed(members)]


def _has_tail(node: exp.Expression, root: exp.Expression) -> bool:
    return node is not root and any(node.args.get(key) for key in ("order", "limit", "offset"))


def _operand(node: exp.Expr, context: Context, outer: QueryScope | None) -> BoundQuery:
    from localdb.tsql.queries import bind_query

    return bind_query(node, context, outer, nested=True)


def union_all(members: Sequence[BoundQuery]) -> BoundQuery:
    """Bring all members to common types (205 when they differ in the number of columns) and append them."""
    first = members[0]
    if any(len(member.columns) != len(first.columns) for member in members):
        raise sql_error(205)
    columns = tuple(
        _common_column([(m.columns[i], i in m.untyped) for m in members]) for i in range(len(first.columns))
    )
    untyped = frozenset.intersection(*(member.untyped for member in members))
    return BoundQuery(" UNION ALL ".join(f"({converted(m, columns)})" for m in members), columns, untyped)


def _common_column(sides: Sequence[tuple[Column, bool]]) -> Column:
    """One column of a set operation; a bare NULL takes the type of the others."""
    result = union_type(None if untyped else column.type for column, untyped in sides)
    return Column(sides[0][0].name, result, any(column.nullable for column, _ in sides))


def converted(query: BoundQuery, columns: Sequence[Column]) -> str:
    """The query's SQL with its columns implicitly converted to the types of ``columns``."""
    if all(own.type == wanted.type for own, wanted in zip(query.columns, columns, strict=True)):
        return query.sql
    items = []
    for i, (own, wanted) in enumerate(zip(query.columns, columns, strict=True)):
        bound = Bound(f"c{i}", None if i in query.untyped else own.type, own.nullable)
        items.append(f"{cast(bound, wanted.type, mode='implicit').sql} AS c{i}")
    return f"SELECT {', '.join(items)} FROM ({query.sql}) u"


def _match_sides(left: BoundQuery, right: BoundQuery, operator: str) -> BoundQuery:
    """EXCEPT or INTERSECT: distinct rows of the left side that the right side lacks or has.

    Where equal values can differ (strings), rows are grouped by their keys with a mark of their side. That
    is also what DuckDB can still do in a correlated subquery, unlike its SEMI and ANTI joins.
    """
    both = union_all([left, right])
    sides = [converted(side, both.columns) for side in (left, right)]
    if not any(has_key(column.type) for column in both.columns):
        return BoundQuery(f"({sides[0]}) {operator} ({sides[1]})", both.columns)
    names = ", ".join(f"c{i}" for i in range(len(both.columns)))
    row = ", ".join(f"c{i} := c{i}" for i in range(len(both.columns)))
    keys = ", ".join(equality_key(f"c{i}", column.type) for i, column in enumerate(both.columns))
    marked = " UNION ALL ".join(
        f"SELECT {names}, {mark} AS s FROM ({side}) u" for mark, side in enumerate(sides)
    )
    wanted = "max(s) = 0" if operator == "EXCEPT" else "min(s) = 0 AND max(s) = 1"
    grouped = f"SELECT arg_min(struct_pack({row}), s) AS v FROM ({marked}) m GROUP BY {keys} HAVING {wanted}"
    items = ", ".join(f"v.c{i} AS c{i}" for i in range(len(both.columns)))
    return BoundQuery(f"SELECT {items} FROM ({grouped}) g", both.columns)


def _sort_key(item: exp.Ordered, columns: Sequence[Column]) -> SortKey:
    """Set operations are sorted by a result column only: its position or its name (104)."""
    index = ordinal(item.this, len(columns))
    if index is None:
        node = item.this
        if not isinstance(node, exp.Column) or node.table:
            raise sql_error(104)
        found = [i for i, column in enumerate(columns) if column.name.lower() == node.name.lower()]
        if len(found) != 1:
            raise sql_error(209 if found else 207, node.name)
        index = found[0]
    return SortKey(f"c{index}", columns[index].type, is_descending(item))
