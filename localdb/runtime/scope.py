"""Scopes: a batch, a procedure call or a dynamic batch, with its variables and its local tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import Table
from localdb.errors import sql_error
from localdb.tsql.names import Relation
from localdb.types import SqlType

if TYPE_CHECKING:
    from localdb.runtime.security.security_context import Impersonation, SecurityContext


@dataclass(slots=True)
class Value:
    """A variable: ``value`` is a Python value as ``localdb.types`` lists them."""

    type: SqlType
    value: Any = None


@dataclass(slots=True)
class LocalTable:
    """A #temp table or a table variable: a DuckDB temporary table under a name of its own.

    ``sequence`` is the name of its identity's sequence, which exists when a column has IDENTITY.
    ``changed_in`` is the descriptor of the transaction that changed it last. ``lost``: the contents went with
    a transaction that the engine aborted, although a table variable should have kept them.
    """

    table: Table
    relation: Relation
    sequence: str
    changed_in: int = 0
    lost: bool = False

    @property
    def physical(self) -> str:
        return self.relation.physical


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an object is: a principal of ``database`` (lower case)."""

    database: str
    principal_id: int


@dataclass(slots=True)
class Frame:
    """One scope. ``procedure`` is the name that errors report, '' in batches; ``level`` is @@NESTLEVEL."""

    database: str
    parent: Frame | None = None
    procedure: str = ""
    procedure_id: int = 0
    level: int = 0
    variables: dict[str, Value] = field(default_factory=dict)
    table_variables: dict[str, LocalTable] = field(default_factory=dict)
    temp_tables: dict[str, LocalTable] = field(default_factory=dict)
    try_depth: int = 0
    identity: int | None = None
    """SCOPE_IDENTITY()."""
    status: int = 0
    """What the procedure returns when no RETURN says otherwise: 0, or 10 - severity of its last error."""
    in_insert_execute: bool = False
    remote: bool = False
    """The frame of a remote procedure call: its statements report as those of a procedure."""
    schema: str = ""
    """The procedure's schema, where its names without one are looked for first; '' in batches."""
    owner: Owner | None = None
    """Who owns the procedure whose own statements run here; None in batches, dynamic ones too."""
    runs_as: SecurityContext | None = None
    """The procedure's EXECUTE AS, except CALLER."""
    impersonations: list[Impersonation] = field(default_factory=list)
    """The statements EXECUTE AS of this scope that are in force, the last one counting."""

    def chain(self) -> Iterator[Frame]:
        """This scope and the ones that called it, innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent

    @property
    def in_try(self) -> bool:
        """A TRY block of this scope or of a caller is running."""
        return any(frame.try_depth for frame in self.chain())

    @property
    def in_procedure(self) -> bool:
        return self.level > 0 or self.remote

    def declare(self, name: str, sql_type: SqlType, value: Any = None) -> None:
        """Declare a variable; 134 when there is one of that name."""
        if name in self.variables or name in self.table_variables:
            raise sql_error(134, name)
        self.variables[name] = Value(sql_type, value)

    def variable(self, name: str) -> Value:
        try:
            return self.variables[name.lower()]
        except KeyError:
            raise sql_error(137, name) from None

    def temp_table(self, name: str) -> LocalTable | None:
        """The #temp table that this scope sees: its own first, then its callers'."""
        folded = name.lower()
        for frame in self.chain():
            if folded in frame.temp_tables:
                return frame.temp_tables[folded]
        return None
