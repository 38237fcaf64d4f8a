"""Window functions: ranking, analytic, and aggregates with OVER.

https://learn.microsoft.com/sql/t-sql/queries/select-over-clause-transact-sql
"""

from __future__ import annotations

import math
from collections.abc import Callable

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql import casts, collations
from localdb.tsql.binding import Bound
from localdb.tsql.collations import Collation, collated
from localdb.tsql.functions.aggregates import AGGREGATES, bind_aggregate
from localdb.tsql.functions.registry import Binder
from localdb.tsql.grouping import contains
from localdb.types import BIGINT, FLOAT, SqlType

_RANKING = ("ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE")
_DISTRIBUTION = ("PERCENT_RANK", "CUME_DIST")
_OFFSET = ("LAG", "LEAD")
_POSITION = ("FIRST_VALUE", "LAST_VALUE")
WINDOW_FUNCTIONS = frozenset((*_RANKING, *_DISTRIBUTION, *_OFFSET, *_POSITION))


def bind_window(node: exp.Window, bind: Binder) -> Bound:
    extra = [key for key, value in node.args.items() if value and key not in _READ]
    if extra:
        raise sql_error(40514, f"OVER with {extra[0]}")
    if any(contains(child, exp.Window) for child in node.iter_expressions()):
        raise sql_error(4109)
    call, nulls = node.this, ""
    if isinstance(call, (exp.IgnoreNulls, exp.RespectNulls)):
        nulls = " IGNORE NULLS" if isinstance(call, exp.IgnoreNulls) else ""
        call = call.this
    if not isinstance(call, exp.Anonymous) or not isinstance(call.this, str):
        raise sql_error(40514, "OVER behind this expression")
    name = call.this.upper()
    order, spec = node.args.get("order"), node.args.get("spec")
    if nulls and name not in (*_OFFSET, *_POSITION):
        raise sql_error(40514, f"IGNORE NULLS of {name}")
    if name in AGGREGATES:
        return bind_aggregate(name, call.expressions, bind, over_clause(node, bind))
    if name == "STRING_AGG":
        raise sql_error(4113, name)
    if name not in WINDOW_FUNCTIONS:
        raise sql_error(40514 if name.startswith("PERCENTILE") else 4113, name)
    if order is None:
        raise sql_error(4112, name)
    if spec is not None and name not in _POSITION:
        raise sql_error(10752, name)
    over = over_clause(node, bind)
    return _bind_function(name, call.expressions, bind, over, nulls)


_READ = ("this", "partition_by", "order", "spec", "over")


def _bind_function(name: str, nodes: list[exp.Expression], bind: Binder, over: str, nulls: str) -> Bound:
    counts = {"NTILE": (1, 1), "LAG": (1, 3), "LEAD": (1, 3), "FIRST_VALUE": (1, 1), "LAST_VALUE": (1, 1)}
    least, most = counts.get(name, (0, 0))
    if not least <= len(nodes) <= most:
        raise (
            sql_error(174, name.lower(), least)
            if least == most
            else sql_error(189, name.lower(), least, most)
        )
    if name == "NTILE":
        return Bound(f"ntile({_buckets(nodes[0], bind)}){over}", BIGINT, False)
    if name in _RANKING:
        return Bound(f"{name.lower()}(){over}", BIGINT, False)
    if name in _DISTRIBUTION:
        return Bound(f"{name.lower()}(){over}", FLOAT, False)
    value = bind(nodes[0])
    if value.type is None:
        raise sql_error(8117, "NULL", name.lower())
    if name in _POSITION:
        return Bound(f"{name.lower()}({value.sql}{nulls}){over}", value.type, True)
    return _lag_lead(name, value, nodes, bind, over, nulls)


def _buckets(node: exp.Expression, bind: Binder) -> str:
    """NTILE's argument, the same for all rows: 4195 for a column, 4116 unless it is a positive integer."""
    level = node.find_ancestor(exp.Query)
    for column in node.find_all(exp.Column):
        if column.find_ancestor(exp.Query) is level:
            raise sql_error(4195, column.name)
    buckets = bind(node)
    if buckets.type is None or not buckets.type.is_integer:
        raise sql_error(4116)
    if not isinstance(buckets.constant, int):
        return f"ldb_buckets({casts.cast(buckets, BIGINT).sql})"
    if buckets.constant < 1:
        raise sql_error(4116)
    return casts.cast(buckets, BIGINT).sql


def _lag_lead(
    name: str, value: Bound, nodes: list[exp.Expression], bind: Binder, over: str, nulls: str
) -> Bound:
    offset = _offset(name, bind(nodes[1])) if len(nodes) > 1 else "1"
    assert value.type is not None
    default = casts.cast(bind(nodes[2]), value.type) if len(nodes) > 2 else None
    more = f", {default.sql}" if default is not None else ""
    is_null = value.nullable or default is None or default.nullable
    return Bound(f"{name.lower()}({value.sql}, {offset}{more}{nulls}){over}", value.type, is_null)


def _offset(name: str, offset: Bound) -> str:
    """How many rows LAG and LEAD go: not a negative number (8730), and not NULL (40514)."""
    if offset.type is None:
        raise sql_error(40514, f"{name} with an offset of NULL")
    rows = casts.cast(offset, BIGINT).sql
    if not isinstance(offset.constant, int):
        return f"ldb_offset({rows}, '{name}')"
    if offset.constant < 0:
        raise sql_error(8730)
    return rows


# --- the OVER clause ---


def over_clause(node: exp.Window, bind: Binder) -> str:
    parts = []
    partition = node.args.get("partition_by") or []
    if partition:
        parts.append("PARTITION BY " + ", ".join(_key(item, bind, collations.equality) for item in partition))
    order = node.args.get("order")
    if order is not None:
        keys = order_keys(order, bind)
        parts.append("ORDER BY " + (keys or "1 + 0"))
    spec = node.args.get("spec")
    if spec is not None:
        if order is None:
            raise sql_error(10756)
        parts.append(_frame(spec))
    return f" OVER ({' '.join(parts)})"


def order_keys(order: exp.Order, bind: Binder) -> str:
    """``ORDER BY (SELECT NULL)`` orders by nothing: ''. Constants are refused (5308, 5309), and window
    functions (4109)."""
    keys = []
    for item in order.expressions:
        if contains(item, exp.Window):
            raise sql_error(4109)
        if _is_no_order(item.this):
            continue
        if not item.find(*_VARYING):
            constant = bind(item.this).constant
            raise sql_error(5308 if isinstance(constant, int) and constant > 0 else 5309)
        direction = "DESC NULLS LAST" if item.args.get("desc") else "ASC NULLS FIRST"
        keys.append(f"{_key(item.this, bind, collations.ordering)} {direction}")
    return ", ".join(keys)


_VARYING = (exp.Column, exp.Parameter, exp.SessionParameter, exp.Anonymous, exp.Query)
"""What is in every expression that is not made of constants and operators only."""


def _is_no_order(node: exp.Expression) -> bool:
    """``(SELECT NULL)``, ``(SELECT 1)``: what is written where any order will do."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    if not isinstance(inner, exp.Subquery) or not isinstance(inner.this, exp.Select):
        return False
    select = inner.this
    used = [key for key, value in select.args.items() if value]
    return used == ["expressions"] and all(
        isinstance(item, (exp.Null, exp.Literal)) for item in select.expressions
    )


def _key(node: exp.Expression, bind: Binder, key: Callable[[Bound, SqlType, Collation], str]) -> str:
    bound, collation = collated(node, bind)
    if bound.type is None:
        return "NULL"
    return key(bound, bound.type, collation)


def _frame(spec: exp.WindowSpec) -> str:
    """``ROWS start`` ends at the current row; 4193 when the frame's end would lie before its start."""
    kind = str(spec.args["kind"])
    first, first_side = spec.args.get("start"), spec.args.get("start_side")
    last, last_side = spec.args.get("end") or "CURRENT ROW", spec.args.get("end_side")
    start, end = _bound(first, first_side, kind), _bound(last, last_side, kind)
    impossible = start == "UNBOUNDED FOLLOWING" or end == "UNBOUNDED PRECEDING"
    if impossible or _place(first, first_side) > _place(last, last_side):
        sides = [f"... {side}" if side else "CURRENT ROW" for side in (first_side, last_side)]
        raise sql_error(4193, "BETWEEN " + " AND ".join(sides))
    return f"{kind} BETWEEN {start} AND {end}"


def _place(value: object, side: str | None) -> tuple[int, float]:
    """Where a bound of a frame lies: preceding, current or following, and how many rows behind the current
    one. ``0 FOLLOWING`` lies behind CURRENT ROW."""
    if side is None:
        return 0, 0
    rows = int(str(value.this)) if isinstance(value, exp.Literal) else math.inf
    return (-1, -rows) if side == "PRECEDING" else (1, rows)


def _bound(value: object, side: str | None, kind: str) -> str:
    if isinstance(value, str):
        return value if side is None else f"{value} {side}"
    if kind == "RANGE":
        raise sql_error(4194)
    assert isinstance(value, exp.Literal)
    if not str(value.this).isdecimal():
        raise sql_error(102, value.this)
    return f"{int(value.this)} {side}"
