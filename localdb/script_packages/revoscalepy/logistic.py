"""``rx_logit``: logistic regression by maximum likelihood (iteratively reweighted least squares), without
penalty.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-logit.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .contexts import RxComputeContext
from .data import TransformFunction
from .design import Source, Training, binary_response, prepare
from .errors import DataError
from .linear import REFUSED, named_statistics
from .linear_algebra import kept_columns
from .native_format import Json
from .native_predictions import sigmoid
from .native_scoring import LOGISTIC, LOGIT, NativeModel
from .options import check_options
from .placement import placed
from .predictors import Predictors
from .results import RxModelResults, as_json, results_of
from .values import Floats

_SMALLEST_VARIANCE = 1e-12
_HALVINGS = 30


@dataclass(frozen=True)
class _Fit:
    coefficients: Floats
    inverse: Floats
    deviance: float
    iterations: int
    converged: bool


@placed
def rx_logit(
    formula: str,
    data: object,
    pweights: str | None = None,
    fweights: str | None = None,
    transform_objects: Mapping[str, object] | None = None,
    transform_function: TransformFunction | None = None,
    transform_variables: Sequence[str] | None = None,
    drop_first: bool = False,
    drop_main: bool = True,
    cov_coef: bool = False,
    max_iterations: int = 25,
    coefficent_tolerance: float = 1e-06,  # spelt as Microsoft spells it
    compute_context: RxComputeContext | None = None,
    **options: object,
) -> RxModelResults:
    """The logistic model ``formula`` on the rows of ``data`` without missing values: an RxLogitResults.

    Converged is when the largest change of a coefficient, divided by the largest coefficient, is at most
    ``coefficent_tolerance``; a warning tells when that was not so after ``max_iterations``.
    """
    refused: dict[str, object] = {
        **REFUSED,
        "variable_selection": [],
        "initial_values": None,
        "coef_label_style": "Revo",
        "gradient_tolerance": None,
        "objective_function_tolerance": None,
    }
    check_options("rx_logit", options, refused)
    if max_iterations < 1:
        raise DataError("max_iterations must be at least 1")
    source = Source(data, pweights, fweights, transform_function, transform_objects, transform_variables)
    training = prepare(formula, source, for_trees=False)
    kept = kept_columns(
        training.predictors, training.matrix, training.weights, drop_first=drop_first, drop_main=drop_main
    )
    fit = _fit(
        training.matrix[:, kept],
        binary_response(training),
        training.weights,
        max_iterations,
        coefficent_tolerance,
    )
    if not fit.converged:
        warnings.warn(f"rx_logit did not converge in {fit.iterations} iterations", stacklevel=3)
    return results_of(
        NativeModel(
            LOGISTIC,
            formula,
            training.response_name,
            (),
            Predictors(training.predictors.inputs, tuple(training.predictors.columns[i] for i in kept)),
            {"coefficients": fit.coefficients},
            link=LOGIT,
            statistics=_statistics(training, kept, fit, with_covariance=cov_coef),
        )
    )


def _fit(matrix: Floats, response: Floats, weights: Floats, iterations: int, tolerance: float) -> _Fit:
    """Newton's method on an orthogonal basis of the predictors, where its equations are well conditioned."""
    basis, triangle = np.linalg.qr(matrix)
    back = np.linalg.inv(triangle)
    point = np.zeros(matrix.shape[1])
    deviance = _deviance(basis @ point, response, weights)
    iteration, converged = 0, False
    while iteration < iterations and not converged:
        iteration += 1
        step: Floats = np.linalg.lstsq(*_equations(basis, response, weights, point), rcond=None)[0]  # type: ignore[assignment]
        step, deviance = _shortened(basis, response, weights, point, step, deviance)
        point = point + step
        largest = np.max(np.abs(back @ point), initial=0.0)
        converged = bool(np.max(np.abs(back @ step), initial=0.0) <= tolerance * largest)
    information, _ = _equations(basis, response, weights, point)
    inverse = back @ np.linalg.pinv(information) @ back.T
    return _Fit(back @ point, inverse, deviance, iteration, converged)


def _equations(basis: Floats, response: Floats, weights: Floats, point: Floats) -> tuple[Floats, Floats]:
    """The information matrix and the gradient of the log likelihood."""
    chance = sigmoid(basis @ point)
    variances = weights * np.maximum(chance * (1 - chance), _SMALLEST_VARIANCE)
    return basis.T @ (basis * variances[:, np.newaxis]), basis.T @ (weights * (response - chance))


def _shortened(
    basis: Floats, response: Floats, weights: Floats, point: Floats, step: Floats, deviance: float
) -> tuple[Floats, float]:
    """``step``, halved until it does not make the deviance larger."""
    for _ in range(_HALVINGS):
        reached = _deviance(basis @ (point + step), response, weights)
        if reached <= deviance * (1 + 1e-12):
            return step, reached
        step = step / 2
    return np.zeros_like(step), deviance


def _deviance(raw: Floats, response: Floats, weights: Floats) -> float:
    """-2 log likelihood."""
    return float(2 * (weights @ (np.logaddexp(0.0, raw) - response * raw)))


def _statistics(training: Training, kept: list[int], fit: _Fit, *, with_covariance: bool) -> dict[str, Json]:
    from scipy import stats

    errors = np.sqrt(np.diag(fit.inverse))
    with np.errstate(divide="ignore", invalid="ignore"):
        z_values = fit.coefficients / errors
    result = named_statistics(
        training,
        kept,
        {
            "coefficients": fit.coefficients,
            "coef_std_error": errors,
            "coef_z_value": z_values,
            "coef_p_value": 2 * stats.norm.sf(np.abs(z_values)),
        },
    )
    result.update(
        deviance=fit.deviance,
        aic=fit.deviance + 2 * len(kept),
        df_residual=training.valid - len(kept),
        iterations=fit.iterations,
        converged=fit.converged,
    )
    if with_covariance:
        result["cov_coef"] = as_json(fit.inverse.ravel())
    return result
