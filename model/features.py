"""The features of the model, in order, and the check that they can be used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.errors import ModelError

KEY = "customer"
FEATURES = ("orderRatio", "itemsRatio", "monetaryRatio", "frequency")

Matrix = NDArray[np.float64]


def feature_matrix(frame: pd.DataFrame, features: tuple[str, ...] = FEATURES) -> Matrix:
    """The columns ``features`` of ``frame`` as a C-ordered float64 matrix (rows, features).

    The key column is never part of it. NULL, NaN and infinite values are refused; the message names the
    first customers concerned, because a silent label for them would be wrong.
    """
    missing = [name for name in features if name not in frame.columns]
    if missing:
        raise ModelError(f"the data has no column {', '.join(missing)}; it has {', '.join(frame.columns)}")
    try:
        matrix = np.ascontiguousarray(frame[list(features)].to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise ModelError(f"a feature is not a number: {error}") from error
    bad = ~np.isfinite(matrix).all(axis=1)
    if bad.any():
        raise ModelError(_unusable(frame, bad))
    return matrix


def _unusable(frame: pd.DataFrame, bad: NDArray[np.bool_]) -> str:
    keys: list[Any] = (frame[KEY] if KEY in frame.columns else frame.index.to_series())[bad].tolist()
    shown = ", ".join(str(key) for key in keys[:5]) + (", ..." if len(keys) > 5 else "")
    return f"NULL or infinite features for {len(keys)} customer(s): {shown}"
