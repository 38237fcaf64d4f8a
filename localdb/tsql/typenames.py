"""The name of a data type, as written in DECLARE, CREATE TABLE or CAST, -> SqlType.

https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql, data-type-synonyms-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass

from localdb.errors import SqlError, sql_error
from localdb.tsql.cursor import Cursor
from localdb.tsql.keywords import words
from localdb.tsql.lexer import Kind
from localdb.types import FLOAT, MAX, SYSNAME, SqlType, decimal_type, nvarchar, varbinary, varchar

_PLAIN = words(
    "bit tinyint smallint int bigint real money smallmoney date datetime smalldatetime uniqueidentifier"
)
_CHARACTERS_LIMIT = {
    "char": 8000,
    "varchar": 8000,
    "nchar": 4000,
    "nvarchar": 4000,
    "binary": 8000,
    "varbinary": 8000,
}
_WITH_MAX = ("varchar", "nvarchar", "varbinary")
_WITH_SCALE = ("time", "datetime2", "datetimeoffset")
_SYNONYMS = {"integer": "int", "dec": "decimal", "numeric": "decimal", "character": "char"}
_UNSUPPORTED = words(
    "text ntext image xml json vector sql_variant hierarchyid geometry geography timestamp rowversion cursor"
)
_LARGE_OBJECTS = {"text": varchar(MAX), "ntext": nvarchar(MAX), "image": varbinary(MAX)}
_LARGEST_SIZE = 8000
_MAX_PRECISION = 38
_MAX_FLOAT_BITS = 53
_REAL_BITS = 24


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose type it is, for the texts of errors: ``kind`` is column, parameter or type."""

    kind: str = "type"
    name: str = ""
    ordinal: int = 1


def parse_type(text: str, default_length: int = 1) -> SqlType:
    """The type that ``text`` names. ``default_length`` is that of ``varchar`` without one: 1, but 30 in CAST.

    Raises 102 for anything behind the type, and the errors of ``read_type``.
    """
    cursor = Cursor(text)
    sql_type = read_type(cursor, default_length=default_length)
    if not cursor.at_end:
        raise cursor.syntax_error()
    return sql_type


def read_type(
    cursor: Cursor, subject: Subject | None = None, default_length: int = 1, *, large_objects: bool = False
) -> SqlType:
    """Pass a type's name with its length or precision.

    ``large_objects``: text, ntext and image, in which ODBC drivers declare long parameters, are taken for
    varchar(max), nvarchar(max) and varbinary(max).

    Raises 2715 (unknown type), 40514 (one that localdb does not have), 2716 (a width on a type without), 131
    and 2717 (too long), 192, 1001, 1002 and 2750 (length, precision, scale).
    """
    reader = _TypeReader(cursor, subject or Subject(), large_objects)
    return reader.read(default_length)


class _TypeReader:
    def __init__(self, cursor: Cursor, subject: Subject, large_objects: bool) -> None:
        self.cursor = cursor
        self.subject = subject
        self.large_objects = large_objects
        self.line = cursor.line

    def read(self, default_length: int) -> SqlType:
        name = self._base_name()
        if self.large_objects and name in _LARGE_OBJECTS:
            return _LARGE_OBJECTS[name]
        if name in _UNSUPPORTED:
            raise self._error(40514, f"Data type {name}")
        if name in _CHARACTERS_LIMIT:
            return self._sized(name, default_length)
        if name == "decimal":
            return self._decimal()
        if name == "float":
            return self._float()
        if name in _WITH_SCALE:
            return self._temporal(name)
        if self.cursor.at("("):
            raise self._error(2716, self.subject.ordinal, name)
        return SYSNAME if name == "sysname" else SqlType(name)

    def _error(self, number: int, *arguments: object) -> SqlError:
        return sql_error(number, *arguments, line=self.line)

    # --- the name ---

    def _base_name(self) -> str:
        """The base type in lower case, one that is known; a type of several words is made one."""
        cursor = self.cursor
        if cursor.accept("DOUBLE"):
            cursor.expect("PRECISION")
            return "float"
        if cursor.accept("NATIONAL"):
            word = cursor.expect_any("CHAR", "CHARACTER", "TEXT")
            return "ntext" if word == "TEXT" else self._varying("nchar")
        is_word = cursor.current.kind is Kind.WORD
        name = cursor.object_name()
        lower = name.name.lower()
        is_system = name.database is None and (
            name.schema is None
            or name.schema.lower() == "sys"
            or (name.schema.lower() == "dbo" and lower == "sysname")
        )
        if is_system and (is_word or lower == "numeric"):
            lower = _SYNONYMS.get(lower, lower)
        known = lower in _PLAIN or lower in _CHARACTERS_LIMIT or lower in _WITH_SCALE or lower in _UNSUPPORTED
        if not is_system or not (known or lower in ("decimal", "float", "sysname")):
            raise self._error(2715, self.subject.ordinal, name)
        return self._varying(lower) if is_word else lower

    def _varying(self, name: str) -> str:
        """``character varying``, ``national char varying``, ``binary varying``"""
        varying = {"char": "varchar", "nchar": "nvarchar", "binary": "varbinary"}.get(name)
        return varying if varying and self.cursor.accept("VARYING") else name

    # --- length, precision, scale ---

    def _numbers(self, most: int) -> list[int]:
        """``(n)`` or ``(n, m)``; nothing when there are no parentheses."""
        cursor = self.cursor
        if not cursor.accept("("):
            return []
        numbers = [self._number()]
        while len(numbers) < most and cursor.accept(","):
            numbers.append(self._number())
        cursor.expect(")")
        return numbers

    def _number(self) -> int:
        token = self.cursor.current
        if token.kind is not Kind.NUMBER or not token.text.isdecimal():
            raise self.cursor.syntax_error()
        self.cursor.advance()
        return int(token.text)

    def _sized(self, name: str, default_length: int) -> SqlType:
        cursor = self.cursor
        if name in _WITH_MAX and cursor.at("(", "MAX"):
            cursor.accept("(", "MAX")
            cursor.expect(")")
            return SqlType(name, length=MAX)
        numbers = self._numbers(1)
        length = numbers[0] if numbers else default_length
        if length == 0:
            raise self._error(1001, self.line, 0)
        subject = self.subject.name or name
        if length > _LARGEST_SIZE:
            raise self._error(131, length, self.subject.kind, subject, _LARGEST_SIZE)
        if length > _CHARACTERS_LIMIT[name]:
            raise self._error(2717, length, self.subject.kind, subject, _CHARACTERS_LIMIT[name])
        return SqlType(name, length=length)

    def _decimal(self) -> SqlType:
        numbers = self._numbers(2)
        precision = numbers[0] if numbers else 18
        scale = numbers[1] if len(numbers) > 1 else 0
        if precision == 0:
            raise self._error(1001, self.line, 0)
        if precision > _MAX_PRECISION:
            raise self._error(2750, self.subject.ordinal, precision, _MAX_PRECISION)
        if scale > precision:
            raise self._error(192)
        return decimal_type(precision, scale)

    def _float(self) -> SqlType:
        numbers = self._numbers(1)
        bits = numbers[0] if numbers else _MAX_FLOAT_BITS
        if bits == 0:
            raise self._error(1001, self.line, 0)
        if bits > _MAX_FLOAT_BITS:
            raise self._error(2750, self.subject.ordinal, bits, _MAX_FLOAT_BITS)
        return SqlType("real") if bits <= _REAL_BITS else FLOAT

    def _temporal(self, name: str) -> SqlType:
        numbers = self._numbers(1)
        scale = numbers[0] if numbers else 7
        if scale > 7:
            raise self._error(1002, self.line, scale)
        return SqlType(name, scale=scale)
