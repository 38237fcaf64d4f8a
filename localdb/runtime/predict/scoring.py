"""What a model says of rows, for PREDICT and sp_rxPredict; the model is read and run in a satellite.

https://learn.microsoft.com/sql/machine-learning/predictions/native-scoring-predict-transact-sql
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from localdb.error_texts import MESSAGES
from localdb.errors import SqlError, sql_error
from localdb.events import Info
from localdb.runtime.aborts import Cancelled
from localdb.runtime.governance.pool_watch import host_memory
from localdb.runtime.scripts.data import input_table
from localdb.satellite.contract import LEAST_MEMORY
from localdb.satellite.launcher import (
    EXTENSION,
    Limits,
    Outcome,
    ScriptParameter,
    ScriptRequest,
    ScriptResult,
)
from localdb.types import BIGINT, BIT, FLOAT, INT, MAX, REAL, Column, SqlType, nvarchar

if TYPE_CHECKING:
    from localdb.runtime.session import Session

ONNX = "ONNX"

_SCRIPT = """
import json
from predict_engine.{engine} import score
answer = score(InputDataSet, model, json.loads(columns), json.loads(wanted))
OutputDataSet, names, kind, reason = answer.frame, json.dumps(answer.names), answer.kind, answer.reason
"""
_LARGEST_MODEL = 100 * 2**20
_INVALID_ARGUMENT, _OUT_OF_MEMORY, _FAIL = "80070057", "8007000e", "80004005"
_ERRORS = {
    "corrupt": (39051, _INVALID_ARGUMENT),
    "unsupported": (39052, _INVALID_ARGUMENT),
    "memory": (39050, _OUT_OF_MEMORY),
    "failed": (39098, _FAIL),
}
"""The error and the HRESULT for each kind of refusal of ``script_packages/predict_engine``."""

_SQL_TYPES = {
    pa.bool_(): BIT,
    pa.int32(): INT,
    pa.int64(): BIGINT,
    pa.float32(): REAL,
    pa.float64(): FLOAT,
    pa.string(): nvarchar(MAX),
}
_MESSAGE_CHARACTERS = 2_000
_NEW_LINE = "\n"


@dataclass(frozen=True, slots=True)
class Scores:
    """The model's outputs, one row for each input row: ``rows`` has a column for each of ``columns``."""

    columns: tuple[Column, ...]
    rows: pa.Table


def score(
    session: Session,
    model: bytes | None,
    columns: tuple[Column, ...],
    rows: pa.Table,
    runtime: str = "",
    wanted: tuple[str, ...] | None = None,
) -> Scores:
    """The model's outputs ``wanted`` (all of them without) for ``rows``, whose columns are ``columns``.

    Errors: 39050 out of memory, 39051 NULL or no model, 39052 a model of another kind, 39092 no satellite,
    39094 a model of 100 MB or more, 39096 ``wanted`` is not what the model returns, 39098 all other failures;
    what the engine says is in a 39049 message behind them.
    """
    if model is None:
        raise failure("corrupt", "The model is NULL.")
    if len(model) >= _LARGEST_MODEL:
        raise sql_error(39094)
    result = _run(session, _request(session, model, columns, rows, runtime, wanted))
    if result.outcome is Outcome.CANCELLED:
        raise Cancelled
    return _scores(result, rows.num_rows, wanted)


def _run(session: Session, request: ScriptRequest) -> ScriptResult:
    """One run in a satellite; it is no external script, so that no resource pool counts it."""
    launcher = session.instance.launcher
    if launcher is None:
        raise sql_error(40514, "PREDICT without a launcher")
    runs = launcher.stream(request, iter(()), session.cancelled)
    try:
        next(runs)
    except StopIteration as end:
        result: ScriptResult = end.value
        return result
    raise AssertionError("a request for one run had several")


def failure(kind: str, reason: str) -> SqlError:
    """The error for a ``kind`` of ``_ERRORS``, with the reason in a 39049 message."""
    return _explained(sql_error(*_ERRORS[kind]), reason)


def _explained(error: SqlError, reason: str) -> SqlError:
    text = MESSAGES[39049]
    message = text.template.format(_NEW_LINE, reason[:_MESSAGE_CHARACTERS])
    error.messages = (Info(39049, message, text.severity),)
    return error


def _request(
    session: Session,
    model: bytes,
    columns: tuple[Column, ...],
    rows: pa.Table,
    runtime: str,
    wanted: tuple[str, ...] | None,
) -> ScriptRequest:
    engine = "onnx_model" if runtime == ONNX else "native_model"
    described = [(column.name, column.type.name) for column in columns]
    return ScriptRequest(
        script=_SCRIPT.format(engine=engine),
        request_id=str(uuid.uuid4()).upper(),
        input=input_table(columns, rows),
        input_types=tuple(column.type.name for column in columns),
        parameters=(
            ScriptParameter("model", "varbinary", model),
            ScriptParameter("columns", "nvarchar", json.dumps(described)),
            ScriptParameter("wanted", "nvarchar", json.dumps(wanted)),
            *(ScriptParameter(name, "nvarchar", "", output=True) for name in ("names", "kind", "reason")),
        ),
        profile=EXTENSION,
        limits=_limits(session.instance.limits),
    )


def _limits(own: Limits) -> Limits:
    """No resource pool holds a model in bounds: without another limit it has half of the memory."""
    if own.memory is not None or own.wall_clock is None:
        return own
    return replace(own, memory=max(host_memory() // 2, LEAST_MEMORY))


def _scores(result: ScriptResult, count: int, wanted: tuple[str, ...] | None) -> Scores:
    if result.outcome in (Outcome.NOT_STARTED, Outcome.REFUSED):
        raise _explained(sql_error(39092, _FAIL), result.error)
    if result.outcome is not Outcome.OK:
        raise failure("failed", result.error.strip().rpartition(_NEW_LINE)[2])
    kind, reason = result.values["kind"], result.values["reason"] or ""
    if kind == "schema":
        raise sql_error(39096, reason)
    if kind:
        raise failure(kind if kind in _ERRORS else "failed", reason)
    names = wanted if wanted is not None else _names(result.values["names"])
    if result.output is None or (result.output.num_columns, result.output.num_rows) != (len(names), count):
        raise failure("failed", "The engine did not answer for every row.")
    types = [_sql_type(field.type) for field in result.output.schema]
    return Scores(tuple(map(Column, names, types)), result.output)


def _names(text: str | None) -> tuple[str, ...]:
    """The names of the outputs. Nothing that comes from a satellite is trusted."""
    try:
        names = json.loads(text or "")
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise failure("failed", "The engine did not name its outputs.")
    return tuple(names)


def _sql_type(kind: pa.DataType) -> SqlType:
    if kind not in _SQL_TYPES:
        raise failure("failed", f"The engine answered with the type {kind}.")
    return _SQL_TYPES[kind]
