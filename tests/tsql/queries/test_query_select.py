"""The select list, ORDER BY, TOP, OFFSET and DISTINCT, and how names are resolved."""

from __future__ import annotations

from decimal import Decimal

import pytest


@pytest.fixture
def tables(db):
    db.table(
        "t",
        "id int identity, a int null, s varchar(10) null, d decimal(7,2)",
        [(1, 10, "x", 1.5), (2, None, "X ", 2.5), (3, 10, None, 3.5), (4, 20, "y", 4.5)],
    )
    db.table(
        "u", "id int, t_id int null, w varchar(10)", [(1, 1, "p"), (2, 1, "q"), (3, 2, "P "), (4, 9, "r")]
    )
    db.table("other.dbo.z", "k int", [(7,)])
    db.table("sales.t", "id int", [(99,)])
    db.table("#tmp", "k int", [(5,)])
    db.table("@tv", "k int", [(6,)])
    db.variable_value("@n", "int", 2)
    return db


def test_star_and_plain_columns_keep_their_types(tables) -> None:
    assert tables.columns("SELECT *, t.a FROM t") == [
        ("id", "int", False),
        ("a", "int", True),
        ("s", "varchar(10)", True),
        ("d", "decimal(7,2)", False),
        ("a", "int", True),
    ]
    assert tables.rows("SELECT t.* FROM t WHERE id = 1") == [(1, 10, "x", Decimal("1.50"))]


def test_all_forms_of_aliases(tables) -> None:
    sql = "SELECT 1 AS a, 2 b, c = 3, 'd' = 4, 5 AS 'e e', 6 'f', [g h] = 7, 8, NULL AS i FROM t WHERE id = 1"
    names = [name for name, _, _ in tables.columns(sql)]
    assert names == ["a", "b", "c", "d", "e e", "f", "g h", "", "i"]
    assert tables.rows(sql) == [(1, 2, 3, 4, 5, 6, 7, 8, None)]


def test_identity_is_kept_only_for_plain_columns_of_one_table(tables) -> None:
    def identities(sql: str) -> list[bool]:
        return [column.identity is not None for column in tables.plan(sql).columns]

    assert identities("SELECT id, id + 1 FROM t") == [True, False]
    assert identities("SELECT t.id FROM t JOIN u ON t.id = u.id") == [False]
    assert identities("SELECT id FROM t GROUP BY id") == [False]
    assert identities("SELECT x.id FROM (SELECT id FROM t) x") == [False]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM t ORDER BY s, id DESC", [3, 2, 1, 4]),
        ("SELECT id FROM t ORDER BY a DESC, id DESC", [4, 3, 1, 2]),
        ("SELECT -id AS id FROM t ORDER BY id", [-4, -3, -2, -1]),
        ("SELECT -id AS id FROM t ORDER BY t.id", [-1, -2, -3, -4]),
        ("SELECT s AS a FROM t ORDER BY a, t.id", [None, "x", "X ", "y"]),
        ("SELECT id AS k FROM t ORDER BY 1 DESC", [4, 3, 2, 1]),
        ("SELECT id FROM t ORDER BY CASE WHEN id = 2 THEN 0 ELSE 1 END, id", [2, 1, 3, 4]),
        ("SELECT TOP 2 id FROM t ORDER BY id DESC", [4, 3]),
        ("SELECT TOP (@n + 1) id FROM t ORDER BY id", [1, 2, 3]),
        ("SELECT TOP (1) WITH TIES id FROM t WHERE a = 10 ORDER BY a", [1, 3]),
        ("SELECT TOP 30 PERCENT id FROM t ORDER BY id", [1, 2]),
        ("SELECT TOP (100) PERCENT id FROM t ORDER BY id", [1, 2, 3, 4]),
        ("SELECT TOP 0 id FROM t", []),
        ("SELECT id FROM t ORDER BY id OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY", [2, 3]),
        ("SELECT id FROM t ORDER BY id OFFSET @n ROWS", [3, 4]),
        ("SELECT id FROM t ORDER BY id OFFSET 9 ROWS", []),
        ("SELECT DISTINCT a FROM t ORDER BY a", [None, 10, 20]),
        ("SELECT DISTINCT a + 1 FROM t ORDER BY (A + 1) DESC", [21, 11, None]),
        ("SELECT DISTINCT TOP 1 a FROM t ORDER BY a DESC", [20]),
        ("SELECT 1 ORDER BY (SELECT NULL)", [1]),
        ("SELECT T.ID FROM T t WHERE t.ID = 1", [1]),
        ("SELECT dbo.t.id FROM dbo.t WHERE db.dbo.t.id = 1", [1]),
        ("SELECT sales.t.id FROM dbo.t JOIN sales.t ON dbo.t.id = 1", [99]),
        ("SELECT k FROM other..z", [7]),
        ("SELECT k FROM #tmp", [5]),
        ("SELECT #tmp.k FROM #tmp WHERE 5 = #tmp.k", [5]),
        ("SELECT v.k FROM @tv v", [6]),
        ("SELECT id FROM t WITH (NOLOCK, ROWLOCK) WHERE id = 1", [1]),
        ("SELECT id FROM t (NOLOCK) WHERE id = 1", [1]),
        ("SELECT id FROM t WHERE id = 1 OPTION (RECOMPILE, MAXDOP 1)", [1]),
    ],
)
def test_one_column(tables, sql: str, expected: list) -> None:
    assert [row[0] for row in tables.rows(sql)] == expected


def test_distinct_strings_ignore_case_and_trailing_blanks(tables) -> None:
    values = [row[0] for row in tables.rows("SELECT DISTINCT s FROM t")]
    assert sorted(str(value).strip().lower() for value in values) == ["none", "x", "y"]


ERRORS = [
    ("SELECT nope FROM t", 207),
    ("SELECT t.nope FROM t", 207),
    ("SELECT x.id FROM t", 4104),
    ("SELECT dbo.x.id FROM t x", 4104),
    ("SELECT other.dbo.t.id FROM t", 4104),
    ("SELECT id FROM t, u", 209),
    ("SELECT id FROM nope", 208),
    ("SELECT id FROM nope.dbo.t", 208),
    ("SELECT id FROM @nope", 1087),
    ("SELECT @nope", 137),
    ("SELECT * FROM nofunction(1) x", 208),
    ("SELECT *", 263),
    ("SELECT x.* FROM t", 107),
    ("SELECT id FROM t x JOIN u x ON 1 = 1", 1011),
    ("SELECT 1 FROM dbo.t JOIN dbo.t ON 1 = 1", 1013),
    ("SELECT id FROM t ORDER BY 2", 108),
    ("SELECT id FROM t ORDER BY 'x'", 408),
    ("SELECT id AS x, a AS x FROM t ORDER BY x", 209),
    ("SELECT DISTINCT a FROM t ORDER BY id", 145),
    ("SELECT id FROM (SELECT id FROM t ORDER BY id) x", 1033),
    ("SELECT (SELECT id FROM t ORDER BY id)", 1033),
    ("SELECT (SELECT id, a FROM t)", 116),
    ("SELECT (SELECT id FROM t)", 512),
    ("SELECT TOP (-1) id FROM t", 127),
    ("SELECT TOP (NULL) id FROM t", 1060),
    ("SELECT TOP ('x') id FROM t", 1060),
    ("SELECT TOP 1 WITH TIES id FROM t", 1062),
    ("SELECT TOP (101) PERCENT id FROM t", 1031),
    ("SELECT TOP 1 id FROM t ORDER BY id OFFSET 0 ROWS", 10741),
    ("SELECT id FROM t ORDER BY id OFFSET -1 ROWS", 10742),
    ("SELECT id FROM t ORDER BY id OFFSET 0 ROWS FETCH NEXT 0 ROWS ONLY", 10744),
    ("SELECT id FROM t OFFSET 1 ROWS", 102),
    ("SELECT id FROM t ORDER BY id FETCH NEXT 1 ROWS ONLY", 102),
    ("SELECT id FROM t ORDER BY id NULLS LAST", 102),
    ("SELECT id FROM t ORDER BY id DESC NULLS FIRST", 102),
    ("SELECT id FROM t LIMIT 1", 102),
    ("SELECT t.id = 5 FROM t", 102),
    ("SELECT ROW_NUMBER() OVER (ORDER BY id) FROM t WHERE ROW_NUMBER() OVER (ORDER BY id) = 1", 4108),
    ("SELECT COUNT(*) FROM t HAVING ROW_NUMBER() OVER (ORDER BY COUNT(*)) = 1", 4108),
    ("SELECT TOP (ROW_NUMBER() OVER (ORDER BY (SELECT NULL))) id FROM t", 4108),
    ("SELECT a FROM (VALUES (ROW_NUMBER() OVER (ORDER BY (SELECT NULL)))) v(a)", 4108),
    ("SELECT id FROM t CROSS APPLY STRING_SPLIT(CONCAT('', RANK() OVER (ORDER BY t.id)), ',')", 4108),
    ("SELECT id FROM t CROSS APPLY (SELECT ROW_NUMBER() OVER (ORDER BY t.id) n) x", 40514),
    ("SELECT id FROM t CROSS APPLY (SELECT SUM(t.id) OVER (ORDER BY u.id) n FROM u) x", 40514),
    ("SELECT (SELECT ROW_NUMBER() OVER (ORDER BY t.id)) FROM t", 40514),
    ("SELECT (SELECT MAX(u.id) OVER (PARTITION BY t.id) FROM u WHERE u.id = t.id) FROM t", 40514),
    ("SELECT id FROM t WHERE (SELECT ROW_NUMBER() OVER (ORDER BY t.id)) = 1", 40514),
    ("SELECT * FROM (SELECT 1) x", 8155),
    ("SELECT * FROM (SELECT 1 a, 2 A) x", 8156),
    ("SELECT * FROM (SELECT 1 a, 2 b) x(c)", 8158),
    ("SELECT * FROM (SELECT 1 a) x(b, c)", 8159),
    ("SELECT * FROM (VALUES (1), (1, 2)) v(a)", 10709),
    ("SELECT * FROM (SELECT 1 a)", 102),
    ("SELECT * FROM t AS x(a, b)", 102),
    ("SELECT id FROM t JOIN u WHERE 1 = 1", 102),
]


@pytest.mark.parametrize(("sql", "number"), ERRORS)
def test_errors(tables, sql: str, number: int) -> None:
    assert tables.error(sql) == number


REFUSED = [
    "SELECT id FROM t WITH (READPAST)",
    "SELECT id FROM t WITH (INDEX(1))",
    "SELECT id FROM t FOR XML PATH",
    "SELECT id FROM t FOR JSON PATH",
    "SELECT id FROM t TABLESAMPLE (10 PERCENT)",
    "SELECT * FROM t PIVOT (MAX(a) FOR s IN ([x], [y])) p",
    "SELECT * FROM t UNPIVOT (v FOR n IN (a, id)) p",
    "SELECT id FROM t NATURAL JOIN u",
    "SELECT 1 FROM t JOIN u USING (id)",
    "SELECT id FROM t QUALIFY 1 = 1",
    "SELECT id FROM t WINDOW w AS (ORDER BY id)",
    "SELECT id FROM t OPTION (USE HINT ('X'))",
    "SELECT id FROM server.db.dbo.t",
    "SELECT id FROM t, LATERAL (SELECT 1 a) x",
    "SELECT DISTINCT ON (id) id FROM t",
    "SELECT id FROM t FOR SYSTEM_TIME AS OF '2020-01-01'",
    "SELECT * EXCEPT (id) FROM t",
    "SELECT a FROM t GROUP BY ALL a",
    "SELECT a FROM t GROUP BY a WITH ROLLUP",
    "SELECT (SELECT id INTO x FROM t)",
    "SELECT (SELECT MAX(t.id)) FROM t",
    "TABLE t",
    "FROM t",
    "SELECT id FROM t FOR UPDATE",
    "SELECT id FROM t UNION BY NAME SELECT id FROM u",
    "SELECT id FROM ONLY t",
    "SELECT id FROM t CONNECT BY PRIOR id = a",
    "SELECT AS STRUCT 1 AS a",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_not_supported_is_refused(tables, sql: str) -> None:
    assert tables.error(sql) in (102, 156, 208, 40514, 40517)


def test_hints_that_ask_for_locks_are_passed_on(tables) -> None:
    tables.view("locking", "id int", "SELECT id FROM t WITH (HOLDLOCK)")
    for sql in ("SELECT id FROM t WITH (UPDLOCK, ROWLOCK)", "SELECT id FROM locking"):
        assert [relation.name.name for relation in tables.plan(sql).locked] == ["t"]
    assert tables.plan("SELECT id FROM t WITH (NOLOCK)").locked == ()
