"""What the clusters are: sizes, means, inertia, and how well they are separated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score

from model.artifact import ClusterModel
from model.features import Matrix

SAMPLE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """One cluster: ``means`` has one value per feature, in the model's order (NaN for an empty cluster)."""

    cluster: int
    size: int
    means: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``silhouette`` (-1 to 1): of a seeded sample of ``sample_rows``; None if it holds under 2 clusters."""

    clusters: tuple[ClusterSummary, ...]
    inertia: float
    silhouette: float | None
    sample_rows: int


def evaluate(matrix: Matrix, labels: NDArray[np.int32], model: ClusterModel) -> Evaluation:
    """Summarise the clusters of ``matrix`` (rows, features) under ``labels`` (rows)."""
    score, sample_rows = _silhouette(matrix, labels, model.seed)
    nearest = model.centroids[labels]
    return Evaluation(
        clusters=tuple(_summary(matrix, labels, cluster) for cluster in range(model.k)),
        inertia=float(((matrix - nearest) ** 2).sum()),
        silhouette=score,
        sample_rows=sample_rows,
    )


def _summary(matrix: Matrix, labels: NDArray[np.int32], cluster: int) -> ClusterSummary:
    members = matrix[labels == cluster]
    means = members.mean(axis=0) if len(members) else np.full(matrix.shape[1], np.nan)
    return ClusterSummary(cluster, len(members), tuple(float(mean) for mean in means))


def _silhouette(matrix: Matrix, labels: NDArray[np.int32], seed: int) -> tuple[float | None, int]:
    rows = min(SAMPLE_ROWS, len(matrix))
    chosen = np.random.default_rng(seed).choice(len(matrix), size=rows, replace=False)
    sample, sample_labels = matrix[chosen], labels[chosen]
    if not 2 <= len(np.unique(sample_labels)) < rows:
        return None, rows
    return float(silhouette_score(sample, sample_labels)), rows
