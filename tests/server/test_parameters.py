"""Remote procedure calls: parameters there and back, through every driver."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyodbc
import pytds
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.clients import Server, rows

VALUES: list[Any] = [
    True,
    0,
    255,
    -(2**31),
    2**62,
    1.5,
    -1e300,
    Decimal("12.34"),
    Decimal("-12345678901234567890.123456"),
    "",
    "abc",
    "Ж\U0001f600",
    "x" * 3000,
    "é" * 9000,
    b"",
    b"\0\1",
    b"z" * 9000,
    date(2024, 2, 29),
    time(1, 2, 3),
    datetime(2024, 2, 29, 1, 2, 3, 456789),
    datetime(1600, 1, 1),
    uuid.UUID(int=2**100 + 1),
    None,
]


def comparable(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value).upper()
    return bytes(value) if isinstance(value, bytearray) else value


def echo(connection: Any, *values: Any) -> tuple[Any, ...]:
    cursor = connection.cursor()
    mark = "%s" if type(connection).__module__.startswith("pytds") else "?"
    cursor.execute("SELECT " + ", ".join([mark] * len(values)), values)
    return tuple(comparable(value) for value in rows(cursor)[0])


def short(value: Any) -> str:
    return f"{type(value).__name__} {str(value)[:12]}"


@pytest.mark.parametrize("value", VALUES, ids=short)
def test_each_value(server: Server, client: str, value: Any) -> None:
    if client == "pytds" and (value is None or isinstance(value, bytes)):
        pytest.skip("pytds writes NULL into the statement and sends bytes as text")
    if client == "freetds" and value == "":
        pytest.skip("FreeTDS sends an empty string as a blank")
    if client == "freetds" and value == datetime(1600, 1, 1):
        pytest.skip("FreeTDS sends dates before 1753 a day late")
    with server.connect(client) as connection:
        assert echo(connection, value) == (comparable(value),)


@pytest.mark.parametrize("client", ["odbc", "mssql_python"])
def test_all_values_in_one_call(server: Server, client: str) -> None:
    with server.connect(client) as connection:
        assert echo(connection, *VALUES) == tuple(map(comparable, VALUES))


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
ANY = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.binary(min_size=1, max_size=30),
    st.dates(),
    st.datetimes(),
    st.integers(-(10**20), 10**20).map(lambda n: Decimal(f"{n}e-5")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(ANY, min_size=1, max_size=5))
def test_random_values(server: Server, values: list[Any]) -> None:
    with server.odbc() as connection:
        assert echo(connection, *values) == tuple(values)


def test_prepared_statement_is_run_again(server: Server) -> None:
    with server.odbc() as connection:
        cursor = connection.cursor()
        for i in range(3):
            assert rows(cursor.execute("SELECT ?, ?", (i, f"s{i}"))) == [(i, f"s{i}")]


def test_output_parameters(server: Server) -> None:
    with server.pytds() as connection, connection.cursor() as cursor:
        outputs = (pytds.output(value=5), pytds.output(value="aé"), pytds.output(value=Decimal("1.5")))
        cursor.callproc("echo", (1, *outputs))
        assert rows(cursor) == [(1, 5, "aé", Decimal("1.5"))]
        cursor.nextset()
        assert cursor.get_proc_return_status() == 0
        assert connection._tds_socket.main_session.output_params[1].value == 5


def test_call_escape(server: Server) -> None:
    with server.odbc() as connection:
        assert rows(connection.execute("{call echo (?, ?)}", (1, "a"))) == [(1, "a")]
        assert rows(connection.execute("{call dbo.echo (?)}", (2,))) == [(2,)]


def test_unknown_procedure(server: Server) -> None:
    with server.odbc() as connection:
        with pytest.raises(pyodbc.ProgrammingError, match=r"Could not find stored procedure 'nothing'.*2812"):
            connection.execute("{call nothing}")
        assert echo(connection, 1) == (1,)


def test_fast_executemany_sends_all_rows_at_once(server: Server) -> None:
    values = [(i, f"s{i}", None if i % 3 else i / 2) for i in range(1000)]
    before = len(server.state()["inserted"])
    with server.odbc() as connection:
        connection.execute("DESCRIBE int,nvarchar,float")
        cursor = connection.cursor()
        cursor.fast_executemany = True
        cursor.executemany("INSERT INTO t VALUES (?, ?, ?)", values)
    assert [tuple(row) for row in server.state()["inserted"][before:]] == values


def test_executemany_of_mssql_python(server: Server) -> None:
    before = len(server.state()["inserted"])
    with server.mssql_python() as connection:
        connection.cursor().executemany("INSERT INTO t VALUES (?, ?)", [(1, "a"), (2, "b")])
    assert server.state()["inserted"][before:] == [[1, "a"], [2, "b"]]


def test_large_parameter(server: Server) -> None:
    """A model of some megabytes goes there and back."""
    data = bytes(range(256)) * 20_000
    with server.odbc() as connection:
        assert echo(connection, data) == (data,)
