"""What the tests of this folder do with a session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from localdb.events import Failed
from localdb.runtime.session import Session
from tests.runtime.conftest import assert_ok

MODEL = "(SELECT model FROM models WHERE id = 1)"


def store(session: Session, model: bytes, number: int = 1) -> None:
    """Keep a model in the table models, in place of what has its number."""
    text = f"DELETE models WHERE id = {number} INSERT models VALUES ({number}, 0x{model.hex()})"
    assert_ok(session.run_batch(text))


def fill(session: Session, table: str, definition: str, rows: Iterable[Sequence[Any]]) -> None:
    """CREATE TABLE with rows of numbers, texts, bools and NULLs."""
    assert_ok(session.run_batch(f"CREATE TABLE {table} ({definition})"))
    values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    if values:
        assert_ok(
            session.run_batch(f"INSERT {table} SELECT * FROM (VALUES {values}) AS v({_names(definition)})")
        )


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "N'" + value.replace("'", "''") + "'"
    return f"{value:.17e}" if isinstance(value, float) else str(int(value))


def _names(definition: str) -> str:
    return ", ".join(part.split()[0] for part in definition.split(","))


def failure(session: Session, text: str) -> tuple[int, str]:
    """The number of the error with which ``text`` ends, and the text of the messages behind it."""
    failed = [event.error for event in session.run_batch(text) if isinstance(event, Failed)]
    assert failed, f"no error: {text}"
    return failed[0].number, " ".join(message.message for message in failed[0].messages)
