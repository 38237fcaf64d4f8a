"""EXECUTE of procedures and of strings.

https://learn.microsoft.com/sql/t-sql/language-elements/execute-transact-sql
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.errors import sql_error
from localdb.events import Event, ProcedureDone
from localdb.runtime.dynamic import dynamic_frame, run_dynamic
from localdb.runtime.procedure_call import DEFAULT, Argument
from localdb.runtime.procedures import Outcome, call_procedure, is_bare_word, unqualified
from localdb.runtime.scope import Frame
from localdb.runtime.statements.result_sets import convert_result_sets
from localdb.runtime.statements.variables import assign
from localdb.tsql import ast
from localdb.types import INT, MAX, ObjectName, nvarchar

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter


def run_execute(run: Interpreter, statement: ast.Execute, frame: Frame) -> Flow:
    outcome = Outcome()
    call = call_statement(run, statement, frame, outcome)
    yield from convert_result_sets(run, statement.result_sets, call)
    if not frame.in_procedure:
        yield ProcedureDone(outcome.status)
    return None


def call_statement(
    run: Interpreter, statement: ast.Execute, frame: Frame, outcome: Outcome
) -> Generator[Event, None, None]:
    """Call the procedure, then hand its outputs and its status to the caller's variables."""
    name = _procedure_name(statement, frame)
    arguments = [_argument(run, written, frame) for written in statement.arguments]
    yield from call_procedure(run, name, arguments, frame, outcome, statement.result_sets)
    for written, argument in zip(statement.arguments, outcome.passed(arguments), strict=True):
        if written.output and argument is not None:
            assert written.value is not None
            assign(run, frame, written.value.text, argument.value, argument.type)
    if statement.status_variable is not None:
        assign(run, frame, statement.status_variable, outcome.status, INT)


def _procedure_name(statement: ast.Execute, frame: Frame) -> ObjectName:
    if isinstance(statement.procedure, ObjectName):
        return statement.procedure
    value = frame.variable(statement.procedure).value
    if value is None:
        raise sql_error(2812, "")
    return unqualified(str(value))


def _argument(run: Interpreter, written: ast.Argument, frame: Frame) -> Argument:
    name = written.name or ""
    if written.value is None:
        return Argument(name, INT, DEFAULT)
    text = written.value.text
    if is_bare_word(text):
        word = text[1:-1] if text[0] in '["' else text
        return Argument(name, nvarchar(max(len(word), 1)), word)
    if text.startswith("@") and not text.startswith("@@"):
        variable = frame.variable(text)
        return Argument(name, variable.type, variable.value, written.output)
    value = run.evaluator.typed_value(written.value, frame)
    return Argument(name, value.type, value.value)


def run_execute_string(run: Interpreter, statement: ast.ExecuteString, frame: Frame) -> Flow:
    text = run.evaluator.value(statement.text, frame, nvarchar(MAX))
    if text:
        scope = dynamic_frame(run, frame, ())
        yield from convert_result_sets(
            run, statement.result_sets, _without_status(run_dynamic(run, text, scope))
        )
    return None


def _without_status(work: Generator[Event, None, int]) -> Generator[Event, None, None]:
    yield from work


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast.Execute: run_execute,
        ast.ExecuteString: run_execute_string,
    }
)
