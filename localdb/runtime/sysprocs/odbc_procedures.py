"""Procedures and their parameters for ODBC drivers: SQLProcedures, SQLProcedureColumns.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-stored-procedures-transact-sql
and .../sp-sproc-columns-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.runtime.procedure_call import Call, Flow, Parameter, SystemProcedure
from localdb.runtime.sysprocs.odbc_result import (
    check_qualifier,
    columns,
    matches,
    optional,
    pattern_parameter,
    texts,
    uses_patterns,
)
from localdb.runtime.sysprocs.odbc_type_rows import ODBC_TYPES, odbc_length, odbc_precision
from localdb.types import INT, SMALLINT, SYSNAME, TINYINT, nvarchar, varchar

_PROCEDURES = columns(
    ("PROCEDURE_QUALIFIER", SYSNAME),
    ("PROCEDURE_OWNER", SYSNAME),
    ("PROCEDURE_NAME", nvarchar(134)),
    ("NUM_INPUT_PARAMS", INT),
    ("NUM_OUTPUT_PARAMS", INT),
    ("NUM_RESULT_SETS", INT),
    ("REMARKS", varchar(254)),
    ("PROCEDURE_TYPE", SMALLINT),
)


def _run_stored_procedures(call: Call) -> Flow:
    """sp_stored_procedures: the procedures of the current database; PROCEDURE_TYPE 2 returns a value."""
    check_qualifier(call, "@sp_qualifier")
    pattern = uses_patterns(call)
    rows = call.query(
        "SELECT ROUTINE_CATALOG, ROUTINE_SCHEMA, ROUTINE_NAME + N';1', -1, -1, -1, NULL, 2 "
        "FROM INFORMATION_SCHEMA.ROUTINES WHERE "
        + matches("ROUTINE_NAME", "@sp_name", pattern=pattern)
        + " AND "
        + matches("ROUTINE_SCHEMA", "@sp_owner", pattern=pattern)
        + " ORDER BY ROUTINE_SCHEMA, ROUTINE_NAME",
        texts(call, "@sp_name", "@sp_owner"),
    )
    yield from call.result(_PROCEDURES, rows)
    return 0


_SPROC_COLUMNS = columns(
    ("PROCEDURE_QUALIFIER", SYSNAME),
    ("PROCEDURE_OWNER", SYSNAME),
    ("PROCEDURE_NAME", nvarchar(134)),
    ("COLUMN_NAME", SYSNAME),
    ("COLUMN_TYPE", SMALLINT),
    ("DATA_TYPE", SMALLINT),
    ("TYPE_NAME", SYSNAME),
    ("PRECISION", INT),
    ("LENGTH", INT),
    ("SCALE", SMALLINT),
    ("RADIX", SMALLINT),
    ("NULLABLE", SMALLINT),
    ("REMARKS", varchar(254)),
    ("COLUMN_DEF", nvarchar(4000)),
    ("SQL_DATA_TYPE", SMALLINT),
    ("SQL_DATETIME_SUB", SMALLINT),
    ("CHAR_OCTET_LENGTH", INT),
    ("ORDINAL_POSITION", INT),
    ("IS_NULLABLE", varchar(254)),
)
_SS_SPROC_COLUMNS_100 = columns(
    ("SS_UDT_CATALOG_NAME", SYSNAME),
    ("SS_UDT_SCHEMA_NAME", SYSNAME),
    ("SS_UDT_ASSEMBLY_TYPE_NAME", SYSNAME),
    ("SS_XML_SCHEMACOLLECTION_CATALOG_NAME", SYSNAME),
    ("SS_XML_SCHEMACOLLECTION_SCHEMA_NAME", SYSNAME),
    ("SS_XML_SCHEMACOLLECTION_NAME", SYSNAME),
    ("SS_TYPE_CATALOG_NAME", SYSNAME),
    ("SS_TYPE_SCHEMA_NAME", SYSNAME),
)
_SS_DATA_TYPE = columns(("SS_DATA_TYPE", TINYINT))

_INPUT, _INPUT_OUTPUT, _RETURN_VALUE = 1, 2, 5  # COLUMN_TYPE

# Every procedure returns an int; after it come the parameters.
_SPROC_QUERY = """
SELECT SPECIFIC_CATALOG, SPECIFIC_SCHEMA, SPECIFIC_NAME, N'@RETURN_VALUE' AS name, 0 AS position,
  N'RETURN' AS mode, N'int' AS type, NULL AS length, CAST(10 AS int) AS digits, 0 AS scale, NULL AS fraction
FROM INFORMATION_SCHEMA.ROUTINES
UNION ALL
SELECT SPECIFIC_CATALOG, SPECIFIC_SCHEMA, SPECIFIC_NAME, PARAMETER_NAME, ORDINAL_POSITION, PARAMETER_MODE,
  DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, CAST(NUMERIC_PRECISION AS int), NUMERIC_SCALE,
  CAST(DATETIME_PRECISION AS int)
FROM INFORMATION_SCHEMA.PARAMETERS
"""


def _run_sproc_columns(call: Call) -> Flow:
    """sp_sproc_columns and sp_sproc_columns_100: the return value and the parameters of procedures."""
    check_qualifier(call, "@procedure_qualifier")
    pattern = uses_patterns(call)
    found = call.query(
        f"SELECT * FROM ({_SPROC_QUERY}) AS c WHERE "
        + matches("c.SPECIFIC_NAME", "@procedure_name", pattern=pattern)
        + " AND "
        + matches("c.SPECIFIC_SCHEMA", "@procedure_owner", pattern=pattern)
        + " AND "
        + matches("c.name", "@column_name", pattern=pattern)
        + " ORDER BY c.SPECIFIC_SCHEMA, c.SPECIFIC_NAME, c.position",
        texts(call, "@procedure_name", "@procedure_owner", "@column_name"),
    )
    version = call.value("@odbcver") or 2
    newer = call.name.endswith("_100")
    extra = _SS_SPROC_COLUMNS_100 if newer else ()
    rows = [_sproc_row(row, version, len(extra)) for row in found]
    yield from call.result((*_SPROC_COLUMNS, *extra, *_SS_DATA_TYPE), rows)
    return 0


def _sproc_row(row: tuple[Any, ...], version: int, extra: int) -> list[Any]:
    catalog, owner, procedure, name, position, mode, type_name, length, digits, scale, fraction = row
    known = ODBC_TYPES[type_name]
    returned = mode == "RETURN"
    octets = odbc_length(type_name, length, digits, fraction)
    kind = _RETURN_VALUE if returned else _INPUT_OUTPUT if mode == "INOUT" else _INPUT
    return [
        catalog,
        owner,
        f"{procedure};1",
        name,
        kind,
        known.code(version),
        type_name,
        odbc_precision(type_name, length, digits, fraction),
        octets,
        scale if known.has_scale else fraction if known.is_temporal else None,
        known.radix,
        0 if returned else 1,
        None,
        None,
        known.verbose_code(version),
        known.datetime_sub(version),
        octets if length is not None else None,
        position,
        "NO" if returned else "YES",
        *(None,) * extra,
        known.tds_type if returned else known.nullable_tds_type,
    ]


_SPROC_PARAMETERS = (
    *optional("@procedure_name", "@procedure_owner", "@procedure_qualifier", "@column_name"),
    Parameter("@odbcver", INT, 2),
    pattern_parameter(),
)

PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_stored_procedures": SystemProcedure(
        _run_stored_procedures, (*optional("@sp_name", "@sp_owner", "@sp_qualifier"), pattern_parameter())
    ),
    "sp_sproc_columns": SystemProcedure(_run_sproc_columns, _SPROC_PARAMETERS),
    "sp_sproc_columns_90": SystemProcedure(_run_sproc_columns, _SPROC_PARAMETERS),
    "sp_sproc_columns_100": SystemProcedure(_run_sproc_columns, _SPROC_PARAMETERS),
}
