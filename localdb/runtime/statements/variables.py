"""DECLARE and SET @x."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.runtime.scope import Frame
from localdb.tsql import ast
from localdb.types import SqlType

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter


def run_declare(run: Interpreter, statement: ast.Declare, frame: Frame) -> Flow:
    """The variables exist since their scope began; here they get their first values."""
    for declared in statement.variables:
        if declared.default is not None:
            variable = frame.variable(declared.name)
            variable.value = run.evaluator.value(declared.default, frame, variable.type)
            run.session.state.rowcount = 1
    return None
    yield


def run_declare_table(run: Interpreter, statement: ast.DeclareTable, frame: Frame) -> Flow:
    """The table exists since its scope began."""
    return None
    yield


def run_set(run: Interpreter, statement: ast.SetVariable, frame: Frame) -> Flow:
    variable = frame.variable(statement.name)
    text = statement.value
    if statement.operator != "=":
        operator = statement.operator.removesuffix("=")
        text = ast.Slice(f"{statement.name} {operator} ({text.text})", text.line)
    variable.value = run.evaluator.value(text, frame, variable.type)
    run.session.state.rowcount = 1
    return None
    yield


def assign(run: Interpreter, frame: Frame, name: str, value: Any, sql_type: SqlType) -> None:
    """Give a variable a value of another type, as SET does."""
    variable = frame.variable(name)
    variable.value = run.session.convert(value, sql_type, variable.type)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast.Declare: run_declare,
        ast.DeclareTable: run_declare_table,
        ast.SetVariable: run_set,
    }
)
