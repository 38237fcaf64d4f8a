"""The GROUP BY list: its keys, ROLLUP, CUBE, GROUPING SETS, and grouping expressions in later clauses."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.expressions import bind_expression
from localdb.tsql.grouping import Group, contains, is_aggregate, replacement
from localdb.tsql.refusals import refuse_unread
from localdb.tsql.scopes import QueryScope, is_name
from localdb.tsql.shapes import shape
from localdb.types import INT, TINYINT

_SETS = (exp.Rollup, exp.Cube, exp.GroupingSets)


def bind_group_by(node: exp.Group, scope: QueryScope, group: Group) -> Mapping[Hashable, int]:
    """Add the keys to ``group``; returns, by their shape, the grouping expressions that are more than a
    column.

    ``GROUP BY x WITH ROLLUP``, the old form of ``ROLLUP (x)``, is refused.
    """
    refuse_unread(node, "expressions")
    total = any(isinstance(item, _SETS) for item in node.expressions)
    replaced: dict[Hashable, int] = {}
    texts = [_grouping_element(item, scope, group, replaced, total) for item in node.expressions]
    if total:
        group.sets = ", ".join(texts)
    return replaced


def _grouping_element(
    node: exp.Expression, scope: QueryScope, group: Group, replaced: dict[Hashable, int], total: bool
) -> str:
    """One element as DuckDB text, its keys added to ``group``."""
    if isinstance(node, exp.Paren):
        return f"({_grouping_element(node.this, scope, group, replaced, total)})"
    if isinstance(node, (*_SETS, exp.Tuple)):
        refuse_unread(node, "expressions")
        inner = ", ".join(_grouping_element(item, scope, group, replaced, total) for item in node.expressions)
        word = {exp.Rollup: "ROLLUP ", exp.Cube: "CUBE ", exp.GroupingSets: "GROUPING SETS "}.get(
            type(node), ""
        )
        return f"{word}({inner})"
    if contains(node, None) or node.find(exp.Query):
        raise sql_error(144)
    if not any(scope.resolve(column)[0] is scope for column in node.find_all(exp.Column) if is_name(column)):
        raise sql_error(164)
    bound = bind_expression(node, scope)
    index = group.add_key(bound, may_be_total=total)
    if not isinstance(node, exp.Column):
        replaced[shape(node, scope)] = index
    return group.keys[index].key


def replace_grouped(
    node: exp.Select, scope: QueryScope, group: Group, replaced: Mapping[Hashable, int]
) -> None:
    """Put a placeholder for each grouping expression, GROUPING() and GROUPING_ID(), in the clauses behind
    GROUP BY.
    """
    clauses = [*node.expressions, node.args.get("having"), node.args.get("order")]
    pending = [clause for clause in clauses if clause is not None]
    while pending:
        current = pending.pop()
        if isinstance(current, exp.Query):
            continue
        if isinstance(current, exp.Anonymous) and str(current.this).upper() in ("GROUPING", "GROUPING_ID"):
            current.replace(replacement(_grouping_flags(current, scope, group)))
            continue
        if is_aggregate(current):
            continue
        if replaced and not isinstance(current, (exp.Column, exp.Alias, exp.Ordered)):
            index = replaced.get(shape(current, scope))
            if index is not None:
                current.replace(replacement(index))
                continue
        pending.extend(current.iter_expressions())


def _grouping_flags(node: exp.Anonymous, scope: QueryScope, group: Group) -> int:
    """``GROUPING(x)`` and ``GROUPING_ID(x, y, ...)`` as one more column of the grouped rows; 8161 for an
    argument that is no grouping expression.
    """
    name = str(node.this).upper()
    arguments = node.expressions
    if not arguments or (name == "GROUPING" and len(arguments) > 1):
        raise sql_error(174, name, 1)
    known = {key.source: key for key in group.keys if key.key}
    keys = []
    for number, argument in enumerate(arguments, 1):
        bound = bind_expression(argument, scope)
        if bound.sql not in known:
            raise sql_error(8161, number, name)
        keys.append(known[bound.sql])
    return group.add_flags(keys, TINYINT if name == "GROUPING" else INT)
