"""Metadata, security and configuration functions, and the ``@@`` values of the server and the session.

https://learn.microsoft.com/sql/t-sql/functions/metadata-functions-transact-sql,
.../security-functions-transact-sql and .../configuration-functions-transact-sql.
A name that means nothing gives NULL, as SQL Server does.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import (
    CHECK,
    FOREIGN_KEY,
    PRIMARY_KEY,
    UNIQUE_KEY,
    Procedure,
    Snapshot,
    Table,
    View,
)
from localdb.runtime.tds_types import TDS_TYPES, maximum_length

if TYPE_CHECKING:
    from localdb.runtime.session import Session

PRODUCT_VERSION = "16.0.1000.6"
"""SQL Server 2022's first release: the level that localdb's T-SQL follows."""

COLLATION = "SQL_Latin1_General_CP1_CI_AS"

_PART = re.compile(r'\s*(?:\[((?:[^\]]|\]\])*)\]|"((?:[^"]|"")*)"|([^.\[\]"]*))\s*(\.|$)')


def split_name(text: str) -> tuple[str, ...]:
    """``[a].b."c"`` -> ``("a", "b", "c")``; empty parts stay empty; () when it is no name."""
    parts: list[str] = []
    position = 0
    while True:
        match = _PART.match(text, position)
        if match is None or len(parts) == 4:
            return ()
        bracketed, quoted, plain, dot = match.groups()
        if bracketed is not None:
            parts.append(bracketed.replace("]]", "]"))
        elif quoted is not None:
            parts.append(quoted.replace('""', '"'))
        else:
            parts.append(plain.strip())
        position = match.end()
        if not dot:
            return tuple(parts)


def _snapshot(session: Session, database: str | None = None) -> Snapshot | None:
    found = session.instance.database(database or session.database)
    return None if found is None else session.transactions.relations(found).snapshot


# --- objects ---

_OBJECT_TYPES = {Table: "U", View: "V", Procedure: "P"}
_CONSTRAINT_TYPES = {PRIMARY_KEY: "PK", UNIQUE_KEY: "UQ", CHECK: "C", FOREIGN_KEY: "F"}


def _object_id(session: Session, name: str | None, kind: str | None = None) -> int | None:
    """OBJECT_ID('[database.][schema.]object' [, 'type'])."""
    if name is None:
        return None
    parts = split_name(name)
    if not parts or not parts[-1]:
        return None
    database = parts[-3] if len(parts) >= 3 else ""
    schema = (parts[-2] if len(parts) >= 2 else "") or "dbo"
    wanted = kind.strip().upper() if kind else None
    if parts[-1].startswith("#"):
        return session.temp_object_id(parts[-1]) if wanted in (None, "U") else None
    snapshot = _snapshot(session, database)
    if snapshot is None:
        return None
    found = snapshot.find(schema, parts[-1])
    if found is not None:
        return found.object_id if wanted in (None, _OBJECT_TYPES[type(found)]) else None
    constraint = snapshot.constraint_named(schema, parts[-1])
    if constraint is not None and wanted in (None, _CONSTRAINT_TYPES[constraint.kind]):
        return constraint.constraint_id
    return None


def _object_name(session: Session, object_id: int | None, database_id: int | None = None) -> str | None:
    snapshot = _snapshot(session, _db_name(session, database_id) if database_id else None)
    found = snapshot.by_id(object_id) if snapshot and object_id is not None else None
    return found.name if found else None


def _object_schema_name(
    session: Session, object_id: int | None, database_id: int | None = None
) -> str | None:
    snapshot = _snapshot(session, _db_name(session, database_id) if database_id else None)
    found = snapshot.by_id(object_id) if snapshot and object_id is not None else None
    return found.schema if found else None


def _object_definition(session: Session, object_id: int | None) -> str | None:
    snapshot = _snapshot(session)
    found = snapshot.by_id(object_id) if snapshot and object_id is not None else None
    return found.definition if isinstance(found, View | Procedure) else None


_OBJECT_PROPERTIES: Mapping[str, Callable[[Any], bool]] = {
    "istable": lambda thing: isinstance(thing, Table),
    "isusertable": lambda thing: isinstance(thing, Table),
    "isview": lambda thing: isinstance(thing, View),
    "isprocedure": lambda thing: isinstance(thing, Procedure),
    "tablehasprimarykey": lambda thing: isinstance(thing, Table) and thing.primary_key is not None,
    "tablehasidentity": lambda thing: (
        isinstance(thing, Table) and any(c.column.identity for c in thing.columns)
    ),
    "ismsshipped": lambda thing: False,
    "execisansinullson": lambda thing: isinstance(thing, View | Procedure),
    "execisquotedidenton": lambda thing: isinstance(thing, View | Procedure),
}


def _object_property(session: Session, object_id: int | None, name: str | None) -> int | None:
    snapshot = _snapshot(session)
    found = snapshot.by_id(object_id) if snapshot and object_id is not None else None
    read = _OBJECT_PROPERTIES.get((name or "").lower())
    return None if found is None or read is None else int(read(found))


def _schema_id(session: Session, name: str | None = "dbo") -> int | None:
    snapshot = _snapshot(session)
    found = snapshot.schema(name) if snapshot and name is not None else None
    return found.schema_id if found else None


def _schema_name(session: Session, schema_id: int | None = None) -> str | None:
    snapshot = _snapshot(session)
    if schema_id is None or snapshot is None:
        return "dbo"
    return next((s.name for s in snapshot.schemas.values() if s.schema_id == schema_id), None)


def _table(session: Session, name_or_id: str | int | None) -> Table | None:
    object_id = _object_id(session, name_or_id) if isinstance(name_or_id, str) else name_or_id
    snapshot = _snapshot(session)
    found = snapshot.by_id(object_id) if snapshot and object_id is not None else None
    return found if isinstance(found, Table) else None


def _col_length(session: Session, table: str | None, column: str | None) -> int | None:
    found = _table(session, table)
    item = found.column(column) if found and column else None
    return maximum_length(item.column.type) if item else None


def _col_name(session: Session, table_id: int | None, column_id: int | None) -> str | None:
    found = _table(session, table_id)
    items = found.columns if found else ()
    return next((item.column.name for item in items if item.column_id == column_id), None)


def _column_property(
    session: Session, table_id: int | None, column: str | None, name: str | None
) -> int | None:
    found = _table(session, table_id)
    item = found.column(column) if found and column else None
    if item is None:
        return None
    match (name or "").lower():
        case "allowsnull":
            return int(item.column.nullable)
        case "isidentity":
            return int(item.column.identity is not None)
        case "iscomputed":
            return 0
        case "columnid":
            return item.column_id
        case _:
            return None


def _ident_current(session: Session, table: str | None) -> int | None:
    found = _table(session, table)
    return None if found is None else session.identity_current(found)


def _type_id(session: Session, name: str | None) -> int | None:
    parts = split_name(name or "")
    plain = parts[-1].lower() if parts else ""
    plain = {"numeric": "decimal", "integer": "int"}.get(plain, plain)
    if plain == "sysname":
        return 256
    return TDS_TYPES[plain].system_type_id if plain in TDS_TYPES else None


def _type_name(session: Session, type_id: int | None) -> str | None:
    if type_id == 256:
        return "sysname"
    return next((name for name, known in TDS_TYPES.items() if known.system_type_id == type_id), None)


# --- databases ---


def _db_id(session: Session, name: str | None = None) -> int | None:
    found = session.instance.database(name or session.database)
    return found.database_id if found else None


def _db_name(session: Session, database_id: int | None = None) -> str | None:
    if database_id is None or database_id == 0:
        return session.database
    return session.instance.database_name(database_id)


def _database_property(session: Session, name: str | None, what: str | None) -> str | int | None:
    if name is None or session.instance.database(name) is None:
        return None
    return {
        "collation": COLLATION,
        "status": "ONLINE",
        "updateability": "READ_WRITE",
        "useraccess": "MULTI_USER",
        "recovery": "FULL",
        "version": 957,
    }.get((what or "").lower())


# --- the server and the session ---


def server_name(session: Session) -> str:
    return socket.gethostname()


def version_text(session: Session) -> str:
    """@@VERSION: begins as SQL Server's does, since clients look at that, and then says what this is."""
    return (
        f"Microsoft SQL Server 2022 (RTM) - {PRODUCT_VERSION} (X64)\n\tlocaldb, an embedded server on DuckDB"
    )


def _server_property(session: Session, name: str | None) -> str | int | None:
    return {
        "productversion": PRODUCT_VERSION,
        "productmajorversion": "16",
        "productminorversion": "0",
        "productbuild": "1000",
        "productlevel": "RTM",
        "edition": "Developer Edition (64-bit)",
        "engineedition": 3,
        "collation": COLLATION,
        "servername": server_name(session),
        "machinename": server_name(session),
        "isadvancedanalyticsinstalled": 1,
        "isintegratedsecurityonly": 0,
        "issingleuser": 0,
        "isclustered": 0,
        "ishadrenabled": 0,
        "isfulltextinstalled": 0,
        "ispolybaseinstalled": 0,
        "isxtpsupported": 0,
        "processid": None,
    }.get((name or "").lower())


def _session_property(session: Session, name: str | None) -> int | None:
    options = {"ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "ARITHABORT", "CONCAT_NULL_YIELDS_NULL"}
    wanted = (name or "").upper()
    if wanted in options | {"QUOTED_IDENTIFIER"}:
        return 1
    return 0 if wanted == "NUMERIC_ROUNDABORT" else None


def _set_options(session: Session) -> int:
    """@@OPTIONS: a bit for each SET option that is on."""
    fixed = 8 + 16 + 32 + 64 + 256 + 1024 + 4096
    options = session.options
    return fixed + 2 * options.implicit_transactions + 512 * options.nocount + 16384 * options.xact_abort


def _login_name(session: Session, sid: object = None) -> str | None:
    return session.login.user if sid is None else None


def _is_role_member(session: Session, role: str | None, login: str | None = None) -> int | None:
    """IS_SRVROLEMEMBER and IS_MEMBER: every login is an administrator as long as sa is the only one."""
    known = {"sysadmin", "serveradmin", "public", "db_owner", "dbcreator", "securityadmin"}
    return 1 if (role or "").lower() in known else None


FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "object_id": _object_id,
        "object_name": _object_name,
        "object_schema_name": _object_schema_name,
        "object_definition": _object_definition,
        "objectproperty": _object_property,
        "schema_id": _schema_id,
        "schema_name": _schema_name,
        "col_length": _col_length,
        "col_name": _col_name,
        "columnproperty": _column_property,
        "ident_current": _ident_current,
        "type_id": _type_id,
        "type_name": _type_name,
        "db_id": _db_id,
        "db_name": _db_name,
        "databasepropertyex": _database_property,
        "serverproperty": _server_property,
        "sessionproperty": _session_property,
        "suser_sname": _login_name,
        "suser_name": _login_name,
        "suser_id": lambda session, name=None: 1,
        "original_login": _login_name,
        "system_user": _login_name,
        "user_name": lambda session, user_id=None: "dbo" if user_id in (None, 1) else None,
        "user_id": lambda session, name=None: 1 if name is None or name.lower() == "dbo" else None,
        "user": lambda session: "dbo",
        "current_user": lambda session: "dbo",
        "session_user": lambda session: "dbo",
        "host_name": lambda session: session.login.host,
        "app_name": lambda session: session.login.application,
        "is_srvrolemember": _is_role_member,
        "is_member": _is_role_member,
        "is_rolemember": _is_role_member,
        "has_perms_by_name": lambda session, *names: 1,
        "@@version": version_text,
        "@@servername": server_name,
        "@@servicename": lambda session: "MSSQLSERVER",
        "@@spid": lambda session: session.spid,
        "@@options": _set_options,
        "@@max_precision": lambda session: 38,
        "@@language": lambda session: "us_english",
        "@@langid": lambda session: 0,
        "@@datefirst": lambda session: session.options.date_first,
        "@@lock_timeout": lambda session: session.options.lock_timeout,
        "@@textsize": lambda session: session.options.text_size,
        "@@max_connections": lambda session: 32767,
        "@@microsoftversion": lambda session: 0x10000000 + 1000,
    }
)
