"""Views of the sessions and of what they are doing.

https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views/sys-dm-exec-sessions-transact-sql
https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views/sys-dm-exec-requests-transact-sql
They have the columns of which something is known here.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.governor import DEFAULT_ID
from localdb.catalog.store import now
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.tsql import ast

if TYPE_CHECKING:
    from localdb.runtime.session import Session

_Row = Sequence[Any]
_READ_COMMITTED = 2
_LARGEST = 2**31 - 1
_TDS_VERSION = 0x74000004
"""TDS 7.4, the only one: https://learn.microsoft.com/openspecs/windows_protocols/ms-tds (LOGINACK)"""


def _visible(session: Session, frame: Frame) -> list[Session]:
    """Everybody's with VIEW SERVER STATE, else the caller's own."""
    if authorization.may_on_server(session, frame, "VIEW SERVER STATE"):
        return sorted(session.instance.sessions(), key=lambda one: one.spid)
    return [session]


def _sessions(session: Session, frame: Frame) -> list[_Row]:
    return [_session_row(one) for one in _visible(session, frame)]


def _session_row(session: Session) -> _Row:
    activity, login, options = session.activity, session.login, session.options
    # One setting each: ANSI_DEFAULTS is OFF, for implicit transactions are.
    settings = (True, True, True, False, True, True, True, True)
    return (
        *(session.spid, activity.login_time, login.host, login.application, login.library or None),
        *(_login_name(session), "running" if session.is_running else "sleeping"),
        *(_milliseconds(activity.login_time), activity.request_started or activity.login_time),
        *(activity.request_ended, True, options.text_size, "us_english", "mdy", options.date_first),
        *(*settings, _READ_COMMITTED, options.lock_timeout, session.context.name, DEFAULT_ID),
        *(_database_id(session), 0, session.transactions.count),
    )


def _login_name(session: Session) -> str:
    """As whom it runs now: EXECUTE AS changes that."""
    frame = session.current_frame or Frame(session.database, impersonations=session.impersonations)
    return authorization.current_login(session, frame)


def _connections(session: Session, frame: Frame) -> list[_Row]:
    authorization.require_server(session, frame, "VIEW SERVER STATE")
    everybody = sorted(session.instance.sessions(), key=lambda one: one.spid)
    return [_connection_row(one) for one in everybody]


def _connection_row(session: Session) -> _Row:
    transport, spid = session.login.transport, session.spid
    kind = "TCP" if transport.client is not None else "Shared memory"
    nowhere = (None, None)
    return (
        *(spid, spid, session.activity.login_time, kind, "TSQL", _TDS_VERSION),
        *("TRUE" if transport.encrypted else "FALSE", "SQL"),
        *(*(transport.client or nowhere), *(transport.server or nowhere)),
    )


def _requests(session: Session, frame: Frame) -> list[_Row]:
    rows = (_request_row(one) for one in _visible(session, frame) if one.is_running)
    return [row for row in rows if row is not None]


def _request_row(session: Session) -> _Row | None:
    """None for a request that has ended just now."""
    activity, options, frame = session.activity, session.options, session.current_frame
    started, statement = activity.request_started, activity.statement
    if started is None or statement is None:
        return None
    scripts = session.instance.governor.watch.runs
    script = next((run.facts.request_id for run in scripts if run.facts.spid == session.spid), None)
    return (
        *(session.spid, 0, started, "running", _command(statement), _database_id(session)),
        *(session.transactions.count, _milliseconds(started), options.text_size, "us_english", "mdy"),
        *(options.date_first, _READ_COMMITTED, options.lock_timeout, frame.level if frame else 0),
        *(DEFAULT_ID, script),
    )


def _command(statement: ast.Statement) -> str:
    """``SELECT``, ``INSERT``, ``CREATE TABLE``: the statement's first words."""
    if isinstance(statement, ast.Query):
        return "SELECT"
    if isinstance(statement, ast.DataChange):
        return statement.kind
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(statement).__name__)
    return words.upper()[:32]


def _database_id(session: Session) -> int:
    database = session.instance.database(session.database)
    return database.database_id if database is not None else 0


def _milliseconds(since: datetime.datetime) -> int:
    return min(_LARGEST, max(0, round((now() - since).total_seconds() * 1000)))


VIEWS: Mapping[str, Callable[[Session, Frame], Sequence[_Row]]] = MappingProxyType(
    {
        "dm_exec_sessions": _sessions,
        "dm_exec_connections": _connections,
        "dm_exec_requests": _requests,
    }
)
