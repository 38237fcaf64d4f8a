"""PREDICT as the compiler reads it; tests/predict runs it."""

from __future__ import annotations

import pytest

from localdb.errors import SqlError
from localdb.tsql import ast
from localdb.tsql.compiler import compile_statement
from localdb.tsql.names import Relation
from localdb.tsql.plan import QueryPlan
from localdb.types import BIT, FLOAT, INT, MAX, Column, ObjectName, SqlType, decimal_type, varbinary, varchar


class Names:
    """The table ``models (m varbinary(max))``, else ``t (a float, b int NOT NULL)``; variables are models."""

    database = "shop"

    def relation(self, name: ObjectName) -> Relation:
        columns: tuple[Column, ...] = (Column("a", FLOAT), Column("b", INT, nullable=False))
        if name.name == "models":
            columns = (Column("m", varbinary(MAX)),)
        return Relation(ObjectName(name.name, "dbo", "shop"), "table", columns, physical='"shop"."dbo"."t"')

    def variable(self, name: str) -> SqlType:
        return varbinary(MAX)


def compiled(text: str):
    plan = compile_statement(ast.Query(1, ast.Slice(text, 1)), Names())
    assert isinstance(plan, QueryPlan)
    return plan.plan


def error(text: str) -> SqlError:
    with pytest.raises(SqlError) as caught:
        compiled(text)
    return caught.value


def test_types_and_nullability_of_the_columns() -> None:
    plan = compiled(
        "SELECT * FROM PREDICT(MODEL = @m, DATA = t AS d) WITH ([S 1] decimal (5,2) NOT NULL, b bit NULL, "
        "c varchar(7) COLLATE Latin1_General_CI_AS) AS p"
    )
    assert [(c.name, c.type, c.nullable) for c in plan.columns] == [
        ("a", FLOAT, True),
        ("b", INT, False),
        ("S 1", decimal_type(5, 2), False),
        ("b", BIT, True),
        ("c", varchar(7), True),
    ]


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [("", ""), (", RUNTIME = ONNX", "ONNX"), (", RUNTIME=onnx", "ONNX"), (", RUNTIME = N'ONNX'", "ONNX")],
)
def test_runtime(runtime: str, expected: str) -> None:
    plan = compiled(f"SELECT score FROM PREDICT(MODEL = @m, DATA = t{runtime}) WITH (score float)")
    assert [one.runtime for one in plan.predictions] == [expected]


@pytest.mark.parametrize(
    ("runtime", "number"),
    [("'ONNX'", 39053), ("1", 39053), ("N'TF'", 39054), ("TF", 39054), ("@m", 39040)],
)
def test_runtimes_that_are_none(runtime: str, number: int) -> None:
    assert (
        error(f"SELECT 1 FROM PREDICT(MODEL = @m, DATA = t, RUNTIME = {runtime}) WITH (s float)").number
        == number
    )


def test_the_order_of_the_arguments_is_free() -> None:
    plan = compiled("SELECT s FROM PREDICT(RUNTIME = ONNX, DATA = t AS d, MODEL = 0x12) WITH (s float) AS p")
    assert "unhex('12')" in plan.predictions[0].model.sql


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("PREDICT(MODEL = @m, DATA = (SELECT 1 AS a) AS d) WITH (s float)", "no table, view"),
        ("PREDICT(MODEL = @m, DATA = STRING_SPLIT('a', ',') AS d) WITH (s float)", "no table, view"),
        ("PREDICT(MODEL = @m, DATA = t WITH (NOLOCK)) WITH (s float)", "HINTS"),
        ("PREDICT(MODEL = @m, DATA = t) WITH (s float) p WITH (NOLOCK)", "HINTS"),
        ("PREDICT(MODEL = @m, DATA = t) WITH (s float) p (x)", "names for its columns"),
        ("PREDICT(MODEL = @m, DATA = t, PARAMETERS = N'@a int') WITH (s float) p", "PARAMETERS"),
        ("PREDICT(MODEL = @m, DATA = t) WITH (s char(3) COLLATE Latin1_General_CS_AS) p", "collation"),
        ("t CROSS APPLY PREDICT(MODEL = @m, DATA = t) WITH (s float) p", "APPLY of PREDICT"),
        ("dbo.PREDICT(MODEL = @m, DATA = t) WITH (s float) p", "TABLE DB"),
    ],
)
def test_refused_by_name(text: str, named: str) -> None:
    found = error(f"SELECT 1 FROM {text}")
    assert found.number in (40514, 40517)
    assert named in found.message


def test_refused_common_table_expressions() -> None:
    recursive = (
        "WITH m AS (SELECT 1 AS x UNION ALL SELECT p.s FROM PREDICT(MODEL = @m, DATA = m) WITH (s int) p) "
        "SELECT * FROM m"
    )
    in_model = (
        "WITH m AS (SELECT 0x12 AS x) SELECT 1 FROM PREDICT(MODEL = (SELECT x FROM m), DATA = t) WITH (s int)"
    )
    assert error(recursive).message.startswith("'PREDICT inside of the recursion that is its DATA'")
    assert error(in_model).message.startswith("'a common table expression in the MODEL of PREDICT'")


@pytest.mark.parametrize(
    "text",
    [
        "PREDICT(MODEL = @m, DATA = t,) WITH (s float)",
        "PREDICT(MODEL = @m DATA = t) WITH (s float)",
        "PREDICT(MODEL =, DATA = t) WITH (s float)",
        "PREDICT(MODEL = @m, DATA = ) WITH (s float)",
        "PREDICT(MODEL = @m, DATA = t) WITH (s)",
        "PREDICT(MODEL = @m, DATA = t) WITH (s float,)",
        "PREDICT(MODEL = @m, DATA = t) WITH (s float NOT)",
        "PREDICT(MODEL = @m, DATA = t) WITH (s float DEFAULT 1)",
        "PREDICT(MODEL = @m, DATA = t) WITH (s float",
        "PREDICT() WITH (s float)",
    ],
)
def test_syntax_errors(text: str) -> None:
    assert error(f"SELECT 1 FROM {text}").number in (102, 156, 39036)


def test_the_model_cannot_use_columns() -> None:
    assert (
        error("SELECT 1 FROM t JOIN PREDICT(MODEL = t.a, DATA = t AS d) WITH (s float) p ON 1 = 1").number
        == 4104
    )


def test_the_permissions_that_it_needs() -> None:
    plan = compiled("SELECT s FROM PREDICT(MODEL = (SELECT m FROM models), DATA = t) WITH (s float)")
    needed = [(access.permission, access.name.name) for access in plan.accesses]
    assert needed == [("SELECT", "models"), ("SELECT", "t")]
