"""From a formula and data to the numbers that a model is fitted to."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .data import TransformFunction, load, transformed
from .errors import DataError, FormulaError
from .formula import Formula, Variable, parse_model
from .predictors import FACTOR, INTEGERS, NUMBER, WHOLE, Input, Predictors, whole_numbers
from .values import Codes, Floats, factor_codes, find_column, is_factor, numbers, observed_levels

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Source:
    """The data argument of a model function, with all that belongs to it."""

    data: object
    pweights: str | None = None
    fweights: str | None = None
    transform_function: TransformFunction | None = None
    transform_objects: Mapping[str, object] | None = None
    transform_variables: Sequence[str] | None = None

    def frame(self) -> pd.DataFrame:
        """The data, transformed."""
        return transformed(
            load(self.data), self.transform_function, self.transform_objects, self.transform_variables
        )


@dataclass(frozen=True)
class Training:
    """The rows without missing values. ``matrix`` is (rows, columns of ``predictors``); ``weights``
    (rows,)."""

    formula: Formula
    predictors: Predictors
    response: pd.Series[Any]
    matrix: Floats
    weights: Floats
    frequency: bool
    missing: int

    @property
    def valid(self) -> int:
        """Observations: rows, or the sum of the frequency weights."""
        return round(float(self.weights.sum())) if self.frequency else len(self.weights)

    @property
    def response_name(self) -> str:
        """The column that is predicted."""
        return str(self.formula.response)


def prepare(text: str, source: Source, *, for_trees: bool) -> Training:
    """The training data of the formula ``text``. A tree gets each variable once and no intercept."""
    response, formula = parse_model(text)
    if for_trees:
        _check_for_trees(text, formula)
    if source.pweights and source.fweights:
        raise DataError("pweights and fweights exclude each other")
    weights = source.pweights or source.fweights
    everything = source.frame()
    named = (
        [variable.name for variable in formula.variables] + [response.name] + ([weights] if weights else [])
    )
    complete = np.ones(len(everything), dtype=bool)
    for name in dict.fromkeys(named):
        complete &= find_column(everything, name).notna().to_numpy()
    frame = everything[complete]
    if not len(frame):
        raise DataError("the data has no row without missing values")
    predictors = _predictors(formula, frame, for_trees=for_trees)
    matrix = predictors.matrix(predictors.encode(frame), len(frame))
    if not np.isfinite(matrix).all():
        raise DataError("a predictor has a value that is not a finite number")
    return Training(
        formula,
        predictors,
        find_column(frame, response.name),
        matrix,
        _weights(frame, weights, whole=weights == source.fweights),
        bool(source.fweights),
        int(len(everything) - complete.sum()),
    )


def numeric_response(training: Training) -> Floats:
    """The response as finite numbers."""
    values = numbers(training.response, training.response_name)
    if not np.isfinite(values).all():
        raise DataError(f"{training.response_name} has a value that is not a finite number")
    return values


def binary_response(training: Training) -> Floats:
    """0 and 1: of a bool, of a factor with two levels (the second is 1), or of numbers that are 0 or 1."""
    name = training.response_name
    if is_factor(training.response):
        codes, levels = class_response(training)
        if len(levels) != 2:
            raise DataError(f"{name} must have two levels, it has {len(levels)}")
        return codes.astype(np.float64)
    values = numeric_response(training)
    if not np.isin(values, (0.0, 1.0)).all():
        raise DataError(f"{name} must be 0 or 1, bool, or a factor with two levels")
    return values


def class_response(training: Training) -> tuple[Codes, tuple[str, ...]]:
    """Codes and names of the classes of the response."""
    levels = observed_levels(training.response)
    if len(levels) < 2:
        raise DataError(f"{training.response_name} must have two levels or more, it has {len(levels)}")
    return factor_codes(training.response, levels), levels


def _check_for_trees(text: str, formula: Formula) -> None:
    if any(len(term) > 1 for term in formula.terms):
        raise FormulaError(f"the formula {text!r} has an interaction; a tree finds interactions by itself")
    if not formula.terms:
        raise FormulaError(f"the formula {text!r} has no predictors")


def _weights(frame: pd.DataFrame, name: str | None, *, whole: bool) -> Floats:
    if name is None:
        return np.ones(len(frame))
    values = numbers(find_column(frame, name), name)
    if not np.isfinite(values).all() or np.any(values < 0) or not values.sum() > 0:
        raise DataError(f"the weights {name} must be finite, not negative, and not all 0")
    if whole and np.any(values != np.round(values)):
        raise DataError(f"the frequency weights {name} must be whole numbers")
    return values


def _predictors(formula: Formula, frame: pd.DataFrame, *, for_trees: bool) -> Predictors:
    variables = formula.variables
    inputs = tuple(_input(variable, frame) for variable in variables)
    columns: list[tuple[tuple[int, int], ...]] = [()] if formula.intercept and not for_trees else []
    for term in formula.terms:
        columns += _columns([variables.index(variable) for variable in term], inputs)
    return Predictors(inputs, tuple(columns))


def _input(variable: Variable, frame: pd.DataFrame) -> Input:
    column = find_column(frame, variable.name)
    if variable.as_factor:
        return Input(variable.name, INTEGERS, observed_levels(whole_numbers(column, variable.name)))
    if is_factor(column):
        return Input(variable.name, FACTOR, observed_levels(column))
    numbers(column, variable.name)
    return Input(variable.name, NUMBER)


def _columns(term: Sequence[int], inputs: Sequence[Input]) -> Iterator[tuple[tuple[int, int], ...]]:
    """One column for each combination of levels."""
    choices = [[WHOLE] if inputs[i].kind == NUMBER else list(range(len(inputs[i].levels))) for i in term]
    for levels in itertools.product(*choices):
        yield tuple(zip(term, levels, strict=True))
