"""What a database holds: immutable descriptions, and an immutable snapshot of all of them.

Names compare without case. A change makes a new snapshot; a transaction works on its own until it commits.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from localdb.catalog.external import External
from localdb.catalog.security import DBO_ID, Security
from localdb.types import Column, ObjectName, SqlType

PRIMARY_KEY = "PRIMARY KEY"
UNIQUE_KEY = "UNIQUE KEY"
INDEX = "INDEX"
"""A unique index."""
PLAIN_INDEX = "PLAIN INDEX"
"""An index that is not unique: recorded only, for it changes no result."""
CHECK = "CHECK"
FOREIGN_KEY = "FOREIGN KEY"

CATALOG_SCHEMA = "_ldb"
"""The DuckDB schema of the catalog's own tables; no T-SQL name can reach it."""


@dataclass(frozen=True, slots=True)
class Schema:
    """``owner_id`` is the principal that owns the schema and, with it, what the schema holds."""

    schema_id: int
    name: str
    owner_id: int = DBO_ID


@dataclass(frozen=True, slots=True)
class Constraint:
    """A key, a unique index, a check or a foreign key of a table.

    ``columns`` are the key's; ``expression`` is a check's T-SQL text; ``references`` and
    ``referenced_columns`` belong to a foreign key.
    """

    constraint_id: int
    name: str
    kind: str
    columns: tuple[str, ...] = ()
    expression: str = ""
    references: ObjectName | None = None
    referenced_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as the catalog keeps it: ``default_name`` names the DEFAULT constraint of
    ``column.default``.
    """

    column_id: int
    column: Column
    default_name: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    object_id: int
    schema: str
    name: str
    columns: tuple[TableColumn, ...]
    constraints: tuple[Constraint, ...] = ()
    created: datetime.datetime | None = None
    modified: datetime.datetime | None = None

    def column(self, name: str) -> TableColumn | None:
        folded = name.lower()
        return next((c for c in self.columns if c.column.name.lower() == folded), None)

    def constraint(self, name: str) -> Constraint | None:
        folded = name.lower()
        return next((c for c in self.constraints if c.name.lower() == folded), None)

    @property
    def primary_key(self) -> Constraint | None:
        return next((c for c in self.constraints if c.kind == PRIMARY_KEY), None)


@dataclass(frozen=True, slots=True)
class View:
    """``definition`` is the whole CREATE VIEW as written; ``columns`` as they were at creation."""

    object_id: int
    schema: str
    name: str
    columns: tuple[TableColumn, ...]
    definition: str
    created: datetime.datetime | None = None
    modified: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A procedure's parameter; ``default`` is its T-SQL text, None when the parameter is required."""

    name: str
    type: SqlType
    default: str | None = None
    output: bool = False


EXECUTE_AS_OWNER = -2
"""As sys.sql_modules.execute_as_principal_id has it."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """``definition`` is the text of the batch that created it.

    ``execute_as`` is the user as whom it runs: None its caller, ``EXECUTE_AS_OWNER`` whoever owns it at the
    time, else a principal id.
    """

    object_id: int
    schema: str
    name: str
    parameters: tuple[Parameter, ...]
    definition: str
    created: datetime.datetime | None = None
    modified: datetime.datetime | None = None
    execute_as: int | None = None


SchemaObject: TypeAlias = Table | View | Procedure

TYPE_CODES: Mapping[type[SchemaObject], str] = MappingProxyType({Table: "U", View: "V", Procedure: "P"})


@dataclass(frozen=True)
class Snapshot:
    """Every schema and object of one database at one moment; ``version`` grows with every change.

    ``security`` is the database's own; ``server`` the server's, which only master's snapshot has.
    """

    database: str
    version: int = 0
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    objects: Mapping[tuple[str, str], SchemaObject] = field(default_factory=dict)
    security: Security = field(default_factory=Security)
    server: Security = field(default_factory=Security)
    external: External = field(default_factory=External)

    def schema(self, name: str) -> Schema | None:
        return self.schemas.get(name.lower())

    def find(self, schema: str, name: str) -> SchemaObject | None:
        return self.objects.get((schema.lower(), name.lower()))

    def by_id(self, object_id: int) -> SchemaObject | None:
        return next((o for o in self.objects.values() if o.object_id == object_id), None)

    def tables(self) -> Iterator[Table]:
        return (o for o in self.objects.values() if isinstance(o, Table))

    def referencing(self, table: Table) -> Iterator[tuple[Table, Constraint]]:
        """Every foreign key that points at ``table``, with the table that has it."""
        for child in self.tables():
            for constraint in child.constraints:
                parent = constraint.references
                if parent is not None and _same(parent, table):
                    yield child, constraint

    def constraint_named(self, schema: str, name: str) -> Constraint | None:
        """Constraints and objects of a schema share one name space; unique indexes do not take part."""
        for table in self.tables():
            found = table.constraint(name) if table.schema.lower() == schema.lower() else None
            if found is not None and found.kind not in (INDEX, PLAIN_INDEX):
                return found
        return None

    def with_object(self, thing: SchemaObject) -> Snapshot:
        objects = dict(self.objects)
        objects[thing.schema.lower(), thing.name.lower()] = thing
        return replace(self, version=self.version + 1, objects=objects)

    def without_object(self, thing: SchemaObject) -> Snapshot:
        objects = dict(self.objects)
        del objects[thing.schema.lower(), thing.name.lower()]
        return replace(self, version=self.version + 1, objects=objects)

    def with_schema(self, schema: Schema) -> Snapshot:
        schemas = dict(self.schemas)
        schemas[schema.name.lower()] = schema
        return replace(self, version=self.version + 1, schemas=schemas)

    def without_schema(self, schema: Schema) -> Snapshot:
        schemas = dict(self.schemas)
        del schemas[schema.name.lower()]
        return replace(self, version=self.version + 1, schemas=schemas)

    def with_security(self, security: Security) -> Snapshot:
        return replace(self, version=self.version + 1, security=security)

    def with_external(self, external: External) -> Snapshot:
        return replace(self, version=self.version + 1, external=external)

    def with_server(self, server: Security) -> Snapshot:
        return replace(self, version=self.version + 1, server=server)

    def owned_by(self, sid: bytes) -> Snapshot:
        """The database with another owner: its user dbo is the login that has ``sid``."""
        dbo = self.security.by_id(DBO_ID)
        assert dbo is not None
        return self.with_security(self.security.with_principal(replace(dbo, sid=sid)))


def _same(name: ObjectName, table: Table) -> bool:
    return (name.schema or "dbo").lower() == table.schema.lower() and name.name.lower() == table.name.lower()
