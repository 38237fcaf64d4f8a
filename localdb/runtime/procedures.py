"""Calls of procedures, ours and the system's: finding them, binding arguments, running the body.

https://learn.microsoft.com/sql/relational-databases/stored-procedures/specify-parameters
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import Procedure
from localdb.errors import SqlError, sql_error
from localdb.events import Event
from localdb.runtime.aborts import ScopeAborted
from localdb.runtime.database import Database
from localdb.runtime.dynamic import NESTING_LIMIT, check_transaction_count, leave_scope
from localdb.runtime.procedure_call import (
    REQUIRED,
    Argument,
    Call,
    Parameter,
    SystemProcedure,
    bind_arguments,
)
from localdb.runtime.scope import Frame, Value
from localdb.runtime.security.authorization import require_execute, require_use
from localdb.runtime.security.default_schemas import schema_of
from localdb.runtime.security.impersonation import module_context
from localdb.runtime.security.object_lookup import split_name
from localdb.runtime.security.securables import owner_of
from localdb.runtime.signals import ReturnFrom
from localdb.runtime.sysprocs.registry import SYSTEM_PROCEDURES
from localdb.tsql import ast
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter
    from localdb.runtime.session import Session


_BARE_WORD = re.compile(r"[^\W\d][\w@$#]*|\[(?:[^\]]|\]\])*\]|\"(?:[^\"]|\"\")*\"")


@dataclass(slots=True)
class Outcome:
    """What a call left: its status, and by argument position the final values of OUTPUT parameters."""

    status: int = 0
    outputs: dict[int, Argument] = field(default_factory=dict)

    def passed(self, arguments: Sequence[Argument]) -> list[Argument | None]:
        return [self.outputs.get(i) for i in range(len(arguments))]


def is_bare_word(text: str) -> bool:
    """A word that stands where a value is expected: T-SQL takes it as a string."""
    return _BARE_WORD.fullmatch(text) is not None and text.upper() != "NULL"


def unqualified(text: str) -> ObjectName:
    """The name in a string: 2812 when it is none."""
    parts = split_name(text)
    if not parts or len(parts) > 3 or not parts[-1]:
        raise sql_error(2812, text)
    padded = (None, None, *parts)[-3:]
    return ObjectName(str(padded[2]), padded[1] or None, padded[0] or None)


def call_procedure(
    run: Interpreter,
    name: ObjectName,
    arguments: Sequence[Argument],
    frame: Frame,
    outcome: Outcome,
    result_sets: ast.ResultSets | None = None,
) -> Generator[Event, None, None]:
    """Call ``name`` from the scope ``frame``; fills ``outcome``. 2812 when there is no such procedure.

    ``result_sets`` is the WITH RESULT SETS of the call, for a system procedure that wants to know it.
    """
    system = find_system_procedure(name)
    if system is not None:
        scope = frame if name.database is None else _scope_in(run, name, frame)
        yield from _call_system(run, name.name.lower(), system, arguments, scope, outcome, result_sets)
        return
    found = find_procedure(run, name, frame)
    require_execute(run.session, frame, found.home, found.procedure)
    yield from _call_user(run, found, arguments, frame, outcome)


def find_system_procedure(name: ObjectName) -> SystemProcedure | None:
    """A procedure of the server's own, which no user's can hide."""
    if (name.schema or "sys").lower() not in ("sys", "dbo"):
        return None
    return SYSTEM_PROCEDURES.get(name.name.lower())


def _scope_in(run: Interpreter, name: ObjectName, frame: Frame) -> Frame:
    """``database.sys.procedure`` works in that database: 2812 when it is not there, 40514 for one that is a
    name only.
    """
    assert name.database is not None
    instance = run.session.instance
    if instance.database(name.database) is None:
        if instance.is_name_only(name.database):
            raise sql_error(40514, name)
        raise sql_error(2812, name)
    database = instance.require_database(name.database)
    require_use(run.session, frame, database.name)
    return Frame(database.name, parent=frame, level=frame.level, remote=frame.remote)


@dataclass(frozen=True, slots=True)
class FoundProcedure:
    """A procedure of the database ``home``, which runs in ``database``."""

    procedure: Procedure
    home: Database
    database: Database


def find_procedure(run: Interpreter, name: ObjectName, frame: Frame) -> FoundProcedure:
    """Procedures whose names begin with sp_ are looked for in master too, and run in the caller's
    database. 2812 when there is none, 916 when the caller may not enter the database that ``name`` names.
    """
    session = run.session
    database = session.instance.database(name.database or frame.database)
    if database is not None:
        require_use(session, frame, database.name)
        snapshot = session.transactions.relations(database).snapshot
        found = snapshot.find(schema_of(session, frame, snapshot, name), name.name)
        if isinstance(found, Procedure):
            return FoundProcedure(found, database, database)
        if name.database is None and name.name.lower().startswith("sp_"):
            master = session.instance.require_database("master")
            found = session.transactions.relations(master).snapshot.find(name.schema or "dbo", name.name)
            if isinstance(found, Procedure):
                return FoundProcedure(found, master, database)
    raise sql_error(2812, name)


# --- system procedures ---


def _call_system(
    run: Interpreter,
    name: str,
    procedure: SystemProcedure,
    arguments: Sequence[Argument],
    frame: Frame,
    outcome: Outcome,
    result_sets: ast.ResultSets | None,
) -> Generator[Event, None, None]:
    bound, extra = bind_arguments(name, procedure.parameters, arguments)
    if extra and not procedure.extra:
        raise _too_many(name, extra)
    typed: dict[str, Argument] = {}
    for parameter in procedure.parameters:
        argument = bound[parameter.name]
        value = argument.value
        if argument.type != parameter.type:
            value = run.session.convert(value, argument.type, parameter.type)
        if argument.output and not parameter.output:
            raise sql_error(8162, parameter.name)
        typed[parameter.name] = Argument(argument.name, parameter.type, value, argument.output)
    call = Call(name, run, frame, typed, extra, result_sets=result_sets)
    outcome.status = yield from procedure.run(call)
    positions = _positions(procedure.parameters, arguments)
    for key, value in call.outputs.items():
        position = positions.get(key)
        if position is not None and arguments[position].output:
            declared = typed[key].type if key in typed else arguments[position].type
            outcome.outputs[position] = Argument(key, call.output_types.get(key, declared), value, True)


def _positions(parameters: Sequence[Parameter], arguments: Sequence[Argument]) -> dict[str, int]:
    """Where the argument of each parameter (or extra name) stands among those passed."""
    found: dict[str, int] = {}
    for i, argument in enumerate(arguments):
        if argument.name:
            found[argument.name.lower()] = i
        elif i < len(parameters):
            found[parameters[i].name] = i
        else:
            # Extra arguments without a name are known by their number.
            found[f"#{i - len(parameters)}"] = i
    return found


def _too_many(name: str, extra: Sequence[Argument]) -> SqlError:
    if extra[0].name:
        return sql_error(8145, extra[0].name, name)
    return sql_error(8144, name)


# --- the user's procedures ---


def _call_user(
    run: Interpreter,
    found: FoundProcedure,
    arguments: Sequence[Argument],
    caller: Frame,
    outcome: Outcome,
) -> Generator[Event, None, None]:
    if caller.level >= NESTING_LIMIT:
        raise sql_error(217)
    procedure = found.procedure
    node = _body(run, procedure)
    frame = procedure_frame(run.session, found, caller)
    positions = _bind(run, procedure, node, arguments, frame)
    session = run.session
    options = session.options.copy()
    count = session.transactions.count
    status: int | None = None
    try:
        signal = yield from run.run_scope(node.body, frame)
        status = signal.status if isinstance(signal, ReturnFrom) else None
    except ScopeAborted as abort:
        yield from leave_scope(run, abort.error, frame)
    finally:
        session.options = options
    outcome.status = frame.status if status is None else status
    for parameter in node.parameters:
        position = positions.get(parameter.name)
        if position is not None and arguments[position].output:
            final = frame.variable(parameter.name)
            outcome.outputs[position] = Argument(parameter.name, final.type, final.value, True)
    check_transaction_count(run, count)


def procedure_frame(session: Session, found: FoundProcedure, caller: Frame) -> Frame:
    """The scope of a procedure's body: 15517 when it runs as somebody who is not there."""
    procedure = found.procedure
    snapshot = session.transactions.relations(found.home).snapshot
    return Frame(
        found.database.name,
        parent=caller,
        procedure=procedure.name,
        procedure_id=procedure.object_id,
        level=caller.level + 1,
        schema=procedure.schema,
        owner=owner_of(snapshot, procedure.schema),
        runs_as=module_context(session, found.home, procedure),
    )


def _body(run: Interpreter, procedure: Procedure) -> ast.CreateProcedure:
    statement = run.parse(procedure.definition)[0]
    assert isinstance(statement, ast.CreateProcedure)
    return statement


def _bind(
    run: Interpreter,
    procedure: Procedure,
    node: ast.CreateProcedure,
    arguments: Sequence[Argument],
    frame: Frame,
) -> dict[str, int]:
    """Set the parameters as variables of ``frame``; which argument each parameter got."""
    declared = [_declared(run, parameter, frame) for parameter in node.parameters]
    bound, extra = bind_arguments(procedure.name, declared, arguments)
    if extra:
        raise _too_many(procedure.name, extra)
    for parameter in declared:
        argument = bound[parameter.name]
        if argument.output and not parameter.output:
            raise sql_error(8162, parameter.name)
        value = run.session.convert(argument.value, argument.type, parameter.type, number=8114)
        frame.variables[parameter.name] = Value(parameter.type, value)
    return _positions(declared, arguments)


def _declared(run: Interpreter, parameter: ast.ProcedureParameter, frame: Frame) -> Parameter:
    default: Any = REQUIRED
    if parameter.default is not None:
        default = constant(run, parameter.default, frame, parameter)
    return Parameter(parameter.name, parameter.type, default, parameter.output)


def constant(run: Interpreter, text: ast.Slice, frame: Frame, parameter: ast.ProcedureParameter) -> Any:
    """The value of a parameter's default: a literal, NULL, or a bare word, which is a string."""
    if is_bare_word(text.text):
        text = ast.Slice("N'" + text.text.strip('[]"').replace("'", "''") + "'", text.line)
    return run.evaluator.value(text, frame, parameter.type)
