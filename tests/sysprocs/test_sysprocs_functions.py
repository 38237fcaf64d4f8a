"""Metadata, security and configuration functions with arguments of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from localdb.runtime import values
from localdb.runtime.sysfuncs.registry import FUNCTIONS
from localdb.tsql.system_functions import SYSTEM_VALUES
from tests.sysprocs.conftest import Ask


def test_the_compiler_and_the_runtime_know_the_same_names() -> None:
    provided = {name if name.startswith("@@") else f"{name}()" for name in FUNCTIONS} | set(values._STATE)
    assert provided == set(SYSTEM_VALUES)


SAME_OBJECT = (
    "parent",
    "dbo.parent",
    "[dbo].[parent]",
    '"dbo"."PARENT"',
    "shop..parent",
    " [shop] . dbo . parent ",
)


@pytest.mark.parametrize("name", SAME_OBJECT)
def test_object_id_reads_names_as_sql_does(ask: Ask, name: str) -> None:
    ((found, wanted),) = ask(
        f"SELECT OBJECT_ID('{name}'), object_id FROM sys.tables WHERE name = 'parent'"
    ).rows
    assert found == wanted


CASES: list[tuple[str, Any]] = [
    ("OBJECT_ID(NULL)", None),
    ("OBJECT_ID('')", None),
    ("OBJECT_ID('nope')", None),
    ("OBJECT_ID('a.b.c.d.e')", None),
    ("OBJECT_ID('[unclosed')", None),
    ("OBJECT_ID('parent', 'V')", None),
    ("OBJECT_ID('nope.dbo.parent')", None),
    ("OBJECT_NAME(OBJECT_ID('v', 'V'))", "v"),
    ("OBJECT_NAME(OBJECT_ID('p', 'p'))", "p"),
    ("OBJECT_NAME(OBJECT_ID('pk_parent', 'PK'))", "pk_parent"),
    ("OBJECT_NAME(OBJECT_ID('ck_a', 'C'))", "ck_a"),
    ("OBJECT_NAME(OBJECT_ID('df_c', 'D'))", "df_c"),
    ("OBJECT_NAME(OBJECT_ID('ux_child'))", None),
    ("OBJECT_NAME(OBJECT_ID('sales.[odd ''na]]me \"q\"]'))", 'odd \'na]me "q"'),
    ("OBJECT_SCHEMA_NAME(OBJECT_ID('sales.[odd ''na]]me \"q\"]'))", "sales"),
    ("OBJECT_NAME(OBJECT_ID('other..elsewhere'), DB_ID('other'))", "elsewhere"),
    ("OBJECT_NAME(NULL)", None),
    ("OBJECT_NAME(OBJECT_ID('parent'), NULL)", None),
    ("OBJECT_NAME(0)", None),
    ("OBJECT_DEFINITION(OBJECT_ID('v'))", "CREATE VIEW v AS SELECT a, b, c FROM parent"),
    ("OBJECT_DEFINITION(OBJECT_ID('parent'))", None),
    ("OBJECTPROPERTY(OBJECT_ID('child'), 'TableHasIdentity')", 1),
    ("OBJECTPROPERTY(OBJECT_ID('parent'), 'TableHasIdentity')", 0),
    ("OBJECTPROPERTY(OBJECT_ID('pk_parent'), 'IsPrimaryKey')", 1),
    ("OBJECTPROPERTY(NULL, 'IsTable')", None),
    ("COL_LENGTH('parent', 'b')", 10),
    ("COL_LENGTH('dbo.parent', 'H')", 60),
    ("COL_LENGTH('parent', 'e')", -1),
    ("COL_LENGTH('v', 'b')", 10),
    ("COL_LENGTH('parent', 'nope')", None),
    ("COL_LENGTH('nope', 'b')", None),
    ("COL_LENGTH(NULL, 'b')", None),
    ("COL_LENGTH('other..elsewhere', 'z')", 4),
    ("COL_NAME(OBJECT_ID('parent'), 2)", "b"),
    ("COL_NAME(OBJECT_ID('parent'), 99)", None),
    ("COLUMNPROPERTY(OBJECT_ID('child'), 'id', 'IsIdentity')", 1),
    ("COLUMNPROPERTY(OBJECT_ID('child'), 'd38', 'Precision')", 38),
    ("COLUMNPROPERTY(OBJECT_ID('child'), 'd38', 'Scale')", 10),
    ("COLUMNPROPERTY(OBJECT_ID('parent'), 'b', 'AllowsNull')", 0),
    ("COLUMNPROPERTY(OBJECT_ID('p'), '@c', 'IsOutParam')", 1),
    ("COLUMNPROPERTY(OBJECT_ID('parent'), 'nope', 'AllowsNull')", None),
    ("TYPE_ID('int')", 56),
    ("TYPE_ID('sys.nvarchar')", 231),
    ("TYPE_ID('numeric')", 108),
    ("TYPE_ID('nope')", None),
    ("TYPE_NAME(256)", "sysname"),
    ("TYPE_NAME(108)", "numeric"),
    ("TYPE_NAME(999)", None),
    ("SCHEMA_ID('sales')", 5),
    ("SCHEMA_ID(NULL)", None),
    ("SCHEMA_NAME()", "dbo"),
    ("SCHEMA_NAME(4)", "sys"),
    ("SCHEMA_NAME(NULL)", None),
    ("DB_NAME()", "shop"),
    ("DB_NAME(DB_ID('OTHER'))", "other"),
    ("DB_ID('tempdb')", 2),
    ("DB_ID('nope')", None),
    ("DB_NAME(99)", None),
    ("DB_NAME(0)", "shop"),
    ("DATABASEPROPERTYEX('shop', 'Updateability')", "READ_WRITE"),
    ("DATABASEPROPERTYEX('nope', 'Updateability')", None),
    ("CAST(SERVERPROPERTY('ProductMajorVersion') AS int)", 16),
    ("CAST(SERVERPROPERTY('IsAdvancedAnalyticsInstalled') AS int)", 1),
    ("IDENT_SEED('child')", 5),
    ("IDENT_INCR('child')", 2),
    ("IDENT_CURRENT('child')", 5),
    ("IDENT_CURRENT('parent')", None),
    ("IDENT_CURRENT('nope')", None),
    ("USER_NAME()", "dbo"),
    ("USER_NAME(2)", "guest"),
    ("USER_ID('nope')", None),
    ("SUSER_SNAME()", "sa"),
    ("SUSER_SNAME(0x01)", "sa"),
    ("SUSER_SNAME(0x03)", "sysadmin"),
    ("SUSER_SNAME(0x0304)", None),
    ("SUSER_SID()", b"\x01"),
    ("SUSER_NAME(1)", "sa"),
    ("SYSTEM_USER", "sa"),
    ("CURRENT_USER", "dbo"),
    ("HOST_NAME()", "here"),
    ("APP_NAME()", "tests"),
    ("IS_SRVROLEMEMBER('sysadmin')", 1),
    ("IS_SRVROLEMEMBER('nope')", None),
    ("IS_MEMBER('db_owner')", 1),
    ("IS_MEMBER('db_denydatareader')", 0),
    ("@@MAX_PRECISION", 38),
    ("@@LANGUAGE", "us_english"),
    ("@@LOCK_TIMEOUT", -1),
]


@pytest.mark.parametrize(("expression", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_a_function_of_constants(ask: Ask, expression: str, wanted: Any) -> None:
    assert ask(f"SELECT {expression}").rows == [(wanted,)]


def test_functions_of_columns_agree_with_those_of_constants(ask: Ask) -> None:
    found = ask(
        "SELECT name, object_id, OBJECT_NAME(object_id), OBJECT_SCHEMA_NAME(parent_object_id), "
        "SCHEMA_NAME(schema_id), OBJECTPROPERTY(object_id, 'IsUserTable') FROM sys.objects"
    ).rows
    assert len(found) > 10
    for name, object_id, shown, _, schema, is_table in found:
        assert shown == name
        ((again, schema_again, table_again),) = ask(
            f"SELECT OBJECT_NAME({object_id}), OBJECT_SCHEMA_NAME({object_id}), "
            f"OBJECTPROPERTY({object_id}, 'IsUserTable')"
        ).rows
        assert again == name
        assert schema_again == schema
        assert is_table is None or is_table == table_again


def test_temporary_tables_belong_to_tempdb(ask: Ask) -> None:
    answer = ask(
        "CREATE TABLE #t (a int, b varchar(7)) SELECT OBJECT_ID('#t'), OBJECT_ID('tempdb..#t', 'U'), "
        "COL_LENGTH('tempdb..#t', 'b'), OBJECT_NAME(OBJECT_ID('tempdb..#t'), DB_ID('tempdb'))"
    )
    ((here, there, length, name),) = answer.rows
    assert here is None
    assert there < 0
    assert (length, name) == (7, "#t")
    assert ask("DROP TABLE #t SELECT OBJECT_ID('tempdb..#t')").rows == [(None,)]


@pytest.mark.parametrize(
    "expression",
    [
        "OBJECT_ID('sys.tables')",
        "SERVERPROPERTY('nope')",
        "DATABASEPROPERTYEX('shop', 'nope')",
        "COLUMNPROPERTY(OBJECT_ID('parent'), 'a', 'nope')",
        "OBJECTPROPERTY(OBJECT_ID('parent'), 'nope')",
    ],
)
def test_what_is_not_known_is_refused(ask: Ask, expression: str) -> None:
    assert ask(f"SELECT {expression}").errors == [40514]


def test_arguments_are_counted(ask: Ask) -> None:
    assert ask("SELECT OBJECT_ID()").errors == [189]
    assert ask("SELECT COL_LENGTH('parent')").errors == [174]
