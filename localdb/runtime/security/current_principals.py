"""The caller as a principal: the login and the user behind the names that ``authorization`` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localdb.catalog.objects import Snapshot
from localdb.catalog.security import Principal
from localdb.errors import sql_error
from localdb.runtime.security import authorization
from localdb.runtime.security.security_context import current_context, server_security

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session


def current_snapshot(session: Session, frame: Frame) -> Snapshot:
    """The current database as this session sees it now."""
    found = session.instance.require_database(frame.database)
    return session.transactions.relations(found).snapshot


def current_login(session: Session, frame: Frame) -> Principal | None:
    """None when the login was dropped, or a user of a database is impersonated, who is no login at all."""
    context = current_context(session, frame)
    if context.user_id is not None or context.sid is None:
        return None
    return server_security(session).by_sid(context.sid)


def current_login_sid(session: Session, frame: Frame) -> bytes:
    """The sid that a database made by the caller is owned by; 262 for a caller who is no login."""
    login = current_login(session, frame)
    if login is None or login.sid is None:
        raise sql_error(262, "CREATE DATABASE", "master")
    return login.sid


def current_user(session: Session, frame: Frame) -> Principal | None:
    """The caller in the current database."""
    user_id = authorization.current_user_id(session, frame)
    return current_snapshot(session, frame).security.by_id(user_id)
