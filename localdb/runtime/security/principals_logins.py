"""CREATE, ALTER and DROP LOGIN.

https://learn.microsoft.com/sql/t-sql/statements/create-login-transact-sql, .../alter-login-transact-sql and
.../drop-login-transact-sql
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.effective import WHOLE_SERVER, Decision, effective, login_ids, make_caller
from localdb.catalog.security import (
    GRANT,
    GUEST_ID,
    SA_ID,
    SERVER,
    SERVER_PRINCIPAL,
    SQL_LOGIN,
    SYSADMIN_ID,
    Permission,
    Principal,
    Security,
)
from localdb.catalog.store import now
from localdb.errors import sql_error
from localdb.runtime.master import Master
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.runtime.security.current_principals import current_login
from localdb.runtime.security.logins import NO_PASSWORD, hash_password, verify_password
from localdb.runtime.security.passwords import check_password
from localdb.runtime.security.principal_rules import missing, new_server_id, require_new_name
from localdb.runtime.security.security_changes import change_server_security
from localdb.runtime.security.security_context import server_security
from localdb.tsql import ast, ast_security
from localdb.tsql.ast_security import LoginOptions

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_SID_BYTES = 16


def run_create_login(run: Interpreter, statement: ast_security.CreateLogin, frame: Frame) -> Flow:
    """Errors: 15247 no permission, 15025 the name exists, 15006 a Windows name, those of the options."""
    session = run.session
    yield from run.begin_implicitly()
    authorization.require_server(session, frame, "CREATE LOGIN")
    login = _new_login(session, statement.name, statement.options)
    change_server_security(session, lambda server: _with_login(server, login))
    yield run.done("CREATE LOGIN", frame)
    return None


def _new_login(session: Session, name: str, options: LoginOptions) -> Principal:
    """A login without its id."""
    if "\\" in name:
        raise sql_error(15006, name)
    require_new_name(server_security(session), name, 15025)
    policy = options.check_policy is not False
    password = options.password or ""
    check_password(name, password, policy)
    if options.sid is not None and len(options.sid) != _SID_BYTES:
        raise sql_error(15419)
    moment = now()
    return Principal(
        0,
        name,
        SQL_LOGIN,
        options.sid or os.urandom(_SID_BYTES),
        password_hash=hash_password(password),
        default_database=_database(session, options.default_database or "master"),
        is_policy_checked=policy,
        is_expiration_checked=_expiration(options.check_expiration is True, policy),
        created=moment,
        modified=moment,
    )


def _with_login(server: Security, login: Principal) -> Security:
    """A login may connect from the start."""
    require_new_name(server, login.name, 15025)
    if login.sid is not None and server.by_sid(login.sid) is not None:
        raise sql_error(15433)
    number = new_server_id(server)
    connect = Permission(SERVER, 0, "CONNECT SQL", GRANT, number, SA_ID)
    return server.with_principal(replace(login, principal_id=number)).with_permissions(
        (*server.permissions, connect)
    )


def _database(session: Session, name: str) -> str:
    if session.instance.database(name) is None and not session.instance.is_name_only(name):
        raise sql_error(15010, name)
    return name


def _expiration(expires: bool, policy: bool) -> bool:
    if expires and not policy:
        raise sql_error(15122)
    return expires


# --- ALTER LOGIN ---


def run_alter_login(run: Interpreter, statement: ast_security.AlterLogin, frame: Frame) -> Flow:
    yield from run.begin_implicitly()
    alter_login(run.session, frame, statement)
    yield run.done("ALTER LOGIN", frame)
    return None


def alter_login(session: Session, frame: Frame, statement: ast_security.AlterLogin) -> None:
    """Errors: 15151 no such login, no permission or a wrong OLD_PASSWORD; those of CREATE LOGIN."""
    login = _find_login(server_security(session), statement.name, "alter")
    _require_alter(session, frame, login, statement)
    changed = _altered(session, login, statement)
    change_server_security(session, lambda server: _with_altered(server, changed))


def _with_altered(server: Security, login: Principal) -> Security:
    require_new_name(server, login.name, 15025, login.principal_id)
    return server.with_principal(login)


def _find_login(server: Security, name: str, verb: str) -> Principal:
    login = server.find(name)
    if login is None or login.type != SQL_LOGIN:
        raise missing(verb, "login", name)
    return login


def _require_alter(
    session: Session, frame: Frame, login: Principal, statement: ast_security.AlterLogin
) -> None:
    """ALTER ANY LOGIN; CONTROL SERVER for a login that has it. One's own password takes the old one alone."""
    options = statement.options
    old = options.old_password
    if old is not None and not verify_password(old, login.password_hash or NO_PASSWORD):
        raise missing("alter", "login", login.name)
    caller = current_login(session, frame)
    is_own = caller is not None and caller.principal_id == login.principal_id
    if is_own and statement.enable is None and _is_for_everybody(options):
        return
    needed = "CONTROL SERVER" if _controls_server(session, login) and old is None else "ALTER ANY LOGIN"
    if not authorization.may_on_server(session, frame, needed):
        raise missing("alter", "login", login.name)


def _is_for_everybody(options: LoginOptions) -> bool:
    """What a login may change of its own: the default database, and with the old password the password."""
    flags = (options.check_policy, options.check_expiration, options.name)
    return all(flag is None for flag in flags) and (
        options.password is None or options.old_password is not None
    )


def _controls_server(session: Session, login: Principal) -> bool:
    server = server_security(session)
    logins = login_ids(server, login.principal_id)
    caller = make_caller(server, Security(), logins, GUEST_ID)
    return SYSADMIN_ID in logins or effective(caller, "CONTROL SERVER", WHOLE_SERVER) is Decision.GRANTED


def _altered(session: Session, login: Principal, statement: ast_security.AlterLogin) -> Principal:
    if statement.enable is not None:
        if statement.enable and verify_password("", login.password_hash or NO_PASSWORD):
            raise sql_error(15510)
        return replace(login, is_disabled=not statement.enable, modified=now())
    options = statement.options
    policy = login.is_policy_checked if options.check_policy is None else options.check_policy
    expires = login.is_expiration_checked if options.check_expiration is None else options.check_expiration
    password_hash = login.password_hash
    name = options.name or login.name
    if options.password is not None:
        check_password(name, options.password, policy)
        password_hash = hash_password(options.password)
    wanted = options.default_database
    return replace(
        login,
        name=name,
        password_hash=password_hash,
        default_database=_database(session, wanted) if wanted else login.default_database,
        is_policy_checked=policy,
        is_expiration_checked=_expiration(expires, policy),
        modified=now(),
    )


# --- DROP LOGIN ---


def run_drop_login(run: Interpreter, statement: ast_security.DropLogin, frame: Frame) -> Flow:
    """Errors: 15151, 15405 for sa, 15434 logged in, 15174 owns databases, 15141 roles, 15173 has granted."""
    session = run.session
    yield from run.begin_implicitly()
    login = _find_login(server_security(session), statement.name, "drop")
    if not authorization.may_on_server(session, frame, "ALTER ANY LOGIN") or (
        _controls_server(session, login) and not authorization.may_on_server(session, frame, "CONTROL SERVER")
    ):
        raise missing("drop", "login", statement.name)
    change_server_security(session, lambda server: _without_login(session, server, login))
    yield run.done("DROP LOGIN", frame)
    return None


def _without_login(session: Session, server: Security, login: Principal) -> Security:
    _require_droppable(session, server, login)
    return server.without_principal(login).without_securable(SERVER_PRINCIPAL, login.principal_id)


def _require_droppable(session: Session, server: Security, login: Principal) -> None:
    if login.principal_id == SA_ID:
        raise sql_error(15405, login.name)
    if any(other.context.sid == login.sid for other in session.instance.sessions()):
        raise sql_error(15434, login.name)
    if any(sid == login.sid for _, _, _, sid in Master(session.connection).databases()):
        raise sql_error(15174, login.name)
    if any(role.owner_id == login.principal_id for role in server.principals.values()):
        raise sql_error(15141, "server role")
    if any(permission.grantor_id == login.principal_id for permission in server.permissions):
        raise sql_error(15173, login.name)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast_security.CreateLogin: run_create_login,
        ast_security.AlterLogin: run_alter_login,
        ast_security.DropLogin: run_drop_login,
    }
)
