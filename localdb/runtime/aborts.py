"""How far an error reaches: the statement, the scope, the batch, the transaction.

https://learn.microsoft.com/sql/t-sql/statements/set-xact-abort-transact-sql and, for what the manual
leaves open, https://www.sommarskog.se/error_handling/Part2.html
"""

from __future__ import annotations

from localdb.errors import SqlError

CONVERSION = frozenset({235, 241, 242, 244, 245, 248, 293, 295, 296, 8114, 8169, 9803})
"""Conversion errors end the batch and roll the transaction back."""

BATCH_ABORTING = CONVERSION | {217, 565, 1105, 1204, 1205, 3609, 3960, 3999, 6522, 9002}

FATAL_SEVERITY = 20
"""From this severity on an error ends the connection."""


class BatchAborted(Exception):
    """Ends the batch; the error has been reported already."""


class Cancelled(Exception):
    """The client cancelled the request."""


class ScopeAborted(Exception):
    """A statement could not be compiled: ends its batch or procedure, and no TRY in that scope sees it."""

    def __init__(self, error: SqlError) -> None:
        super().__init__(str(error))
        self.error = error


class Thrown(SqlError):
    """The error of THROW: ends the batch even with XACT_ABORT OFF, which alone decides about the
    transaction.
    """


class Raised(SqlError):
    """The error of RAISERROR: never ends anything by itself, not even with XACT_ABORT ON."""


def ends_batch(error: SqlError, xact_abort: bool) -> bool:
    """Whether an error that no TRY catches ends the batch."""
    if error.severity >= FATAL_SEVERITY or isinstance(error, Thrown):
        return True
    if isinstance(error, Raised):
        return False
    return xact_abort or error.number in BATCH_ABORTING


def ends_transaction(error: SqlError, xact_abort: bool) -> bool:
    """Whether an error rolls the transaction back (uncaught) or dooms it (caught by TRY)."""
    if error.severity >= FATAL_SEVERITY:
        return True
    if isinstance(error, Raised):
        return False
    return xact_abort or (error.number in BATCH_ABORTING and not isinstance(error, Thrown))
