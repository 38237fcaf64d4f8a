"""``column_info`` and ``column_classes``: the type, name and levels that a column shall have.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-import, argument
column_info.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import DataError, NotSupportedError
from .values import MISSING, factor_codes, is_text, level_text, numbers

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = {
    "integer": "int32",
    "int16": "int16",
    "uint16": "uint16",
    "float32": "float32",
    "float": "float64",
    "numeric": "float64",
}
_FACTORS = {"factor", "ordered", "factorIndex"}
_DATES = {"Date", "POSIXct"}
_TYPES = {*_NUMBERS, *_FACTORS, *_DATES, "bool", "logical", "character"}
_KNOWN = {"type", "newName", "description", "levels", "newLevels"}


@dataclass(frozen=True)
class ColumnInfo:
    """``type`` None leaves the column as it is; ``levels`` None takes the values that occur."""

    type: str | None = None
    new_name: str | None = None
    levels: tuple[str, ...] | None = None
    new_levels: tuple[str, ...] | None = None


def column_infos(
    classes: Mapping[str, str] | None, infos: Mapping[str, Mapping[str, object]] | None
) -> dict[str, ColumnInfo]:
    """Both arguments as one; what ``infos`` says overrides ``classes``."""
    result = {name: _checked(name, {"type": kind}) for name, kind in (classes or {}).items()}
    result.update({name: _checked(name, info) for name, info in (infos or {}).items()})
    return result


def apply(frame: pd.DataFrame, infos: Mapping[str, ColumnInfo], *, string_as_factors: bool) -> pd.DataFrame:
    """``frame`` with its columns converted; a column that ``frame`` does not have is an error."""
    unknown = sorted(set(infos) - set(map(str, frame.columns)))
    if unknown:
        raise DataError(f"column_info names {', '.join(unknown)}, which the data does not have")
    columns = {name: _converted(frame[name], name, infos.get(name, ColumnInfo())) for name in frame.columns}
    if string_as_factors:
        for name, column in columns.items():
            if name not in infos and is_text(column):
                columns[name] = _factor(column, ColumnInfo("factor"))
    import pandas as pd

    result = pd.DataFrame(columns, index=frame.index)
    return result.rename(columns={name: info.new_name for name, info in infos.items() if info.new_name})


def _checked(name: str, info: Mapping[str, object]) -> ColumnInfo:
    unknown = sorted(set(info) - _KNOWN)
    if unknown:
        raise NotSupportedError(f"column_info of {name}: {', '.join(unknown)} is not supported")
    kind, new_name = info.get("type"), info.get("newName")
    if kind is not None and kind not in _TYPES:
        raise NotSupportedError(f"column_info of {name}: the type {kind!r} is not supported")
    levels, new_levels = _levels(info.get("levels")), _levels(info.get("newLevels"))
    if kind == "factorIndex" and levels is None:
        raise DataError(f"column_info of {name}: factorIndex needs levels")
    if new_levels is not None and (levels is None or len(levels) != len(new_levels)):
        raise DataError(f"column_info of {name}: newLevels needs as many levels")
    return ColumnInfo(
        None if kind is None else str(kind), None if new_name is None else str(new_name), levels, new_levels
    )


def _levels(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise DataError("the levels in column_info must be a list")
    return tuple(level_text(level) for level in value)


def _converted(column: pd.Series[Any], name: str, info: ColumnInfo) -> pd.Series[Any]:
    if info.type is None:
        return column if info.levels is None else _factor(column, info)
    if info.type in _NUMBERS:
        return _number(column, name, _NUMBERS[info.type])
    if info.type in _FACTORS:
        return _factor(column, info)
    return _OTHERS[info.type](column, name)


def _number(column: pd.Series[Any], name: str, kind: str) -> pd.Series[Any]:
    """Texts that are numbers too; whole numbers with missing values are float64, as everywhere in pandas."""
    import pandas as pd

    if is_text(column):
        column = pd.to_numeric(column, errors="raise")
    values = numbers(column, name)
    if np.isnan(values).any() and not kind.startswith("float"):
        return pd.Series(values, index=column.index)
    return pd.Series(values.astype(kind), index=column.index)


def _factor(column: pd.Series[Any], info: ColumnInfo) -> pd.Series[Any]:
    """Categorical; without levels they are coded in the order encountered."""
    import pandas as pd

    levels = info.levels
    if levels is None:
        levels = tuple(dict.fromkeys(level_text(value) for value in column.dropna()))
    if info.type == "factorIndex":
        index = numbers(column, str(column.name))
        codes = np.where((index >= 0) & (index < len(levels)), index, MISSING).astype(np.int64)
    else:
        codes = factor_codes(column, levels)
    categorical = pd.Categorical.from_codes(codes, categories=pd.Index(info.new_levels or levels))
    return pd.Series(categorical, index=column.index)


def _logical(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    import pandas as pd

    values = numbers(column, name)
    if np.isnan(values).any():
        return pd.Series(
            [None if np.isnan(value) else bool(value) for value in values], index=column.index, dtype=object
        )
    return pd.Series(values != 0, index=column.index)


def _character(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    import pandas as pd

    texts = [
        None if missing else level_text(value) for value, missing in zip(column, column.isna(), strict=True)
    ]
    return pd.Series(texts, index=column.index, dtype=object)


def _date(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    import pandas as pd

    return pd.to_datetime(column)


_OTHERS: Mapping[str, Callable[[pd.Series[Any], str], pd.Series[Any]]] = {
    "bool": _logical,
    "logical": _logical,
    "character": _character,
    "Date": _date,
    "POSIXct": _date,
}
