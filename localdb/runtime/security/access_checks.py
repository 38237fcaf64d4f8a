"""What a query or a data change may read and write, with ownership chains.

https://learn.microsoft.com/sql/relational-databases/tutorial-ownership-chains-and-context-switching and
https://learn.microsoft.com/sql/database-engine/configure-windows/cross-db-ownership-chaining-server-configuration-option
An object that a procedure or a view reaches is not asked for when the two have the same owner; a chain never
leads into another database (cross-database chaining is off, as by default).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from localdb.catalog.effective import Decision, effective
from localdb.catalog.objects import SchemaObject, Snapshot
from localdb.errors import sql_error
from localdb.runtime.scope import Owner
from localdb.runtime.security.authorization import object_denied
from localdb.runtime.security.securables import object_securable, owner_of
from localdb.runtime.security.security_context import caller_in
from localdb.tsql.plan import Access
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session


def require_accesses(session: Session, frame: Frame, accesses: Iterable[Access]) -> None:
    """Everything that a plan needs: 229 for what the caller may not do, 916 where the caller has no user."""
    for access in accesses:
        database = str(access.name.database)
        caller = caller_in(session, frame, database)
        if caller.is_dbo:
            continue
        snapshot, thing = _find(session, access.name)
        above = _owner(session, access.views[-1]) if access.views else frame.owner
        if above is not None and above == owner_of(snapshot, thing.schema):
            continue
        if effective(caller, access.permission, object_securable(snapshot, thing)) is not Decision.GRANTED:
            raise object_denied(access.permission, thing.name, snapshot.database, thing.schema)


def _find(session: Session, name: ObjectName) -> tuple[Snapshot, SchemaObject]:
    database = session.instance.require_database(str(name.database))
    snapshot = session.transactions.relations(database).snapshot
    thing = snapshot.find(str(name.schema), name.name)
    if thing is None:
        # Dropped by another session since the plan was found to hold.
        raise sql_error(208, name)
    return snapshot, thing


def _owner(session: Session, view: ObjectName) -> Owner:
    snapshot, thing = _find(session, view)
    return owner_of(snapshot, thing.schema)
