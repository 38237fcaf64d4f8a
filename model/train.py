"""Training: KMeans on the raw features, as the tutorial does, with every choice stated."""

from __future__ import annotations

import platform
from dataclasses import dataclass

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from model.artifact import ClusterModel
from model.errors import ModelError
from model.features import FEATURES, Matrix

DEFAULT_NAME = "customer_returns"
DEFAULT_K = 4
DEFAULT_SEED = 111
# Stated because scikit-learn 1.4 changed the default from 10 to 1, and one start finds a worse optimum.
DEFAULT_N_INIT = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the outcome of a training, besides the rows."""

    name: str = DEFAULT_NAME
    features: tuple[str, ...] = FEATURES
    k: int = DEFAULT_K
    seed: int = DEFAULT_SEED
    n_init: int = DEFAULT_N_INIT


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and the label of each training row, in the order of the rows."""

    model: ClusterModel
    labels: NDArray[np.int32]


def train(matrix: Matrix, settings: Settings, training_query_sha256: str) -> Trained:
    """Fit KMeans to ``matrix`` (rows, features); the same rows in the same order give the same bits.

    One thread: with several, the order of additions, and so the last bits of the centres, would vary.
    """
    if matrix.shape[1] != len(settings.features):
        raise ModelError(f"{matrix.shape[1]} columns for {len(settings.features)} features")
    distinct = len(np.unique(matrix, axis=0))
    if not 1 <= settings.k <= distinct:
        raise ModelError(f"k = {settings.k} must be 1 to {distinct}, the number of distinct customers")
    with threadpool_limits(limits=1):
        fitted = KMeans(n_clusters=settings.k, random_state=settings.seed, n_init=settings.n_init).fit(matrix)
    labels = np.asarray(fitted.labels_, dtype=np.int32)
    model = ClusterModel(
        name=settings.name,
        features=settings.features,
        seed=settings.seed,
        n_init=settings.n_init,
        centroids=np.ascontiguousarray(fitted.cluster_centers_, dtype=np.float64),
        sizes=tuple(int(size) for size in np.bincount(labels, minlength=settings.k)),
        inertia=float(fitted.inertia_),
        row_count=int(matrix.shape[0]),
        training_query_sha256=training_query_sha256,
        libraries=library_versions(),
    )
    return Trained(model, labels)


def library_versions() -> dict[str, str]:
    """Versions of what trained the model, for the manifest."""
    return {
        "numpy": np.__version__,
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
    }
