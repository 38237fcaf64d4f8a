"""``rx_get_info``, ``rx_get_var_info``, ``rx_get_var_names``, ``rx_create_col_info``: what is in the data.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-get-info and its
neighbours.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .data import load, selected
from .data_sources import OdbcSource
from .options import check_options
from .values import factorized, numbers

if TYPE_CHECKING:
    import pandas as pd

_STORAGE = {"i": "integer", "u": "integer", "f": "numeric", "b": "logical", "M": "POSIXct"}


class GetVarInfoResults(dict[str, dict[str, Any]]):
    """For each variable varType, storage, low and high, or levels; printed as Microsoft documents it."""

    def __str__(self) -> str:
        return "\n".join(
            _line(number, name, info) for number, (name, info) in enumerate(self.items(), start=1)
        )


class GetInfoResults(dict[str, Any]):
    """numRows, numVars, and if asked for varInfo and data."""

    def __str__(self) -> str:
        lines = [
            f"Number of observations:{float(self['numRows'])}",
            f"Number of variables:{float(self['numVars'])}",
        ]
        if "varInfo" in self:
            lines += ["Variable information: ", str(self["varInfo"])]
        if "data" in self:
            lines += [f"Data ({len(self['data'])} rows):", str(self["data"])]
        return "\n".join(lines)


def rx_get_var_names(data: object) -> list[str]:
    """The names of the variables; of a data source without reading its rows."""
    return [str(name) for name in load(data, 0).columns]


def rx_get_var_info(
    data: object,
    get_value_labels: bool = True,
    vars_to_keep: Sequence[str] | None = None,
    vars_to_drop: Sequence[str] | None = None,
    compute_info: bool = False,
    all_nodes: bool = False,
) -> GetVarInfoResults:
    """Information on each variable. Of a data source the rows are read with ``compute_info`` only; without it
    there are no low and high values, and the levels are those of column_info."""
    read = compute_info or not isinstance(data, OdbcSource)
    frame = selected(load(data, -1 if read else 0), vars_to_keep, vars_to_drop)
    return GetVarInfoResults({str(name): _info(frame[name], get_value_labels) for name in frame.columns})


def rx_get_info(
    data: object,
    get_var_info: bool = False,
    get_block_sizes: bool = False,
    get_value_labels: bool | None = None,
    vars_to_keep: Sequence[str] | None = None,
    vars_to_drop: Sequence[str] | None = None,
    start_row: int = 1,
    num_rows: int = 0,
    compute_info: bool = False,
    **options: object,
) -> GetInfoResults:
    """Numbers of rows and variables, and on demand the variables and the first rows. All rows are counted,
    also those of a data source."""
    check_options(
        "rx_get_info",
        {"get_block_sizes": get_block_sizes, **options},
        {"get_block_sizes": False, "all_nodes": False},
    )
    frame = load(data)
    result = GetInfoResults(numRows=len(frame), numVars=len(frame.columns))
    if get_var_info:
        result["varInfo"] = rx_get_var_info(frame, get_value_labels is not False, vars_to_keep, vars_to_drop)
    if num_rows > 0:
        result["data"] = frame.iloc[start_row - 1 : start_row - 1 + num_rows]
    return result


def rx_create_col_info(
    data: object,
    include_low_high: bool = False,
    factors_only: bool = False,
    vars_to_keep: Sequence[str] | None = None,
    sort_levels: bool = False,
    compute_info: bool = True,
    use_factor_index: bool = False,
) -> OrderedDict[str, dict[str, Any]]:
    """``column_info`` for a data source, with the levels that the factors of ``data`` have."""
    refused = {"include_low_high": False, "use_factor_index": False}
    given = {"include_low_high": include_low_high, "use_factor_index": use_factor_index}
    check_options("rx_create_col_info", given, refused)
    infos = rx_get_var_info(data, True, vars_to_keep, None, compute_info)
    result: OrderedDict[str, dict[str, Any]] = OrderedDict()
    for name, info in infos.items():
        if "levels" in info:
            result[name] = {
                "type": "factor",
                "levels": sorted(info["levels"]) if sort_levels else info["levels"],
            }
        elif not factors_only:
            result[name] = {"type": info["varType"]}
    return result


def _info(column: pd.Series[Any], labels: bool) -> dict[str, Any]:
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        info: dict[str, Any] = {"varType": "factor", "storage": "uint32"}
        return {**info, "levels": factorized(column)[1]} if labels else info
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
    if kind not in _STORAGE:
        return {"varType": "character", "storage": "string"}
    info = {"varType": _STORAGE[kind], "storage": str(column.dtype)}
    if kind in "iuf" and column.notna().any():
        values = numbers(column, str(column.name))
        info.update(low=float(np.nanmin(values)), high=float(np.nanmax(values)))
    return info


def _line(number: int, name: str, info: dict[str, Any]) -> str:
    if "levels" in info:
        return f"Var {number}: {name}\n\t{len(info['levels'])} factor levels: {info['levels']}"
    text = f"Var {number}: {name}, Type: {info['varType']}, Storage: {info['storage']}"
    if "low" in info:
        text += f", Low/High: ({info['low']:.4f}, {info['high']:.4f})"
    return text
