"""``rx_dforest``: a forest of classification or regression trees.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-dforest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .contexts import RxComputeContext
from .data import TransformFunction
from .design import Source, Training, class_response, numeric_response, prepare
from .errors import DataError
from .native_format import Json
from .native_scoring import FOREST, NativeModel
from .options import check_options
from .placement import placed
from .results import RxModelResults, number_or_none, results_of
from .tree_growing import (
    arrays_of,
    feature_share,
    grow_classes,
    grow_regression,
    growth,
    importances,
    next_seed,
    sample,
    seeds,
    split_index,
    with_prior,
)
from .tree_options import REFUSED, check_cost, observations, wants_classes, without_binning
from .values import Codes, Floats


@placed
def rx_dforest(
    formula: str,
    data: object,
    pweights: str | None = None,
    fweights: str | None = None,
    cost: Sequence[float] | None = None,
    min_split: int | None = None,
    min_bucket: int | None = None,
    max_depth: int = 10,
    cp: float = 0,
    n_tree: int = 10,
    m_try: int | None = None,
    replace: bool = True,
    cutoff: Sequence[float] | None = None,
    sample_rate: float | None = None,
    importance: bool = False,
    seed: int | None = None,
    compute_oob_error: int = 1,
    method: str | None = None,
    parms: Mapping[str, Any] | None = None,
    transform_objects: Mapping[str, object] | None = None,
    transform_function: TransformFunction | None = None,
    transform_variables: Sequence[str] | None = None,
    compute_context: RxComputeContext | None = None,
    **options: object,
) -> RxModelResults:
    """The forest on the rows of ``data`` without missing values: an RxDForestResults."""
    check_options("rx_dforest", without_binning(options), {**REFUSED, "compute_cp_table": False})
    check_cost(cost)
    if n_tree < 1:
        raise DataError("n_tree must be at least 1")
    source = Source(data, pweights, fweights, transform_function, transform_objects, transform_variables)
    training = prepare(formula, source, for_trees=True)
    in_classes = wants_classes(training, method)
    share = feature_share(training.predictors, m_try, classes=in_classes)
    rule = growth(len(training.weights), min_split, min_bucket, max_depth, cp, split_index(parms), share)
    classes: tuple[str, ...] = ()
    generator = seeds(seed)
    counts = [sample(generator, len(training.weights), sample_rate, replace=replace) for _ in range(n_tree)]
    if in_classes:
        codes, classes = class_response(training)
        weights = with_prior(training.weights, codes, parms)
        trees = [
            grow_classes(training.matrix, codes, weights * one, rule, next_seed(generator)) for one in counts
        ]
        errors = _class_errors(trees, training, codes, counts) if compute_oob_error >= 0 else []
    else:
        response = numeric_response(training)
        trees = [
            grow_regression(training.matrix, response, training.weights * one, rule, next_seed(generator))
            for one in counts
        ]
        errors = _squared_errors(trees, training, response, counts) if compute_oob_error >= 0 else []
    statistics: dict[str, Json] = {**observations(training), "oob_err": list(errors)}
    if importance:
        statistics["importance"] = dict(importances(trees, training.predictors))
    return results_of(
        NativeModel(
            FOREST,
            formula,
            training.response_name,
            classes,
            training.predictors,
            {**arrays_of(trees), "cutoff": _cutoff(cutoff, len(classes))},
            statistics=statistics,
        )
    )


def _cutoff(cutoff: Sequence[float] | None, classes: int) -> Floats:
    if cutoff is None or not classes:
        return np.full(classes, 1.0 / max(1, classes))
    given = np.asarray(cutoff, dtype=np.float64)
    if given.shape != (classes,) or np.any(given <= 0):
        raise DataError(f"cutoff must have a positive number for each of the {classes} classes")
    return given


def _class_errors(
    trees: Sequence[Any], training: Training, codes: Codes, counts: Sequence[Codes]
) -> list[Json]:
    """For 1, 2, ... trees: the share of wrong majorities among the rows outside of the samples."""
    votes = np.zeros((len(codes), int(codes.max()) + 1))
    errors: list[Json] = []
    for tree, count in zip(trees, counts, strict=True):
        outside = np.flatnonzero(count == 0)
        if outside.size:
            votes[outside, tree.predict(training.matrix[outside])] += 1
        judged = votes.sum(axis=1) > 0
        wrong = (votes.argmax(axis=1) != codes)[judged]
        errors.append(number_or_none(wrong.mean()) if judged.any() else None)
    return errors


def _squared_errors(
    trees: Sequence[Any], training: Training, response: Floats, counts: Sequence[Codes]
) -> list[Json]:
    """For 1, 2, ... trees: the mean squared error of the rows outside of the samples."""
    total, voters = np.zeros(len(response)), np.zeros(len(response))
    errors: list[Json] = []
    for tree, count in zip(trees, counts, strict=True):
        outside = np.flatnonzero(count == 0)
        if outside.size:
            total[outside] += tree.predict(training.matrix[outside])
            voters[outside] += 1
        judged = voters > 0
        missed = response[judged] - total[judged] / voters[judged]
        errors.append(number_or_none(np.mean(missed**2)) if judged.any() else None)
    return errors
