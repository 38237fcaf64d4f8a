"""The one exception of localdb, made from the numbers in ``error_texts``."""

from __future__ import annotations

from typing import Any

from localdb.error_texts import MESSAGES


class SqlError(Exception):
    """A SQL Server error. ``line`` is 1-based within the batch or procedure; 0 means not known yet.

    ``severity`` >= 20 ends the connection.

    ``earlier`` are errors of the same statement: reported before this one, at its line, when no TRY catches
    it (a CATCH sees this one alone). ``messages`` are the ``events.Info`` that follow it, caught or not.
    """

    def __init__(
        self,
        number: int,
        message: str,
        severity: int = 16,
        state: int = 1,
        line: int = 0,
        procedure: str = "",
    ) -> None:
        super().__init__(message)
        self.number = number
        self.message = message
        self.severity = severity
        self.state = state
        self.line = line
        self.procedure = procedure
        self.earlier: tuple[SqlError, ...] = ()
        self.messages: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return (
            f"Msg {self.number}, Level {self.severity}, State {self.state}, Line {self.line}: {self.message}"
        )


def sql_error(number: int, *arguments: object, state: int = 1, line: int = 0) -> SqlError:
    """The error ``number`` with its text filled in: ``raise sql_error(208, "dbo.t")``."""
    text = MESSAGES[number]
    return SqlError(number, text.template.format(*arguments), text.severity, state, line)
