"""``rx_dtree``: one classification or regression tree.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-dtree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .contexts import RxComputeContext
from .data import TransformFunction
from .design import Source, class_response, numeric_response, prepare
from .native_scoring import TREE, NativeModel
from .options import check_options
from .placement import placed
from .results import RxModelResults, results_of
from .tree_growing import arrays_of, grow_classes, grow_regression, growth, split_index, with_prior
from .tree_options import REFUSED, check_cost, observations, wants_classes, without_binning

# What they ask for is a report beside the tree, which is not made.
_REPORTS = {"x_val", "compute_obs_node_id", "output_column_name"}


@placed
def rx_dtree(
    formula: str,
    data: object,
    pweights: str | None = None,
    fweights: str | None = None,
    method: str | None = None,
    parms: Mapping[str, Any] | None = None,
    cost: Sequence[float] | None = None,
    min_split: int | None = None,
    min_bucket: int | None = None,
    max_depth: int = 10,
    cp: float = 0,
    transform_objects: Mapping[str, object] | None = None,
    transform_function: TransformFunction | None = None,
    transform_variables: Sequence[str] | None = None,
    compute_context: RxComputeContext | None = None,
    **options: object,
) -> RxModelResults:
    """The tree on the rows of ``data`` without missing values: an RxDTreeResults.

    A factor is split one level against the others, numbers at any value between two of the data's.
    """
    kept = {name: value for name, value in without_binning(options).items() if name not in _REPORTS}
    check_options("rx_dtree", kept, {**REFUSED, "extra_vars_to_write": None, "prune_cp": 0})
    check_cost(cost)
    source = Source(data, pweights, fweights, transform_function, transform_objects, transform_variables)
    training = prepare(formula, source, for_trees=True)
    rule = growth(len(training.weights), min_split, min_bucket, max_depth, cp, split_index(parms))
    classes: tuple[str, ...] = ()
    if wants_classes(training, method):
        codes, classes = class_response(training)
        weights = with_prior(training.weights, codes, parms)
        tree = grow_classes(training.matrix, codes, weights, rule, seed=0)
    else:
        tree = grow_regression(training.matrix, numeric_response(training), training.weights, rule, seed=0)
    return results_of(
        NativeModel(
            TREE,
            formula,
            training.response_name,
            classes,
            training.predictors,
            arrays_of([tree]),
            statistics=observations(training),
        )
    )
