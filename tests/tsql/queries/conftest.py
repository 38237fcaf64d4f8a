"""A DuckDB in memory with T-SQL tables, views and variables, so that compiled queries can be run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

import localdb.engine
from localdb.errors import SqlError, sql_error
from localdb.tsql import ast
from localdb.tsql.compiler import compile_condition, compile_expression, compile_statement
from localdb.tsql.names import Relation
from localdb.tsql.plan import (
    AssignPlan,
    Constant,
    Plan,
    QueryPlan,
    SelectIntoPlan,
    Source,
    StatementPlan,
    Variable,
)
from localdb.tsql.typenames import parse_type
from localdb.types import Column, Identity, ObjectName, SqlType, quote_name, storage_type

MACROS = Path(localdb.engine.__file__).with_name("macros.sql")


class Database:
    """The name space of the compiler over one DuckDB connection; the current database is ``db``."""

    database = "db"

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": "1"})
        self.connection.execute(MACROS.read_text())
        self.connection.execute("SET TimeZone = 'UTC'")
        self.relations: dict[str, Relation] = {}
        self.variables: dict[str, tuple[SqlType, Any]] = {}

    # --- what tests set up ---

    def table(self, name: str, columns: str, rows: Sequence[Sequence[Any]] = ()) -> None:
        """``columns``: ``a int, b varchar(5) null, c int identity``; the default is NOT NULL."""
        declared = tuple(_column(text) for text in _split(columns))
        physical = quote_name(f"{len(self.relations)} {name}")
        items = ", ".join(f"{quote_name(c.name)} {storage_type(c.type)}" for c in declared)
        self.connection.execute(f"CREATE TABLE {physical} ({items})")
        for row in rows:
            marks = ", ".join("?" * len(row))
            self.connection.execute(f"INSERT INTO {physical} VALUES ({marks})", list(row))
        kind = "temp" if name.startswith("#") else "variable" if name.startswith("@") else "table"
        self._add(Relation(_object_name(name), kind, declared, physical))

    def clear(self) -> None:
        """Drop everything, so that the next example of a property test starts anew."""
        for relation in self.relations.values():
            if relation.physical:
                self.connection.execute(f"DROP TABLE {relation.physical}")
        self.relations.clear()
        self.variables.clear()

    def view(self, name: str, columns: str, query: str) -> None:
        declared = tuple(_column(text) for text in _split(columns))
        self._add(Relation(_object_name(name), "view", declared, query=query))

    def variable_value(self, name: str, sql_type: str, value: Any) -> None:
        self.variables[name] = (parse_type(sql_type), value)

    def _add(self, relation: Relation) -> None:
        self.relations[_key(relation.name)] = relation

    # --- names.Names ---

    def relation(self, name: ObjectName) -> Relation:
        found = self.relations.get(_key(name))
        if found is None:
            raise sql_error(1087 if name.name.startswith("@") else 208, name)
        return found

    def variable(self, name: str) -> SqlType:
        if name not in self.variables:
            raise sql_error(137, name)
        return self.variables[name][0]

    # --- what tests ask ---

    def compile(self, sql: str) -> StatementPlan:
        return compile_statement(ast.Query(1, ast.Slice(sql, 1)), self)

    def plan(self, sql: str) -> Plan:
        compiled = self.compile(sql)
        assert isinstance(compiled, QueryPlan | AssignPlan | SelectIntoPlan)
        return compiled.plan

    def run(self, plan: Plan) -> list[tuple[Any, ...]]:
        values = {name: self._value(source) for name, source in plan.parameters.items()}
        try:
            return self.connection.execute(plan.sql, values).fetchall()
        except duckdb.Error as error:
            raise _translated(error) from error

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.run(self.plan(sql))

    def columns(self, sql: str) -> list[tuple[str, str, bool]]:
        return [(c.name, str(c.type), c.nullable) for c in self.plan(sql).columns]

    def value(self, sql: str, to: str | None = None) -> Any:
        [(value,)] = self.run(compile_expression(ast.Slice(sql, 1), self, parse_type(to) if to else None))
        return value

    def condition(self, sql: str) -> Any:
        [(value,)] = self.run(compile_condition(ast.Slice(sql, 1), self))
        return value

    def error(self, sql: str) -> int:
        with pytest.raises(SqlError) as caught:
            self.rows(sql)
        return caught.value.number

    def _value(self, source: Source) -> Any:
        if isinstance(source, Constant):
            return source.value
        assert isinstance(source, Variable)
        return self.variables[source.name][1]


def _translated(error: duckdb.Error) -> SqlError:
    """What the engine does: our own numbers out of the text, 512 for a scalar subquery with several rows."""
    text = str(error)
    raised = re.match(r"Invalid Input Error: ldb:(\d+):(.*)", text)
    if raised:
        return sql_error(int(raised[1]), *raised[2].split("\x1f"))
    if "More than one row returned by a subquery" in text:
        return sql_error(512)
    raise error


def _split(columns: str) -> list[str]:
    """Split at commas that are not inside parentheses."""
    parts, depth = [""], 0
    for character in columns:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _column(text: str) -> Column:
    name, rest = text.split(" ", 1)
    identity = Identity(1, 1) if rest.endswith(" identity") else None
    nullable = rest.endswith(" null")
    return Column(name, parse_type(rest.removesuffix(" identity").removesuffix(" null")), nullable, identity)


def _object_name(text: str) -> ObjectName:
    parts = text.split(".")
    if len(parts) == 3:
        return ObjectName(parts[2], parts[1], parts[0])
    if len(parts) == 2:
        return ObjectName(parts[1], parts[0], "db")
    return ObjectName(text, "dbo", "db")


def _key(name: ObjectName) -> str:
    if name.name.startswith(("#", "@")):
        return name.name.lower()
    return f"{name.database or 'db'}.{name.schema or 'dbo'}.{name.name}".lower()


@pytest.fixture(scope="session")
def empty_database() -> Iterator[Callable[[], Database]]:
    """Gives the same database again, emptied: loading the macros takes longer than most tests."""
    database = Database()

    def emptied() -> Database:
        database.clear()
        return database

    yield emptied
    database.connection.close()


@pytest.fixture
def db(empty_database: Callable[[], Database]) -> Database:
    return empty_database()
