"""From a table's definition as written to its description in the catalog, with SQL Server's checks.

https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from localdb.catalog.objects import (
    CHECK,
    FOREIGN_KEY,
    INDEX,
    PLAIN_INDEX,
    PRIMARY_KEY,
    UNIQUE_KEY,
    Constraint,
    Table,
    TableColumn,
)
from localdb.catalog.store import now
from localdb.errors import sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security.security_context import scope_apart
from localdb.runtime.statements.foreign_keys import build_foreign_key
from localdb.tsql import ast
from localdb.tsql.compiler import compile_default
from localdb.types import MAX, Column, Identity, SqlType, quote_name, storage_type

if TYPE_CHECKING:
    from localdb.runtime.session import Session

_COLLATIONS = ("database_default", "sql_latin1_general_cp1_ci_as")
"""Character strings compare in one way only: without case, with trailing blanks ignored."""

_KINDS = {"PRIMARY KEY": PRIMARY_KEY, "UNIQUE": UNIQUE_KEY, "CHECK": CHECK, "FOREIGN KEY": FOREIGN_KEY}
_PREFIXES = {PRIMARY_KEY: "PK", UNIQUE_KEY: "UQ", CHECK: "CK", FOREIGN_KEY: "FK", "DEFAULT": "DF"}


def physical_columns(table: Table) -> str:
    """The column list of the DuckDB table: names and storage types, nothing else."""
    return ", ".join(
        f"{quote_name(item.column.name)} {storage_type(item.column.type)}" for item in table.columns
    )


def automatic_name(kind: str, table: str, column: str, number: int) -> str:
    """The name of a constraint that was given none, in SQL Server's pattern:
    ``PK__customer__3213E83F7A5B2E4C``.
    """
    digits = hashlib.sha256(f"{kind} {table} {column} {number}".encode()).hexdigest().upper()
    if kind in (PRIMARY_KEY, UNIQUE_KEY):
        return f"{_PREFIXES[kind]}__{table[:8]}__{digits[:16]}"
    return f"{_PREFIXES[kind]}__{table[:9]}__{column[:5]}__{digits[:8]}"


class TableBuilder:
    """Builds and extends table descriptions; ``new_id`` gives ids to tables and constraints."""

    def __init__(self, session: Session, frame: Frame, new_id: Callable[[], int]) -> None:
        self._session = session
        self._frame = frame
        self._new_id = new_id

    def build(
        self, name: str, schema: str, definition: ast.TableDefinition, *, variable: bool = False
    ) -> Table:
        """The table of CREATE TABLE or DECLARE @t TABLE."""
        moment = now()
        empty = Table(self._new_id(), schema, name, (), (), moment, moment)
        return self.extend(empty, definition, new=True)

    def extend(self, table: Table, definition: ast.TableDefinition, *, new: bool = False) -> Table:
        """``table`` with further columns and constraints."""
        table = replace(table, modified=now())
        for column in definition.columns:
            table = self._add_column(table, column)
        keys = [c for c in definition.constraints if c.kind == "PRIMARY KEY"]
        table = self._require_keys(table, keys, definition, new=new)
        for constraint in definition.constraints:
            table = self._add_constraint(table, constraint)
        self._one_identity(table)
        return table

    def _add_column(self, table: Table, written: ast.ColumnDefinition) -> Table:
        if table.column(written.name) is not None:
            raise sql_error(2705, written.name, table.name)
        if written.collation is not None and written.collation.lower() not in _COLLATIONS:
            raise sql_error(40517, f"COLLATE {written.collation}")
        identity = Identity(*written.identity) if written.identity is not None else None
        if identity is not None:
            _check_identity(table, written)
        default_name = ""
        if written.default is not None:
            default_name = written.default_name or automatic_name(
                "DEFAULT", table.name, written.name, self._new_id()
            )
            self._check_default(written.default, written.type)
        column = Column(
            written.name,
            written.type,
            nullable=identity is None if written.nullable is None else written.nullable,
            identity=identity,
            default=written.default.text if written.default is not None else None,
        )
        number = max((item.column_id for item in table.columns), default=0) + 1
        return replace(table, columns=(*table.columns, TableColumn(number, column, default_name)))

    def _check_default(self, text: ast.Slice, to: SqlType) -> None:
        """A DEFAULT needs no row (128), no variable (137) and no subquery (1046)."""
        session = self._session
        compile_default(text, session.evaluator.names(scope_apart(session, self._frame)), to)

    def _one_identity(self, table: Table) -> None:
        if sum(item.column.identity is not None for item in table.columns) > 1:
            raise sql_error(2744, table.name)

    def _require_keys(
        self,
        table: Table,
        keys: Sequence[ast.ConstraintDefinition],
        definition: ast.TableDefinition,
        *,
        new: bool,
    ) -> Table:
        """Columns of the primary key are NOT NULL: silently in a new table that does not say NULL, else
        8111.
        """
        if len(keys) + (table.primary_key is not None) > 1:
            raise sql_error(1779 if not new else 8110, table.name)
        written = {column.name.lower(): column for column in definition.columns}
        wanted = {name.lower() for key in keys for name in key.columns}
        columns = []
        for item in table.columns:
            name = item.column.name.lower()
            if name in wanted and item.column.nullable:
                if name not in written or written[name].nullable:
                    raise sql_error(8111, table.name)
                item = replace(item, column=replace(item.column, nullable=False))
            columns.append(item)
        return replace(table, columns=tuple(columns))

    def _add_constraint(self, table: Table, written: ast.ConstraintDefinition) -> Table:
        if written.kind == "DEFAULT":
            return self._add_default(table, written)
        kind = _KINDS[written.kind]
        number = self._new_id()
        column = written.columns[0] if written.columns else ""
        name = written.name or automatic_name(kind, table.name, column, number)
        if any(c.name.lower() == name.lower() for c in table.constraints):
            raise sql_error(2714, name)
        if kind == FOREIGN_KEY:
            constraint = build_foreign_key(self._session, self._frame, table, written, name, number)
        elif kind == CHECK:
            assert written.expression is not None
            constraint = Constraint(number, name, kind, written.columns, written.expression.text)
        else:
            constraint = self.key(table, kind, name, written.columns, number)
        return replace(table, constraints=(*table.constraints, constraint))

    def key(self, table: Table, kind: str, name: str, columns: Sequence[str], number: int) -> Constraint:
        """A key over existing columns of types that can be in an index: 1911, 1909, 1919."""
        found: list[str] = []
        for written in columns:
            item = table.column(written)
            if item is None:
                raise sql_error(1911, written)
            if item.column.name in found:
                raise sql_error(1909, written)
            if item.column.type.length == MAX:
                raise sql_error(1919, item.column.name, table.name)
            found.append(item.column.name)
        return Constraint(number, name, kind, tuple(found))

    def _add_default(self, table: Table, written: ast.ConstraintDefinition) -> Table:
        """ALTER TABLE ADD CONSTRAINT name DEFAULT value FOR column: 1781 when it has one already."""
        item = table.column(written.columns[0])
        assert written.expression is not None
        if item is None:
            raise sql_error(1752, written.columns[0], table.name)
        if item.column.default is not None or item.column.identity is not None:
            raise (
                sql_error(1781)
                if item.column.identity is None
                else sql_error(1754, table.name, item.column.name)
            )
        self._check_default(written.expression, item.column.type)
        name = written.name or automatic_name("DEFAULT", table.name, item.column.name, self._new_id())
        changed = replace(
            item, column=replace(item.column, default=written.expression.text), default_name=name
        )
        return replace_column(table, changed)


def replace_column(table: Table, changed: TableColumn) -> Table:
    columns = tuple(changed if c.column_id == changed.column_id else c for c in table.columns)
    return replace(table, columns=columns)


def constraint_names(table: Table) -> list[str]:
    """The names that take part in the name space of objects; unique indexes have their own."""
    named = [c.name for c in table.constraints if c.kind not in (INDEX, PLAIN_INDEX)]
    return named + [item.default_name for item in table.columns if item.default_name]


def _check_identity(table: Table, written: ast.ColumnDefinition) -> None:
    if not (written.type.is_integer or (written.type.name == "decimal" and written.type.scale == 0)):
        raise sql_error(2749, written.name)
    if written.nullable:
        raise sql_error(8147, written.name, table.name)
    if written.default is not None:
        raise sql_error(1754, table.name, written.name)
    assert written.identity is not None
    if written.identity[1] == 0:
        raise sql_error(2753, written.name)
