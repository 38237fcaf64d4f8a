from __future__ import annotations

import pytest
from change_database import ChangeDatabase, refused

UPSERT = """
    MERGE dbo.t WITH (HOLDLOCK) AS target
    USING dbo.s AS source ON target.id = source.id
    WHEN MATCHED AND source.v IS NULL THEN DELETE
    WHEN MATCHED THEN UPDATE SET v = source.v, target.n += 1
    WHEN NOT MATCHED BY TARGET AND v IS NOT NULL THEN INSERT (id, v) VALUES (id, v)
    WHEN NOT MATCHED BY SOURCE AND n > 5 THEN DELETE
    WHEN NOT MATCHED BY SOURCE THEN UPDATE SET n = -1
"""


@pytest.fixture
def t(db: ChangeDatabase) -> ChangeDatabase:
    db.create("""
        CREATE TABLE t (id int NOT NULL PRIMARY KEY, v varchar(10), n int DEFAULT 0)
        CREATE TABLE s (id int, v varchar(10))
        CREATE TABLE log (what nvarchar(10), old_v varchar(10), new_v varchar(10), from_s int)
    """)
    db.run("INSERT t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 9)")
    db.run("INSERT s VALUES (1, 'A'), (2, NULL), (7, 'new'), (8, NULL)")
    return db


def test_all_clauses_at_once(t: ChangeDatabase) -> None:
    assert t.run(UPSERT + ";").count == 5
    assert t.rows("SELECT * FROM t ORDER BY id") == [(1, "A", 2), (3, "c", -1), (7, "new", 0)]


def test_output_with_action_source_and_both_images(t: ChangeDatabase) -> None:
    result = t.run(
        UPSERT + "OUTPUT $action, deleted.id, inserted.*, source.id AS sid, inserted.n * 10 AS ten;"
    )
    assert result.columns == ["$action", "id", "id", "v", "n", "sid", "ten"]
    assert sorted(result.rows, key=str) == [
        ("DELETE", 2, None, None, None, 2, None),
        ("DELETE", 4, None, None, None, None, None),
        ("INSERT", None, 7, "new", 0, 7, 0),
        ("UPDATE", 1, 1, "A", 2, 1, 20),
        ("UPDATE", 3, 3, "c", -1, None, -10),
    ]


def test_output_into(t: ChangeDatabase) -> None:
    t.run(UPSERT + "OUTPUT $action, deleted.v, inserted.v, source.id INTO log (what, old_v, new_v, from_s);")
    assert sorted(t.rows("SELECT * FROM log"), key=str) == [
        ("DELETE", "b", None, 2),
        ("DELETE", "d", None, None),
        ("INSERT", None, "new", 7),
        ("UPDATE", "a", "A", 1),
        ("UPDATE", "c", "c", None),
    ]


def test_source_may_be_values_a_query_or_a_common_table(t: ChangeDatabase) -> None:
    t.run(
        "MERGE t USING (VALUES (1, 'x'), (5, 'y')) AS s (id, v) ON s.id = t.id "
        "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v, DEFAULT);"
    )
    t.run(
        "MERGE INTO t USING (SELECT id, max(v) AS v FROM s GROUP BY id) q ON q.id = t.id "
        "WHEN MATCHED AND q.v IS NOT NULL THEN UPDATE SET t.v = q.v;"
    )
    t.run(
        "WITH c AS (SELECT 3 AS id) MERGE t USING c ON c.id = t.id "
        "WHEN NOT MATCHED BY SOURCE AND EXISTS (SELECT 1 FROM c WHERE c.id = t.id - 1) THEN DELETE "
        "WHEN MATCHED THEN DELETE;"
    )
    assert t.rows("SELECT * FROM t ORDER BY id") == [(1, "A", 1), (2, "b", 2), (5, "y", 0)]


def test_a_row_may_not_be_changed_twice(t: ChangeDatabase) -> None:
    t.run("INSERT s VALUES (1, 'again')")
    before = t.rows("SELECT * FROM t ORDER BY id")
    with refused(8672):
        t.run("MERGE t USING s ON s.id = t.id WHEN MATCHED THEN UPDATE SET v = s.v;")
    with refused(8672):
        t.run(
            "MERGE t USING s ON s.id = t.id WHEN MATCHED AND s.v = 'A' THEN UPDATE SET v = 'z' "
            "WHEN MATCHED THEN DELETE;"
        )
    assert t.rows("SELECT * FROM t ORDER BY id") == before
    t.run("MERGE t USING s ON s.id = t.id WHEN MATCHED AND s.v = 'again' THEN UPDATE SET v = s.v;")
    assert t.rows("SELECT v FROM t WHERE id = 1") == [("again",)]


def test_constraints_are_those_of_the_result(t: ChangeDatabase) -> None:
    """The key of a deleted row is free for an inserted one; a key that stays is not."""
    t.run(
        "MERGE t USING (SELECT 4 AS id) s ON t.id = 99 "
        "WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id) WHEN NOT MATCHED BY SOURCE AND t.id = 4 THEN DELETE;"
    )
    assert t.rows("SELECT v FROM t WHERE id = 4") == [(None,)]
    with refused(2627, "The duplicate key value is (3)."):
        t.run(
            "MERGE t USING (SELECT 3 AS id) s ON t.id = 99 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);"
        )
    with refused(515, "INSERT fails."):
        t.run("MERGE t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (v) VALUES (s.v);")


def test_identity_is_drawn_for_inserted_rows_only(db: ChangeDatabase) -> None:
    db.create("CREATE TABLE i (id int IDENTITY, k int, v int)")
    db.run("INSERT i VALUES (1, 1), (2, 2)")
    result = db.run(
        "MERGE i USING (VALUES (2, 20), (3, 30), (4, 40)) s (k, v) ON s.k = i.k "
        "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v) "
        "OUTPUT $action, inserted.id, inserted.k;"
    )
    assert sorted(result.rows) == [("INSERT", 3, 3), ("INSERT", 4, 4), ("UPDATE", 2, 2)]
    assert result.identity == 4
    assert db.rows("SELECT id, k, v FROM i ORDER BY id") == [(1, 1, 1), (2, 2, 20), (3, 3, 30), (4, 4, 40)]


def test_top_limits_the_changes(t: ChangeDatabase) -> None:
    assert (
        t.run(
            "MERGE TOP (1) t USING s ON s.id = t.id WHEN MATCHED THEN UPDATE SET v = 'x' "
            "WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);"
        ).count
        == 1
    )


@pytest.mark.parametrize(
    ("number", "statement"),
    [
        (10713, "MERGE t USING s ON s.id = t.id WHEN MATCHED THEN DELETE"),
        (10710, "MERGE t USING s ON s.id = t.id WHEN MATCHED THEN INSERT (id) VALUES (1);"),
        (10710, "MERGE t USING s ON s.id = t.id WHEN NOT MATCHED THEN DELETE;"),
        (
            10714,
            "MERGE t USING s ON s.id = t.id WHEN MATCHED AND 1 = 1 THEN DELETE WHEN MATCHED THEN DELETE;",
        ),
        (5324, "MERGE t USING s ON s.id = t.id WHEN MATCHED THEN DELETE WHEN MATCHED THEN UPDATE SET v = 1;"),
        (207, "MERGE t USING s ON s.id = t.id WHEN NOT MATCHED THEN INSERT (id) VALUES (n);"),
        (4104, "MERGE t USING s ON s.id = t.id WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = s.v;"),
        (209, "MERGE t USING s ON s.id = t.id WHEN MATCHED THEN UPDATE SET v = v;"),
        (110, "MERGE t USING s ON s.id = t.id WHEN NOT MATCHED THEN INSERT (id) VALUES (1, 2);"),
        (213, "MERGE t USING s ON s.id = t.id WHEN NOT MATCHED THEN INSERT VALUES (1, 2);"),
        (40517, "MERGE t USING s JOIN s x ON x.id = s.id ON s.id = t.id WHEN MATCHED THEN DELETE;"),
        (156, "MERGE t USING s ON s.id = t.id JOIN s AS u ON u.id = t.id WHEN MATCHED THEN DELETE;"),
        (156, "MERGE t USING s ON s.id = t.id WHERE 1 = 1 WHEN MATCHED THEN DELETE;"),
        (207, "INSERT t (id) OUTPUT $action VALUES (50)"),
        (4108, "MERGE t USING s ON s.id = t.id WHEN MATCHED THEN UPDATE SET v = RANK() OVER (ORDER BY s.v);"),
        (
            4108,
            "MERGE t USING s ON s.id = t.id WHEN NOT MATCHED THEN INSERT (id) "
            "VALUES (ROW_NUMBER() OVER (ORDER BY s.id));",
        ),
        (4108, "MERGE t USING s ON s.id = RANK() OVER (ORDER BY t.id) WHEN MATCHED THEN DELETE;"),
    ],
)
def test_refusals(t: ChangeDatabase, number: int, statement: str) -> None:
    with refused(number):
        t.run(statement)
