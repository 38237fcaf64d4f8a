"""PRINT, RAISERROR and THROW."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.errors import sql_error
from localdb.events import Info
from localdb.runtime.aborts import Raised, Thrown
from localdb.runtime.scope import Frame, Value
from localdb.runtime.security.authorization import may_on_server
from localdb.tsql import ast
from localdb.types import INT, nvarchar

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter

_USER_MESSAGE = 50000
_TEXT = nvarchar(4000)
_LONGEST = 2047
"""The longest message of RAISERROR, in characters."""


def run_print(run: Interpreter, statement: ast.Print, frame: Frame) -> Flow:
    """https://learn.microsoft.com/sql/t-sql/language-elements/print-transact-sql"""
    text = run.evaluator.value(statement.value, frame, _TEXT)
    yield run.info(0, text or "", statement, frame)
    run.session.state.rowcount = 0
    return None


def run_throw(run: Interpreter, statement: ast.Throw, frame: Frame) -> Flow:
    """https://learn.microsoft.com/sql/t-sql/language-elements/throw-transact-sql"""
    if statement.number is None:
        if not run.session.state.caught:
            raise sql_error(10704)
        caught = run.session.state.caught[-1]
        raise Thrown(
            caught.number, caught.message, caught.severity, caught.state, caught.line, caught.procedure
        )
    assert statement.message is not None and statement.state is not None
    number = run.evaluator.value(statement.number, frame, INT)
    message = run.evaluator.value(statement.message, frame, nvarchar(2048))
    state = run.evaluator.value(statement.state, frame, INT)
    if number is None or not 50000 <= number <= 2_147_483_647:
        raise sql_error(35100, number)
    if not 0 <= (state or 0) <= 255:
        raise sql_error(220, "tinyint", state)
    raise Thrown(number, message or "", 16, state or 0, statement.line, frame.procedure)
    yield


def run_raiserror(run: Interpreter, statement: ast.RaisError, frame: Frame) -> Flow:
    """https://learn.microsoft.com/sql/t-sql/language-elements/raiserror-transact-sql"""
    message = run.evaluator.typed_value(statement.message, frame)
    severity = run.evaluator.value(statement.severity, frame, INT) or 0
    state = run.evaluator.value(statement.state, frame, INT) or 0
    arguments = [run.evaluator.typed_value(argument, frame) for argument in statement.arguments]
    if len(arguments) > 20:
        raise sql_error(2747)
    if message.type.is_integer:
        # Messages of sys.messages: user-defined ones cannot exist here.
        raise sql_error(18054, message.value, severity, state)
    if severity > 18 and "LOG" not in statement.options:
        raise sql_error(2754)
    if "LOG" in statement.options and not may_on_server(run.session, frame, "ALTER TRACE"):
        raise sql_error(2778)
    text = format_message(str(message.value or ""), arguments)[:_LONGEST]
    state = 1 if state < 0 else min(state, 255)
    severity = min(max(severity, 0), 25)
    if severity <= 10:
        yield Info(_USER_MESSAGE, text, severity if severity else 0, state, statement.line, frame.procedure)
        run.session.state.rowcount = 0
        if "SETERROR" in statement.options:
            run.session.state.next_error = _USER_MESSAGE
        return None
    raise Raised(_USER_MESSAGE, text, severity, state, statement.line, frame.procedure)


_FORMAT = re.compile(
    r"%(?P<flags>[-+ #0]*)(?P<width>\d+|\*)?(?:\.(?P<precision>\d+|\*))?(?P<size>I64|h|l)?(?P<kind>.)", re.S
)


def format_message(template: str, arguments: Sequence[Value]) -> str:
    """The printf-like formats of RAISERROR: %d %i %u %o %x %X %s with flags, width and precision.

    Errors: 2786 an argument of the wrong type, 2787 an invalid format. A missing argument shows as (null).
    """
    remaining = list(arguments)

    def next_value() -> Value | None:
        return remaining.pop(0) if remaining else None

    def star(text: str | None) -> str:
        if text != "*":
            return text or ""
        value = next_value()
        if value is None or not isinstance(value.value, int):
            raise sql_error(2786, len(arguments) - len(remaining))
        return str(value.value)

    def replace(match: re.Match[str]) -> str:
        kind = match["kind"]
        if kind == "%":
            return "%"
        if kind not in "diouxXs":
            raise sql_error(2787, match.group(0))
        width, precision = star(match["width"]), star(match["precision"])
        value = next_value()
        position = len(arguments) - len(remaining)
        if value is None or value.value is None:
            return "(null)"
        return _format_one(match["flags"], width, precision, kind, value, position)

    if (len(template) - len(template.rstrip("%"))) % 2:
        raise sql_error(2787, "%")
    return _FORMAT.sub(replace, template)


def _format_one(flags: str, width: str, precision: str, kind: str, value: Value, position: int) -> str:
    dotted = f".{precision}" if precision else ""
    if kind == "s":
        if not value.type.is_character:
            raise sql_error(2786, position)
        return str(f"%{flags}{width}{dotted}s" % value.value)
    if not (value.type.is_integer or value.type.name == "bit"):
        raise sql_error(2786, position)
    number = int(value.value)
    if kind in "uoxX" and number < 0:
        # Negative numbers show as the unsigned number with the same bits.
        number += 2**64 if value.type.name == "bigint" else 2**32
    return str(f"%{flags}{width}{dotted}{'d' if kind in 'diu' else kind}" % number)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {ast.Print: run_print, ast.Throw: run_throw, ast.RaisError: run_raiserror}
)
