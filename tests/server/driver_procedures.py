"""The system procedures that ODBC drivers call of their own accord, answered as SQL Server does.

The drivers bind parameters by what these say, so without them no parameter reaches the wire as it should.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from localdb import types
from localdb.events import Event, ProcedureDone, ResultSetStart, RowBatch, StatementDone
from localdb.runtime.requests import ProcedureArgument
from localdb.types import SYSNAME, Column, nvarchar, varchar

_ARROW = {"int": pa.int32(), "smallint": pa.int16(), "tinyint": pa.uint8(), "bit": pa.bool_()}


def rows(columns: Sequence[Column], values: Sequence[Sequence[Any]]) -> Iterator[Event]:
    """A result set of Python values, inside a procedure."""
    arrays = [
        pa.array([row[i] for row in values], _ARROW.get(column.type.name, pa.string()))
        for i, column in enumerate(columns)
    ]
    yield ResultSetStart(tuple(columns))
    yield RowBatch(pa.record_batch(arrays, names=[str(i) for i in range(len(columns))]))
    yield StatementDone("SELECT", len(values), in_procedure=True)


_TYPE_INFO_COLUMNS = [
    Column("TYPE_NAME", SYSNAME, nullable=False),
    Column("DATA_TYPE", types.SMALLINT, nullable=False),
    Column("PRECISION", types.INT),
    Column("LITERAL_PREFIX", varchar(32)),
    Column("LITERAL_SUFFIX", varchar(32)),
    Column("CREATE_PARAMS", varchar(32)),
    Column("NULLABLE", types.SMALLINT),
    Column("CASE_SENSITIVE", types.SMALLINT),
    Column("SEARCHABLE", types.SMALLINT),
    Column("UNSIGNED_ATTRIBUTE", types.SMALLINT),
    Column("MONEY", types.SMALLINT),
    Column("AUTO_INCREMENT", types.SMALLINT),
    Column("LOCAL_TYPE_NAME", SYSNAME),
    Column("MINIMUM_SCALE", types.SMALLINT),
    Column("MAXIMUM_SCALE", types.SMALLINT),
    Column("SQL_DATA_TYPE", types.SMALLINT),
    Column("SQL_DATETIME_SUB", types.SMALLINT),
    Column("NUM_PREC_RADIX", types.INT),
    Column("INTERVAL_PRECISION", types.SMALLINT),
    Column("USERTYPE", types.SMALLINT),
]


def _type_info(
    name: str,
    number: int,
    precision: int,
    prefix: str,
    suffix: str | None,
    parameters: str | None,
    scales: tuple[int, int] | None,
    sql_type: int,
    user_type: int,
) -> list[Any]:
    least, most = scales or (None, None)
    nullable, searchable = int(name != "sysname"), 2 if number == -3 else 3
    subtype = 3 if number == 93 else None
    before = [
        name,
        number,
        precision,
        prefix,
        suffix,
        parameters,
        nullable,
        0,
        searchable,
        None,
        0,
        None,
        name,
    ]
    return [*before, least, most, sql_type, subtype, None, None, user_type]


_TYPE_INFO = {
    12: [_type_info("varchar", 12, 8000, "'", "'", "max length", None, 12, 2)],
    -9: [
        _type_info("nvarchar", -9, 4000, "N'", "'", "max length", None, -9, 0),
        _type_info("sysname", -9, 128, "N'", "'", None, None, -9, 18),
    ],
    -3: [_type_info("varbinary", -3, 8000, "0x", None, "max length", None, -3, 4)],
    93: [
        _type_info("datetime2", 93, 27, "'", "'", "scale", (0, 7), 9, 0),
        _type_info("datetime", 93, 23, "'", "'", None, (3, 3), 9, 12),
        _type_info("smalldatetime", 93, 16, "'", "'", None, (0, 0), 9, 22),
    ],
}


def datatype_info(data_type: int) -> Iterator[Event]:
    """https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-datatype-info-transact-sql"""
    yield from rows(_TYPE_INFO_COLUMNS, _TYPE_INFO.get(data_type, []))
    yield ProcedureDone(0)


def sp_datatype_info_100(session: Any, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]:
    yield from datatype_info(arguments[0].value)


_UNDECLARED_COLUMNS = [
    Column("parameter_ordinal", types.INT, nullable=False),
    Column("name", SYSNAME, nullable=False),
    Column("suggested_system_type_id", types.INT, nullable=False),
    Column("suggested_system_type_name", nvarchar(256)),
    Column("suggested_max_length", types.SMALLINT, nullable=False),
    Column("suggested_precision", types.TINYINT, nullable=False),
    Column("suggested_scale", types.TINYINT, nullable=False),
    Column("suggested_user_type_id", types.INT),
    Column("suggested_user_type_database", SYSNAME),
    Column("suggested_user_type_schema", SYSNAME),
    Column("suggested_user_type_name", SYSNAME),
    Column("suggested_assembly_qualified_type_name", nvarchar(4000)),
    Column("suggested_xml_collection_id", types.INT),
    Column("suggested_xml_collection_database", SYSNAME),
    Column("suggested_xml_collection_schema", SYSNAME),
    Column("suggested_xml_collection_name", SYSNAME),
    Column("suggested_is_xml_document", types.BIT, nullable=False),
    Column("suggested_is_case_sensitive", types.BIT, nullable=False),
    Column("suggested_is_fixed_length_clr_type", types.BIT, nullable=False),
    Column("suggested_is_input", types.BIT, nullable=False),
    Column("suggested_is_output", types.BIT, nullable=False),
    Column("formal_parameter_name", SYSNAME),
    Column("suggested_tds_type_id", types.INT, nullable=False),
    Column("suggested_tds_length", types.INT, nullable=False),
]
_DESCRIBED = {
    # system type id, max length, precision, scale, TDS type, TDS length
    "int": (56, 4, 10, 0, 38, 4),
    "float": (62, 8, 53, 0, 109, 8),
    "nvarchar": (231, 100, 0, 0, 231, 100),
    "varbinary": (165, 8000, 0, 0, 165, 8000),
}


def undeclared_parameters(suggested: Sequence[str]) -> Iterator[Event]:
    """https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-undeclared-parameters-transact-sql"""
    values = []
    for i, name in enumerate(suggested, 1):
        type_id, length, precision, scale, tds, tds_length = _DESCRIBED[name]
        before = [i, f"@P{i}", type_id, name, length, precision, scale]
        values.append([*before, *[None] * 9, False, False, False, True, False, None, tds, tds_length])
    yield from rows(_UNDECLARED_COLUMNS, values)
    yield ProcedureDone(0)
