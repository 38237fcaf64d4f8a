"""Models that score with numpy alone: what ``rx_serialize_model(model, realtime_scoring_only=True)`` writes.

:func:`read_model` is safe on bytes from anywhere: it executes nothing and raises :class:`ModelError`. A row
with a missing value, or with a factor level that the model has not seen, has the prediction NULL in a linear
or logistic model; in a tree it goes where most training rows went
(https://learn.microsoft.com/sql/machine-learning/predictions/native-scoring-predict-transact-sql).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from . import native_predictions as predictions
from .errors import ModelError, UnsupportedModelError
from .native_format import Arrays, Json, pack, unpack
from .native_manifest import FORMAT, check_keys, describe, read_predictors, text, texts
from .native_trees import check_trees
from .predictors import FACTOR, NUMBER, Predictors
from .values import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FACTOR",
    "NUMBER",
    "ModelError",
    "NativeModel",
    "Output",
    "UnsupportedModelError",
    "Variable",
    "read_model",
]

IDENTITY, LOGIT = "identity", "logit"
LINEAR, LOGISTIC = "rx_lin_mod", "rx_logit"
TREE, FOREST, BOOSTED = "rx_dtree", "rx_dforest", "rx_btrees"
_TREE_ARRAYS = {"feature", "threshold", "left", "right", "majority", "value", "root"}
_ARRAYS = {
    LINEAR: {"coefficients"},
    LOGISTIC: {"coefficients"},
    TREE: _TREE_ARRAYS,
    FOREST: _TREE_ARRAYS | {"cutoff"},
    BOOSTED: _TREE_ARRAYS | {"initial"},
}
_FLOATS = {"coefficients", "threshold", "value", "cutoff", "initial"}


@dataclass(frozen=True)
class Variable:
    """A column that the model needs: NUMBER (any number or bit) or FACTOR (a number, bit or text)."""

    name: str
    kind: str


@dataclass(frozen=True)
class Output:
    """A column of the predictions, with its SQL type."""

    name: str
    sql_type: str


@dataclass(frozen=True)
class NativeModel:
    """A model as numbers; ``classes`` are the levels of a factor response, () for a number. ``link`` is LOGIT
    when the sum is a log-odds and the prediction a probability."""

    type: str
    formula: str
    response: str
    classes: tuple[str, ...]
    predictors: Predictors
    arrays: Arrays
    link: str = IDENTITY
    statistics: Mapping[str, Json] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[Variable, ...]:
        """The columns that the model needs, each once."""
        kinds: dict[str, str] = {}
        for one in self.predictors.inputs:
            kind = FACTOR if one.kind == FACTOR else NUMBER
            kinds[one.name] = NUMBER if kinds.get(one.name) == NUMBER else kind
        return tuple(Variable(name, kind) for name, kind in kinds.items())

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The columns that :meth:`predict` returns."""
        predicted = f"{self.response}_Pred"
        if not self._votes_for_classes():
            names = [f"{one}_Pred" for one in self.classes] if self.type == TREE else []
            return tuple(Output(name, "float") for name in names or [predicted])
        longest = max(1, *(len(one) for one in self.classes))
        chances = [Output(f"{one}_prob", "float") for one in self.classes]
        return (*chances, Output(predicted, f"nvarchar({longest})"))

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One row for each row of ``frame``, with the columns of :attr:`outputs`; float64 with NaN, or text.

        ``frame`` may have other columns too. DataError when an input is not there or has no numbers.
        """
        import pandas as pd

        scores = self.scores(frame)
        columns: dict[str, object] = {}
        for position, output in enumerate(self.outputs):
            if output.sql_type == "float":
                columns[output.name] = scores[:, position]
            else:
                columns[output.name] = self.class_names(self.winners(frame, scores))
        return pd.DataFrame(columns, index=frame.index)

    def scores(self, frame: pd.DataFrame) -> Floats:
        """(rows, 1) predicted numbers, or (rows, classes) probabilities."""
        encoded = self.predictors.encode(frame)
        # Overflow is an infinite prediction, not a warning on the script's stderr.
        with np.errstate(over="ignore", invalid="ignore"):
            return predictions.SCORES[self.type](self, encoded, len(frame))

    def winners(self, frame: pd.DataFrame, scores: Floats) -> predictions.Indices:
        """(rows,) the class of each row: of a forest the one with most votes, else the likeliest."""
        if self.type == FOREST:
            votes = predictions.votes(self, self.predictors.encode(frame), len(frame))
            scores = votes / self.arrays["cutoff"]
        winners: predictions.Indices = np.argmax(scores, axis=1)
        return winners

    def class_names(self, winners: predictions.Indices) -> predictions.Texts:
        """The names of ``winners``."""
        names: predictions.Texts = np.array(self.classes, dtype=object)[winners]
        return names

    def to_bytes(self, *, with_statistics: bool) -> bytes:
        """What :func:`read_model` reads."""
        manifest: dict[str, Json] = {
            "format": FORMAT,
            "type": self.type,
            "formula": self.formula,
            "response": self.response,
            "classes": list(self.classes),
            "link": self.link,
            "statistics": dict(self.statistics) if with_statistics else {},
            **describe(self.predictors),
        }
        return pack(manifest, self.arrays)

    def _votes_for_classes(self) -> bool:
        return bool(self.classes) and self.type in {FOREST, BOOSTED}


def read_model(data: bytes) -> NativeModel:
    """The model in ``data``; ModelError says what is wrong with bytes that are none, or of an unknown
    type."""
    manifest, arrays = unpack(data)
    check_keys(manifest)
    statistics = manifest["statistics"]
    if not isinstance(statistics, dict):
        raise ModelError("the model's statistics must be an object")
    model = NativeModel(
        type=text(manifest["type"], "type"),
        formula=text(manifest["formula"], "formula"),
        response=text(manifest["response"], "response"),
        classes=texts(manifest["classes"], "classes"),
        predictors=read_predictors(manifest),
        arrays=arrays,
        link=text(manifest["link"], "link"),
        statistics=statistics,
    )
    _check(model)
    return model


def _check(model: NativeModel) -> None:
    wanted = _ARRAYS.get(model.type)
    if wanted is None:
        raise UnsupportedModelError(f"models of the type {model.type!r} are not supported")
    if set(model.arrays) != wanted:
        raise ModelError(f"a model of {model.type} must have the arrays {', '.join(sorted(wanted))}")
    for name, array in model.arrays.items():
        if (array.dtype.kind == "f") != (name in _FLOATS) or (array.ndim == 2) != (name == "value"):
            raise ModelError(f"the model's array {name} has the wrong type or shape")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelError(f"the model's array {name} has a value that is not a finite number")
    _check_sizes(model)


def _check_sizes(model: NativeModel) -> None:
    columns, classes = len(model.predictors.columns), len(model.classes)
    if model.link not in {IDENTITY, LOGIT} or (model.type == LOGISTIC) > (model.link == LOGIT):
        raise ModelError(f"a model of {model.type} cannot have the link {model.link!r}")
    if model.type in {LINEAR, LOGISTIC}:
        if model.arrays["coefficients"].shape != (columns,) or classes:
            raise ModelError("the model must have one coefficient for each predictor column, and no classes")
        return
    width = 1 if model.type == BOOSTED else classes or 1
    check_trees(model.arrays, columns, width)
    trees, raw = len(model.arrays["root"]), classes or 1
    if trees == 0 or (model.type == TREE and trees != 1) or (model.type == BOOSTED and trees % raw):
        raise ModelError(f"a model of {model.type} cannot have {trees} trees")
    if model.type == FOREST and (
        model.arrays["cutoff"].shape != (classes,) or np.any(model.arrays["cutoff"] <= 0)
    ):
        raise ModelError("the forest must have a positive cutoff for each class")
    if model.type == BOOSTED and model.arrays["initial"].shape != (raw,):
        raise ModelError("the boosted trees must have an initial value for each class")
    if classes == 1:
        raise ModelError("a model must have two classes or more")
