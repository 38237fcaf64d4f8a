"""The nearest centre of each row, exactly as scikit-learn's KMeans.predict finds it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.errors import ModelError
from model.features import Matrix


def nearest_centre(matrix: Matrix, centroids: Matrix) -> NDArray[np.int32]:
    """Index of the nearest centre in ``centroids`` (k, d) of each row of ``matrix`` (n, d); first wins.

    The formula is scikit-learn's (sklearn/cluster/_k_means_lloyd.pyx): ``|c|^2 - 2 x.c``, without ``|x|^2``,
    which is the same for every centre. Another formula would round differently near a border.
    """
    if matrix.ndim != 2 or matrix.shape[1] != centroids.shape[1]:
        raise ModelError(f"features of shape {matrix.shape} do not fit centres of shape {centroids.shape}")
    if matrix.shape[0] == 0:
        return np.zeros(0, dtype=np.int32)
    norms = np.einsum("ij,ij->i", centroids, centroids)
    nearest: NDArray[np.int32] = np.argmin(norms - 2.0 * (matrix @ centroids.T), axis=1).astype(np.int32)
    return nearest
