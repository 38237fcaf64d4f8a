"""sp_rxPredict: scores for the rows of a query, by the models that PREDICT takes without RUNTIME.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-rxpredict-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa

from localdb.errors import sql_error
from localdb.runtime.predict.scoring import score
from localdb.runtime.procedure_call import Call, Flow, Parameter, SystemProcedure
from localdb.runtime.security import authorization
from localdb.tsql import ast
from localdb.types import MAX, Column, nvarchar, varbinary

_NAME = "sp_rxPredict"
_TYPES = ("float", "real", "smallint", "bigint", "char", "varchar", "nchar", "nvarchar")
"""double, float, short, long and string: what is documented of the input's columns (T-SQL has no unsigned
types)."""

_LONGEST = nvarchar(4000)


def run_rx_predict(call: Call) -> Flow:
    """A column for each output of the model, then the columns of the query as they are."""
    authorization.require_database(call.session, call.frame, "EXECUTE")
    columns, rows = _input(call)
    scores = score(call.session, call.value("@model"), columns, rows)
    arrays = [*scores.rows.columns, *rows.columns]
    table = pa.Table.from_arrays(arrays, names=[f"c{i}" for i in range(len(arrays))])
    yield from call.result_table((*map(_shown, scores.columns), *columns), table)
    return 0


def _input(call: Call) -> tuple[tuple[Column, ...], pa.Table]:
    """Errors: 201 for NULL, 40514 for what is no SELECT, 39097 for a column's type."""
    text = call.value("@inputdata")
    if text is None:
        raise sql_error(201, _NAME, "@inputData")
    statements = call.interpreter.parse(text)
    if len(statements) != 1 or not isinstance(statements[0], ast.Query):
        raise sql_error(40514, f"{_NAME} with @inputData that is not one SELECT")
    columns, rows = call.query_table(text)
    for number, column in enumerate(columns):
        if column.type.name not in _TYPES:
            raise sql_error(39097, number, column.type.name, _NAME)
    return columns, rows


def _shown(column: Column) -> Column:
    return Column(column.name, _LONGEST if column.type.is_character else column.type)


PROCEDURES: Mapping[str, SystemProcedure] = MappingProxyType(
    {
        "sp_rxpredict": SystemProcedure(
            run_rx_predict,
            (Parameter("@model", varbinary(MAX)), Parameter("@inputdata", nvarchar(MAX))),
        )
    }
)
