"""Models as bytes: the same predictions without scikit-learn, and nothing but ModelError for other bytes."""

import hashlib
import json
import pickle
import struct
import subprocess
import sys
from dataclasses import replace

import dill
import numpy as np
import pandas as pd
import pytest
from conftest import PACKAGES
from hypothesis import given, settings
from hypothesis import strategies as st
from revoscalepy import (
    rx_btrees,
    rx_dforest,
    rx_dtree,
    rx_lin_mod,
    rx_logit,
    rx_predict,
    rx_serialize_model,
    rx_unserialize_model,
)
from revoscalepy.errors import DataError, ModelError, RevoError, UnsupportedModelError
from revoscalepy.native_format import MAGIC, pack, unpack
from revoscalepy.native_scoring import read_model
from revoscalepy.results import results_of

MUTATIONS = 500


def training_frame(rng, rows=80):
    frame = pd.DataFrame({"x": rng.normal(size=rows), "n": rng.integers(-3, 4, rows)})
    frame["c"] = rng.choice(["red", "grün", "b]l'ue"], rows)
    frame["cat"] = pd.Categorical(rng.choice([10, 20, 30], rows))
    frame["y"] = frame.x + frame.n + rng.normal(size=rows)
    frame["b"] = (frame.y > frame.y.median()).astype(int)
    frame["k"] = np.select([frame.y > 1, frame.y < -1], ["high", "low"], "middle")
    return frame


MODELS = {
    "lin_mod": lambda f: rx_lin_mod("y ~ x + c + F(n) + x:cat", f),
    "logit": lambda f: rx_logit("b ~ x + cat", f, max_iterations=200),
    "dtree": lambda f: rx_dtree("y ~ x + c + n", f, min_split=4),
    "dtree_classes": lambda f: rx_dtree("k ~ x + c + F(n)", f, min_split=4),
    "dforest": lambda f: rx_dforest("y ~ x + c + cat", f, n_tree=3, seed=1),
    "dforest_classes": lambda f: rx_dforest("k ~ x + c + cat", f, n_tree=3, seed=1),
    "btrees": lambda f: rx_btrees("y ~ x + c", f, n_tree=4, loss_function="gaussian", seed=1),
    "btrees_chance": lambda f: rx_btrees("b ~ x + c", f, n_tree=4, seed=1),
    "btrees_classes": lambda f: rx_btrees("k ~ x + c", f, n_tree=4, loss_function="multinomial", seed=1),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param](training_frame(np.random.default_rng(7)))


@pytest.fixture(scope="module")
def every_model():
    frame = training_frame(np.random.default_rng(7))
    return [make(frame) for make in MODELS.values()]


def full_prediction(model, frame):
    """rx_predict with every column that PREDICT returns."""
    kind = {"type": "prob"} if model.native.classes and model.native.type != "rx_dtree" else {}
    return rx_predict(model, frame, **kind)


values = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=False, width=32))
rows = st.lists(
    st.tuples(
        values,
        st.one_of(st.none(), st.integers(-9, 9)),
        st.sampled_from(["red", "grün", "b]l'ue", "unseen", "", "RED", None]),
        st.sampled_from([10, 20, 30, 40, None]),
    ),
    max_size=20,
)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_native_scoring_equals_rx_predict(every_model, data):
    """Also for levels that the model has not seen and for missing values."""
    frame = pd.DataFrame(data, columns=["x", "n", "c", "cat"])
    for model in every_model:
        native = read_model(rx_serialize_model(model, realtime_scoring_only=True))
        found, expected = native.predict(frame), full_prediction(model, frame)
        assert list(found.columns) == list(expected.columns) == [one.name for one in native.outputs]
        pd.testing.assert_frame_equal(found, expected, check_index_type=False)


def test_the_types_of_the_input_do_not_matter(model):
    """int, float, decimal, bool and text columns with the same values give the same predictions."""
    frame = pd.DataFrame({"x": [1, 0, 2], "n": [1, 2, 0], "c": ["red", "grün", None], "cat": [10, 20, 30]})
    native = model.native
    expected = native.predict(frame)
    floats = frame.astype({"x": float, "n": float, "cat": float})
    objects = frame.astype({"x": object, "n": object}).assign(
        cat=["10", "20", "30"], c=pd.Categorical(frame.c)
    )
    shuffled = frame[["cat", "c", "n", "x"]].rename(columns=str.upper)
    for other in (floats, objects, shuffled):
        pd.testing.assert_frame_equal(native.predict(other), expected)


def test_outputs_are_what_predict_returns(model):
    frame = training_frame(np.random.default_rng(8), 10)
    predicted = model.native.predict(frame)
    for output in model.native.outputs:
        column = predicted[output.name]
        assert (column.dtype == np.float64) == (output.sql_type == "float")
        if output.sql_type != "float":
            assert output.sql_type == f"nvarchar({max(map(len, model.native.classes))})"


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("lin_mod", ["y_Pred"]),
        ("dtree_classes", ["high_Pred", "low_Pred", "middle_Pred"]),
        ("dforest_classes", ["high_prob", "low_prob", "middle_prob", "k_Pred"]),
        ("btrees_classes", ["high_prob", "low_prob", "middle_prob", "k_Pred"]),
        ("btrees_chance", ["b_Pred"]),
    ],
)
def test_output_names(name, names):
    model = MODELS[name](training_frame(np.random.default_rng(7)))
    assert [one.name for one in model.native.outputs] == names


def test_inputs_name_each_column_once():
    frame = training_frame(np.random.default_rng(7))
    native = rx_lin_mod("y ~ n + F(n) + c + x:cat", frame).native
    assert [(one.name, one.kind) for one in native.inputs] == [
        ("n", "number"),
        ("c", "factor"),
        ("x", "number"),
        ("cat", "factor"),
    ]


def test_the_statistics_come_back_unless_left_out(model):
    everything = rx_unserialize_model(rx_serialize_model(model))
    assert type(everything) is type(model)
    assert everything.native.statistics == model.native.statistics
    assert str(everything) == str(model)
    scoring = rx_unserialize_model(rx_serialize_model(model, realtime_scoring_only=True))
    assert not scoring.native.statistics
    assert "n_valid_obs" not in dir(scoring)
    frame = training_frame(np.random.default_rng(9))
    pd.testing.assert_frame_equal(rx_predict(scoring, frame), rx_predict(model, frame))


def test_the_same_model_is_the_same_bytes(model):
    data = rx_serialize_model(model)
    assert rx_serialize_model(rx_unserialize_model(data)) == data
    assert data.startswith(MAGIC)


@pytest.mark.parametrize("pickler", [pickle, dill])
def test_a_script_may_pickle_a_model(model, pickler):
    """Microsoft's samples do, and unpickle it in the next script."""
    copy = pickler.loads(pickler.dumps(model))
    assert rx_serialize_model(copy) == rx_serialize_model(model)


def test_scoring_needs_numpy_and_pandas_only(tmp_path, every_model):
    for number, model in enumerate(every_model):
        (tmp_path / f"{number}.model").write_bytes(rx_serialize_model(model, realtime_scoring_only=True))
    program = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "from pathlib import Path\n"
        "from revoscalepy.native_scoring import read_model\n"
        "models = [read_model(file.read_bytes()) for file in Path(sys.argv[2]).iterdir()]\n"
        "assert 'pandas' not in sys.modules, 'reading a model must not need pandas'\n"
        "import pandas as pd\n"
        "for model in models:\n"
        "    model.predict(pd.DataFrame({'x': [1.0], 'n': [1], 'c': ['red'], 'cat': [10]}))\n"
        "found = {'sklearn', 'scipy', 'dill', 'pyodbc'} & set(sys.modules)\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", program, str(PACKAGES), str(tmp_path)], check=True)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "does not begin with INSREV"),
        (pickle.dumps({}), "pickles are not read"),
        (b"INSREV\x00\x02" + bytes(40), "has layout 0002"),
        (MAGIC + bytes(40), "SHA-256 does not match"),
        (MAGIC, "SHA-256 does not match"),
        (None, "a model is bytes"),
    ],
)
def test_other_bytes_are_refused(data, text):
    with pytest.raises(ModelError, match=text):
        read_model(data)


def test_another_type_of_model_is_told_apart(every_model):
    manifest, arrays = unpack(rx_serialize_model(every_model[0]))
    with pytest.raises(UnsupportedModelError, match="'rx_glm' are not supported"):
        read_model(pack({**manifest, "type": "rx_glm"}, arrays))


def test_a_model_that_could_not_be_read_back_is_not_written(every_model):
    native = replace(every_model[0].native, response="y" * 5000)
    with pytest.raises(ModelError, match="at most 4000 characters"):
        rx_serialize_model(results_of(native))


def test_other_objects_are_not_serialized():
    with pytest.raises(ModelError, match="not dict"):
        rx_serialize_model({})


def sealed(body):
    """``body`` with the hash that belongs to it: what a forger would send."""
    return MAGIC + hashlib.sha256(body).digest() + body


def mutated(rng, data):
    """A damaged copy of a model with the right hash, half of the time with a manifest that is JSON."""
    body = bytearray(data[40:])
    (length,) = struct.unpack_from("<I", body)
    if rng.integers(2):
        manifest = change(rng, json.loads(bytes(body[4 : 4 + length])))
        text = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode("ascii")
        body[:] = struct.pack("<I", len(text)) + text + body[4 + length :]
    for _ in range(rng.integers(0, 4)):
        position = int(rng.integers(len(body)))
        body[position : position + int(rng.integers(2))] = rng.bytes(int(rng.integers(3)))
    return sealed(bytes(body[: int(rng.integers(len(body)))] if not rng.integers(10) else body))


HOSTILE = [None, True, -1, 2**31, 2**70, 1.5, "", "x", "-1", [], {}, [[]], [0, -1], ["a", "a"], "a" * 5000]


def change(rng, value):
    """``value`` with something else somewhere in it."""
    if not rng.integers(6):
        return HOSTILE[rng.integers(len(HOSTILE))]
    if isinstance(value, dict) and value:
        key = list(value)[rng.integers(len(value))]
        return {**value, key: change(rng, value[key])}
    if isinstance(value, list) and value:
        copy = list(value)
        position = rng.integers(len(copy))
        copy[position] = change(rng, copy[position])
        return copy
    return value + int(rng.integers(-3, 4)) if type(value) is int else HOSTILE[rng.integers(len(HOSTILE))]


def try_model(data):
    """Whether ``data`` was refused; what is not refused must score, or refuse the data."""
    frame = pd.DataFrame({"x": [1.0, np.nan], "n": [1, 2], "c": ["red", None], "cat": [10, 99]})
    try:
        model = read_model(data)
    except ModelError:
        return True
    try:
        assert len(model.predict(frame)) == 2
        assert len(model.outputs) >= 1
        assert model.inputs is not None
    except DataError:
        pass
    return False


def test_damaged_models_are_refused_or_harmless(every_model):
    rng = np.random.default_rng(1)
    originals = [rx_serialize_model(model, realtime_scoring_only=True) for model in every_model]
    refused = sum(try_model(mutated(rng, originals[i % len(originals)])) for i in range(MUTATIONS))
    assert refused > MUTATIONS / 2


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_sealed_bytes_are_refused(body):
    with pytest.raises(ModelError):
        read_model(sealed(body))


def test_a_deeply_nested_manifest_is_refused():
    text = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(ModelError, match="not JSON"):
        read_model(sealed(struct.pack("<I", len(text)) + text))


def test_a_tree_that_goes_round_in_circles_is_refused(every_model):
    manifest, arrays = unpack(rx_serialize_model(every_model[2]))
    circular = {**arrays, "left": np.zeros_like(arrays["left"])}
    with pytest.raises(ModelError, match="no node after it"):
        read_model(pack(manifest, circular))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_coefficient_must_be_finite(every_model, value):
    manifest, arrays = unpack(rx_serialize_model(every_model[0]))
    broken = {"coefficients": np.full_like(arrays["coefficients"], value)}
    with pytest.raises(ModelError, match="not a finite number"):
        read_model(pack(manifest, broken))


def test_every_error_of_the_package_has_one_base():
    assert issubclass(ModelError, RevoError)
