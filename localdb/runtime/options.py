"""The SET options of a session, and which of their values we can honour."""

from __future__ import annotations

from dataclasses import dataclass, replace

from localdb.errors import SqlError, sql_error

ALWAYS_ON = (
    "ANSI_NULLS",
    "ANSI_PADDING",
    "ANSI_WARNINGS",
    "ANSI_NULL_DFLT_ON",
    "ARITHABORT",
    "CONCAT_NULL_YIELDS_NULL",
    "QUOTED_IDENTIFIER",
)
"""Options that are what we do: ON is accepted, OFF is refused."""

ALWAYS_OFF = (
    "ANSI_NULL_DFLT_OFF",
    "ARITHIGNORE",
    "FMTONLY",
    "FORCEPLAN",
    "NOEXEC",
    "NUMERIC_ROUNDABORT",
    "PARSEONLY",
    "REMOTE_PROC_TRANSACTIONS",
    "SHOWPLAN_ALL",
    "SHOWPLAN_TEXT",
    "SHOWPLAN_XML",
    "STATISTICS IO",
    "STATISTICS PROFILE",
    "STATISTICS TIME",
    "STATISTICS XML",
)

ISOLATION_LEVELS = ("READ UNCOMMITTED", "READ COMMITTED", "SNAPSHOT")
"""Reads see what was committed when their statement began; stronger levels are refused."""


@dataclass(slots=True)
class Options:
    """Settings of one session; a procedure's own changes end with it (``copy`` before, put back after)."""

    nocount: bool = False
    xact_abort: bool = False
    implicit_transactions: bool = False
    lock_timeout: int = -1
    text_size: int = 2_147_483_647
    date_first: int = 7

    def copy(self) -> Options:
        return replace(self)

    def set(self, option: str, value: str) -> None:
        """``SET option value``, both in upper case; refuses what would change what statements mean."""
        match option:
            case "NOCOUNT":
                self.nocount = _on(option, value)
            case "XACT_ABORT":
                self.xact_abort = _on(option, value)
            case "IMPLICIT_TRANSACTIONS":
                self.implicit_transactions = _on(option, value)
            case "ANSI_DEFAULTS":
                # All the ANSI options and implicit transactions.
                if not _on(option, value):
                    raise _refused(option, value)
                self.implicit_transactions = True
            case "LOCK_TIMEOUT":
                self.lock_timeout = _integer(option, value, -1)
            case "TEXTSIZE":
                # 0 and -1 stand for the default.
                self.text_size = _integer(option, value, -1)
                if 0 < self.text_size < 2_147_483_647:
                    raise _refused(option, value)
            case "DEADLOCK_PRIORITY" | "QUERY_GOVERNOR_COST_LIMIT" | "CONTEXT_INFO":
                _harmless(option, value)
            case "TRANSACTION ISOLATION LEVEL":
                if value not in ISOLATION_LEVELS:
                    raise _refused(option, value)
            case _:
                _fixed(option, value)


def _on(option: str, value: str) -> bool:
    if value not in ("ON", "OFF"):
        raise sql_error(102, value)
    return value == "ON"


def _integer(option: str, value: str, lowest: int) -> int:
    try:
        number = int(value.replace(" ", ""))
    except ValueError:
        raise sql_error(102, value) from None
    if number < lowest:
        raise sql_error(102, value)
    return number


def _harmless(option: str, value: str) -> None:
    """There are no deadlocks and no cost limits here, so these change nothing; CONTEXT_INFO would."""
    if option == "CONTEXT_INFO":
        raise _refused(option, value)


_ONLY_VALUE = {
    "DATEFORMAT": ("MDY",),
    "DATEFIRST": ("7",),
    "LANGUAGE": ("US_ENGLISH", "ENGLISH", "'US_ENGLISH'", "N'US_ENGLISH'"),
    "ROWCOUNT": ("0",),
}


def _fixed(option: str, value: str) -> None:
    """Options that have one acceptable value."""
    if option in _ONLY_VALUE:
        if value not in _ONLY_VALUE[option]:
            raise _refused(option, value)
    elif option in ALWAYS_ON:
        if not _on(option, value):
            raise _refused(option, value)
    elif option in ALWAYS_OFF:
        if _on(option, value):
            raise _refused(option, value)
    else:
        raise sql_error(195, option, "SET option")


def _refused(option: str, value: str) -> SqlError:
    return sql_error(40517, f"SET {option} {value}")
