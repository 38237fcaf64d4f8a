"""What names mean: the compiler asks, the runtime answers from its catalog and its variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from localdb.types import Column, ObjectName, SqlType


@dataclass(frozen=True, slots=True)
class Key:
    """A PRIMARY KEY, a UNIQUE constraint or a unique index; ``kind`` is PRIMARY KEY, UNIQUE KEY or INDEX."""

    name: str
    kind: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint; ``expression`` is T-SQL text."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``columns`` of this table refer to ``referenced_columns`` of ``references`` (NO ACTION both ways)."""

    name: str
    columns: tuple[str, ...]
    references: ObjectName
    referenced_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """What a name in FROM, or the target of a data change, stands for.

    A table (``kind`` table, temp or variable) has ``physical``, its quoted DuckDB name, and every column in
    order; identity columns draw from the DuckDB sequence ``sequence`` (quoted). A view (``kind`` view) has
    ``query``, its T-SQL text, bound where it is used, and its columns' declared names; a catalog view
    (``kind`` system) has ``physical`` = a parenthesised DuckDB query with those columns.
    ``name`` is complete for tables: database, schema and name.
    ``referencing`` lists (child table, its foreign key) for every FOREIGN KEY that points at this table.
    """

    name: ObjectName
    kind: str
    columns: tuple[Column, ...]
    physical: str = ""
    query: str = ""
    sequence: str = ""
    keys: tuple[Key, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    referencing: tuple[tuple[Relation, ForeignKey], ...] = ()
    identity_insert: bool = False
    """SET IDENTITY_INSERT is ON for this table in this session."""


class Names(Protocol):
    """The name space of one statement, owned by the runtime."""

    @property
    def database(self) -> str:
        """The current database."""

    def relation(self, name: ObjectName) -> Relation:
        """The table, view, #temp table, @table variable or catalog view; raises 208 when there is none
        (1087 for an undeclared table variable)."""

    def variable(self, name: str) -> SqlType:
        """The type of the variable ``@name`` (lower case); raises 137 when it is not declared."""
