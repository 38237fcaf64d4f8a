"""CREATE, ALTER and DROP SERVER ROLE.

https://learn.microsoft.com/sql/t-sql/statements/create-server-role-transact-sql,
.../alter-server-role-transact-sql and .../drop-server-role-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.security import ROLE, SA_ID, SERVER_PRINCIPAL, SYSADMIN_ID, Principal, Security
from localdb.catalog.store import now
from localdb.errors import sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.runtime.security.current_principals import current_login
from localdb.runtime.security.principal_rules import (
    find_own_role,
    find_role,
    is_fixed_role,
    missing,
    new_server_id,
    owner_id,
    random_sid,
    require_empty_role,
    require_new_name,
)
from localdb.runtime.security.principals_roles import altered_role
from localdb.runtime.security.securables import login_securable
from localdb.runtime.security.security_changes import change_server_security
from localdb.runtime.security.security_context import caller_in, server_security
from localdb.tsql import ast, ast_security

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_KIND = "server role"
_ROLE_SID = 4
"""``random_sid``."""


def run_create(run: Interpreter, statement: ast_security.CreateServerRole, frame: Frame) -> Flow:
    """Errors: 15247 no permission, 15025 the name exists, 15151 no such owner."""
    session = run.session
    yield from run.begin_implicitly()
    authorization.require_server(session, frame, "CREATE SERVER ROLE")
    login = current_login(session, frame)
    caller = login.principal_id if login is not None else SA_ID
    if statement.owner is not None:
        # An owner other than the caller takes the right to be that owner.
        authorization.require_server(session, frame, "CONTROL SERVER")
    change_server_security(session, lambda server: _with_role(server, statement, caller))
    yield run.done("CREATE SERVER ROLE", frame)
    return None


def _with_role(server: Security, statement: ast_security.CreateServerRole, caller: int) -> Security:
    require_new_name(server, statement.name, 15025)
    owner = owner_id(server, statement.owner, caller)
    number, moment = new_server_id(server), now()
    sid = random_sid(_ROLE_SID)
    return server.with_principal(
        Principal(number, statement.name, ROLE, sid, owner, created=moment, modified=moment)
    )


def run_alter(run: Interpreter, statement: ast_security.AlterServerRole, frame: Frame) -> Flow:
    """ADD MEMBER, DROP MEMBER, WITH NAME."""
    session = run.session
    yield from run.begin_implicitly()
    alter_server_role(session, frame, statement)
    yield run.done("ALTER SERVER ROLE", frame)
    return None


def alter_server_role(session: Session, frame: Frame, statement: ast_security.AlterServerRole) -> None:
    """Errors: 15151 no such role or no permission, 15081 public, and those of ``altered_role``."""
    role = find_role(server_security(session), statement.name, "alter", _KIND)
    if role.name == "public":
        raise sql_error(15081)
    if not _may_alter(session, frame, role):
        raise missing("alter", _KIND, statement.name)
    change_server_security(session, lambda server: altered_role(server, statement, _KIND, 15025))


def _may_alter(session: Session, frame: Frame, role: Principal) -> bool:
    """A fixed role takes its own members only, and sysadmin's."""
    if not is_fixed_role(role):
        return authorization.may(session, frame, "ALTER", login_securable(role))
    logins = caller_in(session, frame, frame.database).logins
    return SYSADMIN_ID in logins or role.principal_id in logins


def run_drop(run: Interpreter, statement: ast_security.DropServerRole, frame: Frame) -> Flow:
    """Errors: 15151, 15150 a fixed one, 15144 has members, 15141 owns roles, 15173 has granted something."""
    session = run.session
    yield from run.begin_implicitly()
    role = find_own_role(server_security(session), statement.name, "drop", _KIND)
    if not authorization.may(session, frame, "CONTROL", login_securable(role)) and not (
        authorization.may_on_server(session, frame, "ALTER ANY SERVER ROLE")
    ):
        raise missing("drop", _KIND, statement.name)
    change_server_security(session, lambda server: _without_role(server, role))
    yield run.done("DROP SERVER ROLE", frame)
    return None


def _without_role(server: Security, role: Principal) -> Security:
    require_empty_role(server, role)
    if any(other.owner_id == role.principal_id for other in server.principals.values()):
        raise sql_error(15141, _KIND)
    if any(permission.grantor_id == role.principal_id for permission in server.permissions):
        raise sql_error(15173, role.name)
    return server.without_principal(role).without_securable(SERVER_PRINCIPAL, role.principal_id)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast_security.CreateServerRole: run_create,
        ast_security.AlterServerRole: run_alter,
        ast_security.DropServerRole: run_drop,
    }
)
