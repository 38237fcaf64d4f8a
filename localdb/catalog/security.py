"""Who there is and who may do what: immutable descriptions, part of a database's snapshot.

The same three tables serve the server (logins and server roles, kept in ``master``) and each database (users
and database roles): https://learn.microsoft.com/sql/relational-databases/security/permissions-hierarchy-database-engine
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

SQL_LOGIN = SQL_USER = "S"
ROLE = "R"
"""``Principal.type``: a login of the server or a user of a database, and a role of either."""

GRANT, DENY, GRANT_WITH_GRANT_OPTION = "G", "D", "W"
"""``Permission.state``, as sys.database_permissions has it."""

DATABASE, OBJECT, SCHEMA, PRINCIPAL = 0, 1, 3, 4
EXTERNAL_LIBRARY, EXTERNAL_LANGUAGE = 33, 34
SERVER, SERVER_PRINCIPAL = 100, 101
"""``Permission.class_id``: what kind of thing a permission is on."""

PUBLIC_ID, DBO_ID, GUEST_ID = 0, 1, 2
SA_ID, SERVER_PUBLIC_ID, SYSADMIN_ID = 1, 2, 3

SA_SID = b"\x01"
"""The sid of sa, and of dbo in the databases that sa owns."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A login, a user or a role. A user belongs to the login with the same ``sid`` (None: to no login).

    ``owner_id`` is a role's owner. ``password_hash``, ``default_database``, ``is_disabled``,
    ``is_policy_checked`` and ``is_expiration_checked`` are a login's, ``default_schema`` is a user's.
    The ``sid`` of dbo is that of the login that owns the database.
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
    is_policy_checked: bool = False
    is_expiration_checked: bool = False
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

    # --- changes: each gives a new description ---

    def with_principal(self, principal: Principal) -> Security:
        """Add a principal, or replace the one with its id."""
        others = [p for p in self.principals.values() if p.principal_id != principal.principal_id]
        return replace(self, principals={p.name.lower(): p for p in (*others, principal)})

    def without_principal(self, principal: Principal) -> Security:
        """Remove a principal with its memberships and the permissions granted to it."""
        number = principal.principal_id
        return replace(
            self,
            principals={name: p for name, p in self.principals.items() if p.principal_id != number},
            members=frozenset(pair for pair in self.members if number not in pair),
            permissions=tuple(p for p in self.permissions if p.grantee_id != number),
        )

    def with_member(self, role: Principal, member: Principal) -> Security:
        return replace(self, members=self.members | {(role.principal_id, member.principal_id)})

    def without_member(self, role: Principal, member: Principal) -> Security:
        return replace(self, members=self.members - {(role.principal_id, member.principal_id)})

    def with_permissions(self, permissions: Iterable[Permission]) -> Security:
        """``permissions`` instead of all that there were."""
        return replace(self, permissions=tuple(permissions))

    def without_securable(self, class_id: int, major_id: int) -> Security:
        """What remains when a thing that had permissions on it is dropped."""
        thing = (class_id, major_id)
        return self.with_permissions(p for p in self.permissions if (p.class_id, p.major_id) != thing)
