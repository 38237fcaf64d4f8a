"""The rows of sys.external_library_setup_errors: why libraries could not be installed, since the server's
start.

They are kept in the engine's own memory, outside every database: a script's transaction neither writes them
nor takes them back.
"""

from __future__ import annotations

from localdb.catalog.external import ExternalLibrary
from localdb.catalog.store import now
from localdb.engine.duck import Connection
from localdb.errors import SqlError

_TABLE = "memory.main.external_library_setup_errors"
_DEFINITION = (
    f"CREATE TABLE {_TABLE} (db_id INTEGER, principal_id INTEGER, external_library_id INTEGER, "
    "error_code INTEGER, error_timestamp TIMESTAMP, error_message VARCHAR)"
)


class SetupErrors:
    """One row for every library of a database that failed last; the caller lets one thread in at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connection.execute(_DEFINITION)

    def record(self, database_id: int, library: ExternalLibrary, error: SqlError) -> None:
        self.forget(database_id, library.library_id)
        self._connection.execute(
            f"INSERT INTO {_TABLE} VALUES ($database, $owner, $library, $code, $moment, $message)",
            {
                "database": database_id,
                "owner": library.owner_id,
                "library": library.library_id,
                "code": error.number,
                "moment": now(),
                "message": error.message[:4000],
            },
        )

    def forget(self, database_id: int, library_id: int) -> None:
        self._connection.execute(
            f"DELETE FROM {_TABLE} WHERE db_id = $database AND external_library_id = $library",
            {"database": database_id, "library": library_id},
        )

    def close(self) -> None:
        self._connection.close()
