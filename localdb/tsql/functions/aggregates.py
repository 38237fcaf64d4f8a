"""Aggregate functions, alone and over a window.

https://learn.microsoft.com/sql/t-sql/functions/aggregate-functions-transact-sql

``over`` is DuckDB's OVER clause ('' for a plain aggregate); it is written behind every DuckDB aggregate used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql import casts, typerules
from localdb.tsql.binding import Bound
from localdb.tsql.decimal_arithmetic import scaled, unscaled
from localdb.tsql.functions.registry import Binder, container
from localdb.tsql.keys import equality_key, order_key
from localdb.types import BIGINT, FLOAT, INT, MAX, MONEY, SqlType, decimal_type, nvarchar, storage_type


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One call: the bound argument (None for ``*``), whether it is DISTINCT, and the window."""

    name: str
    argument: Bound | None
    distinct: bool
    over: str

    @property
    def value(self) -> Bound:
        if self.argument is None:
            raise sql_error(102, "*")
        if self.argument.type is None:
            raise sql_error(8117, "NULL", self.name.lower())
        return self.argument

    @property
    def type(self) -> SqlType:
        sql_type = self.value.type
        assert sql_type is not None
        return sql_type

    def call(self, function: str, sql: str) -> str:
        return f"{function}({'DISTINCT ' if self.distinct else ''}{sql}){self.over}"


def bind_aggregate(name: str, nodes: list[exp.Expression], bind: Binder, over: str) -> Bound:
    """The aggregate ``name`` of one argument (STRING_AGG has its own function)."""
    if len(nodes) != 1:
        raise sql_error(174, name.lower(), 1)
    node, distinct = nodes[0], False
    if isinstance(node, exp.Distinct):
        node, distinct = node.expressions[0], True
    if distinct and over:
        raise sql_error(10759)
    star = isinstance(node, exp.Star)
    if star and name not in ("COUNT", "COUNT_BIG"):
        raise sql_error(102, "*")
    return AGGREGATES[name](Aggregate(name, None if star else bind(node), distinct, over))


def _count(a: Aggregate) -> Bound:
    sql_type = INT if a.name == "COUNT" else BIGINT
    if a.argument is None:
        counted = f"count(*){a.over}"
    elif a.argument.type is None:
        raise sql_error(8117, "NULL", a.name.lower())
    else:
        key = equality_key(a.argument.sql, a.argument.type) if a.distinct else a.argument.sql
        counted = a.call("count", key)
    sql = f"CAST({counted} AS INTEGER)" if sql_type == INT else counted
    return Bound(sql, sql_type, False)


def _number(a: Aggregate) -> SqlType:
    if not a.type.is_number or a.type.name == "bit":
        raise sql_error(8117, typerules.message_name(a.type), a.name.lower())
    return a.type


def _sum_type(sql_type: SqlType) -> SqlType:
    if sql_type.name in ("tinyint", "smallint", "int"):
        return INT
    if sql_type.name == "bigint":
        return BIGINT
    if sql_type.name == "decimal":
        return decimal_type(38, sql_type.scale or 0)
    return MONEY if sql_type.name in ("money", "smallmoney") else FLOAT


def _sum(a: Aggregate) -> Bound:
    result = _sum_type(_number(a))
    if result == FLOAT:
        total = a.call("sum", casts.cast(a.value, FLOAT).sql)
        return Bound(f"ldb_finite({total})", FLOAT, True)
    if result.name == "decimal":
        return Bound(a.call("sum", a.value.sql), result, True)
    total = f"CAST({a.call('sum', a.value.sql)} AS {storage_type(result)})"
    return Bound(f"ldb_money({total})" if result == MONEY else total, result, True)


def _avg(a: Aggregate) -> Bound:
    """The sum divided by the count, which cuts off like every exact division."""
    total = _sum(a)
    count = a.call("count", a.value.sql)
    assert total.type is not None
    if total.type == FLOAT:
        return Bound(f"ldb_finite({a.call('avg', casts.cast(a.value, FLOAT).sql)})", FLOAT, True)
    if total.type.is_integer:
        return Bound(f"CAST({total.sql} // {count} AS {storage_type(total.type)})", total.type, True)
    if total.type == MONEY:
        digits = f"CAST({total.sql} * CAST(10000 AS DECIMAL(5,0)) AS HUGEINT) // {count}"
        return Bound(
            f"CAST(CAST({digits} AS DECIMAL(38,0)) * CAST('0.0001' AS DECIMAL(4,4)) AS DECIMAL(19,4))", MONEY
        )
    scale = total.type.scale or 0
    result = decimal_type(38, max(scale, 6))
    shift = f" * CAST('1{'0' * (6 - scale)}' AS HUGEINT)" if scale < 6 else ""
    return Bound(scaled(f"({unscaled(total.sql, total.type)}{shift} // {count})", result), result, True)


def _extreme(a: Aggregate) -> Bound:
    """MIN and MAX; of strings by their collation."""
    sql_type = a.type
    if sql_type.name == "bit" or sql_type.is_binary:
        raise sql_error(8117, typerules.message_name(sql_type), a.name.lower())
    key = order_key(a.value.sql, sql_type)
    if key == a.value.sql:
        return Bound(f"{a.name.lower()}({a.value.sql}){a.over}", sql_type, True)
    return Bound(f"arg_{a.name.lower()}({a.value.sql}, {key}){a.over}", sql_type, True)


def _statistics(a: Aggregate) -> Bound:
    _number(a)
    name = {"STDEV": "stddev_samp", "STDEVP": "stddev_pop", "VAR": "var_samp", "VARP": "var_pop"}[a.name]
    return Bound(a.call(name, casts.cast(a.value, FLOAT).sql), FLOAT, True)


def _count_distinct(a: Aggregate) -> Bound:
    """APPROX_COUNT_DISTINCT may be exact."""
    return Bound(f"count(DISTINCT {equality_key(a.value.sql, a.type)}){a.over}", BIGINT, False)


AGGREGATES: Mapping[str, Callable[[Aggregate], Bound]] = MappingProxyType(
    {
        "COUNT": _count,
        "COUNT_BIG": _count,
        "SUM": _sum,
        "AVG": _avg,
        "MIN": _extreme,
        "MAX": _extreme,
        "STDEV": _statistics,
        "STDEVP": _statistics,
        "VAR": _statistics,
        "VARP": _statistics,
        "APPROX_COUNT_DISTINCT": _count_distinct,
    }
)


def bind_string_agg(nodes: list[exp.Expression], bind: Binder, order: str) -> Bound:
    """STRING_AGG(value, separator): NULLs are left out; 9829 when the result passes 8000 bytes and is not
    (max)."""
    if len(nodes) != 2:
        raise sql_error(174, "string_agg", 2)
    if isinstance(nodes[0], exp.Distinct):
        raise sql_error(156, "distinct")
    value, separator = bind(nodes[0]), bind(nodes[1])
    if value.type is None or separator.type is None:
        raise sql_error(8116, "NULL", 1 if value.type is None else 2, "string_agg")
    if not separator.type.is_character:
        raise sql_error(8116, typerules.message_name(separator.type), 2, "string_agg")
    if value.type.is_binary:
        raise sql_error(8116, value.type.name, 1, "string_agg")
    if not value.type.is_character:
        value = casts.cast(value, nvarchar(4000), mode="explicit")
    result = container(value.type)
    sql = f"string_agg({value.sql}, {separator.sql}{order})"
    if result.length != MAX:
        sql = f"ldb_string_agg({sql}, {result.length})"
    return Bound(sql, result, True)
