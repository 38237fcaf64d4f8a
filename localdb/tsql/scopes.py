"""Which column a name means: the sources of a query level, the levels around it, its common table
expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound, Context
from localdb.tsql.grouping import Group, inside_aggregate
from localdb.tsql.names import Relation
from localdb.types import Column, ObjectName, quote_name


@dataclass(frozen=True, slots=True)
class CommonTable:
    """A common table expression: ``sql`` is its name in DuckDB's WITH; its DuckDB columns are c0, c1, ...

    ``clause`` is the WITH, with a blank behind it, that defines it for a query of its own; '' inside its own
    recursion.
    """

    name: str
    sql: str
    columns: tuple[Column, ...]
    clause: str = ""


@dataclass(slots=True)
class Source:
    """One table source of FROM.

    ``name`` is its exposed name (the correlation name, else the table's own name; '' when it has neither) and
    ``sql`` its alias in the DuckDB text. ``columns[i]`` is the DuckDB column ``sql_columns[i]`` (quoted,
    without the alias). ``full_name`` is given when there is no correlation name: only then ``dbo.t.x``
    means this source.
    """

    name: str
    sql: str
    columns: tuple[Column, ...]
    sql_columns: tuple[str, ...]
    relation: Relation | None = None
    full_name: ObjectName | None = None
    common: CommonTable | None = None
    read: bool = False
    """The statement mentions one of the columns."""

    def make_nullable(self) -> None:
        """The source stands on the inner side of an outer join."""
        self.columns = tuple(replace(column, nullable=True) for column in self.columns)

    def bound(self, index: int) -> Bound:
        column = self.columns[index]
        return Bound(f"{self.sql}.{self.sql_columns[index]}", column.type, column.nullable)

    def indexes(self, name: str) -> list[int]:
        folded = name.lower()
        return [i for i, column in enumerate(self.columns) if column.name.lower() == folded]

    def answers_to(self, node: exp.Column) -> bool:
        """Does the prefix of ``node`` (``t``, ``dbo.t`` or ``db.dbo.t``) name this source?"""
        if node.args.get("db") is None:
            return self.name.lower() == node.table.lower() != ""
        known = self.full_name
        return (
            known is not None
            and known.name.lower() == node.table.lower()
            and (known.schema or "dbo").lower() == (node.db or "dbo").lower()
            and (not node.catalog or (known.database or "").lower() == node.catalog.lower())
        )


def table_source(relation: Relation, name: str, sql: str, full_name: ObjectName | None = None) -> Source:
    """The source of a relation that DuckDB holds under the names of its columns."""
    quoted = tuple(quote_name(column.name) for column in relation.columns)
    return Source(name, sql, relation.columns, quoted, relation, full_name)


def query_source(name: str, sql: str, columns: tuple[Column, ...]) -> Source:
    """The source of a bound query: its DuckDB columns are c0, c1, ..."""
    return Source(name, sql, columns, tuple(f"c{i}" for i in range(len(columns))))


@dataclass(slots=True)
class QueryScope:
    """One query level; ``outer`` is the level whose names a correlated query may use.

    ``clause`` names the clause being bound. ``group`` is set when the clauses after GROUP BY are bound:
    from then on a column of this level outside of an aggregate must be one of the grouping columns.
    """

    context: Context
    outer: QueryScope | None = None
    sources: list[Source] = field(default_factory=list)
    ctes: Mapping[str, CommonTable] = field(default_factory=dict)
    group: Group | None = None
    clause: str = "WHERE"

    def levels(self) -> Iterator[QueryScope]:
        level: QueryScope | None = self
        while level is not None:
            yield level
            level = level.outer

    def common_table(self, name: str) -> CommonTable | None:
        folded = name.lower()
        return next((level.ctes[folded] for level in self.levels() if folded in level.ctes), None)

    def cte_level(self) -> QueryScope:
        """A level without columns that sees the same common table expressions."""
        ctes: dict[str, CommonTable] = {}
        for level in self.levels():
            ctes = {**level.ctes, **ctes}
        return QueryScope(self.context, ctes=ctes)

    def source(self, name: str) -> Source | None:
        """The source of this level with that exposed name."""
        folded = name.lower()
        return next((source for source in self.sources if source.name.lower() == folded), None)

    def column(self, node: exp.Column) -> Bound:
        """Resolve a column: 207 not found, 209 ambiguous, 4104 a prefix that names nothing, 8120 not
        grouped.
        """
        level, source, index = self.resolve(node)
        if source is None:
            assert level.group is not None
            return level.group.keys[index].bound
        return level.reference(source, index, node)

    def resolve(self, node: exp.Column) -> tuple[QueryScope, Source | None, int]:
        """The level, the source and the column's index; no source stands for the grouping expression
        ``index``.
        """
        if not node.table:
            return self._resolve_bare(node)
        for level in self.levels():
            for source in level.sources:
                if source.answers_to(node):
                    indexes = source.indexes(node.name)
                    if not indexes:
                        raise sql_error(207, node.name)
                    if len(indexes) > 1:
                        raise sql_error(209, node.name)
                    return level, source, indexes[0]
        raise sql_error(4104, written_name(node))

    def _resolve_bare(self, node: exp.Column) -> tuple[QueryScope, Source | None, int]:
        for level in self.levels():
            if level.group is not None:
                index = level.group.replaced(node)
                if index is not None:
                    return level, None, index
            found = [(source, i) for source in level.sources for i in source.indexes(node.name)]
            if len(found) > 1:
                raise sql_error(209, node.name)
            if found:
                return level, *found[0]
        raise sql_error(207, node.name)

    def reference(self, source: Source, index: int, node: exp.Column | None) -> Bound:
        """A column of this level, as the clause being bound may see it."""
        source.read = True
        bound = source.bound(index)
        if self.group is None or (node is not None and inside_aggregate(node)):
            return bound
        return self.group.column(bound, shown_name(source, index), self.clause)

    def subquery(self, query: exp.Expression) -> tuple[str, tuple[Column, ...]]:
        """Bind a nested query, which may use the names of this level, to DuckDB SQL without parentheses."""
        from localdb.tsql.queries import bind_query

        bound = bind_query(query, self.context, self, nested=True)
        return bound.sql, bound.columns

    def aggregate(self, node: exp.Expression, bound: Bound) -> Bound:
        """An aggregate of this level: 130 nested, 144, 147 and 1015 where none may stand, 8124 mixed
        levels.
        """
        if inside_aggregate(node) or node.find(exp.Query):
            raise sql_error(130)
        levels = {id(self.resolve(column)[0]) for column in node.find_all(exp.Column) if is_name(column)}
        if levels - {id(self)}:
            raise (
                sql_error(8124) if id(self) in levels else sql_error(40514, "aggregate of an outer reference")
            )
        if self.group is None:
            raise sql_error({"GROUP BY": 144, "ON": 1015}.get(self.clause, 147))
        return self.group.aggregate(bound)

    def check_window(self, node: exp.Window) -> None:
        """4108 outside of SELECT and ORDER BY; 40514 with a column of an outer level, which DuckDB lacks."""
        if self.clause not in ("SELECT", "ORDER BY"):
            raise sql_error(4108)
        level = node.find_ancestor(exp.Query)
        for column in node.find_all(exp.Column):
            if not is_name(column) or column.find_ancestor(exp.Query) is not level:
                continue
            if self.resolve(column)[0] is not self:
                raise sql_error(40514, "outer reference in a windowed function")


def is_name(node: exp.Column) -> bool:
    """Is it a column's name, and not ``*`` or ``t.*``?"""
    return isinstance(node.this, exp.Identifier)


def written_name(node: exp.Column) -> str:
    return ".".join(part.name for part in node.parts)


def shown_name(source: Source, index: int) -> str:
    """The column as messages about grouping name it: ``dbo.t.x``, or ``alias.x``."""
    column = source.columns[index].name
    if source.full_name is None:
        return f"{source.name}.{column}" if source.name else column
    return f"{source.full_name.schema or 'dbo'}.{source.full_name.name}.{column}"
