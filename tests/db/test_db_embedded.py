"""Finding, starting and stopping the embedded server, and finding an ODBC driver."""

import fcntl
import json
import os
import socket
import sys

import pytest

from db import drivers
from db.drivers import Driver, find_driver, installed_drivers, shipped_library
from db.embedded import embedded_server
from db.errors import DeploymentError
from db.target import open_target


@pytest.fixture
def listener(tmp_path):
    """A port of this process that accepts connections, as a stand-in for a server that holds the folder."""
    with (tmp_path / "lock").open("w") as lock, socket.create_server(("127.0.0.1", 0)) as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield server.getsockname()[1]


def write_state(folder, **told):
    folder.mkdir(exist_ok=True)
    (folder / "server.json").write_text(json.dumps(told))


def test_a_server_that_runs_is_used(tmp_path, listener):
    write_state(tmp_path, host="127.0.0.1", port=listener, pid=os.getpid())
    (tmp_path / "sa_password").write_text("secret\n")
    with embedded_server(tmp_path, {}) as server:
        assert (server.host, server.port, server.password) == ("127.0.0.1", listener, "secret")


def test_the_password_of_the_environment_comes_first(tmp_path, listener):
    write_state(tmp_path, host="0.0.0.0", port=listener, pid=os.getpid())
    (tmp_path / "sa_password").write_text("secret\n")
    with embedded_server(tmp_path, {"MSSQL_SA_PASSWORD": "given"}) as server:
        assert (server.host, server.password) == ("127.0.0.1", "given")


def test_a_killed_server_whose_process_id_was_taken_is_not_used(tmp_path, listener, monkeypatch):
    folder = tmp_path / "other"
    write_state(folder, host="127.0.0.1", port=listener, pid=os.getpid())
    (folder / "lock").touch()
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "localdb: ready on 127.0.0.1:4711"\nexec cat /dev/null\n')
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with embedded_server(folder, {"MSSQL_SA_PASSWORD": "x"}) as server:
        assert server.port == 4711


def test_without_a_password_the_places_are_named(tmp_path, listener):
    write_state(tmp_path, host="127.0.0.1", port=listener, pid=os.getpid())
    with (
        pytest.raises(DeploymentError, match=r"neither in MSSQL_SA_PASSWORD nor in .*sa_password"),
        embedded_server(tmp_path, {}),
    ):
        pass


def test_a_server_that_does_not_start_says_why(tmp_path, monkeypatch):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'the folder is in use' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with (
        pytest.raises(DeploymentError, match="did not start: the folder is in use"),
        embedded_server(tmp_path, {}),
    ):
        pass


@pytest.mark.parametrize("told", [{}, {"host": "127.0.0.1", "port": 1, "pid": 2**22 + 1}, [], "text"])
def test_stale_state_is_no_running_server(tmp_path, told, monkeypatch):
    (tmp_path / "server.json").write_text(json.dumps(told))
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "localdb: ready on 127.0.0.1:4711"\nexec cat /dev/null\n')
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with embedded_server(tmp_path, {"MSSQL_SA_PASSWORD": "x"}) as server:
        assert server.port == 4711


def test_two_servers_on_one_folder_are_refused_by_the_second(tmp_path):
    """The second command finds the first one's server instead of starting another."""
    environment = {key: value for key, value in os.environ.items() if key != "MSSQL_SA_PASSWORD"}
    with (
        embedded_server(tmp_path / "data", environment) as first,
        embedded_server(tmp_path / "data", environment) as second,
    ):
        assert second == first


def test_the_drivers_are_tried_in_order(monkeypatch):
    monkeypatch.setattr(drivers.pyodbc, "drivers", lambda: ["FreeTDS", "ODBC Driver 18 for SQL Server"])
    assert find_driver() == Driver("ODBC Driver 18 for SQL Server", False)
    monkeypatch.setattr(drivers.pyodbc, "drivers", lambda: ["FreeTDS"])
    found = installed_drivers()
    assert found[-1] == Driver("FreeTDS", True)
    if shipped_library() is not None:
        assert found[0] == Driver(str(shipped_library()), False)
    monkeypatch.setattr(drivers, "shipped_library", lambda: None)
    monkeypatch.setattr(drivers.pyodbc, "drivers", list)
    with pytest.raises(DeploymentError, match="apt-get install tdsodbc"):
        find_driver()


@pytest.mark.parametrize(
    ("target", "database", "expected"),
    [
        ("Driver=x;Server=a;Database=b", None, "b"),
        ("Driver=x;Server=a;Database=b", "c", "c"),
        ("Driver=x;Server=a", None, "tpcxbb_1gb"),
        ("DSN=mine", None, "tpcxbb_1gb"),
    ],
)
def test_the_database_of_a_target(tmp_path, target, database, expected):
    with open_target(target, tmp_path, {}, database) as opened:
        assert (opened.database, opened.embedded) == (expected, False)
