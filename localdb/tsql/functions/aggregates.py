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
from localdb.tsql import casts, collations, typerules
from localdb.tsql.binding import Bound
from localdb.tsql.collations import Collation
from localdb.tsql.decimal_arithmetic import scaled, unscaled
from localdb.tsql.functions.registry import Binder, container
from localdb.tsql.grouping import contains
from localdb.types import BIGINT, FLOAT, INT, MAX, MONEY, SqlType, decimal_type, nvarchar, storage_type


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One call: the bound argument (None for ``*``), its collation, whether it is DISTINCT, the window."""

    name: str
    argument: Bound | None
    collation: Collation
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

    @property
    def key(self) -> str:
        """Equal in DuckDB exactly when the argument's values are equal in T-SQL."""
        return collations.equality(self.value, self.type, self.collation)

    def call(self, function: str, sql: str) -> str:
        return f"{function}({'DISTINCT ' if self.distinct else ''}{sql}){self.over}"


def bind_aggregate(name: str, nodes: list[exp.Expression], bind: Binder, over: str) -> Bound:
    """The aggregate ``name`` of one argument (STRING_AGG has its own function); 4109 for one over a window
    function."""
    if len(nodes) != 1:
        raise sql_error(174, name.lower(), 1)
    if contains(nodes[0], exp.Window):
        raise sql_error(4109)
    node, distinct = nodes[0], False
    if isinstance(node, exp.Distinct):
        node, distinct = node.expressions[0], True
    if distinct and over:
        raise sql_error(10759)
    star = isinstance(node, exp.Star)
    if star and name not in ("COUNT", "COUNT_BIG"):
        raise sql_error(102, "*")
    argument, collation = (None, Collation.DEFAULT) if star else collations.collated(node, bind)
    if collation is not Collation.DEFAULT and name in ("MIN", "MAX") and not _is_last_word(nodes[0]):
        raise sql_error(40514, f"{name} with COLLATE inside of an expression, a subquery or a sorted query")
    return AGGREGATES[name](Aggregate(name, argument, collation, distinct, over))


def _is_last_word(argument: exp.Expression) -> bool:
    """Is the aggregate of ``argument`` a column of the result that nothing compares any more? A value does
    not carry the collation that COLLATE gave it."""
    node = argument.parent
    while node is not None and not isinstance(node, exp.Query):
        if not isinstance(node, (exp.Anonymous, exp.Window, exp.Alias)):
            return False
        node = node.parent
    return (
        isinstance(node, exp.Select)
        and node.parent is None
        and not any(node.args.get(key) for key in ("order", "distinct"))
    )


def _count(a: Aggregate) -> Bound:
    sql_type = INT if a.name == "COUNT" else BIGINT
    if a.argument is None:
        counted = f"count(*){a.over}"
    elif a.argument.type is None:
        raise sql_error(8117, "NULL", a.name.lower())
    else:
        counted = a.call("count", a.key if a.distinct else a.argument.sql)
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
        # DuckDB's total of decimals is a HUGEINT, which holds more than 38 digits.
        scale = result.scale or 0
        largest = f"CAST('{'9' * (38 - scale)}.{'9' * scale}' AS {storage_type(result)})"
        return Bound(f"ldb_decimal_total({a.call('sum', a.value.sql)}, {largest})", result, True)
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
    digits = unscaled(total.sql, total.type)
    average = f"({digits} // {count})"
    if scale < 6:
        shift = f"CAST('1{'0' * (6 - scale)}' AS HUGEINT)"
        average = f"({average} * {shift} + ({digits} % {count}) * {shift} // {count})"
    return Bound(scaled(average, result), result, True)


def _extreme(a: Aggregate) -> Bound:
    """MIN and MAX; of strings by their collation."""
    sql_type = a.type
    if sql_type.name == "bit":
        raise sql_error(8117, typerules.message_name(sql_type), a.name.lower())
    key = collations.ordering(a.value, sql_type, a.collation)
    if key == a.value.sql:
        return Bound(f"{a.name.lower()}({a.value.sql}){a.over}", sql_type, True)
    return Bound(f"arg_{a.name.lower()}({a.value.sql}, {key}){a.over}", sql_type, True)


def _statistics(a: Aggregate) -> Bound:
    _number(a)
    name = {"STDEV": "stddev_samp", "STDEVP": "stddev_pop", "VAR": "var_samp", "VARP": "var_pop"}[a.name]
    if a.distinct and a.type != FLOAT:
        # Several exact numbers can be one float: they are told apart before they are converted.
        converted = casts.cast(Bound("v", a.type), FLOAT).sql
        values = f"list_transform(list(DISTINCT {a.value.sql}), lambda v: {converted})"
        return Bound(f"list_aggregate({values}, '{name}')", FLOAT, True)
    return Bound(a.call(name, casts.cast(a.value, FLOAT).sql), FLOAT, True)


def _count_distinct(a: Aggregate) -> Bound:
    """APPROX_COUNT_DISTINCT may be exact."""
    return Bound(f"count(DISTINCT {a.key}){a.over}", BIGINT, False)


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
    (max).

    https://learn.microsoft.com/sql/t-sql/functions/string-agg-transact-sql
    """
    if len(nodes) != 2:
        raise sql_error(174, "string_agg", 2)
    if isinstance(nodes[0], exp.Distinct):
        raise sql_error(156, "distinct")
    if any(contains(node, exp.Window) for node in nodes):
        raise sql_error(4109)
    value = bind(nodes[0])
    if value.type is None:
        raise sql_error(8116, "NULL", 1, "string_agg")
    if value.type.is_binary:
        raise sql_error(8116, value.type.name, 1, "string_agg")
    if not value.type.is_character:
        value = casts.cast(value, nvarchar(4000), mode="explicit")
    assert value.type is not None
    result = container(value.type)
    sql = f"string_agg({value.sql}, {_separator(nodes[1], bind, value.type)}{order})"
    if result.length != MAX:
        sql = f"ldb_string_agg({sql}, {result.length})"
    return Bound(sql, result, True)


def _separator(node: exp.Expression, bind: Binder, value_type: SqlType) -> str:
    """A constant or a variable (8733), not (max) (8734); a NULL separates by nothing. Behind varchar values
    it cannot be nvarchar (8116)."""
    separator = bind(node)
    if separator.type is None:
        return "''"
    if not separator.type.is_character or (separator.type.is_unicode and not value_type.is_unicode):
        raise sql_error(8116, typerules.message_name(separator.type), 2, "string_agg")
    if node.find(exp.Column, exp.Query):
        raise sql_error(8733)
    if separator.type.length == MAX:
        raise sql_error(8734 if isinstance(node.unnest(), exp.Parameter) else 8733)
    return separator.sql if isinstance(separator.constant, str) else f"coalesce({separator.sql}, '')"
