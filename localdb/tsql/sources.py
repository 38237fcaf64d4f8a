"""FROM: table sources and joins, to DuckDB's FROM and the scope that names its columns."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Context
from localdb.tsql.derived_tables import bind_derived_table, bind_values, column_aliases
from localdb.tsql.expressions import bind_condition
from localdb.tsql.hints import check_hints
from localdb.tsql.predict_grammar import Predict
from localdb.tsql.predictions import bind_prediction
from localdb.tsql.query_grammar import COMMA
from localdb.tsql.refusals import refuse_unread, unsupported
from localdb.tsql.scopes import QueryScope, Source, query_source, table_source
from localdb.tsql.table_functions import bind_table_function
from localdb.tsql.views import bind_view
from localdb.types import ObjectName

_JOIN_HINTS = ("", "LOOP", "HASH", "MERGE")


def bind_from(
    from_node: exp.From | None,
    joins: Sequence[exp.Join] | None,
    context: Context,
    outer: QueryScope | None,
    *,
    changing: bool = False,
) -> tuple[str, QueryScope]:
    """Bind FROM to DuckDB text (with its keyword and a blank before it, '' when there is no FROM) and its
    scope.

    ``changing`` says that the statement writes: then the hints that ask for locks are kept by its write lock.
    """
    scope = QueryScope(context, outer)
    if from_node is None:
        return "", scope
    refuse_unread(from_node, "this")
    binder = _Joins(context, outer, changing)
    text = binder.bind_list(from_node.this, joins or ())
    scope.sources = binder.sources
    _check_exposed_names(scope.sources)
    return f" FROM {text}", scope


def bind_table(
    node: exp.Table, context: Context, outer: QueryScope | None, *, changing: bool = False
) -> tuple[str, Source]:
    """Bind a table, view, table variable, common table expression or table-valued function that stands in
    FROM.

    Returns the DuckDB table source with its alias, and what it offers.
    """
    refuse_unread(node, "this", "db", "catalog", "alias", "hints", "joins")
    locks = check_hints(node)
    if not isinstance(node.this, (exp.Identifier, exp.Parameter)):
        return bind_table_function(node.this, node.args.get("alias"), context, outer)
    name = object_name(node)
    alias = node.args.get("alias")
    if alias is not None and alias.columns:
        raise sql_error(102, "(")
    exposed = node.alias or name.name
    if name.schema is None and name.database is None and outer is not None:
        common = outer.common_table(name.name)
        if common is not None:
            sql = context.alias("t")
            source = query_source(exposed, sql, common.columns)
            source.common = common
            return f"{common.sql} {sql}", source
    relation = context.names.relation(name)
    context.access("SELECT", relation)
    if locks:
        context.locked.append(relation)
    sql = context.alias("t")
    full_name = (
        None if node.alias else ObjectName(name.name, name.schema, name.database or context.names.database)
    )
    if relation.kind == "view":
        bound = bind_view(relation, context)
        source = query_source(exposed, sql, bound.columns)
        source.relation, source.full_name = relation, full_name
        return f"({bound.sql}) {sql}", source
    return f"{relation.physical} {sql}", table_source(relation, exposed, sql, full_name)


def object_name(node: exp.Table) -> ObjectName:
    """The name of a table as written; a four-part name is refused, for there are no linked servers."""
    if isinstance(node.this, exp.Parameter):
        return ObjectName("@" + node.this.name.lower())
    if not isinstance(node.this, exp.Identifier):
        raise sql_error(40514, "four-part name" if isinstance(node.this, exp.Dot) else node.this.key.upper())
    prefix = "##" if node.this.args.get("global_") else "#" if node.this.args.get("temporary") else ""
    return ObjectName(prefix + node.name, node.db or None, node.catalog or None)


def _check_exposed_names(sources: list[Source]) -> None:
    seen: dict[str, Source] = {}
    for source in sources:
        other = seen.get(source.name.lower())
        if other is None:
            if source.name:
                seen[source.name.lower()] = source
        elif source.full_name is None and other.full_name is None:
            raise sql_error(1011, source.name)
        elif _same_exposed_name(source, other):
            raise sql_error(1013, source.name, other.name)


def _same_exposed_name(one: Source, other: Source) -> bool:
    if one.full_name is None or other.full_name is None:
        return True
    return (one.full_name.schema or "dbo", one.full_name.database) == (
        other.full_name.schema or "dbo",
        other.full_name.database,
    )


class _Joins:
    """Binds the table sources of one FROM, left to right; ``sources`` grows with each."""

    def __init__(self, context: Context, outer: QueryScope | None, changing: bool) -> None:
        self.context = context
        self.outer = outer
        self.changing = changing
        self.sources: list[Source] = []

    def bind_list(self, first: exp.Expression, joins: Sequence[exp.Join]) -> str:
        """``a JOIN b ON ..., c``: a comma binds weaker than JOIN, so each operand is bound by itself."""
        operands: list[list[exp.Join]] = [[]]
        heads = [first]
        for join in joins:
            if join.args.get("method") == COMMA:
                refuse_unread(join, "this", "method")
                heads.append(join.this)
                operands.append([])
            else:
                operands[-1].append(join)
        texts = [self.bind_operand(head, own) for head, own in zip(heads, operands, strict=True)]
        if len(texts) == 1:
            return texts[0]
        return " CROSS JOIN ".join(f"({t})" if own else t for t, own in zip(texts, operands, strict=True))

    def bind_operand(self, head: exp.Expression, joins: Sequence[exp.Join]) -> str:
        start = len(self.sources)
        text = self.bind_source(head)
        for join in joins:
            text = self._join(text, join, start)
        return text

    def bind_source(self, node: exp.Expression) -> str:
        """One table source; ``(a JOIN b ON ...)`` and ``a JOIN (b JOIN c ON ...)`` hold several."""
        nested = node.args.get("joins")
        start = len(self.sources)
        if (
            isinstance(node, exp.Subquery)
            and isinstance(node.this, (exp.Table, exp.Subquery))
            and not node.alias
        ):
            refuse_unread(node, "this", "joins")
            text = self.bind_source(node.this)
        elif isinstance(node, exp.Table) and isinstance(node.this, Predict):
            text, sources = bind_prediction(node, self.context, self.outer)
            self.sources += sources
        elif isinstance(node, exp.Table):
            text, source = bind_table(node, self.context, self.outer, changing=self.changing)
            self.sources.append(source)
        elif isinstance(node, exp.Subquery):
            refuse_unread(node, "this", "alias", "joins")
            text = self._add(bind_derived_table(node, self.context, self.outer))
        elif isinstance(node, exp.Values):
            text = self._add(bind_values(node, column_aliases(node), self.context, self.outer))
        else:
            raise unsupported(node)
        if not nested:
            return text
        for join in nested:
            text = self._join(text, join, start)
        return f"({text})"

    def _add(self, bound: tuple[str, Source]) -> str:
        self.sources.append(bound[1])
        return bound[0]

    def _join(self, left: str, join: exp.Join, start: int) -> str:
        refuse_unread(join, "this", "on", "side", "kind", "hint")
        if isinstance(join.this, exp.Lateral):
            refuse_unread(join, "this")
            return self._apply(left, join.this, start)
        side, kind, on = join.side, join.kind, join.args.get("on")
        if kind not in ("", "INNER", "OUTER", "CROSS") or (join.args.get("hint") or "") not in _JOIN_HINTS:
            raise sql_error(40517, f"{kind or join.args.get('hint')} JOIN")
        middle = len(self.sources)
        right = self.bind_source(join.this)
        if kind == "CROSS":
            if on is not None or side:
                raise sql_error(156, "on" if on is not None else "cross")
            return f"{left} CROSS JOIN {right}"
        if on is None:
            raise sql_error(102, join.this.alias_or_name)
        scope = QueryScope(self.context, self.outer, self.sources[start:], clause="ON")
        condition = bind_condition(on, scope)
        if side in ("RIGHT", "FULL"):
            _make_nullable(self.sources[start:middle])
        if side in ("LEFT", "FULL"):
            _make_nullable(self.sources[middle:])
        if side and on.find(exp.Query):
            return self._outer_join_by_subquery(left, side, right, self.sources[middle:], condition)
        return f"{left} {side or 'INNER'} JOIN {right} ON {condition}"

    def _outer_join_by_subquery(
        self, left: str, side: str, right: str, sources: Sequence[Source], condition: str
    ) -> str:
        """DuckDB has no outer join whose condition is a subquery over both sides, but it has LATERAL."""
        if side != "LEFT" or len(sources) != 1:
            raise sql_error(40514, f"{side} JOIN with a subquery in its condition")
        return f"{left} LEFT JOIN LATERAL (SELECT * FROM {right} WHERE {condition}) {sources[0].sql} ON true"

    def _apply(self, left: str, node: exp.Lateral, start: int) -> str:
        """CROSS APPLY and OUTER APPLY: the right side may use the columns of the left one."""
        refuse_unread(node, "this", "alias", "cross_apply")
        if node.args.get("cross_apply") is None:
            raise sql_error(40517, "LATERAL")
        scope = QueryScope(self.context, self.outer, self.sources[start:], clause="ON")
        if isinstance(node.this, exp.Subquery):
            refuse_unread(node.this, "this")
            text, source = bind_derived_table(node, self.context, scope)
        else:
            text, source = bind_table_function(node.this, node.args.get("alias"), self.context, scope)
        self.sources.append(source)
        if node.args["cross_apply"]:
            return f"{left} CROSS JOIN LATERAL {text}"
        source.make_nullable()
        return f"{left} LEFT JOIN LATERAL {text} ON true"


def _make_nullable(sources: list[Source]) -> None:
    for source in sources:
        source.make_nullable()
