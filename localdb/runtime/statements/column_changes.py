"""New, dropped and changed columns of a table that has rows, as DuckDB's table follows its description.

DuckDB refuses to commit a transaction that alters a table whose rows it has changed before. So a table is
altered in place when its statement opens DuckDB's transaction, and copied otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.catalog.objects import Table, TableColumn
from localdb.engine.arrow_types import to_storage
from localdb.engine.duck import Connection
from localdb.runtime.sequences import sequence_range
from localdb.runtime.statements.existing_tables import ExistingTable
from localdb.runtime.statements.table_definitions import physical_columns
from localdb.types import quote_name, storage_type

_COPY = '"temp"."main"."localdb_copy"'
_VALUES = '"temp"."main"."localdb_values"'


class ColumnChanges:
    """One change of a table's columns. ``expressions`` say where each new or changed column's values come
    from.

    They are DuckDB SQL over the old columns, by the new columns' names; NULL when there is none.
    """

    def __init__(self, found: ExistingTable, *, in_place: bool) -> None:
        self._found = found
        self._connection: Connection = found.session.connection
        self._before = found.table
        self._in_place = in_place
        self.expressions: dict[str, str] = {}
        self._identity: TableColumn | None = None

    def set_values(self, values: Mapping[str, tuple[Any, TableColumn]]) -> None:
        """Constants for new columns: held in a temporary table, so that their types stay exact."""
        if not values:
            return
        items, parameters = [], {}
        for i, (name, (value, item)) in enumerate(values.items()):
            items.append(f"CAST($v{i} AS {storage_type(item.column.type)}) AS v{i}")
            parameters[f"v{i}"] = to_storage(value, item.column.type)
            self.expressions[name] = f"(SELECT v{i} FROM {_VALUES})"
        self._connection.execute(f"CREATE TEMP TABLE {_VALUES} AS SELECT {', '.join(items)}", parameters)

    def set_identity(self, item: TableColumn) -> None:
        """A new identity column numbers the rows that are there."""
        self._identity = item

    def preview(self, table: Table) -> str:
        """The rows as they will be, as a DuckDB table source; identity values are stood in for."""
        items = []
        for item in table.columns:
            name = item.column.name
            expression = self._expression(item)
            if item is self._identity:
                expression = f"CAST(row_number() OVER () AS {storage_type(item.column.type)})"
            items.append(f"{expression} AS {quote_name(name)}")
        return f"(SELECT {', '.join(items)} FROM {self._found.physical})"

    def _expression(self, item: TableColumn) -> str:
        name, sql_type = item.column.name, storage_type(item.column.type)
        if name in self.expressions:
            return f"CAST({self.expressions[name]} AS {sql_type})"
        if item is self._identity:
            sequence = self._found.sequence.replace("'", "''")
            return f"CAST(nextval('{sequence}') AS {sql_type})"
        if self._before.column(name) is None:
            return f"CAST(NULL AS {sql_type})"
        return quote_name(name)

    def apply(self, table: Table) -> None:
        """Make DuckDB's table that of the description ``table``."""
        if self._identity is not None:
            identity = self._identity.column.identity
            assert identity is not None
            self._connection.execute(
                f"CREATE {self._temporary}SEQUENCE {self._found.sequence} "
                f"{sequence_range(identity.seed, identity.increment)}"
            )
        if self._in_place:
            self._alter(table)
        else:
            self._copy(table)
        for item in self._before.columns:
            if item.column.identity is not None and table.column(item.column.name) is None:
                self._connection.execute(f"DROP SEQUENCE {self._found.sequence}")

    def finish(self) -> None:
        """Drop what was only needed on the way."""
        if not self._connection.failed:
            self._connection.execute(f"DROP TABLE IF EXISTS {_VALUES}")

    @property
    def _temporary(self) -> str:
        return "TEMP " if self._found.local is not None else ""

    def _alter(self, table: Table) -> None:
        physical = self._found.physical
        for item in self._before.columns:
            if table.column(item.column.name) is None:
                self._connection.execute(f"ALTER TABLE {physical} DROP COLUMN {quote_name(item.column.name)}")
        for item in table.columns:
            self._alter_column(item)
        # After every ALTER: DuckDB alters no table whose rows the transaction has changed.
        new = [item for item in table.columns if self._before.column(item.column.name) is None]
        filled = [i for i in new if i is self._identity or i.column.name in self.expressions]
        if filled:
            items = ", ".join(f"{quote_name(i.column.name)} = {self._expression(i)}" for i in filled)
            self._connection.execute(f"UPDATE {physical} SET {items}")

    def _alter_column(self, item: TableColumn) -> None:
        """Add the column, or give it its new type."""
        physical = self._found.physical
        name, sql_type = quote_name(item.column.name), storage_type(item.column.type)
        if self._before.column(item.column.name) is None:
            self._connection.execute(f"ALTER TABLE {physical} ADD COLUMN {name} {sql_type}")
        elif item.column.name in self.expressions:
            self._connection.execute(
                f"ALTER TABLE {physical} ALTER COLUMN {name} "
                f"SET DATA TYPE {sql_type} USING {self._expression(item)}"
            )

    def _copy(self, table: Table) -> None:
        physical = self._found.physical
        items = ", ".join(
            f"{self._expression(item)} AS {quote_name(item.column.name)}" for item in table.columns
        )
        self._connection.execute(f"CREATE TEMP TABLE {_COPY} AS SELECT {items} FROM {physical}")
        self._connection.execute(f"DROP TABLE {physical}")
        self._connection.execute(f"CREATE {self._temporary}TABLE {physical} ({physical_columns(table)})")
        self._connection.execute(f"INSERT INTO {physical} SELECT * FROM {_COPY}")
        self._connection.execute(f"DROP TABLE {_COPY}")
