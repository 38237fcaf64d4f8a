"""One SELECT: its clauses bound in the order in which SQL evaluates them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound, Context
from localdb.tsql.bound_query import BoundQuery
from localdb.tsql.casts import cast
from localdb.tsql.expressions import bind_condition, bind_expression
from localdb.tsql.group_by import bind_group_by, replace_grouped
from localdb.tsql.grouping import Group, contains
from localdb.tsql.ordering import SortKey, bind_limit, finish, is_descending, ordinal
from localdb.tsql.refusals import refuse_unread
from localdb.tsql.scopes import QueryScope, Source, is_name
from localdb.tsql.shapes import shape
from localdb.tsql.sources import bind_from
from localdb.types import INT, Column

Convert = Callable[[int, Bound], Bound]
Extra = Callable[[QueryScope], str]

_CLAUSES = (
    "expressions",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "distinct",
    "order",
    "limit",
    "offset",
    "with_",
    "options",
)


@dataclass(frozen=True, slots=True)
class Output:
    """One item of the select list after binding; ``node`` is None for a column that ``*`` stands for."""

    column: Column
    bound: Bound
    node: exp.Expression | None


def bind_select(
    node: exp.Select,
    context: Context,
    outer: QueryScope | None,
    *,
    sorted_alone: bool,
    convert: Convert | None = None,
    extra: Extra | None = None,
) -> BoundQuery:
    """Bind a SELECT; ``sorted_alone`` says whether ORDER BY may stand without TOP or OFFSET (1033 otherwise).

    ``extra`` adds one more item to the DuckDB select list of a plain query.
    """
    refuse_unread(node, *_CLAUSES)
    limit = bind_limit(node, context, outer)
    order = node.args.get("order")
    if order is not None and not sorted_alone and not node.args.get("limit") and not node.args.get("offset"):
        raise sql_error(1033)
    rows, scope = _bind_rows(node, context, outer)
    outputs = _bind_outputs(node, scope, convert)
    columns = tuple(output.column for output in outputs)
    distinct = _is_distinct(node)
    having = _bind_having(node, scope)
    keys, sort_items = _bind_order(order, scope, outputs, distinct)
    items = [f"{output.bound.sql} AS c{i}" for i, output in enumerate(outputs)] + sort_items
    if extra is not None:
        items.append(extra(scope))
    if scope.group is not None:
        rows = f" FROM {scope.group.from_sql(rows)}{having}"
    core = f"SELECT {', '.join(items)}{rows}"
    untyped = frozenset(i for i, output in enumerate(outputs) if output.bound.constant is _BARE_NULL)
    return BoundQuery(finish(core, columns, distinct=distinct, keys=keys, limit=limit), columns, untyped)


_BARE_NULL = object()
"""Marks an output that is nothing but NULL."""


def _bind_rows(node: exp.Select, context: Context, outer: QueryScope | None) -> tuple[str, QueryScope]:
    """FROM, WHERE and GROUP BY: the DuckDB text of the rows and the scope of the clauses that follow."""
    rows, scope = bind_from(node.args.get("from_"), node.args.get("joins"), context, outer)
    where = node.args.get("where")
    if where is not None:
        scope.clause = "WHERE"
        rows += f" WHERE {bind_condition(where.this, scope)}"
    group_by, having = node.args.get("group"), node.args.get("having")
    grouped = group_by is not None or having is not None
    if not grouped:
        clauses = [*node.expressions, *(node.args[key] for key in ("order",) if node.args.get(key))]
        grouped = any(contains(clause, None) for clause in clauses)
    if grouped:
        group = Group(context.alias("g"))
        replaced: Mapping[Hashable, int] = {}
        if group_by is not None:
            scope.clause = "GROUP BY"
            replaced = bind_group_by(group_by, scope, group)
        replace_grouped(node, scope, group, replaced)
        scope.group = group
    return rows, scope


def _is_distinct(node: exp.Select) -> bool:
    distinct = node.args.get("distinct")
    if distinct is not None:
        refuse_unread(distinct)
    return distinct is not None


def _bind_having(node: exp.Select, scope: QueryScope) -> str:
    having = node.args.get("having")
    if having is None:
        return ""
    scope.clause = "HAVING"
    return f" WHERE {bind_condition(having.this, scope)}"


# --- the select list ---


def _bind_outputs(node: exp.Select, scope: QueryScope, convert: Convert | None) -> list[Output]:
    scope.clause = "SELECT"
    outputs: list[Output] = []
    for item in node.expressions:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            if convert is not None:
                raise sql_error(141)
            outputs.extend(_expand_star(item, scope))
        else:
            outputs.append(_bind_output(item, scope, len(outputs), convert))
    if not outputs:
        raise sql_error(102, "SELECT")
    return outputs


def _expand_star(item: exp.Expression, scope: QueryScope) -> list[Output]:
    """``*`` is every column of every source in order, ``t.*`` those of one (107 when there is none)."""
    refuse_unread(item, "this", "table", "db", "catalog")
    sources: Sequence[Source] = scope.sources
    if isinstance(item, exp.Column):
        sources = [source for source in sources if source.answers_to(item)]
        if not sources:
            raise sql_error(107, ".".join(part.name for part in item.parts[:-1]))
    elif not sources:
        raise sql_error(263)
    return [
        _output(source.columns[i], scope.reference(source, i, None), None, keep_identity=_is_plain(scope))
        for source in sources
        for i in range(len(source.columns))
    ]


def _bind_output(item: exp.Expression, scope: QueryScope, index: int, convert: Convert | None) -> Output:
    name, value = "", item
    if isinstance(item, exp.Alias):
        refuse_unread(item, "this", "alias")
        name, value = item.alias, item.this
        if not name:
            raise sql_error(1038)
    if isinstance(value, exp.EQ):
        raise sql_error(102, "=")
    bound = bind_expression(value, scope)
    if convert is not None:
        bound = convert(index, bound)
    if bound.type is None:
        bound = replace(cast(bound, INT, mode="implicit"), constant=_BARE_NULL)
    assert bound.type is not None
    column = Column(name, bound.type, bound.nullable)
    if isinstance(value, exp.Column) and is_name(value) and convert is None:
        level, source, i = scope.resolve(value)
        if source is not None:
            column = _output(source.columns[i], bound, value, keep_identity=_is_plain(level)).column
            column = column.renamed(name or value.name)
    return Output(column, bound, value)


def _output(column: Column, bound: Bound, node: exp.Expression | None, *, keep_identity: bool) -> Output:
    """A plain column keeps its identity property in a query of one table without grouping."""
    identity = column.identity if keep_identity else None
    return Output(replace(column, nullable=bound.nullable, identity=identity, default=None), bound, node)


def _is_plain(scope: QueryScope) -> bool:
    return len(scope.sources) == 1 and scope.group is None and scope.sources[0].relation is not None


# --- ORDER BY ---


def _bind_order(
    order: exp.Order | None, scope: QueryScope, outputs: Sequence[Output], distinct: bool
) -> tuple[list[SortKey], list[str]]:
    """The sort keys, and the select items that they need beside the result's columns."""
    if order is None:
        return [], []
    refuse_unread(order, "expressions")
    scope.clause = "ORDER BY"
    keys: list[SortKey] = []
    items: list[str] = []
    for position, item in enumerate(order.expressions, 1):
        descending = is_descending(item)
        index = _output_index(item.this, scope, outputs)
        if index is None and distinct:
            raise sql_error(145)
        if index is not None:
            keys.append(SortKey(f"c{index}", outputs[index].column.type, descending))
            continue
        if isinstance(item.this, (exp.Literal, exp.National, exp.Null)):
            raise sql_error(408, position)
        bound = bind_expression(item.this, scope)
        if bound.type is None:
            bound = cast(bound, INT, mode="implicit")
        assert bound.type is not None
        keys.append(SortKey(f"o{len(items)}", bound.type, descending))
        items.append(f"{bound.sql} AS o{len(items)}")
    return keys, items


def _output_index(node: exp.Expression, scope: QueryScope, outputs: Sequence[Output]) -> int | None:
    """The result column that an ORDER BY item means: by position, by alias, or by being the same
    expression.
    """
    index = ordinal(node, len(outputs))
    if index is not None:
        return index
    if isinstance(node, exp.Column) and not node.table:
        found = [i for i, output in enumerate(outputs) if output.column.name.lower() == node.name.lower()]
        if len({outputs[i].bound.sql for i in found}) > 1:
            raise sql_error(209, node.name)
        if found:
            return found[0]
    wanted = shape(node, scope)
    for i, output in enumerate(outputs):
        if output.node is not None and shape(output.node, scope) == wanted:
            return i
    if isinstance(node, exp.Column) and is_name(node):
        bound = scope.column(node)
        return next((i for i, output in enumerate(outputs) if output.bound.sql == bound.sql), None)
    return None
