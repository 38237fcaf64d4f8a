"""From the catalog's descriptions to the compiler's relations."""

from __future__ import annotations

from localdb.catalog.objects import (
    CATALOG_SCHEMA,
    CHECK,
    FOREIGN_KEY,
    INDEX,
    PRIMARY_KEY,
    UNIQUE_KEY,
    Constraint,
    Procedure,
    Snapshot,
    Table,
    View,
)
from localdb.tsql import ast
from localdb.tsql.names import Check, ForeignKey, Key, Relation
from localdb.tsql.parser import parse_batch
from localdb.types import ObjectName, quote_name

_KEYS = (PRIMARY_KEY, UNIQUE_KEY, INDEX)


def physical_name(database: str, schema: str, name: str) -> str:
    return f"{quote_name(database)}.{quote_name(schema)}.{quote_name(name)}"


def sequence_name(database: str, object_id: int) -> str:
    """The DuckDB sequence of a table's identity column."""
    return f"{quote_name(database)}.{quote_name(CATALOG_SCHEMA)}.{quote_name(f'identity_{object_id}')}"


def foreign_key(constraint: Constraint, database: str) -> ForeignKey:
    references = constraint.references
    assert references is not None
    parent = ObjectName(references.name, references.schema, database)
    return ForeignKey(constraint.name, constraint.columns, parent, constraint.referenced_columns)


def table_relation(
    table: Table,
    name: ObjectName,
    kind: str,
    physical: str,
    sequence: str,
    referencing: tuple[tuple[Relation, ForeignKey], ...] = (),
) -> Relation:
    """The relation of a table of any kind: table, temp or variable."""
    has_identity = any(item.column.identity for item in table.columns)
    return Relation(
        name=name,
        kind=kind,
        columns=tuple(item.column for item in table.columns),
        physical=physical,
        sequence=sequence if has_identity else "",
        keys=tuple(Key(c.name, c.kind, c.columns) for c in table.constraints if c.kind in _KEYS),
        checks=tuple(Check(c.name, c.expression) for c in table.constraints if c.kind == CHECK),
        foreign_keys=tuple(
            foreign_key(c, name.database or "") for c in table.constraints if c.kind == FOREIGN_KEY
        ),
        referencing=referencing,
    )


class Relations:
    """The relations of one snapshot, made when first asked for and the same object ever after."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._made: dict[tuple[str, str], Relation] = {}

    def find(self, schema: str, name: str) -> Relation | None:
        """The table or view ``schema.name``; None when there is none."""
        key = (schema.lower(), name.lower())
        if key not in self._made:
            thing = self.snapshot.objects.get(key)
            if thing is None or isinstance(thing, Procedure):
                return None
            self._made[key] = self._view(thing) if isinstance(thing, View) else self._table(thing)
        return self._made[key]

    def _table(self, table: Table) -> Relation:
        database = self.snapshot.database
        referencing = tuple(
            (self._bare(child), foreign_key(constraint, database))
            for child, constraint in self.snapshot.referencing(table)
        )
        return self._bare(table, referencing)

    def _bare(self, table: Table, referencing: tuple[tuple[Relation, ForeignKey], ...] = ()) -> Relation:
        database = self.snapshot.database
        return table_relation(
            table,
            ObjectName(table.name, table.schema, database),
            "table",
            physical_name(database, table.schema, table.name),
            sequence_name(database, table.object_id),
            referencing,
        )

    def _view(self, view: View) -> Relation:
        return Relation(
            name=ObjectName(view.name, view.schema, self.snapshot.database),
            kind="view",
            columns=tuple(item.column for item in view.columns),
            query=view_query(view.definition),
        )


def view_query(definition: str) -> str:
    """The SELECT of a CREATE VIEW text."""
    statement = parse_batch(definition)[0]
    assert isinstance(statement, ast.CreateView)
    return statement.query.text
