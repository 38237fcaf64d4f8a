"""EXECUTE AS and REVERT, and the EXECUTE AS of procedures.

https://learn.microsoft.com/sql/t-sql/statements/execute-as-transact-sql and
.../execute-as-clause-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import EXECUTE_AS_OWNER, Procedure
from localdb.catalog.security import ROLE, Principal
from localdb.errors import sql_error
from localdb.runtime.database import Database
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import current_user_id, may, require_use
from localdb.runtime.security.securables import login_securable, owner_of, user_securable
from localdb.runtime.security.security_context import (
    Impersonation,
    SecurityContext,
    context_of_user,
    current_context,
    server_security,
)
from localdb.tsql import ast
from localdb.tsql.ast_security import ExecuteAs, Revert
from localdb.types import nvarchar

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_NEVER_IMPERSONATED = ("information_schema", "sys")


def run_execute_as(run: Interpreter, statement: ExecuteAs, frame: Frame) -> Flow:
    """Errors: 15517 no such user, 15406 no such login (or no IMPERSONATE on it), 15590 NO REVERT in a
    procedure, 916 for a login that has no user in the current database."""
    session = run.session
    if not statement.revertible and frame.parent is not None:
        raise sql_error(15590)
    if statement.name is None:
        context = _caller(session, frame)
    else:
        name = str(run.evaluator.value(statement.name, frame, nvarchar(128)))
        find = _login if statement.kind == "LOGIN" else _user
        context = find(session, frame, name)
    frame.impersonations.append(Impersonation(context, frame.database.lower(), statement.revertible))
    try:
        require_use(session, frame, frame.database)
    except BaseException:
        frame.impersonations.pop()
        raise
    return None
    yield


def _caller(session: Session, frame: Frame) -> SecurityContext:
    """EXECUTE AS CALLER: whoever called the procedure; in a batch whoever runs it."""
    return current_context(session, frame.parent if frame.parent is not None else frame)


def _login(session: Session, frame: Frame, name: str) -> SecurityContext:
    login = server_security(session).find(name)
    if login is None or login.type == ROLE or not _may_impersonate_login(session, frame, login):
        raise sql_error(15406, name)
    return SecurityContext(login.name, login.sid)


def _may_impersonate_login(session: Session, frame: Frame, login: Principal) -> bool:
    if current_context(session, frame).user_id is None and current_context(session, frame).sid == login.sid:
        return True
    return may(session, frame, "IMPERSONATE", login_securable(login))


def _user(session: Session, frame: Frame, name: str) -> SecurityContext:
    user = _find_user(session, frame.database, name)
    if user is None or not may_impersonate(session, frame, user):
        raise sql_error(15517, name)
    return context_of_user(user, frame.database, server_security(session))


def _find_user(session: Session, database: str, name: str) -> Principal | None:
    """A user that can be impersonated: no role."""
    found = session.instance.require_database(database)
    user = session.transactions.relations(found).snapshot.security.find(name)
    if user is None or user.type == ROLE or user.name.lower() in _NEVER_IMPERSONATED:
        return None
    return user


def may_impersonate(session: Session, frame: Frame, user: Principal) -> bool:
    """Whether the caller may run as ``user`` of the current database: as oneself always."""
    if current_user_id(session, frame) == user.principal_id:
        return True
    return may(session, frame, "IMPERSONATE", user_securable(user))


def run_revert(run: Interpreter, statement: Revert, frame: Frame) -> Flow:
    """Undo the last EXECUTE AS of this scope; nothing without one. 15199 in another database, 15196 after NO
    REVERT."""
    if frame.impersonations:
        last = frame.impersonations[-1]
        if not last.revertible:
            raise sql_error(15196)
        if last.database != frame.database.lower():
            raise sql_error(15199)
        frame.impersonations.pop()
    return None
    yield


# --- EXECUTE AS of a procedure ---


def execute_as_of(session: Session, frame: Frame, schema: str, options: tuple[str, ...]) -> int | None:
    """What CREATE PROCEDURE keeps of ``EXECUTE AS``; 15517 when the caller may not run as that user."""
    wanted = next((o.removeprefix("EXECUTE AS ") for o in options if o.startswith("EXECUTE AS ")), "CALLER")
    if wanted == "CALLER":
        return None
    user_id = current_user_id(session, frame)
    if wanted == "SELF":
        return user_id
    database = session.instance.require_database(frame.database)
    snapshot = session.transactions.relations(database).snapshot
    if wanted == "OWNER":
        owner = snapshot.security.by_id(owner_of(snapshot, schema).principal_id)
        _require_impersonate(session, frame, owner, "OWNER")
        return EXECUTE_AS_OWNER
    name = wanted[1:-1]
    user = _find_user(session, database.name, name)
    _require_impersonate(session, frame, user, name)
    assert user is not None
    return user.principal_id


def _require_impersonate(session: Session, frame: Frame, user: Principal | None, name: str) -> None:
    if user is None or user.type == ROLE or not may_impersonate(session, frame, user):
        raise sql_error(15517, name)


def module_context(session: Session, database: Database, procedure: Procedure) -> SecurityContext | None:
    """As whom the procedure's statements run; None for its caller. 15517 when the user is gone, or its owner
    is a role."""
    if procedure.execute_as is None:
        return None
    snapshot = session.transactions.relations(database).snapshot
    wanted = procedure.execute_as
    if wanted == EXECUTE_AS_OWNER:
        wanted = owner_of(snapshot, procedure.schema).principal_id
    user = snapshot.security.by_id(wanted)
    if user is None or user.type == ROLE:
        raise sql_error(15517, user.name if user is not None else wanted)
    return context_of_user(user, database.name, server_security(session))


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {ExecuteAs: run_execute_as, Revert: run_revert}
)
