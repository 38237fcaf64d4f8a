"""Small pieces of DuckDB SQL text that every part of the expression binder writes."""

from __future__ import annotations

import re
from collections.abc import Callable

_SIMPLE = re.compile(
    r"""\$\w+ | '(?:[^']|'')*' | -?\d+(?:\.\d+)? | NULL
      | (?:(?:"(?:[^"]|"")*"|[A-Za-z_]\w*)\.)*(?:"(?:[^"]|"")*"|[A-Za-z_]\w*)
      | CAST\(\$\w+\ AS\ [\w(),]+\)""",
    re.VERBOSE,
)


def text(value: str) -> str:
    """A string constant: ``it's`` -> ``'it''s'``; control characters are spelled by chr()."""
    if "\x00" in value:
        return "(" + " || chr(0) || ".join(text(part) for part in value.split("\x00")) + ")"
    return "'" + value.replace("'", "''") + "'"


def is_simple(sql: str) -> bool:
    """Whether writing ``sql`` several times costs nothing: a column, a parameter or a constant."""
    return _SIMPLE.fullmatch(sql) is not None


def let(sql: str, body: Callable[[str], str]) -> str:
    """``body`` of a value that it mentions several times, computed once: a lambda over a list of one."""
    if is_simple(sql):
        return body(sql)
    return f"list_transform([{sql}], lambda v: {body('v')})[1]"


def let_all(values: list[str], body: Callable[..., str]) -> str:
    """``let`` for several values."""
    if all(is_simple(value) for value in values):
        return body(*values)
    fields = ", ".join(f"a{i} := {value}" for i, value in enumerate(values))
    names = [f"v.a{i}" for i in range(len(values))]
    return f"list_transform([struct_pack({fields})], lambda v: {body(*names)})[1]"


def raise_error(number: int, *arguments: str) -> str:
    """A call that raises the error ``number`` with its arguments, each of them DuckDB SQL of type VARCHAR."""
    if not arguments:
        return f"error('ldb:{number}:')"
    joined = " || chr(31) || ".join(arguments)
    return f"error('ldb:{number}:' || {joined})"


def typed(sql: str, storage: str, *operands: str) -> str:
    """An operator's result with its type written out where DuckDB forgets it: for an operand that is the
    constant NULL, or a parameter that may be."""
    if any("$" in operand or "NULL" in operand for operand in operands):
        return f"CAST({sql} AS {storage})"
    return sql
