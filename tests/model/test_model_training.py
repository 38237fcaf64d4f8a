"""Training, prediction, elbow and evaluation, judged by scikit-learn and by arithmetic."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from model.artifact import read, write
from model.elbow import elbow, knee
from model.errors import ModelError
from model.evaluation import evaluate
from model.features import FEATURES, feature_matrix
from model.predict import nearest_centre
from model.train import Settings, train

HASH = "0" * 64


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(5)
    centres = np.array([[0, 0, 0, 0], [1, 0.5, 0.3, 1], [0.1, 0.1, 0.05, 5], [1, 2, 30, 1]])
    return np.vstack([centre + rng.normal(0, 0.05, size=(300, 4)) for centre in centres])


def estimator_with(centres):
    """A KMeans of scikit-learn, fitted to anything, whose centres are then ``centres``."""
    estimator = KMeans(n_clusters=len(centres), n_init=1).fit(np.random.default_rng(1).random((100, 4)))
    estimator.cluster_centers_ = np.ascontiguousarray(centres)
    return estimator


def test_the_model_is_scikit_learns(blobs):
    trained = train(blobs, Settings(), HASH)
    judge = KMeans(4, random_state=111, n_init=10).fit(blobs)
    assert trained.labels.tolist() == judge.labels_.tolist()
    assert trained.model.inertia == pytest.approx(judge.inertia_)
    np.testing.assert_allclose(trained.model.centroids, judge.cluster_centers_)
    assert sorted(trained.model.sizes) == [300] * 4


def test_the_same_rows_give_the_same_bytes(blobs):
    assert write(train(blobs, Settings(), HASH).model) == write(train(blobs.copy(), Settings(), HASH).model)


def test_labels_from_the_artifact_equal_predict_on_every_row(blobs):
    model = read(write(train(blobs, Settings(k=7), HASH).model))
    rng = np.random.default_rng(6)
    rows = np.vstack([blobs, rng.normal(1, 3, size=(5000, 4)), np.zeros((300, 4))])
    judge = estimator_with(model.centroids)
    assert nearest_centre(rows, model.centroids).tolist() == judge.predict(rows).tolist()


# Fractions of 1/64 are exact in binary, so that rows half way between centres are true ties.
exact = st.integers(-256, 256).map(lambda number: number / 64)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float64, (4, 4), elements=exact, unique=False),
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, min_side=4, max_side=4), elements=exact),
)
def test_ties_are_broken_as_scikit_learn_breaks_them(centres, rows):
    halves = (centres[:, None, :] + centres[None, :, :]).reshape(-1, 4) / 2
    rows = np.vstack([rows, halves, centres])
    assert nearest_centre(rows, centres).tolist() == estimator_with(centres).predict(rows).tolist()


def test_no_rows_get_no_labels():
    assert nearest_centre(np.zeros((0, 4)), np.ones((2, 4))).shape == (0,)


def test_rows_of_another_width_are_refused():
    with pytest.raises(ModelError, match="do not fit"):
        nearest_centre(np.zeros((3, 5)), np.ones((2, 4)))


@pytest.mark.parametrize("k", [0, 6])
def test_k_must_fit_the_number_of_distinct_customers(k):
    with pytest.raises(ModelError, match="must be 1 to 5"):
        train(np.repeat(np.eye(5, 4), 3, axis=0), Settings(k=k), HASH)


def test_the_elbow_is_the_mean_distance_to_the_nearest_centre(blobs):
    rows = np.vstack([blobs, np.zeros((500, 4))])
    curve = elbow(rows, ks=range(1, 6))
    assert curve.ks == (1, 2, 3, 4, 5)
    assert curve.mean_distance[0] == pytest.approx(
        np.linalg.norm(rows - rows.mean(axis=0), axis=1).mean(), rel=1e-9
    )
    judge = KMeans(4, random_state=111, n_init=10).fit(rows)
    assert curve.mean_distance[3] == pytest.approx(judge.transform(rows).min(axis=1).mean(), rel=1e-3)


def test_the_elbow_stops_where_customers_run_out():
    curve = elbow(np.array([[0.0], [0.0], [1.0], [5.0]]))
    assert curve.ks == (1, 2, 3)
    assert curve.mean_distance[-1] == 0


def test_the_elbow_of_nobody_is_refused():
    with pytest.raises(ModelError, match="no customers"):
        elbow(np.zeros((0, 4)))


@pytest.mark.parametrize(
    ("distances", "expected"),
    [((10.0, 9.0, 2.0, 1.5, 1.0), 3), ((5.0, 1.0, 0.9, 0.8, 0.7), 2), ((1.0, 1.0, 1.0, 1.0, 1.0), 1)],
)
def test_the_knee_is_where_the_curve_bends(distances, expected):
    assert knee((1, 2, 3, 4, 5), distances) == expected


def test_evaluation_agrees_with_pandas_and_scikit_learn(blobs):
    trained = train(blobs, Settings(), HASH)
    found = evaluate(blobs, trained.labels, trained.model)
    frame = pd.DataFrame(blobs).groupby(trained.labels)
    assert [summary.size for summary in found.clusters] == frame.size().tolist()
    np.testing.assert_allclose([summary.means for summary in found.clusters], frame.mean().to_numpy())
    assert found.inertia == pytest.approx(trained.model.inertia)
    # All 1,200 rows are in the sample.
    assert found.silhouette == pytest.approx(silhouette_score(blobs, trained.labels))


def test_one_cluster_has_no_silhouette(blobs):
    trained = train(blobs, Settings(k=1), HASH)
    assert evaluate(blobs, trained.labels, trained.model).silhouette is None


@pytest.mark.parametrize("bad", [None, np.nan, np.inf, -np.inf])
def test_unusable_features_name_the_customer(bad):
    frame = pd.DataFrame({"customer": [7, 8], **{name: [0.5, 0.5] for name in FEATURES}})
    frame["monetaryRatio"] = [0.5, bad]
    with pytest.raises(ModelError, match=r"1 customer.*8"):
        feature_matrix(frame)


def test_a_missing_feature_is_named():
    with pytest.raises(ModelError, match="no column frequency"):
        feature_matrix(pd.DataFrame({name: [1.0] for name in FEATURES[:3]}))


def test_a_feature_of_text_is_refused():
    with pytest.raises(ModelError, match="not a number"):
        feature_matrix(pd.DataFrame({name: ["many"] for name in FEATURES}))
