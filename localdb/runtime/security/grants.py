"""GRANT, DENY and REVOKE.

https://learn.microsoft.com/sql/t-sql/statements/grant-transact-sql, .../deny-transact-sql and
.../revoke-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.permission_changes import Permissions, denied, granted, revoked
from localdb.catalog.permission_names import CLASSES
from localdb.catalog.security import (
    DENY,
    GRANT,
    GRANT_WITH_GRANT_OPTION,
    GUEST_ID,
    ROLE,
    Permission,
    Principal,
    Security,
)
from localdb.errors import sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security.current_principals import current_snapshot
from localdb.runtime.security.grant_authority import caller_id, find_grantors
from localdb.runtime.security.grant_targets import (
    Target,
    find_target,
    is_executable,
    whole_database,
    whole_server,
)
from localdb.runtime.security.principal_rules import missing
from localdb.runtime.security.security_changes import change_database_security, change_server_security
from localdb.runtime.security.security_context import caller_in, server_security
from localdb.runtime.security.visibility import has_any
from localdb.tsql import ast, ast_security
from localdb.tsql.ast_security import ChangePermissions, Deny, Grant, Revoke

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_ALL = ("ALL", "ALL PRIVILEGES")
_ALL_OF_TABLE = ("DELETE", "INSERT", "REFERENCES", "SELECT", "UPDATE")
_ALL_OF_DATABASE = (
    "BACKUP DATABASE",
    "BACKUP LOG",
    "CREATE DEFAULT",
    "CREATE FUNCTION",
    "CREATE PROCEDURE",
    "CREATE RULE",
    "CREATE TABLE",
    "CREATE VIEW",
)
_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_NEVER_GRANTEES = ("sa", "dbo", "sys", "information_schema")


def run_change_permissions(run: Interpreter, statement: ChangePermissions, frame: Frame) -> Flow:
    """Everything is looked up and checked before anything changes."""
    session = run.session
    yield from run.begin_implicitly()
    target = _target(session, frame, statement)
    permissions = _permissions(frame, statement, target)
    if set(statement.permissions) & set(_ALL):
        yield _info(run, 4628, statement, frame)
    security = server_security(session) if target.is_in_server else current_snapshot(session, frame).security
    principals = _grantees(session, frame, statement, target, security)
    if principals is None:
        yield _info(run, 4624, statement, frame)
    else:
        _check_connect(frame, statement, target, permissions, principals)
        grantors = find_grantors(session, frame, statement, target, permissions, security)
        _write(session, frame, statement, target, grantors, principals)
    yield run.done(type(statement).__name__.upper(), frame)
    return None


def _info(run: Interpreter, number: int, statement: ChangePermissions, frame: Frame) -> Any:
    return run.info(number, sql_error(number).message, statement, frame)


# --- what is granted on what ---


def _target(session: Session, frame: Frame, statement: ChangePermissions) -> Target:
    """4620 permissions of the server and of the database together, 4621 the server's outside of master."""
    if statement.securable is not None:
        target = find_target(session, frame, statement.securable)
        _require_seen(session, frame, target)
    else:
        of_server = [name in CLASSES["SERVER"].permissions for name in statement.permissions]
        if any(of_server) and not all(of_server):
            raise sql_error(4620)
        target = whole_server() if all(of_server) else whole_database(frame)
    if target.is_in_server and frame.database.lower() != "master":
        raise sql_error(4621)
    return target


def _require_seen(session: Session, frame: Frame, target: Target) -> None:
    """An object that the caller does not see is none: 15151."""
    caller = caller_in(session, frame, frame.database)
    if target.thing is not None and not has_any(caller, target.securable):
        raise missing("find", "object", target.thing.name)


def _permissions(frame: Frame, statement: ChangePermissions, target: Target) -> tuple[str, ...]:
    """ALL written out. 102 what is no permission of the class, 4606 one that the object cannot have, 4619
    CREATE DATABASE outside of master."""
    found = dict.fromkeys(name for written in statement.permissions for name in _written_out(written, target))
    for name in found:
        if name not in CLASSES[target.securable.class_name].permissions:
            raise sql_error(102, name)
        if target.thing is not None and _does_not_fit(name, target):
            raise sql_error(4606, name)
        if name == "CREATE DATABASE" and frame.database.lower() != "master":
            raise sql_error(4619)
    return tuple(found)


def _written_out(name: str, target: Target) -> tuple[str, ...]:
    if name not in _ALL:
        return (name,)
    if target.thing is not None:
        return ("EXECUTE",) if is_executable(target) else _ALL_OF_TABLE
    return _ALL_OF_DATABASE if target.securable.class_name == "DATABASE" else (name,)


def _does_not_fit(name: str, target: Target) -> bool:
    return name in _ROWS if is_executable(target) else name == "EXECUTE"


# --- to whom ---


def _grantees(
    session: Session, frame: Frame, statement: ChangePermissions, target: Target, security: Security
) -> list[Principal] | None:
    """None when one of them is somebody to whom nothing can be granted (4624, a mere message).

    Errors: 15151 nobody of the name, 4617 a fixed role.
    """
    kind = "login" if target.is_in_server else "user"
    caller = caller_id(session, frame, target)
    found: list[Principal] = []
    for name in statement.grantees:
        principal = security.find(name)
        if name.lower() in _NEVER_GRANTEES or (principal and principal.principal_id == caller):
            return None
        if principal is None:
            raise missing("find", kind, name)
        if principal.is_fixed_role:
            raise sql_error(4617)
        if principal.principal_id == target.owner_id:
            return None
        found.append(principal)
    return found


def _check_connect(
    frame: Frame,
    statement: ChangePermissions,
    target: Target,
    permissions: tuple[str, ...],
    principals: list[Principal],
) -> None:
    """CONNECT to a database is for users only (4627), and guests are always let into master (15182)."""
    if target.securable.class_name != "DATABASE" or "CONNECT" not in permissions:
        return
    if any(principal.type == ROLE for principal in principals):
        raise sql_error(4627)
    guest = any(principal.principal_id == GUEST_ID for principal in principals)
    if guest and frame.database.lower() == "master" and not isinstance(statement, Grant):
        raise sql_error(15182)


# --- the change ---


def _write(
    session: Session,
    frame: Frame,
    statement: ChangePermissions,
    target: Target,
    grantors: Mapping[str, int],
    principals: list[Principal],
) -> None:
    def change(security: Security) -> Security:
        known = security.permissions
        for principal in principals:
            for name, recorded in grantors.items():
                entry = Permission(
                    target.securable.class_id,
                    target.securable.major_id,
                    name,
                    _state(statement),
                    principal.principal_id,
                    recorded,
                )
                known = _changed(known, entry, statement)
        return security.with_permissions(known)

    if target.is_in_server:
        change_server_security(session, change)
    else:
        change_database_security(session, frame.database, change)


def _state(statement: ChangePermissions) -> str:
    if isinstance(statement, Deny):
        return DENY
    option = isinstance(statement, Grant) and statement.with_grant_option
    return GRANT_WITH_GRANT_OPTION if option else GRANT


def _changed(known: Permissions, entry: Permission, statement: ChangePermissions) -> Permissions:
    match statement:
        case Deny():
            return denied(known, entry, cascade=statement.cascade)
        case Revoke():
            return revoked(known, entry, cascade=statement.cascade, option_only=statement.option_only)
        case _:
            return granted(known, entry)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast_security.Grant: run_change_permissions,
        ast_security.Deny: run_change_permissions,
        ast_security.Revoke: run_change_permissions,
    }
)
