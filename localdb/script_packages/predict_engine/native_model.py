"""Scoring with a model of ``rx_serialize_model(model, realtime_scoring_only=True)``.

https://learn.microsoft.com/sql/machine-learning/predictions/native-scoring-predict-transact-sql
"""

from __future__ import annotations

import pandas as pd
from revoscalepy.errors import DataError
from revoscalepy.native_scoring import FACTOR, ModelError, NativeModel, read_model

from .answers import CORRUPT, FAILED, MEMORY, UNSUPPORTED, Answer, Refusal, choose, find_name

_UNKNOWN_TYPE = "are not supported"
_NUMBERS = ("bit", "tinyint", "smallint", "int", "bigint", "real", "float", "decimal", "money", "smallmoney")


def score(
    data: pd.DataFrame, model: bytes, columns: list[tuple[str, str]], wanted: list[str] | None
) -> Answer:
    """The outputs ``wanted`` (all without) of the model for every row of ``data``."""
    try:
        native = _load(model)
        outputs = [(output.name, output.sql_type) for output in native.outputs]
        chosen = choose(wanted, outputs)
        _check_inputs(native, columns)
        predicted = native.predict(data)
    except Refusal as refusal:
        return refusal.answer()
    except MemoryError as error:
        return Refusal(MEMORY, str(error)).answer()
    except (DataError, ModelError) as error:
        return Refusal(FAILED, str(error)).answer()
    frame = predicted.iloc[:, chosen].set_axis(range(len(chosen)), axis="columns")
    return Answer(frame, tuple(outputs[position][0] for position in chosen))


def _load(model: bytes) -> NativeModel:
    try:
        return read_model(model)
    except ModelError as error:
        raise Refusal(UNSUPPORTED if _UNKNOWN_TYPE in str(error) else CORRUPT, str(error)) from error


def _check_inputs(native: NativeModel, columns: list[tuple[str, str]]) -> None:
    """Every input is a column of the data, and a number where it must be one."""
    for one in native.inputs:
        position = find_name(one.name, [name for name, _ in columns])
        if position is None:
            raise Refusal(FAILED, f"The data has no column for the model's input '{one.name}'.")
        sql_type = columns[position][1]
        if one.kind != FACTOR and sql_type not in _NUMBERS:
            raise Refusal(
                FAILED, f"The model's input '{one.name}' is a number, its column is of type '{sql_type}'."
            )
