"""Result sets that a test sends along with its query, so that the server returns exactly those columns."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from localdb.events import Event, ResultSetStart, RowBatch, StatementDone
from localdb.types import INT, Column, SqlType

OFFSET_TYPE = pa.struct([("utc", pa.timestamp("us")), ("offset", pa.int16())])
_STORAGE = {
    "bit": pa.bool_(),
    "tinyint": pa.uint8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "float": pa.float64(),
    "money": pa.decimal128(19, 4),
    "smallmoney": pa.decimal128(10, 4),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "uniqueidentifier": pa.string(),
    "datetimeoffset": OFFSET_TYPE,
}


def storage(sql_type: SqlType) -> pa.DataType:
    """The Arrow type of ``localdb.types.storage_type``."""
    if sql_type.is_character:
        return pa.string()
    if sql_type.is_binary:
        return pa.binary()
    if sql_type.name == "decimal":
        return pa.decimal128(sql_type.precision, sql_type.scale)
    return _STORAGE.get(sql_type.name, pa.timestamp("us"))


def arrow(sql_type: SqlType, values: Sequence[Any]) -> pa.Array:
    """Python values as the engine stores their type."""
    if sql_type.name == "uniqueidentifier":
        values = [None if value is None else str(value) for value in values]
    if sql_type.name == "datetimeoffset":
        values = [None if value is None else _offset(value) for value in values]
    return pa.array(values, storage(sql_type))


def _offset(value: Any) -> dict[str, Any]:
    offset = value.utcoffset()
    return {"utc": (value - offset).replace(tzinfo=None), "offset": int(offset.total_seconds() // 60)}


def result_set(
    columns: Sequence[Column], batches: Sequence[pa.RecordBatch], *, in_procedure: bool = False
) -> Iterator[Event]:
    yield ResultSetStart(tuple(columns))
    for batch in batches:
        yield RowBatch(batch)
    yield StatementDone("SELECT", sum(batch.num_rows for batch in batches), in_procedure)


def one_int(value: int, *, in_procedure: bool = False) -> Iterator[Event]:
    batch = pa.record_batch([pa.array([value], pa.int32())], names=["n"])
    return result_set([Column("n", INT)], [batch], in_procedure=in_procedure)


def query(columns: Sequence[Column], values: Sequence[Sequence[Any]]) -> str:
    """A batch that the application answers with these columns; ``values`` is one sequence per column."""
    arrays = [
        arrow(column.type, column_values) for column, column_values in zip(columns, values, strict=True)
    ]
    return table_query(columns, pa.record_batch(arrays, names=[str(i) for i in range(len(arrays))]))


def table_query(columns: Sequence[Column], batch: pa.RecordBatch) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    packed = pickle.dumps((tuple(columns), sink.getvalue().to_pybytes()))
    return "RESULT " + base64.b64encode(packed).decode()


def unpack(text: str) -> Iterator[Event]:
    columns, data = pickle.loads(base64.b64decode(text))
    return result_set(columns, list(pa.ipc.open_stream(data)))
