"""Transactions of one session: @@TRANCOUNT, the write lock, and the DuckDB transaction behind them.

A session reads in DuckDB's autocommit mode, each statement on a fresh snapshot, until its transaction
writes to a database: then it takes that database's write lock, begins a DuckDB transaction and keeps both
to the end. So there is one writer per database and no write conflict. Temporary tables need no lock: until
the first write to a database they are changed in autocommit mode and put back by hand at rollback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from localdb.catalog.objects import Snapshot
from localdb.engine.duck import LOG_BYTES, Connection
from localdb.errors import sql_error
from localdb.runtime.database import Database
from localdb.runtime.relations import Relations


@dataclass(slots=True)
class Transaction:
    """An open transaction. ``database`` is the one that it has written to, with DuckDB's transaction open.

    ``relations`` are its own definitions once it has changed any. ``on_rollback`` runs after DuckDB's
    rollback, last entry first; ``on_commit`` after its commit.
    """

    descriptor: int
    name: str = ""
    level: int = 1
    doomed: bool = False
    database: Database | None = None
    relations: Relations | None = None
    redefined: bool = False
    on_rollback: list[Callable[[], None]] = field(default_factory=list)
    on_commit: list[Callable[[], None]] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)
    """Temporary tables (physical names) that ``on_rollback`` restores already."""


class Transactions:
    """The transaction state of one session. ``check`` raises when the session's request was cancelled."""

    def __init__(
        self,
        owner: int,
        connection: Connection,
        new_descriptor: Callable[[], int],
        check: Callable[[], None],
        lock_timeout: Callable[[], int],
    ) -> None:
        self._owner = owner
        self._connection = connection
        self._new_descriptor = new_descriptor
        self._check = check
        self.current: Transaction | None = None
        self._lock_timeout = lock_timeout
        self.before_rollback: Callable[[], Callable[[], None]] = lambda: lambda: None
        """Called before DuckDB's rollback; what it returns is called after it."""
        self._unit: Transaction | None = None

    @property
    def count(self) -> int:
        """@@TRANCOUNT."""
        return self.current.level if self.current else 0

    @property
    def state(self) -> int:
        """XACT_STATE(): 1 open, -1 open and uncommittable, 0 none."""
        if self.current is None:
            return 0
        return -1 if self.current.doomed else 1

    def begin(self) -> bool:
        """BEGIN TRANSACTION; true when this started one."""
        if self.current is not None:
            self.current.level += 1
            return False
        self.current = Transaction(self._new_descriptor())
        return True

    def commit(self) -> Transaction | None:
        """COMMIT: 3902 without a transaction, 3930 when it is doomed. The transaction when it has ended now.

        An error of the engine while committing rolls everything back and is raised.
        """
        transaction = self.current
        if transaction is None:
            raise sql_error(3902)
        if transaction.doomed:
            raise sql_error(3930)
        if transaction.level > 1:
            transaction.level -= 1
            return None
        if transaction.database is not None:
            try:
                self._connection.commit()
            except BaseException:
                self.rollback()
                raise
            self._settle(transaction, transaction.database)
        self.current = None
        for action in transaction.on_commit:
            action()
        return transaction

    def rollback(self) -> Transaction:
        """ROLLBACK to before the outermost BEGIN: 3903 without a transaction."""
        transaction = self.current
        if transaction is None:
            raise sql_error(3903)
        afterwards = self.before_rollback()
        if transaction.database is not None:
            self._connection.rollback()
            transaction.database.lock.release(self._owner)
        self.current = None
        for action in reversed(transaction.on_rollback):
            action()
        afterwards()
        return transaction

    def doom(self) -> None:
        """From here on only ROLLBACK is possible."""
        if self.current is not None:
            self.current.doomed = True

    @contextmanager
    def writing(self, database: Database | None) -> Iterator[Transaction]:
        """Around everything that one statement changes; ``database`` None stands for temporary tables.

        Without a transaction the statement is one. Errors: 3930 in a doomed transaction, 1222 when the
        lock is not had in time, 40514 when the transaction has written to another database.
        """
        transaction = self.current
        if transaction is None:
            with self._alone(database) as unit:
                yield unit
        elif transaction.doomed:
            raise sql_error(3930)
        elif transaction.database is not None:
            if database is not None and database is not transaction.database:
                raise sql_error(40514, "a transaction that writes to two databases")
            with self._inside(transaction):
                yield transaction
        else:
            with self._first(transaction, database):
                yield transaction

    @contextmanager
    def _alone(self, database: Database | None) -> Iterator[Transaction]:
        """One statement as its own transaction."""
        unit = Transaction(0, database=database)
        self._unit = unit
        self._enter(database)
        try:
            yield unit
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            if database is not None:
                database.lock.release(self._owner)
            for action in reversed(unit.on_rollback):
                action()
            raise
        finally:
            self._unit = None
        if database is not None:
            self._settle(unit, database)
        for action in unit.on_commit:
            action()

    @contextmanager
    def _first(self, transaction: Transaction, database: Database | None) -> Iterator[None]:
        """The first write of a transaction to a database (which stays open), or a change of temporary
        tables.
        """
        self._enter(database)
        mark = len(transaction.on_rollback)
        transaction.database = database
        try:
            yield
            if database is None:
                self._connection.commit()
        except BaseException:
            self._connection.rollback()
            if database is not None:
                database.lock.release(self._owner)
            transaction.database = None
            transaction.relations = None
            transaction.redefined = False
            for action in reversed(transaction.on_rollback[mark:]):
                action()
            del transaction.on_rollback[mark:]
            raise

    @contextmanager
    def _inside(self, transaction: Transaction) -> Iterator[None]:
        """A further write: an error of the engine has ended DuckDB's transaction, so it dooms ours."""
        try:
            yield
        finally:
            self.notice_failure()

    def notice_failure(self) -> None:
        """Doom the transaction when an error has aborted DuckDB's."""
        if self._connection.failed:
            self.doom()

    def _enter(self, database: Database | None) -> None:
        if database is not None:
            database.lock.acquire(self._owner, self._lock_timeout(), self._check)
        try:
            self._connection.begin()
        except BaseException:
            if database is not None:
                database.lock.release(self._owner)
            raise

    def _settle(self, transaction: Transaction, database: Database) -> None:
        """After DuckDB's commit: show the definitions to everybody and let the next writer in."""
        try:
            if transaction.relations is not None:
                database.publish(transaction.relations)
            # The replay of definitions from the log has been a source of failures: keep them out of it.
            self._connection.checkpoint(database.name, 1 if transaction.redefined else LOG_BYTES)
        finally:
            database.lock.release(self._owner)

    def relations(self, database: Database) -> Relations:
        """The definitions of ``database`` as this session sees them now."""
        for transaction in (self._unit, self.current):
            if (
                transaction is not None
                and transaction.database is database
                and transaction.relations is not None
            ):
                return transaction.relations
        return database.relations

    def redefine(self, transaction: Transaction, snapshot: Snapshot, *, physical: bool) -> None:
        """Give the transaction its own definitions; ``physical`` when DuckDB's were changed too."""
        transaction.relations = Relations(snapshot)
        transaction.redefined = transaction.redefined or physical
