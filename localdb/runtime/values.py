"""The values behind a plan's parameters: variables, constants, and what only the session knows."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.errors import sql_error
from localdb.runtime.scope import Frame
from localdb.runtime.sysfuncs.registry import FUNCTIONS
from localdb.tsql.plan import Constant, Source, SystemValue, Variable
from localdb.tsql.system_functions import SYSTEM_VALUES
from localdb.types import INT, SqlType

if TYPE_CHECKING:
    from localdb.runtime.session import Session


def source_value(source: Source, session: Session, frame: Frame) -> tuple[Any, SqlType]:
    """The Python value of a parameter's source, and its type."""
    match source:
        case Constant(value):
            return value, INT
        case Variable(name):
            variable = frame.variable(name)
            return variable.value, variable.type
        case SystemValue(name, arguments):
            given = [source_value(argument, session, frame)[0] for argument in arguments]
            return system_value(name, given, session, frame), SYSTEM_VALUES.get(name, INT)


def system_value(name: str, arguments: list[Any], session: Session, frame: Frame) -> Any:
    """The value of ``@@name`` or ``name(...)``: state of the running batch here, the rest in sysfuncs."""
    if name in _STATE:
        return _STATE[name](session, frame)
    plain = name.removesuffix("()")
    if plain in FUNCTIONS:
        session.current_frame = frame
        return FUNCTIONS[plain](session, *arguments)
    raise sql_error(195, name, "built-in function name")


def _error(attribute: str) -> Callable[[Session, Frame], Any]:
    """An ERROR_* function: of the error that the innermost running CATCH block has caught, else NULL."""

    def read(session: Session, frame: Frame) -> Any:
        caught = session.state.caught
        return getattr(caught[-1], attribute) if caught else None

    return read


def _error_procedure(session: Session, frame: Frame) -> Any:
    caught = session.state.caught
    return (caught[-1].procedure or None) if caught else None


def _rounded(moment: datetime.datetime) -> datetime.datetime:
    """datetime keeps 1/300 of a second: milliseconds end in 0, 3 or 7."""
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = round((moment - start).total_seconds() * 300)
    return start + datetime.timedelta(milliseconds=round(ticks * 10 / 3))


def _now(session: Session, frame: Frame) -> datetime.datetime:
    return session.state.statement_time


def _datetime_now(session: Session, frame: Frame) -> datetime.datetime:
    return _rounded(session.state.statement_time)


_STATE: Mapping[str, Callable[[Session, Frame], Any]] = MappingProxyType(
    {
        "@@rowcount": lambda session, frame: session.state.rowcount,
        "rowcount_big()": lambda session, frame: session.state.rowcount,
        "@@error": lambda session, frame: session.state.error,
        "@@trancount": lambda session, frame: session.transactions.count,
        "@@identity": lambda session, frame: session.state.identity,
        "@@nestlevel": lambda session, frame: frame.level,
        "@@procid": lambda session, frame: frame.procedure_id,
        "scope_identity()": lambda session, frame: frame.identity,
        "xact_state()": lambda session, frame: session.transactions.state,
        "error_number()": _error("number"),
        "error_message()": _error("message"),
        "error_severity()": _error("severity"),
        "error_state()": _error("state"),
        "error_line()": _error("line"),
        "error_procedure()": _error_procedure,
        "sysdatetime()": _now,
        "sysutcdatetime()": _now,
        "getdate()": _datetime_now,
        "getutcdate()": _datetime_now,
        "current_timestamp()": _datetime_now,
        "sysdatetimeoffset()": lambda session, frame: session.state.statement_time.replace(
            tzinfo=datetime.UTC
        ),
    }
)
