"""``rx_predict`` and the three functions it chooses from.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-predict. Names of the
columns: ``y_Pred``; for the classes of a tree ``class_Pred``, for those of a forest ``class_prob`` and the
class ``y_Pred``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from . import native_predictions
from .data import load
from .data_sources import OdbcSource
from .data_step import write_output
from .errors import DataError, NotSupportedError
from .intervals import standard_errors
from .native_scoring import BOOSTED, FOREST, LINEAR, LOGISTIC, TREE, NativeModel
from .options import check_options
from .predictors import missing_rows
from .results import RxLinModResults, RxModelResults
from .values import Floats, find_column, numbers

if TYPE_CHECKING:
    import pandas as pd

Names = Sequence[str] | str | None
_REFUSED = {"residual_type": "usual"}
# The levels are compared by their names, whatever their order: nothing is left to check.
_IGNORED = {"compute_context", "check_factor_levels"}


@dataclass(frozen=True)
class _Output:
    """Where predictions go and what is put beside them."""

    output_data: object = None
    write_model_vars: bool = False
    extra_vars_to_write: Names = None
    remove_missings: bool = False
    append: Names = None
    overwrite: bool = False

    def rows(self, model: NativeModel, data: object) -> pd.DataFrame:
        """The rows to predict."""
        frame = load(data)
        if not self.remove_missings:
            return frame
        return frame[~missing_rows(model.predictors.encode(frame), len(frame))]

    def delivered(
        self, model: NativeModel, frame: pd.DataFrame, columns: Mapping[str, Any]
    ) -> pd.DataFrame | OdbcSource:
        """Predictions, then the model's variables, then the extra ones."""
        import pandas as pd

        names = [one.name for one in model.inputs] if self.write_model_vars else []
        if self.write_model_vars and model.response in frame.columns:
            names.insert(0, model.response)
        names += [name for name in _list(self.extra_vars_to_write) if name not in names]
        beside = {name: find_column(frame, name).to_numpy() for name in names if name not in columns}
        result = pd.DataFrame({**columns, **beside}, index=frame.index).reset_index(drop=True)
        if self.output_data is None or isinstance(self.output_data, pd.DataFrame):
            return result
        return write_output(result, self.output_data, _first(self.append), self.overwrite)


def rx_predict(
    model_object: RxModelResults | None = None, data: object = None, output_data: object = None, **kwargs: Any
) -> pd.DataFrame | OdbcSource:
    """Predictions of any model of ours; ``kwargs`` are those of the function for its type."""
    model = _native(model_object)
    if model.type in {LINEAR, LOGISTIC}:
        return rx_predict_default(model_object, data, output_data, **kwargs)
    if model.type == TREE:
        return rx_predict_rx_dtree(model_object, data, output_data, **kwargs)
    return rx_predict_rx_dforest(model_object, data, output_data, **kwargs)


def rx_predict_default(
    model_object: RxModelResults | None = None,
    data: object = None,
    output_data: object = None,
    compute_standard_errors: bool = False,
    interval: Names = "none",
    confidence_level: float = 0.95,
    compute_residuals: bool = False,
    type: Names = None,
    write_model_vars: bool = False,
    extra_vars_to_write: Names = None,
    remove_missings: bool = False,
    append: Names = None,
    overwrite: bool = False,
    predict_var_names: Names = None,
    residual_var_names: Names = None,
    interval_var_names: Names = None,
    std_errors_var_names: Names = None,
    **options: object,
) -> pd.DataFrame | OdbcSource:
    """``y_Pred`` of a linear or logistic model; for a logistic one the probability of 1, or with
    ``type="link"`` its log-odds. Standard errors and intervals need a linear model that was fitted with
    ``cov_coef=True``."""
    _check("rx_predict_default", options)
    model = _native(model_object, LINEAR, LOGISTIC)
    output = _Output(output_data, write_model_vars, extra_vars_to_write, remove_missings, append, overwrite)
    frame = output.rows(model, data)
    kind = _choice("type", type, ("response", "link"))
    scored = replace(model, type=LINEAR) if kind == "link" else model
    predicted = scored.scores(frame)[:, 0]
    columns = {_name(predict_var_names, f"{model.response}_Pred"): predicted}
    if compute_residuals:
        columns[_name(residual_var_names, f"{model.response}_Resid")] = _residuals(frame, model, predicted)
    wanted = _choice("interval", interval, ("none", "confidence", "prediction"))
    if compute_standard_errors or wanted != "none":
        if not isinstance(model_object, RxLinModResults):
            raise NotSupportedError("standard errors and intervals are supported for rx_lin_mod only")
        errors = standard_errors(model_object, frame)
        if compute_standard_errors:
            columns[_name(std_errors_var_names, f"{model.response}_StdErr")] = errors.of_means
        if wanted != "none":
            low, high = _names(interval_var_names, [f"{model.response}_Lower", f"{model.response}_Upper"])
            width = errors.half_width(confidence_level, of_prediction=wanted == "prediction")
            columns.update({low: predicted - width, high: predicted + width})
    return output.delivered(model, frame, columns)


def rx_predict_rx_dtree(
    model_object: RxModelResults | None = None,
    data: object = None,
    output_data: object = None,
    predict_var_names: Names = None,
    write_model_vars: bool = False,
    extra_vars_to_write: Names = None,
    append: Names = "none",
    overwrite: bool = False,
    type: Names = None,
    remove_missings: bool = False,
    compute_residuals: bool = False,
    residual_var_names: Names = None,
    **options: object,
) -> pd.DataFrame | OdbcSource:
    """Of a regression tree ``y_Pred``; of a classification tree the probabilities ``class_Pred`` (by
    default), ``class_prob`` (``type="prob"``) or the class ``y_Pred`` (``type="class"``)."""
    _check("rx_predict_rx_dtree", options)
    model = _native(model_object, TREE)
    output = _Output(output_data, write_model_vars, extra_vars_to_write, remove_missings, append, overwrite)
    frame = output.rows(model, data)
    scores = model.scores(frame)
    if not model.classes:
        _choice("type", type, ("vector",))
        columns = _regression(model, frame, scores, predict_var_names, residual_var_names, compute_residuals)
        return output.delivered(model, frame, columns)
    if compute_residuals:
        raise NotSupportedError("compute_residuals is supported for numbers only, not for classes")
    kind = _choice("type", type, ("default", "prob", "class"))
    if kind == "class":
        predicted: dict[str, Any] = {
            f"{model.response}_Pred": model.class_names(model.winners(frame, scores))
        }
    else:
        predicted = _by_class(model, scores, "Pred" if kind == "default" else "prob")
    return output.delivered(model, frame, _renamed(predicted, predict_var_names))


def rx_predict_rx_dforest(
    model_object: RxModelResults | None = None,
    data: object = None,
    output_data: object = None,
    predict_var_names: Names = None,
    write_model_vars: bool = False,
    extra_vars_to_write: Names = None,
    append: Names = "none",
    overwrite: bool = False,
    type: Names = None,
    cutoff: Sequence[float] | None = None,
    remove_missings: bool = False,
    compute_residuals: bool = False,
    residual_var_names: Names = None,
    **options: object,
) -> pd.DataFrame | OdbcSource:
    """Of numbers ``y_Pred``; of classes the class ``y_Pred`` (by default), with ``type="prob"`` also the
    probabilities ``class_prob`` (the mean of the trees'), with ``type="vote"`` the numbers of trees
    ``class_vote``. The class is the one with most votes, each divided by its ``cutoff``."""
    _check("rx_predict_rx_dforest", options)
    model = _with_cutoff(_native(model_object, FOREST, BOOSTED), cutoff)
    output = _Output(output_data, write_model_vars, extra_vars_to_write, remove_missings, append, overwrite)
    frame = output.rows(model, data)
    scores = model.scores(frame)
    if not model.classes:
        _choice("type", type, ("response",))
        columns = _regression(model, frame, scores, predict_var_names, residual_var_names, compute_residuals)
        return output.delivered(model, frame, columns)
    if compute_residuals:
        raise NotSupportedError("compute_residuals is supported for numbers only, not for classes")
    kind = _choice(
        "type", type, ("response", "prob", "vote") if model.type == FOREST else ("response", "prob")
    )
    predicted: dict[str, Any] = {}
    if kind == "prob":
        predicted = _by_class(model, scores, "prob")
    elif kind == "vote":
        votes = native_predictions.votes(model, model.predictors.encode(frame), len(frame))
        predicted = _by_class(model, np.round(votes * len(model.arrays["root"])), "vote")
    predicted[f"{model.response}_Pred"] = model.class_names(model.winners(frame, scores))
    return output.delivered(model, frame, _renamed(predicted, predict_var_names))


def _native(model_object: RxModelResults | None, *types: str) -> NativeModel:
    if not isinstance(model_object, RxModelResults):
        raise DataError(f"the model must be one of an rx_ function, not {type(model_object).__name__}")
    if types and model_object.native.type not in types:
        raise DataError(f"the model must be one of {' or '.join(types)}, not of {model_object.native.type}")
    return model_object.native


def _check(function: str, options: Mapping[str, object]) -> None:
    check_options(
        function, {name: value for name, value in options.items() if name not in _IGNORED}, _REFUSED
    )


def _with_cutoff(model: NativeModel, cutoff: Sequence[float] | None) -> NativeModel:
    if cutoff is None:
        return model
    given = np.asarray(cutoff, dtype=np.float64)
    if model.type != FOREST or given.shape != (len(model.classes),) or np.any(given <= 0):
        raise DataError("cutoff must have a positive number for each class of a forest")
    return replace(model, arrays={**model.arrays, "cutoff": given})


def _regression(
    model: NativeModel,
    frame: pd.DataFrame,
    scores: Floats,
    names: Names,
    residual_names: Names,
    residuals: bool,
) -> dict[str, Any]:
    columns = {_name(names, f"{model.response}_Pred"): scores[:, 0]}
    if residuals:
        columns[_name(residual_names, f"{model.response}_Resid")] = _residuals(frame, model, scores[:, 0])
    return columns


def _residuals(frame: pd.DataFrame, model: NativeModel, predicted: Floats) -> Floats:
    return numbers(find_column(frame, model.response), model.response) - predicted


def _by_class(model: NativeModel, scores: Floats, suffix: str) -> dict[str, Any]:
    return {f"{name}_{suffix}": scores[:, position] for position, name in enumerate(model.classes)}


def _renamed(columns: dict[str, Any], names: Names) -> dict[str, Any]:
    return dict(zip(_names(names, list(columns)), columns.values(), strict=True))


def _names(given: Names, default: list[str]) -> list[str]:
    names = _list(given) or default
    if len(names) != len(default) or len(set(names)) != len(names):
        raise DataError(f"{len(default)} different names are needed for {', '.join(default)}")
    return names


def _name(given: Names, default: str) -> str:
    return _names(given, [default])[0]


def _list(given: Names) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())


def _first(given: Names) -> str | None:
    return next(iter(_list(given)), None)


def _choice(argument: str, given: Names, supported: Sequence[str]) -> str:
    """The first of ``given``; by default the first of ``supported``."""
    wanted = _first(given) or supported[0]
    if wanted not in supported:
        raise NotSupportedError(
            f"{argument}={wanted!r} is not supported for this model: {', '.join(supported)}"
        )
    return wanted
