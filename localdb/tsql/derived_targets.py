"""UPDATE and DELETE through a common table expression over one table.

``WITH d AS (SELECT *, row_number() OVER (...) AS n FROM t) DELETE FROM d WHERE n > 1`` and
``WITH q AS (SELECT TOP (10) * FROM t ORDER BY id) DELETE FROM q`` change the rows of t. The expression gets
one more column, the table's rowid, by which its rows are found in the table again.
https://learn.microsoft.com/sql/t-sql/queries/with-common-table-expression-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from localdb.errors import SqlError, sql_error
from localdb.tsql.binding import Context
from localdb.tsql.names import Names, Relation
from localdb.tsql.sources import object_name
from localdb.types import BIGINT, Column, ObjectName, SqlType

ROW_ID = "$rowid"
"""The name of the added column, which no T-SQL text can mention."""

_ALLOWED = frozenset(("kind", "expressions", "from_", "where", "order", "limit"))


@dataclass(frozen=True, slots=True)
class NamesWithRowid:
    """The statement's names, where the changed table shows DuckDB's rowid as a column."""

    names: Names
    table: Relation

    @property
    def database(self) -> str:
        return self.names.database

    def relation(self, name: ObjectName) -> Relation:
        found = self.names.relation(name)
        if found.physical != self.table.physical:
            return found
        return replace(found, columns=(*found.columns, Column("rowid", BIGINT, nullable=False)))

    def variable(self, name: str) -> SqlType:
        return self.names.variable(name)


@dataclass(frozen=True, slots=True)
class DerivedTarget:
    """``columns``: the table's column that each column of the expression shows, None for a computed one."""

    relation: Relation
    columns: dict[str, str | None]

    def shows_the_table(self) -> bool:
        """The expression has exactly the table's columns, under their names and in their order."""
        names = [column.name.lower() for column in self.relation.columns]
        return list(self.columns) == names and [str(c).lower() for c in self.columns.values()] == names


def common_table(statement: exp.Expression, name: str) -> exp.CTE | None:
    """The common table expression of that name in the WITH of ``statement``."""
    with_node = statement.args.get("with_")
    expressions = with_node.expressions if with_node is not None else []
    return next((e for e in expressions if e.alias.lower() == name.lower()), None)


def add_rowid(statement: exp.Expression, table: exp.CTE, context: Context) -> DerivedTarget:
    """Write out the select list of ``table`` and put the rowid behind it; 40514 when it is not simple."""
    query = table.this
    relation = _base_table(statement, table, context)
    items: list[exp.Expression] = []
    columns: dict[str, str | None] = {}
    for item in query.expressions:
        for written in _written_out(item, relation):
            value = written.this if isinstance(written, exp.Alias) else written
            shown = value.name if isinstance(value, exp.Column) else None
            columns[written.alias_or_name.lower()] = shown
            items.append(written)
    rowid = exp.Column(this=exp.to_identifier("rowid", quoted=True))
    items.append(exp.Alias(this=rowid, alias=exp.to_identifier(ROW_ID, quoted=True)))
    query.set("expressions", items)
    return DerivedTarget(relation, columns)


def _base_table(statement: exp.Expression, table: exp.CTE, context: Context) -> Relation:
    query = table.this
    if not isinstance(query, exp.Select) or table.args["alias"].columns:
        raise _too_complex(table)
    given = {key for key, value in query.args.items() if value}
    source = query.args["from_"].this if "from_" in given else None
    if given - _ALLOWED or not isinstance(source, exp.Table) or source.args.get("joins"):
        raise _too_complex(table)
    name = object_name(source)
    if name.schema is None and common_table(statement, name.name) is not None:
        raise _too_complex(table)
    relation = context.names.relation(name)
    if relation.kind not in ("table", "temp", "variable"):
        raise _too_complex(table)
    return relation


def _written_out(item: exp.Expression, relation: Relation) -> list[exp.Expression]:
    """``*`` and ``t.*`` as columns, all else as it is."""
    is_star = isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))
    if not is_star:
        return [item]
    prefix = item.args.get("table")
    return [
        exp.Column(
            this=exp.to_identifier(column.name, quoted=True),
            table=prefix.copy() if prefix is not None else None,
        )
        for column in relation.columns
    ]


def _too_complex(table: exp.CTE) -> SqlError:
    return sql_error(40514, f"Data change through {table.alias}, which is not a simple SELECT of one table")
