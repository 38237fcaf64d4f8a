"""As whom statements run: the login of the session, or who is impersonated at this moment.

https://learn.microsoft.com/sql/t-sql/statements/execute-as-transact-sql
A scope's EXECUTE AS ends with the scope; that of a client's own batch lasts until REVERT or the session ends.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localdb.catalog.effective import (
    WHOLE_DATABASE,
    WHOLE_SERVER,
    Caller,
    Decision,
    effective,
    login_ids,
    make_caller,
)
from localdb.catalog.security import DBO_ID, GUEST_ID, SYSADMIN_ID, Principal, Security
from localdb.errors import sql_error
from localdb.runtime.scope import Frame

if TYPE_CHECKING:
    from localdb.runtime.session import Session


@dataclass(frozen=True, slots=True)
class SecurityContext:
    """A login by its ``sid``, or the user ``user_id`` of ``database`` (lower case) and nobody elsewhere.

    ``name`` is the login's; for an impersonated user its login's, or its sid as text when it has none.
    """

    name: str
    sid: bytes | None
    user_id: int | None = None
    database: str = ""


@dataclass(frozen=True, slots=True)
class Impersonation:
    """One EXECUTE AS: ``database`` is where it was called, since REVERT must be called there too."""

    context: SecurityContext
    database: str
    revertible: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """A caller, and the descriptions that it was made from: while they are the same, so is the caller."""

    server: Security
    database: Security
    caller: Caller | None


class Callers:
    """The callers that a session has been, each made when first asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[SecurityContext, str], Known] = {}

    def caller(self, context: SecurityContext, database: str) -> Caller | None:
        """What ``context`` is in ``database``; None when it has no user there. Error 911."""
        session = self._session
        found = session.instance.require_database(database)
        users = session.transactions.relations(found).snapshot.security
        server = server_security(session)
        key = (context, found.name)
        known = self._known.get(key)
        if known is None or known.server is not server or known.database is not users:
            known = Known(server, users, find_caller(context, server, users, found.name))
            self._known[key] = known
        return known.caller


def server_security(session: Session) -> Security:
    """The logins and server roles as the session sees them now."""
    master = session.instance.require_database("master")
    return session.transactions.relations(master).snapshot.server


def current_context(session: Session, frame: Frame) -> SecurityContext:
    """The innermost impersonation of the scope and its callers, else the session's login."""
    for scope in frame.chain():
        if scope.impersonations:
            return scope.impersonations[-1].context
        if scope.runs_as is not None:
            return scope.runs_as
    return session.context


def scope_apart(session: Session, frame: Frame, procedure: str = "", schema: str = "") -> Frame:
    """A scope that sees nothing of ``frame``, no variables and no #temp tables, but has its database and runs
    as the same caller: for definitions, which mean the same wherever they are written."""
    return Frame(frame.database, procedure=procedure, schema=schema, runs_as=current_context(session, frame))


def caller_in(session: Session, frame: Frame, database: str) -> Caller:
    """Who the caller is in ``database``: 916 for somebody who has no user there."""
    context = current_context(session, frame)
    caller = session.callers.caller(context, database)
    if caller is None:
        raise sql_error(916, context.name, session.instance.require_database(database).name)
    return caller


def context_of_user(user: Principal, database: str, server: Security) -> SecurityContext:
    """Somebody who is impersonated as a user of ``database``."""
    login = server.by_sid(user.sid) if user.sid is not None else None
    name = login.name if login is not None else sid_text(user.sid or b"")
    return SecurityContext(name, user.sid, user.principal_id, database.lower())


def sid_text(sid: bytes) -> str:
    """``S-1-9-3-...``, which stands for a login's name where there is none. MS-DTYP section 2.4.2.1."""
    if len(sid) < 8:
        return ""
    authority = int.from_bytes(sid[2:8], "big")
    parts = struct.unpack(f"<{(len(sid) - 8) // 4}I", sid[8:])
    return "-".join(map(str, ("S", sid[0], authority, *parts)))


def may_log_in(server: Security, login: Principal) -> bool:
    """Whether the login has CONNECT SQL."""
    caller = make_caller(server, Security(), login_ids(server, login.principal_id), GUEST_ID)
    return effective(caller, "CONNECT SQL", WHOLE_SERVER) is Decision.GRANTED


def find_caller(context: SecurityContext, server: Security, users: Security, database: str) -> Caller | None:
    """What ``context`` is in ``database``, whose users are ``users``; None for somebody who has no user there
    and for one who may not connect."""
    if context.user_id is not None:
        user = users.by_id(context.user_id)
        # The number of a dropped user can be somebody else's now.
        if context.database != database.lower() or user is None or user.sid != context.sid:
            return None
        # A user is known in its database only: what its login may do on the server does not count.
        return make_caller(server, users, login_ids(server, None), context.user_id)
    login = server.by_sid(context.sid) if context.sid is not None else None
    logins = login_ids(server, login.principal_id if login else None)
    user = users.by_sid(context.sid) if context.sid is not None else None
    user_id = DBO_ID if SYSADMIN_ID in logins else user.principal_id if user else GUEST_ID
    caller = make_caller(server, users, logins, user_id)
    return caller if effective(caller, "CONNECT", WHOLE_DATABASE) is Decision.GRANTED else None
