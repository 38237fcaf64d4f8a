"""Keys and indexes for ODBC drivers: SQLPrimaryKeys, SQLForeignKeys, SQLStatistics.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/catalog-stored-procedures-transact-sql
A table without its schema is that of dbo, as the rules of name resolution say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.errors import sql_error
from localdb.runtime.procedure_call import Call, Flow, Parameter, SystemProcedure
from localdb.runtime.sysprocs.odbc_result import NAME, check_qualifier, columns, optional, texts
from localdb.types import INT, SMALLINT, SYSNAME, varchar

_PKEYS = columns(
    ("TABLE_QUALIFIER", SYSNAME),
    ("TABLE_OWNER", SYSNAME),
    ("TABLE_NAME", SYSNAME),
    ("COLUMN_NAME", SYSNAME),
    ("KEY_SEQ", SMALLINT),
    ("PK_NAME", SYSNAME),
)

_PKEYS_QUERY = """
SELECT DB_NAME(), n.name, o.name, c.name, x.key_ordinal, i.name
FROM sys.indexes i JOIN sys.objects o ON o.object_id = i.object_id
JOIN sys.schemas n ON n.schema_id = o.schema_id
JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE i.is_primary_key = 1 AND o.name = @table_name AND n.name = COALESCE(@table_owner, N'dbo')
ORDER BY x.key_ordinal
"""


def _run_pkeys(call: Call) -> Flow:
    """sp_pkeys: the columns of a table's primary key."""
    check_qualifier(call, "@table_qualifier")
    yield from call.result(_PKEYS, call.query(_PKEYS_QUERY, texts(call, "@table_name", "@table_owner")))
    return 0


_FKEYS = columns(
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

# The rules are NO ACTION (1), and no constraint is deferrable (7).
_FKEYS_QUERY = """
SELECT DB_NAME(), ps.name, p.name, pc.name, DB_NAME(), cs.name, c.name, cc.name, k.constraint_column_id, 1, 1,
  f.name, i.name, 7
FROM sys.foreign_keys f
JOIN sys.foreign_key_columns k ON k.constraint_object_id = f.object_id
JOIN sys.objects p ON p.object_id = f.referenced_object_id JOIN sys.schemas ps ON ps.schema_id = p.schema_id
JOIN sys.objects c ON c.object_id = f.parent_object_id JOIN sys.schemas cs ON cs.schema_id = c.schema_id
JOIN sys.columns pc ON pc.object_id = p.object_id AND pc.column_id = k.referenced_column_id
JOIN sys.columns cc ON cc.object_id = c.object_id AND cc.column_id = k.parent_column_id
LEFT JOIN sys.indexes i ON i.object_id = p.object_id AND i.index_id = f.key_index_id
WHERE (@pktable_name IS NULL OR p.name = @pktable_name AND ps.name = COALESCE(@pktable_owner, N'dbo'))
  AND (@fktable_name IS NULL OR c.name = @fktable_name AND cs.name = COALESCE(@fktable_owner, N'dbo'))
ORDER BY {order}
"""
_BY_CHILD = "cs.name, c.name, f.name, k.constraint_column_id"
_BY_PARENT = "ps.name, p.name, f.name, k.constraint_column_id"


def _run_fkeys(call: Call) -> Flow:
    """sp_fkeys: the foreign keys between two tables, from one, or to one. 15252 when no table is given."""
    check_qualifier(call, "@pktable_qualifier", "@fktable_qualifier")
    if call.value("@pktable_name") is None and call.value("@fktable_name") is None:
        raise sql_error(15252)
    names = ("@pktable_name", "@pktable_owner", "@fktable_name", "@fktable_owner")
    order = _BY_PARENT if call.value("@pktable_name") is None else _BY_CHILD
    yield from call.result(_FKEYS, call.query(_FKEYS_QUERY.format(order=order), texts(call, *names)))
    return 0


_STATISTICS = columns(
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

# TYPE: 1 clustered, 3 other. localdb keeps neither sizes nor counts of distinct values.
_STATISTICS_QUERY = """
SELECT DB_NAME(), n.name, o.name, CASE i.is_unique WHEN 1 THEN 0 ELSE 1 END, o.name, i.name,
  CASE WHEN i.index_id = 1 THEN 1 ELSE 3 END, x.key_ordinal, c.name, 'A', NULL, NULL, NULL
FROM sys.indexes i JOIN sys.objects o ON o.object_id = i.object_id
JOIN sys.schemas n ON n.schema_id = o.schema_id
JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE o.name = @table_name AND n.name = COALESCE(@table_owner, N'dbo')
  AND (@is_unique IS NULL OR @is_unique <> N'Y' OR i.is_unique = 1)
  AND i.name LIKE COALESCE(@index_name, N'%')
ORDER BY 4, 7, i.name, x.key_ordinal
"""


def _run_statistics(call: Call) -> Flow:
    """sp_statistics and sp_statistics_100: a table's row count (TYPE 0), then its indexes."""
    check_qualifier(call, "@table_qualifier")
    names = ("@table_name", "@table_owner", "@is_unique", "@index_name")
    indexes = call.query(_STATISTICS_QUERY, texts(call, *names))
    yield from call.result(_STATISTICS, [*_table_row(call), *indexes])
    return 0


def _table_row(call: Call) -> list[tuple[Any, ...]]:
    found = call.query(
        "SELECT DB_NAME(), n.name, o.name, QUOTENAME(n.name) + N'.' + QUOTENAME(o.name) FROM sys.tables o "
        "JOIN sys.schemas n ON n.schema_id = o.schema_id "
        "WHERE o.name = @table_name AND n.name = COALESCE(@table_owner, N'dbo')",
        texts(call, "@table_name", "@table_owner"),
    )
    rows: list[tuple[Any, ...]] = []
    for database, schema, table, quoted in found:
        ((count,),) = call.query(f"SELECT COUNT(*) FROM {quoted}")
        rows.append((database, schema, table, *(None,) * 3, 0, *(None,) * 3, count, None, None))
    return rows


_STATISTICS_PARAMETERS = (
    Parameter("@table_name", NAME),
    *optional("@table_owner", "@table_qualifier", "@index_name", "@is_unique", "@accuracy"),
)

PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_pkeys": SystemProcedure(
        _run_pkeys, (Parameter("@table_name", NAME), *optional("@table_owner", "@table_qualifier"))
    ),
    "sp_fkeys": SystemProcedure(
        _run_fkeys,
        optional(
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
}
