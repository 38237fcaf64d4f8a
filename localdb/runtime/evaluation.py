"""Compiling and evaluating for a scope: plans from the cache, parameter values, expressions, conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from localdb.engine.arrow_types import from_storage, to_storage
from localdb.engine.duck import Connection
from localdb.errors import SqlError, sql_error
from localdb.runtime.aborts import ScopeAborted
from localdb.runtime.names import ScopeNames
from localdb.runtime.plan_cache import Compiled
from localdb.runtime.predict.predictions import predictions
from localdb.runtime.scope import Frame, Value
from localdb.runtime.security.access_checks import require_accesses
from localdb.runtime.values import source_value
from localdb.runtime.views.dmvs import register_rows
from localdb.tsql import ast
from localdb.tsql.compiler import compile_condition, compile_expression, compile_statement
from localdb.tsql.names import Names
from localdb.tsql.plan import Plan
from localdb.types import SqlType

if TYPE_CHECKING:
    from localdb.runtime.session import Session


_Result = TypeVar("_Result")


class Evaluator:
    """The compiler and the engine as the interpreter of one session uses them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def names(self, frame: Frame) -> ScopeNames:
        return ScopeNames(self._session, frame)

    def statement(self, statement: ast.Query | ast.DataChange, frame: Frame) -> Compiled:
        """The plan of a query or a data change; an error in it ends the scope."""
        key = (type(statement), statement.text.text)
        return self.compiled(
            key, statement.text.line, frame, lambda names: compile_statement(statement, names)
        )

    def compiled(
        self, key: tuple[Any, ...], line: int, frame: Frame, compile_: Callable[[Names], Any]
    ) -> Compiled:
        """From the cache, or made now; ``key`` names what is compiled, beside the current database."""
        compiled = self._compiled(key, line, frame, compile_)
        register_rows(self._session, frame, compiled.relations.values())
        return compiled

    def _compiled(
        self, key: tuple[Any, ...], line: int, frame: Frame, compile_: Callable[[Names], Any]
    ) -> Compiled:
        cache = self._session.instance.plans
        names = self.names(frame)
        whole = (*key, frame.database)
        compiled = cache.get(whole, names)
        if compiled is not None:
            return compiled
        names = self.names(frame)
        try:
            plan = compile_(names)
        except RecursionError:
            raise ScopeAborted(sql_error(191, line=line)) from None
        except SqlError as error:
            error.line = error.line or line
            error.procedure = frame.procedure
            raise ScopeAborted(error) from error
        compiled = Compiled(plan, names.relations, names.variables)
        cache.put(whole, compiled)
        return compiled

    def expression(self, text: ast.Slice, frame: Frame, to: SqlType | None = None) -> Compiled:
        key = ("expression", text.text, to)
        return self.compiled(key, text.line, frame, lambda names: compile_expression(text, names, to))

    def value(self, text: ast.Slice, frame: Frame, to: SqlType | None = None) -> Any:
        """The value of an expression, converted to ``to`` as an assignment does."""
        return self.typed_value(text, frame, to).value

    def typed_value(self, text: ast.Slice, frame: Frame, to: SqlType | None = None) -> Value:
        compiled = self.expression(text, frame, to)
        column = compiled.plan.columns[0]
        if compiled.plan.constant is not None:
            return Value(column.type, compiled.plan.constant)
        rows = self.rows(compiled, frame)
        return Value(column.type, from_storage(rows[0][0], column.type) if rows else None)

    def condition(self, text: ast.Slice, frame: Frame) -> bool:
        """Whether a condition is true; unknown is not."""
        rows = self.rows(self.compiled_condition(text, frame), frame)
        return bool(rows and rows[0][0])

    def compiled_condition(self, text: ast.Slice, frame: Frame) -> Compiled:
        key = ("condition", text.text)
        return self.compiled(key, text.line, frame, lambda names: compile_condition(text, names))

    def rows(self, compiled: Compiled, frame: Frame) -> list[tuple[Any, ...]]:
        """All rows of a compiled expression or query, as DuckDB's Python values."""
        plan: Plan = compiled.plan
        self.authorize(plan, frame)
        return self._watch(lambda c: c.rows(plan.sql, self.parameters(plan, frame)), compiled, plan, frame)

    def authorize(self, plan: Plan, frame: Frame) -> None:
        """What the plan reads and writes, as the caller of now: kept plans are everybody's. 229, 916."""
        require_accesses(self._session, frame, plan.accesses)

    def table(self, compiled: Compiled, plan: Plan, frame: Frame) -> pa.Table:
        self.authorize(plan, frame)
        return self._watch(lambda c: c.table(plan.sql, self.parameters(plan, frame)), compiled, plan, frame)

    def stream(self, compiled: Compiled, plan: Plan, frame: Frame) -> Iterator[pa.RecordBatch]:
        """The rows as they come; errors of permissions are raised at once."""
        self.authorize(plan, frame)
        return self._stream(compiled, plan, frame)

    def _stream(self, compiled: Compiled, plan: Plan, frame: Frame) -> Iterator[pa.RecordBatch]:
        connection = self.connection(compiled, plan)
        try:
            with predictions(self._session, connection, plan, frame):
                yield from connection.query(plan.sql, self.parameters(plan, frame))
        finally:
            self._session.transactions.notice_failure()

    def parameters(self, plan: Plan, frame: Frame) -> dict[str, Any]:
        return {
            name: to_storage(*source_value(source, self._session, frame))
            for name, source in plan.parameters.items()
        }

    def connection(self, compiled: Compiled, plan: Plan) -> Connection:
        """Where to run a plan: what reads no table cannot harm the transaction, and works when it is
        doomed.
        """
        session = self._session
        if not compiled.relations:
            return session.calculator
        if session.transactions.state < 0:
            if all(relation.kind == "system" for relation in compiled.relations.values()):
                return session.calculator
            raise sql_error(3930)
        if session.transactions.current is not None:
            for relation in plan.locked:
                if relation.kind == "table":
                    with session.transactions.writing(
                        session.instance.require_database(str(relation.name.database))
                    ):
                        pass
        return session.connection

    def _watch(
        self, action: Callable[[Connection], _Result], compiled: Compiled, plan: Plan, frame: Frame
    ) -> _Result:
        try:
            connection = self.connection(compiled, plan)
            with predictions(self._session, connection, plan, frame):
                return action(connection)
        finally:
            self._session.transactions.notice_failure()
