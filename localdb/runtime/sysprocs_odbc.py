"""Catalog procedures that ODBC drivers call for SQLTables, SQLColumns, SQLPrimaryKeys and their like.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/catalog-stored-procedures-transact-sql
Lengths and precisions are ODBC's; type codes are those of ODBC 3 unless the driver says it speaks ODBC 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.runtime.odbc_types import ODBC_TYPES, OdbcType, odbc_length, odbc_precision
from localdb.runtime.procedure_call import Argument, Call, Flow, Parameter, SystemProcedure
from localdb.types import INT, SMALLINT, SYSNAME, TINYINT, Column, SqlType, nvarchar, varchar

_NAME = nvarchar(384)
_PATTERN = SqlType("bit")


def _columns(*columns: tuple[str, SqlType]) -> tuple[Column, ...]:
    return tuple(Column(name, sql_type) for name, sql_type in columns)


def _matches(column: str, parameter: str, *, pattern: bool) -> str:
    operator = "LIKE" if pattern else "="
    return f"({parameter} IS NULL OR {column} {operator} {parameter})"


def _texts(call: Call, *names: str) -> list[Argument]:
    return [Argument(name, _NAME, call.value(name)) for name in names]


# --- sp_tables ---

_TABLES = _columns(
    ("TABLE_QUALIFIER", SYSNAME),
    ("TABLE_OWNER", SYSNAME),
    ("TABLE_NAME", SYSNAME),
    ("TABLE_TYPE", varchar(32)),
    ("REMARKS", varchar(254)),
)


def _run_tables(call: Call) -> Flow:
    """sp_tables: the tables and views of the current database."""
    if call.value("@table_qualifier") == "%" and call.value("@table_name") == "":
        rows = call.query("SELECT name, NULL, NULL, NULL, NULL FROM sys.databases ORDER BY 1")
        yield from call.result(_TABLES, rows)
        return 0
    wanted = [
        word.strip(" '").upper() for word in (call.value("@table_type") or "").split(",") if word.strip(" '")
    ]
    pattern = bool(call.value("@fusepattern"))
    rows = call.query(
        "SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE "
        + _matches("TABLE_NAME", "@table_name", pattern=pattern)
        + " AND "
        + _matches("TABLE_SCHEMA", "@table_owner", pattern=pattern)
        + " ORDER BY TABLE_TYPE, TABLE_SCHEMA, TABLE_NAME",
        _texts(call, "@table_name", "@table_owner"),
    )
    shown = [
        (db, owner, name, "TABLE" if kind == "BASE TABLE" else kind, None) for db, owner, name, kind in rows
    ]
    yield from call.result(_TABLES, [row for row in shown if not wanted or row[3] in wanted])
    return 0


# --- sp_columns ---

_COLUMNS = _columns(
    ("TABLE_QUALIFIER", SYSNAME),
    ("TABLE_OWNER", SYSNAME),
    ("TABLE_NAME", SYSNAME),
    ("COLUMN_NAME", SYSNAME),
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
_SS_DATA_TYPE = _columns(("SS_DATA_TYPE", TINYINT))
_SS_COLUMNS_100 = _columns(
    ("SS_IS_SPARSE", SMALLINT),
    ("SS_IS_COLUMN_SET", SMALLINT),
    ("SS_IS_COMPUTED", SMALLINT),
    ("SS_IS_IDENTITY", SMALLINT),
    ("SS_UDT_CATALOG_NAME", SYSNAME),
    ("SS_UDT_SCHEMA_NAME", SYSNAME),
    ("SS_UDT_ASSEMBLY_TYPE_NAME", SYSNAME),
    ("SS_XML_SCHEMACOLLECTION_CATALOG_NAME", SYSNAME),
    ("SS_XML_SCHEMACOLLECTION_SCHEMA_NAME", SYSNAME),
    ("SS_XML_SCHEMACOLLECTION_NAME", SYSNAME),
)

_COLUMNS_QUERY = """
SELECT c.TABLE_CATALOG, c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.CHARACTER_MAXIMUM_LENGTH,
  CAST(c.NUMERIC_PRECISION AS int), c.NUMERIC_SCALE, CAST(c.DATETIME_PRECISION AS int), c.IS_NULLABLE,
  c.COLUMN_DEFAULT, c.ORDINAL_POSITION, s.is_identity
FROM INFORMATION_SCHEMA.COLUMNS c
JOIN sys.schemas n ON n.name = c.TABLE_SCHEMA
JOIN sys.objects o ON o.schema_id = n.schema_id AND o.name = c.TABLE_NAME
JOIN sys.columns s ON s.object_id = o.object_id AND s.column_id = c.ORDINAL_POSITION
WHERE {table} AND {owner} AND {column} ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION
"""


def _sized(row: tuple[Any, ...]) -> tuple[OdbcType, int, int, int | None]:
    """The ODBC type, precision, length and scale of a row of ``_COLUMNS_QUERY``."""
    type_name, length, number_precision, number_scale, fraction = row[4:9]
    known = ODBC_TYPES[type_name]
    scale = number_scale if known.has_scale else fraction if known.is_temporal else None
    precision = odbc_precision(type_name, length, number_precision, fraction)
    return known, precision, odbc_length(type_name, length, number_precision, fraction), scale


def _column_row(row: tuple[Any, ...], odbc_version: int) -> list[Any]:
    catalog, owner, table, name, type_name, length, *_ = row
    nullable, default, ordinal, identity = row[9:]
    known, precision, octets, scale = _sized(row)
    code = known.code(odbc_version)
    character = length is not None
    return [
        catalog,
        owner,
        table,
        name,
        code,
        f"{type_name} identity" if identity else type_name,
        precision,
        octets,
        scale,
        known.radix,
        1 if nullable == "YES" else 0,
        None,
        default,
        known.verbose_code(odbc_version),
        known.datetime_sub(odbc_version),
        (0 if length == -1 else octets) if character else None,
        ordinal,
        nullable,
    ]


def _run_columns(call: Call) -> Flow:
    """sp_columns and sp_columns_100: the columns of the tables and views that match."""
    pattern = bool(call.value("@fusepattern"))
    query = _COLUMNS_QUERY.format(
        table=_matches("c.TABLE_NAME", "@table_name", pattern=pattern),
        owner=_matches("c.TABLE_SCHEMA", "@table_owner", pattern=pattern),
        column=_matches("c.COLUMN_NAME", "@column_name", pattern=pattern),
    )
    version = call.value("@odbcver") or 2
    rows = []
    for row in call.query(query, _texts(call, "@table_name", "@table_owner", "@column_name")):
        known, _, _, _ = _sized(row)
        ss_type = known.nullable_tds_type if row[9] == "YES" else known.tds_type
        shown = _column_row(row, version)
        if call.name.endswith("_100"):
            shown += [0, 0, 0, int(row[12]), None, None, None, None, None, None]
        rows.append([*shown, ss_type])
    extra = _SS_COLUMNS_100 if call.name.endswith("_100") else ()
    yield from call.result((*_COLUMNS, *extra, *_SS_DATA_TYPE), rows)
    return 0


# --- sp_pkeys ---

_PKEYS = _columns(
    ("TABLE_QUALIFIER", SYSNAME),
    ("TABLE_OWNER", SYSNAME),
    ("TABLE_NAME", SYSNAME),
    ("COLUMN_NAME", SYSNAME),
    ("KEY_SEQ", SMALLINT),
    ("PK_NAME", SYSNAME),
)


def _run_pkeys(call: Call) -> Flow:
    """sp_pkeys: the columns of a table's primary key."""
    rows = call.query(
        "SELECT u.TABLE_CATALOG, u.TABLE_SCHEMA, u.TABLE_NAME, u.COLUMN_NAME, u.ORDINAL_POSITION, "
        "u.CONSTRAINT_NAME "
        "FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE u JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS k "
        "ON k.CONSTRAINT_SCHEMA = u.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = u.CONSTRAINT_NAME "
        "WHERE k.CONSTRAINT_TYPE = 'PRIMARY KEY' AND "
        + _matches("u.TABLE_NAME", "@table_name", pattern=False)
        + " AND "
        + _matches("u.TABLE_SCHEMA", "@table_owner", pattern=False)
        + " ORDER BY u.TABLE_SCHEMA, u.TABLE_NAME, u.ORDINAL_POSITION",
        _texts(call, "@table_name", "@table_owner"),
    )
    yield from call.result(_PKEYS, rows)
    return 0


# --- sp_statistics ---

_STATISTICS = _columns(
    ("TABLE_QUALIFIER", SYSNAME),
    ("TABLE_OWNER", SYSNAME),
    ("TABLE_NAME", SYSNAME),
    ("NON_UNIQUE", SMALLINT),
    ("INDEX_QUALIFIER", SYSNAME),
    ("INDEX_NAME", SYSNAME),
    ("TYPE", SMALLINT),
    ("SEQ_IN_INDEX", SMALLINT),
    ("COLUMN_NAME", SYSNAME),
    ("COLLATION", varchar(1)),
    ("CARDINALITY", INT),
    ("PAGES", INT),
    ("FILTER_CONDITION", varchar(128)),
)

_STATISTICS_QUERY = """
SELECT DB_NAME(), n.name, o.name, 0, o.name, i.name, CASE WHEN i.index_id = 1 THEN 1 ELSE 3 END,
  x.index_column_id, c.name, 'A', NULL, NULL, NULL
FROM sys.indexes i JOIN sys.objects o ON o.object_id = i.object_id
JOIN sys.schemas n ON n.schema_id = o.schema_id
JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE {table} AND {owner} ORDER BY i.index_id, x.index_column_id
"""


def _run_statistics(call: Call) -> Flow:
    """sp_statistics and sp_statistics_100: the unique indexes of a table (localdb keeps no others)."""
    rows = call.query(
        _STATISTICS_QUERY.format(
            table=_matches("o.name", "@table_name", pattern=False),
            owner=_matches("n.name", "@table_owner", pattern=False),
        ),
        _texts(call, "@table_name", "@table_owner"),
    )
    yield from call.result(_STATISTICS, rows)
    return 0


# --- sp_datatype_info ---

_DATATYPES = _columns(
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


def _datatype_row(name: str, known: OdbcType, version: int) -> tuple[Any, ...]:
    quotes = "'" if known.is_quoted else "0x" if known.is_binary else "$" if known.is_money else None
    scales = (
        (0, 38) if known.has_parameters and name == "decimal" else (known.minimum_scale, known.maximum_scale)
    )
    return (
        name,
        known.code(version),
        known.maximum_precision,
        quotes,
        "'" if known.is_quoted else None,
        known.create_parameters,
        1,
        0,
        known.searchable,
        known.unsigned,
        int(known.is_money),
        0 if known.can_be_identity else None,
        name,
        *scales,
        known.verbose_code(version),
        known.datetime_sub(version),
        known.radix,
        None,
        0,
    )


def _run_datatype_info(call: Call) -> Flow:
    """sp_datatype_info and sp_datatype_info_100: the data types that the server knows."""
    version = call.value("@odbcver") or 2
    wanted = call.value("@data_type") or 0
    rows = [_datatype_row(name, known, version) for name, known in ODBC_TYPES.items()]
    # Drivers take the first row of a code for what the server has at best: datetime2 before datetime.
    rows.sort(key=lambda row: (row[1], -row[2]))
    yield from call.result(_DATATYPES, [row for row in rows if wanted in (0, row[1])])
    return 0


# --- sp_fkeys ---

_FKEYS = _columns(
    ("PKTABLE_QUALIFIER", SYSNAME),
    ("PKTABLE_OWNER", SYSNAME),
    ("PKTABLE_NAME", SYSNAME),
    ("PKCOLUMN_NAME", SYSNAME),
    ("FKTABLE_QUALIFIER", SYSNAME),
    ("FKTABLE_OWNER", SYSNAME),
    ("FKTABLE_NAME", SYSNAME),
    ("FKCOLUMN_NAME", SYSNAME),
    ("KEY_SEQ", SMALLINT),
    ("UPDATE_RULE", SMALLINT),
    ("DELETE_RULE", SMALLINT),
    ("FK_NAME", SYSNAME),
    ("PK_NAME", SYSNAME),
    ("DEFERRABILITY", SMALLINT),
)

_FKEYS_QUERY = """
SELECT DB_NAME(), ps.name, p.name, pc.name, DB_NAME(), cs.name, c.name, cc.name, k.constraint_column_id, 1, 1,
  f.name, NULL, 7
FROM sys.foreign_keys f
JOIN sys.foreign_key_columns k ON k.constraint_object_id = f.object_id
JOIN sys.objects p ON p.object_id = f.referenced_object_id JOIN sys.schemas ps ON ps.schema_id = p.schema_id
JOIN sys.objects c ON c.object_id = f.parent_object_id JOIN sys.schemas cs ON cs.schema_id = c.schema_id
JOIN sys.columns pc ON pc.object_id = p.object_id AND pc.column_id = k.referenced_column_id
JOIN sys.columns cc ON cc.object_id = c.object_id AND cc.column_id = k.parent_column_id
WHERE {pktable} AND {pkowner} AND {fktable} AND {fkowner} ORDER BY cs.name, c.name, k.constraint_column_id
"""


def _run_fkeys(call: Call) -> Flow:
    """sp_fkeys: the foreign keys between two tables, from one, or to one."""
    query = _FKEYS_QUERY.format(
        pktable=_matches("p.name", "@pktable_name", pattern=False),
        pkowner=_matches("ps.name", "@pktable_owner", pattern=False),
        fktable=_matches("c.name", "@fktable_name", pattern=False),
        fkowner=_matches("cs.name", "@fktable_owner", pattern=False),
    )
    names = ("@pktable_name", "@pktable_owner", "@fktable_name", "@fktable_owner")
    yield from call.result(_FKEYS, call.query(query, _texts(call, *names)))
    return 0


# --- sp_stored_procedures, sp_databases ---

_PROCEDURES = _columns(
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
    """sp_stored_procedures: the procedures of the current database."""
    pattern = bool(call.value("@fusepattern"))
    rows = call.query(
        "SELECT ROUTINE_CATALOG, ROUTINE_SCHEMA, ROUTINE_NAME + N';1', -1, -1, -1, NULL, 2 "
        "FROM INFORMATION_SCHEMA.ROUTINES WHERE "
        + _matches("ROUTINE_NAME", "@sp_name", pattern=pattern)
        + " AND "
        + _matches("ROUTINE_SCHEMA", "@sp_owner", pattern=pattern)
        + " ORDER BY ROUTINE_SCHEMA, ROUTINE_NAME",
        _texts(call, "@sp_name", "@sp_owner"),
    )
    yield from call.result(_PROCEDURES, rows)
    return 0


def _run_databases(call: Call) -> Flow:
    """sp_databases: every database of the server; sizes are not kept."""
    rows = call.query("SELECT name, CAST(NULL AS int), NULL FROM sys.databases ORDER BY name")
    columns = _columns(("DATABASE_NAME", SYSNAME), ("DATABASE_SIZE", INT), ("REMARKS", varchar(254)))
    yield from call.result(columns, rows)
    return 0


def _optional(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, _NAME, None) for name in names)


def _pattern(default: int) -> Parameter:
    return Parameter("@fusepattern", _PATTERN, bool(default))


_COLUMN_PARAMETERS = (
    Parameter("@table_name", _NAME),
    *_optional("@table_owner", "@table_qualifier", "@column_name"),
    Parameter("@namescope", INT, 0),
    Parameter("@odbcver", INT, 2),
    _pattern(1),
)
_STATISTICS_PARAMETERS = (
    Parameter("@table_name", _NAME),
    *_optional("@table_owner", "@table_qualifier", "@index_name", "@is_unique", "@accuracy"),
)
_DATATYPE_PARAMETERS = (Parameter("@data_type", INT, 0), Parameter("@odbcver", TINYINT, 2))

PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_tables": SystemProcedure(
        _run_tables,
        (*_optional("@table_name", "@table_owner", "@table_qualifier", "@table_type"), _pattern(1)),
    ),
    "sp_columns": SystemProcedure(_run_columns, _COLUMN_PARAMETERS),
    "sp_columns_90": SystemProcedure(_run_columns, _COLUMN_PARAMETERS),
    "sp_columns_100": SystemProcedure(_run_columns, _COLUMN_PARAMETERS),
    "sp_pkeys": SystemProcedure(
        _run_pkeys, (Parameter("@table_name", _NAME), *_optional("@table_owner", "@table_qualifier"))
    ),
    "sp_fkeys": SystemProcedure(
        _run_fkeys,
        _optional(
            "@pktable_name",
            "@pktable_owner",
            "@pktable_qualifier",
            "@fktable_name",
            "@fktable_owner",
            "@fktable_qualifier",
        ),
    ),
    "sp_statistics": SystemProcedure(_run_statistics, _STATISTICS_PARAMETERS),
    "sp_statistics_100": SystemProcedure(_run_statistics, _STATISTICS_PARAMETERS),
    "sp_datatype_info": SystemProcedure(_run_datatype_info, _DATATYPE_PARAMETERS),
    "sp_datatype_info_90": SystemProcedure(_run_datatype_info, _DATATYPE_PARAMETERS),
    "sp_datatype_info_100": SystemProcedure(_run_datatype_info, _DATATYPE_PARAMETERS),
    "sp_stored_procedures": SystemProcedure(
        _run_stored_procedures, (*_optional("@sp_name", "@sp_owner", "@sp_qualifier"), _pattern(1))
    ),
    "sp_databases": SystemProcedure(_run_databases),
}
