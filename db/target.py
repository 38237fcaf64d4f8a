"""Where a command works: the embedded server or any ODBC connection string, and which database there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from db import connection_string
from db.connection import Connection, quote_name
from db.drivers import find_driver
from db.embedded import embedded_server
from db.errors import DeploymentError

EMBEDDED = "embedded"
DEFAULT_DATABASE = "tpcxbb_1gb"


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and the name of the database to work in; ``embedded`` if it is ours to configure."""

    parts: Mapping[str, str]
    database: str
    embedded: bool

    def connect(self, database: str | None = None) -> Connection:
        """A new session in ``database``, by default the target's own."""
        wanted = {**connection_string.without(self.parts, "Database"), "Database": database or self.database}
        return Connection(connection_string.render(wanted))

    def exists(self, connection: Connection) -> bool:
        """Whether the database is there; ``connection`` may be in any database."""
        sql = "SELECT database_id FROM sys.databases WHERE name = ?"
        return connection.value(sql, [self.database]) is not None

    def create_database(self) -> bool:
        """Create the database unless it is there; true if it was created."""
        with self.connect("master") as connection:
            if self.exists(connection):
                return False
            connection.run(f"CREATE DATABASE {quote_name(self.database)}")
            return True


@contextmanager
def open_target(
    target: str, folder: Path, environment: Mapping[str, str], database: str | None = None
) -> Iterator[Target]:
    """``embedded`` or a connection string; the database: ``database``, else the string's, else tpcxbb_1gb."""
    if target.lower() == EMBEDDED:
        with embedded_server(folder, environment) as server:
            parts = connection_string.parse(server.connection_string())
            yield Target(parts, database or DEFAULT_DATABASE, embedded=True)
        return
    parts = connection_string.parse(target)
    if connection_string.find(parts, "Server", "Addr", "Address", "DSN") is None:
        raise DeploymentError(
            "the connection string names no Server; use 'embedded' or Server=...;UID=...;PWD=..."
        )
    if connection_string.find(parts, "Driver", "DSN") is None:
        parts = {"Driver": find_driver().value, **parts}
    named = database or connection_string.find(parts, "Database", "Initial Catalog") or DEFAULT_DATABASE
    yield Target(parts, named, embedded=False)
