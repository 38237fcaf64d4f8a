"""What logins, users and roles have in common: ids, names, and what forbids to drop one.

https://learn.microsoft.com/sql/relational-databases/security/authentication-access/principals-database-engine
"""

from __future__ import annotations

import os

from localdb.catalog.fixed_principals import FIRST_FIXED_ROLE, database_sid
from localdb.catalog.objects import Procedure, Snapshot
from localdb.catalog.security import DBO_ID, GUEST_ID, ROLE, SQL_USER, Principal, Security
from localdb.errors import SqlError, sql_error

_FIRST_DATABASE_ID = 5
_FIRST_SERVER_ID = 257
_LAST_FIXED_USER = 4


def new_database_id(security: Security) -> int:
    """A user's or role's id: one more than any that is no fixed role's."""
    own = [p.principal_id for p in security.principals.values() if p.principal_id < FIRST_FIXED_ROLE]
    return max(*own, _FIRST_DATABASE_ID - 1) + 1


def new_server_id(security: Security) -> int:
    own = [p.principal_id for p in security.principals.values()]
    return max(*own, _FIRST_SERVER_ID - 1) + 1


def random_sid(kind: int) -> bytes:
    """The sid S-1-9-``kind``-... of a user without login (3) or a role (4)."""
    parts = (int.from_bytes(os.urandom(4)) for _ in range(4))
    return database_sid(kind, *parts)


def is_fixed_user(principal: Principal) -> bool:
    """dbo, guest, INFORMATION_SCHEMA or sys."""
    return principal.type == SQL_USER and principal.principal_id <= _LAST_FIXED_USER


def is_fixed_role(principal: Principal) -> bool:
    """A fixed role, or public."""
    return principal.type == ROLE and (principal.is_fixed_role or principal.name == "public")


def missing(verb: str, kind: str, name: str) -> SqlError:
    """15151: there is no such thing, or the caller may not know of it."""
    return sql_error(15151, verb, kind, name)


def find_user(security: Security, name: str, verb: str) -> Principal:
    """A user that can be changed: 15151 none, 15150 one of the fixed."""
    found = security.find(name)
    if found is None or found.type != SQL_USER:
        raise missing(verb, "user", name)
    if verb == "drop" and found.principal_id == GUEST_ID:
        raise sql_error(15539, found.name)
    if is_fixed_user(found):
        raise sql_error(15150, verb, "user", found.name)
    return found


def find_role(security: Security, name: str, verb: str, kind: str = "role") -> Principal:
    """A role, fixed ones too: 15151."""
    found = security.find(name)
    if found is None or found.type != ROLE:
        raise missing(verb, kind, name)
    return found


def find_own_role(security: Security, name: str, verb: str, kind: str = "role") -> Principal:
    """A role that can be renamed or dropped: 15151 none, 15150 a fixed one."""
    found = find_role(security, name, verb, kind)
    if is_fixed_role(found):
        raise sql_error(15150, verb, kind, found.name)
    return found


def require_new_name(security: Security, name: str, number: int, own_id: int | None = None) -> None:
    """``number`` (15023 in a database, 15025 on the server) when somebody else has the name."""
    found = security.find(name)
    if found is not None and found.principal_id != own_id:
        raise sql_error(number, name)


def require_droppable(snapshot: Snapshot, principal: Principal) -> None:
    """15138 owns a schema or something external, 15421 a role; 15284 has granted something, 15136 a procedure
    runs as it.
    """
    number = principal.principal_id
    owned = (
        ("schema", [schema.owner_id for schema in snapshot.schemas.values()]),
        ("external language", [language.owner_id for language in snapshot.external.languages.values()]),
        ("external library", [library.owner_id for library in snapshot.external.libraries]),
    )
    for kind, owners in owned:
        if number in owners:
            raise sql_error(15138, kind)
    if any(other.owner_id == number for other in snapshot.security.principals.values()):
        raise sql_error(15421)
    if any(permission.grantor_id == number for permission in snapshot.security.permissions):
        raise sql_error(15284)
    procedures = (thing for thing in snapshot.objects.values() if isinstance(thing, Procedure))
    if any(procedure.execute_as == number for procedure in procedures):
        raise sql_error(15136)


def owner_id(security: Security, name: str | None, caller: int) -> int:
    """Who is to own something new: ``name``, or the caller. 15151 for somebody who does not exist."""
    if name is None:
        return caller
    found = security.find(name)
    if found is None:
        raise missing("find", "user", name)
    return found.principal_id


def require_empty_role(security: Security, role: Principal) -> None:
    """15144 while the role has members."""
    if any(role_id == role.principal_id for role_id, _ in security.members):
        raise sql_error(15144)


def require_member(security: Security, role: Principal, name: str, verb: str) -> Principal:
    """Whom a role gets or loses: 15151 nobody, 15405 dbo and the like, 15413 the role itself."""
    found = security.find(name)
    if found is None:
        raise missing(verb, "principal", name)
    if is_fixed_role(found) or (found.type == SQL_USER and found.principal_id in (DBO_ID, 3, 4)):
        raise sql_error(15405, found.name)
    if found.principal_id == role.principal_id or found.principal_id in security.roles_of(role.principal_id):
        raise sql_error(15413)
    return found
