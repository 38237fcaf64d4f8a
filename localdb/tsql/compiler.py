"""One statement, expression or condition of T-SQL -> DuckDB SQL: the compiler's entry points.

Compiling is pure: the same text under the same names gives the same plan, so that plans can be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.binding import Bound, Context
from localdb.tsql.bridge import parse_slice, with_deep_stack
from localdb.tsql.casts import cast
from localdb.tsql.changes import compile_change
from localdb.tsql.expressions import bind_condition, bind_expression
from localdb.tsql.grouping import contains
from localdb.tsql.names import Names
from localdb.tsql.plan import AssignPlan, Plan, QueryPlan, SelectIntoPlan, StatementPlan
from localdb.tsql.queries import BoundQuery, bind_query
from localdb.tsql.refusals import refuse_unread
from localdb.tsql.rows import RowScope
from localdb.tsql.scopes import QueryScope
from localdb.tsql.sources import object_name
from localdb.types import BIT, INT, Column, ObjectName, SqlType


def compile_statement(statement: ast.Query | ast.DataChange, names: Names) -> StatementPlan:
    """A SELECT (rows, ``SELECT @x = ...`` or SELECT INTO), INSERT, UPDATE, DELETE or MERGE."""
    if isinstance(statement, ast.DataChange):
        change = statement
        return with_deep_stack(lambda: compile_change(change, names))
    text = statement.text
    return with_deep_stack(lambda: _compile_query(text, names))


def compile_expression(text: ast.Slice, names: Names, to: SqlType | None = None) -> Plan:
    """The value of an expression, which may hold subqueries: one row of one column, assigned to type
    ``to``.
    """
    return with_deep_stack(lambda: _compile_expression(text, names, to))


def compile_default(text: ast.Slice, names: Names, to: SqlType) -> Plan:
    """The DEFAULT of a column of type ``to``. Errors: 128 for a column, 1046 for a subquery."""
    return with_deep_stack(lambda: _compile_expression(text, names, to, RowScope))


def compile_condition(text: ast.Slice, names: Names) -> Plan:
    """A search condition of IF or WHILE: one row of one bit column; NULL is unknown."""
    return with_deep_stack(lambda: _compile_condition(text, names))


def _compile_expression(
    text: ast.Slice, names: Names, to: SqlType | None, scope: Callable[[Context], QueryScope] = QueryScope
) -> Plan:
    context = Context(names)
    node = parse_slice(text, "expression")
    written = bind_expression(node, scope(context))
    bound = cast(written, to or written.type or INT, mode="assign")
    assert bound.type is not None
    columns = (Column("", bound.type, bound.nullable),)
    plan = _plan(BoundQuery(f"SELECT {bound.sql} AS c0", columns), context)
    literal = bound is written and isinstance(node, (exp.Literal, exp.National))
    return replace(plan, constant=written.constant) if literal else plan


def _compile_condition(text: ast.Slice, names: Names) -> Plan:
    context = Context(names)
    sql = bind_condition(parse_slice(text, "condition"), QueryScope(context))
    return _plan(BoundQuery(f"SELECT {sql} AS c0", (Column("", BIT),)), context)


def _compile_query(text: ast.Slice, names: Names) -> StatementPlan:
    node = parse_slice(text, "query")
    if isinstance(node, exp.Select) and any(_is_assignment(item) for item in node.expressions):
        return _compile_assignment(node, names)
    context = Context(names)
    into = node.args.get("into")
    if into is None:
        return QueryPlan(_plan(bind_query(node, context), context))
    node.set("into", None)
    target = _into_target(into)
    bound = bind_query(node, context)
    if any(not column.name for column in bound.columns):
        raise sql_error(1038)
    return SelectIntoPlan(_plan(bound, context), target)


def _plan(bound: BoundQuery, context: Context) -> Plan:
    return context.plan(bound.sql, bound.columns)


def _into_target(into: exp.Into) -> ObjectName:
    # "temporary" repeats what the name's # says.
    refuse_unread(into, "this", "temporary")
    refuse_unread(into.this, "this", "db", "catalog")
    return object_name(into.this)


# --- SELECT @x = ... ---


def _is_assignment(item: exp.Expression) -> bool:
    return isinstance(item, exp.EQ) and isinstance(item.this, exp.Parameter)


def _variable(node: exp.Expression) -> str:
    return f"@{node.name.lower()}"


@dataclass(slots=True)
class _AssignmentContext(Context):
    """Variables assigned earlier in the same select list have their new values, as SQL Server assigns in
    order.
    """

    assigned: dict[str, Bound] = field(default_factory=dict)

    def variable(self, name: str) -> tuple[str, SqlType]:
        bound = self.assigned.get(name.lower())
        if bound is not None and bound.type is not None:
            return bound.sql, bound.type
        # Not super(): a dataclass with slots is a new class, which zero-argument super() does not know.
        return Context.variable(self, name)


def _compile_assignment(node: exp.Select, names: Names) -> AssignPlan:
    if not all(_is_assignment(item) for item in node.expressions):
        raise sql_error(141)
    if node.args.get("into") is not None:
        raise sql_error(156, "INTO")
    targets = tuple(_variable(item.this) for item in node.expressions)
    _refuse_running_values(node, targets)
    node.set("expressions", [item.expression for item in node.expressions])
    context = _AssignmentContext(names)
    has_rows = node.args.get("from_") is not None

    def assign(index: int, bound: Bound) -> Bound:
        value = cast(bound, names.variable(targets[index]), mode="explicit")
        if not has_rows:
            context.assigned[targets[index]] = value
        return value

    bound = bind_query(node, context, convert=assign)
    return AssignPlan(_plan(bound, context), targets)


def _refuse_running_values(node: exp.Select, targets: tuple[str, ...]) -> None:
    """``SELECT @s = @s + x FROM t`` would need the value of each row for the next one: refused (40514).

    With aggregates and no GROUP BY there is one row, so that the old value is what is meant.
    """
    one_row = node.args.get("group") is None and any(contains(item, None) for item in node.expressions)
    if node.args.get("from_") is None or (one_row and len(targets) == 1):
        return
    for item in node.expressions:
        for variable in item.expression.find_all(exp.Parameter):
            if _variable(variable) in targets:
                raise sql_error(
                    40514, f"SELECT {_variable(variable)} = an expression of itself over several rows"
                )
