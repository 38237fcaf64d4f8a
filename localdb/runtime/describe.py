"""What a batch would return, without running it.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-describe-first-result-set-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from localdb.errors import SqlError
from localdb.runtime.aborts import ScopeAborted
from localdb.runtime.declarations import walk
from localdb.runtime.procedure_call import Argument
from localdb.runtime.procedures import FoundProcedure, find_procedure, procedure_frame
from localdb.runtime.scope import Frame, LocalTable, Value
from localdb.runtime.security.authorization import require_execute
from localdb.runtime.security.security_context import scope_apart
from localdb.runtime.statements.static_check import check_statements
from localdb.runtime.statements.table_definitions import TableBuilder
from localdb.tsql import ast
from localdb.tsql.plan import ChangePlan, Plan, QueryPlan, StatementPlan
from localdb.types import Column, ObjectName

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter


def first_result_set(
    run: Interpreter, text: str, caller: Frame, arguments: Sequence[Argument]
) -> tuple[Column, ...] | None:
    """The columns of the first statement that returns rows; None when none does. Errors of compiling are
    raised.
    """
    frame = Frame(caller.database, parent=caller, level=caller.level)
    for argument in arguments:
        frame.variables[argument.name.lower()] = Value(argument.type)
    try:
        return _describe(run, run.parse(text), frame)
    except ScopeAborted as abort:
        raise abort.error from abort


def check_procedure(run: Interpreter, body: ast.CreateProcedure, schema: str, caller: Frame) -> None:
    """The static errors of a procedure that is being created in ``schema``: 207, 137 and their like."""
    frame = scope_apart(run.session, caller, body.name.name, schema)
    for parameter in body.parameters:
        frame.declare(parameter.name, parameter.type)
    for statement in walk(body.body):
        match statement:
            case ast.Declare(variables=variables):
                for variable in variables:
                    frame.declare(variable.name, variable.type)
            case ast.DeclareTable(name=name, definition=definition):
                frame.table_variables[name] = _pretend(run, frame, name, definition)
    check_statements(run, body.body, frame)


def _describe(
    run: Interpreter, statements: Sequence[ast.Statement], frame: Frame
) -> tuple[Column, ...] | None:
    for statement in walk(statements):
        match statement:
            case ast.Declare(variables=variables):
                for variable in variables:
                    frame.variables[variable.name] = Value(variable.type)
            case ast.DeclareTable(name=name, definition=definition):
                frame.table_variables[name] = _pretend(run, frame, name, definition)
            case ast.CreateTable(name=ObjectName(name=name), definition=definition) if name.startswith("#"):
                frame.temp_tables[name.lower()] = _pretend(run, frame, name, definition)
            case ast.Query() | ast.DataChange():
                columns = _columns(run, statement, frame)
                if columns is not None:
                    return columns
            case ast.Execute():
                columns = _of_call(run, statement, frame)
                if columns is not None:
                    return columns
    return None


def _pretend(run: Interpreter, frame: Frame, name: str, definition: ast.TableDefinition) -> LocalTable:
    """A local table that is described but not made."""
    tables = run.session.local_tables
    table = TableBuilder(run.session, frame, tables.new_id).build(name, "dbo", definition)
    kind = "variable" if name.startswith("@") else "temp"
    return tables.describe(
        table, ObjectName(name, "dbo", "tempdb") if kind == "temp" else ObjectName(name), kind
    )


def _columns(
    run: Interpreter, statement: ast.Query | ast.DataChange, frame: Frame
) -> tuple[Column, ...] | None:
    plan = run.evaluator.statement(statement, frame).plan
    run.evaluator.authorize(_main_plan(plan), frame)
    if isinstance(plan, QueryPlan):
        return plan.plan.columns
    if isinstance(plan, ChangePlan) and plan.output is not None and plan.output.target is None:
        return plan.output.columns
    return None


def _main_plan(plan: StatementPlan) -> Plan:
    return plan.stage if isinstance(plan, ChangePlan) else plan.plan


def _of_call(run: Interpreter, statement: ast.Execute, frame: Frame) -> tuple[Column, ...] | None:
    """The columns that WITH RESULT SETS announces, or those of the procedure's body."""
    wanted = statement.result_sets
    if wanted is not None and wanted.kind == "NONE":
        return None
    if wanted is not None and wanted.kind == "DEFINED":
        return tuple(Column(c.name, c.type, c.nullable) for c in wanted.sets[0])
    if not isinstance(statement.procedure, ObjectName):
        return None
    try:
        found = find_procedure(run, statement.procedure, frame)
    except SqlError:
        return None
    require_execute(run.session, frame, found.home, found.procedure)
    return _of_procedure(run, found, frame)


def _of_procedure(run: Interpreter, found: FoundProcedure, caller: Frame) -> tuple[Column, ...] | None:
    (body,) = run.parse(found.procedure.definition)
    assert isinstance(body, ast.CreateProcedure)
    frame = procedure_frame(run.session, found, caller)
    for parameter in body.parameters:
        frame.variables[parameter.name] = Value(parameter.type)
    return _describe(run, body.body, frame)
