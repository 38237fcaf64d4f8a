from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from localdb.engine.arrow_types import from_storage
from localdb.events import Event, Failed, ResultSetStart, RowBatch
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session

PASSWORD = "Runtime-1!"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = Instance(tmp_path / "data", sa_password=PASSWORD, threads=2)
    yield made
    made.close()


@pytest.fixture
def connect(instance: Instance) -> Callable[..., Session]:
    """Logs in as sa to the database shop, made on first use."""

    def log_in(database: str = "shop") -> Session:
        if instance.database(database) is None:
            session = instance.login(Login("sa", PASSWORD))
            assert_ok(session.run_batch(f"CREATE DATABASE {database}"))
            session.close()
        return instance.login(Login("sa", PASSWORD, database))

    return log_in


@pytest.fixture
def session(connect: Callable[..., Session]) -> Session:
    return connect()


def errors(events: Sequence[Event]) -> list[int]:
    """The numbers of all errors, in the order in which a client gets them."""
    failed = [event.error for event in events if isinstance(event, Failed)]
    return [one.number for error in failed for one in (*error.earlier, error)]


def assert_ok(events: Iterator[Event]) -> list[Event]:
    seen = list(events)
    assert not errors(seen), [str(event.error) for event in seen if isinstance(event, Failed)]
    return seen


def rows(events: Iterator[Event]) -> list[tuple[Any, ...]]:
    """The rows of all result sets; fails on an error."""
    found: list[tuple[Any, ...]] = []
    columns: tuple[Any, ...] = ()
    for event in assert_ok(events):
        if isinstance(event, ResultSetStart):
            columns = event.columns
        elif isinstance(event, RowBatch):
            cells = [event.batch.column(i).to_pylist() for i in range(len(columns))]
            typed = [
                [from_storage(v, c.type) for v in values] for values, c in zip(cells, columns, strict=True)
            ]
            found += list(zip(*typed, strict=True))
    return found
