"""Standard errors of the predictions of a linear model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import DataError
from .predictors import missing_rows
from .results import RxLinModResults
from .values import Floats

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StandardErrors:
    """``of_means`` (rows,): the standard error of each predicted mean."""

    of_means: Floats
    sigma: float
    free: int

    def half_width(self, level: float, *, of_prediction: bool) -> Floats:
        """Half of the interval in which the mean, or a single observation, lies with the probability
        ``level``."""
        from scipy import stats

        if not 0 < level < 1:
            raise DataError("confidence_level must be between 0 and 1")
        variance = self.of_means**2 + (self.sigma**2 if of_prediction else 0.0)
        width: Floats = stats.t.ppf((1 + level) / 2, self.free) * np.sqrt(variance)
        return width


def standard_errors(model: RxLinModResults, frame: pd.DataFrame) -> StandardErrors:
    """The standard errors for the rows of ``frame``; DataError without the covariances of the
    coefficients."""
    if "cov_coef" not in model.native.statistics:
        raise DataError("standard errors and intervals need a model that was fitted with cov_coef=True")
    predictors = model.native.predictors
    encoded = predictors.encode(frame)
    matrix = predictors.matrix(encoded, len(frame))
    variances = np.einsum("ij,jk,ik->i", matrix, model.cov_coef.to_numpy(), matrix, optimize=True)
    variances[missing_rows(encoded, len(frame))] = np.nan
    return StandardErrors(np.sqrt(variances), float(model.sigma), int(model.df_residual))
