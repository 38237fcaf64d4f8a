"""Logins made by statements, through both drivers of a real server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pyodbc
import pytest

from db import connection_string

PASSWORD = "Correct-Horse-1"


@pytest.fixture
def name(driver_parts: dict[str, str]) -> Iterator[str]:
    """A login's name of its own."""
    made = f"login_{uuid.uuid4().hex[:8]}"
    yield made
    with connect(driver_parts) as connection:
        connection.execute(f"IF SUSER_ID('{made}') IS NOT NULL DROP LOGIN {made}")


def connect(parts: dict[str, str], **changes: str) -> pyodbc.Connection:
    return pyodbc.connect(connection_string.render({**parts, **changes}), autocommit=True, timeout=20)


def test_a_login_comes_and_goes(driver_parts: dict[str, str], name: str) -> None:
    administrator = connect(driver_parts)
    own = connection_string.without(driver_parts, "UID", "PWD", "Database")
    administrator.execute(f"CREATE LOGIN {name} WITH PASSWORD = '{PASSWORD}'")
    with connect(own, UID=name, PWD=PASSWORD) as connection:
        row = connection.execute("SELECT SUSER_SNAME(), USER_NAME(), IS_SRVROLEMEMBER('sysadmin')").fetchone()
        assert tuple(row) == (name, "guest", 0)
        with pytest.raises(pyodbc.Error, match="15247"):
            connection.execute("CREATE LOGIN another WITH PASSWORD = 'Correct-Horse-1'")
    connection.close()
    administrator.execute(f"ALTER LOGIN {name} DISABLE")
    with pytest.raises(pyodbc.Error, match="18456"):
        connect(own, UID=name, PWD=PASSWORD)
    administrator.close()


def test_a_message_of_grant_is_no_error(driver_parts: dict[str, str]) -> None:
    with connect(driver_parts) as connection:
        cursor = connection.execute("GRANT SELECT TO dbo")
        assert any("4624" in text or "Cannot grant" in message for text, message in cursor.messages)
