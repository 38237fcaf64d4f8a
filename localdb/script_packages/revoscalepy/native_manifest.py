"""The manifest of a model: its type, variables and classes, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .errors import ModelError
from .native_format import Json
from .predictors import FACTOR, INTEGERS, NUMBER, WHOLE, Input, Predictors

FORMAT = "insitu.revoscalepy/1"
KEYS = {"format", "type", "link", "formula", "response", "classes", "inputs", "columns", "statistics"}
_LONGEST_NAME = 4000


def describe(predictors: Predictors) -> dict[str, Json]:
    """The part of the manifest that :func:`read_predictors` reads."""
    inputs: list[Json] = [
        {"name": one.name, "kind": one.kind, "levels": list(one.levels)} for one in predictors.inputs
    ]
    columns: list[Json] = [[list(pair) for pair in column] for column in predictors.columns]
    return {"inputs": inputs, "columns": columns}


def check_keys(manifest: Mapping[str, Json]) -> None:
    """ModelError unless ``manifest`` is one of this version."""
    if set(manifest) != KEYS:
        raise ModelError(f"the keys of the model's manifest must be {', '.join(sorted(KEYS))} and arrays")
    if manifest["format"] != FORMAT:
        raise ModelError(f"the model's format is {manifest['format']!r}, not {FORMAT!r}")


def text(value: Json, what: str) -> str:
    """``value`` as a text of a reasonable length."""
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise ModelError(f"the model's {what} must be a text of at most {_LONGEST_NAME} characters")
    return value


def texts(value: Json, what: str) -> tuple[str, ...]:
    """``value`` as different texts."""
    if not isinstance(value, list):
        raise ModelError(f"the model's {what} must be a list")
    found = tuple(text(one, what) for one in value)
    if len(set(found)) != len(found):
        raise ModelError(f"the model's {what} must be different from each other")
    return found


def read_predictors(manifest: Mapping[str, Json]) -> Predictors:
    """Inputs and columns; every index in them is one of an input and of a level of it."""
    inputs, columns = manifest["inputs"], manifest["columns"]
    if not isinstance(inputs, list) or not isinstance(columns, list):
        raise ModelError("the model's inputs and columns must be lists")
    known = tuple(_input(one) for one in inputs)
    return Predictors(known, tuple(_column(one, known) for one in columns))


def _input(one: Json) -> Input:
    if not isinstance(one, dict) or set(one) != {"name", "kind", "levels"}:
        raise ModelError("an input of the model must have a name, a kind and levels")
    kind = text(one["kind"], "kind of input")
    if kind not in {NUMBER, FACTOR, INTEGERS}:
        raise ModelError(f"the model has an input of the kind {kind}")
    name = text(one["name"], "input")
    return Input(name, kind, texts(one["levels"], f"levels of {name}"))


def _column(one: Json, inputs: Sequence[Input]) -> tuple[tuple[int, int], ...]:
    if not isinstance(one, list):
        raise ModelError("a predictor column of the model must be a list")
    return tuple(_pair(pair, inputs) for pair in one)


def _pair(pair: Json, inputs: Sequence[Input]) -> tuple[int, int]:
    whole = [number for number in pair if type(number) is int] if isinstance(pair, list) else []
    if len(whole) != 2 or len(whole) != len(pair or ()):  # type: ignore[arg-type]
        raise ModelError("a predictor column of the model must be pairs of an input and a level")
    number, level = whole
    if not 0 <= number < len(inputs):
        raise ModelError("a predictor column of the model uses an input that the model does not have")
    one = inputs[number]
    fits = level == WHOLE if one.kind == NUMBER else 0 <= level < len(one.levels)
    if not fits:
        raise ModelError(f"a predictor column of the model uses a level that {one.name} does not have")
    return number, level
