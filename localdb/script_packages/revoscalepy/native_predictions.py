"""The predictions of each type of model from its encoded inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .native_trees import leaf_values
from .predictors import Encoded, missing_rows
from .values import Floats

if TYPE_CHECKING:
    from .native_scoring import NativeModel

Indices = NDArray[np.intp]
Texts = NDArray[Any]


def linear(model: NativeModel, encoded: Encoded, rows: int) -> Floats:
    """(rows, 1): the sum of coefficient times predictor, NaN where an input is missing."""
    matrix = model.predictors.matrix(encoded, rows)
    result: Floats = matrix @ model.arrays["coefficients"]
    result[missing_rows(encoded, rows)] = np.nan
    return result[:, np.newaxis]


def logistic(model: NativeModel, encoded: Encoded, rows: int) -> Floats:
    """(rows, 1): the probability that the response is 1."""
    return sigmoid(linear(model, encoded, rows))


def tree(model: NativeModel, encoded: Encoded, rows: int) -> Floats:
    """(rows, k): the leaf's value."""
    return next(leaf_values(model.arrays, model.predictors.matrix(encoded, rows)))


def forest(model: NativeModel, encoded: Encoded, rows: int) -> Floats:
    """(rows, k): the mean over the trees."""
    total = np.zeros((rows, model.arrays["value"].shape[1]))
    for values in leaf_values(model.arrays, model.predictors.matrix(encoded, rows)):
        total += values
    return total / len(model.arrays["root"])


def votes(model: NativeModel, encoded: Encoded, rows: int) -> Floats:
    """(rows, classes): the share of trees that are for each class."""
    total = np.zeros((rows, len(model.classes)))
    for values in leaf_values(model.arrays, model.predictors.matrix(encoded, rows)):
        total[np.arange(rows), np.argmax(values, axis=1)] += 1
    return total / len(model.arrays["root"])


def boosted(model: NativeModel, encoded: Encoded, rows: int) -> Floats:
    """(rows, 1): the number or the probability of 1; (rows, classes): probabilities."""
    raw = np.tile(model.arrays["initial"].astype(np.float64), (rows, 1))
    for number, values in enumerate(leaf_values(model.arrays, model.predictors.matrix(encoded, rows))):
        raw[:, number % raw.shape[1]] += values[:, 0]
    if model.classes:
        return softmax(raw)
    return sigmoid(raw) if model.link == "logit" else raw


def sigmoid(raw: Floats) -> Floats:
    """1 / (1 + exp(-raw)), without overflow."""
    with np.errstate(over="ignore"):
        result: Floats = 1.0 / (1.0 + np.exp(-raw))
    return result


def softmax(raw: Floats) -> Floats:
    """Each row's exponentials, divided by their sum."""
    powers = np.exp(raw - raw.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result


SCORES: Mapping[str, Callable[[NativeModel, Encoded, int], Floats]] = {
    "rx_lin_mod": linear,
    "rx_logit": logistic,
    "rx_dtree": tree,
    "rx_dforest": forest,
    "rx_btrees": boosted,
}
