"""The stage of one data change while it is compiled: its columns' names, and which of them are used.

A stage (``plan.ChangePlan``) holds the rows to be inserted, updated or deleted before anything is modified.
Checks, apply statements and OUTPUT ask for columns here, so that the stage holds no other columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from localdb.errors import sql_error
from localdb.tsql.binding import Bound, Context
from localdb.tsql.names import Relation
from localdb.types import Column, ObjectName, storage_type

STAGE = "{stage}"
"""What stands for the stage's name in the texts of a ChangePlan."""


def quote_text(text: str) -> str:
    """A DuckDB string literal."""
    return "'" + text.replace("'", "''") + "'"


def typed_null(column: Column) -> str:
    return f"CAST(NULL AS {storage_type(column.type)})"


def column_index(relation: Relation, name: str) -> int:
    """The position of a column, names compared without case; 207 when there is none."""
    for i, column in enumerate(relation.columns):
        if column.name.lower() == name.lower():
            return i
    raise sql_error(207, name)


def column_indexes(relation: Relation, names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(column_index(relation, name) for name in names)


def object_name(relation: Relation) -> str:
    """``dbo.t``, as constraint errors name a table."""
    return str(ObjectName(relation.name.name, relation.name.schema or "dbo"))


def database_name(relation: Relation) -> str:
    return relation.name.database or "tempdb"


def complete_name(relation: Relation) -> str:
    """``db.dbo.t``, as errors 515 and 2628 name a table; a table variable has its name alone."""
    if relation.kind == "variable":
        return relation.name.name
    return f"{database_name(relation)}.{object_name(relation)}"


@dataclass(slots=True)
class Stage:
    """What one change may do to ``target``: insert, delete, and update the columns ``updated``.

    ``existing`` says that the stage may hold rows that the target has already, ``single_row`` that it cannot
    hold more than one row. ``prefix`` begins the names of the columns with the new values. ``extra`` are
    columns computed from the stage's row ``s`` (OUTPUT, CHECK); ``numbered`` says that one of them draws
    identity values.
    """

    kind: str
    target: Relation
    context: Context
    inserts: bool = False
    deletes: bool = False
    existing: bool = False
    updated: frozenset[int] = frozenset()
    single_row: bool = False
    prefix: str = "_new"
    new_used: set[int] = field(default_factory=set)
    old_used: set[int] = field(default_factory=set)
    extra: dict[str, str] = field(default_factory=dict)
    numbered: bool = False

    def new(self, i: int, alias: str = "s") -> str:
        """Column ``i`` of the target after the change."""
        self.new_used.add(i)
        return f'"{alias}"."{self.prefix}{i}"'

    def old(self, i: int, alias: str = "s") -> str:
        """Column ``i`` of the target before the change."""
        self.old_used.add(i)
        return f'"{alias}"."_old{i}"'

    def new_value(self, i: int, alias: str = "s") -> Bound:
        column = self.target.columns[i]
        return Bound(self.new(i, alias), column.type, column.nullable or self.deletes)

    def old_value(self, i: int) -> Bound:
        column = self.target.columns[i]
        return Bound(self.old(i), column.type, column.nullable or self.inserts)

    def present(self, alias: str) -> str:
        """The stage's row ``alias`` is in the target after the change."""
        return f"{alias}._action <> 'DELETE'" if self.deletes else "true"

    def untouched(self, alias: str) -> str:
        """The target's row ``alias`` is none of those that the stage updates or deletes."""
        if not self.existing:
            return "true"
        return f"{alias}.rowid NOT IN (SELECT _rid FROM {STAGE} WHERE _rid IS NOT NULL)"

    def query(self, rows: str) -> str:
        """The stage's query: ``rows`` with the extra columns."""
        if self.numbered:
            rows = f"SELECT row_number() OVER () AS _n, * FROM ({rows})"
        if not self.extra:
            return rows
        extra = ", ".join(f"{sql} AS {name}" for name, sql in self.extra.items())
        return f"SELECT s.*, {extra} FROM ({rows}) AS s"

    def touches(self, columns: tuple[int, ...]) -> bool:
        """New values may appear in one of these columns."""
        return self.inserts or any(i in self.updated for i in columns)
