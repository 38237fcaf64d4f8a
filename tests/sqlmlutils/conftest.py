"""A server, and sqlmlutils as its users have it: unmodified, over ODBC."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator

import pytest

from db import connection_string
from db.target import Target

with warnings.catch_warnings():
    # It imports pkg_resources and distutils, which are deprecated.
    warnings.simplefilter("ignore")
    import sqlmlutils

PASSWORD = "Sqlmlutils-1!"


@pytest.fixture(autouse=True)
def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """sqlmlutils asks pip for the dependencies of a package: these tests' packages have none."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")


@pytest.fixture(scope="session")
def target(new_database) -> Target:
    made = new_database("sqlmlutils")
    made.create_database()
    with made.connect("master") as connection:
        connection.run("EXEC sp_configure 'external scripts enabled', 1 RECONFIGURE")
    return made


@pytest.fixture
def connection(target, server_parts) -> sqlmlutils.ConnectionInfo:
    """As sa."""
    return info(target, server_parts, str(server_parts["UID"]), str(server_parts["PWD"]))


def info(target: Target, parts: dict[str, str], user: str, password: str) -> sqlmlutils.ConnectionInfo:
    # It has no setting for the server's certificate: what follows the database's name reaches the driver too.
    server, _, port = str(connection_string.find(parts, "Server")).removeprefix("tcp:").partition(",")
    return sqlmlutils.ConnectionInfo(
        driver=parts["Driver"],
        server=server,
        port=port,
        database=f"{target.database};TrustServerCertificate=yes",
        uid=user,
        pwd=password,
    )


@pytest.fixture
def analyst(target, server_parts) -> Iterator[sqlmlutils.ConnectionInfo]:
    """A user who may run scripts and upload libraries of his own."""
    name = f"analyst_{uuid.uuid4().hex[:8]}"
    with target.connect() as connection:
        connection.run(f"CREATE LOGIN {name} WITH PASSWORD = '{PASSWORD}'")
        connection.run(f"CREATE USER {name} FOR LOGIN {name}")
        connection.run(f"GRANT EXECUTE ANY EXTERNAL SCRIPT TO {name}")
        connection.run(f"GRANT CREATE EXTERNAL LIBRARY TO {name}")
    yield info(target, server_parts, name, PASSWORD)
