"""CREATE, ALTER and DROP USER.

https://learn.microsoft.com/sql/t-sql/statements/create-user-transact-sql, .../alter-user-transact-sql and
.../drop-user-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.security import (
    DATABASE,
    DBO_ID,
    GRANT,
    PRINCIPAL,
    SA_ID,
    SQL_LOGIN,
    SQL_USER,
    Permission,
    Principal,
    Security,
)
from localdb.catalog.store import now
from localdb.errors import SqlError, sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.runtime.security.current_principals import current_snapshot
from localdb.runtime.security.principal_rules import (
    find_user,
    missing,
    new_database_id,
    random_sid,
    require_droppable,
    require_new_name,
)
from localdb.runtime.security.securables import user_securable
from localdb.runtime.security.security_changes import change_database_security
from localdb.runtime.security.security_context import server_security
from localdb.tsql import ast, ast_security

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_WITHOUT_LOGIN = 3
"""``random_sid``."""


def run_create_user(run: Interpreter, statement: ast_security.CreateUser, frame: Frame) -> Flow:
    """Errors: 15247 no permission, 15023 the name exists, 15007 no such login, 15063 it has a user."""
    session = run.session
    yield from run.begin_implicitly()
    authorization.require_database(session, frame, "CREATE USER")
    sid = random_sid(_WITHOUT_LOGIN) if statement.login is None else _login_sid(session, statement.login)
    change_database_security(session, frame.database, lambda security: _with_user(security, statement, sid))
    yield run.done("CREATE USER", frame)
    return None


def _login_sid(session: Session, name: str) -> bytes:
    """15007 when there is no such login, 15405 for sa, who is dbo everywhere."""
    login = server_security(session).find(name)
    if login is None or login.type != SQL_LOGIN or login.sid is None:
        raise sql_error(15007, name)
    if login.principal_id == SA_ID:
        raise sql_error(15405, login.name)
    return login.sid


def _with_user(security: Security, statement: ast_security.CreateUser, sid: bytes) -> Security:
    """A user may connect from the start."""
    require_new_name(security, statement.name, 15023)
    if security.by_sid(sid) is not None:
        raise sql_error(15063)
    number, moment = new_database_id(security), now()
    user = Principal(
        number,
        statement.name,
        SQL_USER,
        sid,
        default_schema=statement.default_schema or "dbo",
        created=moment,
        modified=moment,
    )
    connect = Permission(DATABASE, 0, "CONNECT", GRANT, number, DBO_ID)
    return security.with_principal(user).with_permissions((*security.permissions, connect))


def run_alter_user(run: Interpreter, statement: ast_security.AlterUser, frame: Frame) -> Flow:
    """Errors: 15151 no such user or no permission, 15150 a fixed one, 15023 the new name exists, 33016 a user
    without login cannot get one, 15007 and 15063 as for CREATE USER."""
    session = run.session
    yield from run.begin_implicitly()
    user = find_user(current_snapshot(session, frame).security, statement.name, "alter")
    _require_alter(session, frame, user, statement)
    sid = _login_sid(session, statement.login) if statement.login is not None else None
    change_database_security(
        session, frame.database, lambda security: _with_altered(security, statement, sid)
    )
    yield run.done("ALTER USER", frame)
    return None


def _require_alter(
    session: Session, frame: Frame, user: Principal, statement: ast_security.AlterUser
) -> None:
    """CONTROL of the database for LOGIN, ALTER ANY USER for NAME, else ALTER on the user (or oneself)."""
    if statement.login is not None:
        allowed = authorization.may_in_database(session, frame, "CONTROL")
    elif statement.new_name is not None:
        allowed = authorization.may_in_database(session, frame, "ALTER ANY USER")
    else:
        is_own = authorization.current_user_id(session, frame) == user.principal_id
        allowed = is_own or authorization.may(session, frame, "ALTER", user_securable(user))
    if not allowed:
        raise missing("alter", "user", user.name)


def _with_altered(security: Security, statement: ast_security.AlterUser, sid: bytes | None) -> Security:
    user = find_user(security, statement.name, "alter")
    if statement.new_name is not None:
        require_new_name(security, statement.new_name, 15023, user.principal_id)
    if sid is not None:
        _require_mappable(security, user, sid)
    changed = replace(
        user,
        name=statement.new_name or user.name,
        default_schema=statement.default_schema or user.default_schema,
        sid=sid or user.sid,
        modified=now(),
    )
    return security.with_principal(changed)


def _require_mappable(security: Security, user: Principal, sid: bytes) -> None:
    if len(user.sid or b"") != len(sid):
        raise sql_error(33016)
    other = security.by_sid(sid)
    if other is not None and other.principal_id != user.principal_id:
        raise sql_error(15063)


def run_drop_user(run: Interpreter, statement: ast_security.DropUser, frame: Frame) -> Flow:
    """Errors: 15151, 15150 and 15539 for fixed users; 15138, 15421, 15284 owns or has granted."""
    session = run.session
    yield from run.begin_implicitly()
    try:
        _drop_user(session, statement.name, frame)
    except SqlError as error:
        if not (statement.if_exists and error.number == 15151):
            raise
    yield run.done("DROP USER", frame)
    return None


def _drop_user(session: Session, name: str, frame: Frame) -> None:
    user = find_user(current_snapshot(session, frame).security, name, "drop")
    if not authorization.may_in_database(session, frame, "ALTER ANY USER"):
        raise missing("drop", "user", name)

    def without(security: Security) -> Security:
        require_droppable(current_snapshot(session, frame), user)
        return security.without_principal(user).without_securable(PRINCIPAL, user.principal_id)

    change_database_security(session, frame.database, without)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast_security.CreateUser: run_create_user,
        ast_security.AlterUser: run_alter_user,
        ast_security.DropUser: run_drop_user,
    }
)
