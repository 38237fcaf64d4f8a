"""The tables of principals, members and permissions in schema ``_ldb``: made, read and written here only.

Each database has one set for its users and roles; master has a second one for the server's logins and roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, Protocol

from localdb.catalog.objects import CATALOG_SCHEMA
from localdb.catalog.security import Permission, Principal, Security
from localdb.types import quote_name

DATABASE_TABLES, SERVER_TABLES = "database_", "server_"
"""``SecurityStore.prefix``: which of the two sets."""

_DEFINITION = (
    # Columns in the order of the fields of Principal and Permission.
    "CREATE TABLE {t}principals (principal_id INTEGER, name VARCHAR, type VARCHAR, sid BLOB, "
    "owner_id INTEGER, is_fixed_role BOOLEAN, default_schema VARCHAR, password_hash VARCHAR, "
    "default_database VARCHAR, is_disabled BOOLEAN, is_policy_checked BOOLEAN, "
    "is_expiration_checked BOOLEAN, create_date TIMESTAMP, modify_date TIMESTAMP)",
    "CREATE TABLE {t}members (role_id INTEGER, member_id INTEGER)",
    "CREATE TABLE {t}permissions (class_id INTEGER, major_id INTEGER, name VARCHAR, state VARCHAR, "
    "grantee_id INTEGER, grantor_id INTEGER)",
)


class Executor(Protocol):
    """The part of the engine's connection that the store needs."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int: ...

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class SecurityStore:
    """Reads and writes the security of ``database``, or with ``SERVER_TABLES`` that of the server.

    Changes belong to the executor's transaction.
    """

    database: str
    executor: Executor
    prefix: str = DATABASE_TABLES

    @property
    def _tables(self) -> str:
        return f"{quote_name(self.database)}.{CATALOG_SCHEMA}.{self.prefix}"

    def exists(self) -> bool:
        sql = (
            "SELECT 1 FROM duckdb_tables() WHERE database_name = $d AND schema_name = $s AND table_name = $t"
        )
        table = f"{self.prefix}principals"
        return bool(self.executor.rows(sql, {"d": self.database, "s": CATALOG_SCHEMA, "t": table}))

    def create(self, security: Security) -> None:
        """Make the tables and write ``security`` into them."""
        for statement in _DEFINITION:
            self.executor.execute(statement.format(t=self._tables))
        self.write(Security(), security)

    def load(self) -> Security:
        """What the tables say; nobody and nothing while there are none."""
        if not self.exists():
            return Security()
        principals = [Principal(*row) for row in self._rows("principals")]
        return Security(
            {principal.name.lower(): principal for principal in principals},
            frozenset((role, member) for role, member in self._rows("members")),
            tuple(Permission(*row) for row in self._rows("permissions")),
        )

    def write(self, before: Security, after: Security) -> None:
        """Write the difference between what is stored, ``before``, and ``after``."""
        old, new = set(before.principals.values()), set(after.principals.values())
        removed = [(principal.principal_id,) for principal in old - new]
        self._change("principals", ("principal_id",), removed, map(astuple, new - old))
        pair = ("role_id", "member_id")
        self._change("members", pair, before.members - after.members, after.members - before.members)
        had, has = set(before.permissions), set(after.permissions)
        names = tuple(field.name for field in fields(Permission))
        self._change("permissions", names, map(astuple, had - has), map(astuple, has - had))

    def _rows(self, table: str) -> list[tuple[Any, ...]]:
        return self.executor.rows(f"SELECT * FROM {self._tables}{table}")

    def _change(
        self,
        table: str,
        keys: Sequence[str],
        removed: Iterable[tuple[Any, ...]],
        added: Iterable[tuple[Any, ...]],
    ) -> None:
        where = " AND ".join(f"{key} = $v{i}" for i, key in enumerate(keys))
        for row in removed:
            self.executor.execute(f"DELETE FROM {self._tables}{table} WHERE {where}", _numbered(row))
        for row in added:
            values = _numbered(row)
            marks = ", ".join(f"${name}" for name in values)
            self.executor.execute(f"INSERT INTO {self._tables}{table} VALUES ({marks})", values)


def _numbered(row: tuple[Any, ...]) -> dict[str, Any]:
    return {f"v{i}": value for i, value in enumerate(row)}
