"""DuckDB's exceptions as SQL Server errors.

Our own SQL raises ``error('ldb:<number>:<arguments>')``. Overflows and failed casts that we leave to DuckDB
are read
from its message. What remains is a defect of localdb's own SQL: error 8624-like, with DuckDB's text kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType

import duckdb

from localdb.error_texts import MESSAGES
from localdb.errors import SqlError, sql_error

_OWN = re.compile(r"ldb:(\d+):(.*)", re.DOTALL)
_LINE = re.compile(r"\n\nLINE \d+:.*", re.DOTALL)
_SUFFIX = re.compile(r" when casting from source column .*", re.DOTALL)
_TYPES = MappingProxyType(
    {
        "BOOL": "bit", "UINT8": "tinyint", "INT8": "tinyint", "INT16": "smallint", "INT32": "int",
        "INT64": "bigint",
        "INT128": "numeric", "UINT16": "int", "UINT32": "bigint",
        "UINT64": "numeric", "UINT128": "numeric",
        "FLOAT": "real", "DOUBLE": "float", "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint",
        "UTINYINT": "tinyint", "TINYINT": "tinyint",
    }
)  # fmt: skip


def translate(error: BaseException) -> SqlError:
    """The SQL Server error for an exception of DuckDB (a SqlError is returned as it is)."""
    if isinstance(error, SqlError):
        return error
    text = str(error)
    own = _OWN.search(text)
    if own is not None:
        return _own_error(int(own.group(1)), own.group(2))
    if isinstance(error, duckdb.InterruptException) or text.startswith("INTERRUPT Error"):
        return sql_error(3617)
    if isinstance(error, duckdb.OutOfMemoryException) or text.startswith("Out of Memory Error"):
        return sql_error(701, "default")
    message = _SUFFIX.sub("", _LINE.sub("", text)).split(": ", 1)[-1].strip()
    for pattern, build in _MESSAGES:
        match = pattern.search(message)
        if match is not None:
            return build(match)
    return _unforeseen(error, text)


def _own_error(number: int, tail: str) -> SqlError:
    tail = _LINE.sub("", tail)
    arguments = tail.split("\x1f") if tail else []
    if number not in MESSAGES:
        return SqlError(number, tail)
    template = MESSAGES[number].template
    missing = template.count("{}") - len(arguments)
    return sql_error(number, *arguments, *[""] * max(missing, 0))


def _unforeseen(error: BaseException, text: str) -> SqlError:
    if "No space left on device" in text or "disk is full" in text.lower():
        return sql_error(1105, "the data", "localdb", "PRIMARY")
    if isinstance(error, duckdb.TransactionException) and "conflict" in text.lower():
        return sql_error(3960)
    return sql_error(8624, text)


# --- overflows and casts ---


def _overflow(match: re.Match[str]) -> SqlError:
    kind = match.group(1)
    name = "numeric" if kind.startswith("DECIMAL") else _TYPES.get(kind.upper(), "int")
    return sql_error(8115, "expression", name)


def _narrowed(match: re.Match[str]) -> SqlError:
    """``Type INT32 with value 300 can't be cast ... destination type UINT8``: 220 for the small integers,
    232 from float, else 8115."""
    source, value, target = match.group(1), match.group(2), _TYPES.get(match.group(3), "int")
    if source in ("DOUBLE", "FLOAT"):
        return sql_error(232, target, f"{float(value):f}")
    if target in ("tinyint", "smallint") and not source.startswith("INT128"):
        return sql_error(220, target, value)
    return sql_error(8115, "expression", target)


def _negated_minimum(match: re.Match[str]) -> SqlError:
    """The least value of a type divided by -1: DuckDB names only the value."""
    names = {"-32768": "smallint", "-2147483648": "int"}
    return sql_error(8115, "expression", names.get(match.group(1), "bigint"))


def _decimal_narrowed(match: re.Match[str]) -> SqlError:
    return sql_error(8115, "numeric", "numeric")


def _to_decimal(match: re.Match[str]) -> SqlError:
    value = match.group(1)
    return sql_error(8115, "float" if "." in value or "e" in value else "int", "numeric")


def _decimal_to_integer(match: re.Match[str]) -> SqlError:
    return sql_error(8115, "expression", _TYPES.get(match.group(1), "int"))


def _malformed_json(match: re.Match[str]) -> SqlError:
    position = int(match.group(1))
    return sql_error(13609, match.group(2)[position : position + 1], position)


_Build = Callable[[re.Match[str]], SqlError]
_MESSAGES: tuple[tuple[re.Pattern[str], _Build], ...] = (
    (re.compile(r"Overflow in division of (-\d+) / -1"), _negated_minimum),
    (re.compile(r"More than one row returned by a subquery"), lambda match: sql_error(512)),
    (
        re.compile(r"Overflow in (?:addition|subtraction|multiplication|division|negation|abs) of (\w+)"),
        _overflow,
    ),
    (
        re.compile(r"Overflow on abs\(.*\)|Overflow in negation of (integer)"),
        lambda match: sql_error(8115, "expression", "int"),
    ),
    (re.compile(r"Type (\w+) with value (\S+) can't be cast .* destination type (\w+)"), _narrowed),
    (re.compile(r"Casting value \"[^\"]*\" to type DECIMAL\([^)]*\) failed"), _decimal_narrowed),
    (re.compile(r"Could not cast value (\S+) to DECIMAL"), _to_decimal),
    (re.compile(r"Failed to cast decimal value \S+ to type (\w+)"), _decimal_to_integer),
    (
        re.compile(r"[Oo]verflow.*(HUGEINT|INT128|hugeint)"),
        lambda match: sql_error(8115, "expression", "numeric"),
    ),
    (re.compile(r'Malformed JSON at byte (\d+) of input: .*  Input: "(.*)"', re.DOTALL), _malformed_json),
    (re.compile(r"^[A-Z_]+ is out of range"), lambda match: sql_error(8115, "expression", "float")),
    (re.compile(r"value is out of range"), lambda match: sql_error(8115, "expression", "numeric")),
)
