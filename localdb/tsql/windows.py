"""Window functions: ranking, analytic, and aggregates with OVER.

https://learn.microsoft.com/sql/t-sql/queries/select-over-clause-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql import casts
from localdb.tsql.binding import Bound
from localdb.tsql.functions.aggregates import AGGREGATES, bind_aggregate
from localdb.tsql.functions.registry import Binder
from localdb.tsql.keys import equality_key, order_key
from localdb.types import BIGINT, FLOAT, INT, SqlType

_RANKING = ("ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE")
_DISTRIBUTION = ("PERCENT_RANK", "CUME_DIST")
_OFFSET = ("LAG", "LEAD")
_POSITION = ("FIRST_VALUE", "LAST_VALUE")
WINDOW_FUNCTIONS = frozenset((*_RANKING, *_DISTRIBUTION, *_OFFSET, *_POSITION))


def bind_window(node: exp.Window, bind: Binder) -> Bound:
    extra = [key for key, value in node.args.items() if value and key not in _READ]
    if extra:
        raise sql_error(40514, f"OVER with {extra[0]}")
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
        buckets = casts.cast(bind(nodes[0]), BIGINT)
        return Bound(f"ntile({buckets.sql}){over}", BIGINT, False)
    if name in _RANKING:
        return Bound(f"{name.lower()}(){over}", BIGINT, False)
    if name in _DISTRIBUTION:
        return Bound(f"{name.lower()}(){over}", FLOAT, False)
    value = bind(nodes[0])
    if value.type is None:
        value = casts.cast(value, INT)
    if name in _POSITION:
        return Bound(f"{name.lower()}({value.sql}{nulls}){over}", value.type, True)
    return _lag_lead(name, value, nodes, bind, over, nulls)


def _lag_lead(
    name: str, value: Bound, nodes: list[exp.Expression], bind: Binder, over: str, nulls: str
) -> Bound:
    offset = casts.cast(bind(nodes[1]), BIGINT) if len(nodes) > 1 else Bound("1", BIGINT, False, 1)
    if len(nodes) > 1:
        constant = bind(nodes[1]).constant
        if isinstance(constant, int) and constant < 0:
            raise sql_error(8730, name)
        if not isinstance(constant, int):
            offset = Bound(f"ldb_offset({offset.sql}, '{name}')", BIGINT, offset.nullable)
    assert value.type is not None
    default = casts.cast(bind(nodes[2]), value.type) if len(nodes) > 2 else None
    more = f", {default.sql}" if default is not None else ""
    is_null = value.nullable or default is None or default.nullable
    return Bound(f"{name.lower()}({value.sql}, {offset.sql}{more}{nulls}){over}", value.type, is_null)


# --- the OVER clause ---


def over_clause(node: exp.Window, bind: Binder) -> str:
    parts = []
    partition = node.args.get("partition_by") or []
    if partition:
        parts.append("PARTITION BY " + ", ".join(_key(bind(item), equality_key) for item in partition))
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
    """``ORDER BY (SELECT NULL)`` orders by nothing: ''. Constants are refused (5308, 5309)."""
    keys = []
    for item in order.expressions:
        if _is_no_order(item.this):
            continue
        bound = bind(item.this)
        if bound.constant is not None:
            raise sql_error(5308 if isinstance(bound.constant, int) else 5309)
        keys.append(_key(bound, order_key) + (" DESC" if item.args.get("desc") else ""))
    return ", ".join(keys)


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


def _key(bound: Bound, key: Callable[[str, SqlType], str]) -> str:
    if bound.type is None:
        return "NULL"
    return key(bound.sql, bound.type)


def _frame(spec: exp.WindowSpec) -> str:
    kind = str(spec.args["kind"])
    start = _bound(spec.args.get("start"), spec.args.get("start_side"), kind)
    end = spec.args.get("end")
    if end is None:
        return f"{kind} BETWEEN {start} AND CURRENT ROW"
    return f"{kind} BETWEEN {start} AND {_bound(end, spec.args.get('end_side'), kind)}"


def _bound(value: object, side: str | None, kind: str) -> str:
    if isinstance(value, str):
        return value if side is None else f"{value} {side}"
    if kind == "RANGE":
        raise sql_error(4194)
    assert isinstance(value, exp.Literal)
    return f"{int(value.this)} {side}"
