"""sp_execute_external_script: a Python script in a process of its own, fed by a query.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-execute-external-script-transact-sql
The order of the checks: the feature and the language, @params, the input query, partitions and parallelism,
then the script.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from decimal import InvalidOperation
from typing import Any

import pyarrow as pa

from localdb.errors import sql_error
from localdb.events import Event
from localdb.runtime.external.environment import library_environment
from localdb.runtime.scripts.columns import ORDER_BY, PARTITION_BY
from localdb.runtime.scripts.data import output_value
from localdb.runtime.scripts.host import Language, ScriptHost
from localdb.runtime.scripts.input import script_input
from localdb.runtime.scripts.messages import (
    failure,
    no_runtime_for_r,
    printed,
    unreadable,
    wrong_output,
)
from localdb.runtime.scripts.output import OutputRows
from localdb.runtime.scripts.parameters import (
    Bound,
    PassedArgument,
    bind,
    parse_declarations,
    rows_per_read,
    script_parameters,
)
from localdb.satellite.launcher import EXTENSION, Chunk, Outcome, ScriptRequest, ScriptResult
from localdb.types import BIT, MAX, SYSNAME, SqlType, nvarchar

PARAMETERS: tuple[tuple[str, SqlType, Any], ...] = (
    ("@language", SYSNAME, ...),
    ("@script", nvarchar(MAX), ...),
    ("@input_data_1", nvarchar(MAX), None),
    ("@input_data_1_name", SYSNAME, "InputDataSet"),
    (ORDER_BY, nvarchar(MAX), None),
    (PARTITION_BY, nvarchar(MAX), None),
    ("@output_data_1_name", SYSNAME, "OutputDataSet"),
    ("@parallel", BIT, False),
    ("@params", nvarchar(MAX), None),
)
"""The procedure's own parameters in order, with their defaults (``...``: must be given)."""

_DATA_SETS = (("@input_data_1_name", "InputDataSet"), ("@output_data_1_name", "OutputDataSet"))


def run(
    host: ScriptHost, arguments: Mapping[str, Any], values: Sequence[PassedArgument]
) -> Generator[Event, None, int]:
    """``arguments`` has a value for every one of ``PARAMETERS``; ``values`` are those of @params as passed.

    Yields what the script printed (39005, 39022), then its result set if it has one; where rows of earlier
    runs have been sent before, what was printed follows them. A script that fails raises 39019 with 39004 in
    ``earlier``; one whose process died, or ran too long, raises 39012.
    """
    request_id = str(uuid.uuid4()).upper()
    language = _language(host, arguments, request_id)
    input_name, output_name = (arguments[name] or default for name, default in _DATA_SETS)
    bound = _bind(host, arguments, values, (input_name, output_name), language.name, request_id)
    # Before the input is read: the first call that sees a new library installs it.
    libraries = host.libraries(language.name)
    chunks, input_types = script_input(host, arguments, bound, language.name, request_id)
    with closing(chunks):
        first = next(chunks)
        request = ScriptRequest(
            script=arguments["@script"],
            request_id=request_id,
            language=language.name,
            input=first.rows,
            input_types=input_types,
            input_name=input_name,
            output_name=output_name,
            parameters=script_parameters(bound),
            profile=language.profile,
            interpreter=language.interpreter,
            libraries=libraries,
            environment=(*language.environment, *library_environment(libraries)),
            more=first.more,
        )
        streamed = arguments[PARTITION_BY] is not None or rows_per_read(bound) is not None
        rows = OutputRows(extension=language.profile == EXTENSION, streamed=streamed)
        yield from _execute(host, request, chunks, bound, rows)
    return 0


def _language(host: ScriptHost, arguments: Mapping[str, Any], request_id: str) -> Language:
    """Errors: 39023 (feature off), 201 (NULL), 39021 (R), 39007 (unknown), and a missing permission's."""
    if not host.external_scripts_enabled:
        raise sql_error(39023)
    for name in ("@language", "@script"):
        if arguments[name] is None:
            raise sql_error(201, "sp_execute_external_script", name)
    name = arguments["@language"].rstrip(" ")
    if name.lower() == "r":
        raise no_runtime_for_r(name, request_id)
    language = Language(name) if name.lower() == "python" else host.language(name)
    if language is None:
        raise sql_error(39007, name)
    host.require_permission(language.name)
    return language


def _bind(
    host: ScriptHost,
    arguments: Mapping[str, Any],
    values: Sequence[PassedArgument],
    data_sets: Sequence[str],
    language: str,
    request_id: str,
) -> tuple[Bound, ...]:
    """@params with its values; 39132 for a @r_rowsPerRead that is no positive integer."""
    declarations = parse_declarations(arguments["@params"] or "", language, request_id)
    reserved = [name for name, _, _ in PARAMETERS] + [f"@{name}" for name in data_sets]
    bound = bind(declarations, values, reserved, host.convert, request_id)
    rows_per_read(bound)
    return bound


def _execute(
    host: ScriptHost,
    request: ScriptRequest,
    further: Iterator[Chunk],
    bound: Sequence[Bound],
    rows: OutputRows,
) -> Iterator[Event]:
    with host.admitted(request) as admitted:
        runs = host.launcher.stream(admitted, further, host.cancelled)
        result = yield from _rows_of_earlier_runs(request, runs, rows)
        if result.outcome is Outcome.CANCELLED:
            host.raise_cancelled()
        if result.outcome is not Outcome.OK:
            raise failure(request, result)
    if rows.begun:
        _set_outputs(host, request, bound, result)
        yield from _last_rows(host, request, result, rows)
        yield from printed(result)
    else:
        yield from printed(result)
        _set_outputs(host, request, bound, result)
        yield from _last_rows(host, request, result, rows)


def _rows_of_earlier_runs(
    request: ScriptRequest, runs: Generator[pa.Table, None, ScriptResult], rows: OutputRows
) -> Generator[Event, None, ScriptResult]:
    with closing(runs):
        while True:
            try:
                output = next(runs)
            except StopIteration as end:
                result: ScriptResult = end.value
                return result
            yield from _checked(request, rows.add(output))


def _last_rows(
    host: ScriptHost, request: ScriptRequest, result: ScriptResult, rows: OutputRows
) -> Iterator[Event]:
    yield from _checked(request, rows.end(result.output))
    if rows.begun:
        yield host.done(rows.count)


def _checked(request: ScriptRequest, events: Iterator[Event]) -> Iterator[Event]:
    try:
        yield from events
    except ValueError as error:
        raise wrong_output(request, str(error)) from None


def _set_outputs(
    host: ScriptHost, request: ScriptRequest, bound: Sequence[Bound], result: ScriptResult
) -> None:
    for one in bound:
        name = one.declared.name[1:]
        if not one.argument.output or name not in result.values:
            continue
        try:
            typed = output_value(result.values[name], one.declared.type)
        except (InvalidOperation, ValueError, TypeError, AttributeError):
            # Only a worker that does not keep to the contract sends such a value.
            raise unreadable(request) from None
        host.set_output(one.declared.name, host.convert(typed, one.declared.type, one.argument.type))
