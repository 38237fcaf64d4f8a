"""PREDICT with RUNTIME = ONNX, judged by scikit-learn on the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from localdb.runtime.session import Session
from tests.predict.driver import MODEL, fill, store
from tests.predict.onnx_models import converted
from tests.runtime.conftest import rows

NAMES = ("a", "b", "c")
ROWS = 60


def columns(scaler):
    """Takes the columns one by one, so that the ONNX model has an input for each."""
    return ColumnTransformer([("scaled", scaler, [0, 1, 2])])


@pytest.fixture
def data() -> np.ndarray:
    # What real and float hold alike: scikit-learn and the model see the same numbers.
    return np.random.default_rng(7).normal(size=(ROWS, 3)).astype(np.float32).astype(np.float64)


@pytest.fixture
def classes(data) -> np.ndarray:
    return (data[:, 0] + data[:, 1] * 2 > 0).astype(int) + (data[:, 2] > 0.5)


def predicted(session: Session, data, sql_type: str, with_columns: str) -> np.ndarray:
    definition = ", ".join(["id int", *(f"{name} {sql_type}" for name in NAMES)])
    fill(session, "features", definition, [(i, *map(float, row)) for i, row in enumerate(data)])
    names = ", ".join(f"p.[{part.split()[0].strip('[]')}]" for part in with_columns.split(","))
    text = (
        f"SELECT {names} FROM PREDICT(MODEL = {MODEL}, DATA = features AS d, RUNTIME = ONNX) "
        f"WITH ({with_columns}) AS p ORDER BY d.id"
    )
    return np.array(rows(session.run_batch(text)))


def test_linear_regression_in_double_precision(session, data) -> None:
    estimator = make_pipeline(columns(RobustScaler()), LinearRegression())
    estimator.fit(data, data @ [1.0, -2.0, 0.5] + 3)
    store(session, converted(estimator, NAMES, DoubleTensorType))
    found = predicted(session, data, "float", "variable float")
    # scikit-learn's converter computes linear models in single precision inside.
    np.testing.assert_allclose(found[:, 0], estimator.predict(data), rtol=1e-5, atol=1e-5)


def test_k_means(session, data) -> None:
    estimator = make_pipeline(columns(StandardScaler()), KMeans(4, n_init=3, random_state=0)).fit(data)
    store(session, converted(estimator, NAMES, FloatTensorType))
    found = predicted(session, data, "real", "label int")
    assert found[:, 0].tolist() == estimator.predict(data).tolist()


def test_random_forest_regression(session, data) -> None:
    estimator = make_pipeline(columns(StandardScaler()), RandomForestRegressor(20, random_state=0))
    estimator.fit(data, data[:, 0] ** 2)
    store(session, converted(estimator, NAMES, FloatTensorType))
    found = predicted(session, data, "real", "variable float")
    np.testing.assert_allclose(found[:, 0], estimator.predict(data), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("zipmap", [True, False], ids=["zipmap", "tensor"])
@pytest.mark.parametrize("kind", [LogisticRegression, RandomForestClassifier])
def test_classifier_labels(session, data, classes, kind, zipmap) -> None:
    """The probabilities, a list of maps or a wide tensor, are not asked for and do not disturb."""
    classifier = kind(random_state=0)
    estimator = make_pipeline(columns(StandardScaler()), classifier).fit(data, classes)
    store(session, converted(estimator, NAMES, FloatTensorType, {"zipmap": zipmap}))
    label = "output_label" if zipmap else "label"
    found = predicted(session, data, "real", f"{label} bigint")
    assert found[:, 0].tolist() == estimator.predict(data).tolist()


def test_classifier_probabilities_as_columns(session, data, classes) -> None:
    estimator = make_pipeline(columns(StandardScaler()), LogisticRegression()).fit(data, classes)
    store(session, converted(estimator, NAMES, FloatTensorType, {"zipmap": "columns"}))
    # The columns may come in any order: names pair them with the model's outputs.
    found = predicted(session, data, "real", "i2 float, i0 float, i1 float, output_label int")
    chances = estimator.predict_proba(data)
    np.testing.assert_allclose(found[:, [1, 2, 0]].astype(float), chances, rtol=1e-4, atol=1e-5)
    assert found[:, 3].tolist() == estimator.predict(data).tolist()


def test_labels_that_are_texts(session, data, classes) -> None:
    texts = np.array(["köln", "paris", "rom"], dtype=object)[classes]
    estimator = make_pipeline(columns(StandardScaler()), LogisticRegression()).fit(data, texts)
    store(session, converted(estimator, NAMES, FloatTensorType))
    found = predicted(session, data, "real", "output_label nvarchar(10)")
    assert found[:, 0].tolist() == estimator.predict(data).tolist()
