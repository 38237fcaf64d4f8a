"""A second server on the folder, what a killed one has left, and what a command finds there."""

from __future__ import annotations

import json
import os
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pyodbc
import pytest

from db import embedded
from tests.faults.server import PASSWORD, ServerProcess, rows
from tests.faults.test_kill_recovery import kill_during_recovery

ENVIRONMENT = {**os.environ, "MSSQL_SA_PASSWORD": PASSWORD}


def test_a_second_server_is_refused(server: ServerProcess) -> None:
    second = ServerProcess(server.folder)
    said = second.refusal()
    assert said.startswith(f"localdb: The data folder {server.folder} is in use by another server")
    assert str(server.pid) in said
    assert said.count("\n") == 1, "one plain line"
    assert server.run("SELECT 1") == [(1,)]
    told = json.loads((server.folder / "server.json").read_text())
    assert told == {"host": "127.0.0.1", "port": server.port, "pid": server.pid}


def test_sigterm_with_open_connections(server: ServerProcess) -> None:
    server.run("CREATE DATABASE d")
    server.run("CREATE TABLE t(v int); INSERT INTO t VALUES (1)", "d")
    idle, busy = server.connect("d"), server.connect("d")
    rows(idle, "BEGIN TRANSACTION; UPDATE t SET v = 2")
    failures: list[pyodbc.Error] = []

    def wait() -> None:
        try:
            rows(busy, "WAITFOR DELAY '01:00:00'")
        except pyodbc.Error as error:
            failures.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert server.terminate() == 0
    thread.join(10)
    assert failures
    for connection in (idle, busy):
        with suppress(pyodbc.Error):
            connection.close()
    assert "Traceback" not in server.log
    assert not (server.folder / "server.json").exists()
    assert list(server.folder.glob("*.wal")) == []
    server.start()
    assert server.run("SELECT v FROM t", "d") == [(1,)]


def test_killed_in_its_first_start(server: ServerProcess, seed: int) -> None:
    """Wherever it is killed, the next start makes a whole server."""
    chance = random.Random(seed)
    server.kill()
    for _ in range(5):
        for file in server.folder.glob("*.duckdb*"):
            file.unlink()
        kill_during_recovery(server, chance, 0.5)
    server.start()
    server.run("CREATE DATABASE d")
    assert server.run("SELECT name FROM sys.databases WHERE name IN ('master', 'd')") != []


class TestDiscovery:
    """``deploy.py`` and the console find the running server by server.json, which kill -9 leaves behind."""

    @pytest.fixture
    def stale(self, server: ServerProcess) -> Iterator[dict[str, object]]:
        told = json.loads((server.folder / "server.json").read_text())
        server.kill()
        assert (server.folder / "server.json").exists()
        yield told

    def found(self, server: ServerProcess) -> int:
        with embedded.embedded_server(server.folder, ENVIRONMENT) as found:
            with closing(
                pyodbc.connect(found.connection_string(), autocommit=True, timeout=10)
            ) as connection:
                assert rows(connection, "SELECT 1") == [(1,)]
            return found.port

    def test_a_running_server(self, server: ServerProcess) -> None:
        assert self.found(server) == server.port

    def test_a_killed_server(self, server: ServerProcess, stale: dict[str, object]) -> None:
        self.found(server)
        assert not (server.folder / "server.json").exists()

    def test_its_numbers_belong_to_others_now(self, server: ServerProcess, stale: dict[str, object]) -> None:
        """The process id is that of this test, the port that of a service that is none of ours."""
        with socket.create_server(("127.0.0.1", 0)) as service:
            told = {**stale, "pid": os.getpid(), "port": service.getsockname()[1]}
            (server.folder / "server.json").write_text(json.dumps(told))
            assert self.found(server) != told["port"]

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"host": 1}', '{"host": "x", "port": "y", "pid": 1}'])
    def test_nonsense(self, server: ServerProcess, stale: dict[str, object], text: str) -> None:
        (server.folder / "server.json").write_text(text)
        assert embedded._running(server.folder, ENVIRONMENT) is None
