"""What a built-in function is to the binder: a handler with its number of arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql import casts, typerules, utf16
from localdb.tsql.binding import Bound, Scope
from localdb.types import INT, MAX, SqlType, nvarchar, varchar

Binder = Callable[[exp.Expression], Bound]

ANY_NUMBER = 254


@dataclass(frozen=True, slots=True)
class Call:
    """One call: ``nodes`` are its arguments as written, bound on demand."""

    name: str
    nodes: Sequence[exp.Expression]
    scope: Scope
    bind: Binder
    condition: Callable[[exp.Expression], str]

    def arg(self, index: int) -> Bound:
        return self.bind(self.nodes[index])

    def has(self, index: int) -> bool:
        return len(self.nodes) > index

    @property
    def args(self) -> list[Bound]:
        return [self.bind(node) for node in self.nodes]

    def number(self, index: int, sql_type: SqlType = INT) -> Bound:
        """An argument as a number of the given type."""
        return casts.cast(self.arg(index), sql_type)

    def text(self, index: int) -> Bound:
        """An argument as a string: strings as they are, numbers and dates converted; binaries are refused
        (8116)."""
        return as_text(self.arg(index), self.name, index)

    def invalid(self, index: int, sql_type: SqlType | None) -> Exception:
        """Error 8116: the argument has a type that the function does not take."""
        return sql_error(8116, typerules.message_name(sql_type), index + 1, self.name.lower())


@dataclass(frozen=True, slots=True)
class Function:
    bind: Callable[[Call], Bound]
    least: int
    most: int

    def check(self, name: str, count: int) -> None:
        """174 or 189 for a wrong number of arguments."""
        if self.least <= count <= self.most:
            return
        if self.least == self.most:
            raise sql_error(174, name.lower(), self.least)
        raise sql_error(189, name.lower(), self.least, self.most)


def function(bind: Callable[[Call], Bound], least: int, most: int | None = None) -> Function:
    return Function(bind, least, least if most is None else most)


def as_text(bound: Bound, name: str, index: int) -> Bound:
    if bound.type is None:
        return casts.cast(bound, varchar(1))
    if bound.type.is_character:
        return bound
    if bound.type.is_binary:
        raise sql_error(8116, bound.type.name, index + 1, name.lower())
    return casts.cast(bound, varchar(text_width(bound.type)), mode="explicit")


def text_width(sql_type: SqlType) -> int:
    """How long the text of a value of this type can be."""
    widths = {"bit": 1, "tinyint": 3, "smallint": 6, "int": 12, "bigint": 20, "real": 24, "float": 24}
    if sql_type.name == "decimal":
        return (sql_type.precision or 38) + 3
    return widths.get(sql_type.name, 36)


def container(*types: SqlType | None, length: int | None = None) -> SqlType:
    """The string type of a result built from these: unicode if one is, (max) if one is, else as long as can
    be."""
    known = [t for t in types if t is not None]
    unicode = any(t.is_unicode for t in known)
    limit = 4000 if unicode else 8000
    if any(t.length == MAX for t in known):
        size = MAX
    else:
        size = limit if length is None else max(1, min(length, limit))
    return nvarchar(size) if unicode else varchar(size)


def limited(sql: str, sql_type: SqlType, longest: int | None = None) -> str:
    """``sql`` cut to the length of its type, unless it cannot be longer."""
    if sql_type.length == MAX or (longest is not None and longest <= (sql_type.length or 0)):
        return sql
    assert sql_type.length is not None
    return utf16.left(sql, sql_type, sql_type.length)


def nullable(*bounds: Bound) -> bool:
    return any(bound.nullable for bound in bounds)
