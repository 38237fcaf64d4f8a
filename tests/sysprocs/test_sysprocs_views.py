"""The catalog views: every one is read, and what they say is compared with what was created."""

from __future__ import annotations

import datetime
import time
import uuid
from decimal import Decimal
from typing import Any

import pytest

from localdb.runtime.instance import Instance
from localdb.runtime.views.system_views import SystemViews
from localdb.types import ObjectName
from tests.sysprocs.conftest import Ask

VIEWS = SystemViews()
NAMES = [str(name) for name in VIEWS.names()]
PYTHON_TYPES: dict[str, type[Any] | tuple[type[Any], ...]] = {
    "bit": bool,
    "tinyint": int,
    "smallint": int,
    "int": int,
    "bigint": int,
    "float": float,
    "nchar": str,
    "nvarchar": str,
    "varchar": str,
    "char": str,
    "datetime": datetime.datetime,
    "datetime2": datetime.datetime,
    "varbinary": bytes,
    "uniqueidentifier": uuid.UUID,
}


@pytest.mark.parametrize("name", NAMES)
def test_every_view_answers_with_its_columns_and_types(ask: Ask, name: str) -> None:
    answer = ask(f"SELECT * FROM {name}")
    relation = VIEWS.relation(ObjectName(*reversed(name.split("."))), "shop")
    assert relation is not None
    assert [(c.name, c.type) for c in answer.columns] == [(c.name, c.type) for c in relation.columns]
    for row in answer.rows:
        for cell, column in zip(row, answer.columns, strict=True):
            if cell is None:
                assert column.nullable, column.name
            else:
                assert isinstance(cell, PYTHON_TYPES[column.type.name]), column.name
                if column.type.length not in (None, -1) and isinstance(cell, str):
                    assert len(cell) <= (column.type.length or 0), column.name


@pytest.mark.parametrize("name", NAMES)
def test_a_view_costs_little(ask: Ask, name: str) -> None:
    ask(f"SELECT * FROM {name}")
    seconds = []
    for _ in range(10):
        # Processor time: other programs may be running.
        start = time.process_time()
        ask(f"SELECT * FROM {name}")
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.03


def test_columns_have_the_ids_and_sizes_of_their_types(ask: Ask) -> None:
    found = ask(
        "SELECT name, system_type_id, max_length, precision, scale, is_nullable, is_identity, collation_name "
        "FROM sys.columns WHERE object_id = OBJECT_ID('child')"
    ).rows
    latin = "SQL_Latin1_General_CP1_CI_AS"
    assert found == [
        ("id", 56, 4, 10, 0, False, True, None),
        ("a", 56, 4, 10, 0, True, False, None),
        ("b", 167, 10, 0, 0, True, False, latin),
        ("t0", 41, 3, 8, 0, True, False, None),
        ("t7", 41, 5, 16, 7, True, False, None),
        ("dto", 43, 9, 31, 4, True, False, None),
        ("m", 60, 8, 19, 4, True, False, None),
        ("sm", 122, 4, 10, 4, True, False, None),
        ("r", 59, 4, 24, 0, True, False, None),
        ("fl", 62, 8, 53, 0, True, False, None),
        ("dt", 61, 8, 23, 3, True, False, None),
        ("sd", 58, 4, 16, 0, True, False, None),
        ("da", 40, 3, 10, 0, True, False, None),
        ("ch", 175, 3, 0, 0, True, False, latin),
        ("nc", 239, 8, 0, 0, True, False, latin),
        ("bi", 173, 6, 0, 0, True, False, None),
        ("bt", 104, 1, 1, 0, False, False, None),
        ("ti", 48, 1, 3, 0, True, False, None),
        ("si", 52, 2, 5, 0, True, False, None),
        ("bg", 127, 8, 19, 0, True, False, None),
        ("d5", 106, 5, 5, 0, True, False, None),
        ("d19", 106, 9, 19, 4, True, False, None),
        ("d28", 106, 13, 28, 0, True, False, None),
        ("d38", 106, 17, 38, 10, True, False, None),
        ("vb", 165, -1, 0, 0, True, False, None),
        ("d2", 42, 6, 19, 0, True, False, None),
        ("n", 56, 4, 10, 0, True, False, None),
    ]


def test_parameters_are_measured_like_columns(ask: Ask) -> None:
    found = ask(
        "SELECT name, system_type_id, max_length, precision, scale, is_output FROM sys.parameters "
        "WHERE object_id = OBJECT_ID('p') ORDER BY parameter_id"
    ).rows
    assert found == [
        ("@a", 56, 4, 10, 0, False),
        ("@b", 231, 40, 0, 0, False),
        ("@c", 106, 9, 10, 3, True),
        ("@d", 42, 7, 23, 3, False),
        ("@e", 165, -1, 0, 0, False),
    ]


def test_ids_are_unique_and_join(ask: Ask) -> None:
    ids = [row[0] for row in ask("SELECT object_id FROM sys.objects").rows]
    assert len(ids) == len(set(ids))
    for view in ("key_constraints", "check_constraints", "default_constraints", "foreign_keys", "tables"):
        found = ask(
            f"SELECT k.name, o.name, k.type, o.type FROM sys.{view} k "
            "LEFT JOIN sys.objects o ON o.object_id = k.object_id"
        ).rows
        assert found
        assert all(a == b and c == d for a, b, c, d in found)


def test_defaults_are_found_from_their_columns(ask: Ask) -> None:
    found = ask(
        "SELECT c.name, d.definition, d.is_system_named, OBJECT_NAME(c.default_object_id) "
        "FROM sys.columns c JOIN sys.default_constraints d ON d.object_id = c.default_object_id "
        "AND d.parent_object_id = c.object_id AND d.parent_column_id = c.column_id ORDER BY c.name"
    ).rows
    assert [row[:3] for row in found] == [
        ("bt", "((1))", True),
        ("c", "((3.5))", False),
        ("d2", "(getdate())", True),
        ("h", "(N'x')", True),
        ("n", "((-1))", True),
    ]
    assert found[1][3] == "df_c"
    assert all(row[3].startswith("DF__") for row in found if row[0] != "c")


def test_keys_checks_and_foreign_keys(ask: Ask) -> None:
    keys = ask(
        "SELECT i.name, i.type_desc, i.is_unique, i.is_primary_key, i.is_unique_constraint, c.name "
        "FROM sys.indexes i "
        "JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id "
        "JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id "
        "WHERE i.name NOT LIKE 'PK[_][_]%' ORDER BY i.name, x.key_ordinal"
    ).rows
    assert keys == [
        ("ix_child", "NONCLUSTERED", False, False, False, "a"),
        ("pk_parent", "CLUSTERED", True, True, False, "a"),
        ("pk_parent", "CLUSTERED", True, True, False, "b"),
        ("uq_c", "NONCLUSTERED", True, False, True, "c"),
        ("ux_child", "NONCLUSTERED", True, False, False, "m"),
    ]
    assert ask("SELECT name, definition FROM sys.check_constraints").rows == [
        ("ck_a", "(a > 0 AND b <> 'x')")
    ]
    foreign = ask(
        "SELECT f.name, OBJECT_NAME(f.parent_object_id), OBJECT_NAME(f.referenced_object_id), i.name, "
        "COL_NAME(k.parent_object_id, k.parent_column_id), "
        "COL_NAME(k.referenced_object_id, k.referenced_column_id) FROM sys.foreign_keys f "
        "JOIN sys.foreign_key_columns k ON k.constraint_object_id = f.object_id "
        "JOIN sys.indexes i ON i.object_id = f.referenced_object_id AND i.index_id = f.key_index_id "
        "ORDER BY k.constraint_column_id"
    ).rows
    assert foreign == [
        ("fk_parent", "child", "parent", "pk_parent", "a", "a"),
        ("fk_parent", "child", "parent", "pk_parent", "b", "b"),
    ]


def test_identity_columns(ask: Ask) -> None:
    found = ask("SELECT name, seed_value, increment_value FROM sys.identity_columns").rows
    assert found == [("id", 5, 2)]


def test_modules_keep_their_text(ask: Ask) -> None:
    found = dict(ask("SELECT OBJECT_NAME(object_id), definition FROM sys.sql_modules").rows)
    assert found["v"] == "CREATE VIEW v AS SELECT a, b, c FROM parent"
    assert found["p"].startswith("CREATE PROCEDURE p @a int")


def test_information_schema_columns(ask: Ask) -> None:
    found = ask(
        "SELECT COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, "
        "CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION "
        "FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'parent' ORDER BY ORDINAL_POSITION"
    ).rows
    assert found == [
        ("a", None, "NO", "int", None, None, 10, 0, None),
        ("b", None, "NO", "varchar", 10, 10, None, None, None),
        ("c", "((3.5))", "YES", "decimal", None, None, 10, 2, None),
        ("d", None, "YES", "datetime2", None, None, None, None, 3),
        ("e", None, "YES", "nvarchar", -1, -1, None, None, None),
        ("f", None, "YES", "uniqueidentifier", None, None, None, None, None),
        ("g", None, "YES", "varbinary", 20, 20, None, None, None),
        ("h", "(N'x')", "NO", "nvarchar", 30, 60, None, None, None),
    ]


def test_information_schema_constraints(ask: Ask) -> None:
    found = ask(
        "SELECT CONSTRAINT_NAME, TABLE_NAME, CONSTRAINT_TYPE FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS "
        "WHERE CONSTRAINT_NAME NOT LIKE 'PK[_][_]%' ORDER BY 1"
    ).rows
    assert found == [
        ("ck_a", "parent", "CHECK"),
        ("fk_parent", "child", "FOREIGN KEY"),
        ("pk_parent", "parent", "PRIMARY KEY"),
        ("uq_c", "parent", "UNIQUE"),
    ]
    references = ask(
        "SELECT CONSTRAINT_NAME, UNIQUE_CONSTRAINT_NAME FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS"
    ).rows
    assert references == [("fk_parent", "pk_parent")]


def test_another_database_is_seen_by_its_name(ask: Ask, instance: Instance) -> None:
    assert ask("SELECT name FROM other.sys.tables").rows == [("elsewhere",)]
    assert ask("SELECT TABLE_CATALOG FROM other.INFORMATION_SCHEMA.TABLES").rows == [("other",)]
    assert ask("SELECT name FROM other..sysobjects WHERE xtype = 'U'").rows == [("elsewhere",)]
    assert ask("SELECT name FROM tempdb.sys.tables").errors == [208]
    assert ask("SELECT name FROM sys.no_such_view").errors == [208]
    assert ask("SELECT no_such_column FROM sys.tables").errors == [207]


def test_the_old_system_tables(ask: Ask) -> None:
    old = (
        "SELECT name FROM dbo.sysobjects "
        "WHERE id = OBJECT_ID(N'[dbo].[parent]') AND OBJECTPROPERTY(id, N'IsUserTable') = 1"
    )
    assert ask(old).rows == [("parent",)]
    assert ask("SELECT usertype, type, name FROM systypes WHERE usertype >= 257").rows == []
    assert ask("SELECT name FROM sysusers WHERE uid = USER_ID()").rows == [("dbo",)]


def test_changes_of_the_running_transaction_are_seen_and_undone(ask: Ask) -> None:
    count = "SELECT COUNT(*) FROM sys.tables WHERE name = 'fresh'"
    inside = ask(f"BEGIN TRANSACTION CREATE TABLE fresh (x decimal(9, 2) DEFAULT 0) {count}")
    assert inside.rows == [(1,)]
    assert ask(f"ROLLBACK {count}").rows == [(0,)]


def test_names_compare_without_case_in_views_too(ask: Ask) -> None:
    assert ask("SELECT NAME FROM SYS.TABLES WHERE name = 'PARENT'").rows == [("parent",)]
    assert ask("SELECT Table_Name FROM information_schema.tables WHERE table_name = 'V'").rows == [("v",)]


def test_values_have_sql_types(ask: Ask) -> None:
    assert ask("SELECT SUM(CAST(max_length AS decimal(9, 1))) FROM sys.types").rows[0][0] > Decimal(1)
