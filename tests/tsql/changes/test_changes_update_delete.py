from __future__ import annotations

import pytest
from change_database import ChangeDatabase, refused

from localdb.errors import SqlError
from localdb.types import INT


@pytest.fixture
def t(db: ChangeDatabase) -> ChangeDatabase:
    db.create("""
        CREATE TABLE dbo.t (id int IDENTITY, a int, b int, name varchar(10))
        CREATE TABLE dbo.s (a int, x int)
    """)
    db.run("INSERT t VALUES (1, 10, 'one'), (2, 20, 'two'), (3, 30, 'three'), (3, 33, 'THREE')")
    db.run("INSERT s VALUES (1, 100), (2, 200), (2, 201), (9, 900)")
    return db


def ab(t: ChangeDatabase) -> list[tuple[object, ...]]:
    return t.rows("SELECT a, b FROM t ORDER BY id")


def test_expressions_see_the_old_values(t: ChangeDatabase) -> None:
    assert t.run("UPDATE t SET a = b, b = a WHERE a < 3").count == 2
    assert ab(t) == [(10, 1), (20, 2), (3, 30), (3, 33)]


def test_compound_operators_take_the_whole_right_side(t: ChangeDatabase) -> None:
    t.run("UPDATE t SET a += 1 + 1, b *= 1 + 1, name += 'x' WHERE id = 1")
    t.run("UPDATE dbo.t SET t.a -= 1, dbo.t.b /= 3 WHERE t.id = 2")
    t.run("UPDATE t SET a %= 2, b |= 64 WHERE id = 3")
    t.run("UPDATE x SET a ^= 1, x.b &= 1 FROM t x WHERE id = 4")
    assert ab(t) == [(3, 20), (1, 6), (1, 94), (2, 1)]
    assert t.rows("SELECT name FROM t WHERE id = 1") == [("onex",)]


def test_where_compares_without_case_and_trailing_blanks(t: ChangeDatabase) -> None:
    assert t.run("UPDATE t SET a = 0 WHERE name = 'Three '").count == 2


def test_default_and_null(db: ChangeDatabase) -> None:
    db.create("CREATE TABLE d (a int DEFAULT (5) NOT NULL, b date NULL, c varchar(3) NULL)")
    db.run("INSERT d VALUES (1, '2020-01-02', 'x')")
    db.run("UPDATE d SET a = DEFAULT, b = NULL, c = DEFAULT")
    assert db.rows("SELECT * FROM d") == [(5, None, None)]
    with refused(515, "UPDATE fails."):
        db.run("UPDATE d SET a = NULL")
    with refused(2628, "column 'c'"):
        db.run("UPDATE d SET c = 'long'")


def test_from_with_aliases_joins_and_derived_tables(t: ChangeDatabase) -> None:
    t.run("UPDATE x SET b = s.x FROM dbo.t AS x JOIN s ON s.a = x.a WHERE s.a = 1")
    t.run("UPDATE dbo.t SET b = 0 FROM dbo.t AS x WHERE x.id = 3")
    t.run("UPDATE t SET b = d.n FROM (SELECT a, count(*) n FROM s GROUP BY a) d WHERE d.a = t.a AND t.a = 2")
    t.run("UPDATE x SET name = 'none' FROM s RIGHT JOIN t x ON x.a = s.a WHERE s.a IS NULL")
    assert ab(t) == [(1, 100), (2, 2), (3, 0), (3, 33)]
    assert t.rows("SELECT name FROM t ORDER BY id") == [("one",), ("two",), ("none",), ("none",)]


def test_a_row_that_meets_several_is_changed_once_by_the_first(t: ChangeDatabase) -> None:
    for _ in range(3):
        assert t.run("UPDATE t SET b = s.x FROM t JOIN s ON s.a = t.a").count == 2
        assert ab(t)[1] == (2, 200)


def test_an_outer_join_that_misses_the_target_changes_nothing(t: ChangeDatabase) -> None:
    assert t.run("UPDATE t SET b = 0 FROM s LEFT JOIN t ON t.a = s.a WHERE s.a = 9").count == 0
    assert t.run("DELETE t FROM s LEFT JOIN t ON t.a = s.a WHERE s.a = 9").count == 0


def test_target_outside_of_from_is_joined(t: ChangeDatabase) -> None:
    t.run("UPDATE t SET b = s.x FROM s WHERE s.a = t.a AND s.x <> 200")
    assert ab(t) == [(1, 100), (2, 201), (3, 30), (3, 33)]


def test_common_tables_apply_subqueries_and_top(t: ChangeDatabase) -> None:
    t.run("""
        WITH c AS (SELECT a, sum(x) AS total FROM s GROUP BY a)
        UPDATE t SET b = c.total FROM c WHERE c.a = t.a OPTION (RECOMPILE)
    """)
    assert ab(t)[:2] == [(1, 100), (2, 401)]
    t.run(
        "UPDATE t SET b = q.m FROM t CROSS APPLY (SELECT max(x) AS m FROM s WHERE s.a = t.a) q WHERE t.a = 2"
    )
    assert ab(t)[1] == (2, 201)
    t.run(
        "UPDATE t SET b = (SELECT min(x) FROM s WHERE s.a = t.a) "
        "WHERE EXISTS (SELECT 1 FROM s WHERE s.a = t.a)"
    )
    assert ab(t)[:2] == [(1, 100), (2, 200)]
    t.variables["@n"] = (INT, 3)
    assert t.run("UPDATE TOP (@n) t SET b = 0").count == 3
    assert t.run("DELETE TOP (1) FROM t").count == 1


def test_table_hints_that_lock_are_accepted(t: ChangeDatabase) -> None:
    t.run("UPDATE t WITH (TABLOCKX, HOLDLOCK) SET a = 1 FROM t WITH (UPDLOCK) WHERE id = 1")
    t.run("DELETE FROM t WITH (ROWLOCK) WHERE id = 1")
    with refused(40517):
        t.run("UPDATE t WITH (INDEX(1)) SET a = 1")


def test_delete(t: ChangeDatabase) -> None:
    assert t.run("DELETE t WHERE a = 1").count == 1
    assert t.run("DELETE FROM x FROM dbo.t x JOIN dbo.s ON s.a = x.a").count == 1
    assert t.run("WITH c AS (SELECT 33 AS b) DELETE FROM t WHERE b IN (SELECT b FROM c)").count == 1
    assert ab(t) == [(3, 30)]
    assert t.run("DELETE dbo.t").count == 1
    assert ab(t) == []


def test_an_is_distinct_from_inside_set_is_no_from(t: ChangeDatabase) -> None:
    t.run(
        "UPDATE t SET b = CASE WHEN a IS DISTINCT FROM 1 THEN 0 ELSE 1 END "
        "WHERE a IS NOT DISTINCT FROM 1 OR a = 2"
    )
    assert ab(t)[:2] == [(1, 1), (2, 0)]


@pytest.mark.parametrize(
    ("number", "statement"),
    [
        (8102, "UPDATE t SET id = 1"),
        (264, "UPDATE t SET a = 1, t.A = 2"),
        (207, "UPDATE t SET nope = 1"),
        (207, "UPDATE t SET a = nope"),
        (4104, "UPDATE t SET s.a = 1 FROM t, s"),
        (4104, "DELETE t WHERE s.a = 1"),
        (209, "UPDATE t SET b = a FROM t, s"),
        (8154, "UPDATE t SET a = 1 FROM t x, t y"),
        (208, "UPDATE nope SET a = 1"),
        (40517, "UPDATE t SET @v = 1"),
        (40517, "UPDATE TOP (5) PERCENT t SET a = 1"),
        (40517, "UPDATE t SET name.WRITE('a', 0, 1)"),
        (40514, "WITH c AS (SELECT DISTINCT * FROM t) UPDATE c SET a = 1"),
        (40514, "WITH c AS (SELECT t.* FROM t, s) DELETE c"),
        (40514, "WITH c AS (SELECT * FROM t), d AS (SELECT * FROM c) DELETE d"),
        (4406, "WITH c AS (SELECT a + 1 AS n FROM t) UPDATE c SET n = 1"),
        (207, "WITH c AS (SELECT a FROM t) UPDATE c SET b = 1"),
        (207, "WITH c AS (SELECT a FROM t) DELETE c WHERE rowid = 1"),
        (40514, "WITH c AS (SELECT a FROM t) DELETE c OUTPUT deleted.a"),
        (40514, "DELETE d FROM (SELECT * FROM t) d"),
        (156, "DELETE FROM t WHERE CURRENT OF c"),
        (102, "DELETE FROM t WHERE a = 1 GROUP BY a"),
        (156, "DELETE FROM t WHERE a = 1 UNION SELECT 1"),
        (40517, "DELETE t FROM t GROUP BY a"),
        (40517, "DELETE t FROM t ORDER BY a WHERE a = 1"),
        (102, "UPDATE t SET a = b = 1"),
        (1060, "DELETE TOP ('x') FROM t"),
        (40517, "UPDATE t SET a = 1 OPTION (LABEL = 'x')"),
        (2628, "UPDATE t SET name = 'much too long'"),
        (245, "UPDATE t SET a = name"),
        (4108, "UPDATE t SET a = ROW_NUMBER() OVER (ORDER BY id)"),
        (4108, "UPDATE t SET a += SUM(b) OVER (ORDER BY id) WHERE id = 1"),
        (4108, "UPDATE t SET a = 1 WHERE ROW_NUMBER() OVER (ORDER BY id) = 1"),
        (4108, "UPDATE x SET a = 1 FROM t x JOIN s ON s.a = RANK() OVER (ORDER BY x.id)"),
        (4108, "DELETE t WHERE ROW_NUMBER() OVER (ORDER BY id) = 1"),
        (4108, "DELETE TOP (RANK() OVER (ORDER BY (SELECT NULL))) FROM t"),
    ],
)
def test_refusals(t: ChangeDatabase, number: int, statement: str) -> None:
    before = t.rows("SELECT * FROM t ORDER BY id")
    with refused(number):
        t.run(statement)
    assert t.rows("SELECT * FROM t ORDER BY id") == before


def test_a_column_named_rowid_hides_the_rows_place(db: ChangeDatabase) -> None:
    """DuckDB finds the user's column where its own rowid is meant."""
    db.create("CREATE TABLE r (RowId int NOT NULL PRIMARY KEY, a int)")
    db.run("INSERT r VALUES (5, 1)")
    with refused(2627):
        db.run("INSERT r VALUES (5, 1)")
    with refused(40514, "rowid"):
        db.run("UPDATE r SET a = 2")
    with refused(40514, "rowid"):
        db.run("DELETE r")


def test_table_variables(db: ChangeDatabase) -> None:
    db.create("DECLARE @v TABLE (a int, b int)")
    db.run("INSERT @v VALUES (1, 1), (2, 2)")
    db.run("UPDATE @v SET b += 5 WHERE a = 1")
    db.run("UPDATE x SET b = x.b + y.b FROM @v x JOIN @v y ON y.a = x.a + 1")
    db.run("DELETE FROM @v WHERE a = 2")
    assert db.rows("SELECT * FROM @v") == [(1, 8)]


def test_through_a_common_table_expression(t: ChangeDatabase) -> None:
    """The usual ways to delete duplicates, to number rows, and to take from a queue."""
    t.run(
        "WITH n AS (SELECT b, row_number() OVER (ORDER BY id DESC) AS number FROM t) UPDATE n SET b = number"
    )
    assert ab(t) == [(1, 4), (2, 3), (3, 2), (3, 1)]
    t.run(
        "WITH d AS (SELECT x.*, row_number() OVER (PARTITION BY a ORDER BY id) AS n FROM dbo.t AS x) "
        "DELETE FROM d WHERE n > 1"
    )
    assert ab(t) == [(1, 4), (2, 3), (3, 2)]
    t.run("WITH c AS (SELECT a AS q, b AS r FROM t WHERE a > 1) UPDATE c SET r += q, q = 0 WHERE c.r = 3")
    assert ab(t) == [(1, 4), (0, 5), (3, 2)]
    queue = (
        "WITH q AS (SELECT TOP (1) * FROM t ORDER BY id) DELETE FROM q OUTPUT deleted.*, deleted.a + 1 AS n"
    )
    result = t.run(queue)
    assert (result.rows, result.columns) == ([(1, 1, 4, "one", 2)], ["id", "a", "b", "name", "n"])


@pytest.mark.parametrize(
    ("line", "statement"),
    [
        (4, "UPDATE t\nSET a = 1,\n    b = 2\nWHERE a = 1 UNION SELECT 1"),
        (3, "UPDATE t\nSET a = 1,\n    b = (1 + )\nWHERE a = 1"),
        (3, "\nDELETE t FROM s\nJOIN ON s.a = 1"),
        (2, "WITH c AS (SELECT 1 AS x)\nDELETE FROM t WHERE a IN (SELECT FROM c)"),
        (5, "MERGE t\nUSING s\nON s.a = t.a\nWHEN MATCHED THEN UPDATE\nSET b = s.x +;"),
    ],
)
def test_errors_name_their_line(t: ChangeDatabase, line: int, statement: str) -> None:
    with pytest.raises(SqlError) as caught:
        t.run(statement)
    assert caught.value.line == line, str(caught.value)
