"""sp_executesql, the prepared statements of the wire, and sp_execute_external_script.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-executesql-transact-sql
and .../sp-prepare-transact-sql, .../sp-prepexec-transact-sql, .../sp-execute-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from localdb.errors import sql_error
from localdb.events import ResultSetStart
from localdb.runtime.declarations import parse_declarations
from localdb.runtime.dynamic import dynamic_frame, run_dynamic
from localdb.runtime.procedure_call import (
    REQUIRED,
    Argument,
    Call,
    Flow,
    Parameter,
    SystemProcedure,
    bind_arguments,
)
from localdb.runtime.scripts.call_host import run_external_script
from localdb.runtime.scripts.external_script import PARAMETERS as SCRIPT_PARAMETERS
from localdb.tsql import ast
from localdb.types import INT, MAX, nvarchar

_TEXT = nvarchar(MAX)


def _run_executesql(call: Call) -> Flow:
    """sp_executesql @stmt, @params, values."""
    text = call.value("@stmt")
    declared = parse_declarations(call.value("@params") or "")
    return (yield from _run_with(call, text or "", declared, call.extra))


def _run_with(
    call: Call, text: str, declared: Sequence[ast.ProcedureParameter], given: Sequence[Argument]
) -> Flow:
    """Run ``text`` with ``declared`` as variables that hold the values ``given``; OUTPUT values go back."""
    frame = dynamic_frame(call.interpreter, call.frame, ())
    parameters = [_parameter(call, one, frame.database) for one in declared]
    bound, extra = bind_arguments(call.name, parameters, given)
    if extra:
        if extra[0].name:
            raise sql_error(8145, extra[0].name, call.name)
        raise sql_error(8144, call.name)
    for parameter in parameters:
        argument = bound[parameter.name]
        if argument.output and not parameter.output:
            raise sql_error(8162, parameter.name)
        value = call.session.convert(argument.value, argument.type, parameter.type, 8114)
        frame.declare(parameter.name, parameter.type, value)
    final = dict(frame.variables)
    status = yield from run_dynamic(call.interpreter, text, frame)
    _return_outputs(call, parameters, given, final)
    return status


def _parameter(call: Call, declared: ast.ProcedureParameter, database: str) -> Parameter:
    from localdb.runtime.procedures import constant

    default: Any = REQUIRED
    if declared.default is not None:
        default = constant(call.interpreter, declared.default, call.frame, declared)
    return Parameter(declared.name, declared.type, default, declared.output)


def _return_outputs(
    call: Call, parameters: Sequence[Parameter], given: Sequence[Argument], final: Mapping[str, Any]
) -> None:
    for position, argument in enumerate(given):
        if not argument.output:
            continue
        name = argument.name.lower() or parameters[position].name
        variable = final[name]
        call.set_output(argument.name or f"#{position}", variable.value, variable.type)


def _run_prepare(call: Call) -> Flow:
    """sp_prepare @handle OUTPUT, @params, @stmt, @options: with option 1 the result's columns are sent."""
    text = call.value("@stmt") or ""
    declared = parse_declarations(call.value("@params") or "")
    handle = call.session.prepared.add(text, declared)
    variables = [Argument(one.name, one.type, None) for one in declared]
    columns = call.describe(text, variables)
    if columns is not None and (call.value("@options") or 0) & 1:
        yield ResultSetStart(columns)
        yield call.done("SELECT", 0)
    call.set_output("@handle", handle)
    return 0


def _run_execute(call: Call) -> Flow:
    """sp_execute @handle, values."""
    prepared = call.session.prepared.get(call.value("@handle"))
    if prepared.procedure:
        return (yield from _run_call(call, prepared.procedure))
    return (yield from _run_with(call, prepared.text, prepared.parameters, call.extra))


def _run_prepexec(call: Call) -> Flow:
    """sp_prepexec @handle OUTPUT, @params, @stmt, values. A handle that was given is unprepared first."""
    if call.value("@handle") is not None:
        call.session.prepared.remove(call.value("@handle"))
    text = call.value("@stmt") or ""
    declared = parse_declarations(call.value("@params") or "")
    call.set_output("@handle", call.session.prepared.add(text, declared))
    return (yield from _run_with(call, text, declared, call.extra))


def _run_prepexecrpc(call: Call) -> Flow:
    """sp_prepexecrpc @handle OUTPUT, @RpcCall, values: a call of a procedure, prepared and run."""
    if call.value("@handle") is not None:
        call.session.prepared.remove(call.value("@handle"))
    name = call.value("@rpccall") or ""
    call.set_output("@handle", call.session.prepared.add_call(name))
    return (yield from _run_call(call, name))


def _run_call(call: Call, name: str) -> Flow:
    """Call the procedure ``name`` with the extra arguments; their OUTPUT values go back."""
    from localdb.runtime.procedures import Outcome, call_procedure, unqualified

    outcome = Outcome()
    yield from call_procedure(call.interpreter, unqualified(name), call.extra, call.frame, outcome)
    for position, argument in outcome.outputs.items():
        call.set_output(call.extra[position].name or f"#{position}", argument.value, argument.type)
    return outcome.status


def _run_unprepare(call: Call) -> Flow:
    """sp_unprepare @handle."""
    call.session.prepared.remove(call.value("@handle"))
    return 0
    yield


def _run_reset_connection(call: Call) -> Flow:
    """sp_reset_connection: for clients only, since it ends every EXECUTE AS. 2812 in a batch."""
    if not call.frame.remote:
        raise sql_error(2812, call.name)
    call.session.reset(keep_transaction=False)
    return 0
    yield


_HANDLE = Parameter("@handle", INT, None, output=True)
_PARAMS = Parameter("@params", _TEXT, None)

PROCEDURES: Mapping[str, SystemProcedure] = MappingProxyType(
    {
        "sp_executesql": SystemProcedure(
            _run_executesql, (Parameter("@stmt", _TEXT), Parameter("@params", _TEXT, None)), extra=True
        ),
        "sp_prepare": SystemProcedure(
            _run_prepare, (_HANDLE, _PARAMS, Parameter("@stmt", _TEXT, None), Parameter("@options", INT, 1))
        ),
        "sp_prepexec": SystemProcedure(
            _run_prepexec, (_HANDLE, _PARAMS, Parameter("@stmt", _TEXT, None)), extra=True
        ),
        "sp_prepexecrpc": SystemProcedure(
            _run_prepexecrpc, (_HANDLE, Parameter("@rpccall", nvarchar(4000))), extra=True
        ),
        "sp_execute": SystemProcedure(_run_execute, (Parameter("@handle", INT),), extra=True),
        "sp_unprepare": SystemProcedure(_run_unprepare, (Parameter("@handle", INT),)),
        "sp_reset_connection": SystemProcedure(_run_reset_connection),
        "sp_execute_external_script": SystemProcedure(
            run_external_script,
            tuple(
                Parameter(name, sql_type, REQUIRED if default is ... else default)
                for name, sql_type, default in SCRIPT_PARAMETERS
            ),
            extra=True,
        ),
    }
)
