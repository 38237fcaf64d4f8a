"""Keys, CHECK and FOREIGN KEY: SQL Server's texts, and nothing changed after a violation."""

from __future__ import annotations

import pytest
from change_database import ChangeDatabase, refused


@pytest.fixture
def t(db: ChangeDatabase) -> ChangeDatabase:
    db.create("""
        CREATE TABLE parent (id int NOT NULL CONSTRAINT pk_parent PRIMARY KEY, code varchar(5) NULL,
                             CONSTRAINT uq_code UNIQUE (code))
        CREATE TABLE child (id int NOT NULL, parent_id int NULL, qty int,
                            CONSTRAINT fk_parent FOREIGN KEY (parent_id) REFERENCES parent (id),
                            CONSTRAINT ck_qty CHECK (qty > 0))
        CREATE TABLE pair (a varchar(5) NULL, b int NULL, c int NULL)
        CREATE UNIQUE INDEX ux_pair ON pair (a, b)
        CREATE TABLE node (id int NOT NULL PRIMARY KEY, up int NULL,
                           CONSTRAINT fk_up FOREIGN KEY (up) REFERENCES node (id))
    """)
    db.run("INSERT parent VALUES (1, 'a'), (2, 'b'), (3, NULL)")
    db.run("INSERT child VALUES (10, 1, 5), (11, NULL, NULL)")
    db.run("INSERT pair VALUES ('x', 1, 0), ('x', NULL, 0), (NULL, NULL, 0)")
    db.run("INSERT node VALUES (1, NULL), (2, 1), (3, 2)")
    return db


VIOLATIONS = [
    (
        2627,
        "INSERT parent VALUES (2, 'z')",
        "Violation of PRIMARY KEY constraint 'pk_parent'. Cannot insert duplicate key in object "
        "'dbo.parent'. The duplicate key value is (2).",
    ),
    (2627, "INSERT parent VALUES (7, 'y'), (8, 'y ')", "UNIQUE KEY constraint 'uq_code'"),
    (2627, "INSERT parent VALUES (9, 'A ')", "The duplicate key value is (A )."),
    (2627, "INSERT parent VALUES (9, NULL)", "The duplicate key value is (<NULL>)."),
    (
        2601,
        "INSERT pair VALUES ('X', 1, 5)",
        "Cannot insert duplicate key row in object 'dbo.pair' with unique index 'ux_pair'. "
        "The duplicate key value is (X, 1).",
    ),
    (2601, "INSERT pair VALUES (NULL, NULL, 5)", "(<NULL>, <NULL>)"),
    (2601, "INSERT pair VALUES ('q', NULL, 5), ('q', NULL, 6)", "(q, <NULL>)"),
    (2627, "UPDATE parent SET id = 3 WHERE id = 2", "(3)"),
    (2627, "UPDATE parent SET id = 9 WHERE id > 1", "(9)"),
    (2601, "UPDATE pair SET b = NULL", "(x, <NULL>)"),
    (
        547,
        "INSERT child VALUES (12, 2, 0)",
        'The INSERT statement conflicted with the CHECK constraint "ck_qty". The conflict occurred in '
        'database "shop", '
        "table \"dbo.child\", column 'qty'.",
    ),
    (
        547,
        "UPDATE child SET qty = qty - 5",
        'The UPDATE statement conflicted with the CHECK constraint "ck_qty"',
    ),
    (
        547,
        "INSERT child VALUES (12, 4, 1)",
        'The INSERT statement conflicted with the FOREIGN KEY constraint "fk_parent". The conflict occurred '
        'in database "shop", table "dbo.parent", column \'id\'.',
    ),
    (
        547,
        "UPDATE child SET parent_id = 4",
        "The UPDATE statement conflicted with the FOREIGN KEY constraint",
    ),
    (
        547,
        "DELETE parent WHERE id = 1",
        'The DELETE statement conflicted with the REFERENCE constraint "fk_parent". The conflict occurred '
        'in database "shop", table "dbo.child", column \'parent_id\'.',
    ),
    (
        547,
        "UPDATE parent SET id = 9 WHERE id = 1",
        "The UPDATE statement conflicted with the REFERENCE constraint",
    ),
    (
        547,
        "MERGE parent USING (SELECT 1 AS x) s ON parent.id = s.x WHEN MATCHED THEN DELETE;",
        "The MERGE statement conflicted with the REFERENCE constraint",
    ),
    (547, "INSERT node VALUES (4, 9)", 'FOREIGN KEY SAME TABLE constraint "fk_up"'),
    (547, "DELETE node WHERE id = 1", 'SAME TABLE REFERENCE constraint "fk_up"'),
    (547, "UPDATE node SET id = 9 WHERE id = 2", "The UPDATE statement conflicted with the"),
    (515, "INSERT child (parent_id) VALUES (1)", "column 'id', table 'shop.dbo.child'"),
]


@pytest.mark.parametrize(("number", "statement", "text"), VIOLATIONS)
def test_violations(t: ChangeDatabase, number: int, statement: str, text: str) -> None:
    tables = ("parent", "child", "pair", "node")
    before = [sorted(t.rows(f"SELECT * FROM {name}"), key=str) for name in tables]
    with refused(number, text):
        t.run(statement)
    assert [sorted(t.rows(f"SELECT * FROM {name}"), key=str) for name in tables] == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE parent SET id = id + 1 WHERE id > 1",
        "UPDATE parent SET id = CASE id WHEN 2 THEN 3 WHEN 3 THEN 2 ELSE id END",
        "UPDATE parent SET code = code",
        "DELETE parent WHERE id = 2",
        "INSERT child VALUES (12, NULL, NULL), (12, 3, 1)",
        "INSERT node VALUES (5, 5), (6, 5)",
        "INSERT node VALUES (7, 8), (8, 7)",
        "DELETE node",
        "DELETE node WHERE id > 1",
        "UPDATE node SET id = id + 10, up = up + 10",
        "INSERT pair VALUES ('x', 2, 0), ('y', 1, 0), (NULL, 1, 0)",
        "UPDATE pair SET c = 5",
    ],
)
def test_what_is_allowed(t: ChangeDatabase, statement: str) -> None:
    assert t.run(statement).count > 0


def test_check_over_several_columns_names_none(db: ChangeDatabase) -> None:
    db.create("CREATE TABLE c (a int, b int, CONSTRAINT ck CHECK (a < b AND a IN (1, 2) OR [c].[b] IS NULL))")
    db.run("INSERT c VALUES (1, 2), (5, NULL), (NULL, 3)")
    with refused(547, 'table "dbo.c".'):
        db.run("INSERT c VALUES (2, 2)")
    with refused(547):
        db.run("UPDATE c SET b = 0")
    db.create("CREATE TABLE bad (a int CHECK (a > (SELECT 1)))")
    with refused(1046):
        db.run("INSERT bad VALUES (1)")


def test_keys_of_several_types_are_shown_as_sql_server_shows_them(db: ChangeDatabase) -> None:
    db.create("""
        CREATE TABLE k (a decimal(5, 2), b date, c uniqueidentifier, d varbinary(4), f bit,
                        CONSTRAINT uq UNIQUE (a, b, c, d, f))
    """)
    row = "INSERT k VALUES (1.5, '2024-02-29', '6F9619FF-8B86-D011-B42D-00C04FC964FF', 0xAB01, 1)"
    db.run(row)
    with refused(2627, "(1.50, 2024-02-29, 6F9619FF-8B86-D011-B42D-00C04FC964FF, 0xab01, 1)"):
        db.run(row)


def test_datetimeoffset_keys_compare_by_instant(db: ChangeDatabase) -> None:
    db.create("CREATE TABLE o (a datetimeoffset(0) NOT NULL PRIMARY KEY)")
    db.run("INSERT o VALUES ('2024-01-01 10:00:00 +02:00')")
    with refused(2627):
        db.run("INSERT o VALUES ('2024-01-01 08:00:00 +00:00')")
