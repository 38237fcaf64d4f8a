"""Any kind of data argument as a data frame, transformed by the user's function if there is one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .data_sources import OdbcSource
from .databases import read_frame
from .errors import DataError, NotSupportedError

if TYPE_CHECKING:
    import pandas as pd

TransformFunction = Callable[..., Any]


def load(data: object, rows: int = -1) -> pd.DataFrame:
    """``data`` (a data frame, a mapping of columns, a data source) as a data frame with at most ``rows``
    rows."""
    import pandas as pd

    if isinstance(data, OdbcSource):
        return read_frame(data, rows)
    if isinstance(data, str):
        raise NotSupportedError(f"{data!r}: files are not supported as data; read them with pandas")
    if isinstance(data, Mapping):
        data = pd.DataFrame(data)
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"the data must be a data frame or a data source, not {type(data).__name__}")
    return data if rows < 0 else data.iloc[:rows]


def transformed(
    frame: pd.DataFrame,
    function: TransformFunction | None,
    objects: Mapping[str, object] | None,
    variables: Sequence[str] | None,
) -> pd.DataFrame:
    """``frame`` as ``function`` changes it.

    The function gets a copy of the frame and the ``objects`` by their names; a parameter ``context``, which
    older samples have, gets all objects as a dictionary. ``variables`` must be in the data.
    """
    import pandas as pd

    if function is None:
        if objects:
            raise DataError("transform_objects need a transform_function")
        return frame
    missing = [name for name in variables or () if name not in frame.columns]
    if missing:
        raise DataError(f"transform_variables names {', '.join(missing)}, which the data does not have")
    result = function(frame.copy(), *_context(function, objects or {}), **(objects or {}))
    if isinstance(result, Mapping):
        result = pd.DataFrame(result)
    if not isinstance(result, pd.DataFrame):
        raise DataError(f"the transform_function must return a data frame, not {type(result).__name__}")
    return result


def _context(function: TransformFunction, objects: Mapping[str, object]) -> tuple[Mapping[str, object], ...]:
    """What goes into a second positional parameter that no object is for."""
    parameters = [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) and one.default is one.empty
    ]
    return (objects,) if len(parameters) > 1 and parameters[1] not in objects else ()


def selected(
    frame: pd.DataFrame, vars_to_keep: Sequence[str] | None, vars_to_drop: Sequence[str] | None
) -> pd.DataFrame:
    """``frame`` with some of its columns."""
    if vars_to_keep is not None and vars_to_drop is not None:
        raise DataError("vars_to_keep and vars_to_drop exclude each other")
    named = list(vars_to_keep if vars_to_keep is not None else vars_to_drop or ())
    unknown = [name for name in named if name not in frame.columns]
    if unknown:
        raise DataError(f"the data has no column {', '.join(unknown)}")
    if vars_to_keep is not None:
        return frame[named]
    return frame.drop(columns=named)
