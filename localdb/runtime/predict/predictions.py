"""PREDICT: the model is asked before the statement runs, which then reads rows and predictions as a table.

https://learn.microsoft.com/sql/t-sql/queries/predict-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from localdb.engine.arrow_types import select_of_table
from localdb.engine.duck import Connection
from localdb.runtime.predict.scoring import Scores, failure, score
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.tsql.binding import Bound
from localdb.tsql.casts import cast
from localdb.tsql.plan import Plan, Prediction
from localdb.types import Column

if TYPE_CHECKING:
    from localdb.runtime.session import Session

_SCORES = "localdb_scores"


@contextmanager
def predictions(session: Session, connection: Connection, plan: Plan, frame: Frame) -> Iterator[None]:
    """Carry out the PREDICTs of ``plan``; ``connection`` sees their tables as long as the context lasts."""
    if plan.predictions:
        authorization.require_database(session, frame, "EXECUTE")
    with ExitStack() as stack:
        for prediction in plan.predictions:
            connection.register(prediction.table, _carry_out(session, connection, prediction, frame))
            stack.callback(connection.unregister, prediction.table)
        yield


def _carry_out(session: Session, connection: Connection, prediction: Prediction, frame: Frame) -> pa.Table:
    """The rows of DATA with the outputs in the types of WITH, as c0, c1, ..."""
    parameters = session.evaluator.parameters
    ((model,),) = connection.rows(prediction.model.sql, parameters(prediction.model, frame))
    rows = connection.table(prediction.data.sql, parameters(prediction.data, frame))
    wanted = tuple(column.name for column in prediction.outputs)
    scores = score(session, model, prediction.data.columns, rows, prediction.runtime, wanted)
    arrays = [*rows.columns, *_converted(session, scores, prediction.outputs).columns]
    return pa.Table.from_arrays(arrays, names=[f"c{i}" for i in range(len(arrays))])


def _converted(session: Session, scores: Scores, outputs: tuple[Column, ...]) -> pa.Table:
    """The model's outputs as an assignment to a column of the types of WITH has them; 39098 for NULL in one
    that is NOT NULL."""
    values = (
        cast(Bound(f"c{i}", have.type), want.type, mode="assign", table="PREDICT", column=want.name).sql
        for i, (have, want) in enumerate(zip(scores.columns, outputs, strict=True))
    )
    items = ", ".join(f"{value} AS c{i}" for i, value in enumerate(values))
    rows = scores.rows.rename_columns([f"c{i}" for i in range(len(outputs))])
    calculator = session.calculator
    calculator.register(_SCORES, rows)
    try:
        table = calculator.table(f"SELECT {items} FROM ({select_of_table(_SCORES, scores.columns)})")
    finally:
        calculator.unregister(_SCORES)
    for i, column in enumerate(outputs):
        if not column.nullable and table.column(i).null_count:
            raise failure(
                "failed", f"The model returned NULL for the column '{column.name}', which is NOT NULL."
            )
    return table
