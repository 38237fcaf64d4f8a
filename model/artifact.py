"""The artifact: a trained model as bytes that cannot execute and that any Python or T-SQL can check.

Layout, in this order:

* 8 bytes magic, ``INSITU`` 0x00 0x01 (the last byte is the version of this layout);
* 32 bytes SHA-256 of all that follows;
* the manifest: one JSON object in ASCII, keys sorted, no blanks. Numbers are written with as many digits as
  bring back the same float64, so the centres in it are the model itself, bit for bit.

The same model gives the same bytes, hence the same hash, on every machine. ``stored_procedures/`` reads this
layout with numpy and json, and checks magic and hash in T-SQL (``SUBSTRING``, ``HASHBYTES``).
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from model.errors import ModelError
from model.features import Matrix

MAGIC = b"INSITU\x00\x01"
FORMAT = "insitu.kmeans/1"
_HASH_BYTES = 32
_LARGEST = 64 * 1024 * 1024
_KEYS = {
    "centroids",
    "features",
    "format",
    "inertia",
    "k",
    "libraries",
    "n_init",
    "name",
    "row_count",
    "seed",
    "sizes",
    "training_query_sha256",
}


@dataclass(frozen=True, slots=True)
class ClusterModel:
    """A KMeans model as numbers. ``centroids`` is (k, features), float64; ``sizes`` counts training rows."""

    name: str
    features: tuple[str, ...]
    seed: int
    n_init: int
    centroids: Matrix
    sizes: tuple[int, ...]
    inertia: float
    row_count: int
    training_query_sha256: str
    libraries: dict[str, str]

    @property
    def k(self) -> int:
        return int(self.centroids.shape[0])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ClusterModel):
            return NotImplemented
        same = all(
            getattr(self, field.name) == getattr(other, field.name)
            for field in fields(self)
            if field.name != "centroids"
        )
        return same and np.array_equal(self.centroids, other.centroids)

    __hash__ = None  # type: ignore[assignment]


def manifest(model: ClusterModel) -> dict[str, Any]:
    """The JSON object that describes ``model`` completely."""
    return {
        "centroids": model.centroids.tolist(),
        "features": list(model.features),
        "format": FORMAT,
        "inertia": model.inertia,
        "k": model.k,
        "libraries": model.libraries,
        "n_init": model.n_init,
        "name": model.name,
        "row_count": model.row_count,
        "seed": model.seed,
        "sizes": list(model.sizes),
        "training_query_sha256": model.training_query_sha256,
    }


def write(model: ClusterModel) -> bytes:
    """The artifact of ``model``; refuses a model that :func:`read` would refuse."""
    described = manifest(model)
    _check_manifest(described)
    body = _canonical(described)
    return MAGIC + hashlib.sha256(body).digest() + body


def read(artifact: bytes) -> ClusterModel:
    """The model in ``artifact``; ModelError with the reason if anything is not as :func:`write` left it."""
    body = _verified_body(artifact)
    try:
        described = json.loads(body.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"the artifact's manifest is not JSON: {error}") from error
    _check_manifest(described)
    if _canonical(described) != body:
        raise ModelError("the artifact's manifest is not in canonical form")
    return ClusterModel(
        name=described["name"],
        features=tuple(described["features"]),
        seed=described["seed"],
        n_init=described["n_init"],
        centroids=np.array(described["centroids"], dtype=np.float64),
        sizes=tuple(described["sizes"]),
        inertia=described["inertia"],
        row_count=described["row_count"],
        training_query_sha256=described["training_query_sha256"],
        libraries=described["libraries"],
    )


def sha256(artifact: bytes) -> str:
    """Hexadecimal SHA-256 of the whole artifact, the name by which people compare two of them."""
    return hashlib.sha256(artifact).hexdigest()


def _verified_body(artifact: bytes) -> bytes:
    if not artifact.startswith(MAGIC[:6]):
        raise ModelError("not a model artifact: it does not begin with INSITU (and pickles are never read)")
    if not artifact.startswith(MAGIC):
        raise ModelError(f"the artifact has layout {artifact[6:8].hex()}, this reads {MAGIC[6:].hex()}")
    if len(artifact) > _LARGEST:
        raise ModelError(f"the artifact has {len(artifact)} bytes, the limit is {_LARGEST}")
    start = len(MAGIC) + _HASH_BYTES
    body = artifact[start:]
    if not body or hashlib.sha256(body).digest() != artifact[len(MAGIC) : start]:
        raise ModelError("the artifact is damaged: its SHA-256 does not match its content")
    return body


def _canonical(described: dict[str, Any]) -> bytes:
    text = json.dumps(described, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def _check_manifest(described: Any) -> None:
    if not isinstance(described, dict) or set(described) != _KEYS:
        found = sorted(described) if isinstance(described, dict) else type(described).__name__
        raise ModelError(f"the manifest's keys are {found}, not {sorted(_KEYS)}")
    if described["format"] != FORMAT:
        raise ModelError(f"the manifest's format is {described['format']!r}, not {FORMAT!r}")
    _check_texts(described)
    _check_numbers(described)
    _check_centroids(described)


def _check_texts(described: dict[str, Any]) -> None:
    name, features, libraries = described["name"], described["features"], described["libraries"]
    if not isinstance(name, str) or not 1 <= len(name) <= 128:
        raise ModelError("the model's name must have 1 to 128 characters")
    if not isinstance(features, list) or not features or not all(isinstance(f, str) and f for f in features):
        raise ModelError("the model's features must be a list of names")
    if len(set(features)) != len(features):
        raise ModelError("the model names a feature twice")
    if not isinstance(libraries, dict) or not all(isinstance(v, str) for v in libraries.values()):
        raise ModelError("the model's library versions must be texts")
    digest = described["training_query_sha256"]
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ModelError("the hash of the training query must be 64 hexadecimal digits")


def _check_numbers(described: dict[str, Any]) -> None:
    for key, least in (("k", 1), ("n_init", 1), ("row_count", 1), ("seed", 0)):
        if type(described[key]) is not int or described[key] < least:
            raise ModelError(f"the model's {key} must be a whole number of at least {least}")
    if not _is_float(described["inertia"]) or described["inertia"] < 0:
        raise ModelError("the model's inertia must be a finite number of at least 0")
    sizes = described["sizes"]
    if not isinstance(sizes, list) or not all(type(size) is int and size >= 0 for size in sizes):
        raise ModelError("the model's cluster sizes must be whole numbers")
    if len(sizes) != described["k"] or sum(sizes) != described["row_count"]:
        raise ModelError("the model's cluster sizes do not fit k and the number of rows")


def _check_centroids(described: dict[str, Any]) -> None:
    centroids, width = described["centroids"], len(described["features"])
    if not isinstance(centroids, list) or len(centroids) != described["k"]:
        raise ModelError(f"the model must have k = {described['k']} centres")
    for centre in centroids:
        if not isinstance(centre, list) or len(centre) != width:
            raise ModelError(f"each centre must have {width} numbers, one per feature")
        if not all(_is_float(value) for value in centre):
            raise ModelError("a centre has a value that is not a finite number")


def _is_float(value: Any) -> bool:
    return type(value) is float and math.isfinite(value)
