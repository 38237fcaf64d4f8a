"""A model as bytes that cannot execute: a manifest in JSON and arrays of numbers.

Layout, in this order:

* 8 bytes magic, ``INSREV`` 0x00 0x01 (the last byte is the version of this layout);
* 32 bytes SHA-256 of all that follows;
* 4 bytes, little endian: the length of the manifest;
* the manifest: one JSON object in ASCII, keys sorted, no blanks;
* the arrays that the manifest names, in its order: little endian, C order, nothing in between.

Nothing here is Microsoft's format: a SQL Server cannot read these bytes, and its bytes are refused here.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError

MAGIC = b"INSREV\x00\x01"
LARGEST = 100 * 1024 * 1024  # what PREDICT takes: error 39094
_HASH_BYTES = 32
_TYPES = {"f8": "<f8", "i4": "<i4"}
_START = len(MAGIC) + _HASH_BYTES + 4

Json = Union[None, bool, int, float, str, "list[Json]", "dict[str, Json]"]
Arrays = dict[str, NDArray[Any]]


def pack(manifest: Mapping[str, Json], arrays: Arrays) -> bytes:
    """The bytes of a model: ``manifest`` (without the key ``arrays``) and float or integer arrays."""
    described: list[Json] = []
    content: list[bytes] = []
    for name, array in arrays.items():
        kind = "f8" if array.dtype.kind == "f" else "i4"
        described.append({"name": name, "type": kind, "shape": list(array.shape)})
        content.append(np.ascontiguousarray(array, dtype=_TYPES[kind]).tobytes())
    text = _canonical({**manifest, "arrays": described})
    body = struct.pack("<I", len(text)) + text + b"".join(content)
    data = MAGIC + hashlib.sha256(body).digest() + body
    if len(data) > LARGEST:
        raise ModelError(f"the model has {len(data)} bytes, the limit is {LARGEST}")
    return data


def unpack(data: bytes) -> tuple[dict[str, Json], Arrays]:
    """Manifest and arrays of ``data``; ModelError with the reason if it is not as :func:`pack` left it."""
    _check_envelope(data)
    (length,) = struct.unpack_from("<I", data, _START - 4)
    if length > len(data) - _START:
        raise ModelError("the model is damaged: its manifest is longer than the model")
    manifest = _manifest(data[_START : _START + length])
    described = manifest.pop("arrays", None)
    if not isinstance(described, list):
        raise ModelError("the model's manifest does not name its arrays")
    return manifest, _arrays(described, memoryview(data)[_START + length :])


def is_model(data: bytes) -> bool:
    """Whether ``data`` begins as :func:`pack` begins."""
    return data.startswith(MAGIC[:6])


def _check_envelope(data: bytes) -> None:
    if not isinstance(data, (bytes, bytearray)):
        raise ModelError(f"a model is bytes, not {type(data).__name__}")
    if not is_model(data):
        raise ModelError(
            "not a model of rx_serialize_model: it does not begin with INSREV (pickles are not read)"
        )
    if not data.startswith(MAGIC):
        raise ModelError(f"the model has layout {data[6:8].hex()}, this reads {MAGIC[6:].hex()}")
    if len(data) > LARGEST:
        raise ModelError(f"the model has {len(data)} bytes, the limit is {LARGEST}")
    digest = data[len(MAGIC) : len(MAGIC) + _HASH_BYTES]
    if len(data) < _START or hashlib.sha256(data[len(MAGIC) + _HASH_BYTES :]).digest() != digest:
        raise ModelError("the model is damaged: its SHA-256 does not match its content")


def _manifest(text: bytes) -> dict[str, Json]:
    try:
        manifest = json.loads(text.decode("ascii"))
        canonical = _canonical(manifest)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"the model's manifest is not JSON: {error}") from error
    if not isinstance(manifest, dict) or canonical != text:
        raise ModelError("the model's manifest is not a JSON object in canonical form")
    return manifest


def _canonical(manifest: Json) -> bytes:
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def _arrays(described: list[Json], content: memoryview) -> Arrays:
    arrays: Arrays = {}
    position = 0
    for one in described:
        name, kind, shape = _description(one)
        size = math.prod(shape) * np.dtype(_TYPES[kind]).itemsize
        if name in arrays or size > len(content) - position:
            raise ModelError(f"the model is damaged: the array {name} is there twice or not completely")
        flat = np.frombuffer(content[position : position + size], dtype=_TYPES[kind])
        arrays[name] = flat.reshape(shape)
        position += size
    if position != len(content):
        raise ModelError("the model is damaged: there is more after its last array")
    return arrays


def _description(one: Json) -> tuple[str, str, tuple[int, ...]]:
    """Name, type and shape of an array."""
    if not isinstance(one, dict) or set(one) != {"name", "type", "shape"}:
        raise ModelError("an array in the model's manifest must have a name, a type and a shape")
    name, kind, shape = one["name"], one["type"], one["shape"]
    if not isinstance(name, str) or not isinstance(kind, str) or kind not in _TYPES:
        raise ModelError("an array in the model's manifest must have a name and a type: f8 or i4")
    if not isinstance(shape, list) or not 1 <= len(shape) <= 2:
        raise ModelError(f"the array {name} must have one or two dimensions")
    sizes = [
        size for size in shape if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**31
    ]
    if len(sizes) != len(shape):
        raise ModelError(f"the array {name} must have whole numbers as its shape")
    return name, kind, tuple(sizes)
