"""A DuckDB in memory that runs data changes as plan.py says: stage, check, apply. Tables come from T-SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from localdb.engine.duck_errors import translate

import localdb.engine
from localdb.errors import SqlError, sql_error
from localdb.tsql import ast
from localdb.tsql.compiler import compile_statement
from localdb.tsql.names import Check, ForeignKey, Key, Relation
from localdb.tsql.parser import parse_batch
from localdb.tsql.plan import ChangePlan, Constant, Plan, QueryPlan, Source, Variable
from localdb.types import Column, Identity, ObjectName, SqlType, quote_name, storage_type

MACROS = Path(localdb.engine.__file__).with_name("macros.sql")
_KINDS = {"PRIMARY KEY": "PRIMARY KEY", "UNIQUE": "UNIQUE KEY"}


@dataclass
class Result:
    """What a change did: its row count, the rows that OUTPUT sends, their columns, and @@IDENTITY."""

    count: int
    rows: list[tuple[Any, ...]]
    columns: list[str]
    identity: Any = None
    plan: Any = None


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": "2"})
    connection.execute(MACROS.read_text())
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL default_null_order = 'nulls_first_on_asc_last_on_desc'")
    return connection


class ChangeDatabase:
    """The name space ``shop`` with schema ``dbo``."""

    database = "shop"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection.cursor()
        self.connection.execute("ATTACH ':memory:' AS shop; CREATE SCHEMA shop.dbo; CREATE SCHEMA shop._ldb")
        self.relations: dict[str, Relation] = {}
        self.variables: dict[str, tuple[SqlType, Any]] = {}
        self.identity_insert: set[str] = set()
        self.numbers = count()

    def close(self) -> None:
        self.connection.execute("DETACH shop")
        self.connection.close()

    # --- set up ---

    def create(self, text: str) -> None:
        """CREATE TABLE and CREATE UNIQUE INDEX; a table may be called @t or #t."""
        for statement in parse_batch(text):
            if isinstance(statement, ast.CreateTable):
                self._create(statement.name, statement.definition)
            elif isinstance(statement, ast.DeclareTable):
                self._create(ObjectName(statement.name), statement.definition)
            elif isinstance(statement, ast.CreateIndex):
                name = _key(statement.table)
                key = Key(statement.name, "INDEX", tuple(column for column, _ in statement.columns))
                self.relations[name] = replace(self.relations[name], keys=(*self.relations[name].keys, key))
            elif isinstance(statement, ast.CreateView):
                names = [Column(name, SqlType("int")) for name in statement.columns]
                view = Relation(statement.name, "view", tuple(names), query=statement.query.text)
                self.relations[_key(statement.name)] = view
            else:
                raise AssertionError(statement)

    def _create(self, name: ObjectName, definition: ast.TableDefinition) -> None:
        number = next(self.numbers)
        local = name.name[0] in "@#"
        kind = {"@": "variable", "#": "temp"}.get(name.name[0], "table")
        full = name if local else ObjectName(name.name, name.schema or "dbo", self.database)
        keyed = {c for k in definition.constraints if k.kind == "PRIMARY KEY" for c in k.columns}
        columns = tuple(_column(column, column.name in keyed) for column in definition.columns)
        physical = f"{quote_name('temp' if local else 'shop')}.{quote_name('main' if local else 'dbo')}."
        physical += quote_name(f"{name.name}{number}" if local else name.name)
        items = ", ".join(f"{quote_name(c.name)} {storage_type(c.type)}" for c in columns)
        self.connection.execute(f"CREATE {'TEMP ' if local else ''}TABLE {physical} ({items})")
        sequence = f'"shop"."_ldb"."identity_{number}"'
        for column in columns:
            if column.identity is not None:
                seed, increment = column.identity.seed, column.identity.increment
                self.connection.execute(f"CREATE SEQUENCE {sequence} START {seed} INCREMENT {increment}")
        constraints = [(c, c.name or f"C{next(self.numbers)}") for c in definition.constraints]
        self.relations[_key(name)] = Relation(
            full,
            kind,
            columns,
            physical,
            sequence=sequence,
            keys=tuple(Key(n, _KINDS[c.kind], c.columns) for c, n in constraints if c.kind in _KINDS),
            checks=tuple(Check(n, c.expression.text) for c, n in constraints if c.expression is not None),
            foreign_keys=tuple(
                ForeignKey(n, c.columns, c.references, c.referenced_columns)
                for c, n in constraints
                if c.references is not None
            ),
        )

    # --- names.Names ---

    def relation(self, name: ObjectName) -> Relation:
        found = self.relations.get(_key(name))
        if found is None:
            raise sql_error(208, name)
        referencing = tuple(
            (other, key)
            for other in self.relations.values()
            for key in other.foreign_keys
            if _key(key.references) == _key(name)
        )
        return replace(found, referencing=referencing, identity_insert=_key(name) in self.identity_insert)

    def variable(self, name: str) -> SqlType:
        if name not in self.variables:
            raise sql_error(137, name)
        return self.variables[name][0]

    # --- running ---

    def run(self, text: str) -> Result:
        """One statement, in a transaction of its own."""
        (statement,) = parse_batch(text)
        assert isinstance(statement, (ast.DataChange, ast.Query)), statement
        plan = compile_statement(statement, self)
        if isinstance(plan, QueryPlan):
            return Result(0, self._rows(plan.plan), [c.name for c in plan.plan.columns])
        assert isinstance(plan, ChangePlan)
        return self.change(plan)

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return self.run(text).rows

    def change(self, plan: ChangePlan, *, direct: bool = True) -> Result:
        with self._raising():
            if plan.direct is not None and direct:
                done = self._execute(plan.direct, plan.stage).fetchone()
                assert done is not None
                return Result(done[0], [], [], plan=plan)
            return self._change(plan)

    def _change(self, plan: ChangePlan) -> Result:
        self._execute(f"CREATE OR REPLACE TEMP TABLE _stage AS {plan.stage.sql}", plan.stage)
        for violation in plan.violations:
            row = self.connection.execute(violation.sql.replace("{stage}", "_stage")).fetchone()
            if row is not None:
                arguments = violation.message_arguments
                raise sql_error(violation.number, *(row[a] if isinstance(a, int) else a for a in arguments))
        self.connection.execute("BEGIN")
        for statement in plan.apply:
            self.connection.execute(statement.replace("{stage}", "_stage"))
        self.connection.execute("COMMIT")
        result = Result(self._value("SELECT count(*) FROM _stage"), [], [], plan=plan)
        if plan.output is not None and plan.output.target is None:
            outs = ", ".join(f"_out{k}" for k in range(len(plan.output.columns)))
            result.rows = self.connection.execute(f"SELECT {outs} FROM _stage").fetchall()
            result.columns = [column.name for column in plan.output.columns]
            types = [
                str(t) for t in self.connection.execute(f"SELECT {outs} FROM _stage LIMIT 0").description
            ]
            assert len(types) == len(plan.output.columns)
        if plan.identity_column is not None:
            new = f"_new{plan.identity_column}"
            inserted = f"SELECT {new} FROM _stage WHERE _action = 'INSERT' ORDER BY _n DESC LIMIT 1"
            result.identity = self._value(inserted)
        return result

    def _value(self, sql: str) -> Any:
        row = self.connection.execute(sql).fetchone()
        assert row is not None
        return row[0]

    def _rows(self, plan: Plan) -> list[tuple[Any, ...]]:
        with self._raising():
            return self._execute(plan.sql, plan).fetchall()

    def _execute(self, sql: str, plan: Plan) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(sql, {n: self._source(s) for n, s in plan.parameters.items()})

    def _source(self, source: Source) -> Any:
        if isinstance(source, Variable):
            return self.variables[source.name][1]
        assert isinstance(source, Constant), source
        return source.value

    @contextmanager
    def _raising(self) -> Iterator[None]:
        """DuckDB's errors that our own SQL raised, as SqlError."""
        try:
            yield
        except duckdb.Error as error:
            raise translate(error) from error


def _key(name: ObjectName) -> str:
    return name.name.lower()


def _column(definition: ast.ColumnDefinition, keyed: bool) -> Column:
    nullable = definition.nullable if definition.nullable is not None else not keyed
    identity = Identity(*definition.identity) if definition.identity else None
    default = definition.default.text if definition.default else None
    return Column(definition.name, definition.type, nullable and identity is None, identity, default)


@contextmanager
def refused(number: int, text: str = "") -> Iterator[None]:
    """The block raises this error."""
    with pytest.raises(SqlError) as caught:
        yield
    assert caught.value.number == number, str(caught.value)
    assert text in caught.value.message
