"""Who may grant, deny and revoke what, and in whose name it is recorded.

https://learn.microsoft.com/sql/t-sql/statements/grant-transact-sql ("Permissions"): the owner of a thing and
who has CONTROL of it, in the owner's name; who has the permission WITH GRANT OPTION, in his own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localdb.catalog.effective import Caller, Decision, effective, login_ids, make_caller
from localdb.catalog.security import GRANT_WITH_GRANT_OPTION, GUEST_ID, Security
from localdb.errors import SqlError, sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security.current_principals import current_login
from localdb.runtime.security.grant_targets import Target, whole_database, whole_server
from localdb.runtime.security.principal_rules import missing
from localdb.runtime.security.security_context import caller_in, server_security
from localdb.tsql.ast_security import ChangePermissions, Deny

if TYPE_CHECKING:
    from localdb.runtime.session import Session

_SECURITY_ADMIN, _ACCESS_ADMIN = 16386, 16385
_SERVER_SECURITY_ADMIN = 4


def caller_id(session: Session, frame: Frame, target: Target) -> int | None:
    """The user, or on the server the login; None for a user of a database, who is no login."""
    if not target.is_in_server:
        return caller_in(session, frame, frame.database).user_id
    login = current_login(session, frame)
    return login.principal_id if login is not None else None


def find_grantors(
    session: Session,
    frame: Frame,
    statement: ChangePermissions,
    target: Target,
    permissions: tuple[str, ...],
    security: Security,
) -> dict[str, int]:
    """In whose name each permission is granted: 15151, or 4613 for the whole database or server, without the
    right to grant it.
    """
    number, caller = _acting(session, frame, statement, target, security)
    recorded: dict[str, int] = {}
    for name in permissions:
        if _is_like_owner(caller, name, target):
            recorded[name] = target.owner_id
        elif (
            not isinstance(statement, Deny)
            and _has_grant_option(security, number, name, target)
            and _may(caller, name, target)
        ):
            # A denial, of a role too, takes the right to pass it on.
            recorded[name] = number
        else:
            raise _may_not_grant(target)
    return recorded


def _acting(
    session: Session, frame: Frame, statement: ChangePermissions, target: Target, security: Security
) -> tuple[int, Caller]:
    """The caller, or whom AS names: himself, a role of his, or for those with CONTROL anybody. 15151."""
    caller = caller_in(session, frame, frame.database)
    own = caller_id(session, frame, target)
    if statement.grantor is None:
        if own is None:
            raise _may_not_grant(target)
        return own, caller
    principal = security.find(statement.grantor)
    mine = caller.logins if target.is_in_server else caller.users
    whole = whole_server() if target.is_in_server else whole_database(frame)
    if principal is None or not (principal.principal_id in mine or _is_like_owner(caller, "", whole)):
        raise missing("find", "login" if target.is_in_server else "user", statement.grantor)
    number = principal.principal_id
    if target.is_in_server:
        return number, make_caller(security, Security(), login_ids(security, number), GUEST_ID)
    server = server_security(session)
    return number, make_caller(server, security, login_ids(server, None), number)


def _is_like_owner(caller: Caller, name: str, target: Target) -> bool:
    """Has CONTROL of the thing, or is there to manage permissions (CONNECT: to let users in)."""
    if target.is_in_server:
        control = "CONTROL SERVER" if target.securable.class_name == "SERVER" else "CONTROL"
        return _SERVER_SECURITY_ADMIN in caller.logins or _may(caller, control, target)
    if _SECURITY_ADMIN in caller.users:
        return True
    if name == "CONNECT" and target.securable.class_name == "DATABASE" and _ACCESS_ADMIN in caller.users:
        return True
    return _may(caller, "CONTROL", target)


def _may(caller: Caller, name: str, target: Target) -> bool:
    return effective(caller, name, target.securable) is Decision.GRANTED


def _has_grant_option(security: Security, principal_id: int, name: str, target: Target) -> bool:
    """Itself: what a role may pass on is granted with AS."""
    return any(
        (known.grantee_id, known.name, known.state) == (principal_id, name, GRANT_WITH_GRANT_OPTION)
        for known in security.permissions_of(target.securable.class_id, target.securable.major_id)
    )


def _may_not_grant(target: Target) -> SqlError:
    match target.securable.class_name:
        case "DATABASE" | "SERVER":
            return sql_error(4613)
        case "SCHEMA":
            return missing("find", "schema", target.name)
        case _:
            return missing("find", "object", target.name)
