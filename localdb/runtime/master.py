"""The tables that only ``master`` has: databases, logins, configurations.

https://learn.microsoft.com/sql/relational-databases/databases/master-database
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from localdb.catalog.objects import CATALOG_SCHEMA
from localdb.catalog.store import now
from localdb.engine.duck import Connection
from localdb.errors import sql_error
from localdb.runtime.logins import hash_password

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
    "create_date TIMESTAMP)",
    f"CREATE TABLE {_TABLES}.logins (principal_id INTEGER, name VARCHAR, password_hash VARCHAR, "
    "default_database VARCHAR, is_disabled BOOLEAN, create_date TIMESTAMP)",
    f"CREATE TABLE {_TABLES}.configurations (configuration_id INTEGER, name VARCHAR, value INTEGER, "
    "value_in_use INTEGER, minimum INTEGER, maximum INTEGER, description VARCHAR, is_dynamic BOOLEAN, "
    "is_advanced BOOLEAN)",
)


@dataclass(frozen=True, slots=True)
class StoredLogin:
    name: str
    password_hash: str
    default_database: str
    is_disabled: bool


class Master:
    """Reads and writes master's own tables; changes belong to the connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, sa_password: str) -> None:
        for statement in _DEFINITION:
            self._connection.execute(statement)
        for number, name in SYSTEM_DATABASES:
            self.add_database(number, name, "")
        self._connection.execute(
            f"INSERT INTO {_TABLES}.logins VALUES (1, 'sa', $hash, 'master', false, $now)",
            {"hash": hash_password(sa_password), "now": now()},
        )
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

    def databases(self) -> Sequence[tuple[int, str, str]]:
        """(database_id, name, file) of every database; the file of those that are names only is ''."""
        rows = self._connection.rows(f"SELECT database_id, name, file FROM {_TABLES}.databases")
        return [(int(number), str(name), str(file)) for number, name, file in rows]

    def add_database(self, number: int, name: str, file: str) -> None:
        self._connection.execute(
            f"INSERT INTO {_TABLES}.databases VALUES ($number, $name, $file, $now)",
            {"number": number, "name": name, "file": file, "now": now()},
        )

    def remove_database(self, number: int) -> None:
        self._connection.execute(f"DELETE FROM {_TABLES}.databases WHERE database_id = $n", {"n": number})

    def login(self, name: str) -> StoredLogin | None:
        rows = self._connection.rows(
            f"SELECT name, password_hash, default_database, is_disabled FROM {_TABLES}.logins "
            "WHERE lower(name) = lower($name)",
            {"name": name},
        )
        return StoredLogin(*rows[0]) if rows else None

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
