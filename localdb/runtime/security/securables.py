"""The things of a database that permissions are on, with their owners and what contains them.

https://learn.microsoft.com/sql/relational-databases/security/permissions-hierarchy-database-engine
"""

from __future__ import annotations

from localdb.catalog.effective import WHOLE_DATABASE, WHOLE_SERVER, Securable
from localdb.catalog.objects import Schema, SchemaObject, Snapshot
from localdb.catalog.security import ROLE, Principal
from localdb.runtime.scope import Owner


def schema_securable(schema: Schema) -> Securable:
    return Securable("SCHEMA", schema.schema_id, schema.owner_id, WHOLE_DATABASE)


def object_securable(snapshot: Snapshot, thing: SchemaObject) -> Securable:
    """A table, view or procedure; its owner is its schema's."""
    schema = snapshot.schema(thing.schema)
    assert schema is not None
    return Securable("OBJECT", thing.object_id, schema.owner_id, schema_securable(schema))


def user_securable(principal: Principal) -> Securable:
    """A user or a role of a database."""
    kind = "ROLE" if principal.type == ROLE else "USER"
    return Securable(kind, principal.principal_id, principal.owner_id, WHOLE_DATABASE)


def login_securable(principal: Principal) -> Securable:
    """A login or a role of the server."""
    kind = "SERVER ROLE" if principal.type == ROLE else "LOGIN"
    return Securable(kind, principal.principal_id, principal.owner_id, WHOLE_SERVER)


def language_securable(language_id: int, owner_id: int) -> Securable:
    return Securable("EXTERNAL LANGUAGE", language_id, owner_id, WHOLE_DATABASE)


def library_securable(library_id: int, owner_id: int) -> Securable:
    return Securable("EXTERNAL LIBRARY", library_id, owner_id, WHOLE_DATABASE)


def owner_of(snapshot: Snapshot, schema_name: str) -> Owner:
    """Who owns what is in a schema."""
    schema = snapshot.schema(schema_name)
    assert schema is not None
    return Owner(snapshot.database.lower(), schema.owner_id)
