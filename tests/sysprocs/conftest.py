"""A database with every kind of object, in process and behind a real server that all drivers reach."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localdb.engine.arrow_types import from_storage
from localdb.events import Failed, ResultSetStart, RowBatch
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.types import Column
from tests.server.application import PASSWORD
from tests.server.clients import ROOT, Server

OBJECTS = (Path(__file__).parent / "objects.sql").read_text().split("\nGO\n")


class Answer:
    """What a batch gave: its result sets and the numbers of its errors."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.sets: list[tuple[tuple[Column, ...], list[tuple[Any, ...]]]] = []
        self.errors: list[int] = []
        for event in events:
            if isinstance(event, ResultSetStart):
                self.sets.append((event.columns, []))
            elif isinstance(event, Failed):
                self.errors.append(event.error.number)
            elif isinstance(event, RowBatch):
                columns, rows = self.sets[-1]
                cells = [event.batch.column(i).to_pylist() for i in range(len(columns))]
                typed = [
                    [from_storage(v, c.type) for v in values]
                    for values, c in zip(cells, columns, strict=True)
                ]
                rows += list(zip(*typed, strict=True))

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.sets[0][0]

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        assert not self.errors
        return self.sets[0][1]

    @property
    def records(self) -> list[dict[str, Any]]:
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


Ask = Callable[[str], Answer]


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = Instance(tmp_path_factory.mktemp("process"), sa_password=PASSWORD, threads=2)
    first = made.login(Login("sa", PASSWORD))
    for database in ("shop", "other"):
        assert not Answer(first.run_batch(f"CREATE DATABASE {database}")).errors
    session = made.login(Login("sa", PASSWORD, "shop"))
    for batch in OBJECTS:
        assert not Answer(session.run_batch(batch)).errors, batch
    yield made
    made.close()


@pytest.fixture
def session(instance: Instance) -> Iterator[Session]:
    session = instance.login(Login("sa", PASSWORD, "shop", host="here", application="tests"))
    yield session
    session.close()


@pytest.fixture
def ask(session: Session) -> Ask:
    """Runs a batch in process."""
    return lambda text: Answer(session.run_batch(text))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``python -m localdb serve``, with the same objects."""
    folder = tmp_path_factory.mktemp("served")
    command = [sys.executable, "-m", "localdb", "serve", "--data", str(folder), "--port", "0"]
    environment = {**os.environ, "MSSQL_SA_PASSWORD": PASSWORD}
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), log.read_text()
            address = json.loads((folder / "server.json").read_text())
            made = Server(address["host"], address["port"], folder)
            connection = made.odbc()
            for batch in ("CREATE DATABASE shop", "CREATE DATABASE other", "USE shop", *OBJECTS):
                connection.execute(batch)
            connection.close()
            yield made
        finally:
            process.terminate()
            process.wait(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def odbc(server: Server) -> Iterator[Any]:
    connection = server.odbc(Database="shop")
    yield connection
    connection.close()


@pytest.fixture
def freetds(server: Server) -> Iterator[Any]:
    connection = server.freetds(Database="shop")
    yield connection
    connection.close()


@pytest.fixture(params=["odbc", "freetds"])
def either(request: pytest.FixtureRequest) -> Any:
    """pyodbc over each of its drivers."""
    return request.getfixturevalue(request.param)
