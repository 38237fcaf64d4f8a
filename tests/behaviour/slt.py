"""Behaviour files: statements of T-SQL and what they must do, in the manner of sqllogictest.

Records are separated by blank lines; ``#`` begins a comment line between them::

    statement ok
    CREATE TABLE t (a int)

    statement error 8134
    SELECT 1 / 0

    query
    SELECT a, b FROM t
    ----
    1 | NULL
    2 | (empty)

    connection second
    ...

A record's SQL is one batch. ``statement error`` names the first error that the batch reports. ``query``
lists the rows of every result set, sets separated by ``----``, ``(no rows)`` for an empty one; a batch
that reports an error fails. ``connection`` switches to another session of that name (the first is
``main``) until the next ``connection`` or the end of the file.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Record:
    line: int
    kind: str
    argument: str
    sql: str
    expected: tuple[str, ...]


class Failure(Exception):
    """The error that a batch reported first."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


class Door(Protocol):
    """One session, however it is reached."""

    def run(self, sql: str) -> list[list[tuple[Any, ...]]]:
        """The result sets of a batch; raises ``Failure`` when it reports an error."""

    def close(self) -> None: ...


def parse(path: Path) -> list[Record]:
    records: list[Record] = []
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*path.read_text("utf-8").splitlines(), ""], start=1):
        if line.strip():
            if block or not line.startswith("#"):
                block.append((number, line))
        elif block:
            records.append(_record(path, block))
            block = []
    return records


def _record(path: Path, block: list[tuple[int, str]]) -> Record:
    number, head = block[0]
    lines = [line for _, line in block[1:]]
    words = head.split()
    if words[0] == "connection" and len(words) == 2:
        return Record(number, "connection", words[1], "", ())
    if words[:2] == ["statement", "ok"]:
        return Record(number, "ok", "", "\n".join(lines), ())
    if words[:2] == ["statement", "error"] and len(words) == 3:
        return Record(number, "error", words[2], "\n".join(lines), ())
    if words == ["query"] and "----" in lines:
        split = lines.index("----")
        return Record(number, "query", "", "\n".join(lines[:split]), tuple(lines[split + 1 :]))
    raise ValueError(f"{path.name}:{number}: not a record: {head}")


def check(record: Record, door: Door) -> None:
    """Run one record; AssertionError when it does not do what it must."""
    try:
        sets = door.run(record.sql)
    except Failure as failure:
        assert record.kind == "error", f"line {record.line}: unexpected error {failure.number}: {failure}"
        assert str(failure.number) == record.argument, (
            f"line {record.line}: error {failure.number} instead of {record.argument}: {failure}"
        )
        return
    assert record.kind != "error", f"line {record.line}: no error, but {record.argument} is expected"
    if record.kind == "query":
        found = "\n----\n".join("\n".join(map(shown, rows)) or "(no rows)" for rows in sets)
        assert found == "\n".join(record.expected), f"line {record.line}: found\n{found}"


def shown(row: tuple[Any, ...]) -> str:
    return " | ".join(_shown_value(value) for value in row)


def _shown_value(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case "":
            return "(empty)"
        case bool():
            return str(int(value))
        case bytes():
            return "0x" + value.hex().upper()
        case uuid.UUID():
            return str(value).upper()
        case datetime.datetime():
            return value.isoformat(" ")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case decimal.Decimal():
            return f"{value:f}"
        case _:
            return str(value)
