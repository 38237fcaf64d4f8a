"""What names mean in a statement of one scope; remembers every answer, for the cache of compiled
statements.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from localdb.errors import sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import require_use
from localdb.runtime.security.default_schemas import schema_of
from localdb.tsql.names import Relation
from localdb.types import ObjectName, SqlType

if TYPE_CHECKING:
    from localdb.runtime.session import Session

SYSTEM_SCHEMAS = ("sys", "information_schema")


class ScopeNames:
    """Implements ``tsql.names.Names`` for the scope ``frame`` of ``session``."""

    def __init__(self, session: Session, frame: Frame) -> None:
        self._session = session
        self._frame = frame
        self.relations: dict[ObjectName, Relation] = {}
        self.variables: dict[str, SqlType] = {}

    @property
    def database(self) -> str:
        return self._frame.database

    def variable(self, name: str) -> SqlType:
        found = self._frame.variable(name).type
        self.variables[name] = found
        return found

    def relation(self, name: ObjectName) -> Relation:
        found = self._find(name)
        self.relations[name] = found
        return found

    def _find(self, name: ObjectName) -> Relation:
        if name.name.startswith("@"):
            return self._table_variable(name)
        if name.name.startswith("#"):
            return self._temp_table(name)
        database = self._session.instance.database(name.database or self._frame.database)
        if database is None:
            raise sql_error(208, name)
        if database.name.lower() != self._frame.database.lower():
            require_use(self._session, self._frame, database.name)
        relations = self._session.transactions.relations(database)
        schema = schema_of(self._session, self._frame, relations.snapshot, name)
        if schema.lower() in SYSTEM_SCHEMAS:
            found = self._session.system_relation(replace(name, schema=schema), database.name, self._frame)
        else:
            found = relations.find(schema, name.name)
            if found is None and schema.lower() == "dbo" and name.name.lower().startswith("sys"):
                # The old system tables: sysobjects, dbo.sysobjects.
                found = self._session.system_relation(replace(name, schema="sys"), database.name, self._frame)
        if found is None:
            raise sql_error(208, name)
        return self._with_identity_insert(found)

    def _table_variable(self, name: ObjectName) -> Relation:
        local = self._frame.table_variables.get(name.name.lower())
        if local is None:
            raise sql_error(1087, name.name)
        if local.lost:
            raise sql_error(40514, f"{name.name} after an error that aborted the transaction that changed it")
        return local.relation

    def _temp_table(self, name: ObjectName) -> Relation:
        if name.name.startswith("##"):
            raise sql_error(40514, f"global temporary table {name.name}")
        local = self._frame.temp_table(name.name)
        if local is None or (name.database or "tempdb").lower() != "tempdb":
            raise sql_error(208, name)
        return self._with_identity_insert(local.relation)

    def _with_identity_insert(self, relation: Relation) -> Relation:
        if self._session.identity_insert == relation.physical != "":
            return replace(relation, identity_insert=True)
        return relation
