"""The rows of a query in partitions: what sp_execute_external_script gives its script one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from localdb.tsql.ordering import SortKey
from localdb.tsql.plan import Plan


def partitioned(plan: Plan, partition: Sequence[int], order: Sequence[tuple[int, bool]]) -> Plan:
    """``plan`` sorted, with the number of its partition behind the columns of every row.

    ``partition`` are indexes of columns; ``order`` sorts inside of a partition: an index, and whether
    descending. Values are equal and sorted as in T-SQL; NULL is a partition, and sorts first.
    """
    keys = [_key(plan, index, descending=False) for index in partition]
    inner = [_key(plan, index, descending=descending) for index, descending in order]
    names = ", ".join(f"c{index}" for index in range(len(plan.columns)))
    number = f"dense_rank() OVER (ORDER BY {', '.join(keys)})"
    sql = f"SELECT {names}, {number} AS p FROM ({plan.sql}) r({names}) ORDER BY {', '.join(['p', *inner])}"
    return replace(plan, sql=sql)


def _key(plan: Plan, index: int, *, descending: bool) -> str:
    return str(SortKey(f"c{index}", plan.columns[index].type, descending))
