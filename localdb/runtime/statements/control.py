"""IF, WHILE, BEGIN..END, TRY..CATCH, RETURN, WAITFOR."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.errors import SqlError, sql_error
from localdb.runtime.aborts import ends_transaction
from localdb.runtime.scope import Frame
from localdb.runtime.signals import BreakLoop, ContinueLoop, ReturnFrom
from localdb.tsql import ast
from localdb.types import INT

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter


def run_block(run: Interpreter, statement: ast.Block, frame: Frame) -> Flow:
    return (yield from run.run_statements(statement.body, frame))


def run_if(run: Interpreter, statement: ast.If, frame: Frame) -> Flow:
    holds = run.evaluator.condition(statement.condition, frame)
    run.session.state.condition_evaluated()
    if holds:
        return (yield from run.run_statement(statement.then, frame))
    if statement.otherwise is not None:
        return (yield from run.run_statement(statement.otherwise, frame))
    return None


def run_while(run: Interpreter, statement: ast.While, frame: Frame) -> Flow:
    while True:
        run.session.check_cancelled()
        holds = run.evaluator.condition(statement.condition, frame)
        run.session.state.condition_evaluated()
        if not holds:
            return None
        signal = yield from run.run_statement(statement.body, frame)
        if isinstance(signal, BreakLoop):
            return None
        if isinstance(signal, ReturnFrom):
            return signal


def run_break(run: Interpreter, statement: ast.Break, frame: Frame) -> Flow:
    return BreakLoop()
    yield


def run_continue(run: Interpreter, statement: ast.Continue, frame: Frame) -> Flow:
    return ContinueLoop()
    yield


def run_return(run: Interpreter, statement: ast.Return, frame: Frame) -> Flow:
    if statement.value is None:
        return ReturnFrom(None)
    if not frame.procedure:
        raise sql_error(178)
    status = run.evaluator.value(statement.value, frame, INT)
    # A procedure cannot return NULL: SQL Server returns 0 and says so.
    return ReturnFrom(0 if status is None else status)
    yield


def run_try(run: Interpreter, statement: ast.TryCatch, frame: Frame) -> Flow:
    """https://learn.microsoft.com/sql/t-sql/language-elements/try-catch-transact-sql"""
    session = run.session
    frame.try_depth += 1
    try:
        return (yield from run.run_statements(statement.body, frame))
    except SqlError as error:
        caught = error
        if caught.severity >= 20:
            raise
    finally:
        frame.try_depth -= 1
    if ends_transaction(caught, session.options.xact_abort):
        session.transactions.doom()
    yield from caught.messages
    session.state.error = caught.number
    session.state.caught.append(caught)
    try:
        return (yield from run.run_statements(statement.handler, frame))
    finally:
        session.state.caught.remove(caught)


_DELAY = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?")


def run_waitfor(run: Interpreter, statement: ast.WaitFor, frame: Frame) -> Flow:
    """WAITFOR DELAY 'hh:mm:ss.mmm', less than 24 hours."""
    value = run.evaluator.value(statement.value, frame)
    run.session.wait(_seconds(value))
    return None
    yield


def _seconds(value: Any) -> float:
    if hasattr(value, "hour"):
        return float(value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6)
    match = _DELAY.fullmatch(str(value).strip())
    if match is None:
        raise sql_error(148, value)
    hours, minutes, seconds, fraction = match.groups(default="0")
    if int(hours) > 23 or int(minutes) > 59 or int(seconds) > 59:
        raise sql_error(148, value)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        ast.Block: run_block,
        ast.If: run_if,
        ast.While: run_while,
        ast.Break: run_break,
        ast.Continue: run_continue,
        ast.Return: run_return,
        ast.TryCatch: run_try,
        ast.WaitFor: run_waitfor,
    }
)
