"""Foreign keys as they are defined: what they refer to must exist and be a key of the same types.

https://learn.microsoft.com/sql/relational-databases/tables/primary-and-foreign-key-constraints
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localdb.catalog.objects import FOREIGN_KEY, PRIMARY_KEY, UNIQUE_KEY, Constraint, Table
from localdb.errors import sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import require_object
from localdb.runtime.security.default_schemas import schema_of
from localdb.tsql import ast
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.session import Session


def build_foreign_key(
    session: Session, frame: Frame, table: Table, written: ast.ConstraintDefinition, name: str, number: int
) -> Constraint:
    """Errors: 1767 no such table, 1769 no such column, 1770 no such referenced column, 8139 counts differ,
    1773/1776 no key to refer to, 1778 types differ, 40517 for CASCADE and its like."""
    for event, action in (("DELETE", written.on_delete), ("UPDATE", written.on_update)):
        if action != "NO ACTION":
            raise sql_error(40517, f"ON {event} {action}")
    if table.name.startswith(("#", "@")):
        raise sql_error(40514, "a foreign key of a temporary table")
    assert written.references is not None
    parent = _parent(session, frame, table, written.references, name)
    columns = _own_columns(table, written.columns, name)
    referenced = _referenced_columns(parent, written.referenced_columns, name)
    if len(columns) != len(referenced):
        raise sql_error(8139, name)
    for own, theirs in zip(columns, referenced, strict=True):
        if _type(table, own) != _type(parent, theirs):
            raise sql_error(1778, f"{parent.name}.{theirs}", f"{table.name}.{own}", name)
    references = ObjectName(parent.name, parent.schema)
    return Constraint(number, name, FOREIGN_KEY, columns, "", references, referenced)


def _type(table: Table, column: str) -> object:
    item = table.column(column)
    assert item is not None
    return item.column.type


def _parent(session: Session, frame: Frame, table: Table, name: ObjectName, key: str) -> Table:
    if name.database is not None and name.database.lower() != frame.database.lower():
        raise sql_error(1763, key)
    database = session.instance.require_database(frame.database)
    snapshot = session.transactions.relations(database).snapshot
    schema = schema_of(session, frame, snapshot, name)
    if (schema.lower(), name.name.lower()) == (table.schema.lower(), table.name.lower()):
        return table
    found = snapshot.find(schema, name.name)
    if not isinstance(found, Table):
        raise sql_error(1767, key, name)
    require_object(session, frame, "REFERENCES", database, found)
    return found


def _own_columns(table: Table, names: tuple[str, ...], key: str) -> tuple[str, ...]:
    found = []
    for name in names:
        item = table.column(name)
        if item is None:
            raise sql_error(1769, key, name, table.name)
        found.append(item.column.name)
    return tuple(found)


def _referenced_columns(parent: Table, names: tuple[str, ...], key: str) -> tuple[str, ...]:
    if not names:
        if parent.primary_key is None:
            raise sql_error(1773, key, parent.name)
        return parent.primary_key.columns
    found = []
    for name in names:
        item = parent.column(name)
        if item is None:
            raise sql_error(1770, key, name, parent.name)
        found.append(item.column.name)
    wanted = {name.lower() for name in found}
    keys = [c for c in parent.constraints if c.kind in (PRIMARY_KEY, UNIQUE_KEY, "INDEX")]
    if not any({c.lower() for c in candidate.columns} == wanted for candidate in keys):
        raise sql_error(1776, parent.name, key)
    return tuple(found)
