"""One stable line per message, for the log and for golden tests: ``C SqlBatch text='SELECT 1'``."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from localdb.errors import SqlError
from localdb.tds.tokens import ColMetaData

_LONGEST = 60


def trace(side: str, message: object) -> str:
    """``side`` is C for the client's messages and S for the server's. Secrets are never shown."""
    name = type(message).__name__
    if isinstance(message, bytes):
        return f"{side} {name} {len(message)} bytes"
    if isinstance(message, ColMetaData):
        columns = ", ".join(
            f"{c.name} {c.info.type}{'' if c.nullable else ' not null'}" for c in message.columns
        )
        return f"{side} {name} {columns}"
    shown = [f"{label}={_show(value)}" for label, value in _values(message)]
    return " ".join([side, name, *shown])


def _values(message: object) -> list[tuple[str, Any]]:
    """Fields that say something: secrets and empty ones are left out."""
    if not is_dataclass(message):
        return []
    shown = ((f.name, getattr(message, f.name)) for f in fields(message) if f.repr)
    return [(name, value) for name, value in shown if not _says_nothing(value)]


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, str | bytes | tuple) and not value)


def _show(value: Any) -> str:
    if isinstance(value, Enum):
        return value.name or str(value.value)
    if isinstance(value, SqlError):
        return str(value.number)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_show, value)) + "]"
    if is_dataclass(value):
        return "(" + " ".join(f"{name}={_show(inner)}" for name, inner in _values(value)) + ")"
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)})"
