"""Changes of principals and permissions: transactional like every definition.

They are written and shown to everybody together with the transaction that made them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from localdb.catalog.objects import Snapshot
from localdb.catalog.security import Security
from localdb.catalog.security_store import SERVER_TABLES, SecurityStore

if TYPE_CHECKING:
    from localdb.runtime.session import Session


def change_database_security(session: Session, database: str, change: Callable[[Security], Security]) -> None:
    """Change the users, roles and permissions of ``database``. ``change`` runs under its write lock."""
    found = session.instance.require_database(database)
    with session.transactions.writing(found) as transaction:
        snapshot = session.transactions.relations(found).snapshot
        after = change(snapshot.security)
        SecurityStore(found.name, session.connection).write(snapshot.security, after)
        session.transactions.redefine(transaction, snapshot.with_security(after), physical=False)


def change_server_security(session: Session, change: Callable[[Security], Security]) -> None:
    """Change the logins, server roles and permissions of the server. ``change`` runs under master's lock."""
    master = session.instance.require_database("master")
    with session.transactions.writing(master) as transaction:
        snapshot = session.transactions.relations(master).snapshot
        after = change(snapshot.server)
        SecurityStore("master", session.connection, SERVER_TABLES).write(snapshot.server, after)
        session.transactions.redefine(transaction, snapshot.with_server(after), physical=False)


def forget_securable(session: Session, snapshot: Snapshot, class_id: int, major_id: int) -> Snapshot:
    """``snapshot`` without the permissions on something that is dropped. The caller is inside ``writing``."""
    after = snapshot.security.without_securable(class_id, major_id)
    if after.permissions == snapshot.security.permissions:
        return snapshot
    SecurityStore(snapshot.database, session.connection).write(snapshot.security, after)
    return snapshot.with_security(after)
