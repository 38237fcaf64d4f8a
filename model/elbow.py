"""The elbow: how the mean distance to the nearest centre falls as k grows, and where it bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from model.errors import ModelError
from model.features import Matrix
from model.train import DEFAULT_SEED

DEFAULT_KS = range(1, 20)
# Three starts per k are enough for the shape of the curve; the model itself is trained with ten.
DEFAULT_N_INIT = 3


@dataclass(frozen=True, slots=True)
class Elbow:
    """``mean_distance[i]``: mean Euclidean distance of a row to its nearest centre with ``ks[i]`` centres."""

    ks: tuple[int, ...]
    mean_distance: tuple[float, ...]
    knee: int


def elbow(
    matrix: Matrix, ks: range = DEFAULT_KS, seed: int = DEFAULT_SEED, n_init: int = DEFAULT_N_INIT
) -> Elbow:
    """The curve for each k in ``ks`` that the rows allow (not more centres than distinct rows).

    Equal rows are fitted once with their count as weight: the optimum is the same and most customers, who
    never returned anything, are one and the same point. ``matrix`` has no key column: with it, as in the
    tutorial, the curve would measure customer numbers.
    """
    if matrix.shape[0] == 0:
        raise ModelError("there are no customers to cluster")
    rows, counts = np.unique(matrix, axis=0, return_counts=True)
    usable = tuple(k for k in ks if k <= len(rows))
    with threadpool_limits(limits=1):
        distances = tuple(_mean_distance(rows, counts, k, seed, n_init) for k in usable)
    return Elbow(usable, distances, knee(usable, distances))


def knee(ks: tuple[int, ...], distances: tuple[float, ...]) -> int:
    """The k whose point lies farthest below the straight line from the first point to the last.

    Both axes are scaled to 0..1 first (Satopää et al. 2011, "Finding a Kneedle in a Haystack", section III).
    """
    fall = distances[0] - distances[-1]
    if len(ks) < 3 or fall <= 0:
        return ks[0]
    x = (np.array(ks, dtype=np.float64) - ks[0]) / (ks[-1] - ks[0])
    y = (np.array(distances) - distances[-1]) / fall
    return ks[int(np.argmax(1.0 - x - y))]


def _mean_distance(rows: Matrix, counts: NDArray[np.int64], k: int, seed: int, n_init: int) -> float:
    fitted = KMeans(n_clusters=k, random_state=seed, n_init=n_init).fit(rows, sample_weight=counts)
    nearest = fitted.cluster_centers_[fitted.labels_]
    return float(np.average(np.sqrt(((rows - nearest) ** 2).sum(axis=1)), weights=counts))
