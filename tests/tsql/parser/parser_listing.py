"""Statements as text, for fixture files: one line a statement, what is nested indented."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from localdb.errors import SqlError
from localdb.tsql import ast
from localdb.tsql.parser import parse_batch
from localdb.types import ObjectName, SqlType

CASES = Path(__file__).parent / "cases"
SEPARATOR = "----"
_HIDDEN = ("line", "text")


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    expected: str


def read_cases(file: Path) -> Iterator[Case]:
    """``# name``, the batch, ``----``, the listing; a blank line and ``#`` begin the next case."""
    for block in re.split(r"(?m)^# ", file.read_text(encoding="utf-8"))[1:]:
        name, _, rest = block.partition("\n")
        text, _, expected = rest.partition(f"{SEPARATOR}\n")
        yield Case(name.strip(), text.rstrip("\n"), expected.strip("\n"))


def listing_of(text: str) -> str:
    """The listing of a batch, or its error."""
    try:
        return "\n".join(listing(parse_batch(text)))
    except SqlError as error:
        return f"error {error.number} line {error.line}: {error.message}"


def listing(statements: Sequence[ast.Statement], indent: str = "") -> Iterator[str]:
    for statement in statements:
        yield f"{indent}{_head(statement)}"
        yield from _inner(statement, indent + "    ")


def _inner(statement: ast.Statement, indent: str) -> Iterator[str]:
    match statement:
        case ast.Block(body=body) | ast.CreateProcedure(body=body):
            yield from listing(body, indent)
        case ast.While(body=body):
            yield from listing([body], indent)
        case ast.If(then=then, otherwise=otherwise):
            yield from listing([then], indent)
            if otherwise is not None:
                yield f"{indent[4:]}else"
                yield from listing([otherwise], indent)
        case ast.TryCatch(body=body, handler=handler):
            yield from listing(body, indent)
            yield f"{indent[4:]}catch"
            yield from listing(handler, indent)


def _head(statement: ast.Statement) -> str:
    name = type(statement).__name__
    match statement:
        case ast.Query(text=text) | ast.DataChange(text=text):
            return f"{name}@{statement.line} {_plain(text)}"
    inner = ("body", "then", "otherwise", "handler")
    parts = [
        f"{field.name}={_plain(value)}"
        for field in fields(statement)
        if field.name not in (*_HIDDEN, *inner)
        and (value := getattr(statement, field.name)) not in _defaults()
    ]
    if isinstance(statement, ast.ExecuteString):
        parts.insert(0, f"text={_plain(statement.text)}")
    return " ".join([f"{name}@{statement.line}", *parts])


def _defaults() -> tuple[Any, ...]:
    return (None, (), False, "NO ACTION")


def _plain(value: Any) -> str:
    if isinstance(value, ast.Slice):
        return "`" + " / ".join(line.strip() for line in value.text.splitlines()) + "`"
    if isinstance(value, ObjectName | SqlType):
        return str(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(_plain(item) for item in value) + ")"
    if is_dataclass(value):
        shown = [
            f"{field.name}={_plain(item)}"
            for field in fields(value)
            if (item := getattr(value, field.name)) not in _defaults()
            or (field.name, item) == ("nullable", False)
        ]
        return "{" + " ".join(shown) + "}"
    return str(value)
