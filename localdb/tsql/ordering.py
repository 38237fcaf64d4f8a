"""DISTINCT, ORDER BY, TOP and OFFSET .. FETCH around the rows of a query.

The rows come as a DuckDB SELECT whose columns are c0, c1, ... (the result) and o0, o1, ... (what only ORDER
BY needs), so that an expression of the select list is evaluated once even when the result is sorted by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Context
from localdb.tsql.casts import cast
from localdb.tsql.expressions import bind_expression
from localdb.tsql.keys import equality_key, has_key, order_key
from localdb.tsql.refusals import raise_in_duckdb, refuse_unread
from localdb.tsql.scopes import QueryScope
from localdb.types import BIGINT, FLOAT, Column, SqlType


@dataclass(frozen=True, slots=True)
class SortKey:
    """``column`` is the DuckDB column (c1, o0) sorted by."""

    column: str
    type: SqlType
    descending: bool

    def __str__(self) -> str:
        direction = "DESC NULLS LAST" if self.descending else "ASC NULLS FIRST"
        return f"{order_key(self.column, self.type)} {direction}"


@dataclass(frozen=True, slots=True)
class RowLimit:
    """``count`` and ``offset`` are DuckDB expressions; ``percent`` and ``ties`` are TOP's.

    ``numbered`` asks for row numbers in place of LIMIT: DuckDB's LIMIT takes only constants in a correlated
    query.
    """

    count: str = ""
    offset: str = ""
    percent: bool = False
    ties: bool = False
    numbered: bool = False


def finish(
    core: str, columns: Sequence[Column], *, distinct: bool, keys: Sequence[SortKey], limit: RowLimit
) -> str:
    """Put DISTINCT, the order and the limit around ``core``."""
    names = ", ".join(f"c{i}" for i in range(len(columns)))
    if distinct:
        core = distinct_rows(core, columns)
    order = f" ORDER BY {', '.join(map(str, keys))}" if keys else ""
    if limit.percent or limit.ties or limit.numbered:
        return _numbered(core, names, order, limit)
    if not order and not limit.count and not limit.offset:
        return core
    tail = f" LIMIT {limit.count}" if limit.count else ""
    tail += f" OFFSET {limit.offset}" if limit.offset else ""
    return f"SELECT {names} FROM ({core}) r{order}{tail}"


def distinct_rows(core: str, columns: Sequence[Column]) -> str:
    """One row of each set of equal rows; which one is not defined, as in SQL Server."""
    names = ", ".join(f"c{i}" for i in range(len(columns)))
    if not any(has_key(column.type) for column in columns):
        return f"SELECT DISTINCT {names} FROM ({core}) d"
    keys = ", ".join(equality_key(f"c{i}", column.type) for i, column in enumerate(columns))
    return f"SELECT DISTINCT ON ({keys}) {names} FROM ({core}) d"


def _numbered(core: str, names: str, order: str, limit: RowLimit) -> str:
    """TOP .. PERCENT rounds up; TOP .. WITH TIES goes on while the sort keys equal the last row's."""
    number = f"rank() OVER ({order.strip()})" if limit.ties else f"row_number() OVER ({order.strip()})"
    count = f"ceil(n * ({limit.count}) / 100.0)" if limit.percent else limit.count
    wanted = [f"i > {limit.offset}"] if limit.offset else []
    if count:
        wanted.append(f"i - {limit.offset} <= {count}" if limit.offset else f"i <= {count}")
    inner = f"SELECT *, {number} AS i, count(*) OVER () AS n FROM ({core}) r"
    return f"SELECT {names} FROM ({inner}) l WHERE {' AND '.join(wanted)}{order}"


def bind_limit(node: exp.Expression, context: Context, outer: QueryScope | None) -> RowLimit:
    """TOP, or OFFSET .. FETCH, of a SELECT or of a set operation."""
    limit = _bind_limit(node, QueryScope(context, outer.cte_level() if outer else None, clause="TOP"))
    constant = all(not text or text.isdigit() for text in (limit.count, limit.offset))
    correlated = outer is not None and any(level.sources for level in outer.levels())
    return limit if constant or not correlated else replace(limit, numbered=True)


def _bind_limit(node: exp.Expression, scope: QueryScope) -> RowLimit:
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if isinstance(limit, exp.Limit):
        if offset is not None:
            raise sql_error(10741)
        return _bind_top(node, limit, scope)
    if offset is None:
        if limit is not None:
            raise sql_error(102, "FETCH")
        return RowLimit()
    refuse_unread(offset, "expression")
    if node.args.get("order") is None:
        raise sql_error(102, "OFFSET")
    start = _row_count(offset.expression, scope, 10742, 0)
    if limit is None:
        return RowLimit(offset=start)
    refuse_unread(limit, "direction", "count", "limit_options")
    options = limit.args.get("limit_options")
    if (
        options is None
        or not options.args.get("rows")
        or options.args.get("percent")
        or options.args.get("with_ties")
    ):
        raise sql_error(102, "FETCH")
    return RowLimit(_row_count(limit.args.get("count"), scope, 10744, 1), start)


def _bind_top(node: exp.Expression, limit: exp.Limit, scope: QueryScope) -> RowLimit:
    refuse_unread(limit, "expression", "limit_options")
    if not limit.meta.get("top"):
        raise sql_error(102, "LIMIT")
    options = limit.args.get("limit_options")
    percent = bool(options and options.args.get("percent"))
    ties = bool(options and options.args.get("with_ties"))
    if options is not None:
        refuse_unread(options, "percent", "with_ties")
    if ties and node.args.get("order") is None:
        raise sql_error(1062)
    if not percent:
        return RowLimit(_row_count(limit.expression, scope, 127, 0), ties=ties)
    if isinstance(limit.expression, exp.Literal) and limit.expression.name == "100":
        return RowLimit()
    value = cast(bind_expression(limit.expression, scope), FLOAT, mode="implicit").sql
    guarded = f"CASE WHEN {value} BETWEEN 0 AND 100 THEN {value} ELSE {raise_in_duckdb(1031)} END"
    return RowLimit(guarded, percent=True, ties=ties)


def _row_count(node: exp.Expression | None, scope: QueryScope, too_small: int, minimum: int) -> str:
    """A number of rows: an integer that is not NULL and not less than ``minimum``."""
    if node is None:
        raise sql_error(102, "TOP")
    if isinstance(node, exp.Literal) and node.is_int and int(node.name) >= minimum:
        return str(node.name)
    bound = bind_expression(node, scope)
    if bound.type is None or not bound.type.is_integer:
        raise sql_error(1060)
    value = cast(bound, BIGINT, mode="implicit").sql
    return (
        f"(CASE WHEN {value} IS NULL THEN {raise_in_duckdb(1060)} "
        f"WHEN {value} < {minimum} THEN {raise_in_duckdb(too_small)} ELSE {value} END)"
    )


def is_descending(ordered: exp.Ordered) -> bool:
    """DESC? NULLS FIRST and NULLS LAST are not T-SQL."""
    refuse_unread(ordered, "this", "desc", "nulls_first")
    descending = bool(ordered.args.get("desc"))
    if bool(ordered.args.get("nulls_first")) == descending:
        raise sql_error(102, "NULLS")
    return descending


def ordinal(node: exp.Expression, columns: int) -> int | None:
    """The index that a position number of ORDER BY means; 108 when there is no such column."""
    if not (isinstance(node, exp.Literal) and not node.is_string and node.is_int):
        return None
    number = int(node.name)
    if not 1 <= number <= columns:
        raise sql_error(108, number)
    return number - 1
