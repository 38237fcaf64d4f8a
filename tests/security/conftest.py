"""A server in process with what ``adversary`` sets up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from localdb.engine.arrow_types import from_storage
from localdb.events import Event, ResultSetStart, RowBatch
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from tests.runtime.conftest import PASSWORD, assert_ok, errors
from tests.security.adversary import PASSWORDS, SETUP


class World:
    """A server in process with the databases shop (``adversary.SETUP``) and elsewhere."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.do(
            "CREATE DATABASE elsewhere; CREATE TABLE elsewhere.dbo.t (a int); CREATE DATABASE shop", "master"
        )
        for batch in SETUP.split("GO\n"):
            self.do(batch)

    def log_in(self, name: str, database: str = "shop") -> Session:
        return self.instance.login(Login(name, PASSWORDS[name], database))

    def do(self, text: str, database: str = "shop") -> None:
        """As sa."""
        session = self.log_in("sa", database)
        assert_ok(session.run_batch(text))
        session.close()

    def outcome(self, name: str, *texts: str) -> tuple[list[int], list[tuple[Any, ...]]]:
        """The errors and rows of batches in a new session."""
        session = self.log_in(name)
        try:
            return outcome([event for text in texts for event in session.run_batch(text)])
        finally:
            session.close()


def outcome(events: Sequence[Event]) -> tuple[list[int], list[tuple[Any, ...]]]:
    found: list[tuple[Any, ...]] = []
    columns: tuple[Any, ...] = ()
    for event in events:
        if isinstance(event, ResultSetStart):
            columns = event.columns
        elif isinstance(event, RowBatch):
            cells = [event.batch.column(i).to_pylist() for i in range(len(columns))]
            typed = ([from_storage(v, c.type) for v in vs] for vs, c in zip(cells, columns, strict=True))
            found += list(zip(*typed, strict=True))
    return errors(events), found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = Instance(tmp_path_factory.mktemp("adversary"), sa_password=PASSWORD, threads=2)
    world = World(made)
    world.do("EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE")
    yield world
    made.close()
