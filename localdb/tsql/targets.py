"""The target of a data change: the table, what its columns take, and its place in the statement's FROM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.binding import Bound, Context
from localdb.tsql.bridge import parse_slice
from localdb.tsql.casts import cast
from localdb.tsql.change_reader import ChangeReader, Target, compose
from localdb.tsql.ctes import bind_with
from localdb.tsql.derived_targets import ROW_ID, DerivedTarget, NamesWithRowid, add_rowid, common_table
from localdb.tsql.expressions import bind_condition, bind_expression
from localdb.tsql.hints import check_options
from localdb.tsql.names import Relation
from localdb.tsql.ordering import bind_limit
from localdb.tsql.refusals import refuse_unread
from localdb.tsql.rows import RowScope
from localdb.tsql.scopes import QueryScope, Source, table_source
from localdb.tsql.sources import bind_from
from localdb.tsql.sqltext import raise_error
from localdb.tsql.stages import column_index, complete_name, quote_text, typed_null
from localdb.types import ObjectName, storage_type

_TABLES = ("table", "temp", "variable")


def change_target(context: Context, name: ObjectName) -> Relation:
    """The table of that name: 208, 1087, 259 for a catalog view; a view is refused."""
    return _changeable(context.names.relation(name))


def _changeable(relation: Relation) -> Relation:
    if relation.kind == "system":
        raise sql_error(259)
    if relation.kind not in _TABLES:
        raise sql_error(40514, f"Data change through the view {relation.name.name}")
    return relation


def assigned(relation: Relation, i: int, value: Bound) -> Bound:
    """``value`` as column ``i`` takes it: 2628 when it is too long, 206, 245, 257, 8115 ..."""
    column = relation.columns[i]
    if value.type is None:
        return Bound(typed_null(column), column.type)
    return cast(value, column.type, mode="assign", table=complete_name(relation), column=column.name)


def default_value(relation: Relation, i: int, context: Context) -> Bound:
    """Column ``i``'s DEFAULT, or NULL when it has none."""
    column = relation.columns[i]
    if column.default is None:
        return Bound(typed_null(column), column.type)
    node = parse_slice(Slice(column.default, 1), "expression")
    return assigned(relation, i, bind_expression(node, RowScope(context)))


def next_identity(relation: Relation, i: int) -> str:
    """The next value of the identity column ``i``; 8115 when its type is exhausted.

    The rows must come numbered (``Stage.numbered``).
    """
    column = relation.columns[i]
    number = f"nextval({quote_text(relation.sequence)})"
    overflow = raise_error(8115, "'IDENTITY'", quote_text(column.type.name))
    return f"coalesce(TRY_CAST({number} AS {storage_type(column.type)}), {overflow})"


def insert_value(relation: Relation, i: int, given: Bound | None, context: Context) -> str:
    """What an inserted row gets in column ``i``: the given value, the next identity value, or the default."""
    if given is not None:
        return assigned(relation, i, given).sql
    if relation.columns[i].identity is not None:
        return next_identity(relation, i)
    return default_value(relation, i, context).sql


def identity_index(relation: Relation) -> int | None:
    return next((i for i, column in enumerate(relation.columns) if column.identity is not None), None)


@dataclass(frozen=True, slots=True)
class ChangeFrom:
    """FROM, WHERE and TOP of a change, bound. ``prefix`` is DuckDB's WITH; ``limit`` is '' without TOP."""

    relation: Relation
    target: Source
    scope: QueryScope
    prefix: str
    sources: str
    condition: str
    limit: str
    derived: DerivedTarget | None = None

    @property
    def rid(self) -> str:
        return f"{self.target.sql}.rowid"

    def column(self, name: str) -> int:
        """The target's column that SET calls ``name``; 207."""
        if self.derived is None:
            return column_index(self.relation, name)
        if name.lower() not in self.derived.columns:
            raise sql_error(207, name)
        shown = self.derived.columns[name.lower()]
        if shown is None:
            raise sql_error(4406, self.target.name)
        return column_index(self.relation, shown)

    def access(self, permission: str, *, output: bool) -> None:
        """Ask for ``permission`` on the target, and for SELECT when WHERE, SET, OUTPUT or another clause
        reads it."""
        context = self.scope.context
        if self.condition or self.derived is not None or self.target.read or output:
            context.access(permission, self.relation)
        else:
            context.only(permission, self.relation)

    def refuse_output(self) -> None:
        """OUTPUT shows the target's columns: a common table expression must have just these."""
        if self.derived is not None and not self.derived.shows_the_table():
            raise sql_error(40514, f"OUTPUT of a change through {self.target.name}")

    def rows(self, items: Sequence[str], order: Sequence[str]) -> str:
        """``SELECT items`` of the rows to be changed, each once.

        Where a row of the target meets several rows of the other sources, SQL Server takes any one of them;
        here it is the first by ``order`` (the other tables' own order where they have one).
        """
        tests = [self.condition] if self.condition else []
        chosen = ""
        if len(self.scope.sources) > 1:
            tests.append(f"{self.rid} IS NOT NULL")
            own = [f"{s.sql}.rowid" for s in self._others() if _is_table(s)]
            keys = own if len(own) == len(self._others()) else [*own, *order]
            by = f" ORDER BY {', '.join(keys)}" if keys else ""
            chosen = f" QUALIFY row_number() OVER (PARTITION BY {self.rid}{by}) = 1"
        where = f" WHERE {' AND '.join(f'({test})' for test in tests)}" if tests else ""
        limit = f" LIMIT {self.limit}" if self.limit else ""
        return f"SELECT {', '.join(items)}{self.sources}{where}{chosen}{limit}"

    def _others(self) -> list[Source]:
        return [source for source in self.scope.sources if source is not self.target]


@dataclass(frozen=True, slots=True)
class FromText:
    """The clauses as written; ``sources`` is the text behind FROM, None without FROM."""

    target: Target
    common_tables: Slice | None
    top: Slice | None
    sources: Slice | None
    where: Slice | None
    options: Slice | None
    line: int

    def query(self, *sources: str | Slice) -> Slice:
        """These clauses as a SELECT, which sqlglot can parse."""
        top = ("TOP (", self.top, ")") if self.top else ()
        where = ("WHERE (", self.where, ")") if self.where else ()
        return compose(
            self.line, self.common_tables, "SELECT", *top, "1 FROM", *sources, *where, self.options
        )


def read_from(reader: ChangeReader) -> tuple[Slice | None, Slice | None, Slice | None]:
    """``[FROM ...] [WHERE ...] [OPTION (...)]`` at the end of UPDATE and DELETE."""
    sources = reader.until("WHERE", "OPTION") if reader.accept("FROM") else None
    where = reader.until("OPTION") if reader.accept("WHERE") else None
    options = reader.options()
    reader.finish()
    return sources, where, options


def bind_change_from(text: FromText, context: Context) -> ChangeFrom:
    """Bind the clauses and find the target among the sources.

    The target is a source's exposed name, or else the table of that name, which joins the sources when it is
    not one of them. 8154 when several sources are that table.
    """
    sources = text.sources or text.target.text
    query = _parse_clauses(text.query(sources))
    if text.sources is None and text.target.name.schema is None:
        table = common_table(query, text.target.name.name)
        if table is not None:
            return _bind_derived(query, table, context)
    bound = _bind_clauses(query, context)
    target = _find_target(text.target, bound.scope, context)
    if target is None:
        bound = bind_sources(text.query(sources, ",", text.target.text), context)
        target = bound.scope.sources[-1]
    if target.relation is None:
        raise sql_error(40514, f"Data change through {target.name}")
    relation = _changeable(target.relation)
    refuse_rowid_column(relation)
    return ChangeFrom(
        relation, target, bound.scope, bound.prefix, bound.sources, bound.condition(), bound.limit()
    )


def _bind_derived(query: exp.Select, table: exp.CTE, context: Context) -> ChangeFrom:
    """The target is a common table expression over one table (``derived_targets``)."""
    derived = add_rowid(query, table, context)
    relation = derived.relation
    refuse_rowid_column(relation)
    inner = replace(context, names=NamesWithRowid(context.names, relation), locked=[])
    bound = _bind_clauses(query, inner)
    source = bound.scope.sources[0]
    rid = source.bound(source.indexes(ROW_ID)[0]).sql
    source.columns, source.sql_columns = source.columns[:-1], source.sql_columns[:-1]
    alias = context.alias("t")
    sources = f"{bound.sources} JOIN {relation.physical} {alias} ON {alias}.rowid = {rid}"
    target = table_source(relation, source.name, alias)
    return ChangeFrom(
        relation, target, bound.scope, bound.prefix, sources, bound.condition(), bound.limit(), derived
    )


@dataclass(frozen=True, slots=True)
class BoundSources:
    """A SELECT whose WITH (``prefix``, '' without it) and FROM (``sources``, with its keyword) are bound."""

    node: exp.Select
    scope: QueryScope
    prefix: str
    sources: str

    def condition(self) -> str:
        """WHERE, '' without it."""
        where = self.node.args.get("where")
        return bind_condition(where.this, self.scope) if where is not None else ""

    def limit(self) -> str:
        """TOP's number of rows, '' without TOP."""
        return bind_limit(self.node, self.scope.context, self.scope.outer).count


def bind_sources(query: Slice, context: Context) -> BoundSources:
    return _bind_clauses(_parse_clauses(query), context)


def _parse_clauses(query: Slice) -> exp.Select:
    node = parse_slice(query, "query")
    if not isinstance(node, exp.Select):
        raise sql_error(156, node.key.upper(), line=query.line)
    refuse_unread(node, "kind", "expressions", "with_", "from_", "joins", "where", "limit", "options")
    return node


def _bind_clauses(node: exp.Select, context: Context) -> BoundSources:
    recursion = check_options(node.args.get("options"))
    prefix, outer = "", None
    if node.args.get("with_") is not None:
        prefix, outer = bind_with(node.args["with_"], context, None, recursion)
    sql, scope = bind_from(node.args["from_"], node.args.get("joins"), context, outer, changing=True)
    return BoundSources(node, scope, prefix, sql)


def _find_target(target: Target, scope: QueryScope, context: Context) -> Source | None:
    name = target.name
    if name.schema is None and name.database is None:
        source = scope.source(name.name)
        if source is not None:
            return source
    relation = change_target(context, name)
    same = [s for s in scope.sources if s.relation is not None and s.relation.physical == relation.physical]
    if len(same) > 1:
        raise sql_error(8154, name.name)
    return same[0] if same else None


def _is_table(source: Source) -> bool:
    relation = source.relation
    return relation is not None and relation.kind in _TABLES and not has_rowid_column(relation)


def has_rowid_column(relation: Relation) -> bool:
    return any(column.name.lower() == "rowid" for column in relation.columns)


def refuse_rowid_column(relation: Relation) -> None:
    """A column named rowid hides DuckDB's own, by which the rows to be changed are found."""
    if has_rowid_column(relation):
        raise sql_error(40514, "UPDATE, DELETE or MERGE of a table with a column named rowid")
