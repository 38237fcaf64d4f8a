"""ALTER TABLE, CREATE INDEX and DROP INDEX.

https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import (
    FOREIGN_KEY,
    INDEX,
    PLAIN_INDEX,
    PRIMARY_KEY,
    UNIQUE_KEY,
    Table,
    TableColumn,
)
from localdb.catalog.store import now
from localdb.errors import sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import require_object
from localdb.runtime.security.security_context import scope_apart
from localdb.runtime.statements.column_changes import ColumnChanges
from localdb.runtime.statements.definitions import definition_errors
from localdb.runtime.statements.existing_tables import ExistingTable, existing_table
from localdb.runtime.statements.table_definitions import TableBuilder, constraint_names, replace_column
from localdb.runtime.statements.table_targets import require_free
from localdb.runtime.statements.validation import check_existing_rows, check_expressions
from localdb.runtime.transactions import Transaction
from localdb.tsql import ast
from localdb.tsql.binding import Bound
from localdb.tsql.casts import cast
from localdb.types import SqlType, quote_name

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter


_INDEXES = (INDEX, PLAIN_INDEX)


def run_add(run: Interpreter, statement: ast.AlterTableAdd, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    with definition_errors():
        found = existing_table(session, frame, statement.table)
        with _changing(found) as (transaction, changes):
            before = found.table
            table = TableBuilder(session, frame, found.new_id).extend(before, statement.definition)
            check_expressions(session, frame, table, found.database)
            _require_free_names(found, before, table)
            added = table.columns[len(before.columns) :]
            _set_first_values(run, found, statement.definition, added, changes)
            constraints = table.constraints[len(before.constraints) :]
            check_existing_rows(found, table, constraints, changes.preview(table))
            if added:
                changes.apply(table)
            found.write(table, transaction, physical=bool(added))
    yield run.done("ALTER TABLE", frame)
    return None


@contextmanager
def _changing(found: ExistingTable) -> Iterator[tuple[Transaction, ColumnChanges]]:
    """The unit of work of one ALTER TABLE."""
    session = found.session
    if found.local is not None:
        session.local_tables.before_change(found.local)
    in_place = not session.connection.in_transaction
    with session.transactions.writing(found.database) as transaction:
        changes = ColumnChanges(found, in_place=in_place)
        try:
            yield transaction, changes
        finally:
            changes.finish()


def _require_free_names(found: ExistingTable, before: Table, table: Table) -> None:
    if found.database is not None:
        for name in set(constraint_names(table)) - set(constraint_names(before)):
            require_free(found.session, found.database, table.schema, name)


def _set_first_values(
    run: Interpreter,
    found: ExistingTable,
    definition: ast.TableDefinition,
    added: tuple[TableColumn, ...],
    changes: ColumnChanges,
) -> None:
    """What existing rows get in the new columns: the default of NOT NULL columns, and WITH VALUES.

    4901 for a NOT NULL column without a default, unless the table is empty.
    """
    values: dict[str, tuple[Any, TableColumn]] = {}
    for written, item in zip(definition.columns, added, strict=True):
        column = item.column
        if column.identity is not None:
            changes.set_identity(item)
        elif column.nullable and not written.with_values:
            continue
        elif written.default is not None:
            # Evaluated once for all rows, as SQL Server does for run-time constants.
            value = run.evaluator.value(written.default, scope_apart(found.session, found.frame), column.type)
            values[column.name] = (value, item)
        elif not column.nullable and run.session.connection.rows(f"SELECT 1 FROM {found.physical} LIMIT 1"):
            raise sql_error(4901, column.name, found.table.name)
    changes.set_values(values)


def run_drop(run: Interpreter, statement: ast.AlterTableDrop, frame: Frame) -> Flow:
    yield from run.begin_implicitly()
    found = existing_table(run.session, frame, statement.table)
    with _changing(found) as (transaction, changes):
        before = table = found.table
        for name in statement.names:
            if statement.kind == "COLUMN":
                column = _droppable_column(found, table, name, statement.if_exists)
                if column is not None:
                    table = replace(table, columns=tuple(c for c in table.columns if c != column))
            else:
                table = _without_constraint(found, table, name, statement.if_exists)
        if not table.columns:
            raise sql_error(4923, before.columns[-1].column.name, table.name)
        physical = len(table.columns) < len(before.columns)
        if physical:
            changes.apply(table)
        found.write(replace(table, modified=now()), transaction, physical=physical)
    yield run.done("ALTER TABLE", frame)
    return None


def _droppable_column(found: ExistingTable, table: Table, name: str, if_exists: bool) -> TableColumn | None:
    """4924 no such column; 5074 with 4922 while a constraint or a default depends on it."""
    item = table.column(name)
    if item is None:
        if if_exists:
            return None
        raise sql_error(4924, "DROP COLUMN", name, table.name)
    dependents = [("object", item.default_name)] if item.default_name else []
    for constraint in table.constraints:
        uses = name.lower() in (c.lower() for c in constraint.columns)
        if uses or (constraint.expression and _mentions(constraint.expression, name)):
            dependents.append(("index" if constraint.kind in _INDEXES else "object", constraint.name))
    if dependents:
        last = sql_error(4922, "DROP COLUMN", name)
        last.earlier = tuple(sql_error(5074, kind, by, name) for kind, by in dependents)
        raise last
    return item


def _mentions(expression: str, column: str) -> bool:
    """Whether a CHECK's text may use a column: any word that is its name counts."""
    words = "".join(c if c.isalnum() or c in "_@#$" else " " for c in expression.lower()).split()
    return column.lower() in words or f"[{column.lower()}]" in expression.lower()


def _without_constraint(found: ExistingTable, table: Table, name: str, if_exists: bool) -> Table:
    """3728 no such constraint, 3725 while a foreign key refers to the key."""
    constraint = table.constraint(name)
    if constraint is not None and constraint.kind not in _INDEXES:
        if constraint.kind in (PRIMARY_KEY, UNIQUE_KEY) and found.database is not None:
            snapshot = found.session.transactions.relations(found.database).snapshot
            for child, key in snapshot.referencing(found.table):
                if {c.lower() for c in key.referenced_columns} == {c.lower() for c in constraint.columns}:
                    raise sql_error(3725, constraint.name, child.name, key.name)
        return replace(table, constraints=tuple(c for c in table.constraints if c != constraint))
    for item in table.columns:
        if item.default_name.lower() == name.lower():
            changed = replace(item, column=replace(item.column, default=None), default_name="")
            return replace_column(table, changed)
    if if_exists:
        return table
    raise sql_error(3728, name)


def run_alter_column(run: Interpreter, statement: ast.AlterColumn, frame: Frame) -> Flow:
    """ALTER COLUMN to another type or nullability: the rows are converted, or the statement fails as a
    whole.
    """
    yield from run.begin_implicitly()
    with definition_errors():
        found = existing_table(run.session, frame, statement.table)
        if found.database is not None:
            require_object(run.session, frame, "UPDATE", found.database, found.table)
        with _changing(found) as (transaction, changes):
            table = found.table
            wanted = statement.column
            item = table.column(wanted.name)
            if item is None:
                raise sql_error(4924, "ALTER COLUMN", wanted.name, table.name)
            _require_unused(found, table, item)
            nullable = True if wanted.nullable is None else wanted.nullable
            column = replace(item.column, type=wanted.type, nullable=nullable)
            changed = replace_column(table, replace(item, column=column))
            _check_nulls(found, item, nullable)
            if wanted.type != item.column.type:
                changes.expressions[column.name] = _converted(found, item, wanted.type)
                changes.apply(changed)
            found.write(replace(changed, modified=now()), transaction, physical=True)
    yield run.done("ALTER TABLE", frame)
    return None


def _require_unused(found: ExistingTable, table: Table, item: TableColumn) -> None:
    """A column of a key, a check, a foreign key or a default, or with identity, stays as it is (5074,
    4922).
    """
    name = item.column.name
    if item.column.identity is not None:
        raise sql_error(40514, "ALTER COLUMN of an identity column")
    _droppable_or_alterable(table, item)
    if found.database is not None:
        snapshot = found.session.transactions.relations(found.database).snapshot
        for child, key in snapshot.referencing(table):
            if name.lower() in (c.lower() for c in key.referenced_columns):
                raise sql_error(5074, "object", f"{child.name}.{key.name}", name)


def _droppable_or_alterable(table: Table, item: TableColumn) -> None:
    name = item.column.name
    users = [c for c in table.constraints if name.lower() in (k.lower() for k in c.columns)]
    users += [c for c in table.constraints if c.expression and _mentions(c.expression, name)]
    if users or item.default_name:
        by = users[0].name if users else item.default_name
        last = sql_error(4922, "ALTER COLUMN", name)
        last.earlier = (sql_error(5074, "object", by, name),)
        raise last


def _check_nulls(found: ExistingTable, item: TableColumn, nullable: bool) -> None:
    name = quote_name(item.column.name)
    connection = found.session.connection
    if not nullable and connection.rows(f"SELECT 1 FROM {found.physical} WHERE {name} IS NULL LIMIT 1"):
        raise sql_error(515, item.column.name, _place(found), "UPDATE")


def _converted(found: ExistingTable, item: TableColumn, to: SqlType) -> str:
    """The column's values as another type; what does not fit is refused (2628 and the errors of
    conversion).
    """
    source = Bound(quote_name(item.column.name), item.column.type)
    return cast(source, to, mode="assign", table=_place(found), column=item.column.name).sql


def _place(found: ExistingTable) -> str:
    database = found.database.name if found.database is not None else "tempdb"
    return f"{database}.{found.table.schema}.{found.table.name}"


def run_create_index(run: Interpreter, statement: ast.CreateIndex, frame: Frame) -> Flow:
    """A unique index is a key that is checked; any other is recorded, for DuckDB needs none."""
    session = run.session
    yield from run.begin_implicitly()
    with definition_errors():
        found = existing_table(session, frame, statement.table, missing=1088)
        with session.transactions.writing(found.database) as transaction:
            table = found.table
            if any(
                c.name.lower() == statement.name.lower() for c in table.constraints if c.kind != FOREIGN_KEY
            ):
                raise sql_error(1913, statement.name, statement.table)
            builder = TableBuilder(session, frame, found.new_id)
            columns = [name for name, _ in statement.columns]
            kind = INDEX if statement.unique else PLAIN_INDEX
            index = builder.key(table, kind, statement.name, columns, found.new_id())
            check_existing_rows(found, table, [index], found.physical)
            table = replace(table, constraints=(*table.constraints, index))
            found.write(replace(table, modified=now()), transaction, physical=False)
    yield run.done("CREATE INDEX", frame)
    return None


def run_drop_index(run: Interpreter, statement: ast.DropIndex, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    found = existing_table(session, frame, statement.table, missing=1088)
    with session.transactions.writing(found.database) as transaction:
        table = found.table
        index = table.constraint(statement.name)
        if index is None or index.kind not in _INDEXES:
            if not statement.if_exists:
                raise sql_error(3701, "drop", "index", f"{statement.table}.{statement.name}")
        else:
            kept = tuple(c for c in table.constraints if c != index)
            found.write(replace(table, constraints=kept, modified=now()), transaction, physical=False)
    yield run.done("DROP INDEX", frame)
    return None


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast.AlterTableAdd: run_add,
        ast.AlterTableDrop: run_drop,
        ast.AlterColumn: run_alter_column,
        ast.CreateIndex: run_create_index,
        ast.DropIndex: run_drop_index,
    }
)
