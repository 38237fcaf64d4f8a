"""Growing trees with scikit-learn, and reading them out as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import DataError, NotSupportedError
from .native_format import Arrays
from .native_trees import LEAF
from .predictors import Predictors
from .values import Codes, Floats

_LARGEST_SEED = 2**31 - 1
_CRITERIA = {"gini": "gini", "information": "entropy"}


@dataclass(frozen=True)
class Growth:
    """When a tree stops growing. ``features`` is the share of the predictors that each split may choose
    from."""

    min_split: int
    min_bucket: int
    max_depth: int
    cp: float = 0.0
    criterion: str = "gini"
    features: float = 1.0


def growth(
    rows: int,
    min_split: int | None,
    min_bucket: int | None,
    max_depth: int,
    cp: float,
    criterion: str = "gini",
    features: float = 1.0,
) -> Growth:
    """The documented defaults: min_split is the root of the number of rows, min_bucket a third of that."""
    split = round(np.sqrt(rows)) if min_split is None else min_split
    bucket = round(split / 3) if min_bucket is None else min_bucket
    if split < 0 or bucket < 0 or max_depth < 1 or cp < 0:
        raise DataError("min_split, min_bucket and cp must not be negative, and max_depth must be at least 1")
    # Fewer than 2 rows cannot be split, and a leaf without rows cannot be.
    return Growth(max(2, split), max(1, bucket), max_depth, cp, criterion, features)


def split_index(parms: Mapping[str, Any] | None) -> str:
    """The measure of impurity in ``parms``; a loss matrix is refused."""
    unknown = sorted(set(parms or {}) - {"prior", "loss", "split"})
    if unknown:
        raise DataError(f"parms has no component {', '.join(unknown)}")
    loss = np.asarray((parms or {}).get("loss", []), dtype=np.float64).ravel()
    size = round(np.sqrt(loss.size))
    if loss.size and not np.array_equal(loss.reshape(size, -1), 1 - np.eye(size)):
        raise NotSupportedError("parms: a loss matrix other than 1 off its diagonal is not supported")
    split = (parms or {}).get("split", "gini")
    if split not in _CRITERIA:
        raise DataError(f"parms: split must be gini or information, not {split!r}")
    return _CRITERIA[split]


def with_prior(weights: Floats, codes: Codes, parms: Mapping[str, Any] | None) -> Floats:
    """``weights`` scaled so that each class has the share that ``parms['prior']`` says."""
    prior = (parms or {}).get("prior")
    if prior is None:
        return weights
    shares = np.asarray(prior, dtype=np.float64)
    totals = np.bincount(codes, weights)
    if shares.shape != totals.shape or np.any(shares <= 0) or not np.isclose(shares.sum(), 1):
        raise DataError("parms: prior must have a positive share for each class, and their sum must be 1")
    scaled: Floats = weights * (shares * weights.sum() / totals)[codes]
    return scaled


def grow_regression(matrix: Floats, response: Floats, weights: Floats, rule: Growth, seed: int) -> Any:
    """A scikit-learn tree of squared errors."""
    from sklearn.tree import DecisionTreeRegressor

    variance = np.average((response - np.average(response, weights=weights)) ** 2, weights=weights)
    tree = DecisionTreeRegressor(criterion="squared_error", **_settings(rule, float(variance), seed))
    return tree.fit(matrix, response, sample_weight=weights)


def grow_classes(matrix: Floats, codes: Codes, weights: Floats, rule: Growth, seed: int) -> Any:
    """A scikit-learn tree of classes; every class must occur in ``codes``, even with the weight 0."""
    from sklearn.tree import DecisionTreeClassifier

    shares = np.bincount(codes, weights) / weights.sum()
    present = shares[shares > 0]
    gini = 1 - float(present @ present)
    impurity = gini if rule.criterion == "gini" else -float(present @ np.log2(present))
    tree = DecisionTreeClassifier(criterion=rule.criterion, **_settings(rule, impurity, seed))
    return tree.fit(matrix, codes, sample_weight=weights)


def _settings(rule: Growth, impurity: float, seed: int) -> dict[str, Any]:
    return {
        "min_samples_split": rule.min_split,
        "min_samples_leaf": rule.min_bucket,
        "max_depth": rule.max_depth,
        # cp is a share of the lack of fit at the root, as in rpart.
        "min_impurity_decrease": rule.cp * impurity,
        "max_features": rule.features,
        "random_state": seed,
    }


def arrays_of(trees: Sequence[Any]) -> Arrays:
    """The scikit-learn ``trees`` one after the other, as :mod:`.native_trees` reads them."""
    parts: list[Arrays] = []
    roots: list[int] = []
    start = 0
    for estimator in trees:
        roots.append(start)
        parts.append(_arrays(estimator.tree_, start))
        start += estimator.tree_.node_count
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {**joined, "root": np.array(roots, dtype=np.int32)}


def _arrays(tree: Any, start: int) -> Arrays:
    leaf = tree.children_left == LEAF
    left, right = (np.where(leaf, LEAF, child) for child in (tree.children_left, tree.children_right))
    rows = tree.weighted_n_node_samples
    values = tree.value[:, 0, :].astype(np.float64)
    if tree.n_classes[0] > 1:
        values = values / values.sum(axis=1, keepdims=True)
    return {
        "feature": np.where(leaf, LEAF, tree.feature).astype(np.int32),
        "threshold": np.where(leaf, 0.0, tree.threshold),
        "left": np.where(leaf, LEAF, left + start).astype(np.int32),
        "right": np.where(leaf, LEAF, right + start).astype(np.int32),
        "majority": (rows[left] >= rows[right]).astype(np.int32),
        "value": values,
    }


def seeds(seed: int | None) -> np.random.Generator:
    """The random numbers of a forest; None: other ones each time."""
    return np.random.default_rng(seed)


def next_seed(generator: np.random.Generator) -> int:
    """A seed for one tree."""
    return int(generator.integers(_LARGEST_SEED))


def feature_share(predictors: Predictors, m_try: int | None, *, classes: bool) -> float:
    """``m_try`` of the variables as a share; by default the root of their number, or a third for numbers."""
    variables = len(predictors.inputs)
    wanted = m_try or (np.sqrt(variables) if classes else variables / 3)
    if m_try is not None and not 1 <= m_try <= variables:
        raise DataError(f"m_try must be between 1 and the number of variables, {variables}")
    return float(min(1.0, max(1.0, wanted) / variables))


def sample(generator: np.random.Generator, rows: int, sample_rate: float | None, *, replace: bool) -> Codes:
    """(rows,): how often each row is in the sample; by default all rows with replacement, 63.2 % without."""
    rate = sample_rate if sample_rate is not None else (1.0 if replace else 0.632)
    if isinstance(rate, (list, tuple, np.ndarray)) or not rate > 0 or (rate > 1 and not replace):
        raise DataError("sample_rate must be one positive number, and at most 1 without replacement")
    chosen = generator.choice(rows, size=max(1, round(rate * rows)), replace=replace)
    return np.bincount(chosen, minlength=rows)


def importances(trees: Sequence[Any], predictors: Predictors) -> dict[str, float]:
    """For each variable the mean of its impurity decreases."""
    mean = np.mean([tree.feature_importances_ for tree in trees], axis=0)
    result = dict.fromkeys((one.name for one in predictors.inputs), 0.0)
    for position, column in enumerate(predictors.columns):
        result[predictors.inputs[column[0][0]].name] += float(mean[position])
    return result
