"""The input query of an external script, compiled, and its rows: all at once, or as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from localdb.errors import sql_error
from localdb.runtime.aborts import ScopeAborted
from localdb.runtime.scope import Frame
from localdb.tsql import ast
from localdb.tsql.partitions import partitioned
from localdb.tsql.plan import Plan, QueryPlan
from localdb.types import Column

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter


class InputQuery:
    """The SELECT ``text`` in the scope ``frame``, in which it is compiled as dynamic SQL is: a TRY around the
    call catches its errors. 39001 for a SELECT that returns no rows."""

    def __init__(self, run: Interpreter, text: str, frame: Frame) -> None:
        (statement,) = run.parse(text)
        if not isinstance(statement, ast.Query):
            raise sql_error(39001)
        self._run = run
        self._frame = frame
        try:
            self._compiled = run.evaluator.statement(statement, frame)
        except ScopeAborted as abort:
            raise abort.error from abort
        if not isinstance(self._compiled.plan, QueryPlan):
            raise sql_error(39001)
        self._plan = self._compiled.plan.plan

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._plan.columns

    def table(self) -> pa.Table:
        """All rows."""
        return self._run.evaluator.table(self._compiled, self._plan, self._frame)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as they come."""
        return self._batches(self._plan)

    def partitions(
        self, partition: Sequence[int], order: Sequence[tuple[int, bool]]
    ) -> Iterator[pa.RecordBatch]:
        """The rows sorted by partition, whose number is one more column."""
        return self._batches(partitioned(self._plan, partition, order))

    def _batches(self, plan: Plan) -> Iterator[pa.RecordBatch]:
        evaluator = self._run.evaluator
        if self._compiled.relations:
            return evaluator.stream(self._compiled, plan, self._frame)
        # What reads no table runs on the connection that also converts the script's output: it cannot be open
        # meanwhile.
        return iter(evaluator.table(self._compiled, plan, self._frame).to_batches())
