"""What the first script would otherwise pay for: modules that are imported late, caches that fill on first
use."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa

from localdb.satellite.contract import ScriptRequest
from localdb.satellite.worker.input import input_frame
from localdb.satellite.worker.output import output_table


def up() -> None:
    """Convert a small table of every kind to a frame and back."""
    table = pa.table(
        {
            "bit": pa.array([True, None]),
            "int": pa.array([1, None], pa.int32()),
            "bigint": pa.array([1, 2], pa.int64()),
            "float": pa.array([1.0, None]),
            "decimal": pa.array([decimal.Decimal("1.5"), None]),
            "nvarchar": pa.array(["a", None]),
            "datetime": pa.array([datetime.datetime(2000, 1, 1), None], pa.timestamp("us")),
        }
    )
    frame = input_frame(ScriptRequest("", "", input=table, input_types=tuple(table.column_names)))
    frame["category"] = pd.Series(["a", None], dtype="category")
    frame["Int64"] = pd.Series([1, None], dtype="Int64")
    frame["mean"] = frame.groupby("int")["float"].transform("mean").to_numpy(dtype=np.float64)
    output_table(frame, "OutputDataSet", "builtin")
