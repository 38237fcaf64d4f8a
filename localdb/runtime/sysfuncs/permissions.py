"""HAS_PERMS_BY_NAME.

https://learn.microsoft.com/sql/t-sql/functions/has-perms-by-name-transact-sql
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localdb.catalog.effective import (
    WHOLE_DATABASE,
    WHOLE_SERVER,
    Caller,
    Decision,
    Securable,
    effective,
)
from localdb.catalog.objects import Snapshot, Table, View
from localdb.catalog.permission_names import CLASSES
from localdb.catalog.security import ROLE, Principal
from localdb.errors import sql_error
from localdb.runtime.security.default_schemas import schema_of
from localdb.runtime.security.object_lookup import split_name
from localdb.runtime.security.securables import (
    language_securable,
    login_securable,
    object_securable,
    schema_securable,
    user_securable,
)
from localdb.runtime.security.security_context import current_context, server_security
from localdb.runtime.security.visibility import sees_database
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.session import Session


def has_permissions(
    session: Session,
    name: str | None,
    kind: str | None,
    permission: str | None,
    column: str | None = None,
    column_kind: str | None = None,
) -> int | None:
    """1 when the caller has the permission (ANY: some permission) on the thing, else 0; NULL when there is no
    such thing or no such permission. Columns have the permissions of their table."""
    frame = session.current_frame
    assert frame is not None
    if permission is None:
        return None
    parts = split_name(name or "")
    class_name = (kind or ("SERVER" if name is None else "")).upper()
    if class_name not in CLASSES:
        raise sql_error(40514, f"HAS_PERMS_BY_NAME of class '{kind}'")
    database = _database_of(session, class_name, parts)
    if session.instance.database(database) is None or not sees_database(session, frame, database):
        return None
    caller = session.callers.caller(current_context(session, frame), database)
    if caller is None:
        return 0
    thing = _find(session, class_name, database, parts, (column_kind, column))
    return None if thing is None else _has(caller, permission.upper(), thing)


def _database_of(session: Session, class_name: str, parts: tuple[str, ...]) -> str:
    if class_name == "DATABASE" and parts:
        return parts[0]
    if class_name == "OBJECT" and len(parts) == 3:
        return parts[0]
    return session.database


def _has(caller: Caller, permission: str, thing: Securable) -> int | None:
    names = CLASSES[thing.class_name].permissions
    if permission == "ANY":
        return int(any(effective(caller, name, thing) is Decision.GRANTED for name in names))
    if permission not in names:
        return None
    return int(effective(caller, permission, thing) is Decision.GRANTED)


def _find(
    session: Session,
    class_name: str,
    database: str,
    parts: tuple[str, ...],
    column: tuple[str | None, str | None],
) -> Securable | None:
    if class_name == "SERVER":
        return WHOLE_SERVER
    if class_name == "DATABASE":
        return WHOLE_DATABASE
    if not parts or not parts[-1]:
        return None
    snapshot = session.transactions.relations(session.instance.require_database(database)).snapshot
    match class_name:
        case "OBJECT":
            return _object(session, snapshot, parts, column)
        case "SCHEMA":
            schema = snapshot.schema(parts[-1])
            return schema_securable(schema) if schema is not None else None
        case "USER" | "ROLE":
            user = _of_kind(snapshot.security.find(parts[-1]), class_name == "ROLE")
            return user_securable(user) if user is not None else None
        case "LOGIN" | "SERVER ROLE":
            login = _of_kind(server_security(session).find(parts[-1]), class_name == "SERVER ROLE")
            return login_securable(login) if login is not None else None
        case "EXTERNAL LANGUAGE":
            language = snapshot.external.language(parts[-1])
            return language_securable(language.language_id, language.owner_id) if language else None
        case other:
            raise sql_error(40514, f"HAS_PERMS_BY_NAME of class '{other}'")


def _of_kind(principal: Principal | None, is_role: bool) -> Principal | None:
    return principal if principal is not None and (principal.type == ROLE) == is_role else None


def _object(
    session: Session, snapshot: Snapshot, parts: tuple[str, ...], column: tuple[str | None, str | None]
) -> Securable | None:
    frame = session.current_frame
    assert frame is not None
    wanted = ObjectName(parts[-1], parts[-2] or None if len(parts) > 1 else None)
    thing = snapshot.find(schema_of(session, frame, snapshot, wanted), wanted.name)
    if thing is None:
        return None
    kind, name = column
    if name is not None:
        columns = thing.columns if isinstance(thing, Table | View) else ()
        known = name.lower() in (item.column.name.lower() for item in columns)
        if (kind or "").upper() != "COLUMN" or not known:
            return None
    return object_securable(snapshot, thing)
