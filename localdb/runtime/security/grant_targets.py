"""What GRANT, DENY, REVOKE and ALTER AUTHORIZATION name behind ON, found in the catalog.

https://learn.microsoft.com/sql/t-sql/statements/grant-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localdb.catalog.effective import WHOLE_DATABASE, WHOLE_SERVER, Securable
from localdb.catalog.objects import Procedure, SchemaObject, Snapshot
from localdb.catalog.security import DBO_ID, ROLE, SA_ID, SQL_LOGIN, SQL_USER, Security
from localdb.errors import sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.runtime.security.current_principals import current_snapshot
from localdb.runtime.security.default_schemas import schema_of
from localdb.runtime.security.principal_rules import is_fixed_role, missing
from localdb.runtime.security.securables import (
    language_securable,
    login_securable,
    object_securable,
    schema_securable,
    user_securable,
)
from localdb.runtime.security.security_context import server_security
from localdb.tsql.ast_security import SecurableName
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.session import Session

SERVER_CLASSES = ("SERVER", "LOGIN", "SERVER ROLE")
"""Classes of things of the server; all others are a database's."""


@dataclass(frozen=True, slots=True)
class Target:
    """A thing that permissions are on, with the name that errors give it and the principal that owns it.

    ``thing`` is there for objects only.
    """

    securable: Securable
    name: str
    owner_id: int
    thing: SchemaObject | None = None

    @property
    def is_in_server(self) -> bool:
        return self.securable.class_name in SERVER_CLASSES


def whole_database(frame: Frame) -> Target:
    return Target(WHOLE_DATABASE, frame.database, DBO_ID)


def whole_server() -> Target:
    return Target(WHOLE_SERVER, "server", SA_ID)


def find_target(session: Session, frame: Frame, named: SecurableName) -> Target:
    """Errors: 15151 no such thing, 4610 one of another database."""
    name = named.name.name
    snapshot = current_snapshot(session, frame)
    match named.class_name:
        case "SERVER":
            # Whatever name stands here, there is one server.
            return whole_server()
        case "LOGIN" | "SERVER ROLE":
            return _server_principal(server_security(session), named.class_name, name)
        case "DATABASE":
            return _database(session, frame, name)
        case "SCHEMA":
            return _schema(snapshot, name)
        case "USER" | "ROLE":
            return _principal(snapshot.security, named.class_name, name)
        case "EXTERNAL LANGUAGE" | "EXTERNAL LIBRARY":
            return _external(session, snapshot, frame, named.class_name, name)
        case _:
            return _object(session, snapshot, frame, named.name)


def _server_principal(server: Security, class_name: str, name: str) -> Target:
    found = server.find(name)
    wanted = SQL_LOGIN if class_name == "LOGIN" else ROLE
    if found is None or found.type != wanted:
        raise missing("find", class_name.lower(), name)
    return Target(login_securable(found), found.name, found.owner_id or SA_ID)


def _database(session: Session, frame: Frame, name: str) -> Target:
    if session.instance.database(name) is None:
        raise missing("find", "database", name)
    if name.lower() != frame.database.lower():
        raise sql_error(4610)
    return whole_database(frame)


def _schema(snapshot: Snapshot, name: str) -> Target:
    schema = snapshot.schema(name)
    if schema is None:
        raise missing("find", "schema", name)
    return Target(schema_securable(schema), schema.name, schema.owner_id)


def _principal(security: Security, class_name: str, name: str) -> Target:
    """A user owns itself, a role is its owner's. Fixed roles are no such things."""
    found = security.find(name)
    if found is None:
        raise missing("find", class_name.lower(), name)
    wanted = SQL_USER if class_name == "USER" else ROLE
    if found.type != wanted or is_fixed_role(found):
        raise missing("find", "object", name)
    return Target(user_securable(found), found.name, found.owner_id or found.principal_id)


def _external(session: Session, snapshot: Snapshot, frame: Frame, class_name: str, name: str) -> Target:
    """A language; or a library of the caller, else of dbo."""
    if class_name == "EXTERNAL LANGUAGE":
        language = snapshot.external.language(name)
        if language is None:
            raise missing("find", "external language", name)
        owner = language.owner_id
        return Target(language_securable(language.language_id, owner), language.name, owner)
    caller = authorization.current_user_id(session, frame)
    library = snapshot.external.library(name, caller) or snapshot.external.library(name, DBO_ID)
    if library is None:
        raise missing("find", "external library", name)
    securable = Securable(class_name, library.library_id, library.owner_id, WHOLE_DATABASE)
    return Target(securable, library.name, library.owner_id)


def _object(session: Session, snapshot: Snapshot, frame: Frame, name: ObjectName) -> Target:
    if name.database is not None and name.database.lower() != frame.database.lower():
        raise sql_error(4610)
    thing = snapshot.find(schema_of(session, frame, snapshot, name), name.name)
    if thing is None:
        raise missing("find", "object", name.name)
    securable = object_securable(snapshot, thing)
    return Target(securable, thing.name, securable.owner_id or DBO_ID, thing)


def is_executable(target: Target) -> bool:
    return isinstance(target.thing, Procedure)
