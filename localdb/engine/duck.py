"""The only calls of DuckDB: one in-memory instance, a database file per T-SQL database, a connection per
user.

Every DuckDB exception leaves this module as a ``SqlError``.
"""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from localdb.engine.duck_errors import translate
from localdb.engine.folder import FolderLock, database_file
from localdb.engine.recovery import DamagedDatabase, log_of
from localdb.errors import SqlError
from localdb.types import quote_name

BATCH_ROWS = 32_768
"""Rows per Arrow record batch of a streamed result."""

RESERVED_NAMES = ("system", "temp", "memory")
"""DuckDB's own databases: no T-SQL database can have these names."""

LOG_BYTES = 16 * 2**20
"""A log of this size is written into its file; DuckDB's own measure."""

_SPARE_BYTES = 16 * 2**20
"""What a checkpoint leaves free on the disk at least."""

_NEVER = 2**40

_PARAMETER = re.compile(r"\$(\w+)")

_Result = TypeVar("_Result")

_log = logging.getLogger(__name__)


class Connection:
    """One DuckDB connection with its own transaction and temporary tables; used by one thread at a time.

    ``interrupt`` alone may be called from another thread.
    """

    def __init__(self, raw: duckdb.DuckDBPyConnection, engine: Engine) -> None:
        self._raw = raw
        self._engine = engine
        self.in_transaction = False
        self.failed = False
        """An error has aborted the DuckDB transaction: nothing but ``rollback`` is possible."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement; the number of rows that it changed (0 for a definition)."""
        return self._guard(lambda: self._changed(sql, parameters))

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        """Stream a result as Arrow record batches; only one result of a connection can be open."""
        reader = self._guard(lambda: self._run(sql, parameters).to_arrow_reader(BATCH_ROWS))
        while (batch := self._guard(lambda: next(reader, None))) is not None:
            yield batch

    def table(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        return self._guard(lambda: self._run(sql, parameters).to_arrow_table())

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self._guard(lambda: self._run(sql, parameters).fetchall())

    def begin(self) -> None:
        self._guard(lambda: self._run("BEGIN TRANSACTION", None))
        self.in_transaction, self.failed = True, False

    def commit(self) -> None:
        """Commit durably. DuckDB reports success for an aborted transaction; here that is an error."""
        if self.failed:
            raise AssertionError("commit of an aborted transaction")
        try:
            self._raw.execute("COMMIT")
        except duckdb.Error as error:
            self._abandon()
            raise translate(error) from error
        self.in_transaction = False

    def rollback(self) -> None:
        self._abandon()

    def interrupt(self) -> None:
        """Stop what the connection is doing; its thread gets the error of a cancelled statement."""
        self._raw.interrupt()

    def register(self, name: str, table: pa.Table) -> None:
        """Make ``table`` visible to this connection as a relation, without copying it."""

        def register() -> None:
            # A rollback brings back the view of a table that was registered in the transaction.
            self._raw.execute(f"DROP VIEW IF EXISTS {quote_name(name)}")
            self._raw.register(name, table)

        self._guard(register)

    def unregister(self, name: str) -> None:
        if not self.failed:
            self._guard(lambda: self._raw.unregister(name))

    def checkpoint(self, database: str, least: int = 1) -> None:
        """Write the log of ``database`` into its file, if it has ``least`` bytes. Never an error: what has
        been committed is in the log. The caller holds the database's write lock.

        Left for later when another transaction writes, when it is interrupted, and on a full disk: a
        checkpoint that fails half-way makes the database unusable until it is attached anew.
        """
        if not self._engine.may_checkpoint(database, least):
            return
        try:
            self._raw.execute(f"CHECKPOINT {quote_name(database)}")
        except (duckdb.TransactionException, duckdb.InterruptException):
            pass
        except duckdb.Error as error:
            _log.error("checkpoint of %s: %s", database, error)
            self._engine.reattach(database)

    def close(self) -> None:
        self._abandon()
        self._raw.close()

    def _run(self, sql: str, parameters: Mapping[str, Any] | None) -> duckdb.DuckDBPyConnection:
        # DuckDB refuses parameters that the text does not mention; several texts may share one set of values.
        mentioned = set(_PARAMETER.findall(sql)) if parameters else ()
        used = {name: value for name, value in (parameters or {}).items() if name in mentioned}
        return self._raw.execute(sql, used) if used else self._raw.execute(sql)

    def _changed(self, sql: str, parameters: Mapping[str, Any] | None) -> int:
        result = self._run(sql, parameters)
        if result.description and result.description[0][0] == "Count":
            row = result.fetchone()
            return int(row[0]) if row else 0
        return 0

    def _guard(self, action: Callable[[], _Result]) -> _Result:
        try:
            return action()
        # A result that is streamed reports DuckDB's errors as Arrow's own, of which some are OSError.
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            self._notice_failure()
            raise translate(error) from error

    def _notice_failure(self) -> None:
        """Most errors abort the open transaction, some (of binding) do not: ask DuckDB."""
        if self.in_transaction and not self.failed:
            try:
                self._raw.execute("SELECT 1")
            except duckdb.Error:
                self.failed = True

    def _rolled_back(self) -> bool:
        try:
            self._raw.execute("ROLLBACK")
        except duckdb.InterruptException:
            return False
        return True

    def _abandon(self) -> None:
        if self.in_transaction:
            # An aborted transaction may already be gone; a rollback that is interrupted has not been done.
            with contextlib.suppress(duckdb.TransactionException):
                while not self._rolled_back():
                    pass
        self.in_transaction = self.failed = False


class Engine:
    """DuckDB on one data folder; refuses (``DataFolderInUse``) when another server has it.

    ``memory_limit`` is DuckDB's text ('2GB'); None is its default, 80 % of the memory.
    """

    def __init__(
        self, directory: Path, *, memory_limit: str | None = None, threads: int | None = None
    ) -> None:
        self.directory = directory.resolve()
        self._lock = FolderLock(self.directory)
        try:
            self._root = self._open(memory_limit, threads)
        except BaseException:
            self._lock.release()
            raise

    def _open(self, memory_limit: str | None, threads: int | None) -> duckdb.DuckDBPyConnection:
        spill = self.directory / "spill"
        spill.mkdir(exist_ok=True)
        config: dict[str, Any] = {
            "default_null_order": "nulls_first_on_asc_last_on_desc",
            "temp_directory": str(spill),
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # A checkpoint inside of COMMIT would report its own failure as that of the transaction.
            "checkpoint_threshold": f"{_NEVER} bytes",
            "auto_checkpoint_skip_wal_threshold": _NEVER,
        }
        if memory_limit is not None:
            config["memory_limit"] = memory_limit
        if threads is not None:
            config["threads"] = threads
        root = duckdb.connect(":memory:", config=config)
        root.execute("SET TimeZone = 'UTC'")
        root.execute(resources.files("localdb.engine").joinpath("macros.sql").read_text("utf-8"))
        # From here on SQL reaches files of the data folder only, and nothing can change that.
        folder = str(self.directory).replace("'", "''")
        root.execute(f"SET allowed_directories = ['{folder}']")
        root.execute("SET enable_external_access = false")
        root.execute("SET lock_configuration = true")
        return root

    def connect(self) -> Connection:
        return Connection(self._root.cursor(), self)

    def file_of(self, name: str) -> Path:
        return self.directory / database_file(name)

    def create(self, name: str) -> None:
        """Create and attach a database; what an interrupted creation left behind is replaced."""
        self.remove_file(name)
        self.attach(name)

    def attach(self, name: str) -> None:
        """Attach the file of ``name`` under that name, making it when there is none."""
        path = str(self.file_of(name)).replace("'", "''")
        try:
            self._root.cursor().execute(f"ATTACH '{path}' AS {quote_name(name)}")
        except duckdb.Error as error:
            raise translate(error) from error

    def detach(self, name: str) -> None:
        try:
            self._root.cursor().execute(f"DETACH {quote_name(name)}")
        except duckdb.Error as error:
            raise translate(error) from error

    def open(self, name: str) -> None:
        """Attach a database that exists. DamagedDatabase when its file is missing or cannot be read."""
        file = self.file_of(name)
        if not file.exists():
            raise DamagedDatabase(file, "the file is missing")
        try:
            self.attach(name)
        except SqlError as error:
            raise DamagedDatabase(file, error.message) from error

    def may_checkpoint(self, name: str, least: int) -> bool:
        """The log of ``name`` has ``least`` bytes, and the disk has room for them in the file."""
        log = log_of(self.file_of(name))
        size = log.stat().st_size if log.exists() else 0
        return size >= least and shutil.disk_usage(self.directory).free >= 2 * size + _SPARE_BYTES

    def reattach(self, name: str) -> None:
        """Detach and attach: nothing is lost, and a database that DuckDB has shut off works again."""
        self.detach(name)
        self.attach(name)

    def drop(self, name: str) -> None:
        self.detach(name)
        self.remove_file(name)

    def remove_file(self, name: str) -> None:
        file = self.file_of(name)
        for path in (file, log_of(file)):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Detach (which checkpoints) and release the folder."""
        self._root.close()
        self._lock.release()
