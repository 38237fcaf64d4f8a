"""The server and its data types for ODBC drivers: SQLGetTypeInfo, SQLGetInfo; collations for bulk copies.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-datatype-info-transact-sql
and .../sp-server-info-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.errors import sql_error
from localdb.runtime.procedure_call import Argument, Call, Flow, Parameter, SystemProcedure
from localdb.runtime.sysfuncs.registry import COLLATION, PRODUCT_VERSION
from localdb.runtime.sysprocs.odbc_result import columns
from localdb.runtime.sysprocs.odbc_type_rows import DATA_TYPES, DataType
from localdb.types import INT, SMALLINT, SYSNAME, TINYINT, SqlType, nvarchar, varchar

_DATATYPES = columns(
    ("TYPE_NAME", SYSNAME),
    ("DATA_TYPE", SMALLINT),
    ("PRECISION", INT),
    ("LITERAL_PREFIX", varchar(32)),
    ("LITERAL_SUFFIX", varchar(32)),
    ("CREATE_PARAMS", varchar(32)),
    ("NULLABLE", SMALLINT),
    ("CASE_SENSITIVE", SMALLINT),
    ("SEARCHABLE", SMALLINT),
    ("UNSIGNED_ATTRIBUTE", SMALLINT),
    ("MONEY", SMALLINT),
    ("AUTO_INCREMENT", SMALLINT),
    ("LOCAL_TYPE_NAME", SYSNAME),
    ("MINIMUM_SCALE", SMALLINT),
    ("MAXIMUM_SCALE", SMALLINT),
    ("SQL_DATA_TYPE", SMALLINT),
    ("SQL_DATETIME_SUB", SMALLINT),
    ("NUM_PREC_RADIX", INT),
    ("INTERVAL_PRECISION", SMALLINT),
    ("USERTYPE", SMALLINT),
)


def _datatype_row(known: DataType, version: int) -> tuple[Any, ...]:
    odbc = known.odbc
    return (
        known.name,
        odbc.code(version),
        known.precision,
        known.prefix,
        known.suffix,
        known.create_parameters,
        int(known.nullable),
        0,
        odbc.searchable,
        odbc.unsigned,
        int(odbc.is_money),
        known.auto_increment,
        known.name,
        *known.scales,
        odbc.verbose_code(version),
        odbc.datetime_sub(version),
        odbc.radix,
        None,
        known.user_type,
    )


def _run_datatype_info(call: Call) -> Flow:
    """sp_datatype_info and sp_datatype_info_100: the data types that the server knows.

    Drivers take the first row of a code for what the server has at best: datetime2 before datetime.
    """
    version = call.value("@odbcver") or 2
    wanted = call.value("@data_type") or 0
    found = [known for known in DATA_TYPES if wanted in (0, known.odbc.code(version))]
    found.sort(key=lambda known: known.order(version))
    yield from call.result(_DATATYPES, [_datatype_row(known, version) for known in found])
    return 0


_SERVER_INFO = columns(
    ("ATTRIBUTE_ID", INT), ("ATTRIBUTE_NAME", varchar(60)), ("ATTRIBUTE_VALUE", varchar(255))
)
_ATTRIBUTES = (
    (1, "DBMS_NAME", "Microsoft SQL Server"),
    (2, "DBMS_VER", f"Microsoft SQL Server 2022 - {PRODUCT_VERSION}"),
    (10, "OWNER_TERM", "owner"),
    (11, "TABLE_TERM", "table"),
    (12, "MAX_OWNER_NAME_LENGTH", "128"),
    (13, "TABLE_LENGTH", "128"),
    (14, "MAX_QUAL_LENGTH", "128"),
    (15, "COLUMN_LENGTH", "128"),
    (16, "IDENTIFIER_CASE", "MIXED"),
    (17, "TX_ISOLATION", "2"),
    (18, "COLLATION_SEQ", "charset=iso_1 sort_order=nocase_iso charset_num=1 sort_order_num=52"),
    (19, "SAVEPOINT_SUPPORT", "N"),
    (20, "MULTI_RESULT_SETS", "Y"),
    (22, "ACCESSIBLE_TABLES", "Y"),
    (100, "USERID_LENGTH", "128"),
    (101, "QUALIFIER_TERM", "database"),
    (102, "NAMED_TRANSACTIONS", "Y"),
    (103, "SPROC_AS_LANGUAGE", "Y"),
    (104, "ACCESSIBLE_SPROC", "Y"),
    (105, "MAX_INDEX_COLS", "32"),
    (106, "RENAME_TABLE", "N"),
    (107, "RENAME_COLUMN", "N"),
    (108, "DROP_COLUMN", "Y"),
    (109, "INCREASE_COLUMN_LENGTH", "Y"),
    (110, "DDL_IN_TRANSACTION", "Y"),
    (111, "DESCENDING_INDEXES", "Y"),
    (112, "SP_RENAME", "N"),
    (113, "REMOTE_SPROC", "N"),
    (500, "SYS_SPROC_VERSION", "16.00.1000"),
)


def _run_server_info(call: Call) -> Flow:
    """sp_server_info: names and limits, of one attribute or of all."""
    wanted = call.value("@attribute_id")
    yield from call.result(_SERVER_INFO, [row for row in _ATTRIBUTES if wanted in (None, row[0])])
    return 0


_TDS_COLLATION = bytes.fromhex("0904d00034")
"""SQL_Latin1_General_CP1_CI_AS on the wire: MS-TDS 2.2.5.1.2."""
_TABLE_COLLATIONS = columns(
    ("colid", INT),
    ("name", SYSNAME),
    ("tds_collation_100", SqlType("binary", length=5)),
    ("collation_100", SYSNAME),
)


def _run_table_collations(call: Call) -> Flow:
    """sp_tablecollations_100: asked before a bulk copy. 15009 when there is no such table."""
    name = call.value("@object")
    argument = Argument("@name", nvarchar(4000), name)
    ((object_id,),) = call.query("SELECT OBJECT_ID(@name)", [argument])
    if object_id is None:
        raise sql_error(15009, name, call.frame.database)
    found = call.query(
        "SELECT column_id, name, collation_name FROM sys.columns WHERE object_id = OBJECT_ID(@name) "
        "ORDER BY column_id",
        [argument],
    )
    rows = [
        (n, column, _TDS_COLLATION if text else None, COLLATION if text else None)
        for n, column, text in found
    ]
    yield from call.result(_TABLE_COLLATIONS, rows)
    return 0


_DATATYPE_PARAMETERS = (Parameter("@data_type", INT, 0), Parameter("@odbcver", TINYINT, 2))

PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_datatype_info": SystemProcedure(_run_datatype_info, _DATATYPE_PARAMETERS),
    "sp_datatype_info_90": SystemProcedure(_run_datatype_info, _DATATYPE_PARAMETERS),
    "sp_datatype_info_100": SystemProcedure(_run_datatype_info, _DATATYPE_PARAMETERS),
    "sp_server_info": SystemProcedure(_run_server_info, (Parameter("@attribute_id", INT, None),)),
    "sp_tablecollations_100": SystemProcedure(_run_table_collations, (Parameter("@object", nvarchar(4000)),)),
}
