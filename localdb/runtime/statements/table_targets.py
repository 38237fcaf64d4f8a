"""Where a new table goes: into a database, or among the local tables of a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from localdb.catalog.objects import SchemaObject, Table
from localdb.catalog.store import Store
from localdb.errors import sql_error
from localdb.runtime.database import Database
from localdb.runtime.relations import physical_name, sequence_name
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import require_new_object, require_use
from localdb.runtime.security.default_schemas import default_schema
from localdb.runtime.sequences import sequence_range
from localdb.runtime.statements.table_definitions import constraint_names, physical_columns
from localdb.runtime.transactions import Transaction
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.session import Session


class NewTableTarget(Protocol):
    """``check`` raises 2714 when the name is taken, ``create`` makes the table and gives its DuckDB name."""

    database: Database | None
    schema: str
    name: str

    def new_id(self) -> int: ...

    def check(self, transaction: Transaction) -> None: ...

    def create(self, table: Table, transaction: Transaction) -> str: ...


def new_table_target(session: Session, frame: Frame, name: ObjectName) -> NewTableTarget:
    if name.name.startswith("##"):
        raise sql_error(40514, f"global temporary table {name.name}")
    if name.name.startswith("#"):
        return LocalTarget(session, frame, name.name)
    return DatabaseTarget(session, frame, name)


class LocalTarget:
    """A #temp table of the scope ``frame``."""

    def __init__(self, session: Session, frame: Frame, name: str) -> None:
        self.database: Database | None = None
        self.schema = "dbo"
        self.name = name
        self._session = session
        self._frame = frame

    def new_id(self) -> int:
        return self._session.local_tables.new_id()

    def check(self, transaction: Transaction) -> None:
        if self.name.lower() in self._frame.temp_tables:
            raise sql_error(2714, self.name)

    def create(self, table: Table, transaction: Transaction) -> str:
        return self._session.local_tables.add(self._frame, table, transaction).physical


class DatabaseTarget:
    """A table of a database."""

    def __init__(self, session: Session, frame: Frame, name: ObjectName) -> None:
        self._session = session
        self._frame = frame
        self._database = session.instance.require_database(name.database or frame.database)
        self.database: Database | None = self._database
        require_use(session, frame, self._database.name)
        snapshot = session.transactions.relations(self._database).snapshot
        self.schema = name.schema or default_schema(session, frame, snapshot)
        self.name = name.name
        self._store = Store(self._database.name, session.connection)

    def new_id(self) -> int:
        return self._store.new_id()

    def check(self, transaction: Transaction) -> None:
        snapshot = self._session.transactions.relations(self._database).snapshot
        schema = snapshot.schema(self.schema)
        if schema is None or schema.name in ("sys", "INFORMATION_SCHEMA"):
            raise sql_error(2760, self.schema)
        self.schema = schema.name
        require_new_object(self._session, self._frame, "CREATE TABLE", self._database, schema)
        require_free(self._session, self._database, self.schema, self.name)

    def create(self, table: Table, transaction: Transaction) -> str:
        connection = self._session.connection
        for name in constraint_names(table):
            require_free(self._session, self._database, self.schema, name)
        physical = physical_name(self._database.name, table.schema, table.name)
        connection.execute(f"CREATE TABLE {physical} ({physical_columns(table)})")
        for item in table.columns:
            identity = item.column.identity
            if identity is not None:
                sequence = sequence_name(self._database.name, table.object_id)
                options = sequence_range(identity.seed, identity.increment)
                connection.execute(f"CREATE SEQUENCE {sequence} {options}")
        write_object(self._session, self._database, table, transaction, physical=True)
        return physical


def require_free(session: Session, database: Database, schema: str, name: str) -> None:
    """2714 when an object or a constraint of the schema has the name."""
    snapshot = session.transactions.relations(database).snapshot
    if snapshot.find(schema, name) is not None or snapshot.constraint_named(schema, name) is not None:
        raise sql_error(2714, name)


def write_object(
    session: Session, database: Database, thing: SchemaObject, transaction: Transaction, *, physical: bool
) -> None:
    """Write a new or changed object to the catalog and to the transaction's definitions."""
    snapshot = session.transactions.relations(database).snapshot
    schema = snapshot.schema(thing.schema)
    assert schema is not None
    Store(database.name, session.connection).write(thing, schema)
    session.transactions.redefine(transaction, snapshot.with_object(thing), physical=physical)
