"""Logins and denials as a driver gets them."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator

import pyodbc
import pytest

from db import connection_string
from db.target import Target

PASSWORD = "Wire-Pass-123!"


@pytest.fixture(scope="module")
def target(new_database: Callable[[str], Target]) -> Target:
    made = new_database("wire")
    made.create_database()
    return made


@pytest.fixture(scope="module")
def login(target: Target) -> Iterator[str]:
    """A login without a user anywhere but in the target's database."""
    name = f"login_{uuid.uuid4().hex[:12]}"
    with target.connect("master") as connection:
        connection.run(f"CREATE LOGIN {name} WITH PASSWORD = '{PASSWORD}', CHECK_POLICY = OFF")
    with target.connect() as connection:
        connection.run(f"CREATE USER {name} FOR LOGIN {name}")
        connection.run("CREATE TABLE dbo.t (a int); INSERT dbo.t VALUES (1)")
        connection.run("CREATE PROCEDURE dbo.p AS SELECT a FROM dbo.t")
        connection.run(f"GRANT EXECUTE ON dbo.p TO {name}")
    yield name
    with target.connect("master") as connection:
        connection.run(f"DROP LOGIN {name}")


@pytest.fixture
def connect(
    driver_parts: dict[str, str], target: Target, login: str
) -> Callable[..., contextlib.closing[pyodbc.Connection]]:
    def log_in(**keys: str) -> contextlib.closing[pyodbc.Connection]:
        own = connection_string.without(driver_parts, "UID", "PWD", "Database")
        parts = {**own, "UID": login, "PWD": PASSWORD, "Database": target.database, **keys}
        text = connection_string.render({key: value for key, value in parts.items() if value})
        return contextlib.closing(pyodbc.connect(text, autocommit=True))

    return log_in


def numbers(error: pyodbc.Error) -> str:
    return str(error.args[1])


def test_a_login_with_a_user_gets_in(connect, login):
    with connect() as connection:
        row = connection.execute("SELECT USER_NAME(), SUSER_SNAME(), ORIGINAL_LOGIN()").fetchone()
        assert tuple(row) == (login, login, login)


def test_denials_have_their_number_and_state(connect, target):
    with connect() as connection:
        with pytest.raises(pyodbc.Error) as caught:
            connection.execute("SELECT a FROM dbo.t")
        assert caught.value.args[0] == "42000"
        assert (
            f"The SELECT permission was denied on the object 't', database '{target.database}', schema 'dbo'"
            in numbers(caught.value)
        )
        assert connection.execute("EXEC dbo.p").fetchone()[0] == 1
        with pytest.raises(pyodbc.Error, match="CREATE TABLE permission denied in database"):
            connection.execute("CREATE TABLE dbo.x (a int)")
        assert connection.execute("SELECT 1").fetchone()[0] == 1


def test_parameters_change_nothing_about_it(connect):
    with connect() as connection, pytest.raises(pyodbc.Error, match="SELECT permission was denied"):
        connection.execute("SELECT a FROM dbo.t WHERE a = ?", 1)


def test_a_database_without_a_user_cannot_be_opened(connect, target):
    with target.connect("master") as administrator:
        administrator.run(f"CREATE DATABASE [{target.database}_2]")
    try:
        with pytest.raises(pyodbc.Error, match=r"4060|18456"):
            connect(Database=f"{target.database}_2")
        with connect() as connection, pytest.raises(pyodbc.Error, match="is not able to access the database"):
            connection.execute(f"USE [{target.database}_2]")
    finally:
        with target.connect("master") as administrator:
            administrator.run(f"DROP DATABASE [{target.database}_2]")


def test_the_default_database_must_be_open_to_the_login(connect, target, login):
    with target.connect("master") as administrator:
        administrator.run(f"CREATE DATABASE [{target.database}_3]")
        administrator.run(f"ALTER LOGIN {login} WITH DEFAULT_DATABASE = [{target.database}_3]")
        try:
            with pytest.raises(pyodbc.Error, match=r"4064|18456"):
                connect(Database="")
        finally:
            administrator.run(f"ALTER LOGIN {login} WITH DEFAULT_DATABASE = master")
            administrator.run(f"DROP DATABASE [{target.database}_3]")


def test_no_permission_to_connect(connect, target, login):
    with target.connect("master") as administrator:
        administrator.run(f"DENY CONNECT SQL TO {login}")
        try:
            with pytest.raises(pyodbc.Error, match="18456"):
                connect()
        finally:
            administrator.run(f"REVOKE CONNECT SQL FROM {login}; GRANT CONNECT SQL TO {login}")
    with connect() as connection:
        assert connection.execute("SELECT 1").fetchone()[0] == 1
