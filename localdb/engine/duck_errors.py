"""DuckDB's exceptions as SQL Server's errors: the one border where they are translated.

Errors that our own macros raise carry ``ldb:<number>:<arguments separated by chr(31)>``.
"""

from __future__ import annotations

import re

import duckdb

from localdb.errors import SqlError, sql_error

_OWN = re.compile(r"ldb:(\d+):(.*)", re.DOTALL)
_OVERFLOW = re.compile(r"Overflow in (\w+) of (\w+)")
_OUT_OF_RANGE = re.compile(r"(?:Type (\w+) with value (\S+) can't be cast.*destination type (\w+))", re.DOTALL)
_CONVERT = re.compile(r"Could not convert (\w+) '(.*)' to (\w+)", re.DOTALL)

_TYPE_NAMES = {
    "BOOL": "bit",
    "UINT8": "tinyint",
    "INT16": "smallint",
    "INT32": "int",
    "INT64": "bigint",
    "INT128": "numeric",
    "FLOAT": "real",
    "DOUBLE": "float",
    "VARCHAR": "varchar",
    "UUID": "uniqueidentifier",
}


def translate(error: Exception) -> SqlError:
    """The SqlError that says what ``error`` says; 8630 with its text when nothing better fits."""
    text = str(error)
    own = _OWN.search(text)
    if own is not None:
        return sql_error(int(own.group(1)), *own.group(2).split("\x1f"))
    if isinstance(error, duckdb.InterruptException):
        return sql_error(3617)
    if isinstance(error, duckdb.OutOfMemoryException):
        return sql_error(701, "default")
    if isinstance(error, duckdb.IOException) and "space" in text:
        return sql_error(1105)
    return _conversion(text) or sql_error(8630, text)


def _conversion(text: str) -> SqlError | None:
    if "More than one row returned by a subquery" in text:
        return sql_error(512)
    overflow = _OVERFLOW.search(text)
    if overflow is not None:
        return sql_error(8115, "expression", _name(overflow.group(2)))
    beyond = _OUT_OF_RANGE.search(text)
    if beyond is not None:
        return sql_error(8115, "expression", _name(beyond.group(3)))
    converted = _CONVERT.search(text)
    if converted is not None:
        return sql_error(245, "varchar", converted.group(2), _name(converted.group(3)))
    return None


def _name(duck_type: str) -> str:
    return _TYPE_NAMES.get(duck_type, duck_type.lower())
