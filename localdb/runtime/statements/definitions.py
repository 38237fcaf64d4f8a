"""CREATE TABLE, DROP, TRUNCATE TABLE, CREATE SCHEMA, CREATE DATABASE.

https://learn.microsoft.com/sql/t-sql/statements/statements
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import Procedure, SchemaObject, Table, View
from localdb.catalog.security import OBJECT, SCHEMA
from localdb.catalog.store import Store
from localdb.errors import SqlError, sql_error
from localdb.runtime.aborts import ScopeAborted
from localdb.runtime.relations import physical_name, sequence_name
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import (
    current_user_id,
    may_drop,
    may_drop_schema,
    require_create_database,
    require_database,
    require_drop_database,
    require_use,
)
from localdb.runtime.security.current_principals import current_login_sid
from localdb.runtime.security.default_schemas import schema_of
from localdb.runtime.security.principal_rules import owner_id
from localdb.runtime.security.principals_roles import require_owner
from localdb.runtime.security.security_changes import forget_securable
from localdb.runtime.sequences import sequence_range
from localdb.runtime.statements.existing_tables import existing_table
from localdb.runtime.statements.table_definitions import TableBuilder
from localdb.runtime.statements.table_targets import new_table_target
from localdb.runtime.statements.validation import check_expressions
from localdb.tsql import ast
from localdb.types import ObjectName, quote_name

if TYPE_CHECKING:
    from localdb.runtime.database import Database
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_KINDS: Mapping[str, type[SchemaObject]] = MappingProxyType(
    {"TABLE": Table, "VIEW": View, "PROCEDURE": Procedure}
)
_WITH_1750 = (1505, 1767, 1769, 1770, 1773, 1776, 1778, 1911, 1919, 8111, 8139)
"""Errors of a constraint, which SQL Server lets 1750 follow."""


@contextmanager
def definition_errors() -> Iterator[None]:
    """Errors of definitions can be caught by TRY, even those of an expression that does not compile."""
    try:
        yield
    except ScopeAborted as abort:
        raise abort.error from abort
    except SqlError as error:
        if error.number not in _WITH_1750:
            raise
        last = sql_error(1750)
        last.earlier = (*error.earlier, error)
        raise last from error


def run_create_table(run: Interpreter, statement: ast.CreateTable, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    with definition_errors():
        target = new_table_target(session, frame, statement.name)
        with session.transactions.writing(target.database) as transaction:
            target.check(transaction)
            builder = TableBuilder(session, frame, target.new_id)
            table = builder.build(target.name, target.schema, statement.definition)
            check_expressions(session, frame, table, target.database)
            target.create(table, transaction)
    yield run.done("CREATE TABLE", frame)
    return None


def run_drop(run: Interpreter, statement: ast.Drop, frame: Frame) -> Flow:
    yield from run.begin_implicitly() if statement.kind != "DATABASE" else iter(())
    with definition_errors():
        for name in statement.names:
            _drop(run.session, statement, name, frame)
    yield run.done(f"DROP {statement.kind}", frame)
    return None


def _drop(session: Session, statement: ast.Drop, name: ObjectName, frame: Frame) -> None:
    try:
        match statement.kind:
            case "DATABASE":
                require_drop_database(session, frame, name.name)
                session.instance.drop_database(session, name.name)
            case "SCHEMA":
                _drop_schema(session, name.name, frame)
            case "TABLE" if name.name.startswith("#"):
                with session.transactions.writing(None) as transaction:
                    session.local_tables.remove(frame, name.name, transaction)
            case kind:
                _drop_object(session, kind, name, frame)
    except SqlError as error:
        if not (statement.if_exists and error.number in (3701, 15151)):
            raise


def _drop_object(session: Session, kind: str, name: ObjectName, frame: Frame) -> None:
    """3701 when there is none or the caller may not, 3705 when it is another kind, 3726 while a foreign key
    refers to it.
    """
    database = session.instance.database(name.database or frame.database)
    if database is None:
        raise sql_error(3701, "drop", kind.lower(), name)
    require_use(session, frame, database.name)
    snapshot = session.transactions.relations(database).snapshot
    schema = schema_of(session, frame, snapshot, name)
    thing = snapshot.find(schema, name.name)
    if thing is None or not may_drop(session, frame, database, thing):
        raise sql_error(3701, "drop", kind.lower(), name)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        thing = snapshot.find(schema, name.name)
        if thing is None:
            raise sql_error(3701, "drop", kind.lower(), name)
        if not isinstance(thing, _KINDS[kind]):
            other = next(word for word, cls in _KINDS.items() if isinstance(thing, cls))
            raise sql_error(3705, kind, name, name, other.lower(), other)
        if isinstance(thing, Table):
            if any(child is not thing for child, _ in snapshot.referencing(thing)):
                raise sql_error(3726, name)
            _drop_physical(session, database, thing)
        Store(database.name, session.connection).remove(thing)
        after = forget_securable(session, snapshot.without_object(thing), OBJECT, thing.object_id)
        session.transactions.redefine(transaction, after, physical=isinstance(thing, Table))


def _drop_physical(session: Session, database: Database, table: Table) -> None:
    session.connection.execute(f"DROP TABLE {physical_name(database.name, table.schema, table.name)}")
    if any(item.column.identity for item in table.columns):
        session.connection.execute(f"DROP SEQUENCE {sequence_name(database.name, table.object_id)}")


def run_truncate(run: Interpreter, statement: ast.TruncateTable, frame: Frame) -> Flow:
    """TRUNCATE TABLE: 4712 while a foreign key refers to it; identity values start again."""
    session = run.session
    yield from run.begin_implicitly()
    found = existing_table(session, frame, statement.table, missing=4701, action="truncate")
    if found.local is not None:
        session.local_tables.before_change(found.local)
    with session.transactions.writing(found.database):
        table = found.table
        if found.database is not None:
            snapshot = session.transactions.relations(found.database).snapshot
            if any(child is not table for child, _ in snapshot.referencing(table)):
                raise sql_error(4712, statement.table)
        session.connection.execute(f"DELETE FROM {found.physical}")
        for item in table.columns:
            if item.column.identity is not None:
                seed, increment = item.column.identity.seed, item.column.identity.increment
                temporary = "TEMP " if found.local is not None else ""
                options = sequence_range(seed, increment)
                session.connection.execute(
                    f"CREATE OR REPLACE {temporary}SEQUENCE {found.sequence} {options}"
                )
    yield run.done("TRUNCATE TABLE", frame)
    return None


# --- schemas ---


def run_create_schema(run: Interpreter, statement: ast.CreateSchema, frame: Frame) -> Flow:
    """The owner is the caller, or whom AUTHORIZATION names: 15151 when there is no such principal."""
    session = run.session
    yield from run.begin_implicitly()
    require_database(session, frame, "CREATE SCHEMA")
    require_owner(session, frame, statement.authorization)
    if statement.name.lower().startswith("_ldb"):
        raise sql_error(40514, f"schema {statement.name}")
    database = session.instance.require_database(frame.database)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        if snapshot.schema(statement.name) is not None:
            raise sql_error(2714, statement.name)
        owner = owner_id(snapshot.security, statement.authorization, current_user_id(session, frame))
        physical = f"{quote_name(database.name)}.{quote_name(statement.name)}"
        session.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {physical}")
        schema = Store(database.name, session.connection).add_schema(statement.name, owner)
        session.transactions.redefine(transaction, snapshot.with_schema(schema), physical=True)
    yield run.done("CREATE SCHEMA", frame)
    return None


def _drop_schema(session: Session, name: str, frame: Frame) -> None:
    """15151 when there is none, 3729 while it holds something, 15150 for those that are always there."""
    database = session.instance.require_database(frame.database)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        schema = snapshot.schema(name)
        if schema is None or not may_drop_schema(session, frame, schema):
            raise sql_error(15151, "drop", "schema", name)
        if schema.schema_id < 5:
            raise sql_error(15150, "drop", "schema", name)
        inside = next((o for o in snapshot.objects.values() if o.schema.lower() == name.lower()), None)
        if inside is not None:
            raise sql_error(3729, name, inside.name)
        if schema.name.lower() not in ("main", "information_schema", "pg_catalog"):
            physical = f"{quote_name(database.name)}.{quote_name(schema.name)}"
            session.connection.execute(f"DROP SCHEMA {physical}")
        Store(database.name, session.connection).remove_schema(schema)
        after = forget_securable(session, snapshot.without_schema(schema), SCHEMA, schema.schema_id)
        session.transactions.redefine(transaction, after, physical=True)


# --- databases ---


def run_create_database(run: Interpreter, statement: ast.CreateDatabase, frame: Frame) -> Flow:
    session = run.session
    require_create_database(session, frame)
    session.instance.create_database(session, statement.name, current_login_sid(session, frame))
    yield run.done("CREATE DATABASE", frame)
    return None


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast.CreateTable: run_create_table,
        ast.Drop: run_drop,
        ast.TruncateTable: run_truncate,
        ast.CreateSchema: run_create_schema,
        ast.CreateDatabase: run_create_database,
    }
)
