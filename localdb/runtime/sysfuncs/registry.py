"""Functions of databases and the server, and the ``@@`` values of the server and the session.

https://learn.microsoft.com/sql/t-sql/functions/metadata-functions-transact-sql and
.../configuration-functions-transact-sql.
A name that means nothing gives NULL, as SQL Server does.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.errors import sql_error
from localdb.runtime.master import SYSTEM_DATABASES
from localdb.runtime.security.visibility import sees_database
from localdb.runtime.sysfuncs.objects import OBJECT_FUNCTIONS
from localdb.runtime.sysfuncs.permissions import has_permissions
from localdb.runtime.sysfuncs.security import SECURITY_FUNCTIONS

if TYPE_CHECKING:
    from localdb.runtime.session import Session

PRODUCT_VERSION = "16.0.1000.6"
"""SQL Server 2022's first release: the level that localdb's T-SQL follows."""

COLLATION = "SQL_Latin1_General_CP1_CI_AS"

# --- databases ---


_CURRENT = object()
"""The default of an argument that may be left out, where NULL means something else."""


def _db_id(session: Session, name: Any = _CURRENT) -> int | None:
    if name is None:
        return None
    wanted = session.database if name is _CURRENT else name
    if not _sees(session, wanted):
        return None
    found = session.instance.database(wanted)
    if found is not None:
        return found.database_id
    return next((number for number, known in SYSTEM_DATABASES if known == wanted.lower()), None)


def _db_name(session: Session, database_id: int | None = 0) -> str | None:
    if database_id == 0:
        return session.database
    name = session.instance.database_name(database_id) if database_id is not None else None
    return name if name is not None and _sees(session, name) else None


def _sees(session: Session, database: str) -> bool:
    assert session.current_frame is not None
    return sees_database(session, session.current_frame, database)


_DATABASE_PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "collation": COLLATION,
        "comparisonstyle": "196609",
        "isansinulldefault": "0",
        "isansinullsenabled": "0",
        "isansipaddingenabled": "0",
        "isansiwarningsenabled": "0",
        "isarithmeticabortenabled": "0",
        "isautoclose": "0",
        "isautoshrink": "0",
        "isinstandby": "0",
        "isnullconcat": "0",
        "isnumericroundabortenabled": "0",
        "ispublished": "0",
        "isquotedidentifiersenabled": "0",
        "isrecursivetriggersenabled": "0",
        "issubscribed": "0",
        "lcid": "1033",
        "recovery": "FULL",
        "sqlsortorder": "52",
        "status": "ONLINE",
        "updateability": "READ_WRITE",
        "useraccess": "MULTI_USER",
        "version": "957",
    }
)


def _database_property(session: Session, name: str | None, what: str | None) -> str | None:
    """DATABASEPROPERTYEX; a property that is not listed is refused, for NULL would call it invalid."""
    if name is None or what is None or session.instance.database(name) is None or not _sees(session, name):
        return None
    if what.lower() not in _DATABASE_PROPERTIES:
        raise sql_error(40514, f"DATABASEPROPERTYEX(database, '{what}')")
    return _DATABASE_PROPERTIES[what.lower()]


# --- the server and the session ---


def server_name(session: Session) -> str:
    return socket.gethostname()


def version_text(session: Session) -> str:
    """@@VERSION: begins as SQL Server's does, since clients look at that, and then says what this is."""
    return (
        f"Microsoft SQL Server 2022 (RTM) - {PRODUCT_VERSION} (X64)\n\tlocaldb, an embedded server on DuckDB"
    )


def _server_property(session: Session, name: str | None) -> str | None:
    """SERVERPROPERTY; a property that is not listed is refused, for NULL would call it invalid."""
    if name is None:
        return None
    known: dict[str, str | None] = {
        "buildclrversion": "v4.0.30319",
        "collation": COLLATION,
        "collationid": "872468488",
        "comparisonstyle": "196609",
        "computernamephysicalnetbios": server_name(session),
        "edition": "Developer Edition (64-bit)",
        "editionid": "-2117995310",
        "engineedition": "3",
        "instancename": None,
        "isadvancedanalyticsinstalled": "1",
        "isclustered": "0",
        "isfulltextinstalled": "0",
        "ishadrenabled": "0",
        "isintegratedsecurityonly": "0",
        "islocaldb": "0",
        "ispolybaseinstalled": "0",
        "issingleuser": "0",
        "isxtpsupported": "0",
        "lcid": "1033",
        "machinename": server_name(session),
        "productbuild": "1000",
        "productbuildtype": None,
        "productlevel": "RTM",
        "productmajorversion": "16",
        "productminorversion": "0",
        "productupdatelevel": None,
        "productversion": PRODUCT_VERSION,
        "servername": server_name(session),
        "sqlcharset": "1",
        "sqlcharsetname": "iso_1",
        "sqlsortorder": "52",
        "sqlsortordername": "nocase_iso",
    }
    if name.lower() not in known:
        raise sql_error(40514, f"SERVERPROPERTY('{name}')")
    return known[name.lower()]


def _session_property(session: Session, name: str | None) -> int | None:
    """SESSIONPROPERTY: the options that are ON for good, and the one that is OFF."""
    always_on = {"ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "ARITHABORT", "CONCAT_NULL_YIELDS_NULL"}
    wanted = (name or "").upper()
    if wanted in always_on | {"QUOTED_IDENTIFIER"}:
        return 1
    return 0 if wanted == "NUMERIC_ROUNDABORT" else None


def _set_options(session: Session) -> int:
    """@@OPTIONS: a bit for each SET option that is on."""
    fixed = 8 + 16 + 32 + 64 + 256 + 1024 + 4096
    options = session.options
    return fixed + 2 * options.implicit_transactions + 512 * options.nocount + 16384 * options.xact_abort


FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **OBJECT_FUNCTIONS,
        **SECURITY_FUNCTIONS,
        "db_id": _db_id,
        "db_name": _db_name,
        "databasepropertyex": _database_property,
        "serverproperty": _server_property,
        "sessionproperty": _session_property,
        "host_name": lambda session: session.login.host,
        "app_name": lambda session: session.login.application,
        "has_perms_by_name": has_permissions,
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
