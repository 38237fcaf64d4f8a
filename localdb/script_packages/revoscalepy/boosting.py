"""``rx_btrees``: stochastic gradient boosted trees.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-btrees. The method is
Friedman's (2001): trees of squared errors on the gradient, one Newton step in each leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .contexts import RxComputeContext
from .data import TransformFunction
from .design import Source, Training, binary_response, class_response, numeric_response, prepare
from .errors import DataError
from .native_format import Json
from .native_predictions import sigmoid, softmax
from .native_scoring import BOOSTED, IDENTITY, LOGIT, NativeModel
from .native_trees import LEAF
from .options import check_options
from .placement import placed
from .results import RxModelResults, number_or_none, results_of
from .tree_growing import (
    Growth,
    arrays_of,
    feature_share,
    grow_regression,
    growth,
    importances,
    next_seed,
    sample,
    seeds,
)
from .tree_options import REFUSED, check_cost, observations, without_binning
from .values import Codes, Floats

_SMALLEST = 1e-150


@placed
def rx_btrees(
    formula: str,
    data: object,
    pweights: str | None = None,
    fweights: str | None = None,
    cost: Sequence[float] | None = None,
    min_split: int | None = None,
    min_bucket: int | None = None,
    max_depth: int = 1,
    cp: float = 0,
    n_tree: int = 10,
    m_try: int | None = None,
    replace: bool = False,
    sample_rate: float | None = None,
    importance: bool = False,
    seed: int | None = None,
    loss_function: str = "bernoulli",
    learning_rate: float = 0.1,
    transform_objects: Mapping[str, object] | None = None,
    transform_function: TransformFunction | None = None,
    transform_variables: Sequence[str] | None = None,
    compute_context: RxComputeContext | None = None,
    **options: object,
) -> RxModelResults:
    """The boosted trees on the rows of ``data`` without missing values: an RxBTreesResults.

    ``loss_function``: "gaussian" for numbers, "bernoulli" for 0 and 1 (or a factor with two levels),
    "multinomial" for a factor, with one tree per class in each of the ``n_tree`` rounds.
    """
    refused = {**REFUSED, "compute_obs_node_id": None, "method": None, "parms": None}
    check_options("rx_btrees", without_binning(options), refused)
    check_cost(cost)
    if n_tree < 1 or not learning_rate > 0:
        raise DataError("n_tree must be at least 1 and learning_rate positive")
    source = Source(data, pweights, fweights, transform_function, transform_objects, transform_variables)
    training = prepare(formula, source, for_trees=True)
    loss, classes = _loss(loss_function, training)
    share = feature_share(training.predictors, m_try, classes=bool(classes))
    rule = growth(len(training.weights), min_split, min_bucket, max_depth, cp, features=share)
    generator = seeds(seed)
    counts = [sample(generator, len(training.weights), sample_rate, replace=replace) for _ in range(n_tree)]
    grown = _boost(training, loss, counts, lambda: next_seed(generator), rule, learning_rate)
    statistics: dict[str, Json] = {**observations(training), "oob_err": grown.errors}
    if importance:
        statistics["importance"] = dict(importances(grown.trees, training.predictors))
    return results_of(
        NativeModel(
            BOOSTED,
            formula,
            training.response_name,
            classes,
            training.predictors,
            {**arrays_of(grown.trees), "initial": loss.initial(training.weights)},
            link=loss.link,
            statistics=statistics,
        )
    )


@dataclass(frozen=True)
class _Boosted:
    """All trees, those of a round together, and for each round the mean loss outside of its sample."""

    trees: list[Any]
    errors: list[Json]


def _boost(
    training: Training,
    loss: _Loss,
    counts: Sequence[Codes],
    draw: Callable[[], int],
    rule: Growth,
    rate: float,
) -> _Boosted:
    """One round for each sample in ``counts``: a tree on each column of the residuals."""
    raw = np.tile(loss.initial(training.weights), (len(training.weights), 1))
    grown = _Boosted([], [])
    for count in counts:
        weights = training.weights * count
        residuals = loss.residuals(raw)
        for position in range(raw.shape[1]):
            tree = grow_regression(training.matrix, residuals[:, position], weights, rule, draw())
            leaf = tree.apply(training.matrix)
            _set_leaves(tree, leaf, loss, residuals[:, position], weights, rate)
            raw[:, position] += tree.tree_.value[leaf, 0, 0]
            grown.trees.append(tree)
        outside = count == 0
        grown.errors.append(number_or_none(loss.error(raw)[outside].mean()) if outside.any() else None)
    return grown


class _Loss(Protocol):
    """What is minimised; raw predictions and residuals are (rows, columns)."""

    @property
    def link(self) -> str:
        """Between the raw predictions and the response."""

    def initial(self, weights: Floats) -> Floats:
        """(columns,) the best constant."""

    def residuals(self, raw: Floats) -> Floats:
        """The negative gradient."""

    def curvature(self, residuals: Floats) -> Floats:
        """(rows,) the second derivative, by which a leaf's sum of ``residuals`` (rows,) is divided."""

    def error(self, raw: Floats) -> Floats:
        """(rows,) the loss of each row."""


@dataclass(frozen=True)
class _Gaussian:
    response: Floats
    link: str = IDENTITY

    def initial(self, weights: Floats) -> Floats:
        return np.array([np.average(self.response, weights=weights)])

    def residuals(self, raw: Floats) -> Floats:
        return self.response[:, np.newaxis] - raw

    def curvature(self, residuals: Floats) -> Floats:
        return np.ones_like(residuals)

    def error(self, raw: Floats) -> Floats:
        squares: Floats = self.residuals(raw)[:, 0] ** 2
        return squares


@dataclass(frozen=True)
class _Bernoulli:
    response: Floats
    link: str = LOGIT

    def initial(self, weights: Floats) -> Floats:
        share = np.average(self.response, weights=weights)
        if not 0 < share < 1:
            raise DataError("bernoulli needs a response with both 0 and 1")
        return np.array([np.log(share / (1 - share))])

    def residuals(self, raw: Floats) -> Floats:
        return self.response[:, np.newaxis] - sigmoid(raw)

    def curvature(self, residuals: Floats) -> Floats:
        chance = self.response - residuals
        curvature: Floats = chance * (1 - chance)
        return curvature

    def error(self, raw: Floats) -> Floats:
        loss: Floats = 2 * (np.logaddexp(0.0, raw[:, 0]) - self.response * raw[:, 0])
        return loss


@dataclass(frozen=True)
class _Multinomial:
    """``response`` is (rows, classes): 1 in the column of the row's class."""

    response: Floats
    link: str = IDENTITY

    def initial(self, weights: Floats) -> Floats:
        shares: Floats = np.average(self.response, axis=0, weights=weights)
        if np.any(shares <= 0):
            raise DataError("multinomial needs rows with a positive weight of each class")
        logarithms: Floats = np.log(shares)
        return logarithms

    def residuals(self, raw: Floats) -> Floats:
        return self.response - softmax(raw)

    def curvature(self, residuals: Floats) -> Floats:
        classes = self.response.shape[1]
        size = np.abs(residuals)
        curvature: Floats = size * (1 - size) * classes / (classes - 1)
        return curvature

    def error(self, raw: Floats) -> Floats:
        chances = (softmax(raw) * self.response).sum(axis=1)
        loss: Floats = -2 * np.log(np.maximum(chances, _SMALLEST))
        return loss


def _loss(name: str, training: Training) -> tuple[_Loss, tuple[str, ...]]:
    """The loss and, for classes, their names."""
    if name == "gaussian":
        return _Gaussian(numeric_response(training)), ()
    if name == "bernoulli":
        return _Bernoulli(binary_response(training)), ()
    if name != "multinomial":
        raise DataError(f"loss_function must be gaussian, bernoulli or multinomial, not {name!r}")
    codes, classes = class_response(training)
    return _Multinomial(np.eye(len(classes))[codes]), classes


def _set_leaves(
    tree: Any,
    leaf: Codes,
    loss: _Loss,
    residuals: Floats,
    weights: Floats,
    rate: float,
) -> None:
    """Write Newton's step, times the learning rate, into the tree's leaves; inner nodes get 0."""
    nodes = tree.tree_.node_count
    above = np.bincount(leaf, weights * residuals, minlength=nodes)
    below = np.bincount(leaf, weights * loss.curvature(residuals), minlength=nodes)
    step = np.divide(above, below, out=np.zeros(nodes), where=np.abs(below) > _SMALLEST)
    tree.tree_.value[:, 0, 0] = np.where(tree.tree_.children_left == LEAF, rate * step, 0.0)
