"""When two expressions of one query level are the same: as GROUP BY and ORDER BY compare them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlglot import exp

from localdb.errors import SqlError
from localdb.tsql.scopes import QueryScope, is_name


def shape(node: Any, scope: QueryScope) -> Hashable:
    """Equal for expressions that differ only in parentheses, case, and how columns are qualified.

    A subquery equals nothing but itself.
    """
    if isinstance(node, exp.Paren):
        return shape(node.this, scope)
    if isinstance(node, exp.Query):
        return id(node)
    if isinstance(node, exp.Column) and is_name(node):
        try:
            level, source, index = scope.resolve(node)
        except SqlError:
            return id(node)
        return ("column", id(level), source.bound(index).sql if source else index)
    if isinstance(node, (exp.Literal, exp.National)):
        return (type(node), node.args.get("is_string"), node.this)
    if isinstance(node, exp.Expression):
        parts = tuple(
            (key, shape(value, scope)) for key, value in node.args.items() if value not in (None, False, [])
        )
        return (type(node), parts)
    if isinstance(node, list):
        return tuple(shape(item, scope) for item in node)
    return node.lower() if isinstance(node, str) else node
