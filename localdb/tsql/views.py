"""A view's query, bound where the view is used, in the view's own database."""

from __future__ import annotations

from dataclasses import dataclass, replace

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.binding import Context
from localdb.tsql.bound_query import BoundQuery
from localdb.tsql.bridge import parse_slice
from localdb.tsql.names import Names, Relation
from localdb.types import ObjectName, SqlType

_NESTING_LIMIT = 32


@dataclass(frozen=True, slots=True)
class _ViewNames:
    """The names inside a view: its own database is the current one, and there are no variables."""

    names: Names
    database: str
    depth: int

    def relation(self, name: ObjectName) -> Relation:
        # Names without a schema are the view's, not those of whoever uses it.
        schema, database = name.schema or "dbo", name.database or self.database
        return self.names.relation(replace(name, schema=schema, database=database))

    def variable(self, name: str) -> SqlType:
        raise sql_error(137, name)


def bind_view(relation: Relation, context: Context) -> BoundQuery:
    """The view's rows under its declared column names; 217 when views nest too deeply, 4413 when it is
    broken.
    """
    from localdb.tsql.queries import bind_query

    names = context.names
    depth = names.depth + 1 if isinstance(names, _ViewNames) else 1
    if depth > _NESTING_LIMIT:
        raise sql_error(217)
    base = names.names if isinstance(names, _ViewNames) else names
    inner = _ViewNames(base, relation.name.database or names.database, depth)
    query = parse_slice(ast.Slice(relation.query, 1), "query")
    inside = replace(context, names=inner, views=(*context.views, relation.name))
    bound = bind_query(query, inside, view=True)
    if len(bound.columns) != len(relation.columns):
        raise sql_error(4413, relation.name)
    declared = (column.name for column in relation.columns)
    columns = tuple(column.renamed(name) for column, name in zip(bound.columns, declared, strict=True))
    return BoundQuery(bound.sql, columns)
