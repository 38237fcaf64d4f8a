"""Scoring with an ONNX model: each input is one column of the data, each output one column of the answer.

https://learn.microsoft.com/azure/azure-sql-edge/onnx-overview and, for the rule that names and types of the
columns must be those of the model's inputs,
https://learn.microsoft.com/azure/synapse-analytics/sql-data-warehouse/sql-data-warehouse-predict
An input that takes several columns at once is not supported.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from onnxruntime.capi import onnxruntime_pybind11_state as states

from .answers import CORRUPT, FAILED, MEMORY, UNSUPPORTED, Answer, Refusal, choose, find_name

_SQL_TYPES = {
    "tensor(float)": "real",
    "tensor(double)": "float",
    "tensor(int32)": "int",
    "tensor(int64)": "bigint",
    "tensor(bool)": "bit",
    "tensor(string)": "nvarchar",
}
_DTYPES: dict[str, Any] = {
    "real": np.float32,
    "float": np.float64,
    "int": np.int32,
    "bigint": np.int64,
    "bit": np.bool_,
    "nvarchar": object,
}
_CHARACTERS = ("char", "varchar", "nchar", "nvarchar")
_UNSUPPORTED_TEXTS = (
    "is not a registered function/op",
    "No Op registered for",
    "is under development",
    "Unsupported model IR version",
)
_MEMORY_TEXT = "Failed to allocate memory"
_NO_MESSAGES = 4

Column = tuple[str, str]
"""Name and SQL type."""


def score(data: pd.DataFrame, model: bytes, columns: list[Column], wanted: list[str] | None) -> Answer:
    """The outputs ``wanted`` (all without) of the model for every row of ``data``."""
    try:
        session = _load(model)
        _check_inputs(session)
        outputs = _outputs(session)
        chosen = [outputs[position] for position in choose(wanted, outputs)]
        feeds = {node.name: _feed(node, data, columns) for node in session.get_inputs()}
        arrays = _run(session, [name for name, _ in chosen], feeds, len(data))
        results = [_column(array, *one, len(data)) for array, one in zip(arrays, chosen, strict=True)]
    except Refusal as refusal:
        return refusal.answer()
    return Answer(pd.DataFrame(dict(enumerate(results))), tuple(name for name, _ in chosen))


def _load(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _NO_MESSAGES
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    # The binding's exceptions have no base of their own.
    except Exception as error:
        unknown = isinstance(error, states.NotImplemented) or any(
            text in str(error) for text in _UNSUPPORTED_TEXTS
        )
        raise _refusal(error, UNSUPPORTED if unknown else CORRUPT) from error


def _refusal(error: Exception, kind: str) -> Refusal:
    lacks_memory = isinstance(error, MemoryError) or _MEMORY_TEXT in str(error)
    return Refusal(MEMORY if lacks_memory else kind, str(error))


def _check_inputs(session: onnxruntime.InferenceSession) -> None:
    """Each has the shape (n), (n, 1), (1) or (1, 1), where n is not fixed."""
    inputs = session.get_inputs()
    if not inputs:
        raise Refusal(UNSUPPORTED, "The model has no inputs.")
    for number, node in enumerate(inputs, 1):
        first, *rest = node.shape or [0]
        if (isinstance(first, int) and first != 1) or rest not in ([], [1]):
            shown = ",".join("?" if size is None else str(size) for size in node.shape)
            raise Refusal(
                FAILED, f"Input column {number} (1-based) has shape [{shown}] which is not supported."
            )


def _outputs(session: onnxruntime.InferenceSession) -> list[Column]:
    """The outputs that are one column of a SQL type."""
    return [
        (node.name, _SQL_TYPES[node.type])
        for node in session.get_outputs()
        if node.type in _SQL_TYPES and _may_be_column(node.shape)
    ]


def _may_be_column(shape: list[Any]) -> bool:
    """Whether (n), (n, 1) or a shape that is not known before: a number after the first must be 1."""
    return len(shape) <= 2 and all(not isinstance(size, int) or size == 1 for size in shape[1:])


def _feed(node: Any, data: pd.DataFrame, columns: list[Column]) -> Any:
    """The column of ``data`` for one input, in the shape and type that the input has.

    NULL is NaN in floating-point inputs, and refused in others.
    """
    position = find_name(node.name, [name for name, _ in columns])
    if position is None:
        raise Refusal(FAILED, f"The data has no column for the model's input '{node.name}'.")
    sql_type = _SQL_TYPES.get(node.type)
    given = "nvarchar" if columns[position][1] in _CHARACTERS else columns[position][1]
    if sql_type is None or sql_type != given:
        wanted = sql_type or node.type
        raise Refusal(
            FAILED,
            f"The type of model column '{node.name}' is '{wanted}'. Doesn't match the input column type.",
        )
    values = data.iloc[:, position]
    if sql_type not in ("real", "float") and values.isna().any():
        raise Refusal(
            FAILED, f"The input column for '{node.name}' has a NULL, which the type '{sql_type}' has not."
        )
    return values.to_numpy(dtype=_DTYPES[sql_type]).reshape((len(data),) + (1,) * (len(node.shape) - 1))


def _run(
    session: onnxruntime.InferenceSession, names: list[str], feeds: dict[str, Any], rows: int
) -> list[Any]:
    """All rows at once, or one by one where the model takes just one."""
    if rows == 0:
        return [np.empty(0, dtype=object) for _ in names]
    single = any(node.shape[0] == 1 for node in session.get_inputs())
    try:
        if not single:
            return list(session.run(names, feeds))
        by_row = (
            session.run(names, {name: array[row : row + 1] for name, array in feeds.items()})
            for row in range(rows)
        )
        return [np.concatenate([_flat(part) for part in parts]) for parts in zip(*by_row, strict=True)]
    except Exception as error:
        raise _refusal(error, FAILED) from error


def _flat(part: Any) -> Any:
    return np.asarray(part).reshape(-1)


def _column(array: Any, name: str, sql_type: str, rows: int) -> pd.Series[Any]:
    values = _flat(array)
    if np.shape(array)[:1] != (rows,) or len(values) != rows:
        raise Refusal(
            FAILED, f"Output column '{name}' has shape {list(np.shape(array))} which is not supported."
        )
    return pd.Series(values.astype(_DTYPES[sql_type], copy=False))
