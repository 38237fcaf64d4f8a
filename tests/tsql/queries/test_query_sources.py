"""Joins, APPLY, derived tables, VALUES and views."""

from __future__ import annotations

import pytest

from localdb.types import quote_name


@pytest.fixture
def tables(db):
    db.table("t", "id int, a int null", [(1, 10), (2, None), (3, 10)])
    db.table(
        "u", "id int, t_id int null, w varchar(10)", [(1, 1, "p"), (2, 1, "q"), (3, 2, "P "), (4, 9, "r")]
    )
    db.variable_value("@n", "int", 1)
    return db


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT t.id, u.id FROM t JOIN u ON u.t_id = t.id", [(1, 1), (1, 2), (2, 3)]),
        ("SELECT t.id, u.id FROM t INNER HASH JOIN u ON u.t_id = t.id", [(1, 1), (1, 2), (2, 3)]),
        ("SELECT t.id, u.id FROM t, u WHERE u.t_id = t.id", [(1, 1), (1, 2), (2, 3)]),
        ("SELECT t.id, u.id FROM t LEFT JOIN u ON u.t_id = t.id", [(1, 1), (1, 2), (2, 3), (3, None)]),
        ("SELECT t.id, u.id FROM t RIGHT OUTER JOIN u ON u.t_id = t.id", [(1, 1), (1, 2), (2, 3), (None, 4)]),
        (
            "SELECT t.id, u.id FROM t FULL JOIN u ON u.t_id = t.id",
            [(1, 1), (1, 2), (2, 3), (3, None), (None, 4)],
        ),
        ("SELECT COUNT(*) FROM t CROSS JOIN u", [(12,)]),
        ("SELECT COUNT(*) FROM t a, t b JOIN u ON u.t_id = b.id, u c", [(36,)]),
        (
            "SELECT a.id, c.id FROM t a LEFT JOIN u b JOIN t c ON c.id = b.id ON a.id = b.t_id",
            [(1, 1), (1, 2), (2, 3), (3, None)],
        ),
        ("SELECT a.id FROM (t a JOIN u b ON a.id = b.t_id) LEFT JOIN t c ON c.id = b.id", [(1,), (1,), (2,)]),
        ("SELECT x, y FROM (VALUES (1, 'a'), (2, NULL)) v(x, y)", [(1, "a"), (2, None)]),
        ("SELECT x.b FROM (SELECT id FROM t UNION ALL SELECT 7) x(b) WHERE x.b > 2", [(3,), (7,)]),
        (
            "SELECT t.id, x.w FROM t CROSS APPLY (SELECT TOP 1 w FROM u "
            "WHERE t_id = t.id ORDER BY u.id DESC) x",
            [(1, "q"), (2, "P ")],
        ),
        (
            "SELECT t.id, x.w FROM t OUTER APPLY (SELECT TOP (@n) w "
            "FROM u WHERE t_id = t.id ORDER BY u.id) x",
            [(1, "p"), (2, "P "), (3, None)],
        ),
        (
            "SELECT t.id, x.n FROM t CROSS APPLY (SELECT COUNT(*) n FROM u WHERE t_id = t.id) x",
            [(1, 2), (2, 1), (3, 0)],
        ),
        (
            "SELECT t.id, x.n FROM t OUTER APPLY "
            "(SELECT COUNT(*) n FROM u WHERE t_id = t.id GROUP BY t_id HAVING COUNT(*) > 1) x",
            [(1, 2), (2, None), (3, None)],
        ),
        ("SELECT v FROM t CROSS APPLY (VALUES (t.id), (t.a)) x(v) WHERE t.id = 1", [(1,), (10,)]),
        (
            "SELECT t.id, y.k FROM t CROSS APPLY (SELECT t.id * 2 AS "
            "j) x CROSS APPLY (SELECT x.j + 1 AS k) y",
            [(1, 3), (2, 5), (3, 7)],
        ),
        ("SELECT id FROM t WHERE EXISTS (SELECT a FROM u WHERE t_id = t.id INTERSECT SELECT 10)", [(1,)]),
        ("SELECT u.id FROM t JOIN u ON NOT EXISTS (SELECT t.id EXCEPT SELECT u.t_id)", [(1,), (2,), (3,)]),
        (
            "SELECT u.id FROM u JOIN (VALUES ('P', 1)) v(w, k) ON NOT EXISTS (SELECT u.w EXCEPT SELECT v.w)",
            [(1,), (3,)],
        ),
        (
            "SELECT t.id, u.id FROM t LEFT JOIN u ON EXISTS (SELECT 1 "
            "FROM u v WHERE v.t_id = t.id AND v.id = u.id)",
            [(1, 1), (1, 2), (2, 3), (3, None)],
        ),
        (
            "SELECT t.id, u.id FROM t LEFT JOIN u ON u.t_id = t.id AND u.id = (SELECT MAX(id) FROM t)",
            [(1, None), (2, 3), (3, None)],
        ),
        ("SELECT id FROM t WHERE id IN (SELECT t_id FROM u)", [(1,), (2,)]),
        (
            "SELECT id FROM t WHERE id NOT IN (SELECT t_id FROM u WHERE t_id IS NULL OR t_id = 1)",
            [(2,), (3,)],
        ),
        ("SELECT id, (SELECT MAX(w) FROM u WHERE t_id = t.id) FROM t", [(1, "q"), (2, "P "), (3, None)]),
        ("SELECT id FROM t WHERE id = (SELECT MIN(b.id) FROM t b WHERE b.a = t.a)", [(1,)]),
    ],
)
def test_rows(tables, sql: str, expected: list[tuple]) -> None:
    def order(row: tuple) -> list[tuple]:
        return [(value is not None, str(value)) for value in row]

    assert sorted(tables.rows(sql), key=order) == sorted(expected, key=order)


def test_outer_joins_make_columns_nullable(tables) -> None:
    def nullable(join: str) -> list[bool]:
        return [null for _, _, null in tables.columns(f"SELECT t.id, u.id FROM t {join}")]

    assert nullable("JOIN u ON 1 = 1") == [False, False]
    assert nullable("LEFT JOIN u ON 1 = 1") == [False, True]
    assert nullable("RIGHT JOIN u ON 1 = 1") == [True, False]
    assert nullable("FULL JOIN u ON 1 = 1") == [True, True]
    assert nullable("OUTER APPLY (SELECT id FROM u) u") == [False, True]


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT x.id FROM t, (SELECT id FROM u WHERE u.t_id = t.id) x", 4104),
        ("SELECT 1 FROM t, u JOIN u v ON t.id = v.id", 4104),
        ("SELECT 1 FROM t CROSS JOIN u ON 1 = 1", 156),
        ("SELECT 1 FROM t JOIN u ON COUNT(*) = 1", 1015),
        ("SELECT * FROM (VALUES (1)) v", 8155),
        ("SELECT 1 FROM t FULL JOIN u ON t.id IN (SELECT id FROM u)", 40514),
    ],
)
def test_errors(tables, sql: str, number: int) -> None:
    assert tables.error(sql) == number


def test_a_derived_table_does_not_capture_outer_names(tables) -> None:
    sql = (
        "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM (SELECT id AS k FROM u) id WHERE id.k = t.id AND k = 3)"
    )
    assert tables.rows(sql) == [(3,)]


def test_inner_names_hide_outer_ones(tables) -> None:
    assert tables.rows("SELECT id FROM t WHERE (SELECT MAX(id) FROM u) = 4 AND id = 1") == [(1,)]
    assert tables.rows("SELECT COUNT(*) FROM t WHERE EXISTS (SELECT 1 FROM u t WHERE t.t_id = 9)") == [(3,)]


def test_view(tables) -> None:
    tables.view(
        "v", "vid int, va int null", "WITH c AS (SELECT id, a FROM t) SELECT id, a FROM c WHERE id > 1"
    )
    assert tables.columns("SELECT * FROM v") == [("vid", "int", False), ("va", "int", True)]
    assert tables.rows("SELECT x.vid, v.va FROM v x JOIN dbo.v ON v.vid = x.vid ORDER BY dbo.v.vid") == [
        (2, None),
        (3, 10),
    ]


def test_a_view_belongs_to_its_database_and_sees_no_variables(tables) -> None:
    tables.table("other.dbo.t", "id int", [(77,)])
    tables.view("other.dbo.v", "id int", "SELECT id FROM t")
    tables.view("w", "n int", "SELECT @n")
    assert tables.rows("SELECT id FROM other.dbo.v") == [(77,)]
    assert tables.error("SELECT * FROM w") == 137


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("SELECT id FROM t ORDER BY id", 1033),
        ("SELECT id FROM v", 217),
        ("SELECT 1, 2", 4413),
        ("SELECT x", 207),
    ],
)
def test_broken_views(tables, query: str, number: int) -> None:
    tables.view("v", "id int", query)
    assert tables.error("SELECT * FROM v") == number


def test_a_view_may_sort_for_its_top(tables) -> None:
    tables.view("v", "id int", "SELECT TOP 1 id FROM t ORDER BY id DESC")
    assert tables.rows("SELECT id FROM v") == [(3,)]


def test_odd_names(tables) -> None:
    tables.table('a"b', "select int, [x y] int".replace("[x y]", "x"), [(1, 2)])
    assert tables.rows('SELECT [select], [A"B].x FROM [a"b]') == [(1, 2)]
    assert quote_name('a"b') == '"a""b"'
