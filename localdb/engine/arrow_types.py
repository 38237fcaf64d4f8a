"""Arrow types and Python values of SQL types, both ways."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from localdb.types import Column, SqlType, quote_name, storage_type

_ARROW = {
    "bit": pa.bool_(),
    "tinyint": pa.uint8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "float": pa.float64(),
    "money": pa.decimal128(19, 4),
    "smallmoney": pa.decimal128(10, 4),
    "char": pa.string(),
    "varchar": pa.string(),
    "nchar": pa.string(),
    "nvarchar": pa.string(),
    "binary": pa.binary(),
    "varbinary": pa.binary(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "datetime": pa.timestamp("us"),
    "datetime2": pa.timestamp("us"),
    "smalldatetime": pa.timestamp("us"),
    "datetimeoffset": pa.struct([("utc", pa.timestamp("us")), ("offset", pa.int16())]),
    # DuckDB exports UUID as its text.
    "uniqueidentifier": pa.string(),
}


def arrow_type(sql_type: SqlType) -> pa.DataType:
    """The Arrow type in which DuckDB exports ``storage_type(sql_type)``."""
    if sql_type.name == "decimal":
        return pa.decimal128(sql_type.precision, sql_type.scale)
    return _ARROW[sql_type.name]


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Columns are called c0, c1 ...: T-SQL result columns may have no name or the same one."""
    return pa.schema([pa.field(f"c{i}", arrow_type(column.type)) for i, column in enumerate(columns)])


def table_of_rows(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Python values (as ``localdb.types`` lists them) as an Arrow table."""
    values = list(rows)
    schema = arrow_schema(columns)
    arrays = [
        pa.array([to_storage(row[i], column.type) for row in values], schema.field(i).type)
        for i, column in enumerate(columns)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def table_of_batches(columns: Sequence[Column], batches: Iterable[Any]) -> pa.Table:
    """Record batches of one result set as one table with the names c0, c1 ..."""
    names = [f"c{i}" for i in range(len(columns))]
    tables = [pa.Table.from_batches([batch]).rename_columns(names) for batch in batches]
    if not tables:
        return arrow_schema(columns).empty_table()
    return pa.concat_tables(tables)


def select_of_table(name: str, columns: Sequence[Column]) -> str:
    """A SELECT over a registered table of c0, c1 ... whose columns have their storage types."""
    items = ", ".join(f"CAST(c{i} AS {storage_type(c.type)}) AS c{i}" for i, c in enumerate(columns))
    return f"SELECT {items} FROM {quote_name(name)}"


def to_storage(value: Any, sql_type: SqlType) -> Any:
    """A Python value as DuckDB and Arrow take it for a parameter or a cell of ``sql_type``."""
    if value is None:
        return None
    if isinstance(value, datetime.datetime) and sql_type.name == "datetimeoffset":
        offset = value.utcoffset() or datetime.timedelta(0)
        utc = value.astimezone(datetime.UTC).replace(tzinfo=None)
        return {"utc": utc, "offset": int(offset.total_seconds() // 60)}
    if isinstance(value, uuid.UUID):
        return str(value)
    return value


def from_storage(value: Any, sql_type: SqlType) -> Any:
    """A value fetched from DuckDB as the Python value of ``sql_type``."""
    if isinstance(value, dict) and sql_type.name == "datetimeoffset":
        zone = datetime.timezone(datetime.timedelta(minutes=value["offset"]))
        return value["utc"].replace(tzinfo=datetime.UTC).astimezone(zone)
    if isinstance(value, str) and sql_type.name == "uniqueidentifier":
        return uuid.UUID(value)
    return value
