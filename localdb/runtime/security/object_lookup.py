"""Objects and constraints by name or id, as the caller of a metadata function may see them.

https://learn.microsoft.com/sql/relational-databases/security/metadata-visibility-configuration
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localdb.catalog.objects import (
    CHECK,
    FOREIGN_KEY,
    PRIMARY_KEY,
    TYPE_CODES,
    UNIQUE_KEY,
    Constraint,
    Procedure,
    SchemaObject,
    Snapshot,
    Table,
    View,
)
from localdb.runtime.security.default_schemas import schema_of
from localdb.runtime.security.security_context import current_context
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.session import Session

_PART = re.compile(r'\s*(?:\[((?:[^\]]|\]\])*)\]|"((?:[^"]|"")*)"|([^.\[\]"]*))\s*(\.|$)')


def split_name(text: str) -> tuple[str, ...]:
    """``[a].b."c"`` -> ``("a", "b", "c")``; empty parts stay empty; () when it is no name."""
    parts: list[str] = []
    position = 0
    while True:
        match = _PART.match(text, position)
        if match is None or len(parts) == 4:
            return ()
        bracketed, quoted, plain, dot = match.groups()
        if bracketed is not None:
            parts.append(bracketed.replace("]]", "]"))
        elif quoted is not None:
            parts.append(quoted.replace('""', '"'))
        else:
            parts.append(plain.strip())
        position = match.end()
        if not dot:
            return tuple(parts)


def current_snapshot_of(session: Session, database: str | None = None) -> Snapshot | None:
    found = session.instance.database(database or session.database)
    return None if found is None else session.transactions.relations(found).snapshot


_TYPE_CODES = {PRIMARY_KEY: "PK", UNIQUE_KEY: "UQ", CHECK: "C", FOREIGN_KEY: "F"}


@dataclass(frozen=True, slots=True)
class DefaultConstraint:
    """A DEFAULT constraint, which the catalog keeps with its column."""

    constraint_id: int
    name: str


def default_id(object_id: int, column_id: int) -> int:
    """The object id of a column's DEFAULT constraint: as system_views.duckdb computes it."""
    return 1073741824 + ((object_id - 1000000) * 1024 + column_id) % 1073741823


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object or a constraint, and the schema it is in; ``parent`` is a constraint's table."""

    schema: str
    thing: SchemaObject | Constraint | DefaultConstraint
    parent: Table | None = None

    @property
    def object_id(self) -> int:
        thing = self.thing
        return thing.constraint_id if isinstance(thing, Constraint | DefaultConstraint) else thing.object_id

    @property
    def type_code(self) -> str:
        thing = self.thing
        if isinstance(thing, Constraint):
            return _TYPE_CODES[thing.kind]
        return "D" if isinstance(thing, DefaultConstraint) else TYPE_CODES[type(thing)]


def _constraints(table: Table) -> Iterator[FoundObject]:
    """The constraints of a table that have an object id: unique indexes have none."""
    for constraint in table.constraints:
        if constraint.kind in _TYPE_CODES:
            yield FoundObject(table.schema, constraint, table)
    for item in table.columns:
        if item.default_name:
            named = DefaultConstraint(default_id(table.object_id, item.column_id), item.default_name)
            yield FoundObject(table.schema, named, table)


def _temp_table(session: Session, name_or_id: str | int) -> Table | None:
    """A #temp table that the running scope sees."""
    frame = session.current_frame
    if frame is None:
        return None
    if isinstance(name_or_id, str):
        local = frame.temp_table(name_or_id)
        return local.table if local else None
    tables = (local.table for scope in frame.chain() for local in scope.temp_tables.values())
    return next((table for table in tables if table.object_id == name_or_id), None)


def find_object(session: Session, name: str | None) -> FoundObject | None:
    """The object or constraint ``[database.][schema.]name``."""
    parts = split_name(name) if name is not None else ()
    if not parts or not parts[-1] or len(parts) > 3:
        return None
    database, schema, plain = ("", "", *parts)[-3:]
    if plain.startswith("#"):
        # OBJECT_ID('#t') looks in the current database, where no #temp table is.
        table = _temp_table(session, plain) if database.lower() == "tempdb" else None
        return FoundObject("dbo", table) if table else None
    found = _look_up(session, database, schema, plain)
    return found if found is not None and _is_visible(session, found, database) else None


def _default_schema(session: Session, snapshot: Snapshot, plain: str) -> str:
    """Where a name without a schema is looked for; dbo in a database in which the caller is nobody."""
    frame = session.current_frame
    assert frame is not None
    if session.callers.caller(current_context(session, frame), snapshot.database) is None:
        return "dbo"
    return schema_of(session, frame, snapshot, ObjectName(plain))


def _look_up(session: Session, database: str, schema: str, plain: str) -> FoundObject | None:
    snapshot = current_snapshot_of(session, database)
    if snapshot is None:
        return None
    schema = schema or _default_schema(session, snapshot, plain)
    found = snapshot.find(schema, plain)
    if found is not None:
        return FoundObject(found.schema, found)
    folded = plain.lower()
    for table in snapshot.tables():
        if table.schema.lower() == schema.lower():
            for one in _constraints(table):
                if one.thing.name.lower() == folded:
                    return one
    return None


def find_object_by_id(
    session: Session, object_id: int | None, database: str | None = None
) -> FoundObject | None:
    """The object or constraint with an id, in the current database or another."""
    if object_id is None:
        return None
    if object_id < 0 and database is None:
        temporary = _temp_table(session, object_id)
        return FoundObject("dbo", temporary) if temporary else None
    found = _look_up_id(session, object_id, database)
    return found if found is not None and _is_visible(session, found, database) else None


def _look_up_id(session: Session, object_id: int, database: str | None) -> FoundObject | None:
    snapshot = current_snapshot_of(session, database)
    if snapshot is None:
        return None
    thing = snapshot.by_id(object_id)
    if thing is not None:
        return FoundObject(thing.schema, thing)
    return next(
        (one for table in snapshot.tables() for one in _constraints(table) if one.object_id == object_id),
        None,
    )


def _is_visible(session: Session, found: FoundObject, database: str | None) -> bool:
    """Whether the caller sees the object, or the table of the constraint."""
    frame = session.current_frame
    assert frame is not None
    name = database or session.database
    if session.callers.caller(current_context(session, frame), name) is None:
        return False
    seen = session.visibility.visible(frame, name)
    thing = found.parent if found.parent is not None else found.thing
    return seen is None or not isinstance(thing, Table | View | Procedure) or thing.object_id in seen.objects


def is_readable(session: Session, thing: View | Procedure) -> bool:
    assert session.current_frame is not None
    seen = session.visibility.visible(session.current_frame, session.database)
    return seen is None or thing.object_id in seen.definitions
