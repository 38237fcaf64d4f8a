"""May the caller do this? Every check of a permission in one place.

https://learn.microsoft.com/sql/relational-databases/security/permissions-database-engine
Each ``require_*`` returns when the caller may, and raises the numbered error when not. What a query or a data
change reads and writes is asked in ``access_checks``, what metadata shows in ``visibility``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localdb.catalog.effective import WHOLE_DATABASE, WHOLE_SERVER, Decision, Securable, effective
from localdb.catalog.objects import Procedure, Schema, SchemaObject
from localdb.errors import SqlError, sql_error
from localdb.runtime.security.securables import (
    language_securable,
    object_securable,
    owner_of,
    schema_securable,
)
from localdb.runtime.security.security_context import caller_in, current_context

if TYPE_CHECKING:
    from localdb.runtime.database import Database
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session


# --- questions ---


def may(session: Session, frame: Frame, permission: str, thing: Securable, database: str = "") -> bool:
    """Whether the caller has a permission on a thing of ``database`` ('': the current one).

    916 when the caller has no user there. KeyError when there is no such permission.
    """
    caller = caller_in(session, frame, database or frame.database)
    return effective(caller, permission, thing) is Decision.GRANTED


def may_on_server(session: Session, frame: Frame, permission: str) -> bool:
    return may(session, frame, permission, WHOLE_SERVER)


def may_in_database(session: Session, frame: Frame, permission: str) -> bool:
    return may(session, frame, permission, WHOLE_DATABASE)


def may_on_object(
    session: Session, frame: Frame, permission: str, database: Database, thing: SchemaObject
) -> bool:
    snapshot = session.transactions.relations(database).snapshot
    return may(session, frame, permission, object_securable(snapshot, thing), database.name)


# --- the caller ---


def current_user_id(session: Session, frame: Frame) -> int:
    """The principal id of the caller in the current database (1: dbo)."""
    return caller_in(session, frame, frame.database).user_id


def current_login(session: Session, frame: Frame) -> str:
    """The name of the login whose rights count at this moment."""
    return current_context(session, frame).name


def current_sid(session: Session, frame: Frame) -> bytes | None:
    """The sid of that login, or of an impersonated user without one."""
    return current_context(session, frame).sid


# --- the server and the database ---


def require_server(session: Session, frame: Frame, permission: str) -> None:
    """A permission on the server: 300 for one to view (``VIEW SERVER STATE``), 15247 for all others
    (``CONTROL SERVER``)."""
    if may_on_server(session, frame, permission):
        return
    if not permission.startswith("VIEW "):
        raise sql_error(15247)
    error = sql_error(297)
    error.earlier = (sql_error(300, permission, "server", "master"),)
    raise error


def require_database(session: Session, frame: Frame, permission: str) -> None:
    """A permission on the current database: 15247 for those of principals (``ALTER ANY USER``), 262 for all
    others (``CREATE EXTERNAL LIBRARY``)."""
    if may_in_database(session, frame, permission):
        return
    if permission.startswith("ALTER ANY ") or permission in ("CREATE ROLE", "CREATE USER"):
        raise sql_error(15247)
    raise sql_error(262, permission, frame.database)


def require_use(session: Session, frame: Frame, database: str) -> None:
    """The caller may enter ``database``: 916."""
    caller_in(session, frame, database)


def require_external_script(session: Session, frame: Frame, language: str) -> None:
    """EXECUTE ANY EXTERNAL SCRIPT in the current database, or EXECUTE EXTERNAL SCRIPT on a language that
    CREATE EXTERNAL LANGUAGE made: 262.

    No procedure's owner gives it to a caller, except with EXECUTE AS.
    https://learn.microsoft.com/sql/t-sql/statements/grant-database-external-language-transact-sql
    """
    permission = "EXECUTE ANY EXTERNAL SCRIPT"
    if may_in_database(session, frame, permission):
        return
    thing = _language(session, frame, language)
    if thing is None or not may(session, frame, "EXECUTE EXTERNAL SCRIPT", thing):
        raise sql_error(262, permission, frame.database)


def _language(session: Session, frame: Frame, name: str) -> Securable | None:
    """A language that CREATE EXTERNAL LANGUAGE made: the built-in ones have no permissions of their own."""
    database = session.instance.require_database(frame.database)
    language = session.transactions.relations(database).snapshot.external.language(name)
    return language_securable(language.language_id, language.owner_id) if language is not None else None


# --- objects and schemas ---


def require_execute(session: Session, frame: Frame, database: Database, procedure: Procedure) -> None:
    """EXECUTE on a procedure, unless a procedure of the same owner calls it: 229."""
    snapshot = session.transactions.relations(database).snapshot
    if caller_in(session, frame, database.name).is_dbo:
        return
    if frame.owner is not None and frame.owner == owner_of(snapshot, procedure.schema):
        return
    if not may_on_object(session, frame, "EXECUTE", database, procedure):
        raise object_denied("EXECUTE", procedure.name, database.name, procedure.schema)


def require_object(
    session: Session, frame: Frame, permission: str, database: Database, thing: SchemaObject
) -> None:
    """A permission on a table, view or procedure that no ownership chain replaces: 229."""
    if not may_on_object(session, frame, permission, database, thing):
        raise object_denied(permission, thing.name, database.name, thing.schema)


def object_denied(permission: str, name: str, database: str, schema: str) -> SqlError:
    return sql_error(229, permission, name, database, schema)


def require_new_object(
    session: Session, frame: Frame, permission: str, database: Database, schema: Schema
) -> None:
    """``CREATE TABLE`` and its like in the database (262), and ALTER on the schema (2760)."""
    if not may(session, frame, permission, WHOLE_DATABASE, database.name):
        raise sql_error(262, permission, database.name)
    if not may(session, frame, "ALTER", schema_securable(schema), database.name):
        raise sql_error(2760, schema.name)


def may_drop(session: Session, frame: Frame, database: Database, thing: SchemaObject) -> bool:
    """CONTROL on the object or ALTER on its schema."""
    schema = session.transactions.relations(database).snapshot.schema(thing.schema)
    assert schema is not None
    return may_on_object(session, frame, "CONTROL", database, thing) or may(
        session, frame, "ALTER", schema_securable(schema), database.name
    )


def may_drop_schema(session: Session, frame: Frame, schema: Schema) -> bool:
    """CONTROL on the schema or ALTER ANY SCHEMA."""
    return may(session, frame, "CONTROL", schema_securable(schema)) or may_in_database(
        session, frame, "ALTER ANY SCHEMA"
    )


# --- databases ---


def require_create_database(session: Session, frame: Frame) -> None:
    """CREATE DATABASE in master, which CREATE ANY DATABASE implies: 262."""
    if not _may_there(session, frame, "CREATE DATABASE", "master"):
        raise sql_error(262, "CREATE DATABASE", "master")


def require_drop_database(session: Session, frame: Frame, name: str) -> None:
    """CONTROL on the database, or ALTER ANY DATABASE: 3701. That there is none is found out later."""
    if session.instance.database(name) is None or may_on_server(session, frame, "ALTER ANY DATABASE"):
        return
    if not _may_there(session, frame, "CONTROL", name):
        raise sql_error(3701, "drop", "database", name)


def _may_there(session: Session, frame: Frame, permission: str, database: str) -> bool:
    """A permission on another database, which a caller without a user there has not got."""
    caller = session.callers.caller(current_context(session, frame), database)
    return caller is not None and effective(caller, permission, WHOLE_DATABASE) is Decision.GRANTED
