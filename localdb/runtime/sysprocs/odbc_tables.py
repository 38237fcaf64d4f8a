"""Tables and their columns for ODBC drivers: SQLTables, SQLTablePrivileges, SQLColumns, SQLSpecialColumns.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/catalog-stored-procedures-transact-sql
Lengths and precisions are ODBC's; type codes are those of ODBC 3 unless the driver says it speaks ODBC 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.runtime.procedure_call import Call, Flow, Parameter, SystemProcedure
from localdb.runtime.security.security_context import current_context
from localdb.runtime.sysprocs.odbc_result import (
    NAME,
    check_qualifier,
    columns,
    matches,
    optional,
    pattern_parameter,
    texts,
    uses_patterns,
)
from localdb.runtime.sysprocs.odbc_type_rows import ODBC_TYPES, OdbcType, odbc_length, odbc_precision
from localdb.types import INT, SMALLINT, SYSNAME, TINYINT, nvarchar, varchar

# --- sp_tables ---

_TABLES = columns(
    ("TABLE_QUALIFIER", SYSNAME),
    ("TABLE_OWNER", SYSNAME),
    ("TABLE_NAME", SYSNAME),
    ("TABLE_TYPE", varchar(32)),
    ("REMARKS", varchar(254)),
)
_KINDS = ("SYSTEM TABLE", "TABLE", "VIEW")


def _enumerated(call: Call) -> list[tuple[Any, ...]] | None:
    """One pattern % and the rest empty: the list of databases, schemas or kinds of tables; else None."""
    given = tuple(call.value(name) for name in ("@table_qualifier", "@table_owner", "@table_name"))
    if given == ("%", "", ""):
        return call.query("SELECT name, NULL, NULL, NULL, NULL FROM sys.databases ORDER BY name")
    if given == ("", "%", ""):
        return call.query("SELECT NULL, name, NULL, NULL, NULL FROM sys.schemas ORDER BY name")
    if given == ("", "", "") and (call.value("@table_type") or "").strip("'") == "%":
        return [(None, None, None, kind, None) for kind in _KINDS]
    return None


def _tables_of(call: Call, database: str) -> list[tuple[Any, ...]]:
    """The tables and views of a database that the call asks for."""
    wanted = [word.strip(" '").upper() for word in (call.value("@table_type") or "").split(",")]
    pattern = uses_patterns(call)
    source = f"[{database.replace(']', ']]')}].INFORMATION_SCHEMA.TABLES"
    rows = call.query(
        f"SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM {source} WHERE "
        + matches("TABLE_NAME", "@table_name", pattern=pattern)
        + " AND "
        + matches("TABLE_SCHEMA", "@table_owner", pattern=pattern)
        + " ORDER BY CASE TABLE_TYPE WHEN 'VIEW' THEN 1 ELSE 0 END, TABLE_SCHEMA, TABLE_NAME",
        texts(call, "@table_name", "@table_owner"),
    )
    shown = [
        (db, owner, name, "TABLE" if kind == "BASE TABLE" else kind, None) for db, owner, name, kind in rows
    ]
    return [row for row in shown if not any(wanted) or row[3] in wanted]


def _run_tables(call: Call) -> Flow:
    """sp_tables: the tables and views of the current database."""
    rows = _enumerated(call)
    if rows is None and call.value("@table_qualifier") == "":
        rows = []
    if rows is None:
        check_qualifier(call, "@table_qualifier")
        rows = _tables_of(call, call.frame.database)
    yield from call.result(_TABLES, rows)
    return 0


def _run_tables_wildcard(call: Call) -> Flow:
    """sp_tableswc: as sp_tables, for every database whose name is like the qualifier."""
    rows = _enumerated(call)
    if rows is None:
        names = call.query(
            "SELECT name FROM sys.databases WHERE "
            + matches("name", "@table_qualifier", pattern=True)
            + " AND (@table_qualifier IS NOT NULL OR name = DB_NAME()) ORDER BY name",
            texts(call, "@table_qualifier"),
        )
        usable = [name for (name,) in names if call.session.instance.database(name) is not None]
        rows = [row for name in usable for row in _tables_of(call, name)]
    yield from call.result(_TABLES, rows)
    return 0


_PRIVILEGES = columns(
    ("TABLE_QUALIFIER", SYSNAME),
    ("TABLE_OWNER", SYSNAME),
    ("TABLE_NAME", SYSNAME),
    ("GRANTOR", SYSNAME),
    ("GRANTEE", SYSNAME),
    ("PRIVILEGE", varchar(32)),
    ("IS_GRANTABLE", varchar(3)),
)


def _run_table_privileges(call: Call) -> Flow:
    """sp_table_privileges: dbo, whom everybody is, may do everything with every table."""
    check_qualifier(call, "@table_qualifier")
    pattern = uses_patterns(call)
    rows = call.query(
        "SELECT t.TABLE_CATALOG, t.TABLE_SCHEMA, t.TABLE_NAME, 'dbo', 'dbo', p.name, 'YES' "
        "FROM INFORMATION_SCHEMA.TABLES t CROSS JOIN "
        "(VALUES ('DELETE'), ('INSERT'), ('REFERENCES'), ('SELECT'), ('UPDATE')) AS p(name) WHERE "
        + matches("t.TABLE_NAME", "@table_name", pattern=pattern)
        + " AND "
        + matches("t.TABLE_SCHEMA", "@table_owner", pattern=pattern)
        + " ORDER BY t.TABLE_SCHEMA, t.TABLE_NAME, p.name",
        texts(call, "@table_name", "@table_owner"),
    )
    yield from call.result(_PRIVILEGES, rows)
    return 0


def _may_enter(call: Call, database: str) -> bool:
    session = call.session
    context = current_context(session, call.frame)
    return session.instance.is_name_only(database) or session.callers.caller(context, database) is not None


def _run_databases(call: Call) -> Flow:
    """sp_databases: the databases that the caller can enter; sizes are not kept."""
    found = call.query("SELECT name, CAST(NULL AS int), NULL FROM sys.databases ORDER BY name")
    rows = [row for row in found if _may_enter(call, row[0])]
    shown = columns(("DATABASE_NAME", SYSNAME), ("DATABASE_SIZE", INT), ("REMARKS", varchar(254)))
    yield from call.result(shown, rows)
    return 0


# --- sp_columns ---

_COLUMNS = columns(
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
_SS_DATA_TYPE = columns(("SS_DATA_TYPE", TINYINT))
_SS_COLUMNS_100 = columns(
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
    check_qualifier(call, "@table_qualifier")
    pattern = uses_patterns(call)
    query = _COLUMNS_QUERY.format(
        table=matches("c.TABLE_NAME", "@table_name", pattern=pattern),
        owner=matches("c.TABLE_SCHEMA", "@table_owner", pattern=pattern),
        column=matches("c.COLUMN_NAME", "@column_name", pattern=pattern),
    )
    version = call.value("@odbcver") or 2
    rows = []
    for row in call.query(query, texts(call, "@table_name", "@table_owner", "@column_name")):
        known, _, _, _ = _sized(row)
        ss_type = known.nullable_tds_type if row[9] == "YES" else known.tds_type
        shown = _column_row(row, version)
        if call.name.endswith("_100"):
            shown += [0, 0, 0, int(row[12]), None, None, None, None, None, None]
        rows.append([*shown, ss_type])
    extra = _SS_COLUMNS_100 if call.name.endswith("_100") else ()
    yield from call.result((*_COLUMNS, *extra, *_SS_DATA_TYPE), rows)
    return 0


# --- sp_special_columns ---

_SPECIAL = columns(
    ("SCOPE", SMALLINT),
    ("COLUMN_NAME", SYSNAME),
    ("DATA_TYPE", SMALLINT),
    ("TYPE_NAME", SYSNAME),
    ("PRECISION", INT),
    ("LENGTH", INT),
    ("SCALE", SMALLINT),
    ("PSEUDO_COLUMN", SMALLINT),
)
_NOT_PSEUDO = 1

_KEY_QUERY = """
SELECT i.index_id, c.name, c.is_nullable
FROM sys.indexes i JOIN sys.objects o ON o.object_id = i.object_id
JOIN sys.schemas n ON n.schema_id = o.schema_id
JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE o.name = @table_name AND n.name = COALESCE(@table_owner, N'dbo') AND i.is_unique = 1
ORDER BY i.index_id, x.index_column_id
"""


def _run_special_columns(call: Call) -> Flow:
    """sp_special_columns and sp_special_columns_100: the columns of the first unique key of a table.

    @col_type 'V' asks for columns that change with every update (rowversion), which no table has here.
    """
    check_qualifier(call, "@qualifier")
    keys: dict[int, list[tuple[str, bool]]] = {}
    if (call.value("@col_type") or "").upper() == "R":
        for index, name, nullable in call.query(_KEY_QUERY, texts(call, "@table_name", "@table_owner")):
            keys.setdefault(index, []).append((name, nullable))
    if (call.value("@nullable") or "").upper() == "O":
        keys = {index: key for index, key in keys.items() if not any(nullable for _, nullable in key)}
    best = [name for name, _ in keys[min(keys)]] if keys else []
    yield from call.result(_SPECIAL, _special_rows(call, best) if best else [])
    return 0


def _special_rows(call: Call, names: list[str]) -> list[list[Any]]:
    query = _COLUMNS_QUERY.format(
        table="c.TABLE_NAME = @table_name",
        owner="c.TABLE_SCHEMA = COALESCE(@table_owner, N'dbo')",
        column="1 = 1",
    )
    version = call.value("@odbcver") or 2
    scope = 0 if (call.value("@scope") or "").upper() == "C" else 1
    by_name = {row[3]: row for row in call.query(query, texts(call, "@table_name", "@table_owner"))}
    rows = []
    for name in names:
        shown = _column_row(by_name[name], version)
        # DATA_TYPE, TYPE_NAME, PRECISION, LENGTH and SCALE are those of sp_columns.
        rows.append([scope, name, *shown[4:9], _NOT_PSEUDO])
    return rows


_COLUMN_PARAMETERS = (
    Parameter("@table_name", NAME),
    *optional("@table_owner", "@table_qualifier", "@column_name"),
    Parameter("@namescope", INT, 0),
    Parameter("@odbcver", INT, 2),
    pattern_parameter(),
)
_TABLE_PARAMETERS = (
    *optional("@table_name", "@table_owner", "@table_qualifier", "@table_type"),
    pattern_parameter(),
)
_FLAG = nvarchar(1)
_SPECIAL_PARAMETERS = (
    Parameter("@table_name", NAME),
    *optional("@table_owner", "@qualifier"),
    Parameter("@col_type", _FLAG, "R"),
    Parameter("@scope", _FLAG, "T"),
    Parameter("@nullable", _FLAG, "U"),
    Parameter("@odbcver", INT, 2),
)

PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_tables": SystemProcedure(_run_tables, _TABLE_PARAMETERS),
    "sp_tableswc": SystemProcedure(_run_tables_wildcard, _TABLE_PARAMETERS),
    "sp_table_privileges": SystemProcedure(
        _run_table_privileges,
        (
            Parameter("@table_name", NAME),
            *optional("@table_owner", "@table_qualifier"),
            pattern_parameter(),
        ),
    ),
    "sp_databases": SystemProcedure(_run_databases),
    "sp_columns": SystemProcedure(_run_columns, _COLUMN_PARAMETERS),
    "sp_columns_90": SystemProcedure(_run_columns, _COLUMN_PARAMETERS),
    "sp_columns_100": SystemProcedure(_run_columns, _COLUMN_PARAMETERS),
    "sp_special_columns": SystemProcedure(_run_special_columns, _SPECIAL_PARAMETERS),
    "sp_special_columns_90": SystemProcedure(_run_special_columns, _SPECIAL_PARAMETERS),
    "sp_special_columns_100": SystemProcedure(_run_special_columns, _SPECIAL_PARAMETERS),
}
