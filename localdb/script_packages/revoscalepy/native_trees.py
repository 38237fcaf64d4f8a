"""Trees as arrays, and what they say of a row.

The nodes of all trees of a model stand one after the other. ``feature`` is the predictor column that an inner
node asks for, -1 in a leaf; a row with ``column <= threshold`` goes to ``left``, else to ``right``; a row
whose column is missing goes where most training rows went (``majority``: 1 = left). A child's number is
larger than its parent's, so no walk goes round in circles. ``value`` (nodes, k) is what a leaf says. ``root``
numbers the first node of each tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError
from .values import Floats

Arrays = Mapping[str, NDArray[Any]]
LEAF = -1
_BLOCK = 32768


def leaf_values(arrays: Arrays, matrix: Floats) -> Iterator[Floats]:
    """For each tree (rows, k): what the leaf says in which each row of ``matrix`` ends.

    Like scikit-learn, which grew the trees, this compares float32 values with float64 thresholds.
    """
    with np.errstate(over="ignore"):
        features = matrix.astype(np.float32, order="C")
    value = arrays["value"].astype(np.float64, copy=False)
    # Blocks that stay in the processor's cache while they walk down the tree.
    starts = range(0, max(1, len(features)), _BLOCK)
    for root in arrays["root"].tolist():
        leaves = [_leaves(arrays, features[start : start + _BLOCK], root) for start in starts]
        yield value[np.concatenate(leaves)]


def _leaves(arrays: Arrays, features: NDArray[np.float32], root: int) -> NDArray[np.int64]:
    """(rows,): the leaf in which each row ends."""
    node = np.full(len(features), root, dtype=np.int64)
    rows = np.arange(len(features))
    while True:
        rows = rows[arrays["feature"][node[rows]] != LEAF]
        if not rows.size:
            return node
        node[rows] = _next_nodes(arrays, features, rows, node[rows])


def _next_nodes(
    arrays: Arrays, features: NDArray[np.float32], rows: NDArray[np.int64], nodes: NDArray[np.int64]
) -> NDArray[np.int64]:
    asked = features[rows, arrays["feature"][nodes]]
    below = asked <= arrays["threshold"][nodes]
    to_left = np.where(np.isnan(asked), arrays["majority"][nodes] == 1, below)
    return np.where(to_left, arrays["left"][nodes], arrays["right"][nodes]).astype(np.int64)


def check_trees(arrays: Arrays, columns: int, width: int) -> None:
    """ModelError unless every walk through the trees ends in a leaf with ``width`` values."""
    nodes = len(arrays["feature"])
    inner = arrays["feature"] != LEAF
    number = np.arange(nodes)
    for side in ("left", "right"):
        child = arrays[side]
        if np.any(inner & ((child <= number) | (child >= nodes))):
            raise ModelError("a tree of the model is damaged: a node's child is no node after it")
    if np.any((arrays["feature"] < LEAF) | (arrays["feature"] >= columns)):
        raise ModelError("a tree of the model asks for a predictor that the model does not have")
    if arrays["value"].shape != (nodes, width):
        raise ModelError(f"the nodes of the model's trees must have {width} values each")
    for name in ("threshold", "left", "right", "majority"):
        if arrays[name].shape != (nodes,):
            raise ModelError(f"the model's trees have no {name} for each of their {nodes} nodes")
    if np.any((arrays["root"] < 0) | (arrays["root"] >= nodes)):
        raise ModelError("a tree of the model begins outside of its nodes")
