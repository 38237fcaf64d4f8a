"""What binding yields, and what the binder of expressions asks of the query around it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from localdb.tsql.names import Names, Relation
from localdb.tsql.plan import Access, Plan, Prediction, Source, Variable
from localdb.types import Column, ObjectName, SqlType


@dataclass(frozen=True, slots=True)
class Bound:
    """An expression as DuckDB SQL text with its T-SQL type.

    ``sql`` is self-contained (parenthesised where precedence could matter) and has exactly the storage type
    of ``type``. ``type`` is None only for a bare NULL, whose type its surroundings decide (int if nobody
    does).
    ``constant`` holds a literal's Python value, for rules that treat literals specially.
    """

    sql: str
    type: SqlType | None
    nullable: bool = True
    constant: object = None


@dataclass(slots=True)
class Context:
    """One statement being compiled: its names and the parameters that it has used so far."""

    names: Names
    parameters: dict[str, Source] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    locked: list[Relation] = field(default_factory=list)
    """Tables read with a hint that asks for locks."""
    accesses: list[Access] = field(default_factory=list)
    """What the caller needs permissions for."""
    views: tuple[ObjectName, ...] = ()
    """The views around what is being bound, outermost first."""
    predictions: list[Prediction] = field(default_factory=list)
    """The PREDICTs that have been bound, in the order in which they can be carried out."""

    def plan(self, sql: str, columns: tuple[Column, ...] = ()) -> Plan:
        """The plan of ``sql``, in which the statement is bound whole."""
        return Plan(
            sql,
            columns,
            self.parameters,
            tuple(self.locked),
            tuple(self.accesses),
            tuple(self.predictions),
        )

    def access(self, permission: str, relation: Relation) -> None:
        """The statement needs ``permission`` on ``relation``, when it is a table or view of a database."""
        if relation.kind in ("table", "view"):
            self.accesses.append(Access(permission, relation.name, self.views))

    def only(self, permission: str, relation: Relation) -> None:
        """``permission`` instead of the SELECT that binding ``relation`` in FROM has asked for."""
        if relation.kind == "table":
            self.accesses.remove(Access("SELECT", relation.name, self.views))
        self.access(permission, relation)

    def alias(self, prefix: str) -> str:
        """``t3``: a DuckDB alias that no other part of the statement has: names cannot capture each other."""
        return f"{prefix}{next(self.numbers)}"

    def parameter(self, source: Source) -> str:
        """``$p0``: a reference to the parameter for ``source``; the same source gets the same parameter."""
        for name, known in self.parameters.items():
            if known == source:
                return f"${name}"
        name = f"p{len(self.parameters)}"
        self.parameters[name] = source
        return f"${name}"

    def variable(self, name: str) -> tuple[str, SqlType]:
        """The parameter and the type of the T-SQL variable ``@name``."""
        return self.parameter(Variable(name.lower())), self.names.variable(name.lower())


class Scope(Protocol):
    """The query level in which an expression stands."""

    @property
    def context(self) -> Context: ...

    def column(self, node: exp.Column) -> Bound:
        """Resolve a column: 207 not found, 209 ambiguous, 4104 a prefix that names nothing."""

    def subquery(self, query: exp.Expression) -> tuple[str, tuple[Column, ...]]:
        """Bind a nested query (correlated names allowed) to parenthesis-free DuckDB SQL and its columns."""

    def aggregate(self, node: exp.Expression, bound: Bound) -> Bound:
        """Called for every aggregate (not windowed) after its arguments are bound; the query level checks
        where aggregates may stand and returns what to write."""

    def check_window(self, node: exp.Window) -> None:
        """Called for every window function before it is bound; the query level says whether one may stand
        here."""
