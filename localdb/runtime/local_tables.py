"""#temp tables and table variables: DuckDB temporary tables under names of their own.

#temp tables follow the transaction, table variables keep their rows when it is rolled back:
https://learn.microsoft.com/sql/t-sql/data-types/table-transact-sql
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from localdb.catalog.objects import Table
from localdb.engine.duck import Connection
from localdb.errors import SqlError, sql_error
from localdb.runtime.relations import table_relation
from localdb.runtime.scope import Frame, LocalTable
from localdb.runtime.sequences import sequence_range
from localdb.runtime.statements.table_definitions import TableBuilder, physical_columns
from localdb.runtime.transactions import Transaction, Transactions
from localdb.tsql import ast
from localdb.types import ObjectName, quote_name

if TYPE_CHECKING:
    from localdb.runtime.session import Session

_SPILL = "localdb_saved"


class LocalTables:
    """The local tables of one session."""

    def __init__(self, session: Session, connection: Connection, transactions: Transactions) -> None:
        self._session = session
        self._connection = connection
        self._transactions = transactions
        self._numbers = iter(range(1, 2**62))
        self._variables: dict[str, LocalTable] = {}
        transactions.before_rollback = self._keep_variables

    def new_id(self) -> int:
        """Temporary tables have negative object ids, as in SQL Server's tempdb."""
        return -next(self._numbers)

    def declare(self, frame: Frame, name: str, definition: ast.TableDefinition) -> None:
        """DECLARE @t TABLE."""
        builder = TableBuilder(self._session, frame, self.new_id)
        table = builder.build(name, "dbo", definition, variable=True)
        local = self.describe(table, ObjectName(name), "variable")
        with self._transactions.writing(None):
            self.create_physical(local)
        self._variables[local.physical] = local
        frame.table_variables[name] = local

    def describe(self, table: Table, name: ObjectName, kind: str) -> LocalTable:
        physical = f'"temp"."main".{quote_name(f"{table.name}_{-table.object_id}")}'
        sequence = f'"temp"."main".{quote_name(f"identity_{-table.object_id}")}'
        return LocalTable(table, table_relation(table, name, kind, physical, sequence), sequence)

    def add(self, frame: Frame, table: Table, transaction: Transaction) -> LocalTable:
        """CREATE TABLE #t, inside ``transaction``; the caller's scope owns it."""
        local = self.describe(table, ObjectName(table.name, "dbo", "tempdb"), "temp")
        self.create_physical(local)
        owner = frame.temp_tables
        owner[table.name.lower()] = local

        def undo() -> None:
            if owner.get(table.name.lower()) is local:
                del owner[table.name.lower()]
            self._drop_physical(local)

        transaction.on_rollback.append(undo)
        return local

    def remove(self, frame: Frame, name: str, transaction: Transaction) -> None:
        """DROP TABLE #t: out of sight at once, dropped when the transaction commits. 3701 when there is
        none.
        """
        folded = name.lower()
        for scope in frame.chain():
            local = scope.temp_tables.pop(folded, None)
            if local is not None:
                self._removed(scope.temp_tables, folded, local, transaction)
                return
        raise sql_error(3701, "drop", "table", name)

    def _removed(
        self, owner: dict[str, LocalTable], name: str, local: LocalTable, transaction: Transaction
    ) -> None:
        transaction.on_commit.append(lambda: self._drop_physical(local))
        transaction.on_rollback.append(lambda: owner.__setitem__(name, local))

    def replace(self, local: LocalTable, table: Table, transaction: Transaction) -> None:
        """ALTER TABLE #t and CREATE INDEX: a new description of the same physical table."""
        before = (local.table, local.relation)
        relation = table_relation(
            table, local.relation.name, local.relation.kind, local.physical, local.sequence
        )
        local.table, local.relation = table, relation

        def undo() -> None:
            local.table, local.relation = before

        transaction.on_rollback.append(undo)

    def discard(self, local: LocalTable) -> None:
        """At the end of the scope that owns it."""
        self._variables.pop(local.physical, None)
        transaction = self._transactions.current
        if transaction is not None:
            # A rollback may bring the physical table back.
            transaction.on_rollback.append(lambda: self._drop_physical(local))
        if not self._connection.failed:
            self._drop_physical(local)

    def before_change(self, local: LocalTable) -> None:
        """To be called before a statement changes ``local``, outside its unit of work.

        Remembers the rows of a #temp table while the transaction changes it without DuckDB's help.
        """
        transaction = self._transactions.current
        if transaction is None or transaction.doomed:
            return
        local.changed_in = transaction.descriptor
        known = local.relation.kind != "temp" or local.physical in transaction.saved
        if known or transaction.database is not None:
            return
        saved = f'"temp"."main".{quote_name(f"{_SPILL}_{next(self._numbers)}")}'
        self._connection.execute(f"CREATE TEMP TABLE {saved} AS SELECT * FROM {local.physical}")
        transaction.saved.add(local.physical)
        drop = f"DROP TABLE IF EXISTS {saved}"
        transaction.on_commit.append(lambda: _quietly(self._connection, drop))

        def restore() -> None:
            self._connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {local.physical} AS SELECT * FROM {saved}"
            )
            self._connection.execute(drop)

        transaction.on_rollback.append(restore)

    def find(self, physical: str, frame: Frame) -> LocalTable | None:
        for scope in frame.chain():
            for tables in (scope.temp_tables, scope.table_variables):
                for local in tables.values():
                    if local.physical == physical:
                        return local
        return None

    def create_physical(self, local: LocalTable) -> None:
        table = local.table
        self._connection.execute(f"CREATE TEMP TABLE {local.physical} ({physical_columns(table)})")
        for item in table.columns:
            identity = item.column.identity
            if identity is not None:
                options = sequence_range(identity.seed, identity.increment)
                self._connection.execute(f"CREATE TEMP SEQUENCE {local.sequence} {options}")

    def _drop_physical(self, local: LocalTable) -> None:
        _quietly(self._connection, f"DROP TABLE IF EXISTS {local.physical}")
        if local.relation.sequence:
            _quietly(self._connection, f"DROP SEQUENCE IF EXISTS {local.sequence}")

    def _keep_variables(self) -> Callable[[], None]:
        """Take the rows of table variables out of DuckDB's transaction before its rollback; put them back
        after.
        """
        transaction = self._transactions.current
        if transaction is None or transaction.database is None:
            return lambda: None
        kept = []
        for local in self._variables.values():
            if local.changed_in != transaction.descriptor:
                kept.append((local, None))
            elif self._connection.failed:
                local.lost = True
            else:
                kept.append((local, self._connection.table(f"SELECT * FROM {local.physical}")))

        def put_back() -> None:
            for local, rows in kept:
                self._connection.execute(
                    f"CREATE TEMP TABLE IF NOT EXISTS {local.physical} ({physical_columns(local.table)})"
                )
                if rows is not None:
                    self._connection.register(_SPILL, rows)
                    self._connection.execute(f"DELETE FROM {local.physical}")
                    self._connection.execute(f"INSERT INTO {local.physical} SELECT * FROM {_SPILL}")
                    self._connection.unregister(_SPILL)

        return put_back


def _quietly(connection: Connection, sql: str) -> None:
    with contextlib.suppress(SqlError):
        connection.execute(sql)
