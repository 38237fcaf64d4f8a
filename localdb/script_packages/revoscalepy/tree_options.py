"""Arguments that the three tree functions share, and the ones that they refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .design import Training
from .errors import DataError, NotSupportedError
from .values import is_factor

REFUSED: Mapping[str, object] = {
    "output_file": None,
    "write_model_vars": False,
    "overwrite": False,
    "max_compete": 0,
    "max_surrogate": 0,
    "use_surrogate": 2,
    "surrogate_style": 0,
    "row_selection": None,
    "transforms": None,
    "transform_packages": None,
    "strata": None,
}
# How finely numbers are cut into bins before they are split: scikit-learn cuts at every value.
_BINNING = {"max_num_bins", "max_unordered_levels", "remove_missings"}


def without_binning(options: Mapping[str, object]) -> dict[str, object]:
    """``options`` without those that describe how Microsoft approximates."""
    return {name: value for name, value in options.items() if name not in _BINNING}


def check_cost(cost: Sequence[float] | None) -> None:
    """Costs other than 1 are refused."""
    if cost is not None and np.any(np.asarray(cost) != 1):
        raise NotSupportedError("cost: costs of variables other than 1 are not supported")


def wants_classes(training: Training, method: str | None) -> bool:
    """Whether the response is to be classes: by ``method``, else when it is a factor."""
    if method not in {None, "class", "anova"}:
        raise DataError(f"method must be class or anova, not {method!r}")
    return is_factor(training.response) if method is None else method == "class"


def observations(training: Training) -> dict[str, Any]:
    """The statistics that every model has."""
    return {"n_valid_obs": training.valid, "n_missing_obs": training.missing}
