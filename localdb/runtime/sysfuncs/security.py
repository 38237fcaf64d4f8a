"""Functions of logins, users and roles: SUSER_SNAME, USER_NAME, IS_MEMBER and their like.

https://learn.microsoft.com/sql/t-sql/functions/security-functions-transact-sql
A name or an id that means nothing gives NULL, as SQL Server does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.effective import login_ids, user_ids
from localdb.catalog.security import DBO_ID, ROLE, SYSADMIN_ID, Principal, Security
from localdb.runtime.security import authorization
from localdb.runtime.security.current_principals import current_login, current_snapshot, current_user
from localdb.runtime.security.securables import login_securable, user_securable
from localdb.runtime.security.security_context import caller_in, server_security

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session

_CURRENT = object()
"""The default of an argument that may be left out, where NULL means something else."""

_DENYING_ROLES = ("db_denydatareader", "db_denydatawriter")


def _frame(session: Session) -> Frame:
    assert session.current_frame is not None
    return session.current_frame


def _users(session: Session) -> Security:
    return current_snapshot(session, _frame(session)).security


def _by_name(security: Security, name: str | None) -> Principal | None:
    return security.find(name) if name is not None else None


# --- logins ---


def _login_name(session: Session, sid: Any = _CURRENT) -> str | None:
    """SUSER_SNAME([sid]), SYSTEM_USER."""
    if sid is _CURRENT:
        return authorization.current_login(session, _frame(session))
    wanted = bytes(sid) if sid is not None else None
    principals = server_security(session).principals.values()
    return next((p.name for p in principals if wanted is not None and p.sid == wanted), None)


def _login_name_by_id(session: Session, number: Any = _CURRENT) -> str | None:
    """SUSER_NAME([id])."""
    if number is _CURRENT:
        return authorization.current_login(session, _frame(session))
    found = server_security(session).by_id(number) if number is not None else None
    return found.name if found is not None else None


def _login(session: Session, name: Any) -> Principal | None:
    if name is _CURRENT:
        return current_login(session, _frame(session))
    return _by_name(server_security(session), name)


def _login_id(session: Session, name: Any = _CURRENT) -> int | None:
    found = _login(session, name)
    return found.principal_id if found is not None else None


def _login_sid(session: Session, name: Any = _CURRENT) -> bytes | None:
    if name is _CURRENT:
        return authorization.current_sid(session, _frame(session))
    found = _login(session, name)
    return found.sid if found is not None else None


def _original_login(session: Session) -> str:
    return session.context.name


# --- users ---


def _user_name(session: Session, number: Any = _CURRENT) -> str | None:
    """USER_NAME([id]), USER, CURRENT_USER, SESSION_USER."""
    if number is _CURRENT:
        found = current_user(session, _frame(session))
    else:
        found = _users(session).by_id(number) if number is not None else None
    return found.name if found is not None else None


def _user_id(session: Session, name: Any = _CURRENT) -> int | None:
    """USER_ID([name]), DATABASE_PRINCIPAL_ID([name])."""
    if name is _CURRENT:
        return authorization.current_user_id(session, _frame(session))
    found = _by_name(_users(session), name)
    return found.principal_id if found is not None else None


# --- roles ---


def _is_server_role_member(session: Session, role: str | None, login: Any = _CURRENT) -> int | None:
    """IS_SRVROLEMEMBER: sysadmin has what every other role has. NULL when the caller may not know."""
    server = server_security(session)
    found = _by_name(server, role)
    if login is _CURRENT:
        logins = caller_in(session, _frame(session), _frame(session).database).logins
    else:
        principal = _by_name(server, login)
        if principal is None:
            return None
        logins = login_ids(server, principal.principal_id)
    if found is None or found.type != ROLE or not _may_know_members(session, found, logins):
        return None
    return int(found.principal_id in logins or SYSADMIN_ID in logins)


def _may_know_members(session: Session, role: Principal, logins: frozenset[int]) -> bool:
    """Everybody knows the members of fixed server roles and whether he is one of another."""
    frame = _frame(session)
    own = caller_in(session, frame, frame.database).logins
    return (
        role.is_fixed_role
        or logins <= own
        or authorization.may(session, frame, "VIEW DEFINITION", login_securable(role))
    )


def _is_role_member(session: Session, role: str | None, user: Any = _CURRENT) -> int | None:
    """IS_MEMBER and IS_ROLEMEMBER: dbo counts as a member of every fixed role but the denying ones. NULL when
    the caller may not know."""
    security = _users(session)
    found = _by_name(security, role)
    member = current_user(session, _frame(session)) if user is _CURRENT else _by_name(security, user)
    if found is None or member is None or not _may_know_users(session, found, member):
        return None
    if member.principal_id == DBO_ID and found.is_fixed_role:
        return int(found.name not in _DENYING_ROLES)
    return int(found.principal_id in user_ids(security, member.principal_id))


def _may_know_users(session: Session, role: Principal, member: Principal) -> bool:
    """Of others a caller knows it with VIEW DEFINITION on the role."""
    frame = _frame(session)
    if member.principal_id in caller_in(session, frame, frame.database).users:
        return True
    return authorization.may(session, frame, "VIEW DEFINITION", user_securable(role))


SECURITY_FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "suser_sname": _login_name,
        "suser_name": _login_name_by_id,
        "suser_id": _login_id,
        "suser_sid": _login_sid,
        "original_login": _original_login,
        "system_user": _login_name,
        "user_name": _user_name,
        "user_id": _user_id,
        "user": _user_name,
        "current_user": _user_name,
        "session_user": _user_name,
        "database_principal_id": _user_id,
        "is_srvrolemember": _is_server_role_member,
        "is_member": _is_role_member,
        "is_rolemember": _is_role_member,
    }
)
