"""A column as numbers or as factor codes, whatever type it came in.

The same value must mean the same level wherever it comes from: the integer 1, the float 1.0 (an int column
with NULLs), the decimal 1, the bit 1 and the text '1' are all the level '1'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MISSING = -1
_NUMERIC_OBJECTS = {"integer", "floating", "mixed-integer-float", "decimal", "boolean", "empty"}


def numbers(column: pd.Series[Any], name: str) -> Floats:
    """``column`` as float64 with NaN for missing values; DataError if it holds anything but numbers."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column.to_numpy().astype(np.float64)
    values = column.astype(object)
    present = values.notna().to_numpy()
    if pd.api.types.infer_dtype(values[present], skipna=True) not in _NUMERIC_OBJECTS:
        raise DataError(f"the column {name} must be numbers, its type is {column.dtype}")
    result = np.full(len(values), np.nan)
    result[present] = values[present].astype(np.float64).to_numpy()
    return result


def level_text(value: object) -> str:
    """The name of the factor level that ``value`` stands for."""
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating, Decimal)):
        number = float(value)
        return str(int(number)) if number.is_integer() else repr(number)
    return str(value)


def factorized(column: pd.Series[Any]) -> tuple[Codes, list[str]]:
    """Codes (n,) and the text of each code: the categories of a categorical column, else the values that
    occur, in the order in which they do. Missing values have the code MISSING."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories.to_numpy()
    else:
        codes, values = pd.factorize(column.astype(object).to_numpy())
    return np.asarray(codes, dtype=np.int64), [level_text(value) for value in values]


def factor_codes(column: pd.Series[Any], levels: Sequence[str]) -> Codes:
    """The index in ``levels`` of each value; MISSING for missing values and for values that are no level."""
    codes, texts = factorized(column)
    position = {level: index for index, level in enumerate(levels)}
    # The last entry is what a code of MISSING (-1) finds.
    lookup = np.array([position.get(text, MISSING) for text in texts] + [MISSING], dtype=np.int64)
    return lookup[codes]


def observed_levels(column: pd.Series[Any]) -> tuple[str, ...]:
    """The levels that occur: in the order of the categories, or sorted when the column has none."""
    import pandas as pd

    codes, texts = factorized(column)
    found = [texts[code] for code in np.unique(codes[codes != MISSING])]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return tuple(dict.fromkeys(found))
    return tuple(sorted(set(found), key=_natural))


def _natural(text: str) -> tuple[int, float, str]:
    """Numbers by their size, before the texts."""
    try:
        number = float(text)
    except ValueError:
        return 1, 0.0, text
    return (0, number, text) if np.isfinite(number) else (1, 0.0, text)


def is_factor(column: pd.Series[Any]) -> bool:
    """Texts and categories are factors; numbers and bool are numbers."""
    import pandas as pd

    return isinstance(column.dtype, pd.CategoricalDtype) or is_text(column)


def is_text(column: pd.Series[Any]) -> bool:
    """Whether the column holds texts (and missing values), of the type object or a string type."""
    import pandas as pd

    if isinstance(column.dtype, np.dtype) and column.dtype != object:
        return False
    return pd.api.types.infer_dtype(column, skipna=True) == "string"


def find_column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """The column ``name``, else the only one that differs from it in case; DataError if there is none."""
    named: Mapping[str, list[int]] = {
        "exact": [i for i, found in enumerate(frame.columns) if found == name],
        "folded": [i for i, found in enumerate(frame.columns) if str(found).lower() == name.lower()],
    }
    matches = named["exact"] or named["folded"]
    if not matches:
        raise DataError(f"the data has no column {name}")
    if len(matches) > 1:
        raise DataError(f"the data has more than one column {name}")
    return frame.iloc[:, matches[0]]
