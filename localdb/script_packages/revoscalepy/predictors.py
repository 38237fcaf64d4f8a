"""The predictor columns of a model: how they are computed from the columns of a table.

A predictor column is a product of factors, one for each variable of its term: a number itself, or 1 where a
factor has a certain level and 0 where it has another. No variable at all is the intercept, 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .values import MISSING, Codes, Floats, factor_codes, find_column, numbers

if TYPE_CHECKING:
    import pandas as pd

NUMBER = "number"
FACTOR = "factor"
INTEGERS = "integers"  # F(x): each whole number is a level
WHOLE = -1  # in the place of a level: the number itself

Encoded = Sequence[Floats | Codes]


@dataclass(frozen=True)
class Input:
    """A variable of the model: a column of the data, as a number or as a factor with ``levels``."""

    name: str
    kind: str
    levels: tuple[str, ...] = ()

    def encode(self, frame: pd.DataFrame) -> Floats | Codes:
        """(n,): float64 with NaN, or codes of ``levels`` with MISSING."""
        column = find_column(frame, self.name)
        if self.kind == NUMBER:
            return numbers(column, self.name)
        if self.kind == INTEGERS:
            return factor_codes(whole_numbers(column, self.name), self.levels)
        return factor_codes(column, self.levels)


def whole_numbers(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """``column`` without fractions, as F() takes it."""
    import pandas as pd

    return pd.Series(np.trunc(numbers(column, name)))


@dataclass(frozen=True)
class Predictors:
    """``columns``: for each predictor column the pairs (index of an input, index of its level or WHOLE)."""

    inputs: tuple[Input, ...]
    columns: tuple[tuple[tuple[int, int], ...], ...]

    def encode(self, frame: pd.DataFrame) -> Encoded:
        """The inputs, (n,) each, in their order."""
        return [one.encode(frame) for one in self.inputs]

    def matrix(self, encoded: Encoded, rows: int) -> Floats:
        """(rows, columns) float64; NaN where an input of the column is missing."""
        result = np.ones((rows, len(self.columns)), order="F")
        for position, column in enumerate(self.columns):
            for number, level in column:
                result[:, position] *= _factor(encoded[number], level)
        return result

    def label(self, column: int) -> str:
        """The column's name as RevoScale writes it: ``x``, ``color=red``, ``x for color=red``."""
        pairs = self.columns[column]
        whole = [self.inputs[number].name for number, level in pairs if level == WHOLE]
        levels = [self._level_label(number, level) for number, level in pairs if level != WHOLE]
        if not pairs:
            return "(Intercept)"
        return " for ".join(part for part in (":".join(whole), ", ".join(levels)) if part)

    def _level_label(self, number: int, level: int) -> str:
        one = self.inputs[number]
        name = f"F_{one.name}" if one.kind == INTEGERS else one.name
        return f"{name}={one.levels[level]}"


def missing_rows(encoded: Encoded, rows: int) -> NDArray[np.bool_]:
    """(rows,): whether any input is missing."""
    result = np.zeros(rows, dtype=bool)
    for values in encoded:
        result |= np.isnan(values) if values.dtype.kind == "f" else values == MISSING
    return result


def _factor(values: Floats | Codes, level: int) -> Floats:
    if level == WHOLE:
        return values.astype(np.float64, copy=False)
    return np.where(values == MISSING, np.nan, values == level)
