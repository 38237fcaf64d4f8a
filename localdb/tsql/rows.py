"""The names inside CHECK, DEFAULT and OUTPUT: columns of a stage's rows instead of the sources of a FROM."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound, Context
from localdb.tsql.names import Relation
from localdb.tsql.scopes import QueryScope, Source, written_name
from localdb.types import Column

Row = Callable[[int], Bound]
"""Gives column ``i`` of a row; it is asked for exactly the columns that are used."""


class RowScope(QueryScope):
    """A level without FROM, whose columns are those of ``rows``: (prefix of a column's name, relation, row).

    Without any row it is the scope of constants: a DEFAULT, the values of INSERT ... VALUES (128 otherwise).
    ``bare`` says that a column needs no prefix, ``subqueries`` that a subquery may stand here (else 1046).
    ``columns_used`` collects the indexes that were asked for.
    """

    def __init__(
        self,
        context: Context,
        rows: Sequence[tuple[str, Relation, Row]] = (),
        *,
        bare: bool = True,
        outer: QueryScope | None = None,
        subqueries: bool = False,
    ) -> None:
        super().__init__(context, outer, clause="VALUES")
        self.rows = rows
        self.bare = bare
        self.subqueries = subqueries
        self.columns_used: set[int] = set()

    def column(self, node: exp.Column) -> Bound:
        if not self.rows:
            raise sql_error(128, node.name)
        if node.args.get("db") is not None:
            raise sql_error(4104, written_name(node))
        for prefix, relation, row in self.rows:
            if node.table.lower() == prefix.lower() or (self.bare and not node.table):
                return self.of_row(relation, row, node.name)
        raise sql_error(4104, written_name(node)) if node.table else sql_error(207, node.name)

    def of_row(self, relation: Relation, row: Row, name: str) -> Bound:
        for i, column in enumerate(relation.columns):
            if column.name.lower() == name.lower():
                self.columns_used.add(i)
                return row(i)
        raise sql_error(207, name)

    def resolve(self, node: exp.Column) -> tuple[QueryScope, Source | None, int]:
        """Only asked about the columns inside of an aggregate, which may stand in none of these places."""
        raise sql_error(147)

    def subquery(self, query: exp.Expression) -> tuple[str, tuple[Column, ...]]:
        if not self.subqueries:
            raise sql_error(1046)
        return super().subquery(query)
