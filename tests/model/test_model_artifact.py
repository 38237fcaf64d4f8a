"""The artifact: the same model gives the same bytes, and nothing but a sound model is read."""

import hashlib
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.artifact import MAGIC, ClusterModel, manifest, read, write
from model.errors import ModelError

finite = st.floats(allow_nan=False, allow_infinity=False)


def a_model(**changes):
    values = {
        "name": "customer_returns",
        "features": ("a", "b"),
        "seed": 111,
        "n_init": 10,
        "centroids": np.array([[0.1, 0.2], [1 / 3, 5e-324]]),
        "sizes": (3, 4),
        "inertia": 1.5,
        "row_count": 7,
        "training_query_sha256": "0" * 64,
        "libraries": {"numpy": "2.0"},
    }
    return ClusterModel(**{**values, **changes})


def packed(body: bytes) -> bytes:
    return MAGIC + hashlib.sha256(body).digest() + body


def changed(**changes) -> bytes:
    described = {**manifest(a_model()), **changes}
    return packed(json.dumps(described, sort_keys=True, separators=(",", ":")).encode())


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=6), st.text(min_size=1, max_size=20))
def test_what_is_written_is_read_bit_by_bit(centres, name):
    model = a_model(
        name=name,
        centroids=np.array(centres, dtype=np.float64),
        sizes=(1,) * len(centres),
        row_count=len(centres),
    )
    artifact = write(model)
    back = read(artifact)
    assert back == model
    assert back.centroids.tobytes() == model.centroids.tobytes()
    assert write(back) == artifact


@given(st.integers(0, len(write(a_model())) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_noticed(position, change):
    artifact = bytearray(write(a_model()))
    artifact[position] ^= change
    with pytest.raises(ModelError):
        read(bytes(artifact))


@given(st.integers(0, len(write(a_model())) - 1))
def test_a_shortened_artifact_is_refused(length):
    with pytest.raises(ModelError):
        read(write(a_model())[:length])


@pytest.mark.parametrize(
    ("artifact", "reason"),
    [
        (b"", "does not begin with INSITU"),
        (pickle.dumps({"k": 4}), "pickles are never read"),
        (b"INSITU\x00\x02" + bytes(100), "layout 0002"),
        (MAGIC + bytes(32), "SHA-256"),
        (packed(b"\xff\xfe"), "not JSON"),
        (packed(b"[1]"), "keys"),
        (changed(surprise=1), "keys"),
        (changed(format="insitu.forest/1"), "format"),
        (changed(k=3), "sizes"),
        (changed(sizes=[3, 5]), "sizes"),
        (changed(sizes=[3.0, 4.0]), "whole numbers"),
        (changed(seed=True), "seed"),
        (changed(row_count=0), "row_count"),
        (changed(inertia=-1.0), "inertia"),
        (changed(centroids=[[0.1, 0.2]]), "k = 2 centres"),
        (changed(centroids=[[0.1, 0.2], [0.3]]), "2 numbers"),
        (changed(centroids=[[0.1, 0.2], [0.3, "x"]]), "finite"),
        (changed(centroids=[[0.1, 0.2], [0.3, None]]), "finite"),
        (changed(features=["a", "a"]), "twice"),
        (changed(features=[]), "features"),
        (changed(training_query_sha256="xyz"), "64 hexadecimal"),
        (packed(write(a_model())[40:].replace(b"1.5", b"1.50")), "canonical"),
        (packed(write(a_model())[40:].replace(b"1.5", b"NaN")), "inertia"),
        (packed(b"[" * 100_000), "not JSON"),
    ],
)
def test_a_foreign_or_inconsistent_artifact_is_refused_with_the_reason(artifact, reason):
    with pytest.raises(ModelError, match=reason):
        read(artifact)


def test_a_model_that_could_not_be_read_is_not_written():
    with pytest.raises(ModelError, match="finite"):
        write(a_model(centroids=np.array([[0.1, np.nan], [0.0, 0.0]])))
