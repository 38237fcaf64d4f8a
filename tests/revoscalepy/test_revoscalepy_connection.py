"""Connection strings, and the way back to the server."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from revoscalepy import RxOdbcData, RxSqlServerData, rx_get_sql_loopback_connection_string
from revoscalepy.connection_strings import LOOPBACK_VARIABLE, parse, render
from revoscalepy.databases import table_name
from revoscalepy.errors import ConnectionSettingError, DataError, NotSupportedError

from db import connection_string as judge

keys = st.text("abcXYZ _", min_size=1, max_size=8).filter(lambda key: key.strip() == key)


@given(st.dictionaries(keys, st.text(max_size=12).map(str.strip), max_size=5))
def test_what_is_written_is_read_back(parts):
    text = render(parts)
    assert parse(text) == parts
    assert judge.parse(text) == parts


@given(st.text("aK=;{}' ", max_size=20))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ConnectionSettingError):
        parse(text)


def test_the_loopback_is_off_by_default(monkeypatch):
    monkeypatch.delenv(LOOPBACK_VARIABLE, raising=False)
    with pytest.raises(ConnectionSettingError, match="localdb serve --script-loopback"):
        rx_get_sql_loopback_connection_string("sales")


def test_the_loopback_takes_driver_and_database(monkeypatch):
    monkeypatch.setenv(
        LOOPBACK_VARIABLE, "Driver={ODBC 18};Server=127.0.0.1,1;DATABASE=master;UID=u;PWD={a;b}"
    )
    text = rx_get_sql_loopback_connection_string(odbc_driver="FreeTDS", name_of_database="a}b")
    assert judge.parse(text) == {
        "Server": "127.0.0.1,1",
        "UID": "u",
        "PWD": "a;b",
        "Driver": "FreeTDS",
        "Database": "a}b",
    }
    kept = judge.parse(rx_get_sql_loopback_connection_string("sales"))
    assert kept["Driver"] == "ODBC 18"


def test_arguments_complete_the_connection_string():
    source = RxSqlServerData(
        "Driver=x;Server=old", table="t", server="new", database_name="d", user="u", password="p;"
    )
    assert judge.parse(source.connection_string) == {
        "Driver": "x",
        "Server": "new",
        "Database": "d",
        "UID": "u",
        "PWD": "p;",
    }


def test_a_password_is_not_shown():
    assert "s3cret" not in repr(RxSqlServerData("Driver=x;PWD=s3cret", table="t"))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, DataError),
        ({"table": "t", "sql_query": "SELECT 1"}, DataError),
        ({"table": "t", "rows_per_read": 0}, DataError),
        ({"table": "t", "write_factors_as_indexes": True}, NotSupportedError),
        ({"table": "t", "nonsense": 1}, TypeError),
        ({"table": "t", "column_info": {"a": {"type": "decimal"}}}, NotSupportedError),
        ({"table": "t", "column_info": {"a": {"low": 1}}}, NotSupportedError),
        ({"table": "t", "column_info": {"a": {"type": "factorIndex"}}}, DataError),
        ({"table": "t", "column_info": {"a": {"newLevels": ["a"]}}}, DataError),
    ],
)
@pytest.mark.parametrize("source", [RxSqlServerData, RxOdbcData])
def test_wrong_sources_are_refused_at_once(source, arguments, error):
    with pytest.raises(error):
        source("Driver=x", **arguments)


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("t", "[t]"),
        ("dbo.rental data", "[dbo].[rental data]"),
        ("[d.b]..[t]", None),
        ("[a]]b].t", "[a]]b].[t]"),
        ('"a""b".[c]', '[a"b].[c]'),
        ("t]; DROP TABLE x", None),
        ("t; DROP TABLE x", "[t; DROP TABLE x]"),
        ("", None),
        ("dbo.", None),
        ("a'b", "[a'b]"),
    ],
)
def test_a_table_name_is_names_in_brackets(name, quoted):
    if quoted is None:
        with pytest.raises(DataError):
            table_name(name)
    else:
        assert table_name(name) == quoted
