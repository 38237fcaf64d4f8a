"""Model functions and summaries that run in the server: the query is the script's input, the result comes
back as numbers. The server needs this same package (a SQL Server with Microsoft's revoscalepy does not have
it)."""

from __future__ import annotations

import base64
import importlib
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any

from .column_info import ColumnInfo, apply
from .contexts import RxInSqlServer, RxLocalSeq
from .data_sources import OdbcSource
from .databases import table_name
from .errors import DataError
from .native_scoring import read_model
from .remote import call_in_server
from .results import RxModelResults, results_of

if TYPE_CHECKING:
    import pandas as pd

    from .summary import RxSummaryResults


def run_in_server(
    context: RxInSqlServer,
    function: str,
    formula: str,
    data: object,
    arguments: Sequence[object],
    named: Mapping[str, object],
) -> Any:
    """``function(formula, data, *arguments, **named)`` in the server; ``data`` must be a data source
    there."""
    if not isinstance(data, OdbcSource):
        raise DataError(
            f"{function} in a SQL Server context needs a data source as its data, not a data frame"
        )
    query = data.sql_query or f"SELECT * FROM {table_name(data.table or '')}"
    task = {
        "function": function,
        "formula": formula,
        "arguments": tuple(arguments),
        "named": dict(named),
        "infos": data.column_info,
        "string_as_factors": data.string_as_factors,
    }
    answer = call_in_server(context, fit_here, {"task": task}, query)
    if not isinstance(answer, dict) or set(answer) - {"model", "summary"}:
        raise DataError(f"the server answered {function} with something else than a model or a summary")
    if "model" in answer:
        return results_of(read_model(base64.b64decode(str(answer["model"]))))
    return _summary(answer["summary"])


def _summary(parts: object) -> RxSummaryResults:
    # Imported late: summaries are placed functions themselves.
    from .summary import RxSummaryResults

    wanted = set(signature(RxSummaryResults).parameters)
    if not isinstance(parts, dict) or set(parts) != wanted:
        raise DataError("the server answered with something else than a summary")
    return RxSummaryResults(**parts)


def fit_here(task: Mapping[str, Any], data: pd.DataFrame) -> dict[str, object]:
    """Runs in the server: the function on the script's input, its result as plain values."""
    infos: Mapping[str, ColumnInfo] = task["infos"]
    frame = apply(data, infos, string_as_factors=task["string_as_factors"])
    function = getattr(importlib.import_module(__package__ or ""), task["function"])
    result = function(
        task["formula"], frame, *task["arguments"], compute_context=RxLocalSeq(), **task["named"]
    )
    if isinstance(result, RxModelResults):
        return {"model": base64.b64encode(result.native.to_bytes(with_statistics=True)).decode("ascii")}
    return {"summary": vars(result)}
