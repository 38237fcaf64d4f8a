"""The OUTPUT clause: values of each changed row, sent to the client or put into another table.

https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.binding import Bound
from localdb.tsql.bridge import parse_slice
from localdb.tsql.change_reader import ChangeReader, Target, refuse_repeated
from localdb.tsql.constraints import key_violations, not_null_violations
from localdb.tsql.expressions import bind_expression
from localdb.tsql.lexer import Kind, tokenize
from localdb.tsql.names import Relation
from localdb.tsql.plan import OutputClause, Violation
from localdb.tsql.refusals import refuse_unread
from localdb.tsql.rows import Row, RowScope
from localdb.tsql.scopes import QueryScope, Source, written_name
from localdb.tsql.stages import STAGE, Stage, column_indexes, complete_name
from localdb.tsql.targets import change_target, identity_index, insert_value
from localdb.types import INT, Column, SqlType, quote_name

_STOPS = ("INTO", "VALUES", "SELECT", "DEFAULT", "EXEC", "EXECUTE", "FROM", "WHERE", "OPTION", "OUTPUT")


@dataclass(frozen=True, slots=True)
class OutputText:
    """OUTPUT as written: its select list, and INTO with its columns."""

    items: Slice
    into: Target | None = None
    columns: tuple[str, ...] | None = None


def read_output(reader: ChangeReader) -> OutputText | None:
    if not reader.accept("OUTPUT"):
        return None
    first = reader.index
    reader.list_until(*_STOPS)
    items = reader.slice(first)
    into, columns = None, None
    if reader.accept("INTO"):
        into = reader.target()
        if reader.at("(") and reader.ahead().word != "SELECT":
            columns = reader.column_list()
    if reader.at("OUTPUT"):
        raise reader.unsupported_option("OUTPUT ... INTO ... OUTPUT")
    return OutputText(items, into, columns)


class OutputScope(RowScope):
    """inserted, deleted and, behind UPDATE, DELETE and MERGE, the sources of FROM other than the target.

    ``passed`` collects the source values that the stage must carry along as ``_src0`` ...
    """

    def __init__(
        self, stage: Stage, rows: Sequence[tuple[str, Row]], sources: QueryScope | None, target: Source | None
    ) -> None:
        super().__init__(stage.context, [(name, stage.target, row) for name, row in rows], bare=False)
        self.kind = stage.kind
        self.from_scope = sources
        self.target = target
        self.passed: list[Bound] = []

    def column(self, node: exp.Column) -> Bound:
        if any(node.table.lower() == prefix for prefix, _, _ in self.rows):
            return super().column(node)
        if node.name.lower() == "$action" and not node.table:
            if self.kind != "MERGE":
                raise sql_error(207, "$action")
            return Bound("s._action", SqlType("nvarchar", length=10), nullable=False)
        if self.from_scope is None:
            return super().column(node)
        _, source, index = self.from_scope.resolve(node)
        if source is None or source is self.target:
            raise sql_error(4104, written_name(node))
        return self.pass_on(source.bound(index))

    def pass_on(self, bound: Bound) -> Bound:
        if bound not in self.passed:
            self.passed.append(bound)
        return Bound(f"s._src{self.passed.index(bound)}", bound.type, nullable=True)

    def star(self, prefix: str) -> list[tuple[str, Bound]]:
        """``inserted.*``, ``deleted.*`` or ``source.*``."""
        for name, relation, row in self.rows:
            if prefix.lower() == name:
                return [(column.name, row(i)) for i, column in enumerate(relation.columns)]
        source = self.from_scope.source(prefix) if self.from_scope is not None else None
        if source is None or source is self.target:
            raise sql_error(107, prefix)
        return [(column.name, self.pass_on(source.bound(i))) for i, column in enumerate(source.columns)]


@dataclass(frozen=True, slots=True)
class BoundOutput:
    """``passed`` are the source values that the stage's rows carry as ``_src0`` ..."""

    clause: OutputClause
    passed: tuple[Bound, ...]
    violations: tuple[Violation, ...] = ()
    apply: tuple[str, ...] = ()


def bind_output(
    text: OutputText, stage: Stage, sources: QueryScope | None = None, target: Source | None = None
) -> BoundOutput:
    """Bind an OUTPUT clause and add ``_out0`` ... to the stage; ``target`` is the target in ``sources``."""
    rows: list[tuple[str, Row]] = []
    if stage.kind != "DELETE":
        rows.append(("inserted", stage.new_value))
    if stage.kind != "INSERT":
        rows.append(("deleted", stage.old_value))
    scope = OutputScope(stage, rows, sources, target)
    items = _bind_items(text.items, scope)
    if text.into is not None:
        return _bind_into(text, text.into, stage, items, scope)
    columns = tuple(_client_column(name, bound) for name, bound in items)
    for k, (_, bound) in enumerate(items):
        stage.extra[f"_out{k}"] = bound.sql if bound.type is not None else "CAST(NULL AS INTEGER)"
    return BoundOutput(OutputClause(columns), tuple(scope.passed))


def _bind_items(text: Slice, scope: OutputScope) -> list[tuple[str, Bound]]:
    """The select list's (name, value) pairs, ``*`` written out."""
    query = parse_slice(Slice(f"SELECT {_quote_action(text.text)}", text.line), "query")
    if not isinstance(query, exp.Select):
        raise sql_error(102, "OUTPUT", line=text.line)
    refuse_unread(query, "expressions", "kind")
    items: list[tuple[str, Bound]] = []
    for node in query.expressions:
        value = node.this if isinstance(node, exp.Alias) else node
        if isinstance(value, exp.Column) and isinstance(value.this, exp.Star):
            items += scope.star(value.table)
        elif isinstance(value, exp.Star):
            raise sql_error(263)
        else:
            own_name = value.name if isinstance(value, exp.Column) else ""
            items.append((node.alias or own_name, bind_expression(value, scope)))
    return items


def _quote_action(text: str) -> str:
    """``$action`` as a quoted name, which sqlglot keeps as a column."""
    pieces, position = [], 0
    for token in tokenize(text):
        if token.kind is Kind.PSEUDO:
            if token.text.lower() != "$action":
                raise sql_error(126, token.text)
            pieces.append(text[position : token.start] + "[$action]")
            position = token.end
    return "".join(pieces) + text[position:]


def _client_column(name: str, bound: Bound) -> Column:
    return Column(name, bound.type or INT, bound.nullable)


def _bind_into(
    text: OutputText, into: Target, stage: Stage, items: list[tuple[str, Bound]], scope: OutputScope
) -> BoundOutput:
    """OUTPUT ... INTO: ``_out0`` ... are all columns of the other table; its rows are checked too."""
    table = _into_table(into, stage)
    columns = _into_columns(table, text.columns, len(items))
    given = {i: bound for i, (_, bound) in zip(columns, items, strict=True)}
    rows = Stage("INSERT", table, stage.context, inserts=True, prefix="_out")
    for i in range(len(table.columns)):
        stage.extra[f"_out{i}"] = insert_value(table, i, given.get(i), stage.context)
    stage.numbered = identity_index(table) is not None
    violations = not_null_violations(rows)
    for key in table.keys:
        violations += key_violations(rows, key)
    names = ", ".join(quote_name(column.name) for column in table.columns)
    outs = ", ".join(f"s._out{i}" for i in range(len(table.columns)))
    apply = f"INSERT INTO {table.physical} ({names}) SELECT {outs} FROM {STAGE} AS s"
    clause = OutputClause(table.columns, table, tuple(column.name for column in table.columns))
    return BoundOutput(clause, tuple(scope.passed), tuple(violations), (apply,))


def _into_table(into: Target, stage: Stage) -> Relation:
    """The table behind INTO; 332 and 333 when it has constraints that OUTPUT INTO does not allow."""
    table = change_target(stage.context, into.name)
    stage.context.access("INSERT", table)
    if table.physical == stage.target.physical:
        raise sql_error(40517, "OUTPUT INTO the target of the same statement")
    references = [*table.foreign_keys, *(key for _, key in table.referencing)]
    if references:
        raise sql_error(332, complete_name(table), references[0].name)
    if table.checks:
        raise sql_error(333, complete_name(table), table.checks[0].name)
    return table


def _into_columns(table: Relation, names: tuple[str, ...] | None, count: int) -> tuple[int, ...]:
    identity = identity_index(table)
    if names is None:
        columns = tuple(i for i in range(len(table.columns)) if i != identity)
        if len(columns) != count:
            raise sql_error(213)
        return columns
    refuse_repeated(names)
    columns = column_indexes(table, names)
    if identity in columns:
        raise sql_error(544, table.name.name)
    if len(columns) != count:
        raise sql_error(121 if count > len(columns) else 120)
    return columns
