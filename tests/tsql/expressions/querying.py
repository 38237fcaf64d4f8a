"""Runs whole queries over the one table ``t`` of an evaluator, for aggregates and windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
from evaluation import Evaluator, Variables

from localdb.engine.duck_errors import translate
from localdb.errors import SqlError, sql_error
from localdb.tsql.ast import Query, Slice
from localdb.tsql.compiler import compile_statement
from localdb.tsql.names import Relation
from localdb.tsql.plan import QueryPlan
from localdb.types import Column, ObjectName


@dataclass
class OneTable(Variables):
    """The names of a statement over ``dbo.t`` and variables."""

    columns: tuple[Column, ...] = ()

    def relation(self, name: ObjectName) -> Relation:
        if name.name.lower() != "t":
            raise sql_error(208, name)
        return Relation(ObjectName("t", "dbo", "test"), "table", self.columns, "test_rows")


def query(evaluator: Evaluator, text: str) -> list[tuple[Any, ...]]:
    names = OneTable(
        {name: sql_type for name, (sql_type, _) in evaluator.variables.items()},
        columns=tuple(Column(name, sql_type) for name, sql_type in evaluator.columns.items()),
    )
    compiled = compile_statement(Query(1, Slice(text, 1)), names)
    assert isinstance(compiled, QueryPlan)
    values = {name: evaluator._parameter(source) for name, source in compiled.plan.parameters.items()}
    try:
        return evaluator.connection.execute(compiled.plan.sql, values or None).fetchall()
    except duckdb.Error as error:
        raise translate(error) from error


def outcome(evaluator: Evaluator, text: str) -> list[tuple[Any, ...]] | int:
    """The rows, or the number of the error."""
    try:
        return query(evaluator, text)
    except SqlError as error:
        return error.number
