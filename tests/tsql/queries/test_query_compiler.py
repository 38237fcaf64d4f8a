"""Entry points: SELECT @x = ..., SELECT INTO, expressions and conditions; compiling is pure and quick."""

from __future__ import annotations

import time

import pytest

from localdb.errors import SqlError
from localdb.tsql.plan import AssignPlan, QueryPlan, SelectIntoPlan, Variable
from localdb.types import ObjectName


@pytest.fixture
def tables(db):
    db.table(
        "t", "id int identity, a int null, s varchar(10) null", [(1, 10, "x"), (2, None, "X "), (3, 10, None)]
    )
    db.variable_value("@n", "int", 2)
    db.variable_value("@m", "bigint", 40)
    db.variable_value("@s", "varchar(3)", "abc")
    return db


def _assigned(tables, sql: str) -> list[tuple]:
    plan = tables.compile(sql)
    assert isinstance(plan, AssignPlan)
    types = [tables.variables[name][0] for name in plan.targets]
    assert [column.type for column in plan.plan.columns] == types
    return tables.run(plan.plan)


@pytest.mark.parametrize(
    ("sql", "last"),
    [
        ("SELECT @n = 5", (5,)),
        ("SELECT @N = @n + 1, @m = @m * 2", (3, 80)),
        ("SELECT @n = 7, @m = @n + 1, @n = @m", (7, 8, 8)),
        ("SELECT @n += 1, @m -= @n", (3, 37)),
        ("SELECT @s = 'abcdef', @n = LEN(@s)", ("abc", 3)),
        ("SELECT @n = id FROM t ORDER BY id", (3,)),
        ("SELECT @n = @n + SUM(id) FROM t", (8,)),
        ("SELECT @n = COUNT(*), @m = MAX(id) FROM t", (3, 3)),
        ("WITH c AS (SELECT 9 AS k) SELECT @n = k FROM c", (9,)),
        ("SELECT TOP 1 @n = id FROM t ORDER BY id DESC", (3,)),
        ("SELECT @n = NULL", (None,)),
    ],
)
def test_assignment(tables, sql: str, last: tuple) -> None:
    assert _assigned(tables, sql)[-1] == last


def test_assignment_without_rows_assigns_nothing(tables) -> None:
    assert _assigned(tables, "SELECT @n = id FROM t WHERE id > 9") == []


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT @n = 1, id FROM t", 141),
        ("SELECT @n = 1, * FROM t", 141),
        ("SELECT @nope = 1", 137),
        ("SELECT @n = 1 INTO x FROM t", 156),
        ("SELECT @n = @n + id FROM t", 40514),
        ("SELECT @s = @s + s FROM t ORDER BY id", 40514),
        ("SELECT @n = id, @m = @n FROM t", 40514),
    ],
)
def test_assignment_errors(tables, sql: str, number: int) -> None:
    with pytest.raises(SqlError) as caught:
        tables.compile(sql)
    assert caught.value.number == number


def test_select_into(tables) -> None:
    plan = tables.compile("SELECT id, a AS b, id + 1 AS c INTO other.x.y FROM t")
    assert isinstance(plan, SelectIntoPlan)
    assert plan.target == ObjectName("y", "x", "other")
    assert [(c.name, c.nullable, c.identity is not None) for c in plan.plan.columns] == [
        ("id", False, True),
        ("b", True, False),
        ("c", False, False),
    ]
    temp = tables.compile("WITH c AS (SELECT 1 AS k) SELECT k INTO #z FROM c")
    assert isinstance(temp, SelectIntoPlan)
    assert temp.target == ObjectName("#z")
    assert tables.error("SELECT id + 1 INTO x FROM t") == 1038
    assert tables.error("SELECT id INTO x FROM t UNION ALL SELECT 1") in (40517, 156)


@pytest.mark.parametrize(
    ("text", "to", "value"),
    [
        ("@n * 3", None, 6),
        ("(SELECT MAX(id) FROM t)", None, 3),
        ("(SELECT id FROM t WHERE id = 9)", None, None),
        ("CASE WHEN EXISTS (SELECT 1 FROM t) THEN 'y' ELSE 'n' END", None, "y"),
        ("5 / 2", "float", 2.0),
        ("'12'", "int", 12),
        ("NULL", None, None),
        ("-- a comment\n 1 -- another", None, 1),
    ],
)
def test_expression(tables, text: str, to: str | None, value: object) -> None:
    assert tables.value(text, to) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("@n = 2", True),
        ("'ABC ' = @s", True),
        ("EXISTS (SELECT 1 FROM t WHERE id = @n) AND NOT @n > 5", True),
        ("(SELECT COUNT(*) FROM t) < 3", False),
        ("NULL = 1", None),
        ("@n IN (1, 2) -- so", True),
    ],
)
def test_condition(tables, text: str, value: bool | None) -> None:
    assert tables.condition(text) is value


def test_names_in_expressions_are_columns(tables) -> None:
    for text in ("id", "id + 1"):
        with pytest.raises(SqlError) as caught:
            tables.value(text)
        assert caught.value.number == 207


def test_parameters_are_named_once_for_each_source(tables) -> None:
    plan = tables.compile("SELECT @n, @N + @m FROM t WHERE id = @n")
    assert isinstance(plan, QueryPlan)
    assert sorted(plan.plan.parameters.values(), key=str) == [Variable("@m"), Variable("@n")]


def test_compiling_is_pure_and_quick(tables) -> None:
    sql = (
        "WITH o AS (SELECT a, COUNT(DISTINCT id) n, SUM(id) m FROM t "
        "GROUP BY a) SELECT t.id, ROUND(COALESCE(o.n / "
        "NULLIF(1.0 * o.m, 0), 0), 7) r FROM t LEFT JOIN o ON o.a = "
        "t.a WHERE t.s LIKE 'x%' ORDER BY r DESC, t.id"
    )
    first = tables.compile(sql)
    assert tables.compile(sql) == first
    start = time.perf_counter()
    for _ in range(10):
        tables.compile(sql)
    assert (time.perf_counter() - start) / 10 < 0.05
