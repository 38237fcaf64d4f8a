"""SELECT: rows for the client, values for variables, or a new table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from localdb.engine.arrow_types import from_storage
from localdb.errors import sql_error
from localdb.events import ResultSetStart, RowBatch
from localdb.runtime.scope import Frame
from localdb.runtime.statements.select_into import run_select_into
from localdb.tsql import ast
from localdb.tsql.plan import AssignPlan, QueryPlan, SelectIntoPlan
from localdb.types import Column

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.plan_cache import Compiled


def run_query(run: Interpreter, statement: ast.Query, frame: Frame) -> Flow:
    compiled = run.evaluator.statement(statement, frame)
    if compiled.relations:
        yield from run.begin_implicitly()
    match compiled.plan:
        case QueryPlan(plan):
            batches = run.evaluator.stream(compiled, plan, frame)
            yield ResultSetStart(plan.columns)
            rows = 0
            for batch in batches:
                run.session.check_cancelled()
                rows += batch.num_rows
                yield RowBatch(batch)
            yield run.done("SELECT", frame, rows)
        case AssignPlan() as plan:
            _assign(run, compiled, plan, frame)
        case SelectIntoPlan() as plan:
            rows = run_select_into(run, compiled, plan, frame)
            yield run.done("SELECT INTO", frame, rows)
    return None


def _assign(run: Interpreter, compiled: Compiled, plan: AssignPlan, frame: Frame) -> None:
    """The last row's values go to the variables; without a row they keep theirs."""
    table = run.evaluator.table(compiled, plan.plan, frame)
    run.session.state.rowcount = table.num_rows
    if not table.num_rows:
        return
    for i, (target, column) in enumerate(zip(plan.targets, plan.plan.columns, strict=True)):
        last = table.column(i)[table.num_rows - 1].as_py()
        frame.variable(target).value = from_storage(last, column.type)


def fetch(run: Interpreter, statement: ast.Query, frame: Frame) -> tuple[tuple[Column, ...], pa.Table]:
    """All rows of a SELECT as an Arrow table with the columns c0, c1 ..."""
    compiled = run.evaluator.statement(statement, frame)
    if not isinstance(compiled.plan, QueryPlan):
        raise sql_error(40514, "SELECT that assigns or creates, as a query")
    plan = compiled.plan.plan
    table = run.evaluator.table(compiled, plan, frame)
    return plan.columns, table.rename_columns([f"c{i}" for i in range(len(plan.columns))])


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType({ast.Query: run_query})
