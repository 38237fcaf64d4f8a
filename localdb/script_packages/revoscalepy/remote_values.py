"""Values as JSON and back: what a function in the server may return.

None, bool, numbers, text, bytes, dates, lists, tuples, dictionaries, numpy arrays, Series and DataFrames of
these. Decoding builds nothing else and executes nothing. This file is also sent to the server as part of a
script, so it imports nothing of this package.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import re
from typing import Any

import numpy as np
import pandas as pd

_ARRAY_TYPE = re.compile(r"bool|u?int(8|16|32|64)|float(16|32|64)|datetime64\[(ns|us|ms|s)\]")
_KIND = "$kind"


def encode(value: object) -> str:
    """``value`` as JSON; TypeError names a type that cannot be sent."""
    return json.dumps(_encoded(value))


def decode(text: str) -> Any:
    """The value that :func:`encode` wrote; ValueError if the text is anything else."""
    try:
        return _decoded(json.loads(text))
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"the answer cannot be read: {error!r}") from error


def _encoded(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [_encoded(one) for one in value]
    for kind, (types, write, _) in _CODECS.items():
        if type(value) in types:
            return {_KIND: kind, "value": write(value)}
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    raise TypeError(
        f"a function in the server cannot return a {name}: return numbers, texts, lists or data frames"
    )


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) != {_KIND, "value"} or value[_KIND] not in _CODECS:
        raise ValueError("the answer has a value of an unknown kind")
    return _CODECS[value[_KIND]][2](value["value"])


def _write_array(array: Any) -> dict[str, Any]:
    if array.dtype == object or array.dtype.kind in "US":
        return {
            "type": "object",
            "shape": list(array.shape),
            "values": [_encoded(one) for one in array.ravel()],
        }
    if not _ARRAY_TYPE.fullmatch(array.dtype.name):
        raise TypeError(f"a function in the server cannot return an array of the type {array.dtype}")
    flat = array.ravel()
    values = (flat.view(np.int64) if array.dtype.kind == "M" else flat).tolist()
    return {"type": array.dtype.name, "shape": list(array.shape), "values": values}


def _read_array(value: Any) -> Any:
    if value["type"] == "object":
        array = np.empty(len(value["values"]), dtype=object)
        array[:] = [_decoded(one) for one in value["values"]]
        return array.reshape(value["shape"])
    if not _ARRAY_TYPE.fullmatch(value["type"]):
        raise ValueError("the answer has an array of an unknown type")
    stored = np.int64 if value["type"].startswith("datetime64") else value["type"]
    return np.array(value["values"], dtype=stored).astype(value["type"]).reshape(value["shape"])


def _write_series(series: Any) -> dict[str, Any]:
    """The values, and the labels unless they count the rows."""
    counted = isinstance(series.index, pd.RangeIndex) and series.index.equals(pd.RangeIndex(len(series)))
    index = None if counted else [_encoded(one) for one in series.index]
    if isinstance(series.dtype, pd.CategoricalDtype):
        categories = [_encoded(one) for one in series.cat.categories]
        values = {
            "codes": series.cat.codes.tolist(),
            "categories": categories,
            "ordered": bool(series.cat.ordered),
        }
    else:
        plain = isinstance(series.dtype, np.dtype)
        array = series.to_numpy() if plain else series.astype(object).where(series.notna(), None).to_numpy()
        values = _write_array(array)
    return {"name": _encoded(series.name), "index": index, "values": values}


def _read_series(value: Any) -> Any:
    index = None if value["index"] is None else [_decoded(one) for one in value["index"]]
    values = value["values"]
    if "codes" in values:
        categories = [_decoded(one) for one in values["categories"]]
        data: Any = pd.Categorical.from_codes(
            values["codes"], categories=pd.Index(categories), ordered=values["ordered"]
        )
    else:
        data = _read_array(values)
    # Without the type, pandas would make strings of objects that all are texts.
    kind = object if values.get("type") == "object" else None
    return pd.Series(data, index=index, name=_decoded(value["name"]), dtype=kind)


def _write_frame(frame: Any) -> dict[str, Any]:
    columns = [_write_series(frame.iloc[:, position]) for position in range(len(frame.columns))]
    return {"columns": columns, "index": _write_series(frame.index.to_series(index=range(len(frame))))}


def _read_frame(value: Any) -> Any:
    index = _read_series(value["index"])
    columns = [_read_series({**column, "index": None}) for column in value["columns"]]
    frame = pd.DataFrame(dict(enumerate(columns)), index=range(len(index)))
    frame.columns = pd.Index([column.name for column in columns])
    if not np.array_equal(index.to_numpy(), np.arange(len(index))):
        frame.index = pd.Index(index.to_numpy(), name=index.name)
    return frame


# Kind: the types, how they are written, how they are read.
_CODECS: dict[str, Any] = {
    "tuple": (
        (tuple,),
        lambda value: [_encoded(one) for one in value],
        lambda value: tuple(map(_decoded, value)),
    ),
    "dict": (
        (dict,),
        lambda value: [[_encoded(key), _encoded(one)] for key, one in value.items()],
        lambda value: {_decoded(key): _decoded(one) for key, one in value},
    ),
    "bytes": (
        (bytes, bytearray),
        lambda value: base64.b64encode(value).decode("ascii"),
        lambda value: base64.b64decode(value, validate=True),
    ),
    "decimal": ((decimal.Decimal,), str, lambda value: decimal.Decimal(str(value))),
    "date": ((datetime.date,), lambda value: value.isoformat(), datetime.date.fromisoformat),
    "datetime": (
        (datetime.datetime, pd.Timestamp),
        lambda value: value.isoformat(),
        datetime.datetime.fromisoformat,
    ),
    "array": ((np.ndarray,), _write_array, _read_array),
    "series": ((pd.Series,), _write_series, _read_series),
    "frame": ((pd.DataFrame,), _write_frame, _read_frame),
}
