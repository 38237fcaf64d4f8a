"""A query (SELECT, set operation, parenthesised query, WITH) to DuckDB SQL and its columns."""

from __future__ import annotations

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Context
from localdb.tsql.bound_query import BoundQuery
from localdb.tsql.ctes import bind_with
from localdb.tsql.hints import check_options
from localdb.tsql.refusals import refuse_unread, unsupported
from localdb.tsql.scopes import QueryScope
from localdb.tsql.selects import Convert, bind_select
from localdb.tsql.setops import bind_set_operation

__all__ = ["BoundQuery", "bind_query"]


def bind_query(
    node: exp.Expr,
    context: Context,
    outer: QueryScope | None = None,
    *,
    nested: bool = False,
    view: bool = False,
    convert: Convert | None = None,
) -> BoundQuery:
    """Bind a query; ``outer`` is the level whose columns and common table expressions it may use.

    ``nested`` says that it is a subquery, derived table or common table expression: WITH (319) and OPTION
    (156) are refused; there and in a ``view`` so is ORDER BY without TOP or OFFSET (1033). ``convert`` may
    change each column of the select list. The DuckDB columns of the result are named c0, c1, ...
    """
    with_node, options = node.args.get("with_"), node.args.get("options")
    if nested and (with_node or options):
        raise sql_error(319) if with_node else sql_error(156, "OPTION")
    prefix = ""
    recursion = check_options(options)
    if with_node is not None:
        prefix, outer = bind_with(with_node, context, outer, recursion)
    if isinstance(node, exp.Select):
        bound = bind_select(node, context, outer, sorted_alone=not (nested or view), convert=convert)
    elif convert is not None:
        raise unsupported(node)
    elif isinstance(node, exp.SetOperation):
        bound = bind_set_operation(node, context, outer, sorted_alone=not (nested or view))
    elif isinstance(node, exp.Subquery):
        refuse_unread(node, "this", "with_", "options")
        bound = bind_query(node.this, context, outer, nested=True)
    else:
        raise unsupported(node)
    return BoundQuery(prefix + bound.sql, bound.columns, bound.untyped) if prefix else bound
