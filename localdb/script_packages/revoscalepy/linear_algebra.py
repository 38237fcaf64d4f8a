"""Least squares with columns that depend on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .predictors import WHOLE, Predictors
from .values import Floats

_DEPENDENT = 1e-9


@dataclass(frozen=True)
class Solution:
    """``coefficients`` (k,) of least squares, and ``inverse`` (k, k) of X'WX."""

    coefficients: Floats
    inverse: Floats


def least_squares(matrix: Floats, response: Floats, weights: Floats) -> Solution:
    """Weighted least squares by QR; the columns of ``matrix`` (n, k) are independent."""
    root = np.sqrt(weights)
    orthogonal, triangle = np.linalg.qr(matrix * root[:, np.newaxis])
    inverse = np.linalg.inv(triangle)
    return Solution(inverse @ (orthogonal.T @ (response * root)), inverse @ inverse.T)


def kept_columns(
    predictors: Predictors, matrix: Floats, weights: Floats, *, drop_first: bool, drop_main: bool
) -> list[int]:
    """The columns that a linear model keeps; the others depend on them.

    Of each set of factor levels the last is given up, or the first (``drop_first``); with ``drop_main`` main
    effects are given up before the interactions that contain them.
    """
    order = sorted(
        range(len(predictors.columns)),
        key=lambda column: _priority(predictors, column, drop_first=drop_first, drop_main=drop_main),
    )
    return sorted(_independent(matrix * np.sqrt(weights)[:, np.newaxis], order))


def _priority(predictors: Predictors, column: int, *, drop_first: bool, drop_main: bool) -> tuple[bool, int]:
    """Columns with a small priority are kept first."""
    pairs = predictors.columns[column]
    levels = [(predictors.inputs[number].levels, level) for number, level in pairs if level != WHOLE]
    given_up = any(level == (0 if drop_first else len(known) - 1) for known, level in levels)
    main_effect = len(pairs) == 1 and bool(levels)
    return given_up, int(main_effect == drop_main and bool(levels))


def _independent(matrix: Floats, order: Sequence[int]) -> list[int]:
    """The columns, taken in ``order``, that no combination of the ones taken before them equals."""
    triangle: Floats = np.linalg.qr(matrix, mode="r")  # type: ignore[assignment]
    basis = np.empty((len(triangle), 0))
    found: list[int] = []
    for column in order:
        vector = triangle[:, column]
        rest = vector - basis @ (basis.T @ vector)
        rest -= basis @ (basis.T @ rest)  # once more: the first time leaves rounding errors
        length = float(np.linalg.norm(rest))
        if length > _DEPENDENT * float(np.linalg.norm(vector)):
            basis = np.column_stack([basis, rest / length])
            found.append(column)
    return found
