"""``rx_import`` and ``rx_data_step``: from any data to a data frame or a table.

https://learn.microsoft.com/machine-learning-server/python-reference/revoscalepy/rx-import and rx-data-step.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .column_info import apply, column_infos
from .data import TransformFunction, load, selected, transformed
from .data_sources import OdbcSource
from .databases import write_frame
from .errors import DataError, NotSupportedError
from .options import check_options

if TYPE_CHECKING:
    import pandas as pd

_REFUSED = {"row_selection": None, "transforms": None, "transform_packages": None}
_FILES_ONLY = {"create_composite_set": None, "blocks_per_composite_file": None, "type": "auto"}


def rx_import(
    input_data: object,
    output_file: object = None,
    vars_to_keep: Sequence[str] | None = None,
    vars_to_drop: Sequence[str] | None = None,
    transform_objects: Mapping[str, object] | None = None,
    transform_function: TransformFunction | None = None,
    transform_variables: Sequence[str] | None = None,
    append: str | None = None,
    overwrite: bool = False,
    number_rows: int | None = None,
    strings_as_factors: bool | None = None,
    column_classes: Mapping[str, str] | None = None,
    column_info: Mapping[str, Mapping[str, object]] | None = None,
    rows_per_read: int | None = None,
    max_rows_by_columns: int | None = None,
    **options: object,
) -> pd.DataFrame | OdbcSource:
    """The data as a data frame, or written to ``output_file`` (a data source with a table), which is
    returned."""
    check_options("rx_import", options, {**_REFUSED, **_FILES_ONLY})
    frame = load(input_data, -1 if number_rows is None else number_rows)
    infos = column_infos(column_classes, column_info)
    if infos or strings_as_factors:
        frame = apply(frame, infos, string_as_factors=bool(strings_as_factors))
    frame = transformed(frame, transform_function, transform_objects, transform_variables)
    frame = selected(frame, vars_to_keep, vars_to_drop)
    return _delivered(frame, output_file, append, overwrite, max_rows_by_columns)


def rx_data_step(
    input_data: object = None,
    output_file: object = None,
    vars_to_keep: Sequence[str] | None = None,
    vars_to_drop: Sequence[str] | None = None,
    transform_objects: Mapping[str, object] | None = None,
    transform_function: TransformFunction | None = None,
    transform_variables: Sequence[str] | None = None,
    append: str | Sequence[str] | None = None,
    overwrite: bool = False,
    remove_missings_on_read: bool = False,
    remove_missings: bool = False,
    compute_low_high: bool = True,
    max_rows_by_cols: int | None = None,
    rows_per_read: int = -1,
    start_row: int = 1,
    number_rows_read: int = -1,
    strings_as_factors: bool | None = None,
    **options: object,
) -> pd.DataFrame | OdbcSource:
    """The data, transformed, as a data frame or written to ``output_file`` (a data source with a table).

    Unlike Microsoft's, the transform function sees all rows at once, and the default of ``max_rows_by_cols``
    (3,000,000, for .xdf files) does not cut a data frame off.
    """
    refused = {**_REFUSED, "row_variable_name": None, "return_transform_objects": False}
    check_options("rx_data_step", options, refused)
    if start_row < 1:
        raise DataError("start_row must be at least 1")
    frame = load(input_data, number_rows_read + start_row - 1 if number_rows_read >= 0 else -1).iloc[
        start_row - 1 :
    ]
    if strings_as_factors:
        frame = apply(frame, {}, string_as_factors=True)
    if remove_missings_on_read:
        frame = frame.dropna()
    frame = transformed(frame, transform_function, transform_objects, transform_variables)
    frame = selected(frame, vars_to_keep, vars_to_drop)
    if remove_missings:
        frame = frame.dropna()
    return _delivered(frame, output_file, append, overwrite, max_rows_by_cols)


def _delivered(
    frame: pd.DataFrame,
    output: object,
    append: str | Sequence[str] | None,
    overwrite: bool,
    largest: int | None,
) -> pd.DataFrame | OdbcSource:
    if output is not None:
        return write_output(frame, output, append, overwrite)
    rows = len(frame) if largest is None else largest // max(1, len(frame.columns))
    if rows < len(frame):
        warnings.warn(
            f"the data has {len(frame)} rows, max_rows_by_columns lets {rows} of them through", stacklevel=3
        )
        frame = frame.iloc[:rows]
    return frame.reset_index(drop=True)


def write_output(
    frame: pd.DataFrame, output: object, append: str | Sequence[str] | None, overwrite: bool
) -> OdbcSource:
    """Write ``frame`` to the table of ``output`` and return that data source."""
    if not isinstance(output, OdbcSource):
        raise NotSupportedError(f"{output!r}: output goes to a table of RxSqlServerData or RxOdbcData only")
    mode = append if isinstance(append, str) or append is None else next(iter(append), None)
    if mode not in {None, "none", "rows"}:
        raise DataError(f"append must be 'none' or 'rows', not {append!r}")
    write_frame(output, frame, append=mode == "rows", overwrite=overwrite)
    return output
