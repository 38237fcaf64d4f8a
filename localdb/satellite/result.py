"""A worker's response made into a ScriptResult. The worker ran a stranger's script: nothing in it is
trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from localdb.satellite.contract import OUTPUT_TYPES, Outcome, Part, ScriptRequest, ScriptResult

_OUTPUT_TYPES = (
    pa.bool_(),
    pa.uint8(),
    pa.int16(),
    pa.int32(),
    pa.int64(),
    pa.float32(),
    pa.float64(),
    pa.string(),
    pa.binary(),
    pa.timestamp("us"),
)
_YEAR_ONE, _YEAR_TEN_THOUSAND = -62_135_596_800_000_000, 253_402_300_800_000_000
"""In microseconds since 1970: what the moments of Python and of SQL Server lie between."""


class _Malformed(Exception):
    """The response is not what the contract says."""


def read_result(request: ScriptRequest, response: Mapping[str, Part], *, last: bool) -> ScriptResult:
    """The result, without what was printed; DIED with the reason when the response does not keep to the
    contract. Only the ``last`` run has values of OUTPUT parameters."""
    try:
        header = _header(response)
        if header["outcome"] == Outcome.SCRIPT_ERROR.value:
            error = str(header.get("error", ""))[: 2 * request.limits.traceback]
            return ScriptResult(Outcome.SCRIPT_ERROR, error=_clean(error))
        output, values = _output(response), _values(request, response) if last else {}
    except _Malformed as error:
        return ScriptResult(Outcome.DIED, error=f"the worker's answer cannot be read: {error}")
    return ScriptResult(Outcome.OK, output, values)


def _header(response: Mapping[str, Part]) -> dict[str, Any]:
    part = response.get("header")
    try:
        header = json.loads(part) if isinstance(part, bytes) else None
    except (ValueError, RecursionError) as error:
        raise _Malformed(str(error)) from None
    known = (Outcome.OK.value, Outcome.SCRIPT_ERROR.value)
    if not isinstance(header, dict) or header.get("outcome") not in known:
        raise _Malformed("it has no outcome")
    return header


def _clean(text: str) -> str:
    """Without lone surrogates, which JSON can hold and UTF-16 on the wire cannot."""
    return text.encode("utf-8", "replace").decode()


def _output(response: Mapping[str, Part]) -> pa.Table | None:
    table = response.get("output")
    if table is None:
        return None
    if not isinstance(table, pa.Table) or table.num_columns == 0:
        raise _Malformed("the output data set is not a table")
    for field in table.schema:
        if field.type not in _OUTPUT_TYPES and not _is_plain_decimal(field.type):
            raise _Malformed(f"a column of the output data set is of type {field.type}")
    for column in table.columns:
        _check_moments(column)
    return table


def _check_moments(column: pa.ChunkedArray) -> None:
    if pa.types.is_timestamp(column.type):
        bounds = pc.min_max(column.cast(pa.int64()))
        earliest, latest = bounds["min"].as_py(), bounds["max"].as_py()
        if earliest is not None and not _YEAR_ONE <= earliest <= latest < _YEAR_TEN_THOUSAND:
            raise _Malformed("a moment of the output data set is outside of the years 1 to 9999")


def _is_plain_decimal(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal128(kind) and 0 <= kind.scale <= kind.precision)


def _values(request: ScriptRequest, response: Mapping[str, Part]) -> dict[str, Any]:
    outputs = [parameter for parameter in request.parameters if parameter.output]
    names = [parameter.name for parameter in outputs]
    if not names:
        return {}
    table = response.get("values")
    if not isinstance(table, pa.Table) or table.column_names != names or table.num_rows != 1:
        raise _Malformed("the output parameters are not those of the request")
    for field, parameter in zip(table.schema, outputs, strict=True):
        if field.type != OUTPUT_TYPES[parameter.type]:
            raise _Malformed(f"the output parameter '{field.name}' is of type {field.type}")
    try:
        return {name: table.column(number)[0].as_py() for number, name in enumerate(names)}
    except (ValueError, OverflowError) as error:
        raise _Malformed(str(error)) from None
