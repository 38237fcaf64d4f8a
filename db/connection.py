"""One ODBC connection: parameters for values, every message of a failure, explicit transactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyodbc

from db.diagnostics import informational, messages_of
from db.errors import DatabaseError, ServerMessage

_CAUGHT = ("caught_number", "caught_message")
_CATCH = """
BEGIN CATCH
    SELECT ERROR_NUMBER() AS caught_number, ERROR_MESSAGE() AS caught_message;
    THROW;
END CATCH"""


@dataclass(frozen=True, slots=True)
class ResultSet:
    """Column names and rows (tuples) of one result set."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(slots=True)
class Outcome:
    """All result sets of a batch, what it printed, and the rows its last statement changed (-1 unknown)."""

    result_sets: list[ResultSet]
    messages: list[ServerMessage]
    row_count: int


class Connection:
    """Statements on one session, in autocommit mode unless inside :meth:`transaction`."""

    def __init__(self, connection_string: str) -> None:
        # unixODBC's pool would keep sessions, and their settings, alive after close().
        pyodbc.pooling = False
        try:
            self._odbc = pyodbc.connect(connection_string, autocommit=True, timeout=30)
        except pyodbc.Error as error:
            raise DatabaseError(messages_of(error), "the connection was refused") from error

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> Outcome:
        """Execute ``sql`` through all its result sets; raises DatabaseError with what the driver tells."""
        cursor = self._odbc.cursor()
        outcome = Outcome([], [], -1)
        try:
            cursor.execute(sql, *parameters)
            _drain(cursor, outcome)
        except pyodbc.Error as error:
            raise DatabaseError(_all_messages(outcome, messages_of(error))) from error
        finally:
            cursor.close()
        return outcome

    def call(self, sql: str, parameters: Sequence[Any] = ()) -> Outcome:
        """Like :meth:`run`, for statements that may raise several errors at once, as external scripts do.

        unixODBC and pyodbc deliver the first error of a batch only (39004, "a script error occurred"), a
        CATCH block sees the last one (39019, with the traceback). So the batch runs in a TRY block, whose
        CATCH block sends the last error as a row and raises all again, and both are collected.
        """
        return self.run(f"BEGIN TRY {sql}\nEND TRY{_CATCH}", parameters)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of the first result set."""
        return self.run(sql, parameters).result_sets[0].rows

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """First column of the first row, None if there is no row."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """The first result set as a DataFrame."""
        result = self.run(sql, parameters).result_sets[0]
        return pd.DataFrame.from_records(result.rows, columns=list(result.columns))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commits at the end of the block, rolls back when it raises."""
        self.run("SET XACT_ABORT ON; BEGIN TRANSACTION;")
        try:
            yield
            self.run("COMMIT TRANSACTION;")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        try:
            self.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;")
        except DatabaseError:
            # The connection is gone, so the server rolls back by itself; the first error is the one to show.
            self._odbc.close()

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
        self._odbc.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def quote_name(name: str) -> str:
    """An identifier for use in SQL text: ``a]b`` becomes ``[a]]b]``, as QUOTENAME does."""
    return "[" + name.replace("]", "]]") + "]"


def _drain(cursor: pyodbc.Cursor, outcome: Outcome) -> None:
    """Fill ``outcome`` with what ``cursor`` still has; what came before an error stays in it."""
    more = True
    while more:
        outcome.messages.extend(informational(cursor))
        if cursor.description is not None:
            columns = tuple(column[0] for column in cursor.description)
            outcome.result_sets.append(ResultSet(columns, [tuple(row) for row in cursor.fetchall()]))
        outcome.row_count = cursor.rowcount
        more = cursor.nextset()


def _all_messages(outcome: Outcome, raised: tuple[ServerMessage, ...]) -> tuple[ServerMessage, ...]:
    """What was raised, what the CATCH block of :meth:`Connection.call` saw, then what was printed."""
    caught = [
        ServerMessage(int(number), "42000", str(text).strip())
        for result in outcome.result_sets
        if result.columns == _CAUGHT
        for number, text in result.rows
    ]
    # The same error comes twice with different SQLSTATEs, which CATCH does not see.
    distinct = {(one.number, one.text): one for one in reversed([*raised, *caught, *outcome.messages])}
    return tuple(reversed(distinct.values()))
