"""CREATE, ALTER and DROP ROLE, in a database and on the server.

https://learn.microsoft.com/sql/t-sql/statements/create-role-transact-sql, .../alter-role-transact-sql,
.../drop-role-transact-sql and .../create-server-role-transact-sql with its ALTER and DROP
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.security import PRINCIPAL, ROLE, Principal, Security
from localdb.catalog.store import now
from localdb.errors import SqlError, sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.runtime.security.current_principals import current_snapshot
from localdb.runtime.security.principal_rules import (
    find_own_role,
    find_role,
    is_fixed_role,
    missing,
    new_database_id,
    owner_id,
    random_sid,
    require_droppable,
    require_empty_role,
    require_member,
    require_new_name,
)
from localdb.runtime.security.securables import user_securable
from localdb.runtime.security.security_changes import change_database_security
from localdb.tsql import ast, ast_security

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_ROLE_SID = 4
"""``random_sid``."""


def run_create_role(run: Interpreter, statement: ast_security.CreateRole, frame: Frame) -> Flow:
    """Errors: 15247 no permission, 15023 the name exists, 15151 no such owner."""
    session = run.session
    yield from run.begin_implicitly()
    authorization.require_database(session, frame, "CREATE ROLE")
    caller = authorization.current_user_id(session, frame)
    require_owner(session, frame, statement.owner)
    change_database_security(
        session, frame.database, lambda security: _with_role(security, statement, caller)
    )
    yield run.done("CREATE ROLE", frame)
    return None


def _with_role(security: Security, statement: ast_security.CreateRole, caller: int) -> Security:
    require_new_name(security, statement.name, 15023)
    owner = owner_id(security, statement.owner, caller)
    moment = now()
    return security.with_principal(
        Principal(
            new_database_id(security),
            statement.name,
            ROLE,
            random_sid(_ROLE_SID),
            owner,
            created=moment,
            modified=moment,
        )
    )


def require_owner(session: Session, frame: Frame, name: str | None) -> None:
    """Whom the caller may make an owner: himself, or with CONTROL of the database anybody. 15151.

    SQL Server also lets those who may impersonate a user, or are members of a role.
    """
    if name is None or authorization.may_in_database(session, frame, "CONTROL"):
        return
    found = current_snapshot(session, frame).security.find(name)
    if found is None or found.principal_id != authorization.current_user_id(session, frame):
        raise missing("find", "user", name)


def run_alter_role(run: Interpreter, statement: ast_security.AlterRole, frame: Frame) -> Flow:
    """ADD MEMBER, DROP MEMBER, WITH NAME."""
    session = run.session
    yield from run.begin_implicitly()
    alter_role(session, frame, statement)
    yield run.done("ALTER ROLE", frame)
    return None


def alter_role(session: Session, frame: Frame, statement: ast_security.AlterRole) -> None:
    """Errors: 15151 no such role or no permission, 15081 public, 15150 a fixed one's name, 15023 the new name
    exists, and those of ``require_member``."""
    role = find_role(current_snapshot(session, frame).security, statement.name, "alter")
    if role.name == "public":
        raise sql_error(15081)
    if is_fixed_role(role):
        # Who could add himself to db_owner would have everything.
        allowed = authorization.may_in_database(session, frame, "CONTROL")
    else:
        allowed = authorization.may(session, frame, "ALTER", user_securable(role))
    if not allowed:
        raise missing("alter", "role", statement.name)
    change_database_security(session, frame.database, lambda security: altered_role(security, statement))


def altered_role(
    security: Security, statement: ast_security.AlterRole, kind: str = "role", taken: int = 15023
) -> Security:
    """The change of a role; ``taken`` is the error when the new name exists."""
    if statement.action == "NAME":
        role = find_own_role(security, statement.name, "alter", kind)
        require_new_name(security, statement.principal, taken, role.principal_id)
        return security.with_principal(replace(role, name=statement.principal, modified=now()))
    role = find_role(security, statement.name, "alter", kind)
    verb = "add" if statement.action == "ADD MEMBER" else "drop"
    member = require_member(security, role, statement.principal, verb)
    return security.with_member(role, member) if verb == "add" else security.without_member(role, member)


def run_drop_role(run: Interpreter, statement: ast_security.DropRole, frame: Frame) -> Flow:
    """Errors: 15151, 15150 a fixed one, 15144 has members; 15138, 15421, 15284 owns or has granted."""
    session = run.session
    yield from run.begin_implicitly()
    try:
        _drop_role(session, statement.name, frame)
    except SqlError as error:
        if not (statement.if_exists and error.number == 15151):
            raise
    yield run.done("DROP ROLE", frame)
    return None


def _drop_role(session: Session, name: str, frame: Frame) -> None:
    role = find_own_role(current_snapshot(session, frame).security, name, "drop")
    if not authorization.may(session, frame, "CONTROL", user_securable(role)) and not (
        authorization.may_in_database(session, frame, "ALTER ANY ROLE")
    ):
        raise missing("drop", "role", name)

    def without(security: Security) -> Security:
        require_empty_role(security, role)
        require_droppable(current_snapshot(session, frame), role)
        return security.without_principal(role).without_securable(PRINCIPAL, role.principal_id)

    change_database_security(session, frame.database, without)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast_security.CreateRole: run_create_role,
        ast_security.AlterRole: run_alter_role,
        ast_security.DropRole: run_drop_role,
    }
)
