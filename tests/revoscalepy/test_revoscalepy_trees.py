"""rx_dtree, rx_dforest and rx_btrees against scikit-learn's own predictions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from revoscalepy import rx_btrees, rx_dforest, rx_dtree, rx_predict
from revoscalepy.errors import DataError, FormulaError, NotSupportedError
from revoscalepy.native_trees import leaf_values
from revoscalepy.tree_growing import arrays_of
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

NUMBERS = "x + z + h"
FULL = {"min_split": 2, "min_bucket": 1}


def numeric(frame):
    return frame[["x", "z", "h"]].to_numpy(dtype=float)


def test_a_regression_tree_is_scikit_learns(frame):
    judge = DecisionTreeRegressor(max_depth=6, min_samples_split=20, min_samples_leaf=7, random_state=0)
    expected = judge.fit(numeric(frame), frame.y).predict(numeric(frame))
    model = rx_dtree(f"y ~ {NUMBERS}", frame, max_depth=6, min_split=20, min_bucket=7)
    predicted = rx_predict(model, frame, compute_residuals=True)
    np.testing.assert_allclose(predicted.y_Pred, expected)
    np.testing.assert_allclose(predicted.y_Resid, frame.y - expected)


@pytest.mark.parametrize(("split", "criterion"), [("gini", "gini"), ("information", "entropy")])
def test_a_classification_tree_is_scikit_learns(frame, split, criterion):
    judge = DecisionTreeClassifier(criterion=criterion, max_depth=5, min_samples_leaf=5, random_state=0)
    judge.fit(numeric(frame), frame.k)
    model = rx_dtree(f"k ~ {NUMBERS}", frame, max_depth=5, min_split=2, min_bucket=5, parms={"split": split})
    expected = judge.predict_proba(numeric(frame))
    predicted = rx_predict(model, frame)
    assert list(predicted.columns) == ["high_Pred", "low_Pred", "middle_Pred"]
    np.testing.assert_allclose(predicted, expected)
    chances = rx_predict(model, frame, type="prob")
    assert list(chances.columns) == ["high_prob", "low_prob", "middle_prob"]
    np.testing.assert_allclose(chances, expected)
    named = rx_predict(model, frame, type="class", extra_vars_to_write=["k"])
    assert list(named.columns) == ["k_Pred", "k"]
    assert (named.k_Pred == judge.predict(numeric(frame))).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 12), st.integers(1, 6))
def test_any_tree_of_scikit_learn_is_read_out_completely(seed, classes, depth, columns):
    rng = np.random.default_rng(seed)
    train, other = rng.normal(size=(80, columns)), rng.normal(size=(200, columns)) * 3
    if classes:
        tree = DecisionTreeClassifier(max_depth=depth).fit(train, rng.integers(0, 4, 80))
        expected = tree.predict_proba(other)
    else:
        tree = DecisionTreeRegressor(max_depth=depth).fit(train, rng.normal(size=80))
        expected = tree.predict(other)[:, np.newaxis]
    # Values on a threshold, and such that are not float32, are where a comparison could go wrong.
    thresholds = tree.tree_.threshold[tree.tree_.children_left >= 0]
    if thresholds.size:
        other[:50] = rng.choice(thresholds, (50, columns))
        expected = tree.predict_proba(other) if classes else tree.predict(other)[:, np.newaxis]
    found = next(leaf_values(arrays_of([tree]), other))
    # Shares are rounded anew, so the last digit may differ; another leaf would differ by more.
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_a_factor_is_split_by_its_levels(frame):
    model = rx_dtree("y ~ c", frame, **FULL)
    np.testing.assert_allclose(rx_predict(model, frame).y_Pred, frame.groupby("c").y.transform("mean"))


def test_missing_values_go_with_the_majority(frame):
    frame["step"] = np.where(frame.x > frame.x.quantile(0.3), 5.0, -5.0)
    model = rx_dtree("step ~ x", frame, max_depth=1, **FULL)
    asked = pd.DataFrame({"x": [np.nan, 99.0, -99.0]})
    np.testing.assert_allclose(rx_predict(model, asked).step_Pred, [5.0, 5.0, -5.0])
    by_colour = rx_dtree("y ~ c", frame, max_depth=1, **FULL)
    unseen = rx_predict(by_colour, pd.DataFrame({"c": ["purple", None]})).y_Pred
    assert unseen[0] == unseen[1]
    assert unseen[0] in rx_predict(by_colour, frame).y_Pred.to_numpy()


def test_growth_stops_as_documented(frame):
    rows = len(frame)
    default = rx_dtree(f"y ~ {NUMBERS}", frame)
    named = rx_dtree(f"y ~ {NUMBERS}", frame, min_split=round(rows**0.5), min_bucket=round(rows**0.5 / 3))
    np.testing.assert_array_equal(default.native.arrays["threshold"], named.native.arrays["threshold"])
    assert rx_dtree(f"y ~ {NUMBERS}", frame, cp=1.0).native.arrays["feature"].tolist() == [-1]
    assert len(rx_dtree(f"y ~ {NUMBERS}", frame, max_depth=1).native.arrays["feature"]) == 3


def test_priors_are_the_shares_at_the_root(frame):
    parms = {"prior": [0.5, 0.25, 0.25]}
    root = rx_dtree("k ~ x", frame, parms=parms, cp=1.0)
    np.testing.assert_allclose(rx_predict(root, frame.head(1)), [[0.5, 0.25, 0.25]])


def test_weights_repeat_rows(frame):
    frame["one"] = 1
    repeated = frame.loc[frame.index.repeat(frame.h)]
    weighted = rx_dtree("y ~ x", frame, fweights="h", max_depth=3, **FULL)
    np.testing.assert_allclose(
        rx_predict(weighted, frame), rx_predict(rx_dtree("y ~ x", repeated, max_depth=3, **FULL), frame)
    )


def test_a_forest_is_the_mean_of_its_trees(frame):
    model = rx_dforest(f"k ~ {NUMBERS} + c", frame, n_tree=7, seed=3)
    assert model.ntree == 7
    chances = rx_predict(model, frame, type="prob")
    assert list(chances.columns) == ["high_prob", "low_prob", "middle_prob", "k_Pred"]
    np.testing.assert_allclose(chances.iloc[:, :3].sum(axis=1), 1)
    votes = rx_predict(model, frame, type="vote")
    assert (votes.iloc[:, :3].sum(axis=1) == 7).all()
    winners = np.array(["high", "low", "middle"])[votes.iloc[:, :3].to_numpy().argmax(axis=1)]
    assert (rx_predict(model, frame).k_Pred == winners).all()
    assert (winners == frame.k).mean() > 0.6


def test_a_forest_of_one_full_tree_is_that_tree(frame):
    options = {
        "n_tree": 1,
        "replace": False,
        "sample_rate": 1.0,
        "m_try": 3,
        "seed": 1,
        **FULL,
        "max_depth": 30,
    }
    forest = rx_predict(rx_dforest(f"y ~ {NUMBERS}", frame, **options), frame)
    np.testing.assert_allclose(forest.y_Pred, frame.y)


def test_the_cutoff_divides_the_votes(frame):
    model = rx_dforest("k ~ x", frame, n_tree=5, seed=3)
    always = rx_predict(model, frame, type="vote", cutoff=[1e-9, 1, 1])
    assert (always.k_Pred[always.high_vote > 0] == "high").all()
    with pytest.raises(DataError, match="cutoff"):
        rx_predict(model, frame, cutoff=[0.5, 0.5])


def test_a_seed_repeats_the_forest_and_none_does_not(frame):
    def thresholds(seed):
        return rx_dforest(f"y ~ {NUMBERS}", frame, seed=seed).native.arrays["threshold"].tolist()

    assert thresholds(5) == thresholds(5)
    assert thresholds(None) != thresholds(None)


def test_the_error_outside_of_the_bags_judges_unseen_rows(frame, rng):
    frame["noise"] = rng.choice(["a", "b"], len(frame))
    useless = rx_dforest("noise ~ x + z", frame, n_tree=30, seed=1, max_depth=30, **FULL)
    error = useless.oob_err["oob.err"]
    assert len(error) == 30
    # Nothing can be learned, so about half is wrong; inside of the bags nearly nothing is.
    assert 0.35 < error[29] < 0.65
    assert (rx_predict(useless, frame).noise_Pred == frame.noise).mean() > 0.9
    regression = rx_dforest(f"y ~ {NUMBERS} + c", frame, n_tree=40, seed=1)
    assert regression.oob_err["oob.err"][39] < frame.y.var()


def test_importance_finds_the_variable_that_matters(frame):
    model = rx_dforest(f"y ~ {NUMBERS} + c", frame, seed=2, importance=True)
    assert model.importance.idxmax() == "x"
    assert model.importance.sum() == pytest.approx(1)


BOOSTING = {"n_tree": 25, "learning_rate": 0.2, "max_depth": 3, "sample_rate": 1.0, "m_try": 3, **FULL}
JUDGE = {
    "n_estimators": 25,
    "learning_rate": 0.2,
    "max_depth": 3,
    "random_state": 0,
}


def test_boosting_of_numbers_is_scikit_learns(frame):
    expected = GradientBoostingRegressor(**JUDGE).fit(numeric(frame), frame.y).predict(numeric(frame))
    model = rx_btrees(f"y ~ {NUMBERS}", frame, loss_function="gaussian", seed=0, **BOOSTING)
    np.testing.assert_allclose(rx_predict(model, frame).y_Pred, expected, rtol=1e-6)


def test_boosting_of_chances_is_scikit_learns(frame):
    expected = GradientBoostingClassifier(**JUDGE).fit(numeric(frame), frame.b).predict_proba(numeric(frame))
    model = rx_btrees(f"b ~ {NUMBERS}", frame, seed=0, **BOOSTING)
    np.testing.assert_allclose(rx_predict(model, frame).b_Pred, expected[:, 1], rtol=1e-6)


def test_boosting_of_classes_is_scikit_learns(frame):
    judge = GradientBoostingClassifier(**JUDGE).fit(numeric(frame), frame.k)
    model = rx_btrees(f"k ~ {NUMBERS}", frame, loss_function="multinomial", seed=0, **BOOSTING)
    assert model.ntree == 25
    predicted = rx_predict(model, frame, type="prob")
    np.testing.assert_allclose(
        predicted.iloc[:, :3], judge.predict_proba(numeric(frame)), rtol=1e-5, atol=1e-7
    )
    assert (predicted.k_Pred == judge.predict(numeric(frame))).all()


def test_stochastic_boosting_has_errors_outside_of_its_samples(frame):
    model = rx_btrees(f"y ~ {NUMBERS}", frame, loss_function="gaussian", n_tree=20, seed=9, m_try=3)
    error = model.oob_err["oob.err"]
    assert error.notna().all()
    assert error[model.ntree - 1] < error[0]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda f: rx_dtree("y ~ x:z", f), FormulaError, "interaction"),
        (lambda f: rx_dtree("y ~ 1", f), FormulaError, "no predictors"),
        (lambda f: rx_dtree("k ~ x", f, parms={"loss": [0, 2, 3, 0]}), NotSupportedError, "loss matrix"),
        (lambda f: rx_dtree("k ~ x", f, parms={"prior": [0.9, 0.1]}), DataError, "prior"),
        (lambda f: rx_dtree("k ~ x", f, cost=[2, 3]), NotSupportedError, "cost"),
        (lambda f: rx_dtree("k ~ x", f, method="poisson"), DataError, "method"),
        (lambda f: rx_dtree("k ~ x", f, max_surrogate=3), NotSupportedError, "max_surrogate=3"),
        (lambda f: rx_dforest("k ~ x", f, n_tree=0), DataError, "n_tree"),
        (lambda f: rx_dforest("k ~ x", f, m_try=2), DataError, "m_try"),
        (lambda f: rx_dforest("k ~ x", f, sample_rate=2, replace=False), DataError, "sample_rate"),
        (lambda f: rx_dforest("k ~ x", f, cutoff=[1.0]), DataError, "cutoff"),
        (lambda f: rx_btrees("k ~ x", f), DataError, "two levels"),
        (lambda f: rx_btrees("y ~ x", f, loss_function="poisson"), DataError, "loss_function"),
        (lambda f: rx_btrees("b ~ x", f.assign(b=1)), DataError, "both 0 and 1"),
        (lambda f: rx_predict(rx_dtree("k ~ x", f), f, type="vector"), NotSupportedError, "type='vector'"),
        (
            lambda f: rx_predict(rx_dtree("k ~ x", f), f, compute_residuals=True),
            NotSupportedError,
            "residuals",
        ),
    ],
)
def test_what_is_refused(frame, call, error, text):
    with pytest.raises(error, match=text):
        call(frame)


def test_the_default_loss_of_ones_is_no_loss(frame):
    assert rx_dtree("b ~ x", frame, method="class", parms={"loss": [0, 1, 1, 0]}).native.classes == ("0", "1")


def test_how_microsoft_approximates_is_ignored(frame):
    model = rx_dforest("y ~ x", frame, max_num_bins=100, n_tree=2, seed=1, report_progress=0)
    assert model.ntree == 2
