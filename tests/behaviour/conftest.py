"""The doors through which every ``*.slt`` file runs: in process, and over the wire (or the server of
``--target``).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pyodbc
import pytest

from db import connection_string
from localdb.engine.arrow_types import from_storage
from localdb.events import Failed, ResultSetStart, RowBatch
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from tests.behaviour import slt

PASSWORD = "Behaviour-1!"


class InProcess:
    """A session of an instance in this process."""

    def __init__(self, instance: Instance, database: str) -> None:
        self._session = instance.login(Login("sa", PASSWORD, database))

    def run(self, sql: str) -> list[list[tuple[Any, ...]]]:
        sets: list[list[tuple[Any, ...]]] = []
        columns: tuple[Any, ...] = ()
        failure: slt.Failure | None = None
        for event in self._session.run_batch(sql):
            match event:
                case ResultSetStart(columns=columns):
                    sets.append([])
                case RowBatch(batch=batch):
                    cells = [batch.column(i).to_pylist() for i in range(len(columns))]
                    for row in zip(*cells, strict=True):
                        typed = (from_storage(v, c.type) for v, c in zip(row, columns, strict=True))
                        sets[-1].append(tuple(typed))
                case Failed(error=error) if failure is None:
                    first = (*error.earlier, error)[0]
                    failure = slt.Failure(first.number, str(first))
        if failure is not None:
            raise failure
        return sets

    def close(self) -> None:
        self._session.close()


class Wire:
    """A connection of pyodbc."""

    def __init__(self, parts: dict[str, str]) -> None:
        self._connection = pyodbc.connect(connection_string.render(parts), autocommit=True)

    def run(self, sql: str) -> list[list[tuple[Any, ...]]]:
        cursor = self._connection.cursor()
        sets: list[list[tuple[Any, ...]]] = []
        try:
            cursor.execute(sql)
            while True:
                if cursor.description:
                    sets.append([tuple(row) for row in cursor.fetchall()])
                if not cursor.nextset():
                    return sets
        except pyodbc.Error as error:
            # "[23000] [Microsoft]... The message. (2627) (SQLExecDirectW)", several of them joined by "; ".
            number = re.search(r"\((\d+)\) ?(?:\(SQL|;|$)", str(error.args[1]))
            raise slt.Failure(int(number[1]) if number else 0, str(error)) from error
        finally:
            cursor.close()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    server = Instance(tmp_path_factory.mktemp("behaviour"), sa_password=PASSWORD, threads=2)
    yield server
    server.close()


@pytest.fixture(params=["process", "wire"])
def open_door(request: pytest.FixtureRequest, target_option: str) -> Iterator[Callable[[], slt.Door]]:
    """Opens sessions on a fresh database, through each door in turn."""
    if request.param == "process" and target_option != "embedded":
        pytest.skip("the server of --target is reached over the wire only")
    database = f"behaviour_{uuid.uuid4().hex[:12]}"
    if request.param == "process":
        server = request.getfixturevalue("instance")

        def opened(name: str = database) -> slt.Door:
            return InProcess(server, name)
    else:
        parts = request.getfixturevalue("server_parts")

        def opened(name: str = database) -> slt.Door:
            return Wire({**parts, "Database": name})

    doors = [opened("master")]
    doors[0].run(f"CREATE DATABASE {database}")

    def open_one() -> slt.Door:
        doors.append(opened())
        return doors[-1]

    yield open_one
    for door in reversed(doors[1:]):
        door.close()
    doors[0].run(f"DROP DATABASE {database}")
    doors[0].close()
