"""The conversation before the first request: PRELOGIN, TLS handshake, LOGIN7 and their answers."""

from __future__ import annotations

from localdb.errors import SqlError, sql_error
from localdb.runtime.requests import Login, Transport
from localdb.server.application import Session
from localdb.server.encode import database_changed, error_token
from localdb.server.settings import Settings
from localdb.tds.collation import DEFAULT_COLLATION
from localdb.tds.connection import packet_size
from localdb.tds.login7 import Feature, Login7
from localdb.tds.packets import DEFAULT_PACKET_SIZE
from localdb.tds.tokens import Done, DoneStatus, EnvChange, EnvType, Info, LoginAck, Token

_LANGUAGE = "us_english"
_LANGUAGES = ("", _LANGUAGE, "english")


def checked_login(login7: Login7, transport: Transport) -> Login:
    """What the runtime is to judge. SqlError for what localdb has not got: Windows logins and the like."""
    if login7.integrated_security:
        raise sql_error(18452)
    if any(feature == Feature.FEDERATED_AUTHENTICATION for feature, _ in login7.features):
        raise sql_error(18456, login7.user)
    if login7.change_password:
        raise sql_error(40514, "change of password at login")
    if login7.attach_file:
        raise sql_error(40514, "attaching a database file at login")
    if login7.language.lower() not in _LANGUAGES:
        raise sql_error(40514, f"language {login7.language}")
    return Login(
        user=login7.user,
        password=login7.password,
        database=login7.database,
        application=login7.application,
        host=login7.host,
        library=login7.library,
        transport=transport,
    )


def accepted(
    session: Session, login7: Login7, settings: Settings, server_name: str
) -> tuple[list[Token], int]:
    """The login response, in SQL Server's order, and the packet size that it announces.

    No FeatureExt is acknowledged: each is the client's offer, and declining is silence (MS-TDS 2.2.7.11).
    """
    size = packet_size(login7.packet_size, settings.packet_size)
    tokens: list[Token] = [
        *database_changed("master", session.database, server_name),
        EnvChange(EnvType.SQL_COLLATION, DEFAULT_COLLATION, b""),
        EnvChange(EnvType.LANGUAGE, _LANGUAGE, ""),
        Info(5703, 1, 0, f"Changed language setting to {_LANGUAGE}.", server_name, "", 1),
        LoginAck(settings.program, settings.version),
        EnvChange(EnvType.PACKET_SIZE, str(size), str(DEFAULT_PACKET_SIZE)),
        Done(),
    ]
    return tokens, size


def refused(error: SqlError, user: str, server_name: str) -> list[Token]:
    """Why the login, or the connection, ends. A database that cannot be opened fails the login as well."""
    errors = [error]
    if error.number in (4060, 4064):
        errors.append(sql_error(18456, user))
    tokens: list[Token] = [error_token(e, server_name) for e in errors]
    return [*tokens, Done(DoneStatus.ERROR)]
