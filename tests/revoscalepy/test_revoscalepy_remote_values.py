"""What a function in the server may return: there and back, and nothing else."""

import contextlib
import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from revoscalepy.remote_values import decode, encode

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.decimals(allow_nan=False),
)
plain = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(), st.integers()), inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(plain)
def test_plain_values_come_back(value):
    back = decode(encode(value))
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.int16).reshape(2, 3),
        np.array([1.5, np.nan, -np.inf]),
        np.array([True, False]),
        np.array(["a", None, 3], dtype=object),
        np.array(["2024-02-29", "NaT"], dtype="datetime64[us]"),
        np.zeros((0, 3), dtype=np.float32),
    ],
)
def test_arrays_come_back(array):
    back = decode(encode(array))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1, 2], "b": [1.5, None], "c": ["x", None], "d": [True, False]}),
        pd.DataFrame(
            {"t": pd.to_datetime(["2024-02-29", None]), "k": pd.Categorical(["u", "v"], ["v", "u"])}
        ),
        pd.DataFrame({"a": [1, 2, 3]}, index=["x", "y", "z"]),
        pd.DataFrame(np.eye(3)),
        pd.DataFrame({"b": [b"\x00", None]}, dtype=object),
        pd.DataFrame(),
    ],
)
def test_frames_come_back(frame):
    back = decode(encode(frame))
    assert list(back.columns) == list(frame.columns)
    assert list(back.index) == list(frame.index)
    for name in frame.columns:
        left, right = back[name], frame[name]
        assert left.isna().tolist() == right.isna().tolist()
        assert left.dropna().tolist() == right.dropna().tolist()
        if isinstance(right.dtype, (np.dtype, pd.CategoricalDtype)):
            assert left.dtype == right.dtype


def test_numpy_scalars_become_python_values():
    assert decode(encode([np.int64(3), np.float32(0.5), np.bool_(True)])) == [3, 0.5, True]
    assert decode(encode(pd.Timestamp(2024, 2, 29))) == datetime.datetime(2024, 2, 29)
    assert decode(encode(decimal.Decimal("1.10"))) == decimal.Decimal("1.10")


@pytest.mark.parametrize("value", [object(), len, {1, 2}, 1j, np.array([1j]), type("Sub", (dict,), {})()])
def test_other_types_are_refused_by_name(value):
    with pytest.raises(TypeError, match="cannot return a"):
        encode(value)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["$kind", "value", "type", "shape", "values", "columns", "index", "name", "codes"]
            ),
            st.one_of(
                inner, st.sampled_from(["frame", "series", "array", "dict", "tuple", "bytes", "object"])
            ),
            max_size=4,
        ),
    ),
    max_leaves=10,
)


@settings(deadline=None, max_examples=300)
@given(json_values)
def test_whatever_the_server_sends_is_a_value_or_an_error(value):
    with contextlib.suppress(ValueError):
        decode(json.dumps(value))


def test_text_that_is_no_json_is_an_error():
    for text in ("", "{", "[" * 100_000):
        with pytest.raises(ValueError):
            decode(text)
