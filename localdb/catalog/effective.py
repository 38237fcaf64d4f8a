"""Whether somebody may do something: what was granted and denied, to whom, on what, and who owns it.

https://learn.microsoft.com/sql/relational-databases/security/permissions-database-engine ("permission check
algorithm"): an owner may; a denial anywhere in the permission space forbids; a grant anywhere in it allows.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from localdb.catalog.fixed_role_permissions import database_role_permissions, server_role_permissions
from localdb.catalog.permission_names import CLASSES, covering
from localdb.catalog.security import (
    DBO_ID,
    DENY,
    PUBLIC_ID,
    SERVER_PUBLIC_ID,
    SYSADMIN_ID,
    Permission,
    Security,
)


class Decision(enum.Enum):
    GRANTED = "granted"
    DENIED = "denied"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Securable:
    """A thing that permissions are on; ``class_name`` is a key of ``permission_names.CLASSES``.

    ``parent`` is what contains it; ``owner_id`` the principal that has it, None where nobody is asked for:
    the server and a whole database.
    """

    class_name: str
    major_id: int
    owner_id: int | None = None
    parent: Securable | None = None

    @property
    def class_id(self) -> int:
        return CLASSES[self.class_name].class_id

    @property
    def in_server(self) -> bool:
        """A thing of the server itself, which no database has."""
        return self.class_name in ("SERVER", "LOGIN", "SERVER ROLE")

    def places(self) -> dict[str, Securable]:
        """This thing and those that contain it, by class."""
        found = {} if self.parent is None else self.parent.places()
        return {self.class_name: self, **found}


WHOLE_SERVER = Securable("SERVER", 0)
WHOLE_DATABASE = Securable("DATABASE", 0, parent=WHOLE_SERVER)


@dataclass(frozen=True, slots=True)
class Caller:
    """Everything that somebody is: ``logins`` and ``users`` are ids with those of all roles, public included.

    ``user_id`` is the user alone. ``held`` has the states of each permission (class, major id, name) that any
    of these principals has.
    """

    user_id: int
    logins: frozenset[int]
    users: frozenset[int]
    held: Mapping[tuple[int, int, str], frozenset[str]]

    @property
    def is_sysadmin(self) -> bool:
        return SYSADMIN_ID in self.logins

    @property
    def is_dbo(self) -> bool:
        """May do everything in the database: whoever owns it, and members of sysadmin."""
        return self.user_id == DBO_ID

    def owns(self, thing: Securable) -> bool:
        own = self.logins if thing.in_server else self.users
        return thing.owner_id is not None and thing.owner_id in own

    def states(self, name: str, thing: Securable) -> frozenset[str]:
        return self.held.get((thing.class_id, thing.major_id, name), frozenset())


def login_ids(server: Security, login_id: int | None) -> frozenset[int]:
    """A login with all its server roles; None is somebody without a login."""
    if login_id is None:
        return frozenset({SERVER_PUBLIC_ID})
    return server.roles_of(login_id) | {login_id, SERVER_PUBLIC_ID}


def user_ids(database: Security, user_id: int) -> frozenset[int]:
    """A user with all its database roles."""
    return database.roles_of(user_id) | {user_id, PUBLIC_ID}


def make_caller(server: Security, database: Security, logins: frozenset[int], user_id: int) -> Caller:
    """``logins`` as ``login_ids`` gives them."""
    users = user_ids(database, user_id)
    held: dict[tuple[int, int, str], set[str]] = {}
    for permission in _permissions(server, database, logins, users):
        key = (permission.class_id, permission.major_id, permission.name)
        held.setdefault(key, set()).add(permission.state)
    return Caller(user_id, logins, users, {key: frozenset(states) for key, states in held.items()})


def _permissions(
    server: Security, database: Security, logins: Iterable[int], users: Iterable[int]
) -> Iterator[Permission]:
    logins, users = frozenset(logins), frozenset(users)
    yield from (permission for permission in server.permissions if permission.grantee_id in logins)
    yield from (permission for permission in database.permissions if permission.grantee_id in users)
    for login in logins:
        yield from server_role_permissions(login)
    for user in users:
        yield from database_role_permissions(user)


def permission_space(name: str, thing: Securable) -> Iterator[tuple[str, Securable]]:
    """Every permission that implies ``name`` on ``thing``, itself first, and what it is on.

    KeyError when things of this class have no such permission.
    """
    places = thing.places()
    for class_name, covering_name in covering(thing.class_name, name):
        yield covering_name, places[class_name]


def effective(caller: Caller, name: str, thing: Securable) -> Decision:
    """Whether ``caller`` has the permission ``name`` on ``thing``. KeyError: there is no such permission."""
    if caller.is_sysadmin or (caller.is_dbo and not thing.in_server):
        return Decision.GRANTED
    states: set[str] = set()
    for implied_by, place in permission_space(name, thing):
        if caller.owns(place):
            return Decision.GRANTED
        states |= caller.states(implied_by, place)
    if DENY in states:
        return Decision.DENIED
    return Decision.GRANTED if states else Decision.NONE
