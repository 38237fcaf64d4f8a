"""One server in this process, with a real launcher; every test has a database of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from localdb.satellite.launcher import Launcher
from tests.runtime.conftest import PASSWORD, assert_ok

_numbers = itertools.count()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("external")


@pytest.fixture(scope="session")
def instance(folder: Path) -> Iterator[Instance]:
    launcher = Launcher(folder / "satellites", modules=("numpy", "pandas", "pyarrow"))
    made = Instance(folder / "data", sa_password=PASSWORD, launcher=launcher, threads=2)
    launcher.start()
    session = made.login(Login("sa", PASSWORD))
    assert_ok(session.run_batch("EXEC sp_configure 'external scripts enabled', 1 RECONFIGURE"))
    session.close()
    yield made
    made.close()
    launcher.close()


@pytest.fixture
def connect(instance: Instance) -> Iterator[Callable[..., Session]]:
    """Logs in to the test's own database, as sa or as a login and user made for it."""
    database = f"external_{next(_numbers)}"
    opened: list[Session] = []

    def log_in(user: str = "sa") -> Session:
        if not opened:
            opened.append(instance.login(Login("sa", PASSWORD)))
            assert_ok(opened[0].run_batch(f"CREATE DATABASE {database}"))
            assert_ok(opened[0].run_batch(f"USE {database}"))
        login = user if user == "sa" else f"{user}_{database}"
        if user != "sa" and instance.require_database(database).snapshot.security.find(user) is None:
            assert_ok(
                opened[0].run_batch(
                    f"CREATE LOGIN {login} WITH PASSWORD = '{PASSWORD}' CREATE USER {user} FOR LOGIN {login}"
                    f" GRANT EXECUTE ANY EXTERNAL SCRIPT TO {user}"
                )
            )
        opened.append(instance.login(Login(login, PASSWORD, database)))
        return opened[-1]

    yield log_in
    for session in opened:
        session.close()


@pytest.fixture
def session(connect: Callable[..., Session]) -> Session:
    return connect()


def create(name: str, content: bytes, owner: str = "", language: str = "Python") -> str:
    """The statement that uploads a library."""
    authorization = f"AUTHORIZATION {owner}" if owner else ""
    return (
        f"CREATE EXTERNAL LIBRARY [{name}] {authorization} FROM (CONTENT = 0x{content.hex()}) "
        f"WITH (LANGUAGE = '{language}')"
    )


def script(text: str, language: str = "Python") -> str:
    """The statement that runs a script and returns its variable ``answer`` as text."""
    doubled = text.replace("'", "''")
    return (
        "DECLARE @answer nvarchar(max) "
        f"EXEC sp_execute_external_script @language = N'{language}', @script = N'{doubled}', "
        "@params = N'@answer nvarchar(max) OUTPUT', @answer = @answer OUTPUT SELECT @answer"
    )
