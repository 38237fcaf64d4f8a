"""``rx_lin_mod``: linear models by least squares.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-lin-mod.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .contexts import RxComputeContext
from .data import TransformFunction
from .design import Source, Training, numeric_response, prepare
from .linear_algebra import Solution, kept_columns, least_squares
from .native_format import Json
from .native_scoring import LINEAR, NativeModel
from .options import check_options
from .placement import placed
from .predictors import Predictors
from .results import RxModelResults, as_json, number_or_none, results_of
from .values import Floats

REFUSED = {
    "cube": False,
    "cube_predictions": False,
    "row_selection": None,
    "transforms": None,
    "transform_packages": None,
    "cov_data": False,
}


@placed
def rx_lin_mod(
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
    compute_context: RxComputeContext | None = None,
    **options: object,
) -> RxModelResults:
    """The linear model ``formula`` on the rows of ``data`` without missing values: an RxLinModResults."""
    check_options("rx_lin_mod", options, REFUSED)
    source = Source(data, pweights, fweights, transform_function, transform_objects, transform_variables)
    training = prepare(formula, source, for_trees=False)
    kept = kept_columns(
        training.predictors, training.matrix, training.weights, drop_first=drop_first, drop_main=drop_main
    )
    response = numeric_response(training)
    solution = least_squares(training.matrix[:, kept], response, training.weights)
    statistics = _statistics(training, response, kept, solution, with_covariance=cov_coef)
    return results_of(
        NativeModel(
            LINEAR,
            formula,
            training.response_name,
            (),
            Predictors(training.predictors.inputs, tuple(training.predictors.columns[i] for i in kept)),
            {"coefficients": solution.coefficients},
            statistics=statistics,
        )
    )


def named_statistics(
    training: Training, kept: Sequence[int], columns: Mapping[str, Floats]
) -> dict[str, Json]:
    """``columns`` (k,) of the kept coefficients, spread over all, with their names and the observations."""
    count = len(training.predictors.columns)
    result: dict[str, Json] = {
        "n_valid_obs": training.valid,
        "n_missing_obs": training.missing,
        "coefficient_names": [training.predictors.label(column) for column in range(count)],
    }
    for name, values in columns.items():
        spread = np.full(count, np.nan)
        spread[list(kept)] = values
        result[name] = as_json(spread)
    return result


def _statistics(
    training: Training, response: Floats, kept: list[int], solution: Solution, *, with_covariance: bool
) -> dict[str, Json]:
    from scipy import stats

    weights, intercept = training.weights, int(training.formula.intercept)
    residuals = response - training.matrix[:, kept] @ solution.coefficients
    squares = float(weights @ residuals**2)
    centre = np.average(response, weights=weights) if intercept else 0.0
    total = float(weights @ (response - centre) ** 2)
    free = training.valid - len(kept)
    used = len(kept) - intercept
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.float64(squares) / free if free > 0 else np.float64(np.nan)
        errors = np.sqrt(variance * np.diag(solution.inverse))
        t_values = solution.coefficients / errors
        explained = 1 - np.float64(squares) / total
        adjusted = 1 - (1 - explained) * (training.valid - intercept) / np.float64(free)
        f_value = np.float64(total - squares) / used / variance
    result = named_statistics(
        training,
        kept,
        {
            "coefficients": solution.coefficients,
            "coef_std_error": errors,
            "coef_t_value": t_values,
            "coef_p_value": 2 * stats.t.sf(np.abs(t_values), max(free, 1)),
        },
    )
    result.update(
        r_squared=number_or_none(explained),
        adj_r_squared=number_or_none(adjusted),
        f_statistic=number_or_none(f_value),
        f_pvalue=number_or_none(stats.f.sf(f_value, max(used, 1), max(free, 1))),
        sigma=number_or_none(np.sqrt(variance)),
        residual_squares=squares,
        df_residual=free,
    )
    if with_covariance:
        result["cov_coef"] = as_json((variance * solution.inverse).ravel())
    return result
