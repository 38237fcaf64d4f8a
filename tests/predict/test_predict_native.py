"""PREDICT and sp_rxPredict with the models of revoscalepy, judged by numpy and scikit-learn."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from localdb.events import ResultSetStart
from localdb.runtime.session import Session
from tests.predict.driver import MODEL, failure, fill, store
from tests.runtime.conftest import assert_ok, errors, rows

sys.path.append(str(Path(__file__).parents[2] / "localdb" / "script_packages"))

PREDICT = f"PREDICT(MODEL = {MODEL}, DATA = data AS d)"
ROWS = 120


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    data = pd.DataFrame({"id": range(ROWS), "x": rng.normal(size=ROWS), "z": rng.normal(size=ROWS) * 3})
    data["color"] = rng.choice(["red", "green", "Blue"], ROWS)
    data["y"] = 2 * data.x - data.z + (data.color == "red") * 4 + rng.normal(size=ROWS) * 0.1
    data["flag"] = (data.y + rng.normal(size=ROWS) * 3 > 0).astype(int)
    data["kind"] = np.select([data.y > 2, data.y < -2], ["high", "low"], "middle")
    return data


@pytest.fixture(autouse=True)
def data(session: Session, frame: pd.DataFrame) -> None:
    definition = "id int, x float, z float, color varchar(10), y float, flag bit, kind nvarchar(10)"
    fill(session, "data", definition, frame.astype({"flag": bool}).itertuples(index=False, name=None))


def trained(name: str, formula: str, frame: pd.DataFrame, **options) -> bytes:
    import revoscalepy

    model = getattr(revoscalepy, name)(formula, frame, **options)
    return revoscalepy.rx_serialize_model(model, realtime_scoring_only=True)


def predicted(session: Session, with_columns: str) -> pd.DataFrame:
    names = [part.split()[0] for part in with_columns.split(",")]
    text = f"SELECT {', '.join('p.' + name for name in names)} FROM {PREDICT} WITH ({with_columns}) AS p"
    return pd.DataFrame(rows(session.run_batch(f"{text} ORDER BY d.id")), columns=names)


def numbers(frame: pd.DataFrame) -> np.ndarray:
    return frame[["x", "z"]].to_numpy()


def test_linear_model_with_a_factor(session, frame) -> None:
    store(session, trained("rx_lin_mod", "y ~ x + z + color", frame))
    design = np.column_stack([numbers(frame), pd.get_dummies(frame.color).astype(float)])
    expected = design @ np.linalg.lstsq(design, frame.y, rcond=None)[0]
    np.testing.assert_allclose(predicted(session, "y_Pred float").y_Pred, expected, rtol=1e-9)


def test_logistic_regression(session, frame) -> None:
    store(session, trained("rx_logit", "flag ~ x + z", frame))
    judge = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(numbers(frame), frame.flag)
    expected = judge.predict_proba(numbers(frame))[:, 1]
    np.testing.assert_allclose(predicted(session, "FLAG_PRED float").FLAG_PRED, expected, rtol=1e-4)


def test_regression_tree(session, frame) -> None:
    store(session, trained("rx_dtree", "y ~ x + z", frame, max_depth=4, min_split=2, min_bucket=5))
    judge = DecisionTreeRegressor(max_depth=4, min_samples_leaf=5, random_state=0)
    expected = judge.fit(numbers(frame), frame.y).predict(numbers(frame))
    np.testing.assert_allclose(predicted(session, "y_Pred float").y_Pred, expected)


def test_classification_tree(session, frame) -> None:
    """The documented form: a column for each class."""
    store(session, trained("rx_dtree", "kind ~ x + z", frame, max_depth=4, min_split=2, min_bucket=5))
    judge = DecisionTreeClassifier(max_depth=4, min_samples_leaf=5, random_state=0).fit(
        numbers(frame), frame.kind
    )
    found = predicted(session, "high_Pred float, low_Pred float, middle_Pred float")
    np.testing.assert_allclose(found, judge.predict_proba(numbers(frame)))


@pytest.mark.parametrize(
    ("name", "formula"),
    [("rx_dforest", "kind ~ x + z"), ("rx_dforest", "y ~ x + color"), ("rx_btrees", "flag ~ x + z")],
)
def test_ensembles(session, frame, name: str, formula: str) -> None:
    """The same as the model says in this process, where tests/revoscalepy judges it."""
    from revoscalepy.native_scoring import read_model

    data = trained(name, formula, frame, n_tree=15, seed=1)
    store(session, data)
    model = read_model(data)
    found = predicted(session, ", ".join(f"{output.name} {output.sql_type}" for output in model.outputs))
    expected = model.predict(frame)
    assert list(found.columns) == list(expected.columns)
    for column in expected.columns:
        assert found[column].tolist() == expected[column].tolist()


def test_null_and_unseen_levels_have_no_prediction(session, frame) -> None:
    store(session, trained("rx_lin_mod", "y ~ x + color", frame))
    assert_ok(
        session.run_batch("UPDATE data SET x = NULL WHERE id = 1 UPDATE data SET color = 'grey' WHERE id = 2")
    )
    assert predicted(session, "y_Pred float").y_Pred.isna().to_numpy().nonzero()[0].tolist() == [1, 2]


def test_integers_and_decimals_are_numbers(session, frame) -> None:
    whole = frame.assign(x=frame.x.round(), z=frame.z.round(1))
    store(session, trained("rx_lin_mod", "y ~ x + z", whole))
    small, exact = "CAST(ROUND(x, 0) AS smallint) AS x", "CAST(ROUND(z, 1) AS decimal(9, 1)) AS z"
    assert_ok(session.run_batch(f"SELECT id, {small}, {exact} INTO n FROM data"))
    design = np.column_stack([numbers(whole), np.ones(ROWS)])
    expected = design @ np.linalg.lstsq(design, whole.y, rcond=None)[0]
    source = PREDICT.replace("data AS d", "n AS d")
    text = f"SELECT p.y_Pred FROM {source} WITH (y_Pred float) AS p ORDER BY d.id"
    np.testing.assert_allclose(np.array(rows(session.run_batch(text)))[:, 0], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("x", "no column for the model's input 'x'"),
        ("'a' AS x, x AS q", "is a number, its column is of type 'varchar'"),
    ],
)
def test_data_that_does_not_fit(session, frame, change: str, reason: str) -> None:
    store(session, trained("rx_lin_mod", "y ~ x + z", frame))
    change = "1 AS q" if change == "x" else change
    text = (
        f"WITH w AS (SELECT id, z, {change} FROM data) SELECT * FROM {PREDICT.replace('data AS d', 'w AS d')}"
    )
    number, message = failure(session, f"{text} WITH (y_Pred float) AS p")
    assert (number, reason in message) == (39098, True)


def test_what_is_no_model(session, frame) -> None:
    import pickle

    model = trained("rx_lin_mod", "y ~ x", frame)
    for data in (b"", pickle.dumps(frame.x), model[:-1], model[:60] + b"!" + model[61:]):
        store(session, data)
        assert failure(session, f"SELECT * FROM {PREDICT} WITH (y_Pred float) AS p")[0] == 39051
    store(session, model)
    assert failure(session, f"SELECT * FROM {PREDICT} WITH (score float) AS p")[0] == 39096


def test_rx_predict(session, frame) -> None:
    """Score columns first, then the columns of the query."""
    store(session, trained("rx_dtree", "kind ~ x + z", frame, max_depth=3, min_split=2, min_bucket=5))
    text = f"""
    DECLARE @m varbinary(max) = {MODEL}
    EXEC sp_rxPredict @model = @m, @inputData = N'SELECT x, z, color FROM data ORDER BY id'
    """
    events = assert_ok(session.run_batch(text))
    (start,) = (event for event in events if isinstance(event, ResultSetStart))
    assert [column.name for column in start.columns] == [
        "high_Pred",
        "low_Pred",
        "middle_Pred",
        "x",
        "z",
        "color",
    ]
    found = pd.DataFrame(rows(iter(events)))
    judge = DecisionTreeClassifier(max_depth=3, min_samples_leaf=5, random_state=0).fit(
        numbers(frame), frame.kind
    )
    np.testing.assert_allclose(found.iloc[:, :3].astype(float), judge.predict_proba(numbers(frame)))
    assert found.iloc[:, 5].tolist() == frame.color.tolist()


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("SELECT id FROM data", 39097),
        ("SELECT CAST(1 AS decimal(5, 2)) AS x", 39097),
        ("SELECT 1.0e0 AS q", 39098),
        ("SELECT a FROM nowhere", 208),
        ("SELECT x INTO #t FROM data", 40514),
        ("SELECT 1 SELECT 2", 40514),
        ("", 40514),
        ("PRINT 'a'", 40514),
    ],
)
def test_rx_predict_refuses(session, frame, query: str, number: int) -> None:
    store(session, trained("rx_lin_mod", "y ~ x", frame))
    escaped = query.replace("'", "''")
    text = f"DECLARE @m varbinary(max) = {MODEL} EXEC sp_rxPredict @m, N'{escaped}'"
    assert errors(list(session.run_batch(text))) == [number]


def test_rx_predict_without_model_or_query(session) -> None:
    assert errors(list(session.run_batch("EXEC sp_rxPredict NULL, N'SELECT x FROM data'"))) == [39051]
    assert errors(list(session.run_batch("EXEC sp_rxPredict 0x00, NULL"))) == [201]
    assert errors(list(session.run_batch("EXEC sp_rxPredict 0x00"))) == [201]
