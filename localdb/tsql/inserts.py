"""INSERT: VALUES, DEFAULT VALUES, a query, or rows that come from elsewhere (INSERT ... EXEC, bulk load).

https://learn.microsoft.com/sql/t-sql/statements/insert-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.binding import Bound, Context
from localdb.tsql.bridge import parse_slice
from localdb.tsql.change_reader import ChangeReader, compose, refuse_repeated
from localdb.tsql.constraints import violations
from localdb.tsql.ctes import bind_with
from localdb.tsql.expressions import bind_expression
from localdb.tsql.hints import check_options
from localdb.tsql.names import Names, Relation
from localdb.tsql.ordering import bind_limit
from localdb.tsql.outputs import OutputText, bind_output, read_output
from localdb.tsql.plan import ChangePlan
from localdb.tsql.queries import bind_query
from localdb.tsql.row_values import Cell, bind_value_rows
from localdb.tsql.rows import RowScope
from localdb.tsql.scopes import QueryScope
from localdb.tsql.stages import STAGE, Stage, column_indexes
from localdb.tsql.targets import change_target, identity_index, insert_value
from localdb.types import Column, quote_name


@dataclass(frozen=True, slots=True)
class Rows:
    """What is inserted: a DuckDB table source with the alias ``v``, and the value of each column there.

    ``prefix`` is DuckDB's WITH; ``single`` says that there is one row at most.
    """

    source: str
    values: tuple[Cell, ...]
    prefix: str = ""
    single: bool = False


@dataclass(frozen=True, slots=True)
class InsertText:
    """An INSERT up to its source."""

    context: Context
    relation: Relation
    columns: tuple[int, ...]
    listed: bool
    line: int = 1
    output: OutputText | None = None
    top: Slice | None = None
    common_tables: Slice | None = None

    def expect_columns(self, count: int, fewer: int, more: int) -> None:
        """Error ``fewer`` or ``more`` when ``count`` is wrong; without a column list 213 or 8101."""
        if count == len(self.columns):
            return
        if not self.listed:
            if identity_index(self.relation) is not None and count == len(self.relation.columns):
                raise sql_error(8101, self.relation.name.name)
            raise sql_error(213)
        raise sql_error(fewer if count < len(self.columns) else more)


def compile_insert(statement: Slice, names: Names) -> ChangePlan:
    reader = ChangeReader(statement)
    context = Context(names)
    common_tables = reader.common_tables()
    reader.expect("INSERT")
    top = reader.top()
    reader.accept("INTO")
    relation = change_target(context, reader.target().name)
    columns = None
    if reader.at("(") and reader.ahead().word not in ("SELECT", "WITH", "("):
        columns = reader.column_list()
    output = read_output(reader)
    insert = InsertText(
        context,
        relation,
        insert_columns(relation, columns),
        columns is not None,
        statement.line,
        output,
        top,
        common_tables,
    )
    return plan_insert(insert, _read_rows(reader, insert))


def insert_columns(relation: Relation, names: tuple[str, ...] | None) -> tuple[int, ...]:
    """The columns that an INSERT gives values to; 207, 264, 544 and 545."""
    identity = identity_index(relation)
    if names is None:
        columns = tuple(i for i in range(len(relation.columns)) if i != identity)
    else:
        refuse_repeated(names)
        columns = column_indexes(relation, names)
    if identity is not None and identity in columns and not relation.identity_insert:
        raise sql_error(544, relation.name.name)
    if identity is not None and identity not in columns and relation.identity_insert:
        raise sql_error(545, relation.name.name)
    return columns


def _read_rows(reader: ChangeReader, insert: InsertText) -> Rows:
    if reader.accept("DEFAULT", "VALUES"):
        reader.finish()
        return Rows("(SELECT 1) AS v", (None,) * len(insert.columns), single=True)
    first = reader.index
    if reader.at("VALUES"):
        reader.until("OPTION")
        values = reader.slice(first)
        options = reader.options()
        reader.finish()
        return _value_rows(insert, values, options)
    if not reader.at_any("SELECT", "("):
        raise reader.syntax_error()
    reader.until()
    query = reader.slice(first)
    reader.finish()
    return _query_rows(insert, compose(insert.line, insert.common_tables, query))


def _value_rows(insert: InsertText, values: Slice, options: Slice | None) -> Rows:
    text = compose(insert.line, insert.common_tables, "SELECT 1 FROM (", values, ") AS v", options)
    node = parse_slice(text, "query")
    check_options(node.args.get("options"))
    source = node.args["from_"].this
    rows = source.expressions
    if not isinstance(source, exp.Values) or any(not isinstance(row, exp.Tuple) for row in rows):
        raise sql_error(102, "VALUES", line=values.line)
    prefix, outer = _bind_common_tables(node, insert.context)
    insert.expect_columns(len(rows[0].expressions), 109, 110)
    table, cells = bind_value_rows(rows, insert.columns, insert.relation, insert.context, outer)
    identity = identity_index(insert.relation)
    if any(cell is None and i == identity for i, cell in zip(insert.columns, cells, strict=True)):
        raise sql_error(339)
    return Rows(table, cells, prefix, single=len(rows) == 1)


def _bind_common_tables(node: exp.Expression, context: Context) -> tuple[str, QueryScope | None]:
    if node.args.get("with_") is None:
        return "", None
    return bind_with(node.args["with_"], context, None)


def _query_rows(insert: InsertText, query: Slice) -> Rows:
    node = parse_slice(query, "query")
    constants = _constant_items(node, insert.context)
    bound = bind_query(node, insert.context)
    insert.expect_columns(len(bound.columns), 120, 121)
    values = _values_of(bound.columns, bound.untyped)
    return Rows(f"({bound.sql}) AS v", tuple(constants.get(k, value) for k, value in enumerate(values)))


def _constant_items(query: exp.Expression, context: Context) -> dict[int, Bound]:
    """The select list's constants and variables, by position: they need not be converted row by row."""
    if not isinstance(query, exp.Select) or any(item.is_star for item in query.expressions):
        return {}
    scope = RowScope(context)
    constants = {}
    for k, item in enumerate(query.expressions):
        value = item.this if isinstance(item, exp.Alias) else item
        if isinstance(value, (exp.Literal, exp.National, exp.HexString, exp.Parameter)):
            constants[k] = bind_expression(value, scope)
    return constants


def _values_of(columns: tuple[Column, ...], untyped: frozenset[int]) -> tuple[Cell, ...]:
    return tuple(
        Bound(f'"v"."c{k}"', None if k in untyped else column.type, column.nullable)
        for k, column in enumerate(columns)
    )


def compile_insert_from(
    target: Relation,
    columns: tuple[str, ...] | None,
    source_sql: str,
    source_columns: tuple[Column, ...],
    names: Names,
) -> ChangePlan:
    """An INSERT of a DuckDB query's rows, whatever its columns are called (INSERT ... EXEC, bulk load)."""
    context = Context(names)
    relation = change_target(context, target.name) if target.kind in ("view", "system") else target
    insert = InsertText(context, relation, insert_columns(relation, columns), columns is not None)
    if len(source_columns) != len(insert.columns):
        raise sql_error(213)
    aliases = ", ".join(f"c{k}" for k in range(len(source_columns)))
    values = _values_of(source_columns, frozenset())
    return plan_insert(insert, Rows(f"({source_sql}) AS v({aliases})", values))


def plan_insert(insert: InsertText, rows: Rows) -> ChangePlan:
    relation, context = insert.relation, insert.context
    context.access("INSERT", relation)
    if insert.output is not None:
        context.access("SELECT", relation)
    stage = Stage("INSERT", relation, context, inserts=True, single_row=rows.single)
    output = bind_output(insert.output, stage) if insert.output else None
    found = violations(stage) + (output.violations if output else ())
    given = dict(zip(insert.columns, rows.values, strict=True))
    values = [insert_value(relation, i, given.get(i), context) for i in range(len(relation.columns))]
    names = ", ".join(quote_name(column.name) for column in relation.columns)
    source = _limited(rows.source, insert)
    identity = identity_index(relation)
    direct = None
    if not found and output is None and identity is None:
        query = f"{rows.prefix}SELECT {', '.join(values)} FROM {source}"
        direct = f"INSERT INTO {relation.physical} ({names}) {query}"
    items = ["'INSERT' AS _action", "CAST(NULL AS BIGINT) AS _rid"]
    items += [f"{value} AS _new{i}" for i, value in enumerate(values)]
    if identity is not None or stage.numbered:
        # Numbering makes DuckDB hand on the rows one after the other, in their order. Without it several
        # threads call nextval(), each for a part of the rows.
        source = f"(SELECT row_number() OVER () AS _n, * FROM {source}) AS v"
        items.append("v._n")
        stage.numbered = False
    sql = rows.prefix + stage.query(f"SELECT {', '.join(items)} FROM {source}")
    news = ", ".join(f"_new{i}" for i in range(len(values)))
    apply = f"INSERT INTO {relation.physical} ({names}) SELECT {news} FROM {STAGE}"
    return ChangePlan(
        "INSERT",
        relation,
        context.plan(sql),
        found,
        (apply, *(output.apply if output else ())),
        output.clause if output else None,
        identity,
        direct=direct,
        explicit_identity=identity is not None and relation.identity_insert,
    )


def _limited(source: str, insert: InsertText) -> str:
    """INSERT TOP (n): any n of the rows."""
    if insert.top is None:
        return source
    node = parse_slice(compose(insert.top.line, "SELECT TOP (", insert.top, ") 1"), "query")
    return f"(SELECT * FROM {source} LIMIT {bind_limit(node, insert.context, None).count}) AS v"
