"""UNION, EXCEPT, INTERSECT and common table expressions."""

from __future__ import annotations

import pytest


@pytest.fixture
def tables(db):
    db.table("t", "id int, s varchar(10) null", [(1, "x"), (2, "X "), (3, None), (4, "y")])
    db.table(
        "u", "id int, parent int null, w nvarchar(5)", [(1, None, "a"), (2, 1, "b"), (3, 2, "c"), (4, 1, "d")]
    )
    return db


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM t UNION ALL SELECT id FROM u WHERE id = 1 ORDER BY id", [1, 1, 2, 3, 4]),
        ("SELECT id FROM t UNION SELECT id + 3 FROM t ORDER BY 1", [1, 2, 3, 4, 5, 6, 7]),
        ("SELECT id FROM t EXCEPT SELECT 2 ORDER BY id DESC", [4, 3, 1]),
        ("SELECT id FROM t INTERSECT SELECT parent FROM u ORDER BY id", [1, 2]),
        ("SELECT 1 UNION ALL SELECT 1 UNION SELECT 1", [1]),
        ("SELECT id FROM t WHERE id = (SELECT 1) UNION ALL SELECT 2", [1, 2]),
        ("SELECT id FROM t WHERE id IN ((SELECT 1) UNION SELECT 2) ORDER BY id", [1, 2]),
        ("SELECT 1 UNION SELECT 1 UNION ALL SELECT 1", [1, 1]),
        ("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3", [1]),
        ("SELECT 1 EXCEPT SELECT 1 UNION ALL SELECT 5", [5]),
        ("(SELECT 1 UNION ALL SELECT 2) EXCEPT SELECT 1", [2]),
        ("SELECT COUNT(*) FROM (SELECT s FROM t UNION SELECT 'Y') x", [3]),
        ("SELECT COUNT(*) FROM (SELECT s FROM t EXCEPT SELECT 'X') x", [2]),
        ("SELECT COUNT(*) FROM (SELECT s, id FROM t INTERSECT SELECT 'x', 2) x", [1]),
        ("SELECT s FROM t EXCEPT SELECT s FROM t WHERE s IS NOT NULL", [None]),
        ("SELECT NULL AS q UNION ALL SELECT 'abc' ORDER BY q", [None, "abc"]),
        ("SELECT TOP 1 id FROM t ORDER BY 1", [1]),
        ("SELECT id FROM t UNION ALL SELECT 9 ORDER BY id OFFSET 3 ROWS FETCH NEXT 1 ROWS ONLY", [4]),
        (
            "WITH c AS (SELECT id FROM t), d(k) AS (SELECT id * 2 FROM c "
            "WHERE id < 3) SELECT k FROM d ORDER BY k",
            [2, 4],
        ),
        ("WITH t AS (SELECT 42 AS id) SELECT id FROM t", [42]),
        ("WITH t AS (SELECT 42 AS id) SELECT id FROM dbo.t WHERE id = 1", [1]),
        (
            "WITH c AS (SELECT id FROM t) SELECT id FROM c UNION ALL SELECT id FROM c ORDER BY id",
            [1, 1, 2, 2, 3, 3, 4, 4],
        ),
        ("WITH c AS (SELECT 5 AS n) SELECT (SELECT MAX(n) FROM c) + (SELECT MIN(n) FROM c)", [10]),
        (
            "WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r ORDER BY n",
            [1, 2, 3, 4, 5],
        ),
        (
            "WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 101) SELECT COUNT(*) FROM r",
            [101],
        ),
        (
            "WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 500) SELECT COUNT(*) FROM r "
            "OPTION (MAXRECURSION 0)",
            [500],
        ),
        (
            "WITH c(id, path) AS (SELECT id, CAST(w AS nvarchar(max)) FROM u WHERE parent IS NULL UNION ALL "
            "SELECT u.id, c.path + u.w FROM u JOIN c ON u.parent = c.id) SELECT path FROM c ORDER BY id",
            ["a", "ab", "abc", "ad"],
        ),
        (
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM c WHERE a < 3 UNION ALL "
            "SELECT a + 10 FROM c WHERE a < 3) SELECT a FROM c ORDER BY a",
            [1, 2, 3, 11, 12],
        ),
    ],
)
def test_one_column(tables, sql: str, expected: list) -> None:
    assert [row[0] for row in tables.rows(sql)] == expected


def test_types_and_names(tables) -> None:
    sql = "SELECT id AS k, 'ab' FROM t UNION ALL SELECT 1.25, N'abc'"
    assert tables.columns(sql) == [("k", "decimal(12,2)", False), ("", "nvarchar(3)", False)]
    assert tables.columns("SELECT NULL UNION SELECT 'x'") == [("", "varchar(1)", True)]


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT 1 UNION SELECT 1, 2", 205),
        ("SELECT 1 AS a UNION SELECT 2 ORDER BY b", 207),
        ("SELECT 1 AS a UNION SELECT 2 ORDER BY a + 1", 104),
        ("SELECT 1 AS a UNION SELECT 2 ORDER BY 2", 108),
        ("SELECT 1 EXCEPT ALL SELECT 2", 156),
        ("SELECT * FROM (SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a) x", 1033),
        ("WITH c AS (SELECT 1 AS a), C AS (SELECT 2 AS a) SELECT * FROM c", 239),
        ("WITH c AS (SELECT 1) SELECT * FROM c", 8155),
        ("WITH c(a, b) AS (SELECT 1 AS a) SELECT * FROM c", 8159),
        ("WITH c AS (SELECT id FROM t ORDER BY id) SELECT * FROM c", 1033),
        ("SELECT * FROM (WITH c AS (SELECT 1 AS a) SELECT * FROM c) x", 319),
        ("WITH RECURSIVE c AS (SELECT 1 AS a) SELECT * FROM c", 40517),
        ("WITH c AS MATERIALIZED (SELECT 1 AS a) SELECT * FROM c", 40517),
        ("WITH d AS (SELECT * FROM c), c AS (SELECT 1 AS a) SELECT * FROM d", 208),
        ("WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT MAX(n) FROM r", 530),
        (
            "WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n "
            "< 9) SELECT 1 FROM r OPTION (MAXRECURSION 7)",
            530,
        ),
        ("WITH c AS (SELECT 1 AS a UNION SELECT a + 1 FROM c WHERE a < 3) SELECT * FROM c", 252),
        ("WITH c AS (SELECT a FROM c) SELECT * FROM c", 252),
        ("WITH c AS (SELECT 1 AS a UNION ALL SELECT 'x' FROM c) SELECT * FROM c", 240),
        ("WITH c AS (SELECT 1 AS a UNION ALL SELECT DISTINCT a + 1 FROM c) SELECT * FROM c", 460),
        ("WITH c AS (SELECT 1 AS a UNION ALL SELECT TOP 1 a + 1 FROM c) SELECT * FROM c", 461),
        ("WITH c AS (SELECT 1 AS a UNION ALL SELECT c.a FROM t LEFT JOIN c ON 1 = 1) SELECT * FROM c", 462),
        (
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT 1 FROM t WHERE "
            "id IN (SELECT a FROM c)) SELECT * FROM c",
            465,
        ),
        ("WITH c AS (SELECT 1 AS a UNION ALL SELECT MAX(a) FROM c) SELECT * FROM c", 467),
        ("WITH c AS (SELECT 1 AS a UNION ALL SELECT x.a FROM c x JOIN c y ON 1 = 1) SELECT * FROM c", 253),
    ],
)
def test_errors(tables, sql: str, number: int) -> None:
    assert tables.error(sql) == number
