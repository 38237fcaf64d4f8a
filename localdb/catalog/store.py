"""The catalog's tables inside each database file, schema ``_ldb``: made, read and written here only."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localdb.catalog.external_store import ExternalStore
from localdb.catalog.fixed_principals import database_security
from localdb.catalog.objects import (
    CATALOG_SCHEMA,
    TYPE_CODES,
    Constraint,
    Parameter,
    Procedure,
    Schema,
    SchemaObject,
    Snapshot,
    Table,
    TableColumn,
    View,
)
from localdb.catalog.security import DBO_ID
from localdb.catalog.security_store import SERVER_TABLES, Executor, SecurityStore
from localdb.types import Column, Identity, ObjectName, SqlType, quote_name

_DEFINITION = (
    "CREATE SCHEMA {s}",
    "CREATE SCHEMA {db}.dbo",
    "CREATE SEQUENCE {s}.object_ids START 1000001",
    "CREATE TABLE {s}.schemas (schema_id INTEGER, name VARCHAR)",
    "CREATE TABLE {s}.objects (object_id INTEGER, schema_id INTEGER, name VARCHAR, type VARCHAR, "
    "create_date TIMESTAMP, modify_date TIMESTAMP, definition VARCHAR)",
    "CREATE TABLE {s}.columns (object_id INTEGER, column_id INTEGER, name VARCHAR, type_name VARCHAR, "
    'length INTEGER, "precision" INTEGER, scale INTEGER, nullable BOOLEAN, identity_seed BIGINT, '
    "identity_increment BIGINT, default_name VARCHAR, default_text VARCHAR)",
    "CREATE TABLE {s}.parameters (object_id INTEGER, parameter_id INTEGER, name VARCHAR, type_name VARCHAR, "
    'length INTEGER, "precision" INTEGER, scale INTEGER, is_output BOOLEAN, default_text VARCHAR)',
    "CREATE TABLE {s}.constraints (constraint_id INTEGER, object_id INTEGER, name VARCHAR, kind VARCHAR, "
    "columns VARCHAR[], expression VARCHAR, referenced_schema VARCHAR, referenced_name VARCHAR, "
    "referenced_columns VARCHAR[], create_date TIMESTAMP)",
    # The fixed schemas, with SQL Server's ids: https://learn.microsoft.com/sql/relational-databases/system-catalog-views
    "INSERT INTO {s}.schemas VALUES (1, 'dbo'), (2, 'guest'), (3, 'INFORMATION_SCHEMA'), (4, 'sys')",
)

_ADDITIONS = (
    # What later versions added, each statement harmless where it has been done. A column has no default in
    # DuckDB's catalog (docs/decisions.md, 3).
    "ALTER TABLE {s}.schemas ADD COLUMN IF NOT EXISTS principal_id INTEGER",
    "UPDATE {s}.schemas SET principal_id = CASE WHEN schema_id IN (2, 3, 4) THEN schema_id ELSE 1 END "
    "WHERE principal_id IS NULL",
    "ALTER TABLE {s}.objects ADD COLUMN IF NOT EXISTS execute_as_principal_id INTEGER",
)

_USER_SCHEMA = 5
"""The first schema_id of CREATE SCHEMA."""


@dataclass(slots=True)
class Store:
    """Reads and writes the catalog of ``database``; changes belong to the executor's transaction."""

    database: str
    executor: Executor

    @property
    def _schema(self) -> str:
        return f"{quote_name(self.database)}.{CATALOG_SCHEMA}"

    def exists(self) -> bool:
        sql = (
            "SELECT 1 FROM duckdb_tables() "
            "WHERE database_name = $d AND schema_name = $s AND table_name = 'objects'"
        )
        return bool(self.executor.rows(sql, {"d": self.database, "s": CATALOG_SCHEMA}))

    def create(self) -> None:
        """Make the empty catalog of a new database."""
        for statement in _DEFINITION:
            self.executor.execute(statement.format(s=self._schema, db=quote_name(self.database)))
        self.upgrade()

    def upgrade(self) -> None:
        """Add what a database that an earlier version made lacks. Belongs to the executor's transaction."""
        for statement in _ADDITIONS:
            self.executor.execute(statement.format(s=self._schema))
        security = SecurityStore(self.database, self.executor)
        ExternalStore(self.database, self.executor).upgrade()
        if not security.exists():
            security.create(database_security(self.database, now()))

    def new_id(self) -> int:
        """An object or constraint id that was never used before in this database."""
        sequence = f"{self._schema}.object_ids".replace("'", "''")
        return int(self.executor.rows(f"SELECT nextval('{sequence}')")[0][0])

    def add_schema(self, name: str, owner_id: int = DBO_ID) -> Schema:
        highest = self.executor.rows(f"SELECT coalesce(max(schema_id), 0) FROM {self._schema}.schemas")[0][0]
        schema = Schema(max(int(highest) + 1, _USER_SCHEMA), name, owner_id)
        self._insert("schemas", (schema.schema_id, schema.name, schema.owner_id))
        return schema

    def write_schema(self, schema: Schema) -> None:
        """Write the owner of a schema that exists."""
        self.executor.execute(
            f"UPDATE {self._schema}.schemas SET principal_id = $owner WHERE schema_id = $id",
            {"owner": schema.owner_id, "id": schema.schema_id},
        )

    def remove_schema(self, schema: Schema) -> None:
        self.executor.execute(
            f"DELETE FROM {self._schema}.schemas WHERE schema_id = $id", {"id": schema.schema_id}
        )

    def write(self, thing: SchemaObject, schema: Schema) -> None:
        """Write an object, replacing what was stored under its id."""
        self.remove(thing)
        definition = None if isinstance(thing, Table) else thing.definition
        self._insert(
            "objects",
            (
                thing.object_id,
                schema.schema_id,
                thing.name,
                TYPE_CODES[type(thing)],
                thing.created,
                thing.modified,
                definition,
                thing.execute_as if isinstance(thing, Procedure) else None,
            ),
        )
        if isinstance(thing, Procedure):
            for number, parameter in enumerate(thing.parameters, start=1):
                self._insert("parameters", _parameter_row(thing, number, parameter))
            return
        for column in thing.columns:
            self._insert("columns", _column_row(thing.object_id, column))
        if isinstance(thing, Table):
            for constraint in thing.constraints:
                self._insert("constraints", _constraint_row(thing, constraint))

    def remove(self, thing: SchemaObject) -> None:
        for table in ("objects", "columns", "parameters", "constraints"):
            self.executor.execute(
                f"DELETE FROM {self._schema}.{table} WHERE object_id = $id", {"id": thing.object_id}
            )

    def load(self) -> Snapshot:
        """Everything that the database holds."""
        schemas = {
            name.lower(): Schema(number, name, owner)
            for number, name, owner in self.executor.rows(
                f"SELECT schema_id, name, principal_id FROM {self._schema}.schemas"
            )
        }
        names = {schema.schema_id: schema.name for schema in schemas.values()}
        columns = self._group("columns", "column_id")
        parameters = self._group("parameters", "parameter_id")
        constraints = self._group("constraints", "constraint_id")
        objects: dict[tuple[str, str], SchemaObject] = {}
        for row in self.executor.rows(f"SELECT * FROM {self._schema}.objects"):
            thing = _read_object(row, names[row[1]], columns[row[0]], parameters[row[0]], constraints[row[0]])
            objects[thing.schema.lower(), thing.name.lower()] = thing
        security = SecurityStore(self.database, self.executor).load()
        server = SecurityStore(self.database, self.executor, SERVER_TABLES).load()
        external = ExternalStore(self.database, self.executor).load()
        return Snapshot(self.database, 1, schemas, objects, security, server, external)

    def _group(self, table: str, order: str) -> defaultdict[int, list[tuple[Any, ...]]]:
        first = "object_id, * EXCLUDE (object_id)"
        rows = self.executor.rows(f"SELECT {first} FROM {self._schema}.{table} ORDER BY object_id, {order}")
        grouped: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            grouped[row[0]].append(row)
        return grouped

    def _insert(self, table: str, row: Sequence[Any]) -> None:
        values = {f"v{i}": value for i, value in enumerate(row)}
        marks = ", ".join(f"${name}" for name in values)
        self.executor.execute(f"INSERT INTO {self._schema}.{table} VALUES ({marks})", values)


def _type_values(sql_type: SqlType) -> tuple[Any, ...]:
    return (sql_type.name, sql_type.length, sql_type.precision, sql_type.scale)


def _column_row(object_id: int, item: TableColumn) -> tuple[Any, ...]:
    column = item.column
    identity = column.identity
    return (
        object_id,
        item.column_id,
        column.name,
        *_type_values(column.type),
        column.nullable,
        identity.seed if identity else None,
        identity.increment if identity else None,
        item.default_name or None,
        column.default,
    )


def _parameter_row(procedure: Procedure, number: int, parameter: Parameter) -> tuple[Any, ...]:
    return (
        procedure.object_id,
        number,
        parameter.name,
        *_type_values(parameter.type),
        parameter.output,
        parameter.default,
    )


def _constraint_row(table: Table, constraint: Constraint) -> tuple[Any, ...]:
    references = constraint.references
    return (
        constraint.constraint_id,
        table.object_id,
        constraint.name,
        constraint.kind,
        list(constraint.columns),
        constraint.expression or None,
        references.schema if references else None,
        references.name if references else None,
        list(constraint.referenced_columns),
        table.modified,
    )


def _read_object(
    row: tuple[Any, ...],
    schema: str,
    columns: list[tuple[Any, ...]],
    parameters: list[tuple[Any, ...]],
    constraints: list[tuple[Any, ...]],
) -> SchemaObject:
    object_id, _, name, kind, created, modified, definition, execute_as = row
    if kind == "P":
        read_parameters = tuple(map(_read_parameter, parameters))
        return Procedure(object_id, schema, name, read_parameters, definition, created, modified, execute_as)
    read = tuple(map(_read_column, columns))
    if kind == "V":
        return View(object_id, schema, name, read, definition, created, modified)
    return Table(object_id, schema, name, read, tuple(map(_read_constraint, constraints)), created, modified)


def _read_column(row: tuple[Any, ...]) -> TableColumn:
    _, number, name, type_name, length, precision, scale, nullable, seed, increment, default_name, text = row
    identity = None if seed is None else Identity(seed, increment)
    column = Column(name, SqlType(type_name, length, precision, scale), nullable, identity, text)
    return TableColumn(number, column, default_name or "")


def _read_parameter(row: tuple[Any, ...]) -> Parameter:
    _, _, name, type_name, length, precision, scale, output, default = row
    return Parameter(name, SqlType(type_name, length, precision, scale), default, output)


def _read_constraint(row: tuple[Any, ...]) -> Constraint:
    _, number, name, kind, columns, expression, schema, referenced, referenced_columns, _ = row
    references = ObjectName(referenced, schema) if referenced is not None else None
    return Constraint(
        number, name, kind, tuple(columns), expression or "", references, tuple(referenced_columns or ())
    )


def now() -> datetime.datetime:
    """The time as create_date and modify_date keep it: UTC, whole milliseconds."""
    moment = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
