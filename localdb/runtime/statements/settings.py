"""SET options, SET IDENTITY_INSERT, USE, RECONFIGURE."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.errors import sql_error
from localdb.events import DatabaseChanged
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import current_login, may_on_server, require_use
from localdb.runtime.statements.existing_tables import existing_table
from localdb.tsql import ast

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter


def run_set_option(run: Interpreter, statement: ast.SetOption, frame: Frame) -> Flow:
    value = statement.value
    if value.startswith("@"):
        value = str(frame.variable(value).value).upper()
    for option in statement.options:
        run.session.options.set(option, value)
    run.session.state.rowcount = 0
    return None
    yield


def run_set_identity_insert(run: Interpreter, statement: ast.SetIdentityInsert, frame: Frame) -> Flow:
    """One table of a session at a time: 8107 when another has it, 8106 for a table without identity."""
    session = run.session
    relation = run.evaluator.names(frame).relation(statement.table)
    if relation.kind == "table":
        existing_table(session, frame, statement.table)
    if not any(column.identity for column in relation.columns):
        raise sql_error(8106, statement.table)
    if not statement.on:
        if session.identity_insert == relation.physical:
            session.identity_insert = ""
        return None
    if session.identity_insert not in ("", relation.physical):
        raise sql_error(8107, session.identity_insert_name, statement.table)
    session.identity_insert = relation.physical
    session.identity_insert_name = str(relation.name)
    return None
    yield


def run_use(run: Interpreter, statement: ast.Use, frame: Frame) -> Flow:
    """The database of the scope; in the client's own batch also of the session."""
    if frame.procedure:
        raise sql_error(154)
    session = run.session
    login = current_login(session, frame)
    database = session.instance.usable_database(statement.database, login)
    require_use(session, frame, database.name)
    old, frame.database = frame.database, database.name
    if frame.parent is None:
        session.use(database.name)
    yield DatabaseChanged(old, database.name)
    session.state.rowcount = 0
    return None


def run_reconfigure(run: Interpreter, statement: ast.Reconfigure, frame: Frame) -> Flow:
    """RECONFIGURE makes the values of sp_configure those in use: 574 inside a transaction."""
    if run.session.transactions.count:
        raise sql_error(574, "CONFIG")
    if not may_on_server(run.session, frame, "ALTER SETTINGS"):
        raise sql_error(5812)
    run.session.instance.reconfigure(run.session)
    yield run.done("RECONFIGURE", frame)
    return None


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast.SetOption: run_set_option,
        ast.SetIdentityInsert: run_set_identity_insert,
        ast.Use: run_use,
        ast.Reconfigure: run_reconfigure,
    }
)
