"""The tables that only ``master`` has: databases, logins, configurations.

https://learn.microsoft.com/sql/relational-databases/databases/master-database
"""

from __future__ import annotations

from collections.abc import Sequence

from localdb.catalog.fixed_principals import server_security
from localdb.catalog.governor_store import GovernorStore
from localdb.catalog.objects import CATALOG_SCHEMA
from localdb.catalog.security import SA_SID
from localdb.catalog.security_store import SERVER_TABLES, SecurityStore
from localdb.catalog.store import now
from localdb.engine.duck import Connection
from localdb.errors import sql_error
from localdb.runtime.security.logins import hash_password

_TABLES = f'"master"."{CATALOG_SCHEMA}"'

SYSTEM_DATABASES = ((1, "master"), (2, "tempdb"), (3, "model"), (4, "msdb"))

_CONFIGURATIONS = (
    # configuration_id, name, value, minimum, maximum, description, dynamic, advanced
    (518, "show advanced options", 0, 0, 1, "show advanced options", True, False),
    (1586, "external scripts enabled", 0, 0, 1, "Allows execution of external scripts", True, False),
)
"""The options of sp_configure that mean something here."""

_DEFINITION = (
    f"CREATE TABLE {_TABLES}.databases (database_id INTEGER, name VARCHAR, file VARCHAR, "
    "create_date TIMESTAMP, owner_sid BLOB)",
    f"CREATE TABLE {_TABLES}.configurations (configuration_id INTEGER, name VARCHAR, value INTEGER, "
    "value_in_use INTEGER, minimum INTEGER, maximum INTEGER, description VARCHAR, is_dynamic BOOLEAN, "
    "is_advanced BOOLEAN)",
)


class Master:
    """Reads and writes master's own tables; changes belong to the connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, sa_password: str) -> None:
        for statement in _DEFINITION:
            self._connection.execute(statement)
        for number, name in SYSTEM_DATABASES:
            self.add_database(number, name, "", SA_SID)
        self._server.create(server_security(hash_password(sa_password), now()))
        GovernorStore(self._connection).create()
        for number, name, value, low, high, text, dynamic, advanced in _CONFIGURATIONS:
            self._connection.execute(
                f"INSERT INTO {_TABLES}.configurations "
                "VALUES ($n, $name, $v, $v, $low, $high, $text, $d, $a)",
                {
                    "n": number,
                    "name": name,
                    "v": value,
                    "low": low,
                    "high": high,
                    "text": text,
                    "d": dynamic,
                    "a": advanced,
                },
            )

    def upgrade(self) -> None:
        """Add what a server that an earlier version made lacks: owners of databases, logins other than sa,
        the resource governor.
        """
        databases = f"{_TABLES}.databases"
        self._connection.execute(f"ALTER TABLE {databases} ADD COLUMN IF NOT EXISTS owner_sid BLOB")
        self._connection.execute(
            f"UPDATE {databases} SET owner_sid = $sid WHERE owner_sid IS NULL", {"sid": SA_SID}
        )
        if not self._server.exists():
            logins = f"{_TABLES}.logins"
            ((password_hash, created),) = self._connection.rows(
                f"SELECT password_hash, create_date FROM {logins} WHERE principal_id = 1"
            )
            self._server.create(server_security(password_hash, created))
            self._connection.execute(f"DROP TABLE {logins}")
        if not GovernorStore(self._connection).exists():
            GovernorStore(self._connection).create()

    @property
    def _server(self) -> SecurityStore:
        return SecurityStore("master", self._connection, SERVER_TABLES)

    def databases(self) -> Sequence[tuple[int, str, str, bytes]]:
        """(database_id, name, file, sid of the owner) of every database; the file of those that are names
        only is ''.
        """
        columns = "database_id, name, file, owner_sid"
        rows = self._connection.rows(f"SELECT {columns} FROM {_TABLES}.databases")
        return [(int(number), str(name), str(file), bytes(sid)) for number, name, file, sid in rows]

    def add_database(self, number: int, name: str, file: str, owner_sid: bytes) -> None:
        self._connection.execute(
            f"INSERT INTO {_TABLES}.databases VALUES ($number, $name, $file, $now, $sid)",
            {"number": number, "name": name, "file": file, "now": now(), "sid": owner_sid},
        )

    def change_owner(self, number: int, owner_sid: bytes) -> None:
        self._connection.execute(
            f"UPDATE {_TABLES}.databases SET owner_sid = $sid WHERE database_id = $n",
            {"sid": owner_sid, "n": number},
        )

    def remove_database(self, number: int) -> None:
        self._connection.execute(f"DELETE FROM {_TABLES}.databases WHERE database_id = $n", {"n": number})

    def running_value(self, option: str) -> int:
        rows = self._connection.rows(
            f"SELECT value_in_use FROM {_TABLES}.configurations WHERE name = $name", {"name": option}
        )
        return int(rows[0][0]) if rows else 0

    def configure(self, option: str, value: int) -> None:
        """Set what RECONFIGURE will put in use: 15123 for an unknown option."""
        changed = self._connection.execute(
            f"UPDATE {_TABLES}.configurations SET value = $value WHERE name = $name",
            {"value": value, "name": option},
        )
        if not changed:
            raise sql_error(15123, option)

    def reconfigure(self) -> None:
        self._connection.execute(f"UPDATE {_TABLES}.configurations SET value_in_use = value")
