"""sp_execute_external_script: a Python script in a process of its own, fed by a query.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-execute-external-script-transact-sql
 The order of the checks: the feature and the language, @params, the input query, then the script.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from decimal import InvalidOperation
from threading import Event as Flag
from typing import Any, Protocol

import pyarrow as pa

from localdb.error_texts import MESSAGES
from localdb.errors import SqlError, sql_error
from localdb.events import Event, Info, ResultSetStart, RowBatch, StatementDone
from localdb.runtime.external_script_data import check_input, input_table, output_columns, output_value
from localdb.runtime.external_script_parameters import (
    Bound,
    PassedArgument,
    bind,
    parse_declarations,
    script_parameter,
)
from localdb.satellite.launcher import (
    EXTENSION,
    Limits,
    Outcome,
    ScriptRequest,
    ScriptResult,
)
from localdb.tsql import ast
from localdb.tsql.lexer import tokenize
from localdb.tsql.parser import parse_batch
from localdb.types import BIT, MAX, SYSNAME, Column, SqlType, nvarchar

PARAMETERS: tuple[tuple[str, SqlType, Any], ...] = (
    ("@language", SYSNAME, ...),
    ("@script", nvarchar(MAX), ...),
    ("@input_data_1", nvarchar(MAX), None),
    ("@input_data_1_name", SYSNAME, "InputDataSet"),
    ("@input_data_1_order_by_columns", nvarchar(MAX), None),
    ("@input_data_1_partition_by_columns", nvarchar(MAX), None),
    ("@output_data_1_name", SYSNAME, "OutputDataSet"),
    ("@parallel", BIT, False),
    ("@params", nvarchar(MAX), None),
)
"""The procedure's own parameters in order, with their defaults (``...``: must be given)."""

_DATA_SETS = (("@input_data_1_name", "InputDataSet"), ("@output_data_1_name", "OutputDataSet"))
_NEW_LINE = "\n"
_ABORTED = "80004004"
"""E_ABORT: the HRESULT that an ordinary failure of a script carries."""

_MESSAGE_CHARACTERS = 15_000
"""An INFO token holds at most 65,535 bytes."""


class ScriptRunner(Protocol):
    """The part of ``satellite.launcher.Launcher`` that is used here."""

    def run(self, request: ScriptRequest, cancelled: Flag) -> ScriptResult: ...


class ScriptHost(Protocol):
    """The session that calls the procedure."""

    @property
    def external_scripts_enabled(self) -> bool:
        """The running value of ``external scripts enabled``."""

    @property
    def launcher(self) -> ScriptRunner: ...

    @property
    def cancelled(self) -> Flag:
        """Set when the client cancels the request."""

    @property
    def limits(self) -> Limits:
        """What one script may use."""

    def query(self, text: str, variables: Sequence[Bound]) -> tuple[tuple[Column, ...], pa.Table]:
        """The rows of the SELECT ``text``, in which ``variables`` are variables."""

    def convert(self, value: Any, from_type: SqlType, to_type: SqlType) -> Any:
        """A value converted as an assignment does."""

    def set_output(self, name: str, value: Any) -> None:
        """Hand back the value of the OUTPUT parameter declared as ``name``, in the type of its argument."""

    def done(self, rows: int) -> StatementDone:
        """The end of the result set."""

    def raise_cancelled(self) -> None:
        """Raise what ends a request that the client cancelled."""


def run(
    host: ScriptHost, arguments: Mapping[str, Any], values: Sequence[PassedArgument]
) -> Generator[Event, None, int]:
    """``arguments`` has a value for every one of ``PARAMETERS``; ``values`` are those of @params as passed.

    Yields what the script printed (39005, 39022), then its result set if it has one. A script that fails
    raises 39019 with 39004 in ``earlier``; one whose process died, or ran too long, raises 39012.
    """
    request_id = str(uuid.uuid4()).upper()
    language = _language(host, arguments, request_id)
    _refuse_modes(arguments)
    declarations = parse_declarations(arguments["@params"] or "", language, request_id)
    input_name, output_name = (arguments[name] or default for name, default in _DATA_SETS)
    reserved = [name for name, _, _ in PARAMETERS] + [f"@{input_name}", f"@{output_name}"]
    bound = bind(declarations, values, reserved, host.convert, request_id)
    columns, table = _input(host, arguments["@input_data_1"] or "", bound, language, request_id)
    request = ScriptRequest(
        script=arguments["@script"],
        request_id=request_id,
        language=language,
        input=table,
        input_types=tuple(column.type.name for column in columns),
        input_name=input_name,
        output_name=output_name,
        parameters=tuple(script_parameter(one) for one in bound),
        limits=host.limits,
    )
    result = host.launcher.run(request, host.cancelled)
    if result.outcome is Outcome.CANCELLED:
        host.raise_cancelled()
    if result.outcome is not Outcome.OK:
        raise _failure(request, result)
    yield from _printed(result)
    _set_outputs(host, request, bound, result)
    if result.output is not None:
        yield from _result_set(host, result.output, request.profile)
    return 0


def _language(host: ScriptHost, arguments: Mapping[str, Any], request_id: str) -> str:
    """Errors: 39023 (feature off), 201 (NULL), 39021 (R), 39007 (any other language)."""
    if not host.external_scripts_enabled:
        raise sql_error(39023)
    for name in ("@language", "@script"):
        if arguments[name] is None:
            raise sql_error(201, "sp_execute_external_script", name)
    language: str = arguments["@language"].rstrip(" ")
    if language.lower() == "r":
        raise _no_r(language, request_id)
    if language.lower() != "python":
        raise sql_error(39007, language)
    return language


def _no_r(language: str, request_id: str) -> SqlError:
    error = sql_error(
        39019, _NEW_LINE, "This server runs Python scripts only; it has no runtime for R.", state=2
    )
    error.earlier = (sql_error(39021, language, request_id, language),)
    return error


def _refuse_modes(arguments: Mapping[str, Any]) -> None:
    """Partitions are not supported; error 39103 for an order without them. @parallel is a hint."""
    order, partition = "@input_data_1_order_by_columns", "@input_data_1_partition_by_columns"
    if arguments[order] and not arguments[partition]:
        raise sql_error(39103)
    if arguments[partition]:
        raise sql_error(40517, partition)


def _input(
    host: ScriptHost, text: str, bound: Sequence[Bound], language: str, request_id: str
) -> tuple[tuple[Column, ...], pa.Table | None]:
    """Errors: 39001 (no SELECT), 39015 (SELECT INTO), 39017 (a column's type), and those of the query."""
    if not text.strip():
        return (), None
    check_select(text)
    columns, table = host.query(text, bound)
    check_input(columns, language, request_id)
    return columns, input_table(columns, table)


def check_select(text: str) -> None:
    """Errors 39001 and 39015: the input query is exactly one SELECT that returns rows."""
    statements = parse_batch(text)
    if len(statements) != 1 or not isinstance(statements[0], ast.Query):
        raise sql_error(39001)
    depth = 0
    for token in tokenize(statements[0].text.text):
        depth += (token.word == "(") - (token.word == ")")
        if depth == 0 and token.word == "INTO":
            raise sql_error(39015)


def _failure(request: ScriptRequest, result: ScriptResult) -> SqlError:
    """The error of a script that failed; what it printed follows the error."""
    language, request_id = request.language, request.request_id
    if result.outcome is Outcome.SCRIPT_ERROR:
        first, _, _ = result.error.partition(_NEW_LINE)
        text = f"{_NEW_LINE}{result.error}{_NEW_LINE}SqlSatelliteCall error: {first}"
        error = sql_error(39019, _NEW_LINE, text, state=2)
        error.earlier = (sql_error(39004, language, _ABORTED, request_id, state=20),)
        error.messages = tuple(_printed(result))
        return error
    if result.outcome is Outcome.NOT_STARTED:
        error = sql_error(39021, language, request_id, language)
    else:
        error = sql_error(39012, language, request_id, language, state=14)
    error.messages = (_info(39006, result.error), *_printed(result))
    return error


def _info(number: int, *arguments: str) -> Info:
    text = MESSAGES[number]
    return Info(number, text.template.format(*arguments), text.severity)


def _printed(result: ScriptResult) -> Iterator[Info]:
    for number, text in ((39005, result.stdout), (39022, result.stderr)):
        for start in range(0, len(text), _MESSAGE_CHARACTERS):
            yield _info(number, _NEW_LINE, text[start : start + _MESSAGE_CHARACTERS])


def _set_outputs(
    host: ScriptHost, request: ScriptRequest, bound: Sequence[Bound], result: ScriptResult
) -> None:
    for one in bound:
        if not one.argument.output:
            continue
        value = result.values.get(one.declared.name[1:])
        try:
            typed = output_value(value, one.declared.type)
        except (InvalidOperation, ValueError, TypeError, AttributeError):
            # Only a worker that does not keep to the contract sends such a value.
            raise sql_error(39012, request.language, request.request_id, request.language, state=14) from None
        host.set_output(one.declared.name, host.convert(typed, one.declared.type, one.argument.type))


def _result_set(host: ScriptHost, output: pa.Table, profile: str) -> Iterator[Event]:
    columns, table = output_columns(output, extension=profile == EXTENSION)
    yield ResultSetStart(columns)
    for batch in table.to_batches():
        yield RowBatch(batch)
    yield host.done(table.num_rows)
