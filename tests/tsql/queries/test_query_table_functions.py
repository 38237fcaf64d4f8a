"""OPENJSON, STRING_SPLIT and GENERATE_SERIES."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def tables(db):
    db.table(
        "t",
        "id int, tags varchar(20) null, doc nvarchar(max) null",
        [(1, "a,b", '[{"v":1},{"v":2}]'), (2, "", None)],
    )
    db.variable_value("@j", "nvarchar(max)", '[{"a":1,"b":"x","c":{"d":[1,2]}},{"a":2,"b":null,"B":"y"}]')
    db.variable_value("@null", "nvarchar(max)", None)
    return db


def test_open_json_with_schema(tables) -> None:
    sql = (
        "SELECT * FROM OPENJSON(@j) WITH (a bigint, b varchar(5) '$.b', d nvarchar(max) '$.c.d' AS JSON, "
        "e int '$.c.d[1]', f real 'lax $.nope', [B] nvarchar(5)) AS o"
    )
    assert tables.columns(sql.replace(", [B] nvarchar(5)", "")) == [
        ("a", "bigint", True),
        ("b", "varchar(5)", True),
        ("d", "nvarchar(max)", True),
        ("e", "int", True),
        ("f", "real", True),
    ]
    assert tables.rows(sql.replace("*", "o.a, o.d, o.e, o.f").replace(", [B] nvarchar(5)", "")) == [
        (1, "[1,2]", 2, None),
        (2, None, None, None),
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT v FROM OPENJSON('[1,2]') WITH (v int '$')", [(1,), (2,)]),
        ("SELECT a FROM OPENJSON('{\"a\":5}') WITH (a int)", [(5,)]),
        ('SELECT a FROM OPENJSON(\'{"x y":[{"a":5}]}\', \'$."x y"\') WITH (a int)', [(5,)]),
        ('SELECT a FROM OPENJSON(\'[{"a":{"b":1}},{"a":"{"}]\') WITH (a varchar(9))', [(None,), ("{",)]),
        ('SELECT a FROM OPENJSON(\'[{"a":"t"}]\') WITH (a nvarchar(max) AS JSON)', [(None,)]),
        ('SELECT a FROM OPENJSON(\'[{"a":true},{"a":false}]\') WITH (a bit)', [(True,), (False,)]),
        ('SELECT a FROM OPENJSON(\'[{"a":"2024-02-29"}]\') WITH (a varchar(10))', [("2024-02-29",)]),
        ("SELECT A FROM OPENJSON('[{\"a\":1}]') WITH (A int)", [(None,)]),
        ("SELECT a FROM OPENJSON('[]') WITH (a int)", []),
        ("SELECT a FROM OPENJSON('[{\"a\":1.50}]') WITH (a decimal(9, 2))", [(Decimal("1.50"),)]),
        ("SELECT a FROM OPENJSON('[{\"a\":0.1}]') WITH (a float)", [(0.1,)]),
        ("SELECT a FROM OPENJSON('[1]', '$.b') WITH (a int)", []),
        ("SELECT a FROM OPENJSON(@null) WITH (a int)", []),
        ("SELECT t.id, o.v FROM t CROSS APPLY OPENJSON(t.doc) WITH (v int) o", [(1, 1), (1, 2)]),
        ("SELECT t.id, o.v FROM t OUTER APPLY OPENJSON(doc) WITH (v int) o", [(1, 1), (1, 2), (2, None)]),
        (
            'SELECT * FROM OPENJSON(\'{"a":1,"b":[1],"c":null,"d":true,"e":"x","f":{"z":1}}\')',
            [
                ("a", "1", 2),
                ("b", "[1]", 4),
                ("c", None, 0),
                ("d", "true", 3),
                ("e", "x", 1),
                ("f", '{"z":1}', 5),
            ],
        ),
        ("SELECT [key], value, type FROM OPENJSON('[\"p\",2]')", [("0", "p", 1), ("1", "2", 2)]),
        ("SELECT o.value FROM OPENJSON('{\"a\":[7]}', '$.a') AS o", [("7",)]),
    ],
)
def test_open_json(tables, sql: str, expected: list[tuple]) -> None:
    assert sorted(tables.rows(sql), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT * FROM OPENJSON('nonsense')", 13609),
        ("SELECT * FROM OPENJSON('{\"a\":1') WITH (a int)", 13609),
        ("SELECT * FROM OPENJSON('[]', '$.a..b')", 13607),
        ("SELECT * FROM OPENJSON('[]', '$[*]')", 13607),
        ("SELECT * FROM OPENJSON('[]', 'strict $.a')", 40514),
        ("SELECT * FROM OPENJSON('[]') WITH (a int AS JSON)", 13618),
        ("SELECT * FROM OPENJSON('[]') WITH (a varbinary(5))", 40514),
        ('SELECT * FROM OPENJSON(\'[{"a":"x"}]\') WITH (a int)', 245),
        ("SELECT * FROM OPENJSON('[{\"a\":1.50}]') WITH (a varchar(9))", 40514),
        ("SELECT * FROM OPENJSON('[1.50]')", 40514),
        ("SELECT * FROM OPENJSON('[{\"a\":0.12345678901234567890}]') WITH (a decimal(30, 20))", 40514),
    ],
)
def test_open_json_errors(tables, sql: str, number: int) -> None:
    assert tables.error(sql) == number


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(-(2**31), 2**31 - 1) | st.none(),
            "name": st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.none(),
            "amount": st.decimals(-99999, 99999, places=2) | st.none(),
        }
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_open_json_gives_back_what_python_wrote(empty_database, rows: list[dict[str, Any]]) -> None:
    db = empty_database()
    text = json.dumps(
        [{**row, "amount": None if row["amount"] is None else float(row["amount"])} for row in rows]
    )
    db.variable_value("@j", "nvarchar(max)", text)
    read = db.rows(
        "SELECT id, name, amount FROM OPENJSON(@j) WITH (id int, name nvarchar(50), amount decimal(7, 2))"
    )
    assert read == [(row["id"], row["name"], row["amount"]) for row in rows]


def test_bulk_load_of_20_000_rows_is_exact(tables) -> None:
    generator = random.Random(7)
    rows = [(i, i * 7, i % 1000, round(generator.random() * 1000, 2), f'n "{i}"') for i in range(20_000)]
    names = ("sk", "ticket", "item", "paid", "name")
    tables.variable_value(
        "@big", "nvarchar(max)", json.dumps([dict(zip(names, row, strict=True)) for row in rows])
    )
    sql = (
        "SELECT sk, ticket, item, paid, name FROM OPENJSON(@big) "
        "WITH (sk int, ticket bigint, item int, paid decimal(7, 2), name varchar(20))"
    )
    read = tables.rows(sql)
    assert read == [(*row[:3], Decimal(str(row[3])), row[4]) for row in rows]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT value FROM STRING_SPLIT('a,,b', ',')", [("a",), ("",), ("b",)]),
        ("SELECT value, ordinal FROM STRING_SPLIT('x y', ' ', 1)", [("x", 1), ("y", 2)]),
        ("SELECT value FROM STRING_SPLIT(NULL, ',')", []),
        (
            "SELECT t.id, s.v FROM t CROSS APPLY STRING_SPLIT(tags, ',') AS s(v)",
            [(1, "a"), (1, "b"), (2, "")],
        ),
        ("SELECT value FROM GENERATE_SERIES(1, 5, 2)", [(1,), (3,), (5,)]),
        ("SELECT value FROM GENERATE_SERIES(3, 1)", [(1,), (2,), (3,)]),
        ("SELECT value FROM GENERATE_SERIES(1, 0, 1)", []),
        ("SELECT t.id, g.value FROM t CROSS APPLY GENERATE_SERIES(1, t.id) g", [(1, 1), (2, 1), (2, 2)]),
    ],
)
def test_other_functions(tables, sql: str, expected: list[tuple]) -> None:
    assert sorted(tables.rows(sql)) == sorted(expected)


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT * FROM STRING_SPLIT('a', 'bc')", 214),
        ("SELECT * FROM STRING_SPLIT('a')", 189),
        ("SELECT * FROM GENERATE_SERIES(1, 5, 0)", 4199),
        ("SELECT * FROM GENERATE_SERIES(1, CAST(5 AS bigint))", 5373),
        ("SELECT * FROM GENERATE_SERIES(1.5, 2.5)", 40514),
    ],
)
def test_errors(tables, sql: str, number: int) -> None:
    assert tables.error(sql) == number
