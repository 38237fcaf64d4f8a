"""Batches in a session, and what a client gets of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localdb.events import Event, Failed, Info, ResultSetStart, RowBatch
from localdb.runtime.session import Session

PASSWORD = "Str0ng-Passw0rd"


def rows(session: Session, batch: str) -> list[tuple[Any, ...]]:
    """The rows of all result sets; the first error is raised."""
    found: list[tuple[Any, ...]] = []
    for event in session.run_batch(batch):
        if isinstance(event, Failed):
            raise event.error
        if isinstance(event, RowBatch):
            found += [tuple(row.values()) for row in event.batch.to_pylist()]
    return found


def column_types(session: Session, batch: str) -> list[tuple[str, bool]]:
    """The types of the first result set's columns, and whether they are nullable."""
    for event in session.run_batch(batch):
        if isinstance(event, Failed):
            raise event.error
        if isinstance(event, ResultSetStart):
            return [(str(column.type), column.nullable) for column in event.columns]
    raise AssertionError("no result set")


def shown(events: Iterable[Event]) -> list[int]:
    """The numbers of errors and messages in the order in which a client gets them."""
    numbers: list[int] = []
    for event in events:
        if isinstance(event, Failed):
            error = event.error
            numbers += [one.number for one in (*error.earlier, error, *error.messages)]
        elif isinstance(event, Info):
            numbers.append(event.number)
    return numbers


def spees(script: str, query: str = "", more: str = "") -> str:
    """An EXEC of a Python script, with ``more`` arguments."""
    script, query = (text.replace("'", "''") for text in (script, query))
    return f"EXEC sp_execute_external_script N'Python', N'{script}', N'{query}'{more and ', ' + more}"
