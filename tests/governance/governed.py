"""Batches and scripts in sessions, and what comes of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from localdb.engine.arrow_types import from_storage
from localdb.events import Event, Failed, Info, ResultSetStart, RowBatch
from localdb.runtime.session import Session

PASSWORD = "Governed-1!"


def numbers(events: Sequence[Event]) -> list[int]:
    """The numbers of all errors, in the order in which a client gets them."""
    failed = [event.error for event in events if isinstance(event, Failed)]
    return [one.number for error in failed for one in (*error.earlier, error)]


def errors(session: Session, batch: str) -> list[int]:
    return numbers(list(session.run_batch(batch)))


def messages(session: Session, batch: str) -> list[str]:
    """The texts of the errors."""
    return [event.error.message for event in session.run_batch(batch) if isinstance(event, Failed)]


def ok(session: Session, batch: str) -> list[Event]:
    events = list(session.run_batch(batch))
    assert not numbers(events), [str(event.error) for event in events if isinstance(event, Failed)]
    return events


def rows(session: Session, batch: str) -> list[tuple[Any, ...]]:
    """The rows of all result sets."""
    found: list[tuple[Any, ...]] = []
    columns: tuple[Any, ...] = ()
    for event in ok(session, batch):
        if isinstance(event, ResultSetStart):
            columns = event.columns
        elif isinstance(event, RowBatch):
            cells = [event.batch.column(i).to_pylist() for i in range(len(columns))]
            pairs = zip(cells, columns, strict=True)
            typed = [[from_storage(value, column.type) for value in values] for values, column in pairs]
            found += list(zip(*typed, strict=True))
    return found


def call(script: str) -> str:
    """A batch that runs a script."""
    return "EXEC sp_execute_external_script N'Python', N'" + script.replace("'", "''") + "'"


def printed(session: Session, script: str) -> str:
    infos = [event for event in ok(session, call(script)) if isinstance(event, Info)]
    return "".join(info.message.partition("\n")[2] for info in infos if info.number == 39005)


def set_pool(session: Session, options: str) -> None:
    """Alter the external pool that governs every script, and put it in force."""
    ok(session, f"ALTER EXTERNAL RESOURCE POOL [default] WITH ({options})")
    ok(session, "ALTER RESOURCE GOVERNOR RECONFIGURE")


class Background:
    """A batch in a thread of its own."""

    def __init__(self, session: Session, batch: str) -> None:
        self.session = session
        self.events: list[Event] = []
        self._thread = threading.Thread(target=lambda: self.events.extend(session.run_batch(batch)))
        self._thread.start()

    def end(self) -> list[int]:
        """The numbers of its errors."""
        self._thread.join(60)
        assert not self._thread.is_alive()
        return numbers(self.events)


def wait_until(true: Callable[[], bool]) -> None:
    """Look until ``true`` says so; fails after a minute."""
    waited = threading.Event()
    for _ in range(6000):
        if true():
            return
        waited.wait(0.01)
    raise AssertionError("it did not come true")
