"""What execution yields, in the order in which it happens. The wire encodes these; a test lists them.

A statement yields ``ResultSetStart``, any number of ``RowBatch`` and one ``StatementDone``; or only
``StatementDone``; or ``Failed``. A procedure's statements are followed by one ``ProcedureDone``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from localdb.errors import SqlError
from localdb.types import Column, SqlType


class ArrowBatch(Protocol):
    """The part of ``pyarrow.RecordBatch`` that the wire reads."""

    @property
    def num_rows(self) -> int: ...

    def column(self, i: int) -> Any: ...


@dataclass(frozen=True, slots=True)
class ResultSetStart:
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows of the open result set. Arrow types are those of ``types.storage_type``."""

    batch: ArrowBatch


@dataclass(frozen=True, slots=True)
class StatementDone:
    """A statement ended. ``rows`` is None when no count is to be shown (SET NOCOUNT ON, DDL, ...).

    ``command`` is the statement's keyword (SELECT, INSERT, ...). ``in_procedure`` chooses DONEINPROC.
    """

    command: str
    rows: int | None = None
    in_procedure: bool = False


@dataclass(frozen=True, slots=True)
class ProcedureDone:
    """A procedure that the client (or the outermost batch) called ended with this return status."""

    status: int


@dataclass(frozen=True, slots=True)
class OutputValue:
    """An OUTPUT parameter of a remote procedure call, or the handle of sp_prepare: a RETURNVALUE token.

    ``value`` is a Python value as ``localdb.types`` lists them.
    """

    ordinal: int
    name: str
    type: SqlType
    value: Any


@dataclass(frozen=True, slots=True)
class Info:
    """PRINT, RAISERROR of severity <= 10 and the like."""

    number: int
    message: str
    severity: int = 0
    state: int = 1
    line: int = 1
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A statement failed; execution may go on with the next one. Rows may already have been yielded."""

    error: SqlError


@dataclass(frozen=True, slots=True)
class DatabaseChanged:
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class TransactionChanged:
    """``kind`` is begin, commit or rollback; ``descriptor`` is the transaction's non-zero 64-bit id."""

    kind: str
    descriptor: int


Event = (
    ResultSetStart
    | RowBatch
    | StatementDone
    | ProcedureDone
    | OutputValue
    | Info
    | Failed
    | DatabaseChanged
    | TransactionChanged
)
