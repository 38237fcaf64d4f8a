"""The server's options, over the driver."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyodbc
import pytest
from governed import call, wait_until

from tests.faults.server import ServerProcess

OPTIONS = (
    "--max-scripts",
    "1",
    "--script-time-limit",
    "2",
    "--script-queue-time",
    "0",
    "--log-level",
    "info",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("governed") / "data", *OPTIONS) as made:
        made.start()
        with made.connect() as connection:
            connection.execute("EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE")
            # When the first script has run, what the satellite says at its start is in the log.
            connection.execute(call("pass"))
        yield made


def test_a_script_ends_at_the_time_limit(server: ServerProcess) -> None:
    with server.connect() as connection:
        with pytest.raises(pyodbc.Error, match=r"\(39012\)"):
            connection.execute(call("import time; time.sleep(60)"))
        failed = "SELECT outcome, error_number FROM sys.dm_external_script_history WHERE outcome <> 'ok'"
        assert [tuple(row) for row in connection.execute(failed)] == [("failed", 39012)]


def test_one_script_too_many(server: ServerProcess) -> None:
    with server.connect() as first, server.connect() as second:
        busy = first.cursor()
        ended: list[pyodbc.Error] = []

        def run() -> None:
            try:
                busy.execute(call("import time; time.sleep(60)"))
            except pyodbc.Error as error:
                ended.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        running = "SELECT COUNT(*) FROM sys.dm_external_script_requests"
        wait_until(lambda: second.execute(running).fetchval() == 1)
        with pytest.raises(pyodbc.Error, match=r"\(39108\)"):
            second.execute(call("print(1)"))
        busy.cancel()
        thread.join(60)
        assert ended
        second.execute(call("print(1)"))


def test_how_the_client_is_connected(server: ServerProcess) -> None:
    own = (
        "SELECT net_transport, auth_scheme, client_net_address, local_tcp_port, encrypt_option "
        "FROM sys.dm_exec_connections WHERE session_id = @@SPID"
    )
    with server.connect() as connection:
        transport, scheme, address, port, encrypted = connection.execute(own).fetchone()
    assert (transport.strip(), scheme.strip(), address, port) == ("TCP", "SQL", "127.0.0.1", server.port)
    assert encrypted in ("TRUE", "FALSE")


def test_the_log_names_every_layer_of_isolation(server: ServerProcess) -> None:
    with server.connect() as connection:
        layers = [row[0] for row in connection.execute("SELECT layer FROM sys.dm_external_script_isolation")]
        grade = connection.execute("SELECT MIN(grade) FROM sys.dm_external_script_isolation").fetchval()
    lines = server.log.splitlines()
    assert layers
    for layer in layers:
        assert any(f"Isolation layer '{layer}'" in line for line in lines), layer
    assert any(f"has the grade {grade}:" in line for line in lines)


@pytest.mark.parametrize(
    "option", [("--max-scripts", "0"), ("--script-time-limit", "0"), ("--script-queue-time", "-1")]
)
def test_options_that_make_no_sense_are_refused(option: tuple[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "localdb", "serve", "--data", str(tmp_path / "data"), *option]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert option[0] in done.stderr
