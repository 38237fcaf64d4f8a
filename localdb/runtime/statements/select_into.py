"""SELECT ... INTO: a new table with the query's columns.

https://learn.microsoft.com/sql/t-sql/queries/select-into-clause-transact-sql
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localdb.catalog.objects import Table, TableColumn
from localdb.catalog.store import now
from localdb.errors import sql_error
from localdb.runtime.predict.predictions import predictions
from localdb.runtime.scope import Frame
from localdb.runtime.statements.table_targets import new_table_target
from localdb.tsql.plan import SelectIntoPlan
from localdb.types import Column

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter
    from localdb.runtime.plan_cache import Compiled


def run_select_into(run: Interpreter, compiled: Compiled, plan: SelectIntoPlan, frame: Frame) -> int:
    """Create the table and fill it, in one unit of work; the number of rows."""
    run.evaluator.authorize(plan.plan, frame)
    parameters = run.evaluator.parameters(plan.plan, frame)
    columns = _columns(plan)
    target = new_table_target(run.session, frame, plan.target)
    with (
        predictions(run.session, run.session.connection, plan.plan, frame),
        run.session.transactions.writing(target.database) as transaction,
    ):
        target.check(transaction)
        moment = now()
        table = Table(target.new_id(), target.schema, target.name, columns, (), moment, moment)
        physical = target.create(table, transaction)
        return run.session.connection.execute(f"INSERT INTO {physical} {plan.plan.sql}", parameters)


def _columns(plan: SelectIntoPlan) -> tuple[TableColumn, ...]:
    """1038 for a column without a name, 2705 for a name used twice."""
    seen: set[str] = set()
    columns = []
    for number, column in enumerate(plan.plan.columns, start=1):
        if not column.name:
            raise sql_error(1038)
        if column.name.lower() in seen:
            raise sql_error(2705, column.name, plan.target.name)
        seen.add(column.name.lower())
        columns.append(TableColumn(number, Column(column.name, column.type, column.nullable)))
    return tuple(columns)
