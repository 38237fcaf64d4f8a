"""The databases of one server: opened at start, created, dropped.

A marker file ``<file>.partial`` accompanies creation and removal, so that what a crash interrupts is
finished at the next start. Files that have neither a marker nor an entry in ``master`` are left alone.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from localdb.catalog.objects import Snapshot
from localdb.catalog.security import SA_SID
from localdb.catalog.store import Store
from localdb.engine.duck import RESERVED_NAMES, Connection, Engine
from localdb.engine.recovery import DamagedDatabase, log_of, recover
from localdb.errors import SqlError, sql_error
from localdb.runtime.database import Database
from localdb.runtime.master import SYSTEM_DATABASES, Master
from localdb.runtime.relations import Relations

_FIRST_ID = 5
_MARKER = ".partial"
_SYSTEM = 0
"""The owner of locks that no session holds."""


class Databases:
    """Every database by name, compared without case."""

    def __init__(self, engine: Engine, sa_password: str) -> None:
        self._engine = engine
        self._connection = engine.connect()
        self._open: dict[str, Database] = {}
        self._names: dict[int, str] = {}
        self.changing = threading.RLock()
        """Held while a database is created or dropped."""
        files = self._engine.directory.glob("*.duckdb")
        recover([file for file in files if not _marker_of(file).exists()])
        self._open_master(sa_password)
        self._open_all()

    def find(self, name: str) -> Database | None:
        return self._open.get(name.lower())

    def opened(self) -> list[Database]:
        """Every database that can be used."""
        return list(self._open.values())

    def name_of(self, database_id: int) -> str | None:
        return self._names.get(database_id)

    def is_name_only(self, name: str) -> bool:
        return name.lower() in ("tempdb", "model", "msdb")

    def close(self) -> None:
        self._connection.close()

    def create(self, name: str, owner_sid: bytes, check: Callable[[], None]) -> None:
        """Make a database that the login with ``owner_sid`` owns; it exists from the moment in which
        ``master`` says so.

        ``check`` raises when the request is cancelled while it waits for a lock.
        """
        with self.changing:
            folded = name.lower()
            if folded in (known.lower() for known in self._names.values()):
                raise sql_error(1801, name)
            if not name or len(name) > 128:
                raise sql_error(103, name[:128])
            if folded in RESERVED_NAMES or folded.startswith("_ldb"):
                raise sql_error(40514, f"database name {name}")
            number = max((*self._names, _FIRST_ID - 1)) + 1
            file = self._engine.file_of(name)
            with _marker(file):
                self._engine.create(name)
                try:
                    _create_catalog(self._connection, name, ())
                    snapshot = Store(name, self._connection).load().owned_by(owner_sid)
                    database = Database(number, name, snapshot)
                    self._in_master(
                        lambda master: master.add_database(number, name, file.name, owner_sid), check
                    )
                except BaseException:
                    self._engine.drop(name)
                    raise
            self._open[folded] = database
            self._names[number] = name

    def require_droppable(self, name: str) -> Database:
        """Errors: 3708 for a system database, 3701 for one that does not exist."""
        if name.lower() in (system for _, system in SYSTEM_DATABASES):
            raise sql_error(3708, name)
        database = self.find(name)
        if database is None:
            raise sql_error(3701, "drop", "database", name)
        return database

    def drop(self, name: str, check: Callable[[], None]) -> None:
        """Remove a database and its file. Errors: 3701, 3708."""
        with self.changing:
            database = self.require_droppable(name)
            database.lock.acquire(_SYSTEM, 0, check)
            try:
                with _marker(self._engine.file_of(database.name)):
                    self._in_master(lambda master: master.remove_database(database.database_id), check)
                    del self._open[name.lower()]
                    del self._names[database.database_id]
                    self._engine.drop(database.name)
            finally:
                database.lock.release(_SYSTEM)

    def change_owner(self, name: str, owner_sid: bytes, check: Callable[[], None]) -> None:
        """Give a database to the login with ``owner_sid``. Error 911 when there is no such database."""
        with self.changing:
            database = self.find(name)
            if database is None:
                raise sql_error(911, name)
            database.lock.acquire(_SYSTEM, -1, check)
            try:
                self._in_master(lambda master: master.change_owner(database.database_id, owner_sid), check)
                database.publish(Relations(database.snapshot.owned_by(owner_sid)))
            finally:
                database.lock.release(_SYSTEM)

    def _in_master(self, change: Callable[[Master], None], check: Callable[[], None]) -> None:
        """One change of master's tables, committed."""
        master = self._open["master"]
        master.lock.acquire(_SYSTEM, -1, check)
        try:
            with _committed(self._connection):
                change(Master(self._connection))
        finally:
            master.lock.release(_SYSTEM)

    def _open_master(self, sa_password: str) -> None:
        file = self._engine.file_of("master")
        if _marker_of(file).exists():
            # The first start was interrupted, before anything could be done with the server.
            self._engine.remove_file("master")
        if file.exists():
            self._engine.open("master")
        elif any(self._engine.directory.glob("*.duckdb")):
            raise DamagedDatabase(file, "the file is missing, and it knows of the databases in this folder")
        else:
            with _marker(file):
                self._engine.attach("master")
                _create_catalog(self._connection, "master", (sa_password,))
        self._open["master"] = Database(1, "master", self._load("master", SA_SID))

    def _load(self, name: str, owner_sid: bytes) -> Snapshot:
        try:
            _upgrade_catalog(self._connection, name)
            return Store(name, self._connection).load().owned_by(owner_sid)
        except SqlError as error:
            raise DamagedDatabase(self._engine.file_of(name), error.message) from error

    def _open_all(self) -> None:
        recorded = list(Master(self._connection).databases())
        self._finish_interrupted({file for _, _, file, _ in recorded})
        for number, name, file, owner_sid in recorded:
            self._names[number] = name
            if file:
                self._engine.open(name)
                self._open[name.lower()] = Database(number, name, self._load(name, owner_sid))

    def _finish_interrupted(self, recorded: set[str]) -> None:
        for marker in self._engine.directory.glob(f"*{_MARKER}"):
            file = marker.with_suffix("")
            if file.name not in recorded:
                for path in (file, log_of(file)):
                    path.unlink(missing_ok=True)
            marker.unlink()


def _create_catalog(connection: Connection, name: str, sa_password: tuple[str, ...]) -> None:
    """The catalog's tables, in one transaction: a database has all of them or none."""
    with _committed(connection):
        Store(name, connection).create()
        for password in sa_password:
            Master(connection).create(password)
    connection.checkpoint(name)


def _upgrade_catalog(connection: Connection, name: str) -> None:
    """Add what a database that an earlier version made lacks, in one transaction."""
    with _committed(connection):
        Store(name, connection).upgrade()
        if name == "master":
            Master(connection).upgrade()
    connection.checkpoint(name)


@contextlib.contextmanager
def _committed(connection: Connection) -> Iterator[None]:
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _marker_of(file: Path) -> Path:
    return file.with_name(file.name + _MARKER)


@contextlib.contextmanager
def _marker(file: Path) -> Iterator[None]:
    marker = _marker_of(file)
    marker.touch()
    _sync(marker.parent)
    yield
    marker.unlink()


def _sync(folder: Path) -> None:
    """Make a new directory entry durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
