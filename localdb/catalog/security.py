"""Who there is and who may do what: immutable descriptions, part of a database's snapshot.

The same three tables serve the server (logins and server roles, kept in ``master``) and each database (users
and database roles): https://learn.microsoft.com/sql/relational-databases/security/permissions-hierarchy-database-engine
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

SQL_LOGIN = SQL_USER = "S"
ROLE = "R"
"""``Principal.type``: a login of the server or a user of a database, and a role of either."""

GRANT, DENY, GRANT_WITH_GRANT_OPTION = "G", "D", "W"
"""``Permission.state``, as sys.database_permissions has it."""

DATABASE, OBJECT, SCHEMA, PRINCIPAL = 0, 1, 3, 4
EXTERNAL_LIBRARY, EXTERNAL_LANGUAGE = 31, 32
SERVER, SERVER_PRINCIPAL = 100, 101
"""``Permission.class_id``: what kind of thing a permission is on."""

PUBLIC_ID, DBO_ID, GUEST_ID = 0, 1, 2
SA_ID, SERVER_PUBLIC_ID, SYSADMIN_ID = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Principal:
    """A login, a user or a role. A user belongs to the login with the same ``sid`` (None: to no login).

    ``owner_id`` is a role's owner. ``password_hash``, ``default_database`` and ``is_disabled`` are a login's,
    ``default_schema`` is a user's.
    """

    principal_id: int
    name: str
    type: str
    sid: bytes | None = None
    owner_id: int | None = None
    is_fixed_role: bool = False
    default_schema: str | None = None
    password_hash: str | None = None
    default_database: str | None = None
    is_disabled: bool = False
    created: datetime.datetime | None = None
    modified: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """``name`` in upper case (``SELECT``) on the thing ``major_id`` of ``class_id`` (0: the whole database or
    server)."""

    class_id: int
    major_id: int
    name: str
    state: str
    grantee_id: int
    grantor_id: int


@dataclass(frozen=True)
class Security:
    """``principals`` by name in lower case; ``members`` are (role id, member id)."""

    principals: Mapping[str, Principal] = field(default_factory=dict)
    members: frozenset[tuple[int, int]] = frozenset()
    permissions: tuple[Permission, ...] = ()

    def find(self, name: str) -> Principal | None:
        return self.principals.get(name.lower())

    def by_id(self, principal_id: int) -> Principal | None:
        return next((p for p in self.principals.values() if p.principal_id == principal_id), None)

    def by_sid(self, sid: bytes) -> Principal | None:
        return next((p for p in self.principals.values() if p.sid == sid and p.type == SQL_USER), None)

    def roles_of(self, principal_id: int) -> frozenset[int]:
        """Every role that the principal is in, directly or through other roles; not public."""
        found: set[int] = set()
        new = {principal_id}
        while new:
            new = {role for role, member in self.members if member in new} - found
            found |= new
        return frozenset(found)

    def permissions_of(self, class_id: int, major_id: int) -> Iterator[Permission]:
        return (p for p in self.permissions if (p.class_id, p.major_id) == (class_id, major_id))
