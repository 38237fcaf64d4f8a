"""Reads the diagnostics that pyodbc joins into one text, and those it leaves behind."""

from __future__ import annotations

import re

import pyodbc

from db.errors import ServerMessage

# One record as pyodbc writes it: [SQLSTATE] [vendor][driver][server]text (number) (function); the next record
# follows after "; ". FreeTDS names itself the same way.
_START = re.compile(r"(?:^|; )\[(\w{5})\] (?=\[)")
_LABELS = re.compile(r"^(?:\[[^\]\n]*\])+")
_NUMBER = re.compile(r"\s*\((-?\d+)\)(?:\s*\(SQL\w+\))?\s*$")


def split_records(text: str) -> tuple[ServerMessage, ...]:
    """The diagnostic records in ``text``, the second argument of a pyodbc.Error."""
    starts = list(_START.finditer(text))
    if not starts:
        return (ServerMessage(0, "HY000", text.strip()),)
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return tuple(
        _record(match.group(1), text[match.end() : end]) for match, end in zip(starts, ends, strict=True)
    )


def messages_of(error: pyodbc.Error) -> tuple[ServerMessage, ...]:
    """All records of ``error``."""
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return split_records(text)


def informational(cursor: pyodbc.Cursor) -> list[ServerMessage]:
    """What the last call printed: PRINT, and the output of external scripts."""
    messages: list[tuple[str, str]] = cursor.messages or []
    return [_information(label, text) for label, text in messages]


def _information(label: str, text: str) -> ServerMessage:
    state, _, number = label.strip("[]").partition("] (")
    digits = number.rstrip(")")
    return ServerMessage(int(digits) if digits.isdigit() else 0, state, _LABELS.sub("", text).strip())


def _record(state: str, text: str) -> ServerMessage:
    number = _NUMBER.search(text)
    body = text[: number.start()] if number else text
    return ServerMessage(int(number.group(1)) if number else 0, state, _LABELS.sub("", body).strip())
