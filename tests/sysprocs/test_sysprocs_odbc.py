"""The catalog procedures for ODBC: their columns as Microsoft Learn lists them, their rows as created."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sysprocs.conftest import Ask

SP_COLUMNS = (
    "TABLE_QUALIFIER TABLE_OWNER TABLE_NAME COLUMN_NAME DATA_TYPE TYPE_NAME PRECISION LENGTH SCALE "
    "RADIX NULLABLE REMARKS COLUMN_DEF SQL_DATA_TYPE SQL_DATETIME_SUB CHAR_OCTET_LENGTH "
    "ORDINAL_POSITION IS_NULLABLE SS_DATA_TYPE"
)
LAYOUTS = {
    "sp_tables": ("TABLE_QUALIFIER TABLE_OWNER TABLE_NAME TABLE_TYPE REMARKS"),
    "sp_columns parent": SP_COLUMNS,
    "sp_pkeys parent": ("TABLE_QUALIFIER TABLE_OWNER TABLE_NAME COLUMN_NAME KEY_SEQ PK_NAME"),
    "sp_fkeys parent": (
        "PKTABLE_QUALIFIER PKTABLE_OWNER PKTABLE_NAME PKCOLUMN_NAME FKTABLE_QUALIFIER FKTABLE_OWNER "
        "FKTABLE_NAME FKCOLUMN_NAME KEY_SEQ UPDATE_RULE DELETE_RULE FK_NAME PK_NAME DEFERRABILITY"
    ),
    "sp_statistics parent": (
        "TABLE_QUALIFIER TABLE_OWNER TABLE_NAME NON_UNIQUE INDEX_QUALIFIER INDEX_NAME TYPE "
        "SEQ_IN_INDEX COLUMN_NAME COLLATION CARDINALITY PAGES FILTER_CONDITION"
    ),
    "sp_special_columns parent": (
        "SCOPE COLUMN_NAME DATA_TYPE TYPE_NAME PRECISION LENGTH SCALE PSEUDO_COLUMN"
    ),
    "sp_stored_procedures": (
        "PROCEDURE_QUALIFIER PROCEDURE_OWNER PROCEDURE_NAME NUM_INPUT_PARAMS NUM_OUTPUT_PARAMS "
        "NUM_RESULT_SETS REMARKS PROCEDURE_TYPE"
    ),
    "sp_sproc_columns p": (
        "PROCEDURE_QUALIFIER PROCEDURE_OWNER PROCEDURE_NAME COLUMN_NAME COLUMN_TYPE DATA_TYPE "
        "TYPE_NAME PRECISION LENGTH SCALE RADIX NULLABLE REMARKS COLUMN_DEF SQL_DATA_TYPE "
        "SQL_DATETIME_SUB CHAR_OCTET_LENGTH ORDINAL_POSITION IS_NULLABLE SS_DATA_TYPE"
    ),
    "sp_table_privileges parent": (
        "TABLE_QUALIFIER TABLE_OWNER TABLE_NAME GRANTOR GRANTEE PRIVILEGE IS_GRANTABLE"
    ),
    "sp_databases": ("DATABASE_NAME DATABASE_SIZE REMARKS"),
    "sp_server_info": ("ATTRIBUTE_ID ATTRIBUTE_NAME ATTRIBUTE_VALUE"),
    "sp_tablecollations_100 parent": ("colid name tds_collation_100 collation_100"),
}


@pytest.mark.parametrize("call", LAYOUTS)
def test_columns_are_the_documented_ones(ask: Ask, call: str) -> None:
    answer = ask(call)
    assert [column.name for column in answer.columns] == LAYOUTS[call].split()
    assert answer.rows


def names(ask: Ask, call: str) -> list[str]:
    return [record["TABLE_NAME"] for record in ask(call).records]


def test_tables_by_pattern_kind_and_schema(ask: Ask) -> None:
    everything = ["child", "parent", 'odd \'na]me "q"', "v"]
    assert names(ask, "sp_tables") == everything
    assert names(ask, "sp_tables N'PA%'") == ["parent"]
    assert names(ask, "sp_tables 'c_ild'") == ["child"]
    assert names(ask, "EXEC sp_tables 'c_ild', @fUsePattern = 0") == []
    assert names(ask, "sp_tables @table_type = '''VIEW'''") == ["v"]
    assert names(ask, "sp_tables @table_type = \"'TABLE','VIEW'\"") == everything
    assert names(ask, "sp_tables @table_owner = 'sales'") == ['odd \'na]me "q"']
    assert names(ask, "sp_tables ''") == []
    assert names(ask, "EXEC other.sys.sp_tables") == ["elsewhere"]
    assert names(ask, "EXEC other..sp_tables @table_qualifier = 'other'") == ["elsewhere"]
    assert names(ask, "sp_tableswc @table_qualifier = 'o%'") == ["elsewhere"]


def test_lists_of_databases_schemas_and_kinds(ask: Ask) -> None:
    assert [r[0] for r in ask("sp_tables '', '', '%'").rows] == [
        "master",
        "model",
        "msdb",
        "other",
        "shop",
        "tempdb",
    ]
    assert [r[1] for r in ask("sp_tables '', '%', ''").rows] == [
        "dbo",
        "guest",
        "INFORMATION_SCHEMA",
        "sales",
        "sys",
    ]
    assert [r[3] for r in ask("sp_tables '', '', '', '%'").rows] == ["SYSTEM TABLE", "TABLE", "VIEW"]


@pytest.mark.parametrize(
    "call",
    [
        "sp_tables @table_qualifier = 'other'",
        "sp_columns 'parent', NULL, 'other'",
        "sp_pkeys 'parent', NULL, 'other'",
        "sp_fkeys 'parent', NULL, 'other'",
        "sp_statistics 'parent', NULL, 'other'",
        "sp_special_columns 'parent', NULL, 'other'",
        "sp_stored_procedures NULL, NULL, 'other'",
        "sp_sproc_columns 'p', NULL, 'other'",
    ],
)
def test_another_database_must_be_asked_itself(ask: Ask, call: str) -> None:
    assert ask(call).errors == [15250]


def test_columns_in_both_versions_of_odbc(ask: Ask) -> None:
    def shown(call: str) -> dict[str, tuple[Any, ...]]:
        keys = ("DATA_TYPE", "TYPE_NAME", "PRECISION", "LENGTH", "SCALE", "NULLABLE", "SS_DATA_TYPE")
        return {r["COLUMN_NAME"]: tuple(r[k] for k in keys) for r in ask(call).records}

    found = shown("sp_columns_100 'child', @ODBCVer = 3")
    assert found["id"] == (4, "int identity", 10, 4, 0, 0, 56)
    assert found["b"] == (12, "varchar", 10, 10, None, 1, 39)
    assert found["dto"] == (-155, "datetimeoffset", 31, 20, 4, 1, 0)
    assert found["t7"] == (-154, "time", 16, 12, 7, 1, 0)
    assert found["m"] == (3, "money", 19, 21, 4, 1, 110)
    assert found["fl"] == (6, "float", 53, 8, None, 1, 109)
    assert found["dt"] == (93, "datetime", 23, 16, 3, 1, 111)
    assert found["nc"] == (-8, "nchar", 4, 8, None, 1, 39)
    assert found["bg"] == (-5, "bigint", 19, 8, 0, 1, 108)
    assert found["d38"] == (3, "decimal", 38, 40, 10, 1, 106)
    assert found["vb"] == (-3, "varbinary", 0, 0, None, 1, 37)
    assert found["bt"] == (-7, "bit", 1, 1, None, 0, 50)
    assert shown("sp_columns_100 'child', @ODBCVer = 2")["dt"][0] == 11


def test_keys(ask: Ask) -> None:
    assert ask("sp_pkeys 'PARENT'").rows == [
        ("shop", "dbo", "parent", "a", 1, "pk_parent"),
        ("shop", "dbo", "parent", "b", 2, "pk_parent"),
    ]
    assert ask("sp_pkeys 'parent', 'sales'").rows == []
    both = [
        ("shop", "dbo", "parent", key, "shop", "dbo", "child", key, i, 1, 1, "fk_parent", "pk_parent", 7)
        for i, key in enumerate("ab", 1)
    ]
    assert ask("sp_fkeys 'parent'").rows == both
    assert ask("sp_fkeys @fktable_name = 'child'").rows == both
    assert ask("sp_fkeys 'parent', @fktable_name = 'nope'").rows == []
    assert ask("sp_fkeys").errors == [15252]
    assert [r["COLUMN_NAME"] for r in ask("sp_special_columns 'parent'").records] == ["a", "b"]
    assert ask("sp_special_columns 'parent', @col_type = 'V'").rows == []
    assert ask("sp_special_columns 'v'").rows == []


def test_statistics(ask: Ask) -> None:
    keys = ("NON_UNIQUE", "INDEX_NAME", "TYPE", "SEQ_IN_INDEX", "COLUMN_NAME", "CARDINALITY")
    found = [tuple(r[k] for k in keys) for r in ask("sp_statistics 'parent'").records]
    assert found == [
        (None, None, 0, None, None, 1),
        (0, "pk_parent", 1, 1, "a", None),
        (0, "pk_parent", 1, 2, "b", None),
        (0, "uq_c", 3, 1, "c", None),
    ]
    assert "ix_child" in [r["INDEX_NAME"] for r in ask("sp_statistics 'child'").records]
    assert "ix_child" not in [r["INDEX_NAME"] for r in ask("sp_statistics 'child', @is_unique = 'Y'").records]


def test_parameters_of_procedures(ask: Ask) -> None:
    keys = ("COLUMN_NAME", "COLUMN_TYPE", "DATA_TYPE", "TYPE_NAME", "PRECISION", "LENGTH", "ORDINAL_POSITION")
    found = [tuple(r[k] for k in keys) for r in ask("sp_sproc_columns_100 'p', @ODBCVer = 3").records]
    assert found == [
        ("@RETURN_VALUE", 5, 4, "int", 10, 4, 0),
        ("@a", 1, 4, "int", 10, 4, 1),
        ("@b", 1, -9, "nvarchar", 20, 40, 2),
        ("@c", 2, 3, "decimal", 10, 12, 3),
        ("@d", 1, 93, "datetime2", 23, 16, 4),
        ("@e", 1, -3, "varbinary", 0, 0, 5),
    ]
    assert [r["PROCEDURE_NAME"] for r in ask("sp_stored_procedures").records] == ["p;1"]
    assert ask("sp_stored_procedures 'q%'").rows == []


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (12, [("varchar", 8000)]),
        (-9, [("nvarchar", 4000), ("sysname", 128)]),
        (-3, [("varbinary", 8000)]),
        (93, [("datetime2", 27), ("datetime", 23), ("smalldatetime", 16)]),
        (4, [("int", 10), ("int identity", 10)]),
        (3, [("decimal", 38), ("money", 19), ("smallmoney", 10), ("decimal() identity", 38)]),
        (-1, []),
    ],
)
def test_data_types_by_code(ask: Ask, code: int, wanted: list[tuple[str, int]]) -> None:
    found = ask(f"sp_datatype_info_100 {code}, 3").records
    assert [(r["TYPE_NAME"], r["PRECISION"]) for r in found] == wanted


def test_data_types_of_odbc_2(ask: Ask) -> None:
    found = ask("sp_datatype_info -9").records
    assert found[0]["TYPE_NAME"] == "nvarchar"
    assert {"date", "time", "datetime2"} < {r["TYPE_NAME"] for r in found}


@pytest.mark.parametrize(
    "call",
    [
        "sp_rename 'a', 'b'",
        "sp_spaceused",
        "sp_addextendedproperty 'a', 'b'",
        "sp_set_session_context 'a', 1",
        "sp_who2",
        "xp_cmdshell 'dir'",
        "master..xp_fixeddrives",
        "sp_oacreate 'x'",
        "nope.sys.sp_tables",
    ],
)
def test_what_is_missing_is_not_found(ask: Ask, call: str) -> None:
    assert ask(f"EXEC {call}").errors == [2812]


def test_tempdb_is_refused(ask: Ask) -> None:
    assert ask("EXEC tempdb.sys.sp_columns '#t'").errors == [40514]


def test_a_system_procedure_runs_in_the_database_of_its_name(ask: Ask) -> None:
    assert ask("EXEC other.sys.sp_executesql N'SELECT DB_NAME(), COUNT(*) FROM elsewhere'").rows == [
        ("other", 0)
    ]
    assert ask("SELECT DB_NAME()").rows == [("shop",)]


def test_help(ask: Ask) -> None:
    answer = ask("sp_help 'child'")
    assert not answer.errors
    about, columns, identity, indexes = (rows for _, rows in answer.sets)
    assert about[0][:3] == ("child", "dbo", "user table")
    assert [row[0] for row in columns][:3] == ["id", "a", "b"]
    assert identity == [("id", 5, 2, 0)]
    assert ("ux_child", "nonclustered, unique located on PRIMARY", "m") in indexes
    parameters = ask("sp_help p").sets[1][1]
    assert [row[:3] for row in parameters][1:3] == [("@b", "nvarchar", 40), ("@c", "decimal", 9)]
    assert len(ask("sp_help").rows) > 10
    assert ask("sp_help nope").errors == [15009]
    assert ask("sp_helpindex parent").rows == [
        ("pk_parent", "clustered, unique, primary key located on PRIMARY", "a, b"),
        ("uq_c", "nonclustered, unique, unique key located on PRIMARY", "c"),
    ]
    assert (
        "".join(row[0] for row in ask("sp_helptext v").rows) == "CREATE VIEW v AS SELECT a, b, c FROM parent"
    )
    assert ask("sp_helptext parent").errors == [15009]
    assert ("shop", "sa") in [(row[0], row[2]) for row in ask("sp_helpdb").rows]


def test_who(ask: Ask) -> None:
    ((spid,),) = ask("SELECT @@SPID").rows
    mine = [r for r in ask("sp_who").records if r["spid"] == spid]
    assert [(r["loginame"], r["dbname"], r["status"].strip()) for r in mine] == [("sa", "shop", "runnable")]
    assert [r["spid"] for r in ask(f"sp_who '{spid}'").records] == [spid]
    assert ask("sp_who 'nobody'").errors == [15007]
