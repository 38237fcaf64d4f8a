"""ODBC connection strings are read and written with their quoting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.connection import quote_name
from db.connection_string import find, parse, render, without
from db.errors import DeploymentError

keys = st.text(alphabet="abcdefgXYZ ", min_size=1).filter(lambda key: key == key.strip())
values = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.dictionaries(keys, values, max_size=5))
def test_round_trip(parts):
    assert parse(render(parts)) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Server=a,1433;UID=sa;PWD=x", {"Server": "a,1433", "UID": "sa", "PWD": "x"}),
        (
            "Driver={ODBC Driver 18 for SQL Server};PWD={a;b}}c};",
            {"Driver": "ODBC Driver 18 for SQL Server", "PWD": "a;b}c"},
        ),
        (" Server = tcp:a ; Encrypt=yes", {"Server": "tcp:a", "Encrypt": "yes"}),
        ("", {}),
    ],
)
def test_parsing(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["Server", "PWD={abc", "=x"])
def test_nonsense_is_refused(text):
    with pytest.raises(DeploymentError):
        parse(text)


def test_keys_are_found_in_any_case():
    parts = parse("SERVER=a;initial catalog=b")
    assert find(parts, "server") == "a"
    assert find(parts, "Database", "Initial Catalog") == "b"
    assert find(parts, "UID") is None
    assert without(parts, "Server") == {"initial catalog": "b"}


def test_identifiers_are_quoted():
    assert quote_name("a]; DROP DATABASE b") == "[a]]; DROP DATABASE b]"
