"""Evaluates one T-SQL expression in an in-memory DuckDB: parse, bind, execute; and a table to read columns
from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import duckdb
from sqlglot import exp

from localdb.engine.duck_errors import translate
from localdb.errors import sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.binding import Bound, Context
from localdb.tsql.bridge import parse_slice
from localdb.tsql.expressions import bind_condition, bind_expression
from localdb.tsql.names import Relation
from localdb.tsql.plan import Constant, SystemValue, Variable
from localdb.tsql.typenames import parse_type
from localdb.types import Column, ObjectName, SqlType, quote_name, storage_type


def connect() -> duckdb.DuckDBPyConnection:
    """DuckDB as the engine sets it up, with the macros."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
    connection.execute(resources.files("localdb.engine").joinpath("macros.sql").read_text("utf-8"))
    return connection


@dataclass
class TableScope:
    """The rows of one table ``t``, typed columns; variables; subqueries of constants only."""

    context: Context
    columns: Mapping[str, SqlType]
    aggregates: list[str] = field(default_factory=list)

    def column(self, node: exp.Column) -> Bound:
        for name, sql_type in self.columns.items():
            if name.lower() == node.name.lower():
                return Bound(f"t.{quote_name(name)}", sql_type, True)
        raise sql_error(207, node.name)

    def subquery(self, query: exp.Expression) -> tuple[str, tuple[Column, ...]]:
        if isinstance(query, exp.Union):
            left, columns = self.subquery(query.this)
            right, _ = self.subquery(query.expression)
            return f"{left} UNION ALL {right}", columns
        assert isinstance(query, exp.Select)
        bounds = [bind_expression(item.unalias(), self) for item in query.expressions]
        items = ", ".join(f"{bound.sql} AS c{i}" for i, bound in enumerate(bounds))
        return f"SELECT {items}", tuple(Column("", bound.type or parse_type("int")) for bound in bounds)

    def aggregate(self, node: exp.Expression, bound: Bound) -> Bound:
        self.aggregates.append(str(node.this))
        return bound

    def check_window(self, node: exp.Window) -> None:
        """Windows may stand everywhere here."""


@dataclass
class Variables:
    """The Names of a test: variables with a type and a value, and tables of schema sys as catalog views."""

    types: Mapping[str, SqlType]
    database: str = "test"

    def relation(self, name: ObjectName) -> Relation:
        if name.schema != "sys":
            raise sql_error(208, name)
        return Relation(name, "system", (), f'"test"."sys".{quote_name(name.name)}')

    def variable(self, name: str) -> SqlType:
        if name not in self.types:
            raise sql_error(137, name)
        return self.types[name]


class Evaluator:
    """``value("1 + 1")`` -> 2; ``typed("1.5 * 2")`` -> (Decimal("3.0"), "decimal(4,1)")."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.columns: dict[str, SqlType] = {}
        self.variables: dict[str, tuple[SqlType, Any]] = {}
        self.system: dict[str, Any] = {"@@datefirst": 7}
        self.source = "(SELECT 1) AS t"

    def declare(self, name: str, type_name: str, value: Any) -> None:
        self.variables[name.lower()] = (parse_type(type_name), value)

    def table(self, rows: list[tuple[Any, ...]], **columns: str) -> None:
        """A table ``t`` with these columns (T-SQL types) and rows."""
        self.columns = {name: parse_type(text) for name, text in columns.items()}
        definitions = ", ".join(f"{quote_name(n)} {storage_type(t)}" for n, t in self.columns.items())
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE test_rows ({definitions})")
        if rows:
            marks = ", ".join("?" for _ in columns)
            self.connection.executemany(f"INSERT INTO test_rows VALUES ({marks})", rows)
        self.source = "test_rows AS t"

    def scope(self) -> TableScope:
        names = Variables({name: sql_type for name, (sql_type, _) in self.variables.items()})
        return TableScope(Context(names), self.columns)

    def bind(self, text: str) -> tuple[Bound, TableScope]:
        scope = self.scope()
        return bind_expression(parse_slice(Slice(text, 1), "expression"), scope), scope

    def rows(self, text: str, order: str = "") -> list[Any]:
        """The values of the expression for every row of the table."""
        bound, scope = self.bind(text)
        return self._run(f"SELECT {bound.sql} FROM {self.source} {order}", scope, bound.type)

    def value(self, text: str) -> Any:
        values = self.rows(text)
        assert len(values) == 1
        return values[0]

    def typed(self, text: str) -> tuple[Any, str]:
        bound, _ = self.bind(text)
        return self.value(text), str(bound.type)

    def condition(self, text: str) -> bool | None:
        values = self.conditions(text)
        assert len(values) == 1
        return values[0]

    def conditions(self, text: str) -> list[bool | None]:
        scope = self.scope()
        sql = bind_condition(parse_slice(Slice(text, 1), "condition"), scope)
        return self._run(f"SELECT {sql} FROM {self.source}", scope, parse_type("bit"))

    def _run(self, sql: str, scope: TableScope, sql_type: SqlType | None) -> list[Any]:
        values = {name: self._parameter(source) for name, source in scope.context.parameters.items()}
        try:
            result = self.connection.execute(sql, values or None)
            found = str(result.description[0][1]) if result.description else ""
            rows = result.fetchall()
        except duckdb.Error as error:
            raise translate(error) from error
        if sql_type is not None:
            expected = (
                str(duckdb.type(storage_type(sql_type))) if "STRUCT" not in storage_type(sql_type) else found
            )
            assert found == expected, f"{sql} is {found}, not {expected}"
        return [row[0] for row in rows]

    def _parameter(self, source: object) -> Any:
        match source:
            case Variable(name):
                return self.variables[name][1]
            case SystemValue(name, arguments):
                value = self.system[name]
                return value(*map(self._parameter, arguments)) if callable(value) else value
            case Constant(value):
                return value
        raise AssertionError(source)
