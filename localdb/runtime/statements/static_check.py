"""What SQL Server finds when it compiles a batch, before anything of it runs.

A statement about a table that does not exist yet is left until it runs (deferred name resolution):
https://learn.microsoft.com/sql/relational-databases/stored-procedures/create-a-stored-procedure
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from localdb.runtime.aborts import ScopeAborted
from localdb.runtime.declarations import walk
from localdb.runtime.scope import Frame
from localdb.tsql import ast

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter

_STATIC = frozenset(
    {107, 109, 110, 116, 120, 121, 130, 137, 141, 144, 145, 147, 164, 174, 189, 193, 205, 206, 207, 209}
    | {213, 257, 264, 529, 1087, 4104, 4145, 8120, 8121, 8127, 8155, 8156, 8158, 8159, 10738}
)
"""Errors that do not depend on what runs before. Refusals (195, 405xx) wait until their statement runs."""

_MOST_STATEMENTS = 500
"""Longer batches are checked as they run: their plans would not stay in the cache."""


def check_statements(run: Interpreter, statements: Sequence[ast.Statement], frame: Frame) -> None:
    """Compile every statement that can be compiled now; raises ``ScopeAborted`` for the first static
    error.
    """
    flat = list(walk(statements))
    if len(flat) > _MOST_STATEMENTS:
        return
    for statement in flat:
        try:
            _compile(run, statement, frame)
        except ScopeAborted as abort:
            if abort.error.number in _STATIC:
                raise


def _compile(run: Interpreter, statement: ast.Statement, frame: Frame) -> None:
    match statement:
        case ast.Query() | ast.DataChange():
            run.evaluator.statement(statement, frame)
        case ast.If(condition=condition) | ast.While(condition=condition):
            run.evaluator.compiled_condition(condition, frame)
        case _:
            for text, name in _expressions(statement):
                to = frame.variables[name].type if name in frame.variables else None
                run.evaluator.expression(text, frame, to)


def _expressions(statement: ast.Statement) -> Iterator[tuple[ast.Slice, str]]:
    """Expressions of a statement, each with the variable that it is assigned to, '' for none."""
    match statement:
        case ast.Declare(variables=variables):
            for variable in variables:
                if variable.default is not None:
                    yield variable.default, variable.name
        case ast.SetVariable(name=name, operator="=", value=value):
            yield value, name
