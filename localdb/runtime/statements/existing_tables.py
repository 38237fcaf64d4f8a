"""A table that a definition changes: in a database, or a local table of the scope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from localdb.catalog.objects import SchemaObject, Table, View
from localdb.catalog.store import Store
from localdb.errors import sql_error
from localdb.runtime.database import Database
from localdb.runtime.relations import physical_name, sequence_name
from localdb.runtime.scope import Frame, LocalTable
from localdb.runtime.security.authorization import may_on_object, require_use
from localdb.runtime.security.default_schemas import schema_of
from localdb.runtime.statements.table_targets import write_object
from localdb.runtime.transactions import Transaction
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.session import Session


@dataclass(slots=True)
class ExistingTable:
    """``local`` for a #temp table, else ``database``; ``sequence`` is that of the identity column, if any."""

    session: Session
    frame: Frame
    name: ObjectName
    database: Database | None
    local: LocalTable | None

    @property
    def table(self) -> Table:
        """The description as the session sees it now."""
        if self.local is not None:
            return self.local.table
        assert self.database is not None
        found = self.session.transactions.relations(self.database).snapshot.find(
            str(self.name.schema), self.name.name
        )
        assert isinstance(found, Table)
        return found

    @property
    def physical(self) -> str:
        if self.local is not None:
            return self.local.physical
        assert self.database is not None
        return physical_name(self.database.name, self.table.schema, self.table.name)

    @property
    def sequence(self) -> str:
        if self.local is not None:
            return self.local.sequence
        assert self.database is not None
        return sequence_name(self.database.name, self.table.object_id)

    def new_id(self) -> int:
        if self.local is not None:
            return self.session.local_tables.new_id()
        assert self.database is not None
        return Store(self.database.name, self.session.connection).new_id()

    def write(self, table: Table, transaction: Transaction, *, physical: bool) -> None:
        """Put the changed description in place of the old one."""
        if self.local is not None:
            self.session.local_tables.replace(self.local, table, transaction)
            return
        assert self.database is not None
        write_object(self.session, self.database, table, transaction, physical=physical)


def existing_table(
    session: Session, frame: Frame, name: ObjectName, *, missing: int = 4902, action: str = ""
) -> ExistingTable:
    """The table ``name``; error ``missing`` when there is none (4902 Cannot find the object), 1088 when the
    caller may not alter it, 916 when the caller may not enter its database.
    """
    if name.name.startswith("#"):
        local = frame.temp_table(name.name)
        if local is not None:
            return ExistingTable(session, frame, name, None, local)
    else:
        database = session.instance.database(name.database or frame.database)
        found: SchemaObject | None = None
        if database is not None:
            require_use(session, frame, database.name)
            snapshot = session.transactions.relations(database).snapshot
            found = snapshot.find(schema_of(session, frame, snapshot, name), name.name)
        if isinstance(found, Table) and database is not None:
            if not may_on_object(session, frame, "ALTER", database, found):
                raise sql_error(1088, name)
            return ExistingTable(session, frame, replace(name, schema=found.schema), database, None)
        if isinstance(found, View) and missing == 4902:
            raise sql_error(4909, name.name)
    raise sql_error(missing, name)
