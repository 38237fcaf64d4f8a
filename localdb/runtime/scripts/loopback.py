"""Connections of a running script back to its own server, as its caller.

https://learn.microsoft.com/sql/machine-learning/connect/loopback-connection
Off unless the administrator allows them. A script under EXECUTE AS gets none: its rights end with the module,
those of a connection would not.
"""

from __future__ import annotations

import hmac
import secrets
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from localdb.runtime.requests import Login
from localdb.runtime.security.logins import login_failed
from localdb.runtime.security.security_context import current_context
from localdb.satellite.launcher import ScriptRequest

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session

_PASSWORD_BYTES = 32


class LoopbackService(Protocol):
    """What accepts the connections; ``server.loopback`` provides it."""

    def serving(self, listening: socket.socket, instance: ScriptLogin) -> AbstractContextManager[None]: ...


class ScriptLogin:
    """The login of one script's connections: the caller's name, with a password that is good for this run
    alone, and only on the socket of this script."""

    def __init__(self, caller: Session) -> None:
        self._caller = caller
        self._password = secrets.token_urlsafe(_PASSWORD_BYTES)

    @property
    def keywords(self) -> str:
        """What a connection string says of it."""
        caller = self._caller
        fields = {"Database": caller.database, "UID": caller.login.user, "PWD": self._password}
        return ";".join(f"{name}={_quoted(value)}" for name, value in fields.items())

    def login(self, login: Login) -> Session:
        """A session of the caller's login. Errors: 18456, 4060."""
        same_user = login.user.lower() == self._caller.login.user.lower()
        if not (hmac.compare_digest(login.password.encode(), self._password.encode()) and same_user):
            raise login_failed(login.user)
        return self._caller.instance.open_session(login)


def _quoted(value: str) -> str:
    """https://learn.microsoft.com/sql/relational-databases/native-client/applications/using-connection-string-keywords-with-sql-server-native-client"""
    return "{" + value.replace("}", "}}") + "}"


@contextmanager
def connected_back(session: Session, frame: Frame, request: ScriptRequest) -> Iterator[ScriptRequest]:
    """``request`` with the way back, where it may have one; the connections end with the block."""
    service = session.instance.loopback
    if service is None or current_context(session, frame) != session.context:
        yield request
        return
    login = ScriptLogin(session)
    with ExitStack() as stack:

        def accept(listening: socket.socket) -> None:
            stack.enter_context(service.serving(listening, login))

        yield replace(request, loopback=accept, loopback_login=login.keywords)
