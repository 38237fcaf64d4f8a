from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from change_database import ChangeDatabase, refused

from localdb.tsql.changes import compile_insert_from
from localdb.types import BIGINT, Column, ObjectName, varchar


@pytest.fixture
def t(db: ChangeDatabase) -> ChangeDatabase:
    db.create("""
        CREATE TABLE t (id int IDENTITY(10, 5), name varchar(5) NOT NULL, price decimal(7, 2) DEFAULT ((1.5)),
                        note nvarchar(20) NULL)
        CREATE TABLE s (a int, b varchar(10))
    """)
    return db


def test_values_fill_the_listed_columns_and_defaults_the_others(t: ChangeDatabase) -> None:
    result = t.run("INSERT INTO dbo.t (name) VALUES ('a')")
    assert (result.count, result.identity) == (1, 10)
    assert t.rows("SELECT * FROM t") == [(10, "a", Decimal("1.50"), None)]


def test_without_a_column_list_the_identity_column_is_left_out(t: ChangeDatabase) -> None:
    t.run("INSERT t VALUES ('a', 2, N'x'), ('b', DEFAULT, NULL), ('c', -1, DEFAULT)")
    assert t.rows("SELECT id, name, price, note FROM t") == [
        (10, "a", Decimal("2.00"), "x"),
        (15, "b", Decimal("1.50"), None),
        (20, "c", Decimal("-1.00"), None),
    ]


def test_values_may_hold_subqueries_variables_and_common_tables(t: ChangeDatabase) -> None:
    t.run("INSERT s VALUES (1, 'x'), (2, 'y')")
    t.variables["@v"] = (varchar(5), "v")
    t.run(
        "WITH c AS (SELECT max(a) AS m FROM s) "
        "INSERT t (name, price) VALUES (@v, (SELECT m FROM c)), ('w', 3)"
    )
    assert t.rows("SELECT name, price FROM t") == [("v", Decimal("2.00")), ("w", Decimal("3.00"))]


def test_rows_of_values_have_a_common_type(t: ChangeDatabase) -> None:
    """varchar meets int: the strings are converted to int, and only then to the column's type."""
    t.run("INSERT s (b) VALUES (1), ('2')")
    assert t.rows("SELECT b FROM s") == [("1",), ("2",)]
    with refused(245):
        t.run("INSERT s (b) VALUES (1), ('x')")
    t.run("INSERT s (b) VALUES ('x')")


def test_default_values(t: ChangeDatabase) -> None:
    t.run("INSERT INTO s DEFAULT VALUES")
    t.run("INSERT s VALUES (1, 'a') OPTION (MAXDOP 1)")
    assert t.rows("SELECT * FROM s") == [(None, None), (1, "a")]
    with refused(515, "column 'name', table 'shop.dbo.t'; column does not allow nulls. INSERT fails."):
        t.run("INSERT t DEFAULT VALUES")


def test_identity_follows_the_order_of_the_source(t: ChangeDatabase) -> None:
    t.connection.execute("INSERT INTO shop.dbo.s SELECT hash(i) % 100000, 'x' FROM range(300000) r(i)")
    result = t.run("INSERT INTO t (name, price) SELECT b, a FROM s ORDER BY a DESC")
    assert result.count == 300_000
    assert result.identity == 10 + 5 * 299_999
    wrong = "SELECT count(*) FROM (SELECT price p, lag(price) OVER (ORDER BY id) q FROM t) x WHERE q < p"
    assert t.rows(wrong) == [(0,)]


def test_query_with_top_common_tables_set_operations_and_parentheses(t: ChangeDatabase) -> None:
    t.run("INSERT s SELECT 1, 'a' UNION ALL SELECT 2, 'b' UNION ALL SELECT 3, 'c'")
    t.run(
        "WITH c AS (SELECT a, b FROM s WHERE a > 1) "
        "INSERT INTO t (name) SELECT TOP (1) b FROM c ORDER BY a DESC;"
    )
    t.run("INSERT INTO t (name) (SELECT b FROM s WHERE a = 1)")
    t.run("INSERT TOP (2) INTO t (name) SELECT b FROM s ORDER BY a")
    assert [name for (name,) in t.rows("SELECT name FROM t ORDER BY id")] == ["c", "a", "a", "b"]


def test_a_table_may_be_inserted_into_itself(t: ChangeDatabase) -> None:
    t.run("INSERT s VALUES (1, 'a'), (2, 'b')")
    assert t.run("INSERT s SELECT a + 10, b FROM s").count == 2
    assert t.rows("SELECT a FROM s ORDER BY a") == [(1,), (2,), (11,), (12,)]


def test_assignment_converts_and_refuses_what_does_not_fit(t: ChangeDatabase) -> None:
    with refused(2628, "in table 'shop.dbo.t', column 'name'. Truncated value: 'abcde'"):
        t.run("INSERT t (name) VALUES ('abcdef')")
    with refused(8115):
        t.run("INSERT t (name, price) VALUES ('a', 123456)")
    with refused(245):
        t.run("INSERT s (a) SELECT 'x'")
    assert t.rows("SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize(
    ("number", "statement"),
    [
        (109, "INSERT t (name, price) VALUES ('a')"),
        (110, "INSERT t (name) VALUES ('a', 1)"),
        (120, "INSERT t (name, price) SELECT 'a'"),
        (121, "INSERT t (name) SELECT 'a', 1"),
        (213, "INSERT s VALUES (1)"),
        (213, "INSERT t SELECT 'a'"),
        (8101, "INSERT t VALUES (1, 'a', 1, NULL)"),
        (207, "INSERT t (nme) VALUES ('a')"),
        (264, "INSERT t (name, NAME) VALUES ('a', 'b')"),
        (544, "INSERT t (id, name) VALUES (1, 'a')"),
        (10709, "INSERT s VALUES (1, 'a'), (2)"),
        (128, "INSERT s VALUES (a, 'a')"),
        (208, "INSERT nowhere VALUES (1)"),
        (102, "INSERT s (a) VALUES (1) x"),
        (40517, "INSERT s WITH (IGNORE_TRIGGERS) VALUES (1, 'a')"),
        (4108, "INSERT s (a) VALUES (ROW_NUMBER() OVER (ORDER BY (SELECT NULL)))"),
        (4108, "INSERT s VALUES (1, 'a'), (COUNT(*) OVER (), 'b')"),
    ],
)
def test_refusals(t: ChangeDatabase, number: int, statement: str) -> None:
    with refused(number):
        t.run(statement)


def test_a_query_may_number_its_rows(t: ChangeDatabase) -> None:
    t.run("INSERT s VALUES (7, 'x'), (5, 'y')")
    t.run("INSERT s SELECT ROW_NUMBER() OVER (ORDER BY a), b FROM s")
    assert t.rows("SELECT a, b FROM s ORDER BY a") == [(1, "y"), (2, "x"), (5, "y"), (7, "x")]
    t.run("WITH r AS (SELECT ROW_NUMBER() OVER (ORDER BY a DESC) n, * FROM s) DELETE r WHERE n = 1")
    t.run("UPDATE s SET a = (SELECT MAX(n) FROM (SELECT RANK() OVER (ORDER BY b) n FROM s) r)")
    assert t.rows("SELECT a FROM s") == [(2,), (2,), (2,)]


def test_a_thousand_rows_of_values_and_no_more(t: ChangeDatabase) -> None:
    rows = ", ".join(f"({i}, 'r{i}')" for i in range(1000))
    assert t.run(f"INSERT s VALUES {rows}").count == 1000
    assert t.rows("SELECT sum(a), max(b) FROM s") == [(499500, "r999")]
    with refused(10738):
        t.run(f"INSERT s VALUES {rows}, (1000, 'x')")


def test_explicit_identity_needs_identity_insert(t: ChangeDatabase) -> None:
    t.identity_insert.add("t")
    result = t.run("INSERT t (id, name) VALUES (7, 'a')")
    assert result.plan.explicit_identity
    assert (result.identity, t.rows("SELECT id FROM t")) == (7, [(7,)])
    with refused(545):
        t.run("INSERT t (name) VALUES ('a')")
    with refused(339):
        t.run("INSERT t (id, name) VALUES (DEFAULT, 'a')")


def test_negative_identity_increment_and_small_identity_types(db: ChangeDatabase) -> None:
    db.create("CREATE TABLE n (id tinyint IDENTITY(254, 1), x int)")
    db.run("INSERT n VALUES (1), (2)")
    assert db.rows("SELECT id FROM n") == [(254,), (255,)]
    with refused(8115, "IDENTITY to data type tinyint"):
        db.run("INSERT n VALUES (3)")


def test_tables_variables_and_temporary_tables(db: ChangeDatabase) -> None:
    db.create("DECLARE @v TABLE (a int NOT NULL, b int DEFAULT 3) CREATE TABLE #t (a int NOT NULL)")
    db.run("INSERT @v (a) VALUES (1)")
    db.run("INSERT INTO #t SELECT a + b FROM @v")
    assert db.rows("SELECT a FROM #t") == [(4,)]
    with refused(515, "table '@v'"):
        db.run("INSERT @v VALUES (NULL, NULL)")
    with refused(515, "table 'tempdb.dbo.#t'"):
        db.run("INSERT #t VALUES (NULL)")


def test_an_insert_that_needs_no_check_is_one_statement(t: ChangeDatabase) -> None:
    t.create("CREATE TABLE h (id int NOT NULL, x varchar(3))")
    assert t.run("INSERT s SELECT 1, 'a'").plan.direct is not None
    assert t.run("INSERT h VALUES (1, 'a')").plan.direct is None
    with refused(2628, "in table 'shop.dbo.s', column 'b'"):
        t.run("INSERT s VALUES (1, 'abcdefghijk')")


def test_rows_from_elsewhere(t: ChangeDatabase) -> None:
    source = "SELECT i AS x, 'n' || i AS y FROM range(3) r(i)"
    columns = (Column("x", BIGINT), Column("y", varchar(10)))
    relation = t.relation(ObjectName("t"))
    plan = compile_insert_from(relation, ("price", "name"), source, columns, t)
    assert t.change(plan).count == 3
    assert t.rows("SELECT id, name, price FROM t") == [
        (10, "n0", Decimal(0)),
        (15, "n1", Decimal(1)),
        (20, "n2", Decimal(2)),
    ]
    with refused(213):
        compile_insert_from(relation, None, source, columns, t)


def test_views_and_catalog_views_are_no_targets(t: ChangeDatabase) -> None:
    t.create("CREATE VIEW w (a) AS SELECT a FROM s")
    for statement in ("INSERT w VALUES (1)", "UPDATE w SET a = 1", "DELETE w"):
        with refused(40514, "w"):
            t.run(statement)


def test_constants_and_variables_of_a_query_are_converted_once(t: ChangeDatabase) -> None:
    t.create("CREATE TABLE d (a int, b datetime2(0), c varchar(10), d decimal(5, 2))")
    t.variables["@v"] = (varchar(5), "7.5")
    t.run("INSERT s VALUES (1, 'x'), (2, 'x')")
    t.run("INSERT d SELECT DISTINCT a, '2024-02-29T10:00:00', N'n' AS c, @v FROM s")
    moment = datetime(2024, 2, 29, 10)
    assert sorted(t.rows("SELECT * FROM d")) == [(a, moment, "n", Decimal("7.50")) for a in (1, 2)]
    t.run("INSERT s SELECT 5, 'y' WHERE 1 = 0")
    assert t.rows("SELECT count(*) FROM s") == [(2,)]
    with refused(2628, "column 'name'"):
        t.run("INSERT t (name) SELECT 'much too long' FROM s")
