"""GROUP BY, HAVING, aggregates and what may stand beside them."""

from __future__ import annotations

import pytest


@pytest.fixture
def tables(db):
    db.table(
        "t",
        "id int, a int null, s varchar(10) null, v float",
        [(1, 10, "x", 1.0), (2, None, "X ", 2.0), (3, 10, None, 4.0), (4, 20, "y", 8.0)],
    )
    db.table("u", "id int, t_id int", [(1, 10), (2, 10), (3, 20)])
    return db


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT COUNT(*), COUNT(a), COUNT(DISTINCT s), MAX(id) FROM t", [(4, 3, 2, 4)]),
        ("SELECT COUNT(*), MAX(id) FROM t WHERE 1 = 0", [(0, None)]),
        ("SELECT a, COUNT(*) FROM t WHERE 1 = 0 GROUP BY a", []),
        ("SELECT a, COUNT(*) AS n FROM t GROUP BY a ORDER BY a", [(None, 1), (10, 2), (20, 1)]),
        ("SELECT COUNT(*) FROM t GROUP BY s ORDER BY s", [(1,), (2,), (1,)]),
        ("SELECT a + 1, COUNT(*) FROM t GROUP BY a + 1 HAVING COUNT(*) > 1", [(11, 2)]),
        ("SELECT 2 * (A + 1) FROM t x GROUP BY x.a + 1 ORDER BY (a + 1) DESC", [(42,), (22,), (None,)]),
        (
            "SELECT a, STRING_AGG(CAST(id AS varchar(9)), '+') WITHIN GROUP "
            "(ORDER BY id DESC) FROM t GROUP BY a ORDER BY a",
            [(None, "2"), (10, "3+1"), (20, "4")],
        ),
        ("SELECT a FROM t GROUP BY a ORDER BY SUM(v) DESC", [(20,), (10,), (None,)]),
        ("SELECT a * 2 FROM t GROUP BY a HAVING a > 10", [(40,)]),
        ("SELECT 1 FROM t HAVING COUNT(*) > 3", [(1,)]),
        ("SELECT 1 FROM t HAVING 1 = 1", [(1,)]),
        ("SELECT 1 FROM t HAVING COUNT(*) > 9", []),
        ("SELECT DISTINCT COUNT(*) FROM t GROUP BY id", [(1,)]),
        ("SELECT SUM(COUNT(*)) OVER (), a FROM t GROUP BY a ORDER BY a", [(4, None), (4, 10), (4, 20)]),
        (
            "SELECT a, (SELECT COUNT(*) FROM u WHERE t_id = t.a) FROM t GROUP BY a ORDER BY a",
            [(None, 0), (10, 2), (20, 1)],
        ),
        ("SELECT a FROM t GROUP BY a HAVING EXISTS (SELECT 1 FROM u WHERE t_id = t.a AND id = 3)", [(20,)]),
        (
            "SELECT a, SUM(v) FROM t GROUP BY ROLLUP (a) ORDER BY GROUPING(a), a",
            [(None, 2.0), (10, 5.0), (20, 8.0), (None, 15.0)],
        ),
        (
            "SELECT s, GROUPING(s), COUNT(*) FROM t GROUP BY GROUPING SETS ((s), ()) HAVING GROUPING(s) = 1",
            [(None, 1, 4)],
        ),
        ("SELECT COUNT(*) FROM t GROUP BY CUBE (a, id)", [(1,)] * 8 + [(2,)] + [(1,)] * 2 + [(4,)]),
        (
            "SELECT x.n, COUNT(*) FROM (SELECT COUNT(*) n FROM t GROUP BY a) x GROUP BY x.n ORDER BY 1",
            [(1, 2), (2, 1)],
        ),
        ("SELECT a, MAX(id) FROM t AS q GROUP BY q.a HAVING MAX(q.id) = 4 AND MIN(id) = 4", [(20, 4)]),
    ],
)
def test_rows(tables, sql: str, expected: list[tuple]) -> None:
    rows = tables.rows(sql)
    assert (rows if "ORDER BY" in sql else sorted(rows)) == (
        expected if "ORDER BY" in sql else sorted(expected)
    )


def test_a_group_of_strings_shows_one_of_its_members(tables) -> None:
    rows = dict(tables.rows("SELECT s, COUNT(*) FROM t WHERE s IS NOT NULL GROUP BY s"))
    assert sorted(rows.values()) == [1, 2]
    assert set(rows) <= {"x", "X ", "y"}


@pytest.mark.parametrize(
    ("sql", "number", "column"),
    [
        ("SELECT a, COUNT(*) FROM t", 8120, "dbo.t.a"),
        ("SELECT x.a FROM t x GROUP BY x.id", 8120, "x.a"),
        ("SELECT * FROM t GROUP BY id", 8120, "dbo.t.a"),
        ("SELECT a + 2 FROM t GROUP BY a + 1", 8120, "dbo.t.a"),
        ("SELECT SUM(v) OVER (PARTITION BY id) FROM t GROUP BY id", 8120, "dbo.t.v"),
        ("SELECT id FROM t GROUP BY id HAVING a > 1", 8121, "dbo.t.a"),
        ("SELECT id FROM t GROUP BY id ORDER BY a", 8127, "dbo.t.a"),
        ("SELECT id FROM t WHERE COUNT(*) > 1", 147, ""),
        ("SELECT MAX(SUM(id)) FROM t", 130, ""),
        ("SELECT SUM((SELECT 1)) FROM t", 130, ""),
        ("SELECT COUNT(*) FROM t GROUP BY 1", 164, ""),
        ("SELECT COUNT(*) FROM t GROUP BY COUNT(*)", 144, ""),
        ("SELECT COUNT(*) FROM t GROUP BY (SELECT 1)", 144, ""),
        ("SELECT COUNT(*) FROM t GROUP BY ROW_NUMBER() OVER (ORDER BY a)", 4108, ""),
        ("SELECT (SELECT SUM(u.id + t.id) FROM u) FROM t", 8124, ""),
        ("SELECT GROUPING(id) FROM t GROUP BY a", 8161, ""),
    ],
)
def test_errors(tables, sql: str, number: int, column: str) -> None:
    from localdb.errors import SqlError

    with pytest.raises(SqlError) as caught:
        tables.rows(sql)
    assert caught.value.number == number
    assert column in caught.value.message
