"""The input of an external script: its query checked, and its rows in chunks."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from localdb.engine.arrow_types import arrow_schema
from localdb.errors import sql_error
from localdb.runtime.scripts.chunks import announced, by_partition, by_rows
from localdb.runtime.scripts.columns import (
    ORDER_BY,
    PARTITION_BY,
    Partitioning,
    find_columns,
    parse_lists,
)
from localdb.runtime.scripts.data import check_input, input_table
from localdb.runtime.scripts.host import ScriptHost, ScriptQuery
from localdb.runtime.scripts.parameters import Bound, rows_per_read
from localdb.satellite.launcher import Chunk
from localdb.tsql import ast
from localdb.tsql.lexer import tokenize
from localdb.tsql.parser import parse_batch

Chunks = Generator[Chunk, None, None]


def script_input(
    host: ScriptHost, arguments: Mapping[str, Any], bound: Sequence[Bound], language: str, request_id: str
) -> tuple[Chunks, tuple[str, ...]]:
    """The chunks, of which there is at least one (without rows when there is no input), and the names of the
    columns' T-SQL types. The query runs when the first chunk is taken.

    Errors: 39001 (no SELECT), 39015 (SELECT INTO), 39017 (a column's type), those of the lists of columns,
    39024 (@parallel without a schema), and those of the query.
    """
    query = _query(host, arguments["@input_data_1"] or "", bound)
    columns = query.columns if query is not None else ()
    check_input(columns, language, request_id)
    lists = parse_lists(arguments[PARTITION_BY], arguments[ORDER_BY])
    partitioning = find_columns(columns, *lists)
    if arguments["@parallel"] and host.needs_output_schema:
        raise sql_error(39024)
    if query is None:
        return _nothing(), ()
    tables = _tables(query, partitioning, rows_per_read(bound))
    named = (input_table(columns, table) for table in tables)
    empty = input_table(columns, arrow_schema(columns).empty_table())
    return announced(named, empty), tuple(column.type.name for column in columns)


def _query(host: ScriptHost, text: str, bound: Sequence[Bound]) -> ScriptQuery | None:
    if not text.strip():
        return None
    check_select(text)
    return host.query(text, bound)


def check_select(text: str) -> None:
    """Errors 39001 and 39015: the input query is exactly one SELECT that returns rows."""
    statements = parse_batch(text)
    if len(statements) != 1 or not isinstance(statements[0], ast.Query):
        raise sql_error(39001)
    depth = 0
    for token in tokenize(statements[0].text.text):
        depth += (token.word == "(") - (token.word == ")")
        if depth == 0 and token.word == "INTO":
            raise sql_error(39015)


def _nothing() -> Chunks:
    yield Chunk(None, more=False)


def _tables(query: ScriptQuery, partitioning: Partitioning, rows: int | None) -> Iterator[pa.Table]:
    """Whole partitions, however many rows they have; else so many rows; else all."""
    if partitioning.partition:
        yield from by_partition(query.partitions(partitioning.partition, partitioning.order))
    elif rows is not None:
        yield from by_rows(query.batches(), rows)
    else:
        yield query.table()
