"""@input_data_1_partition_by_columns and @input_data_1_order_by_columns: lists of the input query's columns.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-execute-external-script-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from localdb.errors import SqlError, sql_error
from localdb.tsql.cursor import Cursor
from localdb.types import Column

PARTITION_BY = "@input_data_1_partition_by_columns"
ORDER_BY = "@input_data_1_order_by_columns"

MOST_COLUMNS = 32
"""Of both lists together. Not documented."""


@dataclass(frozen=True, slots=True)
class Listed:
    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Partitioning:
    """``partition`` are indexes of columns; ``order`` holds an index, and whether descending."""

    partition: tuple[int, ...]
    order: tuple[tuple[int, bool], ...]


def parse_lists(partition: str | None, order: str | None) -> tuple[tuple[Listed, ...], tuple[Listed, ...]]:
    """Both lists; empty when they are not given (NULL).

    Errors: 39103 (an order without partitions), 39105 and 39106 (syntax), 39102 (a column twice in a list),
    39107 (in both), 39109 (too many).
    """
    if order is not None and partition is None:
        raise sql_error(39103)
    by = _parse(partition, 39105, may_sort=False)
    sorted_by = _parse(order, 39106, may_sort=True)
    _refuse_twice(by, PARTITION_BY)
    _refuse_twice(sorted_by, ORDER_BY)
    names = {one.name.lower() for one in by}
    for one in sorted_by:
        if one.name.lower() in names:
            raise sql_error(39107, one.name)
    if len(by) + len(sorted_by) > MOST_COLUMNS:
        raise sql_error(39109, MOST_COLUMNS)
    return by, sorted_by


def find_columns(
    columns: Sequence[Column], partition: Sequence[Listed], order: Sequence[Listed]
) -> Partitioning:
    """Where the listed columns stand in the SELECT list: 39104 (not there), 209 (there twice)."""
    return Partitioning(
        tuple(_index(columns, one.name, PARTITION_BY) for one in partition),
        tuple((_index(columns, one.name, ORDER_BY), one.descending) for one in order),
    )


def _parse(text: str | None, number: int, *, may_sort: bool) -> tuple[Listed, ...]:
    if text is None:
        return ()
    try:
        return _read(Cursor(text), may_sort)
    except SqlError:
        raise sql_error(number) from None


def _read(cursor: Cursor, may_sort: bool) -> tuple[Listed, ...]:
    found = []
    while True:
        name = cursor.identifier()
        direction = cursor.accept_any("ASC", "DESC") if may_sort else ""
        found.append(Listed(name, direction == "DESC"))
        if cursor.at_end:
            return tuple(found)
        cursor.expect(",")


def _refuse_twice(listed: Sequence[Listed], parameter: str) -> None:
    seen = set()
    for one in listed:
        if one.name.lower() in seen:
            raise sql_error(39102, parameter, one.name)
        seen.add(one.name.lower())


def _index(columns: Sequence[Column], name: str, parameter: str) -> int:
    found = [index for index, column in enumerate(columns) if column.name.lower() == name.lower()]
    if not found:
        raise sql_error(39104, name, parameter)
    if len(found) > 1:
        raise sql_error(209, name)
    return found[0]
