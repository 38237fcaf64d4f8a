from __future__ import annotations

import pytest
from change_database import ChangeDatabase, refused

from localdb.types import INT


@pytest.fixture
def t(db: ChangeDatabase) -> ChangeDatabase:
    db.create("""
        CREATE TABLE t (id int IDENTITY PRIMARY KEY, a int, name varchar(10))
        CREATE TABLE s (a int, x int)
        CREATE TABLE into_t (n int IDENTITY(100, 1), id int NOT NULL, what varchar(5) DEFAULT 'def')
        DECLARE @v TABLE (id int PRIMARY KEY, a int)
    """)
    db.run("INSERT t VALUES (1, 'one'), (2, 'two')")
    db.run("INSERT s VALUES (1, 100), (2, 200)")
    return db


def test_inserted_shows_identity_values_and_defaults(t: ChangeDatabase) -> None:
    t.variables["@k"] = (INT, 5)
    result = t.run("INSERT t (a) OUTPUT inserted.id, INSERTED.*, inserted.a + @k AS sum, 'x' VALUES (7), (8)")
    assert result.columns == ["id", "id", "a", "name", "sum", ""]
    assert result.rows == [(3, 3, 7, None, 12, "x"), (4, 4, 8, None, 13, "x")]


def test_update_shows_both_images_and_the_other_sources(t: ChangeDatabase) -> None:
    result = t.run(
        "UPDATE t SET a = s.x OUTPUT deleted.a, inserted.a, inserted.name, s.*, x - 1 AS y "
        "FROM t JOIN s ON s.a = t.a WHERE t.a = 2"
    )
    assert result.columns == ["a", "a", "name", "a", "x", "y"]
    assert result.rows == [(2, 200, "two", 2, 200, 199)]


def test_delete(t: ChangeDatabase) -> None:
    assert t.run("DELETE FROM t OUTPUT deleted.* WHERE a = 1").rows == [(1, 1, "one")]
    assert t.run("DELETE x OUTPUT deleted.id AS gone, s.x FROM t x JOIN s ON s.a = x.a").rows == [(2, 200)]


def test_into_a_table_draws_its_identity_and_fills_its_defaults(t: ChangeDatabase) -> None:
    result = t.run("INSERT t (a) OUTPUT inserted.id INTO into_t (id) SELECT x FROM s ORDER BY x DESC")
    assert (result.rows, result.count) == ([], 2)
    assert t.rows("SELECT * FROM into_t") == [(100, 3, "def"), (101, 4, "def")]
    t.run("UPDATE t SET a = 0 OUTPUT inserted.id, 'u' INTO into_t WHERE id < 3")
    assert sorted(t.rows("SELECT * FROM into_t WHERE what = 'u'")) == [(102, 1, "u"), (103, 2, "u")]


def test_into_is_checked_before_anything_changes(t: ChangeDatabase) -> None:
    t.run("DELETE t OUTPUT deleted.id, deleted.a INTO @v WHERE id = 1")
    with refused(2627, "Cannot insert duplicate key in object 'dbo.@v'. The duplicate key value is (1)."):
        t.run("DELETE t OUTPUT 1, deleted.a INTO @v")
    with refused(515, "column 'id', table 'shop.dbo.into_t'"):
        t.run("UPDATE t SET a = NULL OUTPUT inserted.a INTO into_t (id)")
    assert t.rows("SELECT id, a FROM t") == [(2, 2)]
    assert t.rows("SELECT * FROM @v") == [(1, 1)]


def test_into_converts_to_the_other_tables_types(t: ChangeDatabase) -> None:
    t.create("CREATE TABLE small (v varchar(2))")
    t.run("UPDATE t SET a = 5 OUTPUT deleted.a INTO small")
    assert sorted(t.rows("SELECT v FROM small")) == [("1",), ("2",)]
    with refused(2628, "table 'shop.dbo.small', column 'v'"):
        t.run("UPDATE t SET a = 5 OUTPUT inserted.name INTO small")


@pytest.mark.parametrize(
    ("number", "statement"),
    [
        (207, "INSERT t (a) OUTPUT id VALUES (1)"),
        (4104, "INSERT t (a) OUTPUT deleted.id VALUES (1)"),
        (4104, "DELETE t OUTPUT inserted.id"),
        (4104, "UPDATE t SET a = 1 OUTPUT t.a FROM t"),
        (207, "UPDATE t SET a = 1 OUTPUT inserted.nope"),
        (1046, "DELETE t OUTPUT (SELECT max(a) FROM s)"),
        (107, "DELETE t OUTPUT nothing.*"),
        (40517, "DELETE t OUTPUT deleted.id, deleted.a INTO @v OUTPUT deleted.id"),
        (213, "DELETE t OUTPUT deleted.id INTO @v"),
        (40517, "DELETE t OUTPUT deleted.a, deleted.name INTO t"),
        (332, "DELETE t OUTPUT deleted.id INTO child"),
        (333, "DELETE t OUTPUT deleted.id INTO checked"),
        (544, "DELETE t OUTPUT deleted.id, deleted.id INTO into_t (n, id)"),
        (147, "DELETE t OUTPUT max(deleted.id)"),
        (4108, "DELETE t OUTPUT ROW_NUMBER() OVER (ORDER BY deleted.id)"),
        (4108, "UPDATE t SET a = 1 OUTPUT ROW_NUMBER() OVER (ORDER BY inserted.id)"),
        (4108, "INSERT t (a) OUTPUT COUNT(*) OVER (PARTITION BY inserted.a) VALUES (1)"),
    ],
)
def test_refusals(t: ChangeDatabase, number: int, statement: str) -> None:
    t.create("CREATE TABLE child (id int REFERENCES t (id)) CREATE TABLE checked (id int CHECK (id > 0))")
    with refused(number):
        t.run(statement)
    assert len(t.rows("SELECT * FROM t")) == 2
