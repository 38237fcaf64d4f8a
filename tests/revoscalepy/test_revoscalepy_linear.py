"""rx_lin_mod and rx_logit against numpy, scikit-learn and closed forms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from revoscalepy import rx_lin_mod, rx_logit, rx_predict
from revoscalepy.errors import DataError, NotSupportedError
from scipy import stats
from sklearn.linear_model import LogisticRegression


def treatment_matrix(frame):
    """An own design: intercept, x, and 0/1 for all but one colour."""
    return np.column_stack([np.ones(len(frame)), frame.x, frame.c == "red", frame.c == "green"]).astype(float)


def test_predictions_are_those_of_least_squares(frame):
    matrix = treatment_matrix(frame)
    expected = matrix @ np.linalg.lstsq(matrix, frame.y.to_numpy(), rcond=None)[0]
    predicted = rx_predict(rx_lin_mod("y ~ x + c", frame), frame)
    assert list(predicted.columns) == ["y_Pred"]
    np.testing.assert_allclose(predicted.y_Pred, expected, rtol=1e-9)


def test_the_last_level_is_dropped_or_the_first(frame):
    last = rx_lin_mod("y ~ x + c", frame)
    assert list(last.coefficients.index) == ["(Intercept)", "x", "c=blue", "c=green", "c=red"]
    assert list(last.coefficients.index[last.coefficients.isna()]) == ["c=red"]
    first = rx_lin_mod("y ~ x + c", frame, drop_first=True)
    assert list(first.coefficients.index[first.coefficients.isna()]) == ["c=blue"]
    np.testing.assert_allclose(rx_predict(last, frame), rx_predict(first, frame))


def test_simple_regression_has_its_closed_form(frame):
    model = rx_lin_mod("y ~ x", frame)
    judge = stats.linregress(frame.x, frame.y)
    np.testing.assert_allclose(model.coefficients, [judge.intercept, judge.slope])
    np.testing.assert_allclose(model.coef_std_error, [judge.intercept_stderr, judge.stderr])
    assert model.coef_p_value["x"] == pytest.approx(judge.pvalue, rel=1e-6)
    assert model.r_squared == pytest.approx(judge.rvalue**2)
    # With one predictor F is t squared.
    assert model.f_statistic == pytest.approx(model.coef_t_value["x"] ** 2)
    assert model.f_pvalue == pytest.approx(judge.pvalue, rel=1e-6)


def test_statistics_follow_their_definitions(frame):
    model = rx_lin_mod("y ~ x + c", frame, cov_coef=True)
    matrix = np.column_stack([np.ones(len(frame)), frame.x, frame.c == "blue", frame.c == "green"]).astype(
        float
    )
    beta, (squares,), _, _ = np.linalg.lstsq(matrix, frame.y.to_numpy(), rcond=None)
    free = len(frame) - 4
    covariance = squares / free * np.linalg.inv(matrix.T @ matrix)
    np.testing.assert_allclose(model.cov_coef, covariance, rtol=1e-8)
    np.testing.assert_allclose(model.coefficients.dropna(), beta)
    np.testing.assert_allclose(model.coef_std_error.dropna(), np.sqrt(np.diag(covariance)))
    total = ((frame.y - frame.y.mean()) ** 2).sum()
    assert model.sigma == pytest.approx(np.sqrt(squares / free))
    assert model.adj_r_squared == pytest.approx(1 - (squares / free) / (total / (len(frame) - 1)))
    assert (model.n_valid_obs, model.n_missing_obs, model.df_residual) == (len(frame), 0, free)


def test_without_intercept_every_level_stays(frame):
    model = rx_lin_mod("y ~ c - 1", frame)
    means = frame.groupby("c").y.mean()
    np.testing.assert_allclose(model.coefficients, means[["blue", "green", "red"]])


def test_f_makes_a_level_of_each_whole_number(frame):
    model = rx_lin_mod("y ~ F(h)", frame)
    assert list(model.coefficients.index) == ["(Intercept)", "F_h=1", "F_h=2", "F_h=3", "F_h=4"]
    expected = frame.groupby("h").y.transform("mean")
    np.testing.assert_allclose(rx_predict(model, frame).y_Pred, expected)


def test_an_interaction_of_factors_has_the_means_of_the_cells(frame):
    model = rx_lin_mod("y ~ c + F(h) + c:F(h)", frame)
    expected = frame.groupby(["c", "h"]).y.transform("mean")
    np.testing.assert_allclose(rx_predict(model, frame).y_Pred, expected)
    assert model.coefficients.notna().sum() == frame.groupby(["c", "h"]).ngroups


def test_an_interaction_with_a_number_has_a_slope_per_level(frame):
    predicted = rx_predict(rx_lin_mod("y ~ c + x:c", frame), frame).y_Pred
    for colour, group in frame.groupby("c"):
        line = stats.linregress(group.x, group.y)
        np.testing.assert_allclose(
            predicted[group.index], line.intercept + line.slope * group.x, err_msg=colour
        )


def test_a_column_that_others_give_is_dropped(frame):
    frame["twice"] = 2 * frame.x + 1
    model = rx_lin_mod("y ~ x + twice", frame)
    assert list(model.coefficients.index[model.coefficients.isna()]) == ["twice"]
    np.testing.assert_allclose(rx_predict(model, frame), rx_predict(rx_lin_mod("y ~ x", frame), frame))


def test_frequency_weights_repeat_rows(frame):
    frame["times"] = frame.h
    repeated = frame.loc[frame.index.repeat(frame.times)]
    weighted, plain = rx_lin_mod("y ~ x + c", frame, fweights="times"), rx_lin_mod("y ~ x + c", repeated)
    np.testing.assert_allclose(weighted.coefficients, plain.coefficients)
    np.testing.assert_allclose(weighted.coef_std_error, plain.coef_std_error)
    assert weighted.n_valid_obs == plain.n_valid_obs == frame.times.sum()


def test_probability_weights_do_not_depend_on_their_scale(frame):
    frame["w"] = frame.h / 10
    frame["w100"] = frame.w * 100
    one, other = (rx_lin_mod("y ~ x", frame, pweights=name) for name in ("w", "w100"))
    np.testing.assert_allclose(one.coefficients, other.coefficients)
    np.testing.assert_allclose(one.coef_std_error, other.coef_std_error)


def test_rows_with_missing_values_are_left_out_and_predicted_as_missing(frame):
    frame.loc[3, "x"] = np.nan
    frame.loc[5, "c"] = None
    frame.loc[7, "y"] = np.nan
    model = rx_lin_mod("y ~ x + c", frame)
    np.testing.assert_allclose(
        model.coefficients, rx_lin_mod("y ~ x + c", frame.dropna()).coefficients, equal_nan=True
    )
    assert (model.n_valid_obs, model.n_missing_obs) == (len(frame) - 3, 3)
    predicted = rx_predict(model, frame).y_Pred
    assert list(predicted.index[predicted.isna()]) == [3, 5]
    assert len(rx_predict(model, frame, remove_missings=True)) == len(frame) - 2


def test_residuals_errors_and_intervals(frame):
    model = rx_lin_mod("y ~ x", frame, cov_coef=True)
    predicted = rx_predict(
        model,
        frame,
        compute_residuals=True,
        compute_standard_errors=True,
        interval="confidence",
        extra_vars_to_write=["c"],
        write_model_vars=True,
    )
    assert list(predicted.columns) == ["y_Pred", "y_Resid", "y_StdErr", "y_Lower", "y_Upper", "y", "x", "c"]
    np.testing.assert_allclose(predicted.y_Resid, frame.y - predicted.y_Pred)
    centred = frame.x - frame.x.mean()
    errors = model.sigma * np.sqrt(1 / len(frame) + centred**2 / (centred**2).sum())
    np.testing.assert_allclose(predicted.y_StdErr, errors)
    quantile = stats.t.ppf(0.975, len(frame) - 2)
    np.testing.assert_allclose(predicted.y_Upper - predicted.y_Pred, quantile * errors)
    wide = rx_predict(model, frame, interval="prediction", confidence_level=0.9)
    quantile = stats.t.ppf(0.95, len(frame) - 2)
    np.testing.assert_allclose(wide.y_Pred - wide.y_Lower, quantile * np.sqrt(errors**2 + model.sigma**2))


def test_errors_need_the_covariances(frame):
    with pytest.raises(DataError, match="cov_coef=True"):
        rx_predict(rx_lin_mod("y ~ x", frame), frame, compute_standard_errors=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(2, 5))
def test_residuals_are_orthogonal_to_the_predictors(seed, numbers, levels):
    rng = np.random.default_rng(seed)
    rows = 60
    frame = pd.DataFrame(rng.normal(size=(rows, numbers)), columns=[f"x{i}" for i in range(numbers)])
    frame["g"] = rng.integers(0, levels, rows).astype(str)
    frame["y"] = rng.normal(size=rows) * 10
    model = rx_lin_mod("y ~ " + " + ".join(frame.columns[:-1]) + " + x0:g", frame)
    rest = frame.y - rx_predict(model, frame).y_Pred
    for column in [
        *(frame[f"x{i}"] for i in range(numbers)),
        *(frame.g == level for level in frame.g.unique()),
    ]:
        assert abs(rest @ column.astype(float)) < 1e-8


def test_logistic_regression_is_that_of_scikit_learn(frame):
    predicted = rx_predict(rx_logit("b ~ x + z + c", frame), frame).b_Pred
    matrix = np.column_stack([treatment_matrix(frame)[:, 1:], frame.z])
    # A penalty so small that it is none: how "no penalty" is spelt differs between versions.
    judge = LogisticRegression(C=1e12, tol=1e-10, max_iter=10_000).fit(matrix, frame.b)
    np.testing.assert_allclose(predicted, judge.predict_proba(matrix)[:, 1], atol=1e-5)


def test_the_likelihood_is_at_its_maximum(frame):
    model = rx_logit("b ~ x + c", frame)
    chance = rx_predict(model, frame).b_Pred.to_numpy()
    matrix = np.column_stack([np.ones(len(frame)), frame.x, frame.c == "blue", frame.c == "green"]).astype(
        float
    )
    np.testing.assert_allclose(matrix.T @ (frame.b - chance), 0, atol=1e-8)
    information = matrix.T @ (matrix * (chance * (1 - chance))[:, np.newaxis])
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    np.testing.assert_allclose(model.coef_std_error.dropna(), errors, rtol=1e-6)
    z = model.coefficients.dropna() / errors
    np.testing.assert_allclose(model.coef_p_value.dropna(), 2 * stats.norm.sf(abs(z)), rtol=1e-5)
    likelihood = np.where(frame.b == 1, chance, 1 - chance)
    assert model.deviance == pytest.approx(-2 * np.log(likelihood).sum())
    assert model.converged


def test_one_factor_gives_the_shares_of_its_levels(frame):
    predicted = rx_predict(rx_logit("b ~ c", frame), frame).b_Pred
    np.testing.assert_allclose(predicted, frame.groupby("c").b.transform("mean"))


def test_link_is_the_log_odds(frame):
    model = rx_logit("b ~ x", frame)
    chance, raw = rx_predict(model, frame).b_Pred, rx_predict(model, frame, type="link").b_Pred
    np.testing.assert_allclose(raw, np.log(chance / (1 - chance)))


@pytest.mark.parametrize("kind", ["bool", "text", "category"])
def test_a_binary_response_can_be_written_in_other_ways(frame, kind):
    expected = rx_logit("b ~ x", frame).coefficients
    texts = frame.b.map({0: "no", 1: "yes"})
    frame["b"] = {"bool": frame.b == 1, "text": texts, "category": texts.astype("category")}[kind]
    np.testing.assert_allclose(rx_logit("b ~ x", frame).coefficients, expected)


def test_separated_classes_are_reported(frame):
    frame["b"] = (frame.x > 0).astype(int)
    with pytest.warns(UserWarning, match="did not converge"):
        model = rx_logit("b ~ x", frame)
    assert not model.converged
    predicted = rx_predict(model, frame).b_Pred
    assert ((predicted > 0.5) == (frame.x > 0)).all()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda f: rx_lin_mod("y ~ nothing", f), DataError, "no column nothing"),
        (lambda f: rx_lin_mod("c ~ x", f), DataError, "c must be numbers"),
        (lambda f: rx_lin_mod("y ~ x", f.assign(x=np.nan)), DataError, "no row without missing values"),
        (lambda f: rx_lin_mod("y ~ x", f.assign(x=np.inf)), DataError, "not a finite number"),
        (lambda f: rx_logit("h ~ x", f), DataError, "h must be 0 or 1"),
        (lambda f: rx_logit("k ~ x", f), DataError, "two levels"),
        (lambda f: rx_lin_mod("y ~ x", f, cube=True), NotSupportedError, "cube=True"),
        (lambda f: rx_lin_mod("y ~ x", f, row_selection="x > 0"), NotSupportedError, "row_selection"),
        (lambda f: rx_lin_mod("y ~ x", f, fweights="x"), DataError, "not negative"),
        (lambda f: rx_lin_mod("y ~ x", f, pweights="h", fweights="h"), DataError, "exclude each other"),
        (lambda f: rx_lin_mod("y ~ x", f, cubes=True), TypeError, "unexpected keyword argument 'cubes'"),
        (lambda f: rx_lin_mod("y ~ x", "file.xdf"), NotSupportedError, "files are not supported"),
        (lambda f: rx_predict(None, f), DataError, "the model must be"),
        (lambda f: rx_predict(rx_lin_mod("y ~ x", f), f[["y"]]), DataError, "no column x"),
        (lambda f: rx_predict(rx_lin_mod("y ~ x", f), f.assign(x="1")), DataError, "x must be numbers"),
        (lambda f: rx_predict(rx_lin_mod("y ~ x", f), f, type="prob"), NotSupportedError, "type='prob'"),
    ],
)
def test_what_is_refused(frame, call, error, text):
    with pytest.raises(error, match=text):
        call(frame)


def test_progress_arguments_have_no_effect(frame):
    model = rx_lin_mod("y ~ x", frame, report_progress=0, verbose=1, blocks_per_read=3)
    assert model.n_valid_obs == len(frame)


def test_the_printed_form_names_what_was_fitted(frame):
    text = str(rx_lin_mod("y ~ x + c", frame))
    assert "Linear Regression Results for: y ~ x + c" in text
    assert f"Number of valid observations: {len(frame)}" in text
    assert "Dropped" in text
